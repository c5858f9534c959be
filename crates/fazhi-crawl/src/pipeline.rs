//! Pipeline files: one source portal each, read from TOML into validated types.

mod contact;
mod raw;
mod selectors;
mod source;
mod validate;

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use regex::Regex;
use url::Url;

use crate::family::{FamilyChoice, Selectors};
use crate::hosts::{HostKey, Pace, is_loopback};
pub use contact::{Contact, NoContact};
use raw::RawPipeline;
use source::Source;

/// Where one portal lists its articles, which of them are wanted, and how politely it is asked.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Name, which is also the name of its archive folder: ASCII letters, digits, `-`, `_`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Whether somebody has seen it work.
    pub verified: Verified,
    /// List pages to start at, at least one.
    pub start: Vec<Url>,
    /// How its lists are read.
    pub family: FamilyChoice,
    /// Whom the portal's operator can write to; beyond this machine nothing is asked for without, see [`Self::signed`].
    pub contact: Option<Contact>,
    /// Hosts that may be asked: those of the start pages, and those the file adds.
    pub hosts: HostList,
    /// Where the parts of its lists stand; there if and only if the family is [`Family::Selectors`](crate::Family::Selectors).
    pub selectors: Option<Selectors>,
    /// Which listed titles are wanted.
    pub titles: TitleRule,
    /// How far its lists are read.
    pub reading: Reading,
    /// How politely its hosts are asked.
    pub politeness: Politeness,
    /// How much one run may do.
    pub budget: Budget,
}

/// How far lists are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// How many list pages are read for one start page.
    pub max_pages: NonZeroU32,
    /// How many lists deep: a sitemap index leads to sitemaps, a page to its frame.
    pub max_depth: u32,
    /// Entries with an earlier date are left out.
    pub since: Option<NaiveDate>,
    /// Between sweeps a list is left where a page brings nothing new and all its dates are so many days older than the
    /// newest of the list.
    pub lookback: Days,
    /// After so many days every list is read to its end again.
    pub sweep_every: Days,
}

/// How politely hosts are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Politeness {
    /// The pace of each host.
    pub pace: Pace,
    /// Longest time for one whole response.
    pub timeout: Duration,
    /// Why the pace may be faster than a second or more than two requests at a time, where it is.
    pub reason: Option<String>,
}

/// How much one run may do; what is left waits for the next run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Articles asked for.
    pub articles: Option<NonZeroUsize>,
    /// Time.
    pub time: Option<Duration>,
}

/// Hosts a pipeline may ask, as names; `*.a.gov.cn` stands for every host below `a.gov.cn`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostList {
    names: Vec<String>,
}

impl HostList {
    /// Whether an address is on one of the hosts.
    pub fn allows(&self, url: &Url) -> bool {
        self.has(&HostKey::of(url))
    }

    /// Whether a host is one of them. A name without a port stands for the host at every port.
    pub(crate) fn has(&self, host: &HostKey) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(parent) => host.name().strip_suffix(parent).is_some_and(|below| below.ends_with('.')),
            None => name == host.name() || *name == host.to_string(),
        })
    }

    /// The names as the pipeline gives them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// A number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(pub u32);

/// Whether and when somebody has seen a pipeline work on the real portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// On this day.
    On(NaiveDate),
    /// Not yet: such a pipeline runs only when it is named.
    Never,
}

/// Which listed titles are wanted.
#[derive(Debug, Clone, Default)]
pub struct TitleRule {
    /// A title must match this.
    pub accept: Option<Regex>,
    /// A title must not match this.
    pub reject: Option<Regex>,
}

impl TitleRule {
    /// Whether a listed title is wanted. Spaces in titles do not count: lists break titles for layout.
    pub fn selects(&self, title: &str) -> bool {
        let squeezed: String = title.chars().filter(|c| !c.is_whitespace()).collect();
        let matches = |rule: &Regex| rule.is_match(title) || rule.is_match(&squeezed);
        self.accept.as_ref().is_none_or(matches) && !self.reject.as_ref().is_some_and(matches)
    }

    /// The rule as the pipeline file states it, or nothing if every title is wanted.
    pub fn describe(&self) -> Option<String> {
        let accept = self.accept.as_ref().map(|rule| format!("title `{rule}`"));
        let reject = self.reject.as_ref().map(|rule| format!("reject `{rule}`"));
        let parts: Vec<String> = accept.into_iter().chain(reject).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Why a pipeline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The file or folder cannot be read.
    #[error("cannot read pipeline `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// What the file says cannot be used.
    #[error("{file}:{line}: {what}{}", hint.as_ref().map(|hint| format!("\n\nhint: {hint}")).unwrap_or_default())]
    Invalid {
        /// The file, as it was named.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong, with the value.
        what: String,
        /// What to do about it, where that is known.
        hint: Option<String>,
    },
    /// Nobody could be written to about the requests of this pipeline.
    #[error(
        "pipeline `{name}` has no contact, and `{host}` is not on this machine\n\nhint: say whom its operator can write to: \
         `contact = \"mailto:…\"` in `[site]` of its file, or in `fazhi.toml` for every pipeline, or `--contact`"
    )]
    NoContact {
        /// Name of the pipeline.
        name: String,
        /// A host that would be asked.
        host: String,
    },
    /// Two files of a folder give the same name.
    #[error("pipelines `{}` and `{}` are both named `{name}`", first.display(), second.display())]
    Duplicate {
        /// The name.
        name: String,
        /// One file.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
}

impl Pipeline {
    /// Reads and checks a pipeline file.
    pub fn load(path: &Path) -> Result<Self, PipelineError> {
        let text =
            fs_err::read_to_string(path).map_err(|source| PipelineError::Read { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Checks the text of a pipeline file; `file` is how messages call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, PipelineError> {
        let source = Source { file, text };
        let document = toml::de::DeTable::parse(text).map_err(|error| source.refused(&error))?;
        if let Some(unknown) = raw::unknown_key(document.get_ref()) {
            let table = if unknown.table.is_empty() { String::new() } else { format!(" in `[{}]`", unknown.table) };
            let hint = unknown.nearest.map(|known| format!("did you mean `{known}`?"));
            return Err(source.at(unknown.offset, format!("unknown key `{}`{table}", unknown.key), hint));
        }
        let raw: RawPipeline = toml::from_str(text).map_err(|error| source.refused(&error))?;
        validate::validate(&source, raw)
    }

    /// A pipeline for a look at one list page; it has no contact yet.
    ///
    /// # Errors
    /// As [`Self::parse`]; lines are those of a file that nobody has written.
    pub fn for_page(url: &Url) -> Result<Self, PipelineError> {
        Self::parse("--explain", &format!("name = \"page\"\n[site]\nstart = [{:?}]\n", url.as_str()))
    }

    /// The pipeline as it may be run: with a contact, this one where its file names none.
    ///
    /// A file may leave the contact out (those that come with fazhi do), so that it can be read, listed and planned.
    ///
    /// # Errors
    /// [`PipelineError::NoContact`] if there is none and a host beyond this machine would be asked.
    pub fn signed(self, contact: Option<&Contact>) -> Result<Self, PipelineError> {
        let signed = Self { contact: self.contact.or_else(|| contact.cloned()), ..self };
        match signed.unsigned_host() {
            Some(host) => Err(PipelineError::NoContact { name: signed.name, host }),
            None => Ok(signed),
        }
    }

    /// A host that must not be asked because nobody could be written to about it.
    pub(crate) fn unsigned_host(&self) -> Option<String> {
        let beyond = || self.hosts.names().find(|name| !names_this_machine(name)).map(str::to_owned);
        if self.contact.is_some() { None } else { beyond() }
    }

    /// Whether every host it may ask is this machine.
    pub fn is_loopback(&self) -> bool {
        self.hosts.names().all(names_this_machine)
    }
}

/// Whether an entry of a host list is on this machine.
fn names_this_machine(name: &str) -> bool {
    Url::parse(&format!("http://{name}/")).is_ok_and(|url| is_loopback(&url))
}

/// Every `*.toml` of a folder, sorted by pipeline name. Folders in it are not looked into.
pub fn load_folder(folder: &Path) -> Result<Vec<Pipeline>, PipelineError> {
    let unreadable = |source| PipelineError::Read { path: folder.to_owned(), source };
    let mut named: BTreeMap<String, (PathBuf, Pipeline)> = BTreeMap::new();
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        let pipeline = Pipeline::load(&path)?;
        if let Some((first, _)) = named.get(&pipeline.name) {
            return Err(PipelineError::Duplicate { name: pipeline.name, first: first.clone(), second: path });
        }
        named.insert(pipeline.name.clone(), (path, pipeline));
    }
    Ok(named.into_values().map(|(_, pipeline)| pipeline).collect())
}

#[cfg(test)]
mod tests;
