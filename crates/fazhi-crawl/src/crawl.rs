//! One crawl of one pipeline: lists into the frontier, then articles out of it.

mod pages;
mod tally;

use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use fazhi_model::{Purpose, Severity, SourceIssue};
use tokio::time::Instant;
use tracing::{info, instrument, trace, warn};

use crate::address::Reach;
use crate::client::Client;
use crate::fetch::{RulesOfHosts, Session};
use crate::hosts::{HostKey, Hosts, is_loopback};
use crate::lists::{Lists, Noticed};
use crate::recorder::Recorder;
use crate::report::{CrawlReport, Progress};
use crate::robots::RulesBasis;
use crate::state::State;
use crate::state::adopt::{AdoptError, adopt};
use crate::state::cycle::{Cycle, CycleKind, Lists as ListsOf, Sweep};
use crate::{CrawlError, Pipeline};
use pages::Pages;
use tally::Tally;

/// Where a crawl keeps what it finds, with whom it shares hosts, and what it may do.
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
    /// Which addresses may be contacted.
    pub reach: Reach,
    /// When lists are read to their ends.
    pub sweep: Sweep,
    /// How failures and pauses are met.
    pub conduct: Conduct,
}

/// How failures and pauses are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conduct {
    /// Pause before the first repeat of a failed request; it doubles with each, give or take a half.
    pub backoff: Duration,
    /// Pause of a host that wants fewer requests and does not say how long.
    pub unstated_pause: Duration,
    /// Longest pause that is waited for; a host that asks for more is left for the next run.
    pub longest_pause: Duration,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            backoff: Duration::from_secs(2),
            unstated_pause: Duration::from_secs(30),
            longest_pause: Duration::from_mins(5),
        }
    }
}

/// Crawls one pipeline, or goes on with a crawl that was interrupted.
///
/// A crawl that goes on with what an earlier one left for want of time or budget, more than a day ago, begins a new one
/// when that is done.
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
    if let Some(reason) = &pipeline.politeness.reason {
        warn!(reason, "the pipeline asks faster than is usual, and says why");
    }
    let deadline = pipeline.budget.time.map(|time| Instant::now() + time);
    let mut first = crawl_cycle(pipeline, site, deadline, progress).await?;
    first.report.adopted = adopted;
    if first.end == CycleEnd::Stale {
        let second = crawl_cycle(pipeline, site, deadline, progress).await?;
        return Ok(first.report.followed_by(second.report));
    }
    Ok(first.report)
}

/// What one cycle did.
struct CycleDone {
    report: CrawlReport,
    end: CycleEnd,
}

/// How a cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CycleEnd {
    /// It is complete, or goes on with the next run.
    Current,
    /// It is complete, but its lists were read more than a day ago.
    Stale,
}

async fn crawl_cycle(
    pipeline: &Pipeline,
    site: &CrawlSite<'_>,
    deadline: Option<Instant>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<CycleDone, CrawlError> {
    let (name, every) = (&pipeline.name, pipeline.reading.sweep_every);
    let cycle = site.state.begin_cycle(name, site.run_id, site.sweep, every, Utc::now())?;
    info!(cycle = cycle.id, origin = ?cycle.origin, kind = ?cycle.kind, "crawl begins");
    let session = Session {
        pipeline,
        site,
        cycle: &cycle,
        client: Client::new(pipeline, site.reach)?,
        recorder: Recorder::create(site.archive_root, name, site.run_id, site.state)?,
        rules: RulesOfHosts::default(),
        deadline,
    };
    let mut lists = Lists::default();
    if cycle.lists == ListsOf::Open {
        read_lists(&session, &mut lists, progress).await?;
    }
    let counts = site.state.frontier(&cycle)?;
    note_title_rule(pipeline, &mut lists, counts.listed, counts.wanted);
    progress(Progress::Selected { pages: counts.waiting });
    let mut tally = Tally::default();
    let pages = match lists.out_of_time {
        Some(_) => Pages::Left { count: counts.waiting },
        None => pages::fetch(&session, &mut tally, progress).await?,
    };
    tally.add_lists(&lists);
    notice_hosts(&session, &mut lists, &mut tally);
    notice_left(&session, pages, &mut lists);
    notice_missing(&session, &tally, &mut lists);
    let issues = record_issues(&session, std::mem::take(&mut lists.issues)).await?;
    session.recorder.close().await?;
    let end = end(site, &cycle, pages)?;
    info!(requests = tally.requests, lists = lists.read, listed = counts.listed, issues = issues.len(), "crawl ends");
    let report = CrawlReport {
        pipeline: pipeline.name.clone(),
        origin: cycle.origin,
        adopted: 0,
        lists: lists.read,
        listed: counts.listed,
        selected: counts.wanted,
        left: pages.left(),
        requests: tally.requests,
        outcomes: tally.outcomes,
        issues,
    };
    Ok(CycleDone { report, end })
}

/// A cycle whose articles wait for budget goes on with the next run; every other one ends.
fn end(site: &CrawlSite<'_>, cycle: &Cycle, pages: Pages) -> Result<CycleEnd, CrawlError> {
    let now = Utc::now();
    if let Pages::Left { .. } = pages {
        return Ok(CycleEnd::Current);
    }
    site.state.end_cycle(cycle, now)?;
    trace!(target: "fazhi::checkpoint", point = "cycle-ended");
    Ok(if cycle.is_stale(now) { CycleEnd::Stale } else { CycleEnd::Current })
}

/// Reads the lists of every start page into the frontier. A sweep that could read all of them adds the articles that are
/// listed no more.
async fn read_lists(
    session: &Session<'_>,
    lists: &mut Lists,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), CrawlError> {
    for start in &session.pipeline.start {
        lists.read(session, start, progress).await?;
    }
    if lists.out_of_time.is_some() {
        return Ok(());
    }
    let (state, cycle) = (session.site.state, session.cycle);
    if cycle.kind == CycleKind::Sweep && lists.gaps == 0 && lists.read > 0 {
        let unlisted = state.add_unlisted(&session.pipeline.name, cycle)?;
        info!(unlisted, "articles that are listed no more are asked for as well");
    }
    state.end_lists(cycle, lists.gaps, Utc::now())?;
    trace!(target: "fazhi::checkpoint", point = "lists-read");
    Ok(())
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

fn note_title_rule(pipeline: &Pipeline, lists: &mut Lists, listed: usize, wanted: usize) {
    if let Some(rule) = pipeline.titles.describe().filter(|_| wanted == 0 && listed > 0) {
        let name = &pipeline.name;
        let detail = format!("pipeline `{name}`: the rule ({rule}) matches none of {listed} listed titles");
        lists.notice("title_rule_matched_nothing", Severity::Warning, &pipeline.start[0], detail);
    }
}

/// Hosts that gave no rules are said once each.
fn notice_hosts(session: &Session<'_>, lists: &mut Lists, tally: &mut Tally) {
    for asked in session.rules.take_asked() {
        tally.add(Purpose::Robots, asked.outcome, asked.requests);
        let host = asked.url.host_str().unwrap_or_default();
        if asked.rule.starts_with("address-") {
            let hint = if is_loopback(&asked.url) { "; `--allow-loopback` lets a run ask this machine" } else { "" };
            let detail = format!("`{host}` must not be contacted: {}{hint}", asked.rule);
            lists.notice("address_refused", Severity::Error, &asked.url, detail);
        } else if asked.basis == RulesBasis::Unreachable {
            let detail = format!(
                "`robots.txt` of `{host}` could not be fetched: {} ({}); the host is asked for nothing more in this run",
                asked.outcome, asked.rule
            );
            lists.notice("source_unreachable", Severity::Error, &asked.url, detail);
        }
    }
}

fn notice_left(session: &Session<'_>, pages: Pages, lists: &mut Lists) {
    let start = &session.pipeline.start[0];
    match pages {
        Pages::Done if lists.parked == 0 => {}
        Pages::Left { count: 0 } => {}
        Pages::Left { count } => {
            let detail = format!("the budget of the run is used up; {count} articles are left for the next run");
            lists.notice("budget_reached", Severity::Info, start, detail);
        }
        Pages::Done | Pages::Parked { .. } => {
            let own = |host: &HostKey| session.pipeline.hosts.has(host);
            let hosts = session.site.hosts.parked().into_iter().filter(|(host, _)| own(host));
            let hosts: Vec<String> = hosts.map(|(host, reason)| format!("`{host}`: {reason}")).collect();
            let detail = format!(
                "{} articles and {} lists are left for the next run; {}",
                pages.left(),
                lists.parked,
                hosts.join(", ")
            );
            lists.notice("source_unreachable", Severity::Error, start, detail);
        }
    }
}

/// Wanted articles that gave no page are one issue of their source, with the outcomes counted: dead links are common, but a
/// source whose every article is missing has fallen silent. What robots.txt refuses is not missing, it is withheld.
fn notice_missing(session: &Session<'_>, tally: &Tally, lists: &mut Lists) {
    if let Some((severity, detail)) = tally.missing_pages() {
        lists.notice("articles_missing", severity, &session.pipeline.start[0], detail);
    }
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
