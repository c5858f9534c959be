//! `fazhi parse`: what is new in the archive becomes staged facts.

use std::sync::Arc;

use fazhi_parse::Rules;
use fazhi_warehouse::{DataFolder, ParseMetrics, ParseProgress};
use serde_json::json;

use super::history::{Begun, recorded};
use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::progress::Stage;

/// Runs the stage alone.
pub async fn parse(config: &Config) -> Result<Outcome, Failure> {
    let rules = config.rules()?;
    let _lock = RunLock::take(&config.data)?;
    recorded(&config.data, "parse", &[], async |begun| {
        Ok(Outcome::of_issues(stage(&config.data, &rules, begun).await?.issues))
    })
    .await
}

/// The stage, with its progress.
pub async fn stage(data: &DataFolder, rules: &Arc<Rules>, begun: &mut Begun) -> Result<ParseMetrics, Failure> {
    let progress = Stage::start("parse");
    let metrics = fazhi_warehouse::parse(data, rules, &|step| match step {
        ParseProgress::Waiting(documents) => progress.expect_more(documents),
        ParseProgress::Interpreted(documents) => progress.advance(documents),
    })
    .await?;
    progress.finish(&format!("{} new records, {} documents interpreted", metrics.records, metrics.documents));
    begun.count(
        "parse",
        json!({ "records": metrics.records, "documents": metrics.documents, "issues": metrics.issues }),
    );
    Ok(metrics)
}
