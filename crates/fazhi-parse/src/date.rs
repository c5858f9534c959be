//! Dates in every form that portals write them in.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, NaiveDate};
use regex::Regex;

/// The first date in a text, if any. Times of day are ignored; all portals write China Standard Time.
///
/// ```
/// use fazhi_parse::date::find;
/// let day = chrono::NaiveDate::from_ymd_opt(2024, 1, 9);
/// assert_eq!(find("2024-01-0917时18分"), day);
/// assert_eq!(find("二○二四年一月九日"), day);
/// ```
pub fn find(text: &str) -> Option<NaiveDate> {
    let text = normal(text);
    first_written(&text).or_else(|| first_chinese(&text)).or_else(|| compact(&text))
}

/// The date a meta tag or an interface states, which may also be seconds or milliseconds since 1970.
pub fn of_meta(value: &str) -> Option<NaiveDate> {
    let value = value.trim();
    epoch(value).or_else(|| find(value))
}

/// The date if the whole line is one, as it stands under a text.
pub fn alone(line: &str) -> Option<NaiveDate> {
    let text: String = normal(line).chars().filter(|c| !c.is_whitespace()).collect();
    let date = WRITTEN.find(&text).or_else(|| CHINESE.find(&text))?;
    (date.len() == text.len()).then(|| find(&text)).flatten()
}

/// The date that the address carries: `t20240109_`, `/art/2024/1/9/`, `/2024/0109/`, `/2024-01/09/`.
pub fn of_url(url: &str) -> Option<NaiveDate> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"/t((?:19|20)\d{2})(\d{2})(\d{2})_|/((?:19|20)\d{2})/(\d{1,2})/(\d{1,2})/|/((?:19|20)\d{2})/(\d{2})(\d{2})/|/((?:19|20)\d{2})-(\d{2})/(\d{2})/")
            .expect("the pattern is valid")
    });
    let found = PATTERN.captures(url)?;
    let groups: Vec<&str> = found.iter().skip(1).flatten().map(|group| group.as_str()).collect();
    let [year, month, day] = groups[..] else { return None };
    day_of(year, month, day)
}

/// The day at which an address with a 24-digit object id was made: the first eight digits are seconds since 1970.
pub fn of_object_id(url: &str) -> Option<NaiveDate> {
    static PATTERN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:/|_)([0-9a-f]{8})[0-9a-f]{16}\.s?html?$").expect("the pattern is valid"));
    let seconds = i64::from_str_radix(&PATTERN.captures(url)?[1], 16).ok()?;
    let date = DateTime::from_timestamp(seconds + 8 * 3600, 0)?.date_naive();
    (2005..2040).contains(&date.year()).then_some(date)
}

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    // The year must not be the tail of a longer number, the day takes two digits at most: `2024-01-0917时18分`.
    Regex::new(r"((?:19|20)\d{2})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?").expect("the pattern is valid")
});

static CHINESE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"([一二〇零三四五六七八九]{4})\s?年\s?([一二三四五六七八九十]{1,2})\s?月\s?([一二三四五六七八九十]{1,3})\s?日",
    )
    .expect("the pattern is valid")
});

fn first_written(text: &str) -> Option<NaiveDate> {
    WRITTEN.captures_iter(text).find_map(|found| {
        let start = found.get(0)?.start();
        let glued = text[..start].ends_with(|c: char| c.is_ascii_digit());
        if glued { None } else { day_of(&found[1], &found[2], &found[3]) }
    })
}

fn first_chinese(text: &str) -> Option<NaiveDate> {
    let found = CHINESE.captures(text)?;
    let year: String = found[1].chars().map(|c| char::from_digit(numeral(c), 10).unwrap_or('0')).collect();
    NaiveDate::from_ymd_opt(year.parse().ok()?, below_hundred(&found[2])?, below_hundred(&found[3])?)
}

/// Eight digits on their own.
fn compact(text: &str) -> Option<NaiveDate> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 8)
        .find_map(|digits| day_of(&digits[..4], &digits[4..6], &digits[6..]))
}

fn day_of(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    (1949..2100).contains(&date.year()).then_some(date)
}

fn epoch(value: &str) -> Option<NaiveDate> {
    let all_digits = value.bytes().all(|b| b.is_ascii_digit());
    let seconds: i64 = match value.len() {
        10 if all_digits => value.parse().ok()?,
        13 if all_digits => value[..10].parse().ok()?,
        _ => return None,
    };
    Some(DateTime::from_timestamp(seconds + 8 * 3600, 0)?.date_naive())
}

/// The year in four Chinese digits, e.g. `二〇二三`.
pub fn chinese_year(text: &str) -> Option<i32> {
    static YEAR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"二[〇零][〇零一二三四五六七八九]{2}年").expect("the pattern is valid"));
    let text = normal(text);
    let found = YEAR.find(&text)?.as_str();
    Some(found.chars().take(4).fold(0, |year, c| year * 10 + i32::try_from(numeral(c)).unwrap_or(0)))
}

fn numeral(c: char) -> u32 {
    "〇一二三四五六七八九".chars().position(|n| n == c).and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

/// 一 to 三十一.
fn below_hundred(text: &str) -> Option<u32> {
    match text.split_once('十') {
        None => (text.chars().count() == 1).then(|| numeral(text.chars().next().expect("one character"))),
        Some((tens, ones)) => {
            let tens = tens.chars().next().map_or(1, numeral);
            Some(tens * 10 + ones.chars().next().map_or(0, numeral))
        }
    }
}

fn normal(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + u8::try_from(c as u32 - '０' as u32).expect("ten digits")),
            '\u{a0}' | '\u{3000}' => ' ',
            '○' | 'О' | 'Ｏ' | '◯' | '零' => '〇',
            '－' | '—' | '–' | '―' => '-',
            '／' => '/',
            '．' => '.',
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(find(text).map(|date| date.to_string()), Some(expected.to_owned()), "{text}");
    }

    #[test]
    fn every_written_form() {
        for text in [
            "2024年1月8日",
            "2024年01月08日 09:30",
            "2024-01-0817时18分",
            "2024-01-08 11:26",
            "2024/1/8",
            "2024.1.8",
            "[2024-01-08]",
            "(2024-01-08)",
            "20240108",
            "２０２４年１月８日",
            "2024 年 1 月 8 日",
            "二〇二四年一月八日",
            "二○二四年一月八日",
            "二零二四年一月八日",
            "2024-01-08-09:30:00",
        ] {
            check(text, "2024-01-08");
        }
        check("二〇二三年十二月三十一日", "2023-12-31");
        check("二〇二三年十月二十日", "2023-10-20");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "2023年", "1.2.3", "99999-01-08", "电话 0314-7512345", "2024-13-40", "12345678"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn meta_tags_may_hold_seconds() {
        assert_eq!(of_meta("1706486400"), NaiveDate::from_ymd_opt(2024, 1, 29));
        assert_eq!(of_meta("1706486400000"), NaiveDate::from_ymd_opt(2024, 1, 29));
    }

    #[test]
    fn addresses_carry_days() {
        for url in ["http://a/202401/t20240109_2.html", "/art/2024/1/9/art_1_2.html", "/2024/0109/c1a2/page.htm"] {
            assert_eq!(of_url(url), NaiveDate::from_ymd_opt(2024, 1, 9), "{url}");
        }
        assert_eq!(of_url("/info/1437/28563.htm"), None);
    }

    #[test]
    fn object_ids_carry_days() {
        assert_eq!(of_object_id("/doc_63d4e79c0000000000000000.html"), NaiveDate::from_ymd_opt(2023, 1, 28));
        assert_eq!(of_object_id("/63d4e79c.html"), None);
    }

    #[test]
    fn a_signature_line_is_a_date_and_nothing_else() {
        assert_eq!(alone("　　2024年1月8日 "), NaiveDate::from_ymd_opt(2024, 1, 8));
        assert_eq!(alone("自2024年1月8日起施行"), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = (find(&text), of_meta(&text), alone(&text), of_url(&text), chinese_year(&text));
        }
    }
}
