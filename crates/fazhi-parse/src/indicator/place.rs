//! Where an amount stands: its part of the clause, the words attached behind it, and what it is a part of.

use std::ops::Range;
use std::sync::LazyLock;

use fazhi_model::Quantity;

use super::{growth, list};
use crate::quantity::reading::{Reading, WordList};
use crate::table::Headed;

/// How far back a sentence is looked at.
const REACH: usize = 240;
/// Longest noun phrase behind an amount (70个行政执法主体).
const ATTACHED: usize = 50;
/// Words that go on about the amount instead of naming what is counted.
const NOT_A_NOUN: &str = "和|及|与|或|以及|全部|均|已|并|进行|实现|得到|得以|按期|按时|被|为|是|同比|较|比上|比去|占|其中|未|将|达|超|共|高于|\
    低于|增长|增加|增至|减少|(|等|办结|受理|审结|成功|完成|都|也|还|分别|提升|提高|下降|上升|降至|升至|降低|\
    扩大|压缩|缩短|予以|排名|位居|位列";
static NO_NOUNS: LazyLock<WordList> = LazyLock::new(|| WordList::new(NOT_A_NOUN));
/// Words that open a clause before the noun, and no noun: 23件与上位法不一致的规范性文件.
const QUALIFIES: &str = "不|有|没有|关系|无|未|存在|涉及|违反|违背|经|已|超过|符合|需|由|属于|与上位法|与现行|与法律|与国家|与改革|同上位法|\
    同现行|和上位法|和现行";
/// Words between a noun and its number that name nothing.
const FILLERS: &str = "累计|共计|合计|总计|达到|达成|一共|总共|共有|共|计|达|为|有|约|近|超过|超|了|总数|数量|数|总量|量|全年|\
    分别|均|都|各类|各项|案件|事项|至|到|是|等|仅|已|突破|逾|高|本年度|合|全部|在册|在岗|总|人数|件数|次数|\
    户数|(件)|的|名单|情况|活动|工作";

static FILLER_WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| FILLERS.split('|').collect());

/// An amount in its sentence; all ranges are places of the folded text.
pub(super) struct Place {
    pub(super) amount: Range<usize>,
    /// One list of near ranges per name the amount belongs to; two names share one amount in 审查率和讨论率均达100%.
    pub(super) near: Vec<Vec<Range<usize>>>,
    /// The clause up to the amount.
    pub(super) clause: Range<usize>,
    /// The sentence up to the amount.
    pub(super) sentence: Range<usize>,
    /// The attached noun phrase; empty where there is none.
    pub(super) after: Range<usize>,
    /// The rest of the clause behind the attached noun phrase; empty where there is none.
    pub(super) later: Range<usize>,
    /// The rest of the clause behind the amount, whether a noun is attached or not.
    pub(super) behind: Range<usize>,
    /// The line up to the sentence: where an elided topic may have been named.
    pub(super) lead: Range<usize>,
    /// Amount of which this one is a part (其中).
    pub(super) total: Option<usize>,
    /// Place in a list of amounts after 分别.
    pub(super) respective: Option<Respective>,
    /// Place of 由 in 由92%提升至97.6%: another value took the place of this one.
    pub(super) superseded: Option<usize>,
    /// It stands in parentheses, as an aside.
    pub(super) aside: bool,
    /// Its headings, where it stands in a table.
    pub(super) headed: Option<Headed>,
}

impl Place {
    /// Whether the amount's own name, among those before 分别, ends here.
    pub(super) fn is_own_name(&self, end: usize) -> bool {
        let name = self.near.first().and_then(|near| near.first());
        self.respective.is_some() && name.is_some_and(|name| name.end == end)
    }
}

/// The i-th of k amounts after 分别.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Respective {
    pub(super) index: usize,
    pub(super) count: usize,
}

pub(super) fn all(text: &Reading, quantities: &[Quantity]) -> Vec<Place> {
    let amounts: Vec<Range<usize>> = quantities.iter().map(|quantity| text.range(quantity.span)).collect();
    let mut places: Vec<Place> = Vec::with_capacity(amounts.len());
    for (index, amount) in amounts.iter().enumerate() {
        let next = amounts.get(index + 1).map_or(text.len(), |next| next.start);
        let place = place(text, amount, next, places.last());
        places.push(place);
    }
    list::respective(text, &mut places);
    list::parts(text, quantities, &mut places);
    list::parts_told_first(text, quantities, &mut places);
    places
}

fn place(text: &Reading, amount: &Range<usize>, next: usize, previous: Option<&Place>) -> Place {
    let sentence = back(text, amount.start, REACH, |c| matches!(c, '。' | ';' | '!' | '?' | '\n'))..amount.start;
    let clause = clause_start(text, amount.start, sentence.start)..amount.start;
    let mut after = attached(text, amount.end, next);
    if after.is_empty() && is_treated(text, &clause, amount.end) {
        after = amount.end..rest_of_clause(text, &(amount.end..amount.end + 1)).end.min(next);
    }
    let before = before(text, amount, &clause, previous.filter(|place| place.amount.end > clause.start));
    let mut place = Place {
        amount: amount.clone(),
        near: Vec::new(),
        lead: back(text, sentence.start, REACH / 2, |c| c == '\n')..sentence.start,
        later: rest_of_clause(text, &after),
        behind: behind(text, amount, &after, next),
        superseded: old_value(text, &before, amount, next),
        aside: in_parentheses(text, &sentence),
        clause,
        sentence,
        after,
        total: None,
        respective: None,
        headed: None,
    };
    if let Some(old) = previous.filter(|old| old.superseded.is_some() && old.amount.end > place.sentence.start) {
        // The new value answers to the words before the old one.
        place.clause = old.amount.end..amount.start;
        let named = old.clause.start..old.superseded.unwrap_or(old.amount.start);
        // 目录由297项调整为289项: the verb between tells the way, the name stands before.
        let nameless = strip(&text.folded(named.clone())).chars().count() < 2;
        place.near = vec![if nameless { vec![place.clause.clone(), named] } else { vec![named] }];
        place.superseded = None;
    } else {
        place.near = near(text, &place, before, previous);
    }
    place
}

/// The words an amount answers to: its part of the clause and the attached noun, or each of several names of rates.
fn near(text: &Reading, place: &Place, before: Range<usize>, previous: Option<&Place>) -> Vec<Vec<Range<usize>>> {
    let names = names_of_rates(text, &before);
    if names.len() > 1 {
        return names.into_iter().map(|name| vec![name]).collect();
    }
    let opens_clause = previous.is_none_or(|previous| previous.amount.end <= place.clause.start);
    // 新登记经营主体同比增长12.3%,达到4567户: the name stands before the growth.
    let growth = previous.filter(|previous| {
        previous.amount.end > place.sentence.start
            && growth::is_told(text, previous)
            && growth::is_reach(text.folded(previous.amount.end..place.amount.start).trim_start_matches(','))
    });
    let bare = strip(&text.folded(before.clone())).is_empty() || growth.is_some();
    if (opens_clause || growth.is_some()) && place.after.is_empty() && bare {
        let start = clause_before(text, &place.clause, &place.sentence, previous).start;
        let name = growth.map_or(start..place.amount.start, |growth| growth.clause.clone());
        return vec![vec![before, name, place.after.clone()]];
    }
    vec![vec![before, place.after.clone()]]
}

/// The amount's own part of the clause: from the amount before it, or the beginning of the clause.
fn before(text: &Reading, amount: &Range<usize>, clause: &Range<usize>, previous: Option<&Place>) -> Range<usize> {
    let Some(previous) = previous else { return clause.clone() };
    let between = text.folded(previous.amount.end..amount.start);
    let between = between.trim();
    let own = previous.amount.end..amount.start;
    if between.is_empty() || between == "、" && previous.after.is_empty() {
        // 35支400人: both count the same noun.
        return previous.near.first().and_then(|near| near.first()).cloned().unwrap_or(own);
    }
    // 268件执法证和333件辅助证: the words between belong to the amount before.
    let joined = ["和", "及", "与", "、", "以及"].iter().any(|joint| between.ends_with(joint));
    if joined { amount.start..amount.start } else { own }
}

/// Where 由 or 从 opens the old value of 由2022年的13.5%下降到8.2%, if it does.
fn old_value(text: &Reading, before: &Range<usize>, amount: &Range<usize>, next: usize) -> Option<usize> {
    let from = before.clone().rev().take(12).find(|at| matches!(text.at(*at), '由' | '从'))?;
    let dated = |at: usize| {
        text.at(at).is_ascii_digit() || "年度的去上同期末底初前约最原来起先始开现有仅 ".contains(text.at(at))
    };
    let to = amount.end..next.min(text.len());
    let goes_on = to.len() <= 16 && to.clone().any(|at| matches!(text.at(at), '至' | '到' | '为'));
    let one_sentence = to.clone().all(|at| !matches!(text.at(at), '。' | ';' | '\n'));
    ((from + 1..amount.start).all(dated) && goes_on && one_sentence).then_some(from)
}

pub(super) fn clause_before(
    text: &Reading,
    clause: &Range<usize>,
    sentence: &Range<usize>,
    previous: Option<&Place>,
) -> Range<usize> {
    let floor = previous.map_or(sentence.start, |place| place.amount.end.max(sentence.start));
    if clause.start <= sentence.start || floor > clause.start.saturating_sub(1) {
        return clause.clone();
    }
    clause_start(text, clause.start - 1, sentence.start).max(floor)..clause.start
}

fn clause_start(text: &Reading, end: usize, floor: usize) -> usize {
    let mut depth = 0;
    for at in (floor..end).rev() {
        match text.at(at) {
            ')' => depth += 1,
            '(' if depth > 0 => depth -= 1,
            ',' | ':' | '(' => return at + 1,
            _ => {}
        }
    }
    floor
}

/// 对规范性文件150件进行清理: the verb behind the amount says what was done to it.
fn is_treated(text: &Reading, clause: &Range<usize>, end: usize) -> bool {
    text.one_of(end, "进行|开展|予以|给予|实施|组织").is_some()
        && clause.clone().any(|at| text.at(at) == '对' && !matches!(text.before(at), '针' | '面' | '应' | '反'))
}

/// 23件规范性文件、45份合同进行合法性审查: the predicate of an attached noun stands behind it.
fn rest_of_clause(text: &Reading, after: &Range<usize>) -> Range<usize> {
    if after.is_empty() {
        return after.clone();
    }
    let last = (after.end + ATTACHED).min(text.len());
    let stop = |at: &usize| matches!(text.at(*at), ',' | '。' | ';' | ':' | '!' | '?' | '\n');
    after.end..(after.end..last).find(stop).unwrap_or(last)
}

/// What the clause goes on to say: up to the next amount, or to the end of the clause where a list of them shares its predicate.
fn behind(text: &Reading, amount: &Range<usize>, after: &Range<usize>, next: usize) -> Range<usize> {
    let from = amount.end.max(after.end);
    let shared = !after.is_empty() && text.at(after.end) == '、';
    let last = if shared { from + ATTACHED } else { (from + ATTACHED).min(next) };
    let stop = |at: &usize| matches!(text.at(*at), ',' | '。' | ';' | ':' | '!' | '?' | '\n');
    from..(from..last.min(text.len()).max(from)).find(stop).unwrap_or(last.min(text.len()).max(from))
}

fn in_parentheses(text: &Reading, sentence: &Range<usize>) -> bool {
    let open = sentence.clone().rev().find(|at| matches!(text.at(*at), '(' | ')'));
    open.is_some_and(|at| text.at(at) == '(')
}

fn attached(text: &Reading, end: usize, next: usize) -> Range<usize> {
    // 30个部门的案卷: things are counted by the noun before 的; events (2次…的…活动) by a later one.
    let events = matches!(text.before(end), '次' | '场' | '期');
    let last = next.min(end + ATTACHED).min(text.len());
    // 87%的决策事项: the noun stands behind 的.
    let end = if text.at(end) == '的' { (end + 1).min(last) } else { end };
    let noun = relative_clause(text, end..last).unwrap_or(end);
    if NO_NOUNS.longest(text, noun) > 0 {
        return end..end;
    }
    // 37个乡镇均设立窗口: the noun ends where the predicate begins.
    let stop = |at: &usize| {
        text.at(*at) == '的' && !events
            || matches!(text.at(*at), '均' | '都' | '已' | ',' | '、' | '。' | ';' | ':' | '(' | ')' | '!' | '?' | '\n')
    };
    end..(noun..last).find(stop).unwrap_or(last)
}

/// Where the noun begins in 17项没有法律依据的证明事项: behind a clause that only says which of them are meant.
fn relative_clause(text: &Reading, behind: Range<usize>) -> Option<usize> {
    text.one_of(behind.start, QUALIFIES)?;
    let end =
        behind.clone().find(|at| matches!(text.at(*at), '的' | ',' | '。' | ';' | ':' | '(' | '!' | '?' | '\n'))?;
    (text.at(end) == '的').then_some(end + 1)
}

/// The names in 合法性审查率、集体讨论率均达: each part that says a rate.
fn names_of_rates(text: &Reading, before: &Range<usize>) -> Vec<Range<usize>> {
    let names = split_names(text, before);
    let rates = names.iter().filter(|name| text.chars[(*name).clone()].contains(&'率')).count();
    if rates == names.len() { names } else { Vec::new() }
}

pub(super) fn split_names(text: &Reading, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut names = Vec::new();
    let mut start = range.start;
    for at in range.clone() {
        if matches!(text.at(at), '、' | '和' | '与' | '及') {
            if at > start {
                names.push(start..at);
            }
            start = at + 1;
        }
    }
    if range.end > start {
        names.push(start..range.end);
    }
    names
}

pub(super) fn find_last(text: &Reading, range: &Range<usize>, word: &str) -> Option<usize> {
    range.clone().rev().find(|at| text.starts_with(*at, word) && at + word.chars().count() <= range.end)
}

fn back(text: &Reading, from: usize, reach: usize, stop: impl Fn(char) -> bool) -> usize {
    let first = from.saturating_sub(reach);
    (first..from).rev().find(|at| stop(text.at(*at))).map_or(first, |at| at + 1)
}

/// Takes fillers, joints and quotation marks off both ends.
pub(super) fn strip(phrase: &str) -> String {
    let mut phrase = phrase.trim_matches(['、', ' ', '"', '“', '”', '(', ')', ',', ':']);
    while let Some(shorter) =
        FILLER_WORDS.iter().find_map(|filler| phrase.strip_suffix(*filler).or_else(|| phrase.strip_prefix(*filler)))
    {
        phrase = shorter.trim_matches(['、', ' ', '"', '“', '”', '(', ')', ',', ':']);
    }
    phrase.to_owned()
}
