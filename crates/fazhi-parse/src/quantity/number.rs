//! The number part of a quantity: digits, Chinese numerals in every register, and mixtures of both with multipliers.

use fazhi_model::Precision;
use rust_decimal::Decimal;

use super::numeral::{digit as han_digit, is_formal, is_han, numeral, unit as han_unit};
use super::reading::Reading;

/// How a number is written. Chinese numerals are part of many names, so they need more evidence to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Digits,
    Han,
}

/// A number read at some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: Decimal,
    pub(super) max: Option<Decimal>,
    pub(super) bound: Option<Precision>,
    pub(super) script: Script,
    /// 1 where no multiplier follows the digits.
    pub(super) multiplier: Decimal,
    /// 万, 千余 without a number before it: only a quantity beside an approximation mark.
    pub(super) implied_one: bool,
    /// Place after the number.
    pub(super) end: usize,
}

/// What stands at a place.
pub(super) enum Reader {
    Number(Number),
    /// Figures that are no amount (dates, identifiers, 八五, 二〇二三): go on at this place.
    Skip(usize),
    Nothing,
}

/// Whole numbers beyond this many digits are identifiers.
const MAX_DIGITS: usize = 15;
/// A run of Chinese numerals beyond this is no number anybody would write.
const MAX_HAN: usize = 24;
/// Digits after the point that the tables can hold.
const MAX_SCALE: usize = 6;

pub(super) fn read(text: &Reading, place: usize) -> Reader {
    let first = text.at(place);
    if first.is_ascii_digit() {
        return digits(text, place);
    }
    if matches!(first, '数' | '几') && han_unit(text.at(place + 1)).is_some_and(|unit| unit >= 10) {
        return several(text, place);
    }
    if is_han(first) { han(text, place) } else { Reader::Nothing }
}

/// Whether a character can begin a number.
pub(super) fn can_begin(c: char) -> bool {
    c.is_ascii_digit() || is_han(c) || matches!(c, '数' | '几')
}

fn digits(text: &Reading, place: usize) -> Reader {
    let mut end = run(text, place, |c| c.is_ascii_digit());
    let mut written: String = text.chars[place..end].iter().collect();
    if let Some(grouped) = thousands(text, place, end) {
        written = text.chars[place..grouped].iter().filter(|c| **c != ',').collect();
        end = grouped;
    }
    if identifier_before(text, place) || identifier_after(text, end) {
        return Reader::Skip(run(text, end, |c| c.is_ascii_alphanumeric() || ".-/:+·•・×".contains(c)).max(end));
    }
    if written.len() > MAX_DIGITS || (written.len() > 1 && written.starts_with('0')) {
        return Reader::Skip(end);
    }
    if text.at(end) == '.' && text.at(end + 1).is_ascii_digit() {
        let tail = run(text, end + 1, |c| c.is_ascii_digit());
        if text.at(tail) == '.' && text.at(tail + 1).is_ascii_digit() || tail - end - 1 > MAX_SCALE {
            return Reader::Skip(run(text, tail, |c| c.is_ascii_digit() || c == '.'));
        }
        written.extend(&text.chars[end..tail]);
        end = tail;
    }
    let Ok(value) = written.parse::<Decimal>() else { return Reader::Skip(end) };
    scaled(
        text,
        Number {
            value,
            max: None,
            bound: None,
            script: Script::Digits,
            multiplier: Decimal::ONE,
            implied_one: false,
            end,
        },
    )
}

/// `236,158` is a thousands group; `236,158,97件` is a list, because ASCII commas also part clauses.
fn thousands(text: &Reading, place: usize, end: usize) -> Option<usize> {
    if end - place > 3 {
        return None;
    }
    let mut at = end;
    while text.at(at) == ',' && text.at(at + 1).is_ascii_digit() {
        let group = run(text, at + 1, |c| c.is_ascii_digit());
        if group - at - 1 != 3 {
            return None;
        }
        at = group;
    }
    (at > end).then_some(at)
}

/// Figures glued to letters or signs: `A4`, `PM2.5`, `1+N`, `-7`, `12·4`.
fn identifier_before(text: &Reading, place: usize) -> bool {
    let previous = text.before(place);
    if previous.is_ascii_alphabetic() {
        let start = place.saturating_sub(3);
        return !(place - start == 3 && text.chars[start..place].iter().all(char::is_ascii_alphabetic));
    }
    matches!(previous, '+' | '×' | '*' | '_' | '·' | '•' | '・' | '#' | '№')
        || (matches!(previous, '/' | '.' | ':') && place > 1 && text.before(place - 1).is_ascii_alphanumeric())
        || (previous == '-' && place > 1 && text.before(place - 1).is_ascii_alphabetic())
}

fn identifier_after(text: &Reading, end: usize) -> bool {
    let next = text.at(end + 1);
    match text.at(end) {
        '+' | '×' | '*' => true,
        '·' | '•' | '・' | '/' | ':' => next.is_ascii_digit(),
        // 2024-01-09 and longer groups; a single hyphen may be a range.
        '-' if next.is_ascii_digit() => {
            let second = run(text, end + 1, |c| c.is_ascii_digit());
            text.at(second) == '-' && text.at(second + 1).is_ascii_digit()
        }
        _ => false,
    }
}

/// 余, 多 and multipliers behind the figures: 3万余, 1300余万, 1亿2300万.
fn scaled(text: &Reading, mut number: Number) -> Reader {
    let inner = mark(text, number.end);
    let from = inner.map_or(number.end, |(_, end)| end);
    // 12.5 万元: a blank may part the figures from their multiplier.
    let from = if text.at(from) == ' ' && matches!(text.at(from + 1), '万' | '亿') { from + 1 } else { from };
    if let Some((factor, end)) = multiplier(text, from) {
        number.value *= factor;
        number.max = number.max.map(|max| max * factor);
        number.multiplier = factor;
        number.end = end;
        number.bound = number.bound.or(inner.map(|(bound, _)| bound));
        if inner.is_none() {
            add_lower_part(text, &mut number);
        }
    }
    if number.bound.is_none()
        && let Some((bound, end)) = mark(text, number.end)
    {
        number.bound = Some(bound);
        number.end = end;
    }
    number.value = number.value.normalize();
    number.max = number.max.map(|max| max.normalize());
    Reader::Number(number)
}

/// 2300万 after 1亿, 3456 after 12万.
fn add_lower_part(text: &Reading, number: &mut Number) {
    while text.at(number.end).is_ascii_digit() && number.max.is_none() {
        let end = run(text, number.end, |c| c.is_ascii_digit());
        let Ok(low) = text.folded(number.end..end).parse::<Decimal>() else { return };
        let (factor, after) = multiplier(text, end).unwrap_or((Decimal::ONE, end));
        let long_enough = factor > Decimal::ONE || end - number.end >= 3;
        if !long_enough || end - number.end > 8 || low * factor >= number.multiplier || text.at(after) == '.' {
            return;
        }
        number.value += low * factor;
        number.multiplier = factor;
        number.end = after;
    }
}

fn mark(text: &Reading, place: usize) -> Option<(Precision, usize)> {
    match text.at(place) {
        '余' | '多' | '几' => Some((Precision::AtLeast, place + 1)),
        '来' if matches!(text.before(place), '十' | '百' | '0') => Some((Precision::About, place + 1)),
        _ => None,
    }
}

fn multiplier(text: &Reading, place: usize) -> Option<(Decimal, usize)> {
    let mut end = run(text, place, |c| matches!(c, '十' | '百' | '千' | '万' | '亿'));
    // 120万千瓦, 350千克: the last character begins the unit.
    if end > place && text.one_of(end - 1, "千米|千克|千瓦|千伏|千卡|千帕|百分").is_some() {
        end -= 1;
    }
    if end == place || end - place > 3 {
        return None;
    }
    let factor = text.chars[place..end].iter().filter_map(|c| han_unit(*c)).map(Decimal::from).product();
    (factor < Decimal::from(10_000_000_000_000_u64)).then_some((factor, end))
}

/// 数十, 几百, 数千万: between two and nine times the unit.
fn several(text: &Reading, place: usize) -> Reader {
    let Some((factor, end)) = multiplier(text, place + 1) else { return Reader::Skip(place + 1) };
    let end = mark(text, end).map_or(end, |(_, end)| end);
    Reader::Number(Number {
        value: Decimal::from(2) * factor,
        max: Some(Decimal::from(9) * factor),
        bound: None,
        script: Script::Han,
        multiplier: factor,
        implied_one: false,
        end,
    })
}

fn han(text: &Reading, place: usize) -> Reader {
    let formal = is_formal(text.at(place));
    let whole_end = run(text, place, |c| is_han(c) && (is_formal(c) == formal || matches!(c, '零' | '万' | '亿')));
    if formal && text.chars[place..whole_end].iter().all(|c| han_unit(*c).is_none()) {
        return Reader::Skip(whole_end); // 队伍十二支: the end of a word
    }
    if whole_end - place > MAX_HAN {
        return Reader::Skip(whole_end);
    }
    let whole: Vec<char> = text.chars[place..whole_end].to_vec();
    let Some((low, high)) = numeral(&whole) else { return Reader::Skip(whole_end) };
    let implied_one = han_unit(whole[0]).is_some_and(|unit| unit >= 100);
    let mut number = Number {
        value: Decimal::from(low),
        max: (high > low).then(|| Decimal::from(high)),
        bound: None,
        script: Script::Han,
        multiplier: whole.last().and_then(|c| han_unit(*c)).map_or(Decimal::ONE, Decimal::from),
        implied_one,
        end: whole_end,
    };
    if text.at(whole_end) == '点' && text.at(whole_end + 1).is_ascii_alphabetic() {
        return Reader::Skip(whole_end);
    }
    if text.at(whole_end) == '点' && han_digit(text.at(whole_end + 1)).is_some() && number.max.is_none() {
        let end = run(text, whole_end + 1, |c| han_digit(c).is_some());
        if end - whole_end - 1 > MAX_SCALE {
            return Reader::Skip(end);
        }
        let places: String =
            text.chars[whole_end + 1..end].iter().filter_map(|c| han_digit(*c)).map(|d| d.to_string()).collect();
        let Ok(value) = format!("{low}.{places}").parse::<Decimal>() else { return Reader::Skip(end) };
        number.value = value;
        number.end = end;
    }
    scaled(text, number)
}

fn run(text: &Reading, from: usize, accept: impl Fn(char) -> bool) -> usize {
    (from..text.len()).find(|&at| !accept(text.at(at))).unwrap_or(text.len().max(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, low: &str, high: Option<&str>) {
        let reading = Reading::new(written);
        let Reader::Number(number) = read(&reading, 0) else { panic!("`{written}` is no number") };
        assert_eq!(
            (number.value.to_string().as_str(), number.max.map(|max| max.to_string()).as_deref(), number.end),
            (low, high, reading.len()),
            "{written}"
        );
    }

    #[test]
    fn chinese_numerals_in_every_register() {
        for (written, value) in [
            ("十二", "12"),
            ("两千三", "2300"),
            ("两千零三", "2003"),
            ("三百二十", "320"),
            ("廿", "20"),
            ("廿五", "25"),
            ("壹佰贰拾", "120"),
            ("一万五", "15000"),
            ("一亿二千三百万", "123000000"),
            ("十万一千一百一十一", "101111"),
            ("三点一四", "3.14"),
            ("二十点一万", "201000"),
            ("一百零一", "101"),
        ] {
            check(written, value, None);
        }
    }

    #[test]
    fn digits_with_multipliers_and_marks() {
        for (written, value) in [
            ("1,234,567", "1234567"),
            ("１５．０９万", "150900"),
            ("1300余万", "13000000"),
            ("10万余", "100000"),
            ("1.2万亿", "1200000000000"),
            ("1亿2300万", "123000000"),
            ("12万3456", "123456"),
            ("3千", "3000"),
        ] {
            check(written, value, None);
        }
    }

    #[test]
    fn neighbouring_numerals_are_ranges() {
        for (written, low, high) in [
            ("五六十", "50", "60"),
            ("三五百", "300", "500"),
            ("十七八万", "170000", "180000"),
            ("一万六七", "16000", "17000"),
            ("七百三四十", "730", "740"),
            ("数十", "20", "90"),
        ] {
            check(written, low, Some(high));
        }
    }

    #[test]
    fn figures_that_are_no_amount_are_skipped() {
        for written in ["二〇二三", "八五", "1+9", "2024-01-09", "12·4", "11:26", "007", "1.2.3"] {
            let reading = Reading::new(written);
            assert!(matches!(read(&reading, 0), Reader::Skip(_)), "{written}");
        }
    }
}
