//! One crawl of one pipeline: robots.txt, lists, articles.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::Utc;
use fazhi_model::{Outcome, Purpose, Severity, SourceIssue};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tracing::{info, instrument, warn};

use crate::client::Client;
use crate::family::ListItem;
use crate::fetch::{Fetched, Session, Target};
use crate::hosts::{HostKey, Hosts};
use crate::lists::{Lists, Noticed};
use crate::payload::Page;
use crate::recorder::Recorder;
use crate::report::{CrawlReport, Progress};
use crate::robots::{self, Rules, RulesBasis};
use crate::state::adopt::{AdoptError, adopt};
use crate::state::{Cycle, State};
use crate::{CrawlError, Pipeline};

/// Articles of one pipeline under way at a time. The host's pace is kept all the same; this hides its latency.
const CONCURRENCY: usize = 4;
/// So many articles in a row without an answer, and the rest is left for the next run.
const GIVE_UP_AFTER: usize = 5;

/// Where a crawl keeps what it finds, and with whom it shares hosts.
#[derive(Debug, Clone, Copy)]
pub struct CrawlSite<'a> {
    /// Folder of the archive.
    pub archive_root: &'a Path,
    /// Crawl state of the data folder.
    pub state: &'a State,
    /// Identifier of the run: letters, digits, `-` and `_`.
    pub run_id: &'a str,
    /// Hosts shared with the other pipelines of the run.
    pub hosts: &'a Hosts,
    /// Pause before the first repeat of a failed request; it doubles with each.
    pub backoff: Duration,
}

impl CrawlSite<'_> {
    /// The usual [`backoff`](Self::backoff).
    pub const BACKOFF: Duration = Duration::from_secs(2);
}

/// Crawls one pipeline, or goes on with a crawl that was interrupted.
///
/// # Errors
/// Only what would lose pages ends a crawl: an archive or state that cannot be written. Whatever portals do is an
/// outcome or an issue of the report. What is stored stays stored, and the next run goes on from there.
#[instrument(skip_all, fields(pipeline = pipeline.name))]
pub async fn crawl(
    pipeline: &Pipeline,
    site: &CrawlSite<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<CrawlReport, CrawlError> {
    let adopted = take_over(pipeline, site).await?;
    let cycle = site.state.begin_cycle(&pipeline.name, site.run_id, Utc::now())?;
    info!(cycle = cycle.id, origin = ?cycle.origin, adopted, "crawl begins");
    let mut session = Session {
        pipeline,
        site,
        cycle: &cycle,
        client: Client::new(pipeline)?,
        recorder: Recorder::create(site.archive_root, &pipeline.name, site.run_id, site.state)?,
        rules: HashMap::new(),
    };
    let mut tally = Tally::default();
    let mut lists = Lists::default();
    read_rules(&mut session, &mut lists, &mut tally).await?;
    for start in &pipeline.start {
        lists.read(&session, start, progress).await?;
    }
    for (outcome, requests) in std::mem::take(&mut lists.fetched) {
        tally.add(Purpose::List, outcome, requests);
    }
    let mut counts = Counts { lists: lists.read, listed: lists.items.len(), selected: 0 };
    let selected = select(pipeline, &mut lists);
    progress(Progress::Selected { pages: selected.len() });
    counts.selected = selected.len();
    fetch_pages(&session, selected, &mut lists, &mut tally, progress).await?;
    notice_missing(&session, &tally, &mut lists);
    let issues = record_issues(&session, lists.issues).await?;
    site.state.end_cycle(&cycle, Utc::now())?;
    Ok(report(pipeline, &cycle, tally, adopted, counts, issues))
}

/// Numbers of list pages and entries.
#[derive(Clone, Copy)]
struct Counts {
    lists: usize,
    listed: usize,
    selected: usize,
}

fn report(
    pipeline: &Pipeline,
    cycle: &Cycle,
    tally: Tally,
    adopted: usize,
    counts: Counts,
    issues: Vec<SourceIssue>,
) -> CrawlReport {
    info!(requests = tally.requests, lists = counts.lists, listed = counts.listed, issues = issues.len(), "crawl ends");
    CrawlReport {
        pipeline: pipeline.name.clone(),
        origin: cycle.origin,
        adopted,
        lists: counts.lists,
        listed: counts.listed,
        selected: counts.selected,
        requests: tally.requests,
        outcomes: tally.outcomes,
        issues,
    }
}

#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    outcomes: BTreeMap<(Purpose, Outcome), usize>,
}

impl Tally {
    fn add(&mut self, purpose: Purpose, outcome: Outcome, requests: u32) {
        self.requests += u64::from(requests);
        *self.outcomes.entry((purpose, outcome)).or_default() += 1;
    }
}

async fn take_over(pipeline: &Pipeline, site: &CrawlSite<'_>) -> Result<usize, CrawlError> {
    let (state, root, name) = (site.state.clone(), site.archive_root.to_owned(), pipeline.name.clone());
    crate::blocking(move || {
        adopt(&state, &root, &name).map_err(|error| match error {
            AdoptError::Archive(source) => CrawlError::archive(&root, &name, source),
            AdoptError::State(error) => error.into(),
        })
    })
    .await
}

/// Asks every start host for its rules, before anything else is asked of it.
async fn read_rules(session: &mut Session<'_>, lists: &mut Lists, tally: &mut Tally) -> Result<(), CrawlError> {
    for start in &session.pipeline.start {
        let key = HostKey::of(start);
        if session.rules.contains_key(&key) {
            continue;
        }
        let (fetched, file) = session.fetch_readable(&Target::new(robots::address(start), Purpose::Robots)).await?;
        tally.add(Purpose::Robots, fetched.outcome, fetched.requests);
        let rules = rules(&fetched, file);
        if rules.basis() == RulesBasis::Unreachable {
            let host = start.host_str().unwrap_or_default();
            let detail = format!(
                "`robots.txt` of `{host}` could not be fetched: {} ({}); the host is asked for nothing more in this run",
                fetched.outcome, fetched.rule
            );
            lists.notice("source_unreachable", Severity::Error, start, detail);
        }
        session.rules.insert(key, rules);
    }
    Ok(())
}

fn rules(fetched: &Fetched, file: Option<Page>) -> Rules {
    if let Some(file) = file {
        return Rules::from_file(file.text.as_bytes());
    }
    match (fetched.outcome, fetched.status) {
        (Outcome::Redirected, _) => Rules::absent(),
        // 429 is a 4xx, but a host that wants fewer requests has not said that everything is allowed.
        (Outcome::RateLimited, _) => Rules::unreachable(),
        (_, Some(status)) if (400..500).contains(&status) => Rules::absent(),
        _ => Rules::unreachable(),
    }
}

/// The entries whose titles are wanted.
fn select(pipeline: &Pipeline, lists: &mut Lists) -> Vec<ListItem> {
    let items = std::mem::take(&mut lists.items);
    let seen = items.len();
    let selected: Vec<ListItem> = items.into_iter().filter(|item| pipeline.titles.selects(&item.title)).collect();
    if let Some(rule) = pipeline.titles.describe().filter(|_| selected.is_empty() && seen > 0) {
        let name = &pipeline.name;
        let detail = format!("pipeline `{name}`: the rule ({rule}) matches none of {seen} listed titles");
        lists.notice("title_rule_matched_nothing", Severity::Warning, &pipeline.start[0], detail);
    }
    selected
}

async fn fetch_pages(
    session: &Session<'_>,
    items: Vec<ListItem>,
    lists: &mut Lists,
    tally: &mut Tally,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), CrawlError> {
    let silent = AtomicUsize::new(0);
    let left = AtomicUsize::new(0);
    let (silent, left_out) = (&silent, &left);
    let pages = stream::iter(items).map(|item| async move {
        if silent.load(Ordering::Relaxed) >= GIVE_UP_AFTER {
            left_out.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        let fetched = fetch_page(session, item).await?;
        match fetched.outcome {
            Outcome::Unreachable | Outcome::RateLimited | Outcome::Blocked => silent.fetch_add(1, Ordering::Relaxed),
            _ => silent.swap(0, Ordering::Relaxed),
        };
        Ok::<_, CrawlError>(Some(fetched))
    });
    let mut done = pages.buffer_unordered(CONCURRENCY);
    while let Some(fetched) = done.try_next().await? {
        let Some(fetched) = fetched else { continue };
        tally.add(Purpose::Page, fetched.outcome, fetched.requests);
        progress(Progress::PageDone { url: fetched.url, outcome: fetched.outcome });
    }
    let left = left.load(Ordering::Relaxed);
    if left > 0 {
        let detail = format!("{GIVE_UP_AFTER} articles in a row gave no answer; {left} more are left for the next run");
        lists.notice("source_unreachable", Severity::Error, &session.pipeline.start[0], detail);
    }
    Ok(())
}

/// Wanted articles that gave no page are one issue of their source, with the outcomes counted: dead links are common, but a
/// source whose every article is missing has fallen silent. What robots.txt refuses is not missing, it is withheld.
fn notice_missing(session: &Session<'_>, tally: &Tally, lists: &mut Lists) {
    let pages = || tally.outcomes.iter().filter(|((purpose, _), _)| *purpose == Purpose::Page);
    let missing = |outcome: Outcome| !matches!(outcome, Outcome::New | Outcome::Unchanged | Outcome::Redirected);
    let counted: Vec<String> = pages()
        .filter(|((_, outcome), _)| missing(*outcome))
        .map(|((_, outcome), count)| format!("{count} {outcome}"))
        .collect();
    if counted.is_empty() {
        return;
    }
    let asked: usize = pages().map(|(_, count)| count).sum();
    let arrived = pages().any(|((_, outcome), _)| !missing(*outcome));
    let withheld_only = pages().all(|((_, outcome), _)| !missing(*outcome) || *outcome == Outcome::Disallowed);
    let severity = match (withheld_only, arrived) {
        (true, true) => Severity::Info,
        (_, true) => Severity::Warning,
        (_, false) => Severity::Error,
    };
    let detail = format!("of {asked} articles asked for some gave no page: {}", counted.join(", "));
    lists.notice("articles_missing", severity, &session.pipeline.start[0], detail);
}

async fn fetch_page(session: &Session<'_>, item: ListItem) -> Result<Fetched, CrawlError> {
    let ListItem { url, title, date } = item;
    let target = Target { url, purpose: Purpose::Page, listed_title: Some(title), listed_date: date };
    let fetched = session.fetch(&target).await?;
    // The address that was listed, not the one it led to.
    Ok(Fetched { url: target.url, ..fetched })
}

async fn record_issues(session: &Session<'_>, noticed: Vec<Noticed>) -> Result<Vec<SourceIssue>, CrawlError> {
    let mut issues = Vec::new();
    for Noticed { kind, severity, url, detail } in noticed {
        if severity != Severity::Info {
            warn!(kind, url = %url, detail, "source issue");
        }
        let issue = SourceIssue {
            pipeline: session.pipeline.name.clone(),
            run_id: session.site.run_id.to_owned(),
            kind: kind.to_owned(),
            severity,
            url: url.to_string(),
            detail,
        };
        session.recorder.issue(issue.clone(), Utc::now()).await?;
        issues.push(issue);
    }
    Ok(issues)
}
