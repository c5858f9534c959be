//! Lists read by the CSS selectors of a pipeline, for portals that no family fits.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::date::{self, Piece, Place, RowDate};
use super::{Basis, ListItem, ListPage, Listing, NextPage, pager, rows, years};

/// Entries of one page beyond which nothing is read.
const MAX_ITEMS: usize = 10_000;
const MAX_SELECTOR: usize = 500;

/// Where the parts of a list stand, as CSS selectors of the pipeline file (`[list.selectors]`).
#[derive(Debug, Clone)]
pub struct Selectors {
    /// One entry.
    pub item: Selector,
    /// The link of an entry, inside it; the first link if absent. An entry may itself be the link.
    pub link: Option<Selector>,
    /// The date of an entry, inside it: its text or its `datetime`. Looked for in the whole entry if absent.
    pub date: Option<Selector>,
    /// The link to the next page, anywhere; the first one found counts. What links to a next page by its words or its
    /// `rel` if absent.
    pub next: Option<Selector>,
}

/// A selector that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad selector `{selector}`: {reason}")]
pub struct SelectorError {
    selector: String,
    reason: String,
}

impl Selectors {
    /// Reads one CSS selector of at most 500 bytes.
    pub fn selector(text: &str) -> Result<Selector, SelectorError> {
        let refused = |reason: String| SelectorError { selector: text.to_owned(), reason };
        if text.len() > MAX_SELECTOR {
            return Err(refused(format!("longer than {MAX_SELECTOR} bytes")));
        }
        Selector::parse(text).map_err(|error| refused(error.to_string()))
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let Some(selectors) = page.selectors else { return Listing::default() };
    let dom = fazhi_page::parse_html(page.text);
    let base = rows::base(&dom.html, page.url);
    let entries = dom.html.select(&selectors.item).take(MAX_ITEMS);
    let found: Vec<(ListItem, RowDate)> = entries.filter_map(|entry| entry_of(entry, selectors, &base)).collect();
    let dates: Vec<RowDate> = found.iter().map(|(_, date)| *date).collect();
    let mut seen = HashSet::new();
    let mut listing = Listing { next: next(&dom.html, selectors, page, &base), ..Listing::default() };
    for ((item, _), date) in found.into_iter().zip(years::fill(&dates)) {
        if !page.follows(&item.url) {
            listing.foreign += 1;
        } else if item.url != *page.url && seen.insert(item.url.clone()) {
            listing.items.push(ListItem { date, ..item });
        }
    }
    listing.stated_total = pager::stated_total(page.text);
    listing
}

fn entry_of(entry: ElementRef<'_>, selectors: &Selectors, base: &Url) -> Option<(ListItem, RowDate)> {
    let is_link = |element: &ElementRef<'_>| element.value().name() == "a" && element.attr("href").is_some();
    let link = match &selectors.link {
        Some(selector) => entry.select(selector).next()?,
        None => Some(entry).filter(is_link).or_else(|| entry.descendent_elements().find(is_link))?,
    };
    let url = rows::target(link, base)?;
    let date = match &selectors.date {
        None => date::of_row(&rows::pieces(entry, link), &url),
        Some(selector) => entry.select(selector).next().map_or(RowDate::None, |place| date_in(place, &url)),
    };
    Some((ListItem { title: rows::title(link), url, date: date.full() }, date))
}

fn date_in(place: ElementRef<'_>, url: &Url) -> RowDate {
    let shown: String = place.text().take(20).collect();
    let stated = place.attr("datetime");
    let pieces = stated.into_iter().chain([shown.as_str()]).map(|text| Piece { text, place: Place::Beside });
    date::of_row(&pieces.collect::<Vec<_>>(), url)
}

fn next(html: &Html, selectors: &Selectors, page: &ListPage<'_>, base: &Url) -> Option<NextPage> {
    let Some(selector) = &selectors.next else { return pager::next_link(html, page) };
    let targets = html.select(selector).filter_map(|element| rows::target(element, base));
    let next = targets.into_iter().find(|next| page.follows(next) && next != page.url)?;
    Some(NextPage { url: next, basis: Basis::Linked, rule: "selector" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_selector_is_named() {
        let message = |text: &str| Selectors::selector(text).unwrap_err().to_string();
        assert!(message("ul >").starts_with("bad selector `ul >`: "), "{}", message("ul >"));
        assert!(message("").starts_with("bad selector ``: "));
        assert!(message(&"a".repeat(501)).ends_with(": longer than 500 bytes"));
        assert!(Selectors::selector("ul.list > li:nth-child(2) a[href]").is_ok());
    }
}
