//! `fazhi parse`: what is new in the archive becomes staged facts.

use fazhi_warehouse::{DataFolder, ParseMetrics, ParseProgress};

use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::progress::Stage;

/// Runs the stage alone.
pub async fn parse(config: &Config) -> Result<Outcome, Failure> {
    let _lock = RunLock::take(&config.data)?;
    let metrics = stage(&config.data).await?;
    Ok(Outcome::of_issues(metrics.issues))
}

/// The stage, with its progress.
pub async fn stage(data: &DataFolder) -> Result<ParseMetrics, Failure> {
    let progress = Stage::start("parse");
    let metrics = fazhi_warehouse::parse(data, &|step| match step {
        ParseProgress::Waiting(documents) => progress.expect_more(documents),
        ParseProgress::Interpreted(documents) => progress.advance(documents),
    })
    .await?;
    progress.finish(&format!("{} new records, {} documents interpreted", metrics.records, metrics.documents));
    Ok(metrics)
}
