//! From the file as written to a pipeline that can be run.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use chrono::NaiveDate;
use regex::Regex;
use toml::Spanned;
use url::Url;

use super::raw::{self, RawBudget, RawList, RawPipeline, RawPoliteness, RawSite};
use super::selectors;
use super::source::Source;
use super::{
    Budget, Contact, Days, HostList, NoContact, Pipeline, PipelineError, Politeness, Reading, TitleRule, Verified,
    names_this_machine,
};
use crate::family::FamilyChoice;
use crate::hosts::Pace;

const DEFAULT_MAX_PAGES: u32 = 50;
const DEFAULT_MAX_DEPTH: u32 = 3;
/// Governments post reports from January to summer and date them back by weeks or a few months.
const DEFAULT_LOOKBACK_DAYS: u32 = 120;
const DEFAULT_SWEEP_DAYS: u32 = 30;
/// The hard floor: no host beyond this machine is asked more often without a reason.
const FLOOR: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// Heritrix's default `delayFactor`.
const DEFAULT_FACTOR: f64 = 5.0;
const DEFAULT_CONCURRENCY: u32 = 1;
const MOST_PARALLEL: u32 = 2;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn validate(source: &Source<'_>, raw: RawPipeline) -> Result<Pipeline, PipelineError> {
    let name = name(source, &raw.name)?;
    let site_offset = raw.site.span().start;
    let site = raw.site.into_inner();
    let start = start(source, site_offset, &site)?;
    let hosts = hosts(source, &site, &start)?;
    // A start page on this machine does not excuse haste at the hosts that its lists may lead to.
    let local = hosts.names().all(names_this_machine);
    let family = family(source, site.family.as_ref())?;
    Ok(Pipeline {
        title: raw.title.unwrap_or_else(|| name.clone()),
        name,
        verified: verified(source, raw.verified.as_ref())?,
        family,
        hosts,
        contact: contact(source, site.contact.as_ref())?,
        selectors: selectors::read(source, family, site.family.as_ref(), raw.list.selectors.as_ref())?,
        titles: TitleRule {
            accept: regex(source, raw.list.title.as_ref())?,
            reject: regex(source, raw.list.reject.as_ref())?,
        },
        reading: reading(source, &raw.list)?,
        politeness: politeness(source, &raw.politeness, local)?,
        budget: budget(source, &raw.budget)?,
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

fn contact(source: &Source<'_>, raw: Option<&Spanned<String>>) -> Result<Option<Contact>, PipelineError> {
    let read = |raw: &Spanned<String>| {
        let contact: Result<Contact, NoContact> = raw.get_ref().parse();
        contact.map_err(|error| source.at(raw.span().start, error.to_string(), Some(NoContact::HINT.into())))
    };
    raw.map(read).transpose()
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

/// Start pages, and the hosts the file adds. A host is a name, a name with a port, or `*.` and the name above it.
fn hosts(source: &Source<'_>, site: &RawSite, start: &[Url]) -> Result<HostList, PipelineError> {
    let own = start.iter().filter_map(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    let mut names: Vec<String> = own.collect();
    for raw in &site.hosts {
        let text = raw.get_ref().trim().to_ascii_lowercase();
        let bare = text.strip_prefix("*.").unwrap_or(&text);
        let parsed = Url::parse(&format!("http://{bare}/")).ok();
        let reads = parsed.is_some_and(|url| url.path() == "/" && url.username().is_empty() && bare.contains('.'));
        if !reads || bare.contains(['/', '*', '@', '?']) {
            let hint = "a host name such as `www.a.gov.cn`, or `*.a.gov.cn` for all below it".to_owned();
            return Err(source.at(raw.span().start, format!("`{}` is no host", raw.get_ref()), Some(hint)));
        }
        names.push(text);
    }
    names.dedup();
    Ok(HostList { names })
}

fn reading(source: &Source<'_>, list: &RawList) -> Result<Reading, PipelineError> {
    let days = |raw: Option<&Spanned<u32>>, default| Days(raw.map_or(default, |raw| *raw.get_ref()));
    Ok(Reading {
        max_pages: at_least_one(source, "max-pages", list.max_pages.as_ref(), DEFAULT_MAX_PAGES)?,
        max_depth: list.max_depth.as_ref().map_or(DEFAULT_MAX_DEPTH, |raw| *raw.get_ref()),
        since: since(source, list.since.as_ref())?,
        lookback: days(list.lookback_days.as_ref(), DEFAULT_LOOKBACK_DAYS),
        sweep_every: days(list.sweep_days.as_ref(), DEFAULT_SWEEP_DAYS),
    })
}

fn since(source: &Source<'_>, raw: Option<&Spanned<String>>) -> Result<Option<NaiveDate>, PipelineError> {
    let parse = |raw: &Spanned<String>| {
        let text = raw.get_ref();
        text.parse().map_err(|_| source.at(raw.span().start, format!("`{text}` is no date (`2020-01-01`)"), None))
    };
    raw.map(parse).transpose()
}

/// Defaults are safe; whoever wants more of a host that is not their own machine has to say why.
fn politeness(source: &Source<'_>, raw: &RawPoliteness, local: bool) -> Result<Politeness, PipelineError> {
    let reason = raw.reason.as_ref().map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let excused = local || reason.is_some();
    let millis = |raw: Option<&Spanned<u64>>, default| {
        raw.map_or(default, |raw: &Spanned<u64>| Duration::from_millis(*raw.get_ref()))
    };
    let floor = millis(raw.delay_ms.as_ref(), FLOOR);
    if let Some(raw) = raw.delay_ms.as_ref().filter(|_| floor < FLOOR && !excused) {
        return Err(too_fast(
            source,
            raw.span().start,
            &format!("`delay-ms = {}` is less than a second", raw.get_ref()),
        ));
    }
    let parallel = at_least_one(source, "concurrency", raw.concurrency.as_ref(), DEFAULT_CONCURRENCY)?.get();
    if let Some(raw) = raw.concurrency.as_ref().filter(|_| parallel > MOST_PARALLEL && !excused) {
        let what = format!("`concurrency = {parallel}` is more than {MOST_PARALLEL} requests at a time");
        return Err(too_fast(source, raw.span().start, &what));
    }
    let factor = raw.delay_factor.as_ref().map_or(DEFAULT_FACTOR, |raw| *raw.get_ref());
    if !(0.0..=1000.0).contains(&factor) {
        let offset = raw.delay_factor.as_ref().map_or(0, |raw| raw.span().start);
        return Err(source.at(offset, format!("`delay-factor = {factor}` is not between 0 and 1000"), None));
    }
    let longest = millis(raw.max_delay_ms.as_ref(), LONGEST_DELAY).max(floor);
    let pace = Pace { floor, factor, longest, parallel: parallel as usize };
    Ok(Politeness { pace, timeout: timeout(source, raw.timeout_ms.as_ref())?, reason })
}

fn too_fast(source: &Source<'_>, offset: usize, what: &str) -> PipelineError {
    let hint = "only hosts on this machine may be asked so without a reason; give one: `reason = \"…\"`";
    source.at(offset, what.to_owned(), Some(hint.into()))
}

fn budget(source: &Source<'_>, raw: &RawBudget) -> Result<Budget, PipelineError> {
    let articles = match &raw.max_articles {
        Some(raw) => Some(at_least_one(source, "max-articles", Some(raw), 1)?),
        None => None,
    };
    let minutes = match &raw.max_minutes {
        Some(raw) => Some(at_least_one(source, "max-minutes", Some(raw), 1)?),
        None => None,
    };
    Ok(Budget {
        articles: articles.and_then(|count| NonZeroUsize::new(count.get() as usize)),
        time: minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes.get()))),
    })
}

fn at_least_one(
    source: &Source<'_>,
    key: &str,
    raw: Option<&Spanned<u32>>,
    default: u32,
) -> Result<NonZeroU32, PipelineError> {
    let offset = raw.map_or(0, |raw| raw.span().start);
    let count = raw.map_or(default, |raw| *raw.get_ref());
    NonZeroU32::new(count).ok_or_else(|| source.at(offset, format!("`{key}` must be at least 1"), None))
}

fn timeout(source: &Source<'_>, raw: Option<&Spanned<u64>>) -> Result<Duration, PipelineError> {
    let Some(raw) = raw else { return Ok(DEFAULT_TIMEOUT) };
    match *raw.get_ref() {
        0 => Err(source.at(raw.span().start, "`timeout-ms` must be at least 1".into(), None)),
        millis => Ok(Duration::from_millis(millis)),
    }
}
