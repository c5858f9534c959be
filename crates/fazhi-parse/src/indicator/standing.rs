//! Whether an amount tells what was done, for which time and for whom.

use std::sync::LazyLock;

use fazhi_model::{Period, PublisherLevel, Quantity, QuantityKind, ReportYear, Role, Scope, Section, Span};

use super::cue::Cue;
use super::place::Place;
use crate::catalogue::Tally;
use crate::quantity::reading::Reading;

static PLANNED: LazyLock<Cue> = LazyLock::new(|| {
    Cue::new(&[
        "力争",
        "争取",
        "拟修",
        "拟订",
        "拟制",
        "拟出台",
        "拟废",
        "拟新",
        "拟于",
        "拟在",
        "拟开展",
        "拟组织",
        "拟定于",
        "计划开展",
        "计划组织",
        "计划完成",
        "计划新",
        "计划于",
        "计划在",
        "计划到",
        "计划举办",
        "计划制定",
        "计划培训",
        "预计",
        "将于",
        "将在",
        "将继续",
        "将进一步",
        "将组织",
        "将开展",
        "将完成",
        "将新",
        "将对",
        "将全面",
        "明年",
        "下一步",
        "下步",
        "未来",
        "下一年",
        "来年",
        "目标是",
        "确保到",
        "要进一步",
        "建议各",
        "要求各",
    ])
});
/// Words of duty.
static DEMANDED: LazyLock<Cue> =
    LazyLock::new(|| Cue::new(&["应当", "必须", "原则上", "应根据", "应配备", "应不少于", "要求每"]));
/// Words that name another time than the year. 共有, 已有 and 总数 are none: of cases they count what came in.
static RUNNING: LazyLock<Cue> =
    LazyLock::new(|| Cue::new(&["截至", "截止", "目前", "现有", "累计", "现共", "历年", "以来", "实有", "现已"]));
/// Those of them that are the verb of a whole list.
static EXISTING: LazyLock<Cue> = LazyLock::new(|| Cue::new(&["现有", "现共有", "实有"]));
/// Words of change: what follows is no part of a list of stocks.
static GAINED: LazyLock<Cue> = LazyLock::new(|| Cue::new(&["新", "增加", "减少", "注销", "换发"]));
static THIS_YEAR: LazyLock<Cue> = LazyLock::new(|| Cue::new(&["全年", "今年", "本年", "年内", "一年来", "年度"]));
static WHOLE_REGION: LazyLock<Cue> =
    LazyLock::new(|| Cue::new(&["全市", "全省", "全县", "全区", "全国", "全州", "全盟", "全旗", "全自治区"]));
static TOTALS: LazyLock<Cue> =
    LazyLock::new(|| Cue::new(&["共", "合计", "总计", "总数", "总量", "全年", "累计", "全市", "全县", "全区"]));

/// Words for the years before.
const FORMER: &[&str] = &["上年", "去年", "上一年", "往年", "前年"];
/// Longest way from such a word to its number (上年结转的12件), the word counted: 连同上年度文件共报备11件 is of this year.
const FORMER_REACH: usize = 9;
/// What was done after all, whatever was meant: 原计划8场,实际举办11场.
static DONE: LazyLock<Cue> =
    LazyLock::new(|| Cue::new(&["实际", "实有", "截至", "截止", "已完成", "现已", "增加到", "增至"]));
/// Intent for one clause only.
static INTENDED: LazyLock<Cue> =
    LazyLock::new(|| Cue::new(&["拟列入", "原定", "原计划", "年初确定", "目标任务", "应于", "须于", "不低于目标"]));

/// Words of an average.
static AVERAGED: LazyLock<Cue> = LazyLock::new(|| Cue::new(&["日均", "月均", "平均", "人均", "户均", "年均"]));
/// Words that open a sentence about a state.
static SINCE: LazyLock<Cue> = LazyLock::new(|| Cue::new(&["截至", "截止", "目前"]));

/// How many headings back the one that governs a place may lie.
const DEEPEST: usize = 64;

/// Roles by place. Sections are in reading order and nest: the last that begins before a place and holds it decides.
pub(super) struct Roles<'a> {
    sections: &'a [Section],
}

impl<'a> Roles<'a> {
    pub(super) fn new(sections: &'a [Section]) -> Self {
        Self { sections }
    }

    pub(super) fn at(&self, span: Span) -> Role {
        let begun = self.sections.partition_point(|section| section.span.start <= span.start);
        let holds = |section: &&Section| span.start < section.span.end;
        self.sections[..begun].iter().rev().take(DEEPEST).find(holds).map_or(Role::Result, |section| section.role)
    }
}

/// Why an amount is no value of the report year's work, whatever it counts; `None` where it may be one.
pub(super) fn refusal(
    text: &Reading,
    place: &Place,
    quantity: &Quantity,
    roles: &Roles,
    report_year: Option<ReportYear>,
) -> Option<&'static str> {
    let reasons: [(&str, &dyn Fn() -> bool); 5] = [
        ("it stands in a part on problems or plans", &|| {
            !matches!(roles.at(quantity.span), Role::Result | Role::Responsibility | Role::Other)
        }),
        ("it is told per unit", &|| is_per_unit(text, place, quantity)),
        ("it says which cases are meant", &|| is_attribute(text, place, quantity)),
        ("it is planned or demanded", &|| is_plan(text, place, report_year)),
        ("it is still to be done", &|| is_unfinished(text, place)),
    ];
    reasons.iter().find(|(_, holds)| holds()).map(|(reason, _)| *reason)
}

/// Words of intent before the amount, in its sentence.
fn is_plan(text: &Reading, place: &Place, report_year: Option<ReportYear>) -> bool {
    let sentence = text.folded(place.sentence.clone());
    let clause = text.folded(place.clause.clone());
    // 应当公开的148条: a clause that only says which are meant.
    let relative = text.before(place.amount.start) == '的';
    let duty = |words: &Cue| !relative && words.is_in(&clause);
    // 拟出台的23件: what was planned is being dealt with.
    PLANNED.behind(&sentence).any(|rest| !rest.starts_with('的') && !DONE.is_in(rest))
        || duty(&INTENDED)
        || duty(&DEMANDED)
        || is_task(text, place)
        || is_dated_ahead(&sentence, report_year)
}

/// 到2025年培养3000名: a year that the report cannot know.
fn is_dated_ahead(sentence: &str, report_year: Option<ReportYear>) -> bool {
    let year = |at: usize| sentence.get(at..at + 4)?.parse::<i32>().ok();
    let starts = sentence.match_indices('到').filter(|(at, _)| {
        let before = sentence[..*at].chars().next_back();
        before.is_none_or(|c| matches!(c, ',' | ' '))
    });
    starts.filter_map(|(at, to)| year(at + to.len())).any(|named| report_year.is_none_or(|of| named > of.get()))
}

/// 300件法律援助任务, 97%的目标: what was asked for.
fn is_task(text: &Reading, place: &Place) -> bool {
    let noun = text.folded(place.amount.end..place.after.end.max((place.amount.end + 4).min(text.len())));
    let noun = noun.split([',', '。', ';', '、', '\n']).next().unwrap_or_default();
    noun.ends_with("任务") || noun.starts_with("目标") || noun.starts_with("的目标")
}

/// 其余2件正在办理: what is still to be done.
fn is_unfinished(text: &Reading, place: &Place) -> bool {
    text.one_of(place.amount.end, "正在|尚在|仍在|尚未|还在|未办结|未审结|未结").is_some()
}

/// 5万元的案件: money that says which cases are meant.
fn is_attribute(text: &Reading, place: &Place, quantity: &Quantity) -> bool {
    quantity.kind == QuantityKind::Money && text.at(place.amount.end) == '的'
}

/// The number of an earlier year: 上年结转12件, 去年同期85件, or a year before the report's in the same clause.
pub(super) fn is_of_another_year(text: &Reading, place: &Place, report_year: Option<ReportYear>) -> bool {
    let own = place.near.first().and_then(|near| near.first()).map_or(String::new(), |near| text.folded(near.clone()));
    let former = FORMER.iter().filter_map(|word| own.rfind(word)).max();
    let former = former.is_some_and(|at| own[at..].chars().count() <= FORMER_REACH);
    let level = own.ends_with('至') || own.ends_with('到');
    if former && !level {
        return true;
    }
    let Some(year) = report_year else { return false };
    let clause: Vec<char> = text.chars[place.clause.clone()].to_vec();
    let named = clause.windows(5).filter(|five| five[4] == '年' && five[..4].iter().all(char::is_ascii_digit));
    let years: Vec<i32> = named.filter_map(|five| five[..4].iter().collect::<String>().parse().ok()).collect();
    let since = clause.windows(2).any(|two| two == ['以', '来'] || two == ['累', '计']);
    !since && !years.is_empty() && years.iter().all(|named| *named < year.get() && *named > 1949)
}

/// An amount per something: 每个行政村3名, 日均23户.
fn is_per_unit(text: &Reading, place: &Place, quantity: &Quantity) -> bool {
    // 平均压减76.4% is a rate of all.
    if quantity.kind == QuantityKind::Rate {
        return false;
    }
    let own = place.near.first().and_then(|near| near.first()).map_or(String::new(), |near| text.folded(near.clone()));
    // 每年培训3场 is what a year had, 每季度5—8卷 is a rule.
    let each_time = |each: &str| quantity.max.is_none() && each.starts_with(['年', '季', '月', '周']);
    let per = own.rsplit_once('每').is_some_and(|(_, each)| !each_time(each));
    per || AVERAGED.is_in(&own)
}

pub(super) fn period(text: &Reading, place: &Place, tally: Tally) -> Period {
    let clause = text.folded(place.clause.clone());
    let sentence = text.folded(place.sentence.clone());
    let open = sentence.split(',').next().unwrap_or_default();
    let running_total = (clause.contains("累计") || clause.contains("以来"))
        && !sentence.contains("截至")
        && !sentence.contains("截止");
    if running_total && (THIS_YEAR.is_in(&sentence) || names_a_year(&sentence)) {
        return Period::Annual;
    }
    let opened = SINCE.is_in(open) && !clause.contains("全年");
    if RUNNING.is_in(&clause) || opened || tally == Tally::Stock && is_listed(&clause, &sentence) {
        Period::AsOf
    } else {
        Period::Annual
    }
}

/// Whether the verb of an earlier clause covers this one as well: 现有执法主体65家, 持证执法人员1881名.
fn is_listed(clause: &str, sentence: &str) -> bool {
    EXISTING.is_in(sentence) && !THIS_YEAR.is_in(clause) && !GAINED.is_in(clause)
}

fn names_a_year(sentence: &str) -> bool {
    let chars: Vec<char> = sentence.chars().collect();
    chars.windows(5).any(|five| five[4] == '年' && five[..4].iter().all(char::is_ascii_digit))
        && !sentence.contains("以来")
}

pub(super) fn scope(text: &Reading, place: &Place, level: Option<PublisherLevel>) -> Scope {
    let clause = text.folded(place.clause.clone());
    let quotes = level == Some(PublisherLevel::Department) && WHOLE_REGION.is_in(&clause);
    if quotes { Scope::Region } else { Scope::Own }
}

pub(super) fn says_total(text: &Reading, place: &Place) -> bool {
    let clause = text.folded(place.clause.clone());
    TOTALS.is_in(&clause)
}
