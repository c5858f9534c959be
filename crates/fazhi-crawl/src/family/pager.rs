//! Where a list goes on: links that say so, and numbers of pages.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::rows::{base, target};
use super::{Basis, NextPage};
use crate::hosts::same_host;

static LINKS: LazyLock<Selector> = LazyLock::new(|| Selector::parse("a[href]").expect("the selector is fixed"));
static STATED: LazyLock<Selector> = LazyLock::new(|| {
    Selector::parse("link[rel~=next][href], a[rel~=next][href], .p_next a[href]").expect("the selector is fixed")
});
static TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"共\s*(?:<[^<>]{1,40}>\s*)?(\d{1,6})\s*(?:<[^<>]{1,40}>\s*)?条").expect("the pattern is fixed")
});
static PAGES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"共\s*(?:<[^<>]{1,40}>\s*)?(\d{1,4})\s*(?:<[^<>]{1,40}>\s*)?页").expect("the pattern is fixed")
});

/// Whether a text is that of a pager's button.
pub(super) fn is_button(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let words =
        ["首页", "上一页", "上页", "前一页", "末页", "尾页", "更多", "更多>>", "more", "返回", "确定", "跳转", "GO"];
    is_next(text) || words.iter().any(|word| squeezed.eq_ignore_ascii_case(word))
}

/// How many entries the page says the list has; nothing if it says several things.
pub(super) fn stated_total(text: &str) -> Option<usize> {
    only(&TOTAL, text)
}

/// How many pages the page says the list has; nothing if it says several things.
pub(super) fn stated_pages(text: &str) -> Option<usize> {
    only(&PAGES, text)
}

fn only(pattern: &Regex, text: &str) -> Option<usize> {
    let mut found = pattern.captures_iter(text).filter_map(|found| found[1].parse().ok());
    let first = found.next()?;
    found.all(|other: usize| other == first).then_some(first)
}

/// The next page, where the page links to it: by `rel`, by the words on the link, or by the number after its own.
pub(super) fn next_link(html: &Html, url: &Url) -> Option<NextPage> {
    let base = base(html, url);
    let reach = |link: ElementRef<'_>| target(link, &base).filter(|next| same_host(next, url) && next != url);
    let stated = html.select(&STATED).find_map(reach);
    let worded = || html.select(&LINKS).filter(|link| says_next(*link)).find_map(reach);
    let next = stated.or_else(worded).or_else(|| numbered(html).and_then(reach))?;
    Some(NextPage { url: next, basis: Basis::Linked })
}

fn says_next(link: ElementRef<'_>) -> bool {
    let text: String = link.text().take(8).collect();
    is_next(&text) || link.attr("title").is_some_and(is_next)
}

fn is_next(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let word = squeezed.trim_end_matches(['>', '›', '»']).to_ascii_lowercase();
    matches!(word.as_str(), "下一页" | "下页" | "后一页" | "后页" | "next" | "nextpage")
        || matches!(squeezed.as_str(), ">" | "›")
}

/// In a pager of bare numbers, the link whose number follows the one that is no link.
fn numbered(html: &Html) -> Option<ElementRef<'_>> {
    html.select(&LINKS).find(|link| {
        let Some(number) = number(*link).filter(|number| *number >= 2) else { return false };
        // The number may be wrapped once: `<span><a>2</a></span>`.
        let own = link.prev_siblings().chain(link.parent().into_iter().flat_map(|parent| parent.prev_siblings()));
        own.filter_map(ElementRef::wrap)
            .take(2)
            .any(|before| !is_linked(before) && self::number(before) == Some(number - 1))
    })
}

/// Whether an element, or its first children, leads anywhere.
fn is_linked(element: ElementRef<'_>) -> bool {
    let mut around = std::iter::once(element).chain(element.child_elements().take(4));
    around
        .any(|element| element.value().name() == "a" && element.attr("href").is_some_and(|href| !href.starts_with('#')))
}

fn number(element: ElementRef<'_>) -> Option<u32> {
    let text: String = element.text().take(4).collect();
    text.trim().trim_matches(['[', ']']).parse().ok().filter(|number| *number < 10_000)
}
