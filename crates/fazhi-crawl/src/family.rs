//! Families of content management systems: how a list page names its articles and its next page.
//!
//! Pure functions of address and text. A family knows the form of its addresses and its pager; which links of a page are
//! the list, and which are navigation, is decided alike for all of them in [`rows`].

mod date;
mod hanweb_jpage;
mod pager;
mod plain;
mod rows;
mod trs;
mod vsb;

use std::str::FromStr;

use chrono::NaiveDate;
use url::Url;

/// A family of content management systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// TRS WCM and its like: `createPageHTML(…)`, pages `index.html`, `index_1.html`.
    Trs,
    /// Hanweb jpage: records in a `datastore`, further pages from `dataproxy.jsp`.
    HanwebJpage,
    /// 博达 VSB: the pager counts down, `x.htm`, `x/2.htm`, `x/1.htm`.
    Vsb,
    /// Plain links.
    Static,
}

impl Family {
    /// The name in pipeline files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trs => "trs",
            Self::HanwebJpage => "hanweb-jpage",
            Self::Vsb => "vsb",
            Self::Static => "static",
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
    const ALL: [Self; 5] = [
        Self::Auto,
        Self::Fixed(Family::Trs),
        Self::Fixed(Family::HanwebJpage),
        Self::Fixed(Family::Vsb),
        Self::Fixed(Family::Static),
    ];

    /// Every name a pipeline file may give.
    pub fn names() -> [&'static str; 5] {
        Self::ALL.map(Self::as_str)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed(family) => family.as_str(),
        }
    }
}

impl FromStr for FamilyChoice {
    type Err = UnknownFamily;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text).ok_or_else(|| UnknownFamily(text.to_owned()))
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
}

/// An article as a list page names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListItem {
    /// Where it is.
    pub url: Url,
    /// What the list calls it.
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
}

/// What a list page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its articles in page order, each address once.
    pub items: Vec<ListItem>,
    /// The page after it.
    pub next: Option<NextPage>,
    /// How many entries the whole list has, where the page says so.
    pub stated_total: Option<usize>,
    /// Links of the list that lead to other hosts; they are not followed.
    pub foreign: usize,
    /// Where in the page the list stands, for the page after it.
    pub container: Option<String>,
}

/// The family a list page belongs to.
pub fn detect(url: &Url, text: &str) -> Family {
    if hanweb_jpage::looks_like(url, text) {
        Family::HanwebJpage
    } else if vsb::looks_like(text) {
        Family::Vsb
    } else if trs::looks_like(text) {
        Family::Trs
    } else {
        Family::Static
    }
}

/// Reads a list page.
pub fn read_list(family: Family, page: &ListPage<'_>) -> Listing {
    match family {
        Family::Trs => trs::read(page),
        Family::HanwebJpage => hanweb_jpage::read(page),
        Family::Vsb => vsb::read(page),
        Family::Static => plain::read(page),
    }
}

#[cfg(test)]
mod tests;
