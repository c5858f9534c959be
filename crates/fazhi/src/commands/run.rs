//! `fazhi run`: crawl, parse and load; what cron calls.

use std::sync::Arc;

use fazhi_crawl::Pipeline;
use fazhi_parse::Rules;
use fazhi_warehouse::{DataFolder, LoadMetrics};
use tracing::trace;

use super::crawl::{Conduct, CrawlSummary};
use super::history::{Begun, recorded};
use super::{crawl, load, parse};
use crate::cli::PipelineArgs;
use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::pipelines;
use crate::progress::Stage;

/// Runs the flow for the chosen pipelines.
pub async fn run(config: &Config, args: &PipelineArgs) -> Result<Outcome, Failure> {
    let pipelines = pipelines::ready(config, &args.chosen)?;
    let rules = config.rules()?;
    let _lock = RunLock::take(&config.data)?;
    flow(&config.data, &rules, &pipelines, Conduct::of(args)).await
}

/// The flow, for a caller that holds the lock.
pub async fn flow(
    data: &DataFolder,
    rules: &Arc<Rules>,
    pipelines: &[Pipeline],
    conduct: Conduct,
) -> Result<Outcome, Failure> {
    recorded(data, "run", pipelines, async |begun| stages(data, rules, pipelines, conduct, begun).await).await
}

/// Crawl, parse, load. A pipeline whose crawl breaks off does not keep the others from the tables.
async fn stages(
    data: &DataFolder,
    rules: &Arc<Rules>,
    pipelines: &[Pipeline],
    conduct: Conduct,
    begun: &mut Begun,
) -> Result<Outcome, Failure> {
    let crawled = crawl::stage(data, pipelines, conduct, begun).await?;
    trace!(target: "fazhi::checkpoint", point = "crawled", "checkpoint");
    let loaded = match tables(data, rules, begun).await {
        Ok(loaded) => loaded,
        // What broke the crawl (a full disk) often breaks this as well; the first failure tells why.
        Err(failure) => return Err(crawled.failure.unwrap_or(failure)),
    };
    Stage::start("run").finish(&summary(&crawled, loaded.documents, loaded.issues));
    let outcome = crawled.outcome().and(Outcome::of_issues(loaded.issues));
    crawled.failure.map_or(Ok(outcome), Err)
}

/// Parse and load.
async fn tables(data: &DataFolder, rules: &Arc<Rules>, begun: &mut Begun) -> Result<LoadMetrics, Failure> {
    parse::stage(data, rules, begun).await?;
    trace!(target: "fazhi::checkpoint", point = "parsed", "checkpoint");
    load::stage(data, rules, begun).await
}

fn summary(crawled: &CrawlSummary, documents: u64, issues: u64) -> String {
    let done = format!("{} new pages, {documents} documents added or replaced", crawled.new_pages());
    if issues == 0 {
        return done;
    }
    let query = "select kind, count(*) from issues where severity <> 'info' group by kind";
    format!("{done}, {issues} issues\nhint: list them with `fazhi query \"{query}\"`")
}
