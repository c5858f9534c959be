//! 龙讯 Lonsun (Anhui): a page that calls `/site/label/8888?labelName=publicInfoList&…&pageIndex=N` for its list, which
//! comes as a piece of HTML.
//!
//! The page may hold the first entries already, so its own call may repeat them. Only what the page states is asked for:
//! a call with a parameter that a script works out, and that the page's own address does not have either, is left alone.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Basis, ListPage, Listing, NextPage, numbered, pager, plain, rows};

const LABEL: &str = "/site/label/8888";
const COLUMN: &str = "/public/column/";
/// Calls of one page beyond which no further is looked at, and the bytes that a call may have.
const MAX_CALLS: usize = 50;
const MAX_CALL: usize = 2000;

static ARTICLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/public/\d+/\d+\.html?$").expect("the pattern is fixed"));
static MEMBER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"["']?\b([A-Za-z_]\w{0,40})["']?\s*:\s*(?:"([^"]{0,300})"|'([^']{0,300})'|(\d{1,12}|true|false)\b|([^,{}]{1,300}))"#;
    Regex::new(pattern).expect("the pattern is fixed")
});
static PAGE_COUNT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"pageCount["']?\s*[:=]\s*["']?(\d{1,4})\b"#).expect("the pattern is fixed"));

pub(super) fn sign(url: &Url, text: &str) -> Option<&'static str> {
    match () {
        // The search of the same make answers in JSON.
        () if text.trim_start().starts_with(['{', '[']) => None,
        () if url.path().ends_with(LABEL) => Some("`/site/label/8888` in the address"),
        () if url.path().contains(COLUMN) => Some("`/public/column/` in the address"),
        () if text.contains(LABEL) => Some("`/site/label/8888` in the text"),
        () if text.contains("publicInfoList") => Some("`publicInfoList` in the text"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    let is_piece = page.url.path().ends_with(LABEL);
    let linked = || pager::next_link(&dom.html, page).or_else(|| called(page));
    let next = if is_piece { following(page, listing.items.len()) } else { linked() };
    Listing { next, stated_total: pager::stated_total(page.text), ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

/// The piece after a piece. One that is shorter than a page is the last.
fn following(page: &ListPage<'_>, entries: usize) -> Option<NextPage> {
    let parameter = |name: &str| {
        let mut found = page.url.query_pairs().filter(|(key, _)| key == name);
        found.next().and_then(|(_, value)| value.parse::<usize>().ok())
    };
    let current = parameter("pageIndex")?;
    let pages = pager::stated_pages(page.text).or_else(|| page_count(page.text));
    let goes_on = match pages {
        Some(pages) => current < pages,
        None => entries > 0 && parameter("pageSize").is_none_or(|size| entries >= size),
    };
    let following = current.checked_add(1).filter(|_| goes_on)?;
    let url = numbered::with_parameter(page.url, "pageIndex", following);
    Some(NextPage { url, basis: Basis::Computed, rule: "pageIndex" })
}

fn page_count(text: &str) -> Option<usize> {
    pager::agreed(PAGE_COUNT.captures_iter(text).filter_map(|found| found[1].parse().ok()))
}

/// The first piece that a page calls for.
fn called(page: &ListPage<'_>) -> Option<NextPage> {
    let lists = |url: &Url| page.follows(url) && is_list(url);
    let written = addresses(page.text).filter(|address| address.contains('?'));
    let written = written.filter_map(|address| page.url.join(&address.replace("&amp;", "&")).ok());
    let url = written.into_iter().find(lists).or_else(|| assembled(page).filter(lists))?;
    let numbered = url.query_pairs().any(|(name, _)| name == "pageIndex");
    let url = if numbered { url } else { numbered::with_parameter(&url, "pageIndex", 1) };
    Some(NextPage { url, basis: Basis::MayRepeat, rule: "labelName" })
}

/// Whether the label that is called is a list of documents: others count visits or fill menus.
fn is_list(url: &Url) -> bool {
    let label = url.query_pairs().find(|(name, _)| name == "labelName").map(|(_, label)| label.into_owned());
    label.is_some_and(|label| label.to_ascii_lowercase().contains("infolist"))
}

/// The addresses of calls as the page writes them, each between two quotes of a kind. What a script goes on with
/// (`'…&siteId=' + site`) is no whole address.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(LABEL).take(MAX_CALLS).filter_map(|(at, _)| {
        let before = &text[text.floor_char_boundary(at.saturating_sub(MAX_CALL))..at];
        let open = before.rfind(['"', '\''])?;
        let quote = before[open..].chars().next()?;
        let behind = &text[at..text.floor_char_boundary(at + MAX_CALL)];
        let (call, rest) = behind.split_once(quote)?;
        let plain = |part: &str| !part.contains(|c: char| c.is_whitespace() || "<>\"'\\".contains(c));
        let start = at - (before.len() - open - 1);
        let is_whole = !rest.trim_start().starts_with('+') && plain(&text[start..at + call.len()]);
        is_whole.then(|| &text[start..at + call.len()])
    })
}

/// The call put together from the parameters a script states.
fn assembled(page: &ListPage<'_>) -> Option<Url> {
    let bare = addresses(page.text).find(|address| address.trim_end_matches('?').ends_with(LABEL))?;
    let mut url = page.url.join(bare).ok()?;
    objects(page.text).find_map(|object| {
        url.query_pairs_mut().clear().extend_pairs(&parameters(object, page.url)?);
        is_list(&url).then(|| url.clone())
    })
}

/// The objects of scripts that name a label, without objects inside.
fn objects(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("labelName").take(MAX_CALLS).filter_map(|(at, _)| {
        let before = &text[text.floor_char_boundary(at.saturating_sub(MAX_CALL))..at];
        let open = before.rfind(['{', '}']).filter(|open| before[*open..].starts_with('{'))?;
        let behind = &text[at..text.floor_char_boundary(at + MAX_CALL)];
        let close = behind.find(['{', '}']).filter(|close| behind[*close..].starts_with('}'))?;
        Some(&text[at - (before.len() - open - 1)..at + close])
    })
}

fn parameters(object: &str, page: &Url) -> Option<Vec<(String, String)>> {
    let mut seen = HashSet::new();
    let members = MEMBER.captures_iter(object).filter(|member| seen.insert(member[1].to_owned()));
    let values = members.map(|member| {
        let stated = [2, 3, 4].into_iter().find_map(|group| member.get(group)).map(|value| value.as_str().to_owned());
        let own = || page.query_pairs().find(|(name, _)| *name == member[1]).map(|(_, value)| value.into_owned());
        Some((member[1].to_owned(), stated.or_else(own)?))
    });
    values.collect()
}
