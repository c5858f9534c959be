//! TRS WCM and systems with its pager.
//!
//! `createPageHTML(T, cur, "index", "html")` counts pages from 0, page k being `index_k.html`;
//! `createPageHTML('page_div', T, cur, 'index', 'shtml', count)` counts from 1. Either way the page after `cur` is
//! `index_{cur+1}`. Numbers may be quoted or stand in variables.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Basis, ListPage, Listing, NextPage, pager, plain, rows};

static CALL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"createPageHTML\s*\(([^()]{1,300})\)").expect("the pattern is fixed"));
static ASSIGNED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\b([A-Za-z_]\w{0,40})\s*=\s*["']?(\d{1,6})\b"#).expect("the pattern is fixed"));
static ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"/t(?:19|20)\d{6}_\d+\.s?html?$|/c\d+_\d+\.s?html?$|/[0-9a-f]{32}\.s?html?$|/c\d+/content\.s?html?$";
    Regex::new(pattern).expect("the pattern is fixed")
});
static ARTICLE_LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/t(?:19|20)\d{6}_\d+\.s?html?").expect("the pattern is fixed"));

pub(super) fn looks_like(text: &str) -> bool {
    text.contains("createPageHTML") || text.contains("TRS_Editor") || ARTICLE_LINK.is_match(text)
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    let next = next(page).or_else(|| pager::next_link(&dom.html, page.url));
    Listing { next, stated_total: pager::stated_total(page.text), ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
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
    Some(NextPage { url, basis: Basis::Computed })
}

fn find_pager(text: &str, url: &Url) -> Option<Pager> {
    let mut variables = None;
    // The definition of the function looks like a call whose arguments do not resolve.
    let called = CALL.captures_iter(text).filter_map(|call| {
        let arguments: Vec<&str> = call[1].split(',').map(|word| word.trim().trim_matches(['"', '\''])).collect();
        let variables = variables.get_or_insert_with(|| assignments(text));
        from_call(&arguments, variables)
    });
    called.last().or_else(|| from_variables(text, url))
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
