//! `fazhi run`: crawl, parse and load; what cron calls.

use chrono::{DateTime, Utc};
use fazhi_crawl::Pipeline;
use fazhi_warehouse::{DataFolder, Run};
use serde_json::{Map, Value, json};
use tracing::trace;

use super::crawl::{self, CrawlSummary};
use super::{load, parse};
use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::pipelines;
use crate::progress::Stage;

/// Runs the flow for the chosen pipelines.
pub async fn run(config: &Config, chosen: &[String]) -> Result<Outcome, Failure> {
    let pipelines = pipelines::choose(config, chosen)?;
    let _lock = RunLock::take(&config.data)?;
    flow(&config.data, &pipelines).await
}

/// The flow, for a caller that holds the lock. However it ends, `runs` has a row of it.
pub async fn flow(data: &DataFolder, pipelines: &[Pipeline]) -> Result<Outcome, Failure> {
    let started_at = Utc::now();
    let run_id = run_id(started_at);
    let mut counts = Map::new();
    let ended = stages(data, pipelines, &run_id, started_at, &mut counts).await;
    let run = Run {
        run_id,
        command: "run".to_owned(),
        pipelines: pipelines.iter().map(|pipeline| pipeline.name.clone()).collect(),
        started_at,
        ended_at: Utc::now(),
        outcome: ended.as_ref().map_or("failed", |outcome| outcome.as_str()).to_owned(),
        counts: Value::Object(counts).to_string(),
        fazhi_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    match (fazhi_warehouse::record_run(data, &run).await, ended) {
        // What broke the run most likely breaks its record too; the first cause is what the user can act on.
        (_, Err(failure)) => Err(failure),
        (recorded, Ok(outcome)) => Ok(recorded.map(|()| outcome)?),
    }
}

/// Crawl, parse, load. A pipeline whose crawl breaks off does not keep the others from the tables.
async fn stages(
    data: &DataFolder,
    pipelines: &[Pipeline],
    run_id: &str,
    started_at: DateTime<Utc>,
    counts: &mut Map<String, Value>,
) -> Result<Outcome, Failure> {
    let crawled = crawl::stage(data, pipelines, run_id).await?;
    counts.insert("crawl".to_owned(), crawled.counts());
    trace!(target: "fazhi::checkpoint", point = "crawled", "checkpoint");
    let parsed = parse::stage(data).await?;
    counts.insert("parse".to_owned(), json!({ "records": parsed.records, "documents": parsed.documents }));
    trace!(target: "fazhi::checkpoint", point = "parsed", "checkpoint");
    let loaded = load::stage(data, started_at).await?;
    counts.insert("load".to_owned(), json!({ "documents": loaded.documents, "issues": loaded.issues }));
    Stage::start("run").finish(&summary(&crawled, loaded.documents, loaded.issues));
    let outcome = crawled.outcome().and(Outcome::of_issues(loaded.issues));
    crawled.failure.map_or(Ok(outcome), Err)
}

/// Sorts by time and tells runs of one second apart.
pub fn run_id(started_at: DateTime<Utc>) -> String {
    format!("{}-{:x}", started_at.format("%Y%m%dT%H%M%SZ"), std::process::id())
}

fn summary(crawled: &CrawlSummary, documents: u64, issues: u64) -> String {
    let done = format!("{} new pages, {documents} documents added or replaced", crawled.new_pages());
    if issues == 0 {
        return done;
    }
    let query = "select kind, count(*) from issues where severity <> 'info' group by kind";
    format!("{done}, {issues} issues\nhint: list them with `fazhi query \"{query}\"`")
}
