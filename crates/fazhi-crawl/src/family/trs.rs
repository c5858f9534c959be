//! TRS WCM and systems with its pager.
//!
//! `createPageHTML(T, cur, "index", "html")` counts pages from 0, page k being `index_k.html`;
//! `createPageHTML('page_div', T, cur, 'index', 'shtml', count)` counts from 1. Either way the page after `cur` is
//! `index_{cur+1}`. Numbers may be quoted or stand in variables.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use scraper::Html;
use url::Url;

use super::{Basis, ListPage, Listing, NextPage, entries, pager, plain, query, rows, was5};

/// An argument may be wrapped once: `parseInt("5")`.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"createPageHTML\s*\(([^()]{0,300}(?:(?:parseInt|Number)\([^()]{0,60}\)[^()]{0,100}){0,2})\)";
    Regex::new(pattern).expect("the pattern is fixed")
});
static WRAPPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:parseInt|Number)\(\s*["']?([0-9A-Za-z_]{1,40})["']?\s*\)$"#).expect("the pattern is fixed")
});
static SEARCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["']([^"'<>\s]{0,200}/was5/web/search\?[^"'<>\s]{0,300}channelid=\d[^"'<>\s]{0,300})["']"#)
        .expect("the pattern is fixed")
});
static ASSIGNED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\b([A-Za-z_]\w{0,40})\s*=\s*["']?(\d{1,6})\b"#).expect("the pattern is fixed"));
static ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"/t(?:19|20)\d{6}_\d+\.s?html?$|/c\d+_\d+\.s?html?$|/[0-9a-f]{32}\.s?html?$|/c\d+/content\.s?html?$";
    Regex::new(pattern).expect("the pattern is fixed")
});
static ARTICLE_LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/t(?:19|20)\d{6}_\d+\.s?html?").expect("the pattern is fixed"));

pub(super) fn sign(_url: &Url, text: &str) -> Option<&'static str> {
    match () {
        () if text.contains("createPageHTML") => Some("`createPageHTML` in the text"),
        () if text.contains("TRS_Editor") => Some("`TRS_Editor` in the text"),
        () if ARTICLE_LINK.is_match(text) => Some("links to `tYYYYMMDD_N.html`"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    // Long archives go on in the search.
    if page.url.path().ends_with("/was5/web/search") {
        return was5::read(page);
    }
    let dom = fazhi_page::parse_html(page.text);
    let listing = read_dom(&dom.html, page);
    let next = listing.next.or_else(|| archive(page, listing.items.len() + listing.foreign));
    Listing { next, ..listing }
}

/// Reads a page whose list and pager are those of this family.
pub(super) fn read_dom(html: &Html, page: &ListPage<'_>) -> Listing {
    let listing = rows::read(html, page, is_article);
    let next = next(page).or_else(|| pager::next_link(html, page));
    Listing { next, stated_total: pager::stated_total(page.text), ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

/// The search that holds the older entries, on the last page that is a file: a list of more entries than files show.
fn archive(page: &ListPage<'_>, entries: usize) -> Option<NextPage> {
    let last = find_pager(page.text, page.url)?.last as usize;
    let pages = pager::stated_pages(page.text)?;
    let search = entries::address(page.url, &SEARCH.captures(page.text)?[1].replace("&amp;", "&"))?;
    if entries == 0 || pages <= last + 1 || !page.follows(&search) {
        return None;
    }
    let number = (last + 2).to_string();
    let name = query::page(&search).map_or_else(|| "page".to_owned(), |page| page.name);
    let url = query::with(&search, &[(&name, &number)]);
    Some(NextPage { url, basis: Basis::Computed, rule: "was5-archive" })
}

/// What the call of `createPageHTML` says.
#[derive(Debug, PartialEq, Eq)]
struct Pager {
    /// Number of the last page, as it stands in its file name.
    last: u32,
    current: u32,
    name: String,
    extension: String,
}

fn next(page: &ListPage<'_>) -> Option<NextPage> {
    let pager = find_pager(page.text, page.url)?;
    let file = page.url.path_segments()?.next_back()?;
    // The file name is trusted more than the call: caches deliver page 3 with the call of page 0.
    let numbered = file.strip_prefix(pager.name.as_str()).and_then(|rest| rest.strip_prefix('_'));
    let numbered = numbered.and_then(|rest| rest.split('.').next()).and_then(|digits| digits.parse().ok());
    let following = numbered.unwrap_or(pager.current).checked_add(1)?;
    if following > pager.last {
        return None;
    }
    let url = page.url.join(&format!("{}_{following}.{}", pager.name, pager.extension)).ok()?;
    Some(NextPage { url, basis: Basis::Computed, rule: "createPageHTML" })
}

fn find_pager(text: &str, url: &Url) -> Option<Pager> {
    let mut variables = None;
    // The definition of the function looks like a call whose arguments do not resolve.
    let called = CALL.captures_iter(text).filter_map(|call| {
        let (_, [written]) = call.extract();
        let arguments: Vec<&str> = written.split(',').map(argument).collect();
        let variables = variables.get_or_insert_with(|| assignments(text));
        from_call(&arguments, variables)
    });
    called.last().or_else(|| from_variables(text, url))
}

/// An argument without its quotes and the call around it.
fn argument(written: &str) -> &str {
    let written = written.trim();
    match WRAPPED.captures(written) {
        Some(found) => found.extract::<1>().1[0],
        None => written.trim_matches(['"', '\'']),
    }
}

fn from_call(arguments: &[&str], variables: &HashMap<&str, u32>) -> Option<Pager> {
    let number = |word: &str| word.parse().ok().or_else(|| variables.get(word).copied());
    let named = |name: &str, extension: &str| {
        let plain =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b));
        (plain(name) && plain(extension)).then(|| (name.to_owned(), extension.to_owned()))
    };
    match *arguments {
        [pages, current, name, extension, ..] if number(pages).is_some() => {
            let (name, extension) = named(name, extension)?;
            Some(Pager { last: number(pages)?.checked_sub(1)?, current: number(current)?, name, extension })
        }
        [_, pages, current, name, extension, ..] => {
            let (name, extension) = named(name, extension)?;
            Some(Pager { last: number(pages)?, current: number(current)?, name, extension })
        }
        _ => None,
    }
}

/// Older templates only set `countPage` and `currentPage`; the name is that of the page itself.
fn from_variables(text: &str, url: &Url) -> Option<Pager> {
    if !text.contains("countPage") {
        return None;
    }
    let variables = assignments(text);
    let (pages, current) = (*variables.get("countPage")?, *variables.get("currentPage")?);
    let file = url.path_segments()?.next_back().filter(|file| !file.is_empty()).unwrap_or("index.html");
    let (stem, extension) = file.rsplit_once('.')?;
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
    Some(Pager { last: pages.checked_sub(1)?, current, name: name.to_owned(), extension: extension.to_owned() })
}

fn assignments(text: &str) -> HashMap<&str, u32> {
    let found = ASSIGNED.captures_iter(text).filter_map(|found| {
        let (_, [name, value]) = found.extract();
        Some((name, value.parse().ok()?))
    });
    // The first assignment is the declaration; later ones are loops.
    found.fold(HashMap::new(), |mut all, (name, value)| {
        all.entry(name).or_insert(value);
        all
    })
}
