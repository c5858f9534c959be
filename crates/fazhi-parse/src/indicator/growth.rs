//! Growth rates: 同比增长66.4% belongs to the value on its left, with its sign.

use std::sync::LazyLock;

use fazhi_model::{Quantity, QuantityKind, ReportYear};
use rust_decimal::Decimal;

use super::Fact;
use super::cue::Cue;
use super::place::{Place, Respective, strip};
use crate::catalogue::IndicatorKind;
use crate::quantity::reading::Reading;

const COMPARED: &[&str] = &[
    "同比",
    "较上年",
    "较去年",
    "比上年",
    "比去年",
    "较上一年",
    "比上一年",
    "与上年",
    "与去年",
    "较同期",
    "同期相比",
    "较前一年",
    "年均",
];
const ROSE: &[&str] = &[
    "增长", "上升", "增加", "提高", "提升", "增幅", "上涨", "扩大", "多", "涨幅", "递增", "增速", "净增", "略增",
    "回升", "翻番",
];
const FELL: &[&str] =
    &["下降", "减少", "降低", "下滑", "降幅", "回落", "压减", "缩减", "压降", "缩短", "减幅", "负增长", "精减", "略降"];

static COMPARED_CUE: LazyLock<Cue> = LazyLock::new(|| Cue::new(COMPARED));
static ROSE_CUE: LazyLock<Cue> = LazyLock::new(|| Cue::new(ROSE));
static FELL_CUE: LazyLock<Cue> = LazyLock::new(|| Cue::new(FELL));

/// Words with which a level is reached.
const REACHED: &str = "达|至|到|为|有";

/// How many values back growth may reach over asides.
const NEAREST: usize = 32;

/// A change against the year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    value: Decimal,
    points: bool,
}

/// The change an amount states, if it states one. Absolute differences (同比增加12件) bind to nothing but are no values either.
pub(super) fn read(
    text: &Reading,
    place: &Place,
    quantity: &Quantity,
    report_year: Option<ReportYear>,
) -> Option<Change> {
    let clause = text.folded(place.clause.clone());
    let own = place.near.first().and_then(|near| near.first()).map_or(String::new(), |near| text.folded(near.clone()));
    let own_change = ROSE_CUE.last(&own).max(FELL_CUE.last(&own)).is_some();
    let words = if !own_change && (place.respective.is_some() || own.trim().is_empty()) { &clause } else { &own };
    let rose = ROSE_CUE.last(words).or_else(|| ends_in(words, &['增', '升']));
    let fell = FELL_CUE.last(words).or_else(|| ends_in(words, &['降', '减', '少']));
    let base = base_year(words);
    let last_year = base.is_some_and(|base| report_year.is_some_and(|year| base == year.get() - 1));
    let compared = COMPARED_CUE.last(words).or(last_year.then_some(0));
    if quantity.kind == QuantityKind::Multiple
        && rose.is_none()
        && ["上年的", "去年的", "上年同期的"].iter().any(|word| words.contains(word))
    {
        // 是上年的1.5倍: half as much again.
        let growth = quantity.value * Decimal::ONE_HUNDRED - Decimal::ONE_HUNDRED;
        return Some(Change { value: growth.normalize(), points: false });
    }
    // 提升至99%, 增长到85件: a level, not a change.
    let level =
        words.trim_end().ends_with('至') || (words.trim_end().ends_with('到') && !words.trim_end().ends_with("达到"));
    let changes = rose.max(fell).is_some() && !level;
    let relative = matches!(quantity.kind, QuantityKind::Rate | QuantityKind::Multiple);
    let points = quantity.kind == QuantityKind::Points;
    // 压缩75%, 提升30%: without a comparison only what follows a value directly is growth.
    let short = words.chars().count() <= 6;
    if base.is_some() && compared.is_none() && rose.max(fell).is_some() {
        // 较2019年增长20%: a change, but not against the year before.
        return Some(Change { value: Decimal::ZERO, points: false });
    }
    if !changes || !(points || compared.is_some() || (relative && short)) {
        return None;
    }
    let value =
        if quantity.kind == QuantityKind::Multiple { quantity.value * Decimal::ONE_HUNDRED } else { quantity.value };
    let value = if fell > rose { -value.abs() } else { value };
    Some(Change { value: value.normalize(), points }).filter(|_| relative || points).or(Some(Change {
        value: Decimal::ZERO,
        points: false,
    })
    .filter(|_| compared.is_some()))
}

/// The year a comparison names: 较2021年.
fn base_year(words: &str) -> Option<i32> {
    let chars: Vec<char> = words.chars().collect();
    let named = chars.windows(6).rev().find(|six| {
        matches!(six[0], '比' | '较' | '与' | '于') && six[5] == '年' && six[1..5].iter().all(char::is_ascii_digit)
    })?;
    named[1..5].iter().collect::<String>().parse().ok()
}

/// A verb of change that stands right before the number: 同比增6.3%.
fn ends_in(words: &str, verbs: &[char]) -> Option<usize> {
    let words = words.trim_end();
    words.chars().next_back().filter(|last| verbs.contains(last)).map(|last| words.len() - last.len_utf8())
}

/// Whether a change stands before the value it led to: 行政处罚案件同比增长12%,达到986件. Nothing but a word of reaching
/// may stand between them, and the clause of the change must say what grew.
pub(super) fn leads_to(text: &Reading, change: &Place, value: &Place) -> bool {
    let gap = text.folded(change.amount.end..value.amount.start);
    let words = gap.trim().trim_start_matches(',').trim_start();
    let reaches = REACHED.split('|').any(|word| words.contains(word));
    reaches && is_reach(words) && names_what_changed(text, change)
}

/// Whether the clause of an amount speaks of change: of a rate by its verb, of things counted (增加56件) by a comparison.
pub(super) fn is_told(text: &Reading, place: &Place) -> bool {
    let clause = text.folded(place.clause.clone());
    let relative = matches!(text.before(place.amount.end), '%' | '点');
    COMPARED_CUE.is_in(&clause) || relative && (ROSE_CUE.is_in(&clause) || FELL_CUE.is_in(&clause))
}

/// Whether the words between a change and a number only say that it was reached.
pub(super) fn is_reach(words: &str) -> bool {
    let level = words.trim().trim_end_matches("左右");
    let level = ROSE.iter().chain(FELL).find_map(|word| level.strip_prefix(word)).unwrap_or(level);
    strip(level.trim_start_matches(['增', '升', '降', '减'])).is_empty()
}

/// Whether the clause of a change holds more than words of change: 同比增长12% alone says nothing of what grew.
pub(super) fn names_what_changed(text: &Reading, change: &Place) -> bool {
    let clause = text.folded(change.clause.clone());
    let own = clause.rsplit_once(|c: char| c.is_ascii_digit() || c == '%').map_or(&*clause, |(_, own)| own);
    let mut rest = own.to_owned();
    for word in COMPARED.iter().chain(ROSE).chain(FELL) {
        rest = rest.replace(word, "");
    }
    let rest = strip(&rest.replace(['比', '较', '年', '期', '度'], ""));
    rest.chars().count() >= 2
}

/// The values a change may belong to: those that stand last before it in its sentence.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// With whether they are an aside.
    values: Vec<(usize, bool)>,
    /// Those of them that are no part of another.
    wholes: Vec<usize>,
    end: usize,
}

impl Growth {
    /// Notes a value that is no change.
    pub(super) fn value(&mut self, index: usize, place: &Place) {
        if place.sentence.start >= self.end {
            self.values.clear();
            self.wholes.clear();
        }
        self.values.push((index, place.aside));
        if place.total.is_none() {
            self.wholes.push(index);
        }
        self.end = place.amount.end;
    }

    /// The amount a change belongs to: by position after 分别, the one whose subject its clause names (案件总量同比…), else
    /// the nearest on its left. `names` tells whether the clause of the change names what an amount states.
    pub(super) fn owner(&self, text: &Reading, place: &Place, names: impl Fn(usize) -> bool) -> Option<usize> {
        if place.sentence.start >= self.end {
            return None;
        }
        if let Some(Respective { index, count }) = place.respective {
            let of_wholes = self.wholes.len().checked_sub(count).map(|first| self.wholes[first + index]);
            return of_wholes
                .or_else(|| self.values.len().checked_sub(count).map(|first| self.values[first + index].0));
        }
        // Growth told after an aside is not about the aside.
        let mut nearest = self.values.iter().rev().take(NEAREST).filter(|(_, aside)| !aside || place.aside);
        if place.clause.start < self.end || !names_what_changed(text, place) {
            return nearest.next().map(|(index, _)| *index);
        }
        let clause = text.folded(place.clause.clone());
        let generic = || ["总量", "总数", "案件数", "收案", "数量"].iter().any(|word| clause.contains(word));
        nearest
            .map(|(index, _)| *index)
            .find(|index| names(*index))
            .or_else(|| self.wholes.first().copied().filter(|_| generic()))
    }
}

impl Change {
    /// In per cent, if it is told in per cent.
    pub(super) fn per_cent(self) -> Option<Decimal> {
        (!self.points && !self.value.is_zero()).then_some(self.value)
    }

    pub(super) fn new(value: Decimal, points: bool) -> Self {
        Self { value: value.normalize(), points }
    }

    /// Adds the change to the facts that an amount states; an absolute difference adds nothing.
    pub(super) fn tell(self, facts: &mut [Fact], quantity: usize) {
        if self.value.is_zero() {
            return;
        }
        // Facts are in reading order: those of the amount are among the last.
        for fact in
            facts.iter_mut().rev().take_while(|fact| fact.quantity >= quantity).filter(|fact| fact.quantity == quantity)
        {
            // Counts grow by per cent, rates by points.
            if self.points != (fact.kind == IndicatorKind::Rate) {
                continue;
            }
            let side = if self.points { &mut fact.indicator.yoy_pp } else { &mut fact.indicator.yoy_pct };
            side.get_or_insert(self.value);
        }
    }
}
