//! Pages and answers written for the tests: `tests/families/{family}/`, and what each says in `expected.toml` beside it.
//!
//! Every family has a plain case (`normal…`), an unusual one (`odd…`) and one that misleads (`trap…`), and as many more
//! as it needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::pipeline::Pipeline;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    page: Vec<Fixture>,
}

/// A page and what it says; what is left out is not there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// The family whose folder it is in, and which reads it.
    #[serde(skip, default = "no_family")]
    pub family: Family,
    /// The text as the crawler decodes it: every fixture is delivered as UTF-8, whatever it is.
    #[serde(skip)]
    pub text: String,
    pub file: String,
    #[serde(deserialize_with = "address")]
    pub url: Url,
    /// The family that `auto` takes it for, where that is another.
    detected: Option<String>,
    sign: String,
    /// `[list.selectors]` of the pipeline.
    #[serde(default)]
    selectors: BTreeMap<String, String>,
    /// `[site] hosts` of the pipeline.
    #[serde(default)]
    hosts: Vec<String>,
    /// `address | title | date`, the address from the root where it is on the page's host.
    #[serde(default)]
    items: Vec<String>,
    /// `basis rule address`.
    next: Option<String>,
    #[serde(default)]
    alternatives: Vec<String>,
    #[serde(default)]
    lists: Vec<String>,
    total: Option<usize>,
    #[serde(default)]
    foreign: usize,
    frame: Option<String>,
    damage: Option<String>,
}

fn no_family() -> Family {
    Family::Static
}

fn address<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(value)?).map_err(serde::de::Error::custom)
}

impl Fixture {
    /// The folder and name of the file.
    pub fn name(&self) -> String {
        format!("{}/{}", self.family.as_str(), self.file)
    }

    /// What the family reads in the text, or in a part of it.
    pub fn listing(&self, text: &str) -> Listing {
        let (selectors, hosts) = (self.selectors(), (!self.hosts.is_empty()).then(|| host_list(&self.hosts)));
        let page = ListPage { selectors: selectors.as_ref(), hosts: hosts.as_ref(), ..ListPage::new(&self.url, text) };
        read_list(self.family, &page)
    }

    fn selectors(&self) -> Option<Selectors> {
        let read = |key: &str| self.selectors.get(key).map(|text| Selectors::selector(text).unwrap());
        Some(Selectors { item: read("item")?, link: read("link"), date: read("date"), next: read("next") })
    }

    /// What is expected, in the words of [`Self::found`].
    pub fn wanted(&self) -> String {
        let detected = self.detected.as_deref().unwrap_or(self.family.as_str());
        let end = (self.total, self.foreign, self.frame.as_deref(), self.damage.as_deref());
        format!(
            "{detected}: {}\n{:#?}\n{:?}\n{:?}\n{:?}\n{end:?}",
            self.sign, self.items, self.next, self.alternatives, self.lists
        )
    }

    /// What is told and read.
    pub fn found(&self) -> String {
        let (told, listing) = (detect(&self.url, &self.text), self.listing(&self.text));
        let items: Vec<String> = listing.items.iter().map(|item| self.written(item)).collect();
        let next = listing.next.map(|next| format!("{:?} {} {}", next.basis, next.rule, next.url));
        let alternatives: Vec<String> = listing.alternatives.iter().map(|next| next.url.to_string()).collect();
        let lists: Vec<String> = listing.lists.iter().map(Url::to_string).collect();
        let frame = listing.frame.as_ref().map(Url::as_str);
        let end = (listing.stated_total, listing.foreign, frame, listing.damage);
        format!("{}: {}\n{items:#?}\n{next:?}\n{alternatives:?}\n{lists:?}\n{end:?}", told.family.as_str(), told.sign)
    }

    fn written(&self, item: &ListItem) -> String {
        let address = match self.url.make_relative(&item.url) {
            Some(_) => item.url[url::Position::BeforePath..].to_owned(),
            None => item.url.to_string(),
        };
        let date = item.date.map_or_else(|| "-".to_owned(), |date| date.to_string());
        format!("{address} | {} | {date}", item.title)
    }
}

/// The folder of all families.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families")
}

/// The fixtures of a family.
pub fn fixtures(family: Family) -> Vec<Fixture> {
    let folder = root().join(family.as_str());
    let expected = fs_err::read_to_string(folder.join("expected.toml")).unwrap();
    let pages = toml::from_str::<Folder>(&expected).unwrap_or_else(|error| panic!("{}: {error}", family.as_str())).page;
    let read = |page: Fixture| {
        let bytes = fs_err::read(folder.join(&page.file)).unwrap();
        let text = fazhi_page::decode(&bytes, Some("text/html; charset=utf-8")).text;
        Fixture { family, text, ..page }
    };
    pages.into_iter().map(read).collect()
}

/// The fixtures of all families.
pub fn all_fixtures() -> impl Iterator<Item = Fixture> {
    Family::ALL.into_iter().flat_map(fixtures)
}

/// The list of a pipeline that names these hosts.
pub fn host_list(names: &[impl AsRef<str>]) -> HostList {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let text = format!("name = \"a\"\n[site]\nstart = [\"http://127.0.0.1/\"]\nhosts = {names:?}\n");
    Pipeline::parse("a.toml", &text).unwrap().hosts
}

/// Material beside the project, where there is some.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !shared.exists() {
        eprintln!("skipped: there is no `{}`", shared.display());
        return None;
    }
    Some(shared)
}
