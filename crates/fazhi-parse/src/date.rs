//! Dates in every form that portals write them in.

mod address;
mod written;

use chrono::{DateTime, Datelike, NaiveDate};

use crate::label::is_space;

pub use address::{of_object_id, of_url, with_year_of};
pub(crate) use written::dates;

/// The first date in a text, if any. Times of day are ignored; all portals write China Standard Time.
///
/// ```
/// use fazhi_parse::date::find;
/// let day = chrono::NaiveDate::from_ymd_opt(2024, 1, 9);
/// assert_eq!(find("2024-01-0917时18分"), day);
/// assert_eq!(find("二○二四年一月九日"), day);
/// ```
pub fn find(text: &str) -> Option<NaiveDate> {
    dates(text).next().map(|written| written.date).or_else(|| compact(text))
}

/// The one date that a meta tag, an interface or a header field states, which may also be seconds or milliseconds since
/// 1970. From a day to another day is no date.
pub fn of_meta(value: &str) -> Option<NaiveDate> {
    let value = value.trim_matches(is_space);
    if value.len() >= 10 && value.bytes().all(|b| b.is_ascii_digit()) {
        return epoch(value).or_else(|| with_time(value));
    }
    match dates(value).next() {
        Some(first) if begins_range_end(&value[first.end..]) => None,
        Some(first) => Some(first.date),
        None => compact(value).or_else(|| short_year(value)),
    }
}

/// The date that a field of a page or a row of a list states; a year that is left out comes from the page's address.
pub fn of_field(value: &str, url: &str) -> Option<NaiveDate> {
    of_meta(value).or_else(|| with_year_of(day_without_year(value)?, url))
}

/// The date if the whole line is one, as it stands under a text.
pub fn alone(line: &str) -> Option<NaiveDate> {
    let (date, rest) = written::at_start(line.trim_matches(is_space))?;
    rest.chars().all(is_space).then_some(date)
}

/// Month and day, if that is all a text states: `03-29`, `[3月29日]`, `03/29 17:18`. Lists leave the year out.
pub fn day_without_year(text: &str) -> Option<(u32, u32)> {
    let text = text.trim_matches(is_bracket);
    let spelled = || {
        let (month, rest) = written::up_to(text, "月", written::below_hundred)?;
        let (day, rest) = written::up_to(rest, "日号", written::below_hundred)?;
        Some((month, day, rest))
    };
    let (month, day, rest) = spelled().or_else(|| short_day(text))?;
    // A leap year admits every day that a year can have.
    NaiveDate::from_ymd_opt(2024, month, day).filter(|_| ends_or_clock(rest)).map(|_| (month, day))
}

/// The year in four Chinese digits, e.g. `二〇二三年`.
pub fn chinese_year(text: &str) -> Option<i32> {
    let starts = text.char_indices().filter(|(_, c)| *c == '二').map(|(at, _)| at);
    let mut years = starts.filter_map(|at| written::up_to(&text[at..], "年", written::four_digits));
    years.find_map(|(year, _)| i32::try_from(year).ok().filter(|year| (2000..2100).contains(year)))
}

/// `03-29`, `3/29`; with points only where both have two digits, for `3.2` is a number.
fn short_day(text: &str) -> Option<(u32, u32, &str)> {
    let (month, after) = written::digits(text, 2).or_else(|| written::digits(text, 1))?;
    let (separator, rest) = written::separator(after)?;
    let (day, rest) = written::digits(rest, 2).or_else(|| written::digits(rest, 1))?;
    let padded = || written::digits(text, 2).is_some() && text.len() - rest.len() == 5;
    (separator != '.' || padded()).then_some((month, day, rest))
}

/// `24-03-29`, `24年3月29日`: what is left of the year are two digits.
fn short_year(value: &str) -> Option<NaiveDate> {
    let value = value.trim_matches(is_bracket);
    let (year, rest) = written::digits(value, 2)?;
    let after_year = rest.strip_prefix('年').or_else(|| written::separator(rest).map(|(_, rest)| rest))?;
    let (month, day) = day_without_year(after_year)?;
    let year = match year {
        0..70 => 2000 + year,
        90.. => 1900 + year,
        _ => return None,
    };
    written::date_of(year, month, day)
}

fn is_bracket(c: char) -> bool {
    is_space(c) || "[]()（）【】［］〔〕".contains(c)
}

fn ends_or_clock(rest: &str) -> bool {
    let rest = rest.trim_start_matches(is_space);
    rest.is_empty() || written::is_clock(rest)
}

/// What stands behind the first day of `2023-01-01至2023-12-31`, `2023年1月1日—31日`, `2023.1.1-12.31`.
fn begins_range_end(rest: &str) -> bool {
    let rest = rest.trim_start_matches(is_space);
    if let Some(rest) = rest.strip_prefix(['至', '到', '~', '～']) {
        return rest.trim_start_matches(is_space).starts_with(|c| written::digit(c).is_some() || c == '十');
    }
    let Some(('-', rest)) = written::separator(rest) else { return false };
    let spelled = || written::up_to(rest, "月日", written::below_hundred).is_some();
    let short = || short_day(rest).is_some_and(|(_, _, rest)| rest.is_empty());
    written::at_start(rest).is_some() || spelled() || short()
}

/// Eight digits on their own.
fn compact(text: &str) -> Option<NaiveDate> {
    let mut rest = text;
    while let Some(start) = rest.find(|c| written::arabic(c).is_some()) {
        let run = &rest[start..];
        let end = run.find(|c| written::arabic(c).is_none()).unwrap_or(run.len());
        let number = written::digits(run, 8).filter(|(_, after)| run.len() - after.len() == end);
        let date = number.and_then(|(day, _)| written::date_of(day / 10_000, day / 100 % 100, day % 100));
        if date.is_some() {
            return date;
        }
        rest = &run[end..];
    }
    None
}

/// `20240108093000`, with or without seconds.
fn with_time(digits: &str) -> Option<NaiveDate> {
    let day = if matches!(digits.len(), 12 | 14) { digits.get(..8)? } else { return None };
    compact(day)
}

/// Seconds or milliseconds since 1970, of a time in which there were portals.
fn epoch(value: &str) -> Option<NaiveDate> {
    let seconds: i64 = match value.len() {
        10 => value.parse().ok()?,
        13 => value.get(..10)?.parse().ok()?,
        _ => return None,
    };
    let date = DateTime::from_timestamp(seconds + 8 * 3600, 0)?.date_naive();
    (1995..2050).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(read: impl Fn(&str) -> Option<NaiveDate>, texts: &[&str], expected: Option<&str>) {
        for text in texts {
            assert_eq!(read(text).map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn every_written_form() {
        let texts = [
            "2024年1月8日",
            "2024年01月08日 09:30",
            "2024-01-0817时18分",
            "2024-01-0817:18:00",
            "2024-1-817时18分",
            "2024-01-08 11:26",
            "2024-01-08-09:30:00",
            "2024-01-08T09:30:00+08:00",
            "2024/1/8",
            "2024.1.8",
            "[2024-01-08]",
            "(2024-01-08)",
            "20240108",
            "２０２４０１０８",
            "２０２４年１月８日",
            "2024 年 1 月 8 日",
            "2024年1月8 日",
            "2024年1月0 8日",
            "2024年1月8号",
            "2024年1月809:30",
            "○2024年1月8日",
            "No2024.1.8",
            "2023-13-40，2024-01-08",
        ];
        check(find, &texts, Some("2024-01-08"));
    }

    #[test]
    fn every_form_in_chinese_digits() {
        let texts = [
            "二〇二四年一月八日",
            "二○二四年一月八日",
            "二零二四年一月八日",
            "二0二四年一月八日",
            "二O二四年一月八日",
            "二〇二四年元月八日",
            "2024年元月8日",
            "2024年一月八日",
            "二〇二四年1月8日",
            "二 〇 二 四 年 一 月 八 日",
            "二〇二四年〇一月〇八日",
        ];
        check(find, &texts, Some("2024-01-08"));
        check(find, &["二〇二三年十二月三十一日", "二〇二三年十二月卅一日"], Some("2023-12-31"));
        check(find, &["二〇二三年十二月廿五日", "二〇二三年十二月二五日"], Some("2023-12-25"));
        check(find, &["二〇二三年十月二十日", "二〇二三年一〇月廿日"], Some("2023-10-20"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        let texts = [
            "",
            "2023年",
            "2024年1月",
            "二〇二四年元月",
            "1.2.3",
            "99999-01-08",
            "12024-01-08",
            "2024-01/08",
            "2024.1.123",
            "电话 0314-7512345",
            "2024-13-40",
            "2024年2月30日",
            "二〇二四年十三月一日",
            "1024年1月8日",
            "十二〇二四年一月八日",
            "二〇二四年一月一百日",
            "12345678",
        ];
        check(find, &texts, None);
    }

    #[test]
    fn meta_tags_may_hold_seconds_or_no_separators() {
        let texts = ["1706486400", "1706486400000", "20240129", "202401290930", "20240129093000", " 2024-01-29\u{a0}"];
        check(of_meta, &texts, Some("2024-01-29"));
        check(of_meta, &["0", "99999999999", "9999999999", "123456789012"], None);
    }

    #[test]
    fn a_short_year_is_of_this_century() {
        check(of_meta, &["24-03-29", "[24-03-29]", "24/3/29 17:18", "24年3月29日", "24.03.29"], Some("2024-03-29"));
        check(of_meta, &["98-03-29"], Some("1998-03-29"));
        check(of_meta, &["80-03-29", "24-3", "24-13-29", "10-12-2023", "24-03-29-7", "03-29"], None);
    }

    #[test]
    fn from_a_day_to_another_is_no_date() {
        let texts = [
            "2023-01-01至2023-12-31",
            "2023-01-01 - 2023-12-31",
            "2023年1月1日至12月31日",
            "2023年1月1日—31日",
            "2023年1月1日到2023年12月31日",
            "2023.1.1-12.31",
            "二〇二三年一月一日至十二日",
            "2023/1/1～2023/12/31",
        ];
        check(of_meta, &texts, None);
        check(of_meta, &["2023-01-01-09:30:00", "2023-01-01 至今", "2023-01-01 — 青山县"], Some("2023-01-01"));
    }

    #[test]
    fn a_day_without_a_year() {
        for text in ["03-29", "[03-29]", "（3月29日）", "3/29", "03.29", "03-29 17:18", "三月二十九日", "０３－２９"]
        {
            assert_eq!(day_without_year(text), Some((3, 29)), "{text}");
        }
        assert_eq!(day_without_year("02-29"), Some((2, 29)));
        for text in ["", "3.2", "02-30", "13-01", "03-29-2024", "2024-03-29", "03-291", "3月", "29日", "第3-29页"] {
            assert_eq!(day_without_year(text), None, "{text}");
        }
        check(
            |text| of_field(text, "/202403/t20240328_7.html"),
            &["03-29", "2024-03-29", "24-03-29"],
            Some("2024-03-29"),
        );
        check(|text| of_field(text, "/c_1312345.html"), &["03-29", ""], None);
    }

    #[test]
    fn a_signature_line_is_a_date_and_nothing_else() {
        check(alone, &["　　2024年1月8日 ", "2024.1.8", "二〇二四年一月 八日", "2024-01-08\n"], Some("2024-01-08"));
        check(alone, &["自2024年1月8日起施行", "2024年1月8日 印发", "2024-01-08 09:30", "20240108", "2024年1月"], None);
    }

    #[test]
    fn years_in_chinese_digits() {
        for text in ["二〇二三年报告", "青山县二○二三年报告", "二O二三年", "二0二三年", "第二个二零二三年"]
        {
            assert_eq!(chinese_year(text), Some(2023), "{text}");
        }
        for text in ["", "二年", "二三年", "十二〇二年", "二百二三年", "二一二三年"] {
            assert_eq!(chinese_year(text), None, "{text}");
        }
    }

    /// Pieces that dates are made of, in any order.
    const PIECES: &str = "(2024|二〇二四|20|1|08|13|31|年|月|日|元|十|廿|-|/|\\.|至| |　|时|:|[一-龥]){0,14}";

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*", pieces in PIECES) {
            for text in [&text, &pieces] {
                let _ = (find(text), of_meta(text), alone(text), of_field(text, text), chinese_year(text));
                for written in dates(text) {
                    prop_assert_eq!(alone(&text[written.start..written.end]), Some(written.date));
                }
            }
        }

        #[test]
        fn every_day_reads_in_every_form(days in 0_i64..30_000) {
            let date = NaiveDate::from_ymd_opt(1995, 1, 1).unwrap() + chrono::TimeDelta::days(days);
            for form in ["%Y-%m-%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y年%-m月%-d日", "%Y 年 %m 月 %d 日", "%Y%m%d", "%Y-%m-%d%H时%M分"] {
                let text = date.and_hms_opt(9, 30, 0).unwrap().format(form).to_string();
                prop_assert_eq!(find(&text), Some(date), "{}", text);
                prop_assert_eq!(of_meta(&text), Some(date), "{}", text);
            }
        }
    }
}
