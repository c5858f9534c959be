//! What site maps and feeds write: addresses, titles and points in time.

use std::sync::LazyLock;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeZone};
use regex::Regex;
use url::Url;

use super::{date, rows};

static ENTITY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"&[A-Za-z][A-Za-z0-9]{0,30};").expect("the pattern is fixed"));
/// `2024-01-29`, with or without a time of day and an offset (RFC 3339, ISO 8601).
static ISO: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?<y>\d{4})[-/.](?<m>\d{1,2})[-/.](?<d>\d{1,2})(?:[T\s]+(?<t>\d{1,2}:\d{2})(?::\d{2})?(?:[.,]\d{1,9})?\s*(?<z>[A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?)?$";
    Regex::new(pattern).expect("the pattern is fixed")
});
/// `Mon, 29 Jan 2024 10:20:30 +0800` (RFC 822 with a year of four digits, as RSS 2.0 prefers it).
static MAIL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:[A-Za-z]{3,9},?\s*)?(?<d>\d{1,2})[\s-](?<n>[A-Za-z]{3})[a-z]{0,6}[\s-](?<y>\d{4})(?:\s+(?<t>\d{1,2}:\d{2})(?::\d{2})?\s*(?<z>[A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?)?$";
    Regex::new(pattern).expect("the pattern is fixed")
});
/// `Mon Jan 29 10:20:30 CST 2024`, what Java prints.
static JAVA: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^[A-Z][a-z]{2}\s(?<n>[A-Z][a-z]{2})\s+(?<d>\d{1,2})\s(?<t>\d{2}:\d{2}):\d{2}\s(?<z>[A-Za-z]{1,5}|[+-]\d{2}:?\d{2})\s(?<y>\d{4})$";
    Regex::new(pattern).expect("the pattern is fixed")
});
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// The calendar of all portals, UTC+8.
const BEIJING_SECONDS: i32 = 8 * 3600;

/// Where a text leads. An entity that nothing resolves makes it no address.
pub(super) fn address(text: &str, base: &Url) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() || text.len() > 2000 || text.contains(char::is_whitespace) || ENTITY.is_match(text) {
        return None;
    }
    let mut url = base.join(text).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// A title without the markup that feeds wrap it in.
pub(super) fn title(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return rows::squeeze(text);
    }
    let dom = fazhi_page::parse_html(text);
    rows::squeeze(&dom.html.root_element().text().collect::<String>())
}

/// The day of a point in time, in Beijing. A time whose zone is not known for certain is taken as it is written:
/// `CST` is China's there, whatever mail headers mean by it.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if text.len() > 60 {
        return None;
    }
    let found = ISO.captures(text).or_else(|| MAIL.captures(text)).or_else(|| JAVA.captures(text))?;
    let group = |name| found.name(name).map(|text| text.as_str());
    let month = match group("n") {
        Some(name) => u32::try_from(MONTHS.iter().position(|known| name.eq_ignore_ascii_case(known))?).ok()? + 1,
        None => group("m")?.parse().ok()?,
    };
    let written = date::valid(group("y")?.parse().ok()?, month, group("d")?.parse().ok()?)?;
    let moved =
        group("t").zip(group("z").and_then(offset)).and_then(|(time, offset)| in_beijing(written, time, offset));
    Some(moved.unwrap_or(written))
}

fn in_beijing(day: NaiveDate, time: &str, offset: FixedOffset) -> Option<NaiveDate> {
    let (hour, minute) = time.split_once(':')?;
    let local: NaiveDateTime = day.and_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)?;
    let beijing = FixedOffset::east_opt(BEIJING_SECONDS)?;
    Some(offset.from_local_datetime(&local).single()?.with_timezone(&beijing).date_naive())
}

/// The offset of a zone, where the text states one.
fn offset(zone: &str) -> Option<FixedOffset> {
    if ["Z", "UT", "UTC", "GMT"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    FixedOffset::east_opt(sign * (hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(day(text).map(|day| day.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn points_in_time_of_every_form() {
        let texts = [
            "2024-01-29",
            "2024/1/29",
            "2024-01-29T10:20:30+08:00",
            "2024-01-29T10:20:30.123Z",
            "2024-01-29 10:20:30",
            "2024-01-29T23:59+0800",
            "Mon, 29 Jan 2024 10:20:30 GMT",
            "Mon, 29 Jan 2024 23:20:30 +0800",
            "29 January 2024",
            "Mon, 29 Jan 2024 23:20:30 CST",
            "Mon Jan 29 23:20:30 CST 2024",
        ];
        for text in texts {
            check(text, Some("2024-01-29"));
        }
        // The evening in Greenwich is the next morning in Beijing.
        check("2024-01-29T16:00:00Z", Some("2024-01-30"));
        check("Mon, 29 Jan 2024 20:00:00 GMT", Some("2024-01-30"));
        check("2024-01-29T00:00:00+14:00", Some("2024-01-28"));
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in ["", "2024", "2024-01", "2024-02-30", "29 Foo 2024", "Mon, 29 Jan 24", "yesterday", "1024-01-01"] {
            check(text, None);
        }
        check("2024-01-29T99:99:00Z", Some("2024-01-29"));
    }

    #[test]
    fn an_address_is_whole_or_none() {
        let base = Url::parse("http://a.cn/x/feed.xml").unwrap();
        let read = |text| address(text, &base).map(|url| url.to_string());
        assert_eq!(read(" /y?a=1&b=2#c "), Some("http://a.cn/y?a=1&b=2".to_owned()));
        for text in ["", "/y?a=&lol9;", "javascript:x()", "mailto:a@b.cn", "http://", "/a b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn titles_lose_their_markup() {
        assert_eq!(title("  法治<em>政府</em>&nbsp;报告 "), "法治政府 报告");
        assert_eq!(title("1 < 2"), "1 < 2");
    }
}
