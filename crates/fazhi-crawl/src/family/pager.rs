//! Where a list goes on: links that say so, and numbers of pages.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::rows::{base, target};
use super::{Basis, ListPage, NextPage, calendar};

static LINKS: LazyLock<Selector> = LazyLock::new(|| Selector::parse("a[href]").expect("the selector is fixed"));
static STATED: LazyLock<Selector> = LazyLock::new(|| {
    Selector::parse("link[rel~=next][href], a[rel~=next][href], .p_next a[href]").expect("the selector is fixed")
});
static TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"共有? ?(\d{1,6}) ?(?:条|记录)|总(?:记录|条)数? ?(\d{1,6})(?:\D|$)";
    Regex::new(pattern).expect("the pattern is fixed")
});
static PAGES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"共 ?(\d{1,4}) ?页|总页数 ?(\d{1,4})(?:\D|$)").expect("the pattern is fixed"));
/// The number of the page and that of all: `第1/5页`, `当前页:1/5`, `第1页/共5页`.
static POSITION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)
        第\ ?(\d{1,4})\ ?页?\ ?/\ ?(?:共\ ?)?(\d{1,4})\ ?页
        | (?:当前页|页次|页码)\ ?(\d{1,4})\ ?页?\ ?/\ ?(\d{1,4})(?:\D|$)
        | [^\d/](\d{1,4})\ ?/\ ?(\d{1,4})\ ?页";
    Regex::new(pattern).expect("the pattern is fixed")
});
/// Parameters that number pages, in lower case.
const PAGE_KEYS: &[&str] =
    &["page", "pageno", "pagenum", "pagenumber", "pageindex", "currpage", "curpage", "cur_page", "currentpage", "pn"];

/// Whether a text is that of a pager's button.
pub(super) fn is_button(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let words =
        ["首页", "上一页", "上页", "前一页", "末页", "尾页", "更多", "更多>>", "more", "返回", "确定", "跳转", "GO"];
    is_next(text) || words.iter().any(|word| squeezed.eq_ignore_ascii_case(word))
}

/// How many entries the page says the list has; nothing if it says several things.
pub(super) fn stated_total(text: &str) -> Option<usize> {
    only(&TOTAL, &spaced(text))
}

/// How many pages the page says the list has; nothing if it says several things.
pub(super) fn stated_pages(text: &str) -> Option<usize> {
    only(&PAGES, &spaced(text)).or_else(|| position(text).map(|(_, pages)| pages))
}

/// The number of the page itself and that of all pages, where it says both; nothing if it says several things.
pub(super) fn position(text: &str) -> Option<(usize, usize)> {
    let text = spaced(text);
    let found = POSITION.captures_iter(&text).filter_map(|found| {
        let mut numbers = found.iter().skip(1).flatten().map(|number| number.as_str().parse().ok());
        numbers.next().flatten().zip(numbers.next().flatten())
    });
    agreed(found).filter(|(current, pages)| (1..=*pages).contains(current))
}

/// Whether a parameter, in lower case, numbers pages.
pub(super) fn is_page_key(name: &str) -> bool {
    PAGE_KEYS.contains(&name)
}

/// The text with one space for whatever stands between words and numbers: white space, tags, colons.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() / 2);
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', ':', '：']) {
        push_words(&mut spaced, &rest[..at]);
        rest = &rest[at..];
        let is_tag =
            rest.starts_with('<') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
        let mark = match () {
            () if is_tag => rest.find('>').map_or(rest.len(), |end| end + 1),
            () if rest.starts_with("&nbsp;") => 6,
            () if rest.starts_with([':', '：']) => rest.chars().next().map_or(1, char::len_utf8),
            () => {
                spaced.push_str(&rest[..1]);
                rest = &rest[1..];
                continue;
            }
        };
        push_words(&mut spaced, " ");
        rest = &rest[mark..];
    }
    push_words(&mut spaced, rest);
    spaced
}

fn push_words(spaced: &mut String, text: &str) {
    for c in text.chars() {
        match c.is_whitespace() {
            true if spaced.ends_with(' ') => {}
            true => spaced.push(' '),
            false => spaced.push(c),
        }
    }
}

fn only(pattern: &Regex, text: &str) -> Option<usize> {
    let numbers = pattern.captures_iter(text);
    agreed(numbers.filter_map(|found| found.iter().skip(1).flatten().next()?.as_str().parse().ok()))
}

/// What all of them say.
pub(super) fn agreed<T: PartialEq>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The next page, where the page links to it: by `rel`, by the words on the link, or by the number after its own.
pub(super) fn next_link(html: &Html, page: &ListPage<'_>) -> Option<NextPage> {
    let base = base(html, page.url);
    let is_page = |next: &Url| page.follows(next) && next != page.url && !calendar::is_calendar(next);
    let reach = |link: ElementRef<'_>| target(link, &base).filter(is_page);
    let stated = html.select(&STATED).find_map(reach);
    let worded = || html.select(&LINKS).filter(|link| says_next(*link)).find_map(reach);
    let next = stated.or_else(worded).or_else(|| numbered(html).and_then(reach))?;
    Some(NextPage { url: next, basis: Basis::Linked, rule: "next-link" })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_in_every_spelling() {
        for text in [
            "共 12 条",
            "共<b> 12 </b>条记录",
            "总共&nbsp;<em>12</em>&nbsp;记录",
            "共有12条",
            "总记录数：<font color=red>12</font>,",
            "共12条 … 共 12 条",
            "总条数:12",
        ] {
            assert_eq!(stated_total(text), Some(12), "{text}");
        }
        for text in ["共12条，共13条", "共12页", "共<!-- 12 -->条", "12条", "", "共&nbsp", "<", "共 1234567 条"]
        {
            assert_eq!(stated_total(text), None, "{text}");
        }
    }

    #[test]
    fn pages_and_the_place_among_them() {
        for text in [
            "第2/5页",
            "第<b>2</b>页/共<b>5</b>页",
            "当前页:2/5",
            "页次：2/5页",
            "<td>2/5页</td>",
            "页码&nbsp;<em>2</em>/<em>5</em>",
        ] {
            assert_eq!((position(text), stated_pages(text)), (Some((2, 5)), Some(5)), "{text}");
        }
        for text in ["共5页", "共 <i>5</i> 页", "总页数：5", "共5页 跳到第 <input> 页"] {
            assert_eq!((position(text), stated_pages(text)), (None, Some(5)), "{text}");
        }
        for text in ["2/5", "2024/2/5页", "第7/5页", "第0/5页", "第1/5页 第1/6页", "2024/05/06"] {
            assert_eq!((position(text), stated_pages(text)), (None, None), "{text}");
        }
    }
}
