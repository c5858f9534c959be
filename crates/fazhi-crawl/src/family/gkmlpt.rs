//! Guangdong's gkmlpt: a catalogue whose page is a shell around `/gkmlpt/api/all/{category}?page=N&sid=SID`.
//!
//! Category 0 holds everything. An address may name another in its fragment (`/gkmlpt/index#4055`). The search of the
//! province answers with the same records of many hosts.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;
use serde_json::Value;
use url::Url;

use super::query::{self, Extent};
use super::records::{Records, Row};
use super::{Basis, ListItem, ListPage, Listing, NextPage, entries, envelope, json, plain};

static SITE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?-u:\b)SID["']?\s*[:=]\s*["']?([0-9]{1,12})"#).expect("the pattern is fixed"));
static PREFIX: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^((?:/[^/]{1,100}){0,4}?/gkmlpt)(?:/|$)").expect("the pattern is fixed"));
static CATEGORY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:/|!/)?([0-9]{1,9})(?:\D|$)").expect("the pattern is fixed"));
static ARTICLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\?/gkmlpt\\?/content\\?/").expect("the pattern is fixed"));

/// Articles a page has.
const PER_PAGE: u32 = 100;
/// The portal shows the first; the others stand in for it.
const DATES: &[&str] = &["displaypublishtime", "firstpublishtime", "publishtime", "pubtime", "date"];

pub(super) fn sign(url: &Url, text: &str) -> Option<&'static str> {
    let answer = envelope::body(text).is_some();
    match () {
        () if answer && url.path().contains("/gkmlpt/api/") => Some("`/gkmlpt/api/` in the address"),
        () if answer && ARTICLE.is_match(text) => Some("`/gkmlpt/content/` in the records"),
        () if !answer && site(text).is_some() => Some("`_CONFIG` with a `SID` in the text"),
        () if !answer && PREFIX.is_match(url.path()) => Some("`/gkmlpt` in the address"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    match envelope::read(page.text) {
        Some(answer) => read_answer(page, &answer),
        None => match shell(page) {
            Some(next) => Listing { next: Some(next), ..Listing::default() },
            None => plain::read(page),
        },
    }
}

/// The number of the site in `window._CONFIG`.
fn site(text: &str) -> Option<&str> {
    let (_, config) = text.split_once("_CONFIG")?;
    let config = config.split("</script").next().unwrap_or_default();
    SITE.captures(config).map(|found| found.extract::<1>().1[0])
}

/// The first page of the catalogue, as the shell would fetch it.
fn shell(page: &ListPage<'_>) -> Option<NextPage> {
    let site = site(page.text)?;
    let prefix = PREFIX.captures(page.url.path()).map_or("/gkmlpt", |found| found.extract::<1>().1[0]);
    let stated = page.url.fragment().and_then(|fragment| CATEGORY.captures(fragment));
    let category = stated.as_ref().map_or("0", |found| found.extract::<1>().1[0]);
    let mut url = page.url.join(&format!("{prefix}/api/all/{category}")).ok()?;
    url.set_query(Some(&format!("page=1&sid={site}")));
    Some(NextPage { url, basis: Basis::Shell, rule: "gkmlpt-config" })
}

fn read_answer(page: &ListPage<'_>, answer: &envelope::Answer) -> Listing {
    let Some(records) = Records::find(answer) else {
        let stated_total = empty_total(&answer.value);
        return Listing { damage: answer.damage, stated_total, ..Listing::default() };
    };
    let listing = entries::listing(page, records.rows.iter().filter_map(|row| item(row, page)));
    let next = if page.url.path().contains("/gkmlpt/api/") {
        next(page.url, &records)
    } else {
        json::next(page.url, &records, "page-parameter")
    };
    Listing { next, stated_total: records.total, damage: answer.damage, ..listing }
}

fn empty_total(answer: &Value) -> Option<usize> {
    answer.get("total").and_then(envelope::count).filter(|total| *total == 0)
}

/// A record. Its `url` is that in the catalogue, `post_url` that in the column it was published in.
fn item(row: &Row<'_>, page: &ListPage<'_>) -> Option<ListItem> {
    let title = entries::title(row.text(&["title"])?)?;
    let addresses = ["url", "posturl"].iter().filter_map(|name| entries::address(page.url, row.text(&[name])?));
    let addresses: Vec<Url> = addresses.collect();
    let own = addresses.iter().find(|url| page.follows(url)).or(addresses.first())?;
    let date: Option<NaiveDate> = row.date(DATES);
    Some(ListItem { url: own.clone(), title, date })
}

fn next(url: &Url, records: &Records<'_>) -> Option<NextPage> {
    let own = query::number(url, "page").unwrap_or(1);
    let extent = Extent {
        page: own,
        entries: records.rows.len(),
        size: Some(PER_PAGE),
        total: records.total,
        pages: records.pages,
    };
    let following = own.checked_add(1).filter(|_| extent.goes_on())?;
    let url = query::with(url, &[("page", &following.to_string())]);
    Some(NextPage { url, basis: Basis::Computed, rule: "gkmlpt-page" })
}
