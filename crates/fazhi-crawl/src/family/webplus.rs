//! Webplus (苏迪): pages are `list.htm`, `list2.htm` … `listT.htm`, or the same with `.psp`.
//!
//! The pager says T in `em.all_pages`. Its links are scripts on some sites; the number in the address then tells where
//! the page stands, for `em.curr_page` is whatever the cache says.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{Html, Selector};
use url::Url;

use super::{Basis, ListPage, Listing, NextPage, pager, plain, rows};

static ARTICLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/c\d+a\d+/page\.(?:htm|psp)$").expect("the pattern is fixed"));
static ARTICLE_LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/c\d{1,8}a\d{1,9}/page\.(?:htm|psp)").expect("the pattern is fixed"));
static LIST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(.*/list)(\d{0,4})\.(htm|psp)$").expect("the pattern is fixed"));
static ALL_PAGES: LazyLock<Selector> =
    LazyLock::new(|| Selector::parse("em.all_pages, .all_pages").expect("the selector is fixed"));
static ALL_COUNT: LazyLock<Selector> =
    LazyLock::new(|| Selector::parse("em.all_count, .all_count em").expect("the selector is fixed"));

pub(super) fn sign(_url: &Url, text: &str) -> Option<&'static str> {
    match () {
        () if text.contains("wp_article_list") => Some("`wp_article_list` in the text"),
        () if text.contains("wp_paging") => Some("`wp_paging` in the text"),
        () if ARTICLE_LINK.is_match(text) => Some("links to `cNaN/page.htm`"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    let next = pager::next_link(&dom.html, page).or_else(|| numbered(&dom.html, page.url));
    let stated_total = number(&dom.html, &ALL_COUNT).or_else(|| pager::stated_total(page.text));
    Listing { next, stated_total, ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

fn numbered(html: &Html, url: &Url) -> Option<NextPage> {
    let found = LIST.captures(url.path())?;
    let current: usize = if found[2].is_empty() { 1 } else { found[2].parse().ok()? };
    let following = current + 1;
    if following > number(html, &ALL_PAGES)? {
        return None;
    }
    let mut next = url.clone();
    next.set_path(&format!("{}{following}.{}", &found[1], &found[3]));
    Some(NextPage { url: next, basis: Basis::Computed, rule: "all_pages" })
}

/// The number in elements that all say the same.
fn number(html: &Html, place: &Selector) -> Option<usize> {
    pager::agreed(
        html.select(place).filter_map(|element| element.text().take(4).collect::<String>().trim().parse().ok()),
    )
}
