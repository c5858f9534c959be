//! The family with hashes in its addresses: `/202404/<32hex>.shtml`, `/c100079/c1234567/content.shtml`.
//!
//! Its list pages count from 1 (`createPageHTML('page_div', T, 1, 'list', 'shtml', count)`, then `list_2.shtml`), or fetch
//! their list as JSON: `searchList/{channel}?_isJson=true&page=N` answers `data.results`, `getFileListByCodeId` answers
//! `results.data.results`. Values of JSON may be the text `null`.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::records::Records;
use super::{Basis, ListPage, Listing, NextPage, entries, envelope, json, query, rows, trs};

static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(createPageHTML\s*\(\s*["'][A-Za-z_][0-9A-Za-z_-]{0,60}["']\s*,\s*["']?[0-9A-Za-z_]{1,40}["']?\s*,)|(href\s*=\s*["']?[^"'<>\s]{0,200}/[0-9]{6}/[0-9a-f]{32}\.s?html)|(href\s*=\s*["']?[^"'<>\s]{0,200}/c[0-9]{3,9}/content\.s?html)"#;
    Regex::new(pattern).expect("the pattern is fixed")
});
static SEARCH_LIST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["']((?:https?://[^"'<>\s/]{1,200})?(?:/[0-9A-Za-z_-]{1,60}){0,4}/searchList/[0-9A-Za-z]{1,64})(\?[^"'<>\s]{0,400})?["']"#)
        .expect("the pattern is fixed")
});

/// Entries asked for where the page does not say.
const PER_PAGE: &str = "50";

pub(super) fn sign(url: &Url, text: &str) -> Option<&'static str> {
    if url.path().contains("/searchList/") || url.path().ends_with("/getFileListByCodeId") {
        return Some("`searchList/` or `getFileListByCodeId` in the address");
    }
    if envelope::body(text).is_some() {
        return text.contains("\"domainMetaList\"").then_some("`domainMetaList` in the records");
    }
    let marks = MARKS.captures(text);
    match marks.as_ref().and_then(|found| (1..=3).find(|group| found.get(*group).is_some())) {
        Some(1) => Some("`createPageHTML` with the name of a box"),
        Some(2) => Some("links to `YYYYMM/<32hex>.shtml`"),
        Some(_) => Some("links to `cN/content.shtml`"),
        None => SEARCH_LIST.is_match(text).then_some("`searchList/` in the text"),
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let Some(answer) = envelope::read(page.text) else { return read_page(page) };
    let Some(records) = Records::find(&answer) else {
        return Listing { damage: answer.damage, ..Listing::default() };
    };
    let listing = entries::listing(page, records.items(page.url));
    let numbered =
        if query::page(page.url).is_some() { page.url.clone() } else { query::with(page.url, &[("page", "1")]) };
    let next = json::next(&numbered, &records, "searchList");
    Listing { next, stated_total: records.total, damage: answer.damage, ..listing }
}

fn read_page(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = trs::read_dom(&dom.html, page);
    // A page that fetches its list has no pager of its own, and its rows are those of side bars.
    let fetched = || shell(page, &rows::base(&dom.html, page.url));
    match listing.next.is_none().then(fetched).flatten() {
        Some(next) => Listing { next: Some(next), ..Listing::default() },
        None => listing,
    }
}

/// The list that a page without a pager fetches.
fn shell(page: &ListPage<'_>, base: &Url) -> Option<NextPage> {
    let found = SEARCH_LIST.captures(page.text)?;
    let path = found[1].to_owned() + found.get(2).map_or("", |query| query.as_str());
    let url = entries::address(base, &path.replace("&amp;", "&"))?;
    if !page.follows(&url) {
        return None;
    }
    let sized = query::size(&url).is_some();
    let mut changes = vec![("_isJson", "true"), ("page", "1")];
    changes.extend((!sized).then_some(("_pageSize", PER_PAGE)));
    Some(NextPage { url: query::with(&url, &changes), basis: Basis::Shell, rule: "searchList" })
}
