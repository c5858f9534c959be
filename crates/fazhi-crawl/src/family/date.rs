//! Dates beside the entries of a list.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, NaiveDate};
use regex::Regex;
use url::Url;

/// Year, month and day anywhere in a text.
static FULL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})").expect("the pattern is fixed")
});
/// A text that is a date and nothing else but brackets, a label and a time of day.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^[\s\[(（【|]*(?:发布|更新|发文|成文)?(?:日期|时间)?\s*[:：]?\s*((?:19|20)\d{2})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[T\s]*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?[\s\])）】|]*$";
    Regex::new(pattern).expect("the pattern is fixed")
});
static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\s\[(（【]*(\d{1,2})\s*[-/月]\s*(\d{1,2})\s*日?[\s\])）】]*$").expect("the pattern is fixed")
});
static YEAR_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*月?\s*$").expect("the pattern is fixed")
});
static IN_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"/t((?:19|20)\d{2})(\d{2})(\d{2})_|/((?:19|20)\d{2})[-/](\d{1,2})[-/](\d{1,2})/|/((?:19|20)\d{2})-?(\d{2})/";
    Regex::new(pattern).expect("the pattern is fixed")
});

/// What the date column of a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowDate {
    /// The row has none.
    None,
    /// Month and day only, and the address does not tell the year.
    WithoutYear { month: u32, day: u32 },
    /// A full date.
    Full(NaiveDate),
}

impl RowDate {
    /// The date, where the row or its address tells all of it.
    pub(super) fn full(self) -> Option<NaiveDate> {
        match self {
            Self::Full(date) => Some(date),
            Self::WithoutYear { .. } | Self::None => None,
        }
    }
}

/// A piece of a row's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) place: Place,
}

/// Whether a piece of text is the link's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    InLink,
    Beside,
}

/// Whether a piece is a date and nothing else, so that it is no part of a title.
pub(super) fn is_date(text: &str) -> bool {
    whole(text).is_some() || MONTH_DAY.is_match(text)
}

/// The date a field of a record holds: a date with or without its time, or the digits of one or of a moment.
pub(super) fn written(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.len() {
            8 | 14 => whole(&text[..8]),
            10 | 13 => of_epoch(text.parse().ok()?),
            _ => None,
        };
    }
    // `2024-01-29T10:20:30.000+0800` and its like.
    whole(text).or_else(|| anywhere(text.get(..text.floor_char_boundary(16))?))
}

/// The day of a moment in China, given in seconds or milliseconds since 1970.
pub(super) fn of_epoch(moment: i64) -> Option<NaiveDate> {
    // Milliseconds of 1973 have as many digits as seconds of the year 5138.
    let seconds = if moment > 100_000_000_000 { moment / 1000 } else { moment };
    let day = DateTime::from_timestamp(seconds.checked_add(8 * 3600)?, 0)?.date_naive();
    valid(day.year(), day.month(), day.day())
}

/// The date of a row, given the pieces of its text and the address it links to.
///
/// A title may hold dates of its own; so what stands beside the link is asked first, and the last date of a row is
/// taken, for tables put the day of publication in their last column.
pub(super) fn of_row(pieces: &[Piece<'_>], url: &Url) -> RowDate {
    let beside = || pieces.iter().rev().filter(|piece| piece.place == Place::Beside);
    let full = beside().find_map(|piece| whole(piece.text));
    let full = full.or_else(|| beside().find_map(|piece| anywhere(piece.text)));
    let full = full.or_else(|| pieces.iter().rev().find_map(|piece| whole(piece.text)));
    if let Some(date) = full.or_else(|| split(pieces)) {
        return RowDate::Full(date);
    }
    let month_day = pieces.iter().rev().find_map(|piece| MONTH_DAY.captures(piece.text.trim()));
    let Some((month, day)) = month_day.and_then(|found| Some((found[1].parse().ok()?, found[2].parse().ok()?))) else {
        return RowDate::None;
    };
    // A leap year admits every day a list can show.
    if NaiveDate::from_ymd_opt(2000, month, day).is_none() {
        return RowDate::None;
    }
    let dated = year_in_address(url, month).and_then(|year| valid(year, month, day));
    dated.map_or(RowDate::WithoutYear { month, day }, RowDate::Full)
}

/// Day of month in one box, year and month in another.
fn split(pieces: &[Piece<'_>]) -> Option<NaiveDate> {
    let (year, month) = pieces.iter().find_map(|piece| {
        let found = YEAR_MONTH.captures(piece.text)?;
        Some((found[1].parse().ok()?, found[2].parse().ok()?))
    })?;
    let numbers = pieces.iter().map(|piece| piece.text.trim()).filter(|text| text.len() <= 2);
    let day = numbers.map(str::parse).find_map(Result::ok)?;
    valid(year, month, day)
}

fn whole(text: &str) -> Option<NaiveDate> {
    if text.len() > 120 {
        return None;
    }
    let found = WHOLE.captures(text)?;
    valid(found[1].parse().ok()?, found[2].parse().ok()?, found[3].parse().ok()?)
}

fn anywhere(text: &str) -> Option<NaiveDate> {
    FULL.captures_iter(text)
        .filter_map(|found| valid(found[1].parse().ok()?, found[2].parse().ok()?, found[3].parse().ok()?))
        .last()
}

fn year_in_address(url: &Url, month: u32) -> Option<i32> {
    let found = IN_ADDRESS.captures(url.path())?;
    let group = |candidates: [usize; 3]| candidates.iter().find_map(|index| found.get(*index)).map(|m| m.as_str());
    let year: i32 = group([1, 4, 7])?.parse().ok()?;
    let stated: u32 = group([2, 5, 8])?.parse().ok()?;
    (stated == month).then_some(year)
}

/// A date, if it exists and lists can show it.
pub(super) fn valid(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).filter(|date| (1990..2100).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(beside: &str, url: &str, expected: Option<&str>) {
        let pieces = [
            Piece { text: "2021年1月1日起施行的办法", place: Place::InLink },
            Piece { text: beside, place: Place::Beside },
        ];
        let date = of_row(&pieces, &Url::parse(url).unwrap()).full().map(|date| date.to_string());
        assert_eq!(date.as_deref(), expected, "{beside}");
    }

    #[test]
    fn every_form_of_a_list_date() {
        let url = "http://a.cn/202401/t20240129_7.html";
        for text in ["2024-01-29", "[2024-01-29]", "（2024-01-29）", "2024/1/29", "2024.01.29", "2024年01月29日"] {
            check(text, url, Some("2024-01-29"));
        }
        check("20240129", url, Some("2024-01-29"));
        check("发布时间：2024-01-29 10:20:30", url, Some("2024-01-29"));
        check("6页 | 2024-01-29 上传", url, Some("2024-01-29"));
        check("01-29", url, Some("2024-01-29"));
        check("[1月29日]", url, Some("2024-01-29"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        check("02-29", "http://a.cn/202401/t20240129_7.html", None);
        check("2024-13-29", "http://a.cn/1.html", None);
        check("13-45", "http://a.cn/1.html", None);
        check("点击 1200 次", "http://a.cn/1.html", None);
    }

    #[test]
    fn dates_of_records() {
        let date = |text: &str| written(text).map(|date| date.to_string());
        for text in ["2024-01-29", "2024.01.29 17:49:52", "2024-01-29T10:20:30.000+0800", "20240129", "20240129102030"]
        {
            assert_eq!(date(text).as_deref(), Some("2024-01-29"), "{text}");
        }
        // 00:30 of the 29th in China is still the 28th in Greenwich.
        assert_eq!(date("1706459400").as_deref(), Some("2024-01-29"));
        assert_eq!(date("1706459400000").as_deref(), Some("2024-01-29"));
        for text in ["", "null", "0", "1200", "关于2024年1月29日", "99999999", "9999999999999999999"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!((of_epoch(0), of_epoch(-1), of_epoch(i64::MAX)), (None, None, None));
    }

    #[test]
    fn a_date_in_two_boxes() {
        let pieces = ["29", "标题", "2024-01"].map(|text| Piece { text, place: Place::Beside });
        let url = Url::parse("http://a.cn/1.html").unwrap();
        assert_eq!(of_row(&pieces, &url), RowDate::Full(NaiveDate::from_ymd_opt(2024, 1, 29).unwrap()));
    }
}
