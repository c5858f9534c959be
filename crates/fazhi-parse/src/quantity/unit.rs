//! Counters and measures, with the unit in which amounts of the same sort are compared.

use std::collections::HashMap;
use std::sync::LazyLock;

use fazhi_model::QuantityKind;

use super::reading::{Reading, WordList};

/// A unit read at some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// As written, folded: `家(次)`.
    pub(super) written: String,
    pub(super) canonical: String,
    pub(super) kind: QuantityKind,
    pub(super) end: usize,
}

/// Canonical unit, then its spellings, for things counted. Conversions between sorts (条 for 处) are the catalogue's business.
const COUNTERS: &[(&str, &[&str])] = &[
    ("件", &["件", "宗", "起", "例", "案"]),
    ("件次", &["件次", "起次", "宗次"]),
    ("份", &["份", "册", "本", "卷", "张"]),
    ("份次", &["份次"]),
    ("项", &["项"]),
    ("项次", &["项次"]),
    ("人", &["人", "名", "位"]),
    ("人次", &["人次", "名次"]),
    ("人份", &["人份"]),
    ("户", &["户", "家"]),
    ("家次", &["家次", "户次"]),
    ("场", &["场", "场次", "期", "堂"]),
    ("个", &["个", "处", "所", "支", "座"]),
    ("个次", &["个次", "处次"]),
    ("次", &["次"]),
    ("批", &["批"]),
    ("批次", &["批次"]),
    ("班次", &["班次"]),
    ("条", &["条"]),
    ("条次", &["条次"]),
    ("篇", &["篇"]),
    ("篇次", &["篇次"]),
    ("车次", &["车次"]),
    ("辆", &["辆"]),
    ("辆次", &["辆次"]),
    ("台", &["台"]),
    ("台次", &["台次"]),
    ("艘", &["艘"]),
    ("艘次", &["艘次"]),
    ("架", &["架"]),
    ("架次", &["架次"]),
    ("轮", &["轮"]),
    ("轮次", &["轮次"]),
    ("部", &["部"]),
    ("枚", &["枚"]),
    ("种", &["种"]),
    ("类", &["类"]),
    ("套", &["套"]),
    ("组", &["组"]),
    ("幅", &["幅"]),
    ("块", &["块"]),
    ("面", &["面"]),
    ("只", &["只"]),
    ("头", &["头"]),
    ("株", &["株"]),
    ("间", &["间"]),
    ("栋", &["栋", "幢"]),
    ("节", &["节"]),
    ("则", &["则"]),
    ("款", &["款"]),
    ("批件", &["批件"]),
    ("单", &["单"]),
    ("笔", &["笔"]),
    ("票", &["票"]),
    ("字", &["字"]),
    ("箱", &["箱"]),
    ("瓶", &["瓶"]),
    ("盒", &["盒"]),
    ("袋", &["袋"]),
    ("床", &["床"]),
    ("顶", &["顶"]),
    ("把", &["把"]),
    ("枪", &["枪"]),
    ("页", &["页"]),
    ("集", &["集"]),
    ("首", &["首"]),
    ("棵", &["棵"]),
    ("口", &["口"]),
    ("盏", &["盏"]),
    ("尾", &["尾"]),
    ("羽", &["羽"]),
    ("根", &["根"]),
    ("片", &["片"]),
    ("航次", &["航次"]),
    ("标段", &["标段"]),
    ("对", &["对"]),
    ("宗地", &["宗地"]),
];

const MONEY: &[(&str, &[&str])] = &[
    ("元", &["元", "元人民币"]),
    ("美元", &["美元"]),
    ("欧元", &["欧元"]),
    ("港元", &["港元", "港币"]),
    ("日元", &["日元"]),
    ("英镑", &["英镑"]),
];

const MEASURES: &[(&str, &[&str])] = &[
    ("亩", &["亩"]),
    ("公顷", &["公顷"]),
    ("平方米", &["平方米", "平米", "㎡", "m²"]),
    ("平方公里", &["平方公里", "平方千米", "km²"]),
    ("立方米", &["立方米", "m³"]),
    ("米", &["米"]),
    ("公里", &["公里", "千米", "km"]),
    ("吨", &["吨"]),
    ("公斤", &["公斤", "千克", "kg"]),
    ("千瓦", &["千瓦"]),
    ("千瓦时", &["千瓦时"]),
    ("升", &["升"]),
];

/// Words that begin like a unit but are none, checked where the number ends.
const NOT_UNITS: &str = "个月|个多月|个半月|个工作日|个自然日|个交易日|个小时|个多小时|个半小时|个钟头|个昼夜|个星期|个季度|个年度|个年头|\
    个学期|个世纪|个五年|人民|人大代|人均|人才|名单|名称|名录|名义|位居|位列|位数|位一体|次序|次数|次产业|场所|\
    期间|期限|条件|条例|条款|项目|部委|部门|部队|部分|部长|部署|家庭|家长|家属|本级|本市|本县|本区|本省|本地|\
    本年|本月|本院|本局|本镇|本辖|本报告|支付|面积|组织|单位|类别|种类|类型|头部|对应|对象|对接|字号|字第|节约|\
    节日|首问|首次|首批|首席|首位|集中|集体|集团|集镇|口头|口岸|口径|把关|把手|把握|把脉|页岩|片区|枪支|根本|根据|尾气|顶层|尾数|集聚|片警|轮车|套班子|则是|款式|米的|批准|批复|台账|台州|间接|块钱|案件|案卷|起来|对一|元素|元旦|处理|处罚|所有|所在|座谈|笔录";

/// The unit that the text goes on with, longest spelling first.
pub(super) fn read(text: &Reading, place: usize) -> Option<Unit> {
    if let Some(rate) = rate(text, place) {
        return Some(rate);
    }
    let Some(spelling) = SPELLINGS.longest(text, place) else { return score(text, place) };
    let Spelling { canonical, written, kind, length } = *spelling;
    let end = place + length;
    if NO_UNITS.longest(text, place) > length {
        return None;
    }
    if kind == QuantityKind::Count
        && let Some(double) = double(text, written, canonical, end)
    {
        return Some(double);
    }
    Some(Unit { written: written.to_owned(), canonical: canonical.to_owned(), kind, end })
}

/// 家(次), 人/次, 台(套): both counters at once. Those with 次 are counted like 家次, the others like their first.
fn double(text: &Reading, written: &str, canonical: &str, end: usize) -> Option<Unit> {
    let tail = text.one_of(end, "(次)|/次|(件次)|(套)|(间)|(台)|(个)|(处)|(户)|(家)|(份)|(册)|(条)|(起)|(期)")?;
    if written.ends_with('次') || tail.contains(written) {
        return None;
    }
    let canonical = match canonical {
        _ if !tail.contains('次') => canonical.to_owned(),
        "户" => "家次".to_owned(),
        _ => format!("{canonical}次"),
    };
    let end = end + tail.chars().count();
    Some(Unit { written: format!("{written}{tail}"), canonical, kind: QuantityKind::Count, end })
}

/// Whether a word as a whole is a unit as [`Unit::written`] has it.
pub(super) fn is_written(word: &str) -> bool {
    // Marks are a unit only where they are spoken of.
    word == "分" || read(&Reading::new(word), 0).is_some_and(|unit| unit.written == word)
}

/// The unit of money named without 元 in `6.9亿重整资金`.
pub(super) fn implied_money(end: usize) -> Unit {
    Unit { written: "元".to_owned(), canonical: "元".to_owned(), kind: QuantityKind::Money, end }
}

fn rate(text: &Reading, place: usize) -> Option<Unit> {
    let unit = |written: &str, canonical: &str, kind, length| Unit {
        written: written.to_owned(),
        canonical: canonical.to_owned(),
        kind,
        end: place + length,
    };
    if let Some(written) = text.one_of(place, "个百分点|百分点|个百分比") {
        return Some(unit(written, "个百分点", QuantityKind::Points, written.chars().count()));
    }
    match text.at(place) {
        // 5%个百分点 does not occur, 5%o does: a per-mille sign typed as two characters.
        '%' => Some(unit("%", "%", QuantityKind::Rate, 1)),
        '‰' => Some(unit("‰", "‰", QuantityKind::Rate, 1)),
        '倍' => Some(unit("倍", "倍", QuantityKind::Multiple, 1)),
        _ => None,
    }
}

/// 分 is a unit where marks are spoken of; elsewhere it is a minute or part of a word.
fn score(text: &Reading, place: usize) -> Option<Unit> {
    let start = place.saturating_sub(14);
    let marks = text.folded(start..place);
    let spoken = [
        "得分",
        "评分",
        "成绩",
        "总分",
        "平均分",
        "分数",
        "高分",
        "低分",
        "满分",
        "分值",
        "计分",
        "加分",
        "扣分",
        "均分",
    ]
    .iter()
    .any(|word| marks.contains(word));
    let counted = text.at(place) == '分' && !matches!(text.at(place + 1), '钟' | '别' | '之' | '类');
    (spoken && counted).then(|| Unit {
        written: "分".to_owned(),
        canonical: "分".to_owned(),
        kind: QuantityKind::Measure,
        end: place + 1,
    })
}

static NO_UNITS: LazyLock<WordList> = LazyLock::new(|| WordList::new(NOT_UNITS));
static SPELLINGS: LazyLock<Spellings> = LazyLock::new(Spellings::new);

/// One way to write a unit.
#[derive(Clone, Copy)]
struct Spelling {
    canonical: &'static str,
    written: &'static str,
    kind: QuantityKind,
    /// In characters.
    length: usize,
}

/// All ways to write a unit by their first character, the longest first.
struct Spellings(HashMap<char, Vec<Spelling>>);

impl Spellings {
    fn new() -> Self {
        let mut by_first: HashMap<char, Vec<Spelling>> = HashMap::new();
        let tables = [(COUNTERS, QuantityKind::Count), (MONEY, QuantityKind::Money), (MEASURES, QuantityKind::Measure)];
        for (table, kind) in tables {
            for (canonical, written) in table
                .iter()
                .flat_map(|(canonical, spellings)| spellings.iter().map(move |written| (canonical, written)))
            {
                let spelling = Spelling { canonical, written, kind, length: written.chars().count() };
                by_first.entry(written.chars().next().unwrap_or_default()).or_default().push(spelling);
            }
        }
        for spellings in by_first.values_mut() {
            spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.length));
        }
        Self(by_first)
    }

    fn longest(&self, text: &Reading, place: usize) -> Option<&Spelling> {
        self.0.get(&text.at(place))?.iter().find(|spelling| text.starts_with(place, spelling.written))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: Option<(&str, &str)>) {
        let reading = Reading::new(written);
        let unit = read(&reading, 0);
        assert_eq!(unit.as_ref().map(|u| (u.written.as_str(), u.canonical.as_str())), expected, "{written}");
    }

    #[test]
    fn the_longest_spelling_wins() {
        check("人次。", Some(("人次", "人次")));
        check("件次", Some(("件次", "件次")));
        check("家（次）", Some(("家(次)", "家次")));
        check("户次", Some(("户次", "家次")));
        check("名专家", Some(("名", "人")));
        check("起", Some(("起", "件")));
        check("平方公里", Some(("平方公里", "平方公里")));
        check("个百分点", Some(("个百分点", "个百分点")));
        check("％", Some(("%", "%")));
    }

    #[test]
    fn a_unit_is_written_whole_and_folded() {
        for unit in ["件", "人次", "家(次)", "%", "个百分点", "元", "平方公里", "分"] {
            assert!(is_written(unit), "{unit}");
        }
        for word in ["", "件案", "家（次）", "％", "万元", "工作日", "桶", "个月"] {
            assert!(!is_written(word), "{word}");
        }
    }

    #[test]
    fn words_that_begin_like_a_unit_are_none() {
        for word in ["个工作日", "个月", "部门", "项目", "场所", "期间", "条例", "年", "小时", "级", "号"]
        {
            check(word, None);
        }
    }
}
