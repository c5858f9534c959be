//! `fazhi crawl`: what the pipelines list comes into the archive.

use anyhow::Context as _;
use fazhi_crawl::{CrawlReport, CrawlSite, Hosts, Pipeline, Progress, Reach, State, Sweep};
use fazhi_model::Severity;
use fazhi_warehouse::DataFolder;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::history::{Begun, recorded};
use crate::cli::PipelineArgs;
use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::pipelines;
use crate::progress::Stage;

/// Pipelines under way at a time; a host they share is still asked one request at a time.
const CONCURRENT_PIPELINES: usize = 4;

const KEPT: &str = "is the disk full or read-only? what was stored is kept, and the next run goes on from there";

/// Runs the stage alone.
pub async fn crawl(config: &Config, args: &PipelineArgs) -> Result<Outcome, Failure> {
    let pipelines = pipelines::ready(config, &args.chosen)?;
    let _lock = RunLock::take(&config.data)?;
    recorded(&config.data, "crawl", &pipelines, async |begun| {
        let summary = stage(&config.data, &pipelines, Conduct::of(args), begun).await?;
        let outcome = summary.outcome();
        summary.failure.map_or(Ok(outcome), Err)
    })
    .await
}

/// How a crawl behaves.
#[derive(Debug, Clone, Copy)]
pub struct Conduct {
    reach: Reach,
    sweep: Sweep,
}

impl Conduct {
    /// The demo asks the portal that it serves itself.
    pub const DEMO: Self = Self { reach: Reach::PublicAndLoopback, sweep: Sweep::WhenDue };

    /// As the command line says.
    pub fn of(args: &PipelineArgs) -> Self {
        Self { reach: args.conduct.reach(), sweep: args.conduct.sweep() }
    }
}

/// What the crawls of one run did.
pub struct CrawlSummary {
    reports: Vec<CrawlReport>,
    /// The first crawl that could not store what it fetched.
    pub failure: Option<Failure>,
}

impl CrawlSummary {
    /// Whether sources left issues that someone should see.
    pub fn outcome(&self) -> Outcome {
        let serious = |report: &CrawlReport| report.issues.iter().any(|issue| issue.severity >= Severity::Warning);
        if self.reports.iter().any(serious) { Outcome::Issues } else { Outcome::Clean }
    }

    /// Articles whose bytes had not been seen before.
    pub fn new_pages(&self) -> usize {
        self.reports.iter().map(CrawlReport::new_pages).sum()
    }

    /// Counts for the history of runs.
    fn counts(&self) -> Value {
        let pipeline = |report: &CrawlReport| {
            json!({
                "pipeline": report.pipeline, "lists": report.lists, "listed": report.listed, "selected": report.selected,
                "requests": report.requests, "new": report.new_pages(), "unchanged": report.unchanged_pages(),
                "refused": report.refused_pages(), "blocked": report.blocked_pages(), "failed": report.failed_pages(),
                "left": report.left,
            })
        };
        self.reports.iter().map(pipeline).collect()
    }
}

/// The stage, with its progress. A pipeline whose crawl breaks off does not stop the others.
pub async fn stage(
    data: &DataFolder,
    pipelines: &[Pipeline],
    conduct: Conduct,
    begun: &mut Begun,
) -> Result<CrawlSummary, Failure> {
    let state = State::open(&data.state()).context("cannot crawl")?;
    let (archive_root, hosts) = (data.archive(), Hosts::new());
    let site = CrawlSite {
        archive_root: &archive_root,
        state: &state,
        run_id: &begun.run_id,
        hosts: &hosts,
        reach: conduct.reach,
        sweep: conduct.sweep,
        conduct: fazhi_crawl::Conduct::default(),
    };
    let progress = Stage::start("crawl");
    let crawls = stream::iter(pipelines).map(async |pipeline| {
        let part = progress.part(pipeline.name.clone());
        let on_progress = |event: Progress| match event {
            Progress::Selected { pages } => part.expect_more(pages as u64),
            Progress::PageDone { .. } => part.advance(1),
            Progress::ListRead { .. } => {}
        };
        fazhi_crawl::crawl(pipeline, &site, &on_progress).await
    });
    let mut results: Vec<_> = crawls.buffer_unordered(CONCURRENT_PIPELINES).collect().await;
    results.sort_by_key(|result| result.as_ref().ok().map(|report| report.pipeline.clone()));
    let mut summary = CrawlSummary { reports: Vec::new(), failure: None };
    for result in results {
        match result {
            Ok(report) => summary.reports.push(report),
            Err(error) => summary.failure = summary.failure.or_else(|| Some(Failure::hinted(error.into(), KEPT))),
        }
    }
    progress.finish(&line(&summary));
    begun.count("crawl", summary.counts());
    Ok(summary)
}

fn line(summary: &CrawlSummary) -> String {
    let sum = |count: fn(&CrawlReport) -> usize| summary.reports.iter().map(count).sum::<usize>();
    let counts = format!(
        "{} pipelines, {} articles listed, {} wanted, {} new, {} unchanged, {} without a page",
        summary.reports.len(),
        sum(|report| report.listed),
        sum(|report| report.selected),
        summary.new_pages(),
        sum(CrawlReport::unchanged_pages),
        sum(CrawlReport::missing_pages),
    );
    let table = table(&summary.reports);
    let warnings =
        summary.reports.iter().flat_map(|report| &report.issues).filter(|issue| issue.severity >= Severity::Warning);
    let warnings = warnings.map(|issue| format!("warning: {}: {}: {}", issue.pipeline, issue.kind, issue.detail));
    [counts].into_iter().chain(table).chain(warnings).collect::<Vec<_>>().join("\n")
}

/// What became of the articles of each pipeline.
fn table(reports: &[CrawlReport]) -> Vec<String> {
    const HEAD: [&str; 9] = ["pipeline", "lists", "listed", "new", "unchanged", "refused", "blocked", "failed", "left"];
    let width = reports.iter().map(|report| report.pipeline.len()).chain([HEAD[0].len()]).max().unwrap_or(0);
    let line = |cells: &[String]| {
        let numbers: Vec<String> = cells[1..].iter().map(|cell| format!("{cell:>9}")).collect();
        format!("  {:<width$} {}", cells[0], numbers.join(" "))
    };
    let row = |report: &CrawlReport| {
        let numbers = [
            report.lists,
            report.listed,
            report.new_pages(),
            report.unchanged_pages(),
            report.refused_pages(),
            report.blocked_pages(),
            report.failed_pages(),
            report.left,
        ];
        line(&[vec![report.pipeline.clone()], numbers.map(|number| number.to_string()).to_vec()].concat())
    };
    std::iter::once(line(&HEAD.map(str::to_owned))).chain(reports.iter().map(row)).collect()
}
