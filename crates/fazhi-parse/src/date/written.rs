//! Dates among the characters of a line: `2024年1月8日`, `二〇二四年元月廿五日`, `2024-01-08`.
//!
//! Read by hand, without a copy of the text: almost every line of every page is asked for its date, and almost none has one.

use chrono::{Datelike, NaiveDate};

use crate::label::is_space;

/// A date and where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub date: NaiveDate,
    pub start: usize,
    pub end: usize,
}

/// The dates of a text in order.
pub(crate) fn dates(text: &str) -> impl Iterator<Item = Written> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let found = next(text, at)?;
        at = found.end;
        Some(found)
    })
}

fn next(text: &str, from: usize) -> Option<Written> {
    let mut before = text[..from].chars().next_back();
    for (at, c) in text[from..].char_indices() {
        let start = from + at;
        // The year must not be the tail of a longer number.
        if begins_year(c)
            && !before.is_some_and(|before| continues(before, c))
            && let Some((date, rest)) = at_start(&text[start..])
        {
            return Some(Written { date, start, end: text.len() - rest.len() });
        }
        before = Some(c);
    }
    None
}

fn begins_year(c: char) -> bool {
    matches!(c, '1' | '2' | '１' | '２' | '一' | '二')
}

fn continues(before: char, c: char) -> bool {
    if arabic(c).is_some() {
        arabic(before).is_some()
    } else {
        "〇零一二三四五六七八九十百千".contains(before)
    }
}

/// The date a text begins with, and the rest of the text.
pub(super) fn at_start(text: &str) -> Option<(NaiveDate, &str)> {
    spelled(text).or_else(|| separated(text))
}

/// `2024年1月8日`, `二〇二四年元月八日`, with spaces anywhere.
fn spelled(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = up_to(text, "年", four_digits)?;
    let (month, rest) = up_to(rest, "月", |numeral| if numeral == ['元'] { Some(1) } else { below_hundred(numeral) })?;
    if let Some((day, rest)) = up_to(rest, "日号", below_hundred) {
        return Some((date_of(year, month, day)?, rest));
    }
    ending_in_day(year, month, rest)
}

/// `2024-01-08`, `2024/1/8`, `2024.1.8`.
fn separated(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (first, rest) = separator(rest)?;
    let (month, rest) = digits(rest, 2).or_else(|| digits(rest, 1))?;
    let (second, rest) = separator(rest)?;
    let (date, rest) = ending_in_day(year, month, rest).filter(|_| first == second)?;
    Some((date, rest.trim_start_matches(is_space).strip_prefix('日').unwrap_or(rest)))
}

/// A day in digits, of which a time of day may follow at once: `2024-01-0817时18分`.
fn ending_in_day(year: u32, month: u32, text: &str) -> Option<(NaiveDate, &str)> {
    let text = text.trim_start_matches(is_space);
    [2, 1].into_iter().find_map(|length| {
        let (day, rest) = digits(text, length)?;
        let ends = !rest.starts_with(|c| arabic(c).is_some()) || is_clock(rest);
        date_of(year, month, day).filter(|_| ends).map(|date| (date, rest))
    })
}

/// `17时18分`, `9:30`.
pub(super) fn is_clock(text: &str) -> bool {
    let rest = digits(text, 2).or_else(|| digits(text, 1)).map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.starts_with([':', '：', '时', '点']))
}

/// So many digits, one behind the other.
pub(super) fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let mut chars = text.chars();
    let mut value = 0;
    for _ in 0..count {
        value = value * 10 + arabic(chars.next()?)?;
    }
    Some((value, chars.as_str()))
}

/// One of `-`, `/` and `.` in any width, with spaces around.
pub(super) fn separator(text: &str) -> Option<(char, &str)> {
    let mut chars = text.trim_start_matches(is_space).chars();
    let separator = match chars.next()? {
        '-' | '－' | '—' | '–' | '―' | '−' => '-',
        '/' | '／' => '/',
        '.' | '．' => '.',
        _ => return None,
    };
    Some((separator, chars.as_str().trim_start_matches(is_space)))
}

/// The number before one of the closing characters, read without its spaces, and what follows.
pub(super) fn up_to<'a>(text: &'a str, closing: &str, read: impl Fn(&[char]) -> Option<u32>) -> Option<(u32, &'a str)> {
    const MOST_SPACES: usize = 12;
    let mut numeral = ['\0'; 4];
    let mut length = 0;
    let mut spaces = 0;
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            c if closing.contains(c) => return Some((read(&numeral[..length])?, chars.as_str())),
            c if is_space(c) && spaces < MOST_SPACES => spaces += 1,
            c if length < numeral.len() && is_numeral(c) => {
                numeral[length] = c;
                length += 1;
            }
            _ => return None,
        }
    }
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || matches!(c, '十' | '廿' | '卅' | '元')
}

pub(super) fn four_digits(numeral: &[char]) -> Option<u32> {
    if numeral.len() == 4 { positional(numeral) } else { None }
}

/// 一 to 九十九, 廿五, 卅一, or one or two digits.
pub(super) fn below_hundred(numeral: &[char]) -> Option<u32> {
    let (tens, ones) = match numeral {
        ['十', ones @ ..] => (1, ones),
        [tens, '十', ones @ ..] => (digit(*tens)?, ones),
        ['廿', ones @ ..] => (2, ones),
        ['卅', ones @ ..] => (3, ones),
        [_] | [_, _] => return positional(numeral),
        _ => return None,
    };
    match ones {
        [] => Some(tens * 10),
        [ones] => Some(tens * 10 + digit(*ones)?),
        _ => None,
    }
}

fn positional(numeral: &[char]) -> Option<u32> {
    numeral.iter().try_fold(0, |value, c| Some(value * 10 + digit(*c)?))
}

/// 〇 has many look-alikes: circles, and the letter O of three alphabets.
pub(super) fn digit(c: char) -> Option<u32> {
    arabic(c).or_else(|| match c {
        '〇' | '零' | '○' | '◯' | 'O' | 'o' | 'Ｏ' | 'О' | 'Ο' => Some(0),
        _ => "一二三四五六七八九".chars().zip(1..).find_map(|(numeral, value)| (numeral == c).then_some(value)),
    })
}

pub(super) fn arabic(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

/// A day that exists, in a year in which there are documents.
pub(super) fn date_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    (1949..2100).contains(&date.year()).then_some(date)
}
