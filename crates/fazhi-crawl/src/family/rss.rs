//! Feeds: RSS 2.0, RSS 1.0 and Atom.
//!
//! Atom (RFC 4287) and Atom links inside RSS may name the next page (RFC 5005: `rel="next"`). An RSS entry without a link
//! is found by its `guid`, unless that says it is no address.

use std::collections::HashSet;

use url::Url;

use super::xml::{self, Record};
use super::{Basis, ListItem, ListPage, Listing, NextPage, feed};

pub(super) fn sign(_url: &Url, text: &str) -> Option<&'static str> {
    match xml::root(text)?.as_str() {
        "rss" => Some("`<rss>` is the root"),
        "RDF" => Some("`<rdf:RDF>` is the root"),
        "feed" => Some("`<feed>` is the root"),
        _ => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let document = xml::read(page.text, &["item", "entry"]);
    let mut seen = HashSet::new();
    let mut listing = Listing { next: next(&document.head, page), ..Listing::default() };
    for record in &document.records {
        let Some(url) = link(record).and_then(|text| feed::address(text, page.url)) else { continue };
        if !page.follows(&url) {
            listing.foreign += 1;
        } else if seen.insert(url.clone()) {
            let title = record.text("title").map(feed::title).unwrap_or_default();
            listing.items.push(ListItem { url, title, date: date(record) });
        }
    }
    let totals = document.head.named("totalResults").map(|field| field.text.trim().parse());
    listing.stated_total = totals.into_iter().find_map(Result::ok);
    listing
}

fn link(record: &Record) -> Option<&str> {
    let links = || record.named("link").filter(|field| !field.path.contains('/'));
    let alternate = links().find_map(|link| match link.attribute("rel") {
        None | Some("alternate") => link.attribute("href"),
        Some(_) => None,
    });
    let guid = record.named("guid").find(|guid| guid.attribute("isPermaLink") != Some("false"));
    let guid = guid.map(|guid| guid.text.trim()).filter(|text| text.starts_with("http"));
    alternate.or_else(|| record.text("link")).or(guid)
}

fn date(record: &Record) -> Option<chrono::NaiveDate> {
    let names = ["pubDate", "published", "issued", "dc:date", "updated", "modified"];
    names.into_iter().find_map(|name| record.text(name).and_then(feed::day))
}

fn next(head: &Record, page: &ListPage<'_>) -> Option<NextPage> {
    let links = head.named("link").filter(|link| link.attribute("rel") == Some("next"));
    let targets = links.filter_map(|link| feed::address(link.attribute("href")?, page.url));
    let next = targets.into_iter().find(|next| page.follows(next) && next != page.url)?;
    Some(NextPage { url: next, basis: Basis::Linked, rule: "rel=next" })
}
