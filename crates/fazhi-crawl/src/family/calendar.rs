//! Addresses of calendars: a month or a day of a grid is no article and no next page, and the grid never ends.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::pager;

/// A path that ends with a month or a day and names nothing in it.
static FOLDER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"/(?:19|20)\d{2}[-/](?:0?[1-9]|1[0-2])(?:[-/](?:0?[1-9]|[12]\d|3[01]))?/?(?:index\.s?html?)?$";
    Regex::new(pattern).expect("the pattern is fixed")
});
static DAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:19|20)\d{2}-?(?:0?[1-9]|1[0-2])(?:-?(?:0?[1-9]|[12]\d|3[01]))?$").expect("the pattern is fixed")
});

const YEAR: &[&str] = &["year", "y", "nian"];
const MONTH: &[&str] = &["month", "m", "mon", "yue"];
const DATE: &[&str] = &["date", "day", "ym", "yearmonth", "riqi"];
/// Parameters that name an article: a date beside one belongs to it.
const ARTICLE: &[&str] =
    &["id", "articleid", "newsid", "infoid", "contentid", "docid", "aid", "nid", "wbnewsid", "wbfileid"];

/// Whether an address leads to a month or a day of a calendar.
pub(super) fn is_calendar(url: &Url) -> bool {
    if url.query().is_none() {
        return FOLDER.is_match(url.path());
    }
    let (mut year, mut month, mut date) = (false, false, false);
    for (name, value) in url.query_pairs() {
        let name = name.to_ascii_lowercase();
        if ARTICLE.contains(&name.as_str()) || pager::is_page_key(&name) {
            return false;
        }
        year |= YEAR.contains(&name.as_str()) && value.parse().is_ok_and(|year: u16| (1900..2100).contains(&year));
        month |= MONTH.contains(&name.as_str()) && value.parse().is_ok_and(|month: u8| (1..=12).contains(&month));
        date |= DATE.contains(&name.as_str()) && DAY.is_match(&value);
    }
    (year && month) || date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_days_are_told_from_articles_and_pages() {
        let is = |path: &str| is_calendar(&Url::parse("http://a.cn/").unwrap().join(path).unwrap());
        for path in [
            "/rl?year=2024&month=3",
            "/rl.jsp?columnId=7&Year=2024&Month=03&day=1",
            "/rl?date=2024-03-05",
            "/rl?ym=202403",
            "/2024/03/",
            "/x/2024/03/05",
            "/x/2024-03/",
            "/x/2024/3/index.html",
        ] {
            assert!(is(path), "{path}");
        }
        for path in [
            "/list?year=2024",
            "/list?year=2024&month=3&page=2",
            "/show?id=5&date=2024-03-05",
            "/list?y=30.5&m=104.1",
            "/list?year=2024&month=13",
            "/2024/03/t1.html",
            "/2024/13/",
            "/art/2024/3/5/art_1_2.html",
            "/2024/",
            "/202403/",
            "/x/",
        ] {
            assert!(!is(path), "{path}");
        }
    }
}
