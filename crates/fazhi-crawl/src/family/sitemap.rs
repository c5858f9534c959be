//! Site maps and indexes of site maps (sitemaps.org, protocol 0.9), with the news extension.
//!
//! A site map names addresses and no titles. Only an entry of the news extension has one; the title of any other is
//! empty, and what a pipeline's title rule wants is then known no sooner than the page itself is read. The entries of an
//! index are further list pages: [`Listing::lists`]. The date of an entry is that of its news, else its `lastmod`.

use std::collections::HashSet;

use url::Url;

use super::xml::{self, Record};
use super::{ListItem, ListPage, Listing, feed};

pub(super) fn sign(_url: &Url, text: &str) -> Option<&'static str> {
    match xml::root(text)?.as_str() {
        "urlset" => Some("`<urlset>` is the root"),
        "sitemapindex" => Some("`<sitemapindex>` is the root"),
        _ => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let document = xml::read(page.text, &["url", "sitemap"]);
    let mut seen = HashSet::new();
    let mut listing = Listing::default();
    for record in &document.records {
        let Some(url) = record.text("loc").and_then(|text| feed::address(text, page.url)) else { continue };
        match record.name.as_str() {
            _ if !page.follows(&url) => listing.foreign += 1,
            _ if url == *page.url || !seen.insert(url.clone()) => {}
            "sitemap" => listing.lists.push(url),
            _ => listing.items.push(item(record, url)),
        }
    }
    listing
}

fn item(record: &Record, url: Url) -> ListItem {
    let title = record.text("news:news/news:title").map(feed::title).unwrap_or_default();
    let dated = record.text("news:news/news:publication_date").and_then(feed::day);
    ListItem { url, title, date: dated.or_else(|| record.text("lastmod").and_then(feed::day)) }
}
