//! Families of content management systems: how a list page names its articles and its next page.
//!
//! Pure functions of address and text. A family knows the form of its addresses and its pager; which links of a page are
//! the list, and which are navigation, is decided alike for all of them in [`rows`].

mod calendar;
mod date;
mod entries;
mod envelope;
mod feed;
mod frame;
mod gkmlpt;
mod hanweb_jpaas;
mod hanweb_jpage;
mod json;
mod lonsun;
mod numbered;
mod pager;
pub(crate) mod parts;
mod plain;
mod query;
mod records;
mod rows;
mod rss;
mod selectors;
mod sitemap;
mod tags;
mod trs;
mod ucap;
mod vsb;
mod was5;
mod webplus;
mod xml;
mod years;

use std::str::FromStr;

use chrono::NaiveDate;
use url::Url;

use crate::hosts::same_host;
use crate::pipeline::HostList;

pub use selectors::{SelectorError, Selectors};

/// A family of content management systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Guangdong's gkmlpt: a catalogue in JSON, 100 articles a page.
    Gkmlpt,
    /// Hanweb jpaas: the list is HTML inside the JSON of `jpaas-publish-server`.
    HanwebJpaas,
    /// Hanweb jpage: records in a `datastore`, further pages from `dataproxy.jsp`.
    HanwebJpage,
    /// JSON of other makes: an array of objects with a title and an address.
    Json,
    /// Lonsun (Anhui): HTML fragments of `/site/label/8888`.
    Lonsun,
    /// RSS 2.0 and Atom feeds.
    Rss,
    /// Whatever the pipeline's CSS selectors say.
    Selectors,
    /// `sitemap.xml` and sitemap indexes.
    Sitemap,
    /// Plain links, `?page=` and numbered files.
    Static,
    /// TRS WCM and its like: `createPageHTML(…)`, pages `index.html`, `index_1.html`.
    Trs,
    /// The family with hashes in its addresses (`/202404/<32hex>.shtml`) and a list in JSON (`searchList/`).
    Ucap,
    /// 博达 VSB: the pager counts down, `x.htm`, `x/2.htm`, `x/1.htm`.
    Vsb,
    /// TRS WAS5 search: `/was5/web/search`, records in XML, JSON or HTML.
    Was5,
    /// Webplus (苏迪): `list.htm`, `list2.htm`, `.wp_article_list`.
    Webplus,
}

impl Family {
    /// Every family, by name.
    pub const ALL: [Self; 14] = [
        Self::Gkmlpt,
        Self::HanwebJpaas,
        Self::HanwebJpage,
        Self::Json,
        Self::Lonsun,
        Self::Rss,
        Self::Selectors,
        Self::Sitemap,
        Self::Static,
        Self::Trs,
        Self::Ucap,
        Self::Vsb,
        Self::Was5,
        Self::Webplus,
    ];

    /// The name in pipeline files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gkmlpt => "gkmlpt",
            Self::HanwebJpaas => "hanweb-jpaas",
            Self::HanwebJpage => "hanweb-jpage",
            Self::Json => "json",
            Self::Lonsun => "lonsun",
            Self::Rss => "rss",
            Self::Selectors => "selectors",
            Self::Sitemap => "sitemap",
            Self::Static => "static",
            Self::Trs => "trs",
            Self::Ucap => "ucap",
            Self::Vsb => "vsb",
            Self::Was5 => "was5",
            Self::Webplus => "webplus",
        }
    }
}

/// The family a pipeline asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyChoice {
    /// Whatever the first list page looks like.
    Auto,
    /// This one.
    Fixed(Family),
}

/// A name that no family has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no family")]
pub struct UnknownFamily(String);

impl FamilyChoice {
    /// Every name a pipeline file may give.
    pub fn names() -> Vec<&'static str> {
        std::iter::once("auto").chain(Family::ALL.map(Family::as_str)).collect()
    }
}

impl FromStr for FamilyChoice {
    type Err = UnknownFamily;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let known = Family::ALL.into_iter().find(|family| family.as_str() == text);
        known.map(Self::Fixed).ok_or_else(|| UnknownFamily(text.to_owned()))
    }
}

/// A list page as it was fetched.
#[derive(Debug, Clone, Copy)]
pub struct ListPage<'a> {
    /// Its address after redirects.
    pub url: &'a Url,
    /// Its decoded text.
    pub text: &'a str,
    /// [`Listing::container`] of the page before: the list of a page with two entries is then not mistaken for the
    /// side bar beside it.
    pub container: Option<&'a str>,
    /// The pipeline's selectors; only [`Family::Selectors`] uses them.
    pub selectors: Option<&'a Selectors>,
    /// The hosts that the pipeline may ask besides the page's own.
    pub hosts: Option<&'a HostList>,
}

impl<'a> ListPage<'a> {
    /// The first page of a list that stays on its host.
    pub fn new(url: &'a Url, text: &'a str) -> Self {
        Self { url, text, container: None, selectors: None, hosts: None }
    }

    /// Whether an entry, a further page or a list at this address is asked for: on the page's own host, or on one that
    /// the pipeline allows.
    pub fn follows(&self, url: &Url) -> bool {
        same_host(url, self.url) || self.hosts.is_some_and(|hosts| hosts.allows(url))
    }
}

/// An article as a list page names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListItem {
    /// Where it is.
    pub url: Url,
    /// What the list calls it. Empty where the list names addresses only, as site maps do: a title rule can then be
    /// applied to nothing but the page itself.
    pub title: String,
    /// The date beside it.
    pub date: Option<NaiveDate>,
}

/// Where the next list page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPage {
    /// Its address.
    pub url: Url,
    /// How the address is known.
    pub basis: Basis,
    /// The rule that gave it, e.g. `createPageHTML`, for people.
    pub rule: &'static str,
}

/// How the address of a next page is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The page links to it.
    Linked,
    /// Worked out from the family's rule.
    Computed,
    /// Worked out, and allowed to repeat the page before: some servers deliver the first block twice.
    MayRepeat,
    /// The page is a shell that fetches its list from there: it is the first page of the list, and the shell is none.
    Shell,
}

/// What a list page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its articles in page order, each address once.
    pub items: Vec<ListItem>,
    /// The page after it.
    pub next: Option<NextPage>,
    /// Other addresses that page may have, the likeliest first, where the page says that there is one and not where:
    /// to be asked for only as long as those before brought nothing new of the same column.
    pub alternatives: Vec<NextPage>,
    /// Further lists that this one names, e.g. the site maps of an index.
    pub lists: Vec<Url>,
    /// How many entries the whole list has, where the page says so.
    pub stated_total: Option<usize>,
    /// Links of the list that lead to hosts that the pipeline does not ask ([`ListPage::follows`]).
    pub foreign: usize,
    /// Where in the page the list stands, for the page after it.
    pub container: Option<String>,
    /// What is wrong with the list where it could be read in part only, e.g. because it is cut.
    pub damage: Option<&'static str>,
    /// The frame of the page that may hold its list, where the page itself has none.
    pub frame: Option<Url>,
}

/// A family and the sign it was told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// The family.
    pub family: Family,
    /// What in the address or the text told it, for people.
    pub sign: &'static str,
}

/// The sign of a family in an address and text, if it shows.
type Sign = fn(&Url, &str) -> Option<&'static str>;

/// Signs by family, the first that shows decides: families whose pages also carry the signs of others come first.
const SIGNS: &[(Family, Sign)] = &[
    (Family::Sitemap, sitemap::sign),
    (Family::Rss, rss::sign),
    (Family::Gkmlpt, gkmlpt::sign),
    (Family::HanwebJpaas, hanweb_jpaas::sign),
    (Family::HanwebJpage, hanweb_jpage::sign),
    (Family::Was5, was5::sign),
    (Family::Ucap, ucap::sign),
    (Family::Lonsun, lonsun::sign),
    (Family::Json, json::sign),
    (Family::Webplus, webplus::sign),
    (Family::Vsb, vsb::sign),
    (Family::Trs, trs::sign),
];

/// The family a list page belongs to.
pub fn detect(url: &Url, text: &str) -> Detection {
    let told = SIGNS.iter().find_map(|(family, sign)| Some(Detection { family: *family, sign: sign(url, text)? }));
    told.unwrap_or(Detection { family: Family::Static, sign: "no sign of another family" })
}

/// Reads a list page.
pub fn read_list(family: Family, page: &ListPage<'_>) -> Listing {
    let mut listing = read_as(family, page);
    if listing.items.is_empty() && listing.lists.is_empty() && listing.frame.is_none() {
        listing.frame = frame::of(page);
    }
    listing
}

fn read_as(family: Family, page: &ListPage<'_>) -> Listing {
    match family {
        Family::Gkmlpt => gkmlpt::read(page),
        Family::HanwebJpaas => hanweb_jpaas::read(page),
        Family::HanwebJpage => hanweb_jpage::read(page),
        Family::Json => json::read(page),
        Family::Lonsun => lonsun::read(page),
        Family::Rss => rss::read(page),
        Family::Selectors => selectors::read(page),
        Family::Sitemap => sitemap::read(page),
        Family::Static => plain::read(page),
        Family::Trs => trs::read(page),
        Family::Ucap => ucap::read(page),
        Family::Vsb => vsb::read(page),
        Family::Was5 => was5::read(page),
        Family::Webplus => webplus::read(page),
    }
}

#[cfg(test)]
mod tests;
