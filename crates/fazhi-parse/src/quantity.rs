//! Measured amounts of a text: `10万余份`, `98%以上`, `2-3名`, each with its exact place.
//!
//! One pass from left to right over the folded text. What looks like an amount but is none (dates, durations, ordinals,
//! numbering, names, identifiers, placeholders) is left out by the grammar and by lists of names, never by guessing
//! from the surrounding topic. The value is what is written: 余 and 多 set a bound, they add nothing.

pub(crate) mod cell;
mod counting;
mod edges;
mod mask;
mod number;
mod numeral;
pub(crate) mod reading;
mod subject;
mod unit;

use std::ops::Range;

use fazhi_model::{Precision, Quantity, QuantityKind};
use rust_decimal::Decimal;

use number::{Number, Reader, Script};
use reading::Reading;
use unit::Unit;

/// A sentence is quoted whole up to this many characters on either side of the amount.
const SENTENCE_REACH: usize = 200;
/// Values have up to 22 figures before the point: the tables hold `Decimal(28,6)`.
const LARGEST: u64 = 1_000_000_000_000_000_000;

/// At most this many amounts of one text are read; a report has some hundreds. Whoever gets as many should say so.
pub const MAX_QUANTITIES: usize = 20_000;

/// Every measured amount of `body` in reading order, in time linear in its length; at most [`MAX_QUANTITIES`].
///
/// ```
/// let found = fazhi_parse::quantity::scan("发放宣传资料10万余份,调解成功率98%以上。");
/// let texts: Vec<_> = found.iter().map(|quantity| (quantity.text.as_str(), quantity.value.to_string())).collect();
/// assert_eq!(texts, [("10万余份", "100000".to_owned()), ("98%以上", "98".to_owned())]);
/// ```
pub fn scan(body: &str) -> Vec<Quantity> {
    let text = Reading::new(body);
    let masked = mask::places(&text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() && found.len() < MAX_QUANTITIES {
        if masked[at] || !number::can_begin(text.at(at)) {
            at += 1;
            continue;
        }
        let step = amount(&text, at, found.last().map_or(0, |amount: &Amount| amount.range.end));
        at = step.next.max(at + 1);
        found.extend(step.amount);
    }
    let mut floor = 0;
    let mut quantities = Vec::with_capacity(found.len());
    for amount in found {
        let range = amount.range.clone();
        quantities.push(describe(&text, amount, floor));
        floor = range.end;
    }
    quantities
}

/// Whether amounts are read in a unit: one that [`Quantity::unit`] may hold.
///
/// ```
/// assert!(fazhi_parse::quantity::is_unit("人次"));
/// assert!(!fazhi_parse::quantity::is_unit("斤两"));
/// ```
pub fn is_unit(unit: &str) -> bool {
    unit::is_written(unit)
}

struct Amount {
    range: Range<usize>,
    value: Decimal,
    max: Option<Decimal>,
    precision: Precision,
    unit: Unit,
}

struct Step {
    amount: Option<Amount>,
    next: usize,
}

impl Step {
    fn skip(next: usize) -> Self {
        Self { amount: None, next }
    }
}

/// Reads what stands at `start`, where a number could begin; `floor` is the end of the amount before.
fn amount(text: &Reading, start: usize, floor: usize) -> Step {
    if let Some(step) = percent_in_words(text, start, floor) {
        return step;
    }
    let mut number = match number::read(text, start) {
        Reader::Number(number) => number,
        Reader::Skip(next) => return Step::skip(next),
        Reader::Nothing => return Step::skip(start + 1),
    };
    if text.starts_with(number.end, "分之") {
        return Step::skip(fraction_end(text, number.end + 2));
    }
    if edges::ordinal(text, start, number.end) {
        return Step::skip(edges::ordinals_end(text, number.end));
    }
    match range(text, start, &number) {
        RangeRead::Range(whole) => number = whole,
        RangeRead::NoAmount(next) => return Step::skip(next),
        RangeRead::Single => {}
    }
    let Some(mut unit) = unit_after(text, start, &number) else { return Step::skip(number.end) };
    in_per_cent(text, &mut number, &mut unit);
    if number.script == Script::Han && !counting::counts(text, start, &number, &unit) {
        return Step::skip(unit.end);
    }
    if edges::not_counted(text, start, &unit) {
        return Step::skip(unit.end);
    }
    finish(text, start, floor, &number, unit)
}

fn finish(text: &Reading, start: usize, floor: usize, number: &Number, unit: Unit) -> Step {
    let before = edges::mark_before(text, start, floor, number.implied_one);
    if number.implied_one && before.is_none() && number.bound.is_none() {
        return Step::skip(unit.end);
    }
    let after = edges::mark_after(text, unit.end);
    let sign = edges::minus(text, start, floor, unit.kind);
    let end = after.map_or(unit.end, |(_, end)| end);
    let begin = before.map(|(_, begin)| begin).or(sign).unwrap_or(start);
    let precision = before.map(|(precision, _)| precision).or(number.bound).or(after.map(|(precision, _)| precision));
    let mut value = number.value;
    if sign.is_some() {
        value = -value;
    }
    if value.abs() > Decimal::from(LARGEST) {
        return Step::skip(end);
    }
    let max =
        number.max.map(|max| if unit.canonical == "%" && unit.written == "%" && value > max { value } else { max });
    let amount = Amount {
        range: begin..end,
        value: value.normalize(),
        max: max.map(|max| max.normalize()),
        precision: precision.unwrap_or(Precision::Exact),
        unit,
    };
    Step { amount: Some(amount), next: end }
}

fn unit_after(text: &Reading, start: usize, number: &Number) -> Option<Unit> {
    let place = text.skip_blanks(number.end);
    if edges::tenths(text, place, number) {
        return Some(Unit { written: "%".into(), canonical: "%".into(), kind: QuantityKind::Rate, end: place + 1 });
    }
    unit::read(text, place)
        .or_else(|| edges::money_without_unit(text, start, number).then(|| unit::implied_money(number.end)))
}

/// A number told in tenths, as per cent: 七成 is 70, 七成半 is 75, 八折 is 80.
fn in_per_cent(text: &Reading, number: &mut Number, unit: &mut Unit) {
    if !matches!(text.before(unit.end), '成' | '折') {
        return;
    }
    // 八五折 is 85, read figure by figure.
    let factor = if number.value > Decimal::TEN { Decimal::ONE } else { Decimal::TEN };
    number.value *= factor;
    number.max = number.max.map(|max| max * factor);
    if text.at(unit.end) == '半' {
        number.value += Decimal::from(5);
        unit.end += 1;
    }
}

/// 百分之九十五, 百分百, and the range 百分之三十到四十.
fn percent_in_words(text: &Reading, start: usize, floor: usize) -> Option<Step> {
    let percent = |number: &Number| Unit {
        written: "%".into(),
        canonical: "%".into(),
        kind: QuantityKind::Rate,
        end: number.end,
    };
    if text.starts_with(start, "百分百") {
        let number = Number { value: Decimal::ONE_HUNDRED, ..whole(Decimal::ONE_HUNDRED, start + 3) };
        return Some(finish(text, start, floor, &number, percent(&number)));
    }
    if !text.starts_with(start, "百分之") {
        return None;
    }
    let Reader::Number(mut number) = number::read(text, start + 3) else { return Some(Step::skip(start + 3)) };
    number.implied_one = false;
    if matches!(text.at(number.end), '到' | '至' | '-' | '~') {
        let second = number.end + 1;
        let second = if text.starts_with(second, "百分之") { second + 3 } else { second };
        if let Reader::Number(high) = number::read(text, second)
            && high.value > number.value
        {
            number.max = Some(high.value);
            number.end = high.end;
        }
    }
    let unit = percent(&number);
    Some(finish(text, start, floor, &number, unit))
}

fn whole(value: Decimal, end: usize) -> Number {
    Number { value, max: None, bound: None, script: Script::Han, multiplier: Decimal::ONE, implied_one: false, end }
}

/// 三分之二 is consumed without an amount: two thirds have no exact decimal.
fn fraction_end(text: &Reading, place: usize) -> usize {
    match number::read(text, place) {
        Reader::Number(number) => number.end,
        Reader::Skip(next) => next,
        Reader::Nothing => place,
    }
}

enum RangeRead {
    Range(Number),
    /// Two numbers joined that are no range: 2023-37, a telephone number.
    NoAmount(usize),
    Single,
}

/// 2-3名, 三到五个, 30%-40%. The multiplier of the high end covers the low end: 3-5万.
fn range(text: &Reading, start: usize, low: &Number) -> RangeRead {
    let percent = usize::from(text.at(low.end) == '%');
    let joint = low.end + percent;
    let width = match text.at(joint) {
        '-' | '~' => 1 + usize::from(text.at(joint + 1) == text.at(joint)),
        '至' | '到' if !matches!(text.before(start), '由' | '从' | '自') => 1,
        _ => return RangeRead::Single,
    };
    if low.max.is_some() || !number::can_begin(text.at(joint + width)) {
        return RangeRead::Single;
    }
    let Reader::Number(high) = number::read(text, joint + width) else { return RangeRead::NoAmount(joint + width) };
    let value = if low.multiplier == Decimal::ONE { low.value * high.multiplier } else { low.value };
    let same_sort = percent == 0 || text.at(high.end) == '%';
    if value >= high.value || high.max.is_some() || !same_sort {
        return if percent == 1 { RangeRead::Single } else { RangeRead::NoAmount(high.end) };
    }
    RangeRead::Range(Number {
        value: value.normalize(),
        max: Some(high.value),
        bound: low.bound.or(high.bound),
        script: low.script,
        ..high
    })
}

fn describe(text: &Reading, amount: Amount, floor: usize) -> Quantity {
    Quantity {
        text: text.raw(amount.range.clone()).to_owned(),
        value: amount.value,
        max: amount.max,
        unit: amount.unit.written,
        unit_canonical: amount.unit.canonical,
        precision: amount.precision,
        kind: amount.unit.kind,
        subject: subject::of(text, &amount.range, floor),
        span: text.span(&amount.range),
        sentence: text.raw(sentence(text, &amount.range)).trim().to_owned(),
    }
}

/// The sentence around a range: up to 。；！？ or a line break, and never longer than the reach on either side.
pub(crate) fn sentence(text: &Reading, range: &Range<usize>) -> Range<usize> {
    let stop = |at: &usize| matches!(text.at(*at), '。' | ';' | '!' | '?' | '\n');
    let first = range.start.saturating_sub(SENTENCE_REACH);
    let last = (range.end + SENTENCE_REACH).min(text.len());
    let start = (first..range.start).rev().find(stop).map_or(first, |at| at + 1);
    let end = (range.end..last).find(stop).map_or(last, |at| if text.at(at) == '\n' { at } else { at + 1 });
    start..end
}
