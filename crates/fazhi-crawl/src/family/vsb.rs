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
    Regex::new(r#"info/\d{3,6}/\d+\.htm|id=["']?line_u\d|_simple_list_gotopage_fun|_showDynClick|/system/resource/|vsb_content"#)
        .expect("the pattern is fixed")
});
static GO_TO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"_gotopage_fun\(\s*(\d{1,4})\s*,").expect("the pattern is fixed"));
static FRACTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r">\s*(?:第)?\s*\d{1,4}\s*/\s*(\d{1,4})\s*(?:页)?\s*<").expect("the pattern is fixed"));

pub(super) fn looks_like(text: &str) -> bool {
    MARKS.is_match(text)
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    let next = pager::next_link(&dom.html, page.url).or_else(|| counted_down(page));
    Listing { next, stated_total: pager::stated_total(page.text), ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

fn counted_down(page: &ListPage<'_>) -> Option<NextPage> {
    let (folder, file) = page.url.path().rsplit_once('/')?;
    let (stem, extension) = file.rsplit_once('.')?;
    let (name, number) = match stem.parse::<u32>() {
        // `x/7.htm` is followed by `x/6.htm`.
        Ok(number) => (folder.to_owned(), number),
        Err(_) => (format!("{folder}/{stem}"), pages(page.text)?),
    };
    let following = number.checked_sub(1).filter(|number| *number >= 1)?;
    let mut url = page.url.clone();
    url.set_query(None);
    url.set_path(&format!("{name}/{following}.{extension}"));
    Some(NextPage { url, basis: Basis::Computed })
}

fn pages(text: &str) -> Option<u32> {
    let called = GO_TO.captures(text).or_else(|| FRACTION.captures(text)).and_then(|found| found[1].parse().ok());
    called.or_else(|| pager::stated_pages(text).and_then(|pages| u32::try_from(pages).ok()))
}
