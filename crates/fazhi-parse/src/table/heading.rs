//! What the heading of a column or a row says: what is counted, in which unit, for which year, and whether it was done.

use std::ops::Range;

use super::grid::{Content, Line};
use crate::quantity::cell::Measure;
use crate::quantity::reading::Reading;

/// Whether a heading says which way a change went: 降幅 does, 增减 does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    AsSigned,
    Fall,
}

/// What the numbers under a heading are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// What was counted or reached.
    #[default]
    Value,
    /// How much of a plan was done.
    Progress,
    /// The change against the year before.
    Change(Direction),
    /// What was meant to be reached, or what an earlier year had.
    Elsewhen,
    /// Dates, telephone numbers, ranks: no amounts, unless their cells hold a unit.
    NoAmount,
}

const CHANGES: &str = "同比|增减|增幅|降幅|增速|增长率|增长比|增长幅度|较上年|比上年|较去年|比去年|较同期|与上年相比|与去年相比|环比|变化幅度";
const PLANS: &str = "目标|计划|任务数|任务量|预期|拟定|下达数|考核指标|应完成|下一年|下年|明年";
/// Words with which a heading of a plan tells what became of it.
const DONE: &str = "实际|完成率|完成情况|完成比例|完成值|达成|落实情况";
const PROGRESS: &str = "完成率|完成比例|完成进度|完成百分比|达成率";
const FORMER: &str = "上年|去年|上一年|前年|上期|往年|同期数|同期值";
const NO_AMOUNTS: &str =
    "电话|手机|邮编|编码|代码|编号|文号|日期|时间|时限|排名|名次|位次|年份|页码|权重|分值|证号|备注";
const SERIALS: &[&str] = &["序号", "序", "号", "编号", "项次", "行次", "No", "NO", "No.", "NO."];
const REMARKS: &str = "备注|说明|责任|牵头|负责|主管|承办|配合|实施主体|来源|依据|联系人|完成时";
const LABELS: &str = "指标|项目|内容|事项|名称|类型|种类|情况";
const VALUES: &str = "数量|完成|实际|数值|结果|件数|人数|次数|合计|总计|指标值|目标|计划|同比|年";
/// What remains of a heading without these names nothing: 完成数, 2023年实际数, 数量合计.
const GENERIC: &str = "数量|数值|数据|实际|完成|情况|指标值|结果|合计|总计|小计|全年|本年度|本年|年度|年份|累计|件数|人数|次数|户数|份数|总数|总量|\
    单位|计量|值|数|量|年|本期|当年|备注|总|额|工作|达到|统计|（|）|(|)|:|、|/|-| |0|1|2|3|4|5|6|7|8|9";
const TOTALS: &[&str] = &["合计", "总计", "共计", "总数", "总量", "合 计", "总 计", "全县", "全市", "全区", "全省"];
/// How names of bodies end, and headings over such names.
const BODIES: &str = "局|镇|乡|街道|委员会|委|办公室|办|大队|支队|总队|中心|部门|县|区|市|院|所|站|园区|开发区";
const OF_BODIES: &str = "单位|部门|乡镇|镇街|街道|地区|区县|县区|县市区|执法主体|执法领域|领域|行业|区域";
const CHANGE_WORDS: &str = "同比|较|比|上年|去年|同期|增减|增长|上升|下降|减少|增加|增幅|降幅|增速|率|幅度|变化|情况|百分点|百分比|±|%|(|)|:|、| |年|度|上|一|的|相";

pub(super) fn has(words: &str, of: &str) -> bool {
    of.split('|').any(|word| words.contains(word))
}

/// What the numbers under (or behind) these words are.
pub(super) fn sort(words: &str) -> Sort {
    if has(words, CHANGES) {
        Sort::Change(direction(words))
    } else if has(words, FORMER) || has(words, PLANS) && !has(words, DONE) {
        Sort::Elsewhen
    } else if NO_AMOUNTS.split('|').any(|word| words.trim_end().ends_with(word)) {
        Sort::NoAmount
    } else if has(words, PROGRESS) {
        Sort::Progress
    } else {
        Sort::Value
    }
}

/// The sort of a row: its label must say nothing else, because 制定立法计划 is something done.
pub(super) fn sort_of_row(label: &str) -> Sort {
    if has(label, CHANGES) && is_made_of(label, CHANGE_WORDS) {
        return Sort::Change(direction(label));
    }
    let bare = label.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '年' | '度' | ' '));
    let is_plan = matches!(bare, "目标" | "目标值" | "目标数" | "计划" | "计划数" | "计划值" | "任务数" | "预期值");
    if is_plan || is_generic(label) && has(label, FORMER) { Sort::Elsewhen } else { Sort::Value }
}

/// 2024年度立法计划表, but not 计划完成情况表.
pub(super) fn is_title_of_plan(title: &str) -> bool {
    has(title, "计划|任务分解|工作安排|目标") && !has(title, DONE) && !has(title, "情况|统计|总结")
}

fn direction(words: &str) -> Direction {
    let falls = has(words, "降幅|下降|减少|减幅") && !has(words, "增");
    if falls { Direction::Fall } else { Direction::AsSigned }
}

pub(super) fn is_serial(words: &str) -> bool {
    let squeezed = words.replace(' ', "");
    SERIALS.contains(&squeezed.as_str())
}

pub(super) fn is_remark(words: &str) -> bool {
    let squeezed = words.replace(' ', "");
    has(&squeezed, REMARKS) && squeezed.chars().count() <= 8
}

/// A column of labels that says so: 指标名称, 工作内容.
pub(super) fn names_labels(words: &str) -> bool {
    has(words, LABELS) && !has(words, "完成|办理|统计")
}

pub(super) fn names_units(words: &str) -> bool {
    matches!(words.replace(' ', "").as_str(), "单位" | "计量单位" | "计算单位" | "统计单位" | "数量单位" | "指标单位")
}

pub(super) fn names_values(words: &str) -> bool {
    has(words, VALUES)
}

/// Whether a heading names nothing by itself.
pub(super) fn is_generic(words: &str) -> bool {
    is_made_of(words, GENERIC)
}

/// Whether words hold nothing but the listed ones, the longest that fits first.
fn is_made_of(words: &str, listed: &str) -> bool {
    let mut rest = words;
    while !rest.is_empty() {
        let longest = listed.split('|').filter(|word| rest.starts_with(word)).max_by_key(|word| word.len());
        match longest {
            Some(word) => rest = &rest[word.len()..],
            None => return false,
        }
    }
    true
}

pub(super) fn says_total(words: &str) -> bool {
    let squeezed = words.trim();
    TOTALS.contains(&squeezed) || squeezed.ends_with("合计") || squeezed.ends_with("总计")
}

/// Whether the rows of such labels are shares of several bodies in one number.
pub(super) fn names_body(label: &str, heading: &str) -> bool {
    BODIES.split('|').any(|end| label.trim_end().ends_with(end))
        || OF_BODIES.split('|').any(|word| word == heading.trim())
}

/// Whether all written cells of a row say what a heading says.
pub(super) fn is_row_of_headings(text: &Reading, line: &Line) -> bool {
    let mut written = line.cells.iter().filter(|cell| !cell.range.is_empty());
    written.all(|cell| {
        let words = text.folded(cell.range.clone());
        let says = is_serial(&words) || is_remark(&words) || names_labels(&words) || names_units(&words);
        says || names_values(&words)
            || unit(text, &cell.range).1.is_some()
            || matches!(cell.content, Content::Number(_))
    })
}

/// The years that words name, as 2023年, 2023 alone or the ends of 2019-2023年.
pub(super) fn years(words: &str) -> Vec<i32> {
    let chars: Vec<char> = words.chars().collect();
    let mut years = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = chars[at..].iter().position(|c| !c.is_ascii_digit()).map_or(chars.len(), |run| at + run);
        let said = matches!(chars.get(end), Some('年' | '-' | '/' | '.')) || chars.len() == 4;
        let year = chars[at..end].iter().collect::<String>().parse::<i32>();
        years.extend(year.ok().filter(|year| end - at == 4 && said && (1949..2100).contains(year)));
        at = end.max(at + 1);
    }
    years
}

/// The name that a heading gives, and the unit it states: 行政检查（家次）, 案件数/件, 指标（单位：件）.
pub(super) fn unit(text: &Reading, heading: &Range<usize>) -> (Range<usize>, Option<Measure>) {
    let measured = |range: Range<usize>| one_measure(&text.folded(range));
    if text.before(heading.end) == ')'
        && let Some(open) = heading.clone().rev().find(|at| text.at(*at) == '(')
    {
        let measure = measured(open + 1..heading.end - 1);
        let other = measure.is_none() && !text.folded(open + 1..heading.end).starts_with("单位");
        return if other { (heading.clone(), None) } else { (heading.start..open, measure) };
    }
    if let Some(at) = heading.clone().find(|at| text.starts_with(*at, "单位:")) {
        let start = if text.before(at) == '量' && at >= heading.start + 2 { at - 2 } else { at };
        return (heading.start..start.max(heading.start), measured(at..heading.end));
    }
    let cut = heading.clone().rev().find(|at| matches!(text.at(*at), '/' | ':' | ' '));
    match cut.and_then(|at| Some((at, measured(at + 1..heading.end)?))) {
        Some((at, measure)) => (heading.start..at, Some(measure)),
        None => (heading.clone(), None),
    }
}

/// The only unit that `单位：件` or `件` states. 件、人 are two and state none.
fn one_measure(words: &str) -> Option<Measure> {
    let words = words.trim();
    let words = ["计量单位", "单位"].iter().find_map(|word| words.strip_prefix(word)).unwrap_or(words);
    Measure::read(words.trim_start_matches([':', ' ']))
}

/// The unit in the last word of a heading: 受理件数, 参训人次. A unit stated otherwise is more to be trusted.
pub(super) fn implied_unit(words: &str) -> Option<Measure> {
    let name = words.trim_end();
    if let Some(times) = ["人次", "场次", "家次", "件次", "户次"].iter().find(|unit| name.ends_with(**unit)) {
        return Measure::read(times);
    }
    let counted = name.strip_suffix('数')?;
    let unit = counted.chars().last()?;
    "件人次户家份项条场起宗个篇期".contains(unit).then(|| Measure::read(&unit.to_string())).flatten()
}

/// Whether numbers with such a label are shares.
pub(super) fn is_share(words: &str) -> bool {
    ["率", "占比", "比例", "比重"].iter().any(|word| words.trim_end().ends_with(word))
}
