//! TRS WAS5 search and the searches that grew out of it: records in XML (`<REC>`), in JSON, or as list items.
//!
//! `page=N` counts pages, `perpage` or `prepage` says how long they are, `RECORDCOUNT` how many records there are. A search
//! box that leads to such a search is on many pages of other families, so only an address or an answer is a sign.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::query::{self, Extent, Numbered};
use super::records::Records;
use super::{Basis, ListItem, ListPage, Listing, NextPage, date, entries, envelope, pager, tags, trs};

static RECORD_COUNT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r#"(?i)(?-u:\b)record_?count(?-u:\b)["']?\s*(?:[=:>]|value\s*=)\s*(?:<!\[CDATA\[)?\s*["']?(\d{1,8})(?-u:\b)"#;
    Regex::new(pattern).expect("the pattern is fixed")
});
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/was5/web/search|/govsearch/simp_gov_list\.jsp").expect("the pattern is fixed"));

const TITLES: &[&str] = &["title", "doctitle", "bt"];
const ADDRESSES: &[&str] = &["url", "docpuburl", "puburl", "link"];
const DATES: &[&str] = &["docreltime", "pubtime", "pubdate", "date"];

/// The damage of a list in XML that ends too early.
const CUT: &str = "the XML is cut: only its complete records were read";

pub(super) fn sign(url: &Url, text: &str) -> Option<&'static str> {
    let answer = envelope::body(text).is_some();
    match () {
        () if ADDRESS.is_match(url.path()) => Some("`/was5/web/search` in the address"),
        () if answer && text.contains("\"docpuburl\"") => Some("`docpuburl` in the records"),
        () if !answer && text.contains("<REC>") => Some("`<REC>` in the text"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    if let Some(answer) = envelope::read(page.text) {
        return read_answer(page, &answer);
    }
    if page.text.contains("<REC>") {
        return read_xml(page);
    }
    let dom = fazhi_page::parse_html(page.text);
    let listing = trs::read_dom(&dom.html, page);
    let total = record_count(page.text).or(listing.stated_total);
    // A further page that the server links to may hold a session.
    let next = next(page.url, listing.items.len() + listing.foreign, total, pager::stated_pages(page.text));
    Listing { next: next.or(listing.next), stated_total: total, ..listing }
}

fn read_answer(page: &ListPage<'_>, answer: &envelope::Answer) -> Listing {
    let Some(records) = Records::find(answer) else {
        return Listing { damage: answer.damage, ..Listing::default() };
    };
    let listing = entries::listing(page, records.items(page.url));
    let total = records.total.or_else(|| record_count(page.text));
    let next = next(page.url, records.rows.len(), total, records.pages);
    Listing { next, stated_total: total, damage: answer.damage, ..listing }
}

fn read_xml(page: &ListPage<'_>) -> Listing {
    let records = tags::elements(page.text, "<REC>", "</REC>");
    let items = records.whole.iter().filter_map(|record| item(record, page.url));
    let listing = entries::listing(page, items);
    let total = record_count(page.text);
    let next = next(page.url, records.whole.len(), total, None);
    Listing { next, stated_total: total, damage: records.cut.map(|_| CUT), ..listing }
}

fn item(record: &str, base: &Url) -> Option<ListItem> {
    let fields = tags::fields(record);
    let field = |names: &[&str]| -> Option<&Cow<'_, str>> {
        let stated = names.iter().filter_map(|name| fields.iter().find(|(own, _)| own == name));
        stated.map(|(_, text)| text).find(|text| !text.trim().is_empty() && text.trim() != "null")
    };
    let title = entries::title(field(TITLES)?)?;
    let url = entries::address(base, &field(ADDRESSES)?.replace("&amp;", "&"))?;
    Some(ListItem { url, title, date: field(DATES).and_then(|text| date::written(text)) })
}

fn record_count(text: &str) -> Option<usize> {
    RECORD_COUNT.captures(text).and_then(|found| found[1].parse().ok())
}

fn next(url: &Url, entries: usize, total: Option<usize>, pages: Option<usize>) -> Option<NextPage> {
    // The first page need not say that it is.
    let own = query::page(url).unwrap_or_else(|| Numbered { name: "page".to_owned(), value: 1 });
    let extent = Extent { page: own.value, entries, size: query::size(url), total, pages };
    let following = own.value.checked_add(1).filter(|_| extent.goes_on())?;
    let url = query::with(url, &[(&own.name, &following.to_string())]);
    Some(NextPage { url, basis: Basis::Computed, rule: "was5-page" })
}
