//! `fazhi load`: staged facts come into the tables.

use fazhi_parse::Rules;
use fazhi_warehouse::{DataFolder, LoadMetrics};
use serde_json::json;

use super::history::{Begun, recorded};
use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::progress::Stage;

/// Runs the stage alone.
pub async fn load(config: &Config) -> Result<Outcome, Failure> {
    let rules = config.rules()?;
    let _lock = RunLock::take(&config.data)?;
    recorded(&config.data, "load", &[], async |begun| {
        Ok(Outcome::of_issues(stage(&config.data, &rules, begun).await?.issues))
    })
    .await
}

/// The stage, with its progress.
pub async fn stage(data: &DataFolder, rules: &Rules, begun: &mut Begun) -> Result<LoadMetrics, Failure> {
    let progress = Stage::start("load");
    let metrics = fazhi_warehouse::load(data, rules, begun.at).await?;
    progress.finish(&format!("{} documents added or replaced", metrics.documents));
    begun.count("load", json!({ "documents": metrics.documents, "issues": metrics.issues }));
    Ok(metrics)
}
