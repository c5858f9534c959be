//! Dates that addresses carry.

use chrono::{DateTime, Datelike, NaiveDate};

use super::written::date_of;

/// The date that the address carries: `t20240109_`, `/art/2024/1/9/`, `/2024/0109/`, `/2024-01/09/`, `/202401/09/`,
/// `/20240109/`.
pub fn of_url(url: &str) -> Option<NaiveDate> {
    match dated(url)? {
        Dated::Day(date) => Some(date),
        Dated::Month(_) | Dated::Year(_) => None,
    }
}

/// The day at which an address with a 24-digit object id was made: the first eight digits are seconds since 1970.
pub fn of_object_id(url: &str) -> Option<NaiveDate> {
    let name = url.strip_suffix("html").or_else(|| url.strip_suffix("htm"))?;
    let name = name.strip_suffix(".s").or_else(|| name.strip_suffix('.'))?;
    let id = name.rsplit(['/', '_']).next().filter(|id| id.len() == 24 && id.len() < name.len())?;
    let is_hex = id.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    let seconds = i64::from_str_radix(id.get(..8).filter(|_| is_hex)?, 16).ok()?;
    let date = DateTime::from_timestamp(seconds + 8 * 3600, 0)?.date_naive();
    (2005..2040).contains(&date.year()).then_some(date)
}

/// The day that a month and day without a year mean on a page with this address.
///
/// An address is made when the text enters the system, so that the day lies near it: `01-03` at `/202312/` is of the next
/// year, `12-29` at `/202401/` of the one before. A day far from the address is left open. An address with a year alone
/// gives that year.
///
/// ```
/// use fazhi_parse::date::with_year_of;
/// let day = with_year_of((3, 29), "http://www.example.gov.cn/202403/t20240328_7.html");
/// assert_eq!(day, chrono::NaiveDate::from_ymd_opt(2024, 3, 29));
/// ```
pub fn with_year_of((month, day): (u32, u32), url: &str) -> Option<NaiveDate> {
    const MOST_DAYS_APART: u64 = 100;
    let near = match dated(url)? {
        Dated::Year(year) => return date_of(year, month, day),
        Dated::Month(first) => first.with_day(15)?,
        Dated::Day(date) => date,
    };
    let year = u32::try_from(near.year()).ok()?;
    let years = [year - 1, year, year + 1];
    let candidates = years.into_iter().filter_map(|year| date_of(year, month, day));
    let apart = |date: &NaiveDate| (*date - near).num_days().unsigned_abs();
    candidates.min_by_key(apart).filter(|date| apart(date) <= MOST_DAYS_APART)
}

/// How exactly an address is dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dated {
    Year(u32),
    /// The first day of the month.
    Month(NaiveDate),
    Day(NaiveDate),
}

/// What the segments of an address say; the most exact counts, of several the first.
fn dated(url: &str) -> Option<Dated> {
    let mut best: Option<Dated> = None;
    let mut segments = url.split('/');
    while let Some(segment) = segments.next() {
        let mut following = segments.clone();
        let found = dated_name(segment).or_else(|| {
            // The last segment names a file; folders alone are dates.
            let next = following.next()?;
            dated_folder(segment, next, following.next().filter(|_| following.next().is_some()))
        });
        match (found, best) {
            (Some(Dated::Day(_)), _) => return found,
            (Some(Dated::Month(_)), None | Some(Dated::Year(_))) | (Some(Dated::Year(_)), None) => best = found,
            _ => {}
        }
    }
    best
}

/// `t20240109_123.html`
fn dated_name(segment: &str) -> Option<Dated> {
    let (digits, _) = segment.strip_prefix('t')?.split_once('_')?;
    eight_digits(digits)
}

fn dated_folder(segment: &str, next: &str, third: Option<&str>) -> Option<Dated> {
    let third = third.map_or("", |third| third);
    match segment.len() {
        4 => {
            let year = year_of(segment)?;
            let short = number(next, 1..=2).zip(number(third, 1..=2));
            let glued = || number(next, 4..=4).map(|day| (day / 100, day % 100));
            let day = short.or_else(glued).and_then(|(month, day)| date_of(year, month, day)).map(Dated::Day);
            day.or_else(|| month_of(year, number(next, 1..=2)?)).or(Some(Dated::Year(year)))
        }
        6 => in_month(year_of(segment.get(..4)?)?, number(segment.get(4..)?, 2..=2)?, next),
        7 => in_month(year_of(segment.get(..4)?)?, number(segment.get(4..)?.strip_prefix('-')?, 2..=2)?, next),
        8 => eight_digits(segment),
        10 => {
            let (year, rest) = segment.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            date_of(year_of(year)?, number(month, 2..=2)?, number(day, 2..=2)?).map(Dated::Day)
        }
        _ => None,
    }
}

fn in_month(year: u32, month: u32, next: &str) -> Option<Dated> {
    let day = number(next, 1..=2).and_then(|day| date_of(year, month, day));
    day.map(Dated::Day).or_else(|| month_of(year, month))
}

fn month_of(year: u32, month: u32) -> Option<Dated> {
    date_of(year, month, 1).map(Dated::Month)
}

fn eight_digits(text: &str) -> Option<Dated> {
    let day = number(text, 8..=8)?;
    let year = year_of(text.get(..4)?)?;
    date_of(year, day / 100 % 100, day % 100).map(Dated::Day)
}

/// A year in which there were portals: numbers of columns stand in addresses too.
fn year_of(text: &str) -> Option<u32> {
    number(text, 4..=4).filter(|year| (1995..2050).contains(year))
}

fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits = length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_carry_days() {
        for url in [
            "http://a/202401/t20240109_2.html",
            "./t20240109_2.shtml",
            "/art/2024/1/9/art_1_2.html",
            "/2024/01/09/2.html",
            "/2024/0109/c1a2/page.htm",
            "/2024-01/09/content_2.htm",
            "/2024-01-09/2.html",
            "/202401/09/2.html",
            "/20240109/2.html",
            "http://a/col/1960/12/202401/t20240109_2.html",
        ] {
            assert_eq!(of_url(url), NaiveDate::from_ymd_opt(2024, 1, 9), "{url}");
        }
    }

    #[test]
    fn other_numbers_in_addresses_are_no_days() {
        for url in [
            "/info/1437/28563.htm",
            "/c_1312345.html",
            "/202401/content_6938.html",
            "/2024/1/2.html",
            "/20241345/2.html",
            "/t2024010_2.html",
            "/20240109.html",
            "/1960/12/10/2.html",
            "",
        ] {
            assert_eq!(of_url(url), None, "{url}");
        }
    }

    #[test]
    fn object_ids_carry_days() {
        for url in
            ["/doc_63d4e79c0000000000000000.html", "/63d4e79cabcdefabcdefabcd.shtml", "/63d4e79c0000000000000000.htm"]
        {
            assert_eq!(of_object_id(url), NaiveDate::from_ymd_opt(2023, 1, 28), "{url}");
        }
        for url in [
            "/63d4e79c.html",
            "/63D4E79C0000000000000000.html",
            "/doc_63d4e79c0000000000000000.pdf",
            "/a63d4e79c0000000000000000.html",
        ] {
            assert_eq!(of_object_id(url), None, "{url}");
        }
    }

    #[track_caller]
    fn check_year(day: (u32, u32), url: &str, expected: Option<&str>) {
        assert_eq!(with_year_of(day, url).map(|date| date.to_string()).as_deref(), expected, "{day:?} {url}");
    }

    #[test]
    fn the_year_of_the_address_nearest_to_the_day() {
        check_year((3, 29), "/202403/t20240328_7.html", Some("2024-03-29"));
        check_year((3, 29), "/202403/content_7.html", Some("2024-03-29"));
        check_year((2, 28), "/202403/content_7.html", Some("2024-02-28"));
        check_year((3, 29), "/2024/content_7.html", Some("2024-03-29"));
        check_year((1, 3), "/202312/t20231229_7.html", Some("2024-01-03"));
        check_year((12, 29), "/2024/01/7.html", Some("2023-12-29"));
        check_year((2, 29), "/202402/7.html", Some("2024-02-29"));
    }

    #[test]
    fn a_day_that_no_year_explains_is_left_open() {
        check_year((9, 1), "/202403/7.html", None);
        check_year((2, 29), "/202302/7.html", None);
        check_year((2, 30), "/202402/7.html", None);
        check_year((3, 29), "/info/1437/28563.htm", None);
    }

    proptest! {
        #[test]
        fn any_address_is_read(url in "[/0-9t_.a-z-]{0,60}|\\PC{0,60}", month in 0_u32..14, day in 0_u32..33) {
            let _ = (of_url(&url), of_object_id(&url), with_year_of((month, day), &url));
        }

        #[test]
        fn the_resolved_day_keeps_its_month_and_day(url_month in 1_u32..13, month in 1_u32..13, day in 1_u32..29) {
            if let Some(date) = with_year_of((month, day), &format!("/2024{url_month:02}/7.html")) {
                prop_assert_eq!((date.month(), date.day()), (month, day));
                prop_assert!((2023..=2025).contains(&date.year()));
            }
        }
    }
}
