//! Pipeline files: one source portal each, read from TOML into validated types.

mod raw;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use regex::Regex;
use toml::Spanned;
use url::{Host, Url};

use crate::family::FamilyChoice;
use raw::{RawPipeline, RawSite};

const DEFAULT_MAX_PAGES: u32 = 50;
const DEFAULT_DELAY: Duration = Duration::from_secs(1);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

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
    /// `mailto:` or web address that the portal's operator can turn to; always there beyond loopback.
    pub contact: Option<String>,
    /// Which listed titles are wanted.
    pub titles: TitleRule,
    /// How many list pages are read for one start page.
    pub max_pages: NonZeroU32,
    /// Least time between two requests to one host; at least a second beyond loopback.
    pub delay: Duration,
    /// Longest time for one whole response.
    pub timeout: Duration,
}

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
        validate(&source, raw)
    }

    /// Whether every start page is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.start.iter().all(is_loopback)
    }
}

/// Every `*.toml` of a folder, sorted by pipeline name.
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

/// Whether an address lies on this machine, where politeness and a contact are not needed.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn validate(source: &Source<'_>, raw: RawPipeline) -> Result<Pipeline, PipelineError> {
    let name = name(source, &raw.name)?;
    let site_offset = raw.site.span().start;
    let site = raw.site.into_inner();
    let start = start(source, site_offset, &site)?;
    let contact = contact(source, site_offset, &site, &start)?;
    let local = start.iter().all(is_loopback);
    Ok(Pipeline {
        title: raw.title.unwrap_or_else(|| name.clone()),
        name,
        verified: verified(source, raw.verified.as_ref())?,
        family: family(source, site.family.as_ref())?,
        contact,
        titles: TitleRule {
            accept: regex(source, raw.list.title.as_ref())?,
            reject: regex(source, raw.list.reject.as_ref())?,
        },
        max_pages: max_pages(source, raw.list.max_pages.as_ref())?,
        delay: delay(source, raw.politeness.delay_ms.as_ref(), local)?,
        timeout: timeout(source, raw.politeness.timeout_ms.as_ref())?,
        start,
    })
}

fn name(source: &Source<'_>, raw: &Spanned<String>) -> Result<String, PipelineError> {
    let text = raw.get_ref();
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if text.is_empty() || text.len() > 64 || !text.bytes().all(safe) {
        let hint = "1 to 64 ASCII letters, digits, `-` and `_`: it names the archive folder";
        return Err(source.at(raw.span().start, format!("`{text}` is no name for a pipeline"), Some(hint.into())));
    }
    Ok(text.clone())
}

fn start(source: &Source<'_>, site_offset: usize, site: &RawSite) -> Result<Vec<Url>, PipelineError> {
    if site.start.is_empty() {
        let hint = "give the first list page: `start = [\"https://…\"]`";
        return Err(source.at(site_offset, "missing key `start` in `[site]`".into(), Some(hint.into())));
    }
    let address = |raw: &Spanned<String>| {
        let text = raw.get_ref();
        let parsed = Url::parse(text).map_err(|error| format!("bad address `{text}`: {error}"));
        let checked = parsed.and_then(|url| match url.scheme() {
            "http" | "https" => Ok(url),
            scheme => Err(format!("bad address `{text}`: `{scheme}` is not http or https")),
        });
        checked.map_err(|what| source.at(raw.span().start, what, None))
    };
    site.start.iter().map(address).collect()
}

fn contact(
    source: &Source<'_>,
    site_offset: usize,
    site: &RawSite,
    start: &[Url],
) -> Result<Option<String>, PipelineError> {
    let Some(raw) = &site.contact else {
        return match start.iter().find(|url| !is_loopback(url)) {
            None => Ok(None),
            Some(url) => {
                let host = url.host_str().unwrap_or_default();
                let what = format!("missing key `contact` in `[site]`: `{host}` is not on this machine");
                let hint = "say whom its operator can write to: `contact = \"mailto:…\"`";
                Err(source.at(site_offset, what, Some(hint.into())))
            }
        };
    };
    let text = raw.get_ref();
    let reachable = ["mailto:", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    // It becomes part of a request header.
    if !reachable || !text.bytes().all(|b| b.is_ascii_graphic()) || text.contains(['(', ')']) {
        let hint = "an address such as `mailto:data@example.org` or `https://example.org/crawler`";
        return Err(source.at(raw.span().start, format!("`{text}` is no contact address"), Some(hint.into())));
    }
    Ok(Some(text.clone()))
}

fn verified(source: &Source<'_>, raw: Option<&Spanned<String>>) -> Result<Verified, PipelineError> {
    let Some(raw) = raw else { return Ok(Verified::Never) };
    match raw.get_ref().as_str() {
        "never" => Ok(Verified::Never),
        text => text.parse().map(Verified::On).map_err(|_| {
            source.at(raw.span().start, format!("`{text}` is neither a date (`2026-11-01`) nor `never`"), None)
        }),
    }
}

fn family(source: &Source<'_>, raw: Option<&Spanned<String>>) -> Result<FamilyChoice, PipelineError> {
    let Some(raw) = raw else { return Ok(FamilyChoice::Auto) };
    let text = raw.get_ref();
    text.parse().map_err(|_| {
        let known = FamilyChoice::names();
        let hint = raw::nearest(text, &known)
            .map_or_else(|| format!("one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        source.at(raw.span().start, format!("unknown family `{text}`"), Some(hint))
    })
}

fn regex(source: &Source<'_>, raw: Option<&Spanned<String>>) -> Result<Option<Regex>, PipelineError> {
    let compile = |raw: &Spanned<String>| {
        Regex::new(raw.get_ref()).map_err(|error| {
            let text = error.to_string();
            // The last line of a syntax error says what is wrong; the lines before draw it.
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            source.at(raw.span().start, format!("bad regular expression `{}`: {reason}", raw.get_ref()), None)
        })
    };
    raw.map(compile).transpose()
}

fn max_pages(source: &Source<'_>, raw: Option<&Spanned<u32>>) -> Result<NonZeroU32, PipelineError> {
    let offset = raw.map_or(0, |raw| raw.span().start);
    let count = raw.map_or(DEFAULT_MAX_PAGES, |raw| *raw.get_ref());
    NonZeroU32::new(count).ok_or_else(|| source.at(offset, "`max-pages` must be at least 1".into(), None))
}

fn delay(source: &Source<'_>, raw: Option<&Spanned<u64>>, local: bool) -> Result<Duration, PipelineError> {
    let Some(raw) = raw else { return Ok(DEFAULT_DELAY) };
    let delay = Duration::from_millis(*raw.get_ref());
    if delay < DEFAULT_DELAY && !local {
        let what = format!("`delay-ms = {}` is less than a second", raw.get_ref());
        return Err(source.at(raw.span().start, what, Some("only hosts on this machine may be asked faster".into())));
    }
    Ok(delay)
}

fn timeout(source: &Source<'_>, raw: Option<&Spanned<u64>>) -> Result<Duration, PipelineError> {
    let Some(raw) = raw else { return Ok(DEFAULT_TIMEOUT) };
    match *raw.get_ref() {
        0 => Err(source.at(raw.span().start, "`timeout-ms` must be at least 1".into(), None)),
        millis => Ok(Duration::from_millis(millis)),
    }
}

/// The text being checked, for messages that point into it.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn at(&self, offset: usize, what: String, hint: Option<String>) -> PipelineError {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        PipelineError::Invalid { file: self.file.to_owned(), line, what, hint }
    }

    fn refused(&self, error: &toml::de::Error) -> PipelineError {
        let offset = error.span().map_or(0, |span| span.start);
        let line = self.text.get(offset..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let value = if line.is_empty() { String::new() } else { format!(" at `{}`", line.trim_end()) };
        self.at(offset, format!("{}{value}", error.message().replace('\n', ", ")), None)
    }
}

#[cfg(test)]
mod tests;
