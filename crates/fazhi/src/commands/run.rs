//! `fazhi run`: crawl, parse and load; what cron calls.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;
use fazhi_crawl::Pipeline;
use fazhi_warehouse::{DataFolder, Run};
use serde_json::json;
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

/// The flow, for a caller that holds the lock. A pipeline whose crawl breaks off does not keep the others from the tables.
pub async fn flow(data: &DataFolder, pipelines: &[Pipeline]) -> Result<Outcome, Failure> {
    let started_at = Utc::now();
    let run_id = run_id(started_at);
    let crawled = crawl::stage(data, pipelines, &run_id).await?;
    trace!(target: "fazhi::checkpoint", point = "crawled", "checkpoint");
    let parsed = parse::stage(data).await?;
    trace!(target: "fazhi::checkpoint", point = "parsed", "checkpoint");
    let loaded = load::stage(data, started_at).await?;
    let issues = issues_of(data, started_at).await?;
    let outcome = crawled.outcome().and(if issues > 0 { Outcome::Issues } else { Outcome::Clean });
    let counts = json!({
        "crawl": crawled.counts(), "parse": { "records": parsed.records, "documents": parsed.documents },
        "load": { "documents": loaded.documents, "issues": issues },
    });
    let run = Run {
        run_id,
        command: "run".to_owned(),
        pipelines: pipelines.iter().map(|pipeline| pipeline.name.clone()).collect(),
        started_at,
        ended_at: Utc::now(),
        outcome: if crawled.failure.is_some() { "failed" } else { outcome.as_str() }.to_owned(),
        counts: counts.to_string(),
        fazhi_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    fazhi_warehouse::record_run(data, &run).await?;
    Stage::start("run").finish(&summary(&crawled, loaded.documents, issues));
    match crawled.failure {
        Some(failure) => Err(failure),
        None => Ok(outcome),
    }
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

/// Issues of severity warning or above in the documents that this load brought in.
async fn issues_of(data: &DataFolder, loaded_at: DateTime<Utc>) -> Result<u64, Failure> {
    let context = fazhi_warehouse::open(data).await?;
    let sql = format!(
        "SELECT count(*) FROM issues i JOIN documents d ON d.document_id = i.document_id AND d.revision = i.revision
         WHERE i.severity <> 'info' AND d.loaded_at = to_timestamp_micros({})",
        loaded_at.timestamp_micros()
    );
    let batches = context.sql(&sql).await?.collect().await.context("cannot count issues")?;
    let count = batches.first().map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0));
    Ok(u64::try_from(count).unwrap_or(0))
}
