//! 博达 VSB: the pager counts down.
//!
//! Page 1 is `x.htm`, page 2 is `x/{T-1}.htm`, the last is `x/1.htm`, so that a page keeps its address when entries are added.
//! The link to the next page is best; where the page has none, T and the page's own number tell it.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Basis, ListPage, Listing, NextPage, pager, plain, rows};

static ARTICLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/info/\d+/\d+\.html?$|/content\.jsp$").expect("the pattern is fixed"));
static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?P<info>info/\d{3,6}/\d+\.htm)|(?P<line>id=["']?line_u\d)|(?P<goto>_simple_list_gotopage_fun)|(?P<clicks>_showDynClick)|(?P<resource>/system/resource/)|(?P<content>vsb_content)"#)
        .expect("the pattern is fixed")
});
static GO_TO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"_gotopage_fun\(\s*(\d{1,4})\s*,").expect("the pattern is fixed"));
/// `1/11` in a box of its own.
static FRACTION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:>|&nbsp;)\s*(?:第)?\s*(\d{1,4})\s*/\s*(\d{1,4})\s*(?:页)?\s*(?:<|&nbsp;)";
    Regex::new(pattern).expect("the pattern is fixed")
});

pub(super) fn sign(_url: &Url, text: &str) -> Option<&'static str> {
    let marks = [
        ("line", "`line_u` ids in the text"),
        ("goto", "`_simple_list_gotopage_fun` in the text"),
        ("clicks", "`_showDynClick` in the text"),
        ("resource", "`/system/resource/` in the text"),
        ("content", "`vsb_content` in the text"),
        ("info", "links to `info/C/N.htm`"),
    ];
    let found = MARKS.captures(text)?;
    marks.into_iter().find(|(name, _)| found.name(name).is_some()).map(|(_, sign)| sign)
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    let next = pager::next_link(&dom.html, page).or_else(|| counted_down(page));
    Listing { next, stated_total: pager::stated_total(page.text), ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

fn counted_down(page: &ListPage<'_>) -> Option<NextPage> {
    let (folder, file) = page.url.path().rsplit_once('/')?;
    let (stem, extension) = file.rsplit_once('.').filter(|(_, extension)| matches!(*extension, "htm" | "html"))?;
    let (current, pages) = position(page.text)?;
    // `x/7.htm` is a page of `x` unless it says that it is the first, or no list here is as long.
    let number = stem.parse().ok().filter(|number| current != Some(1) && *number < pages);
    let (name, number) = match number {
        Some(number) => (folder.to_owned(), number),
        None if current.is_none_or(|current| current == 1) => (format!("{folder}/{stem}"), pages),
        None => return None,
    };
    let following = number.checked_sub(1).filter(|number| *number >= 1)?;
    let mut url = page.url.clone();
    url.set_query(None);
    url.set_path(&format!("{name}/{following}.{extension}"));
    Some(NextPage { url, basis: Basis::Computed, rule: "count-down" })
}

/// The number of the page, counted from 1, where it says so, and that of all pages.
fn position(text: &str) -> Option<(Option<usize>, usize)> {
    let called = pager::agreed(GO_TO.captures_iter(text).filter_map(|found| found[1].parse().ok()));
    let fraction = FRACTION.captures_iter(text).filter_map(|found| found[1].parse().ok().zip(found[2].parse().ok()));
    let fraction = pager::agreed(fraction).or_else(|| pager::position(text));
    let fraction = fraction.filter(|(current, pages)| (1..=*pages).contains(current));
    match (fraction, called) {
        (Some((current, pages)), None) => Some((Some(current), pages)),
        (Some((current, pages)), Some(called)) if pages == called => Some((Some(current), pages)),
        (_, Some(called)) => Some((None, called)),
        (None, None) => Some((None, pager::stated_pages(text)?)),
    }
}
