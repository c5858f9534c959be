//! JSON lists of other makes, bare or as the argument of a call (JSONP).
//!
//! The list is found by what its records hold, see [`Records`]; the next page by the parameter of the address that counts
//! pages. An error answer with status 200 is an empty list.

use url::Url;

use super::envelope::{self, Wrapping};
use super::query::{self, Extent};
use super::records::Records;
use super::{Basis, ListPage, Listing, NextPage, entries, plain};

pub(super) fn sign(_url: &Url, text: &str) -> Option<&'static str> {
    envelope::body(text).map(|(wrapping, _)| match wrapping {
        Wrapping::Bare => "the text is JSON",
        Wrapping::Call => "the text is JSON in a call",
    })
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let Some(answer) = envelope::read(page.text) else { return plain::read(page) };
    let Some(records) = Records::find(&answer) else {
        return Listing { damage: answer.damage, ..Listing::default() };
    };
    let listing = entries::listing(page, records.items(page.url));
    let next = next(page.url, &records, "page-parameter");
    Listing { next, stated_total: records.total, damage: answer.damage, ..listing }
}

/// The page after this one, if the address has a number of its page.
pub(super) fn next(url: &Url, records: &Records<'_>, rule: &'static str) -> Option<NextPage> {
    let own = query::page(url)?;
    let extent = Extent {
        page: own.value,
        entries: records.rows.len(),
        size: query::size(url),
        total: records.total,
        pages: records.pages,
    };
    let following = own.value.checked_add(1).filter(|_| extent.goes_on())?;
    let url = query::with(url, &[(&own.name, &following.to_string())]);
    Some(NextPage { url, basis: Basis::Computed, rule })
}
