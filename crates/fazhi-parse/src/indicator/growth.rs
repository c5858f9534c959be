//! Growth rates: 同比增长66.4% belongs to the value on its left, with its sign.

use fazhi_model::{Quantity, QuantityKind};
use rust_decimal::Decimal;

use super::Fact;
use super::place::{Place, Respective, strip};
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
const ROSE: &[&str] = &["增长", "上升", "增加", "提高", "提升", "增幅", "上涨", "扩大", "多", "涨幅", "递增"];
const FELL: &[&str] =
    &["下降", "减少", "降低", "下滑", "降幅", "回落", "压减", "缩减", "压降", "缩短", "减幅", "负增长"];

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
pub(super) fn read(text: &Reading, place: &Place, quantity: &Quantity) -> Option<Change> {
    let clause = text.folded(place.clause.clone());
    let own = place.near.first().and_then(|near| near.first()).map_or(String::new(), |near| text.folded(near.clone()));
    let own_change = last(&own, ROSE).max(last(&own, FELL)).is_some();
    let words = if !own_change && (place.respective.is_some() || own.trim().is_empty()) { &clause } else { &own };
    let rose = last(words, ROSE);
    let fell = last(words, FELL);
    let compared = last(words, COMPARED);
    // 提升至99%, 增长到85件: a level, not a change.
    let level =
        words.trim_end().ends_with('至') || (words.trim_end().ends_with('到') && !words.trim_end().ends_with("达到"));
    let changes = rose.max(fell).is_some() && !level;
    let relative = matches!(quantity.kind, QuantityKind::Rate | QuantityKind::Multiple);
    let points = quantity.kind == QuantityKind::Points;
    // 压缩75%, 提升30%: without a comparison only what follows a value directly is growth.
    let short = words.chars().count() <= 6;
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
    let has = |words: &[&str]| words.iter().any(|word| clause.contains(word));
    let relative = matches!(text.before(place.amount.end), '%' | '点');
    has(COMPARED) || relative && (has(ROSE) || has(FELL))
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

fn last(words: &str, of: &[&str]) -> Option<usize> {
    of.iter().filter_map(|word| words.rfind(word)).max()
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

    /// Binds a change to the nearest value on its left, or by position after 分别.
    pub(super) fn bind(&mut self, facts: &mut [Fact], place: &Place, change: Change) {
        if place.sentence.start >= self.end {
            return;
        }
        let bound = match place.respective {
            Some(Respective { index, count }) if self.wholes.len() >= count => {
                self.wholes.get(self.wholes.len() - count + index)
            }
            Some(Respective { index, count }) => {
                self.values.len().checked_sub(count).map(|first| &self.values[first + index].0)
            }
            // Growth told after an aside is not about the aside.
            None => {
                self.values.iter().rev().take(NEAREST).find(|(_, aside)| !aside || place.aside).map(|(index, _)| index)
            }
        };
        let Some(&quantity) = bound else { return };
        change.tell(facts, quantity);
    }
}

impl Change {
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
            let side = if self.points { &mut fact.indicator.yoy_pp } else { &mut fact.indicator.yoy_pct };
            side.get_or_insert(self.value);
        }
    }
}
