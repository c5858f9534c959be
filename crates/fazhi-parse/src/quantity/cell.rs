//! Figures in the cells of tables: a number that opens its cell, with the unit in the cell or without any.
//!
//! A cell is read alone: what stands in the cells beside it is no part of its number.

use fazhi_model::{Precision, QuantityKind};
use rust_decimal::Decimal;
use std::ops::Range;

use super::number::{self, Number, Reader, Script};
use super::reading::Reading;
use super::{LARGEST, edges, unit};

/// Words of change before a figure, and what else may stand there and names nothing.
const RISING: &str = "增长|上升|增加|提高|提升|上涨|↑|▲|+";
const FALLING: &str = "下降|减少|降低|下滑|压减|↓|▼";
const IDLE: &str = "同比|较上年|比上年|较去年|比去年|达到|达|完成|共计|共|计|≥|≤|>|<|=| ";
/// So many of these words may precede a figure.
const MOST_WORDS: usize = 4;
/// The longest mark between them and the figure: 不超过.
const LONGEST_MARK: usize = 4;

/// A unit with its multiplier, as a heading states it: 万元.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) written: String,
    pub(crate) canonical: String,
    pub(crate) kind: QuantityKind,
    pub(crate) factor: Decimal,
}

impl Measure {
    /// The measure that `words` are, and nothing else.
    pub(crate) fn read(words: &str) -> Option<Self> {
        const FACTORS: [(&str, u64); 5] = [("", 1), ("万", 10_000), ("亿", 100_000_000), ("千", 1000), ("百", 100)];
        let text = Reading::new(words.trim());
        let whole = |(prefix, factor): &(&str, u64)| {
            let unit = text.starts_with(0, prefix).then(|| unit::read(&text, prefix.chars().count())).flatten()?;
            (unit.end == text.len()).then(|| Self::of(unit, Decimal::from(*factor)))
        };
        FACTORS.iter().find_map(whole)
    }

    fn of(unit: unit::Unit, factor: Decimal) -> Self {
        Self { written: unit.written, canonical: unit.canonical, kind: unit.kind, factor }
    }
}

/// A number in a cell; ranges are places of the text that holds the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// The number with its sign, its mark of approximation and the unit that follows it.
    pub(crate) range: Range<usize>,
    pub(crate) value: Decimal,
    pub(crate) max: Option<Decimal>,
    pub(crate) precision: Precision,
    /// 万 or 亿 is written in the cell.
    pub(crate) scaled: bool,
    /// The unit in the cell.
    pub(crate) measure: Option<Measure>,
    /// A word or an arrow before or behind it says that it fell.
    pub(crate) fell: bool,
}

/// The figures of a cell that a number opens: `85`, `85（其中驳回3）`, `↓5.6%`. None if words open it or go on behind a
/// number without a unit.
pub(crate) fn figures(text: &Reading, cell: &Range<usize>) -> Vec<Figure> {
    if !cell.clone().any(|at| number::can_begin(text.at(at))) {
        return Vec::new();
    }
    // A cell that was broken into lines is one cell.
    let written = text.raw(cell.clone()).replace('\n', " ");
    let alone = Reading::new(&written);
    let Some((mut opening, end)) = opening(&alone) else { return Vec::new() };
    let mut rest = alone.skip_blanks(end);
    if let Some(arrow) = alone.one_of(rest, "↓|▼|↑|▲") {
        opening.fell |= matches!(arrow, "↓" | "▼");
        rest = alone.skip_blanks(rest + 1);
    }
    let mut figures = vec![opening];
    if rest < alone.len() {
        let in_parentheses = alone.at(rest) == '(' && alone.at(alone.len() - 1) == ')';
        let goes_on = figures[0].measure.is_some() && matches!(alone.at(rest), '(' | ',' | ';' | '、' | '。');
        if !in_parentheses && !goes_on {
            return Vec::new();
        }
        if alone.at(rest) == '(' {
            figures.extend(asides(&alone, rest));
        }
    }
    for figure in &mut figures {
        figure.range = figure.range.start + cell.start..figure.range.end + cell.start;
    }
    figures
}

/// The figure at the beginning of a cell, and where what belongs to it ends.
fn opening(cell: &Reading) -> Option<(Figure, usize)> {
    let mut at = 0;
    let mut fell = false;
    for _ in 0..MOST_WORDS {
        let Some(word) = [RISING, FALLING, IDLE].iter().find_map(|words| cell.one_of(at, words)) else { break };
        fell |= FALLING.split('|').any(|falling| falling == word);
        at += word.chars().count();
        // A plus sign makes an identifier of the figures behind it elsewhere: 2+3.
        if word == "+" {
            let tail = Reading::new(cell.raw(at..cell.len()));
            let (mut figure, end) = figure(&tail, 0)?;
            figure.range = figure.range.start + at..figure.range.end + at;
            figure.fell = fell;
            return Some((figure, end + at));
        }
    }
    figure(cell, at).map(|(figure, end)| (Figure { fell, ..figure }, end))
}

fn figure(cell: &Reading, from: usize) -> Option<(Figure, usize)> {
    let words = cell.starts_with(from, "百分之");
    let start =
        if words { from + 3 } else { (from..=from + LONGEST_MARK).find(|at| number::can_begin(cell.at(*at)))? };
    let Reader::Number(number) = number::read(cell, start) else { return None };
    let negative = matches!(cell.at(from), '-' | '负') && start == from + 1;
    let before = edges::mark_before(cell, start, from, false).filter(|(_, begin)| *begin == from);
    if !words && !negative && before.is_none() && start > from || number.implied_one {
        return None;
    }
    let place = cell.skip_blanks(number.end);
    let unit = if words { Some((percent(), number.end, false)) } else { unit_at(cell, place) };
    let is_range = matches!(cell.at(number.end), '-' | '~' | '至' | '到');
    // Chinese numerals alone number rows: 一, 二, 三.
    if is_range || number.script == Script::Han && unit.is_none() {
        return None;
    }
    let unit_end = unit.as_ref().map_or(number.end, |(_, end, _)| *end);
    let after = edges::mark_after(cell, unit_end);
    let end = after.map_or(unit_end, |(_, end)| end);
    let bracketed = unit.as_ref().is_some_and(|(_, _, bracketed)| *bracketed);
    let precision = before.map(|(precision, _)| precision).or(number.bound).or(after.map(|(precision, _)| precision));
    let figure = Figure {
        range: from..if bracketed { number.end } else { end },
        value: if negative { -number.value } else { number.value },
        max: number.max,
        precision: precision.unwrap_or(Precision::Exact),
        scaled: number.multiplier != Decimal::ONE,
        measure: unit.map(|(measure, _, _)| measure),
        fell: false,
    };
    Some((figure, end))
}

/// A unit, where it ends, and whether it stands in parentheses.
type OwnUnit = (Measure, usize, bool);

fn unit_at(cell: &Reading, place: usize) -> Option<OwnUnit> {
    if let Some(unit) = unit::read(cell, place) {
        let end = unit.end;
        return Some((Measure::of(unit, Decimal::ONE), end, false));
    }
    let unit = (cell.at(place) == '(').then(|| unit::read(cell, place + 1)).flatten()?;
    let end = unit.end + 1;
    (cell.at(unit.end) == ')').then(|| (Measure::of(unit, Decimal::ONE), end, true))
}

fn percent() -> Measure {
    let sign = "%".to_owned();
    Measure { written: sign.clone(), canonical: sign, kind: QuantityKind::Rate, factor: Decimal::ONE }
}

/// Figures without a unit in the parentheses behind the first: 85（其中驳回3）.
fn asides(cell: &Reading, open: usize) -> Vec<Figure> {
    let mut found = Vec::new();
    let mut at = open + 1;
    while at < cell.len() {
        let begins = cell.at(at).is_ascii_digit() && !matches!(cell.before(at), '0'..='9' | '.' | '-' | '+' | '第');
        let Some(aside) = begins.then(|| bare(cell, at)).flatten() else {
            at += 1;
            continue;
        };
        at = aside.range.end;
        if matches!(cell.at(at), ')' | ',' | '、' | ';') {
            found.push(aside);
        }
    }
    found
}

fn bare(cell: &Reading, start: usize) -> Option<Figure> {
    let Reader::Number(Number { end, value, bound, multiplier, .. }) = number::read(cell, start) else { return None };
    Some(Figure {
        range: start..end,
        value,
        max: None,
        precision: bound.unwrap_or(Precision::Exact),
        scaled: multiplier != Decimal::ONE,
        measure: None,
        fell: false,
    })
}

/// The value of a figure in its unit, with the multiplier of the heading; nothing where no table could hold it.
pub(crate) fn scaled(figure: &Figure, measure: &Measure) -> Option<(Decimal, Option<Decimal>)> {
    let factor = if figure.scaled { Decimal::ONE } else { measure.factor };
    let of = |value: Decimal| {
        let value = value.checked_mul(factor)?.normalize();
        (value.abs() <= Decimal::from(LARGEST)).then_some(value)
    };
    let max = match figure.max {
        Some(max) => Some(of(max)?),
        None => None,
    };
    Some((of(figure.value)?, max))
}
