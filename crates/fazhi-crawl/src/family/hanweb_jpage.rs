//! Hanweb jpage: records of HTML in an XML `datastore`, the first block inside the page, the others from `dataproxy.jsp`.
//!
//! The block names the address of the next one in `<nextgroup>`. Servers differ in whether the first address of the proxy
//! repeats the block of the page, so a repeated first block does not end the list.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Basis, ListItem, ListPage, Listing, NextPage, pager, plain, rows};
use crate::hosts::same_host;

static COLUMN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/col/col\d+/|dataproxy\.jsp").expect("the pattern is fixed"));
static ARTICLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/art/\d{4}/(?:\d{1,2}/\d{1,2}/)?art_\w+\.html?$").expect("the pattern is fixed"));
static HREF: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"href\s*=\s*["']?([^"'\s>]{1,1000})"#).expect("the pattern is fixed"));

pub(super) fn looks_like(url: &Url, text: &str) -> bool {
    text.contains("<datastore") || text.contains("dataproxy.jsp") || COLUMN.is_match(url.path())
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let stores = between(page.text, "<datastore", "</datastore>");
    let best = stores.into_iter().map(|store| read_store(store, page.url)).max_by_key(|listing| listing.items.len());
    if let Some(listing) = best.filter(|listing| !listing.items.is_empty() || listing.stated_total == Some(0)) {
        return listing;
    }
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    Listing { next: pager::next_link(&dom.html, page.url), stated_total: pager::stated_total(page.text), ..listing }
}

fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

fn read_store(store: &str, url: &Url) -> Listing {
    let mut seen = HashSet::new();
    let found = between(store, "<record>", "</record>").into_iter().filter_map(|record| {
        let dom = fazhi_page::parse_html(&content(record));
        rows::entry(&dom.html, url)
    });
    let (own, foreign): (Vec<ListItem>, Vec<ListItem>) = found.partition(|item| same_host(&item.url, url));
    let items = own.into_iter().filter(|item| seen.insert(item.url.clone())).collect();
    let stated_total = number(store, "totalrecord");
    Listing { items, next: next(store, url), stated_total, foreign: foreign.len(), container: None }
}

fn next(store: &str, url: &Url) -> Option<NextPage> {
    let group = between(store, "<nextgroup>", "</nextgroup>").into_iter().next().map(content);
    let link = group.as_deref().and_then(|group| HREF.captures(group));
    let link =
        link.and_then(|found| url.join(&found[1].replace("&amp;", "&")).ok()).filter(|next| same_host(next, url));
    let own = page_number(url);
    let linked = link.filter(|next| page_number(next) > own);
    if let Some(next) = linked {
        // Only the page itself, which has no number, can be followed by its own block.
        let basis = if own.is_none() { Basis::MayRepeat } else { Basis::Linked };
        return Some(NextPage { url: next, basis });
    }
    let following = own?.checked_add(1)?;
    let pages = number(store, "totalpage")?;
    (following as usize <= pages).then(|| NextPage { url: with_page(url, following), basis: Basis::Computed })
}

fn page_number(url: &Url) -> Option<u32> {
    url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, value)| value.parse().ok())
}

fn with_page(url: &Url, page: u32) -> Url {
    let mut following = url.clone();
    let pairs = url.query_pairs().map(|(name, value)| match name.as_ref() {
        "page" => (name, Cow::Owned(page.to_string())),
        _ => (name, value),
    });
    following.query_pairs_mut().clear().extend_pairs(pairs);
    following
}

fn number(store: &str, tag: &str) -> Option<usize> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    between(store, &open, &close).first().and_then(|text| content(text).trim().parse().ok())
}

/// The content of an element that is either wrapped in CDATA or escaped.
fn content(element: &str) -> Cow<'_, str> {
    let trimmed = element.trim();
    match trimmed.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>")) {
        Some(raw) => Cow::Borrowed(raw),
        None if trimmed.starts_with("&lt;") => {
            Cow::Owned(trimmed.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
        }
        None => Cow::Borrowed(trimmed),
    }
}

/// What stands between each `open` (up to the end of that tag) and the next `close`, in one pass.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let inner = &rest[start + open.len()..];
        let inner = if open.ends_with('>') { inner } else { inner.split_once('>').map_or("", |(_, inner)| inner) };
        let Some(end) = inner.find(close) else { break };
        found.push(&inner[..end]);
        rest = &inner[end + close.len()..];
    }
    found
}
