//! `fazhi load`: staged facts come into the tables.

use chrono::{DateTime, Utc};
use fazhi_warehouse::{DataFolder, LoadMetrics};

use crate::config::Config;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};
use crate::progress::Stage;

/// Runs the stage alone.
pub async fn load(config: &Config) -> Result<Outcome, Failure> {
    let _lock = RunLock::take(&config.data)?;
    let metrics = stage(&config.data, Utc::now()).await?;
    Ok(Outcome::of_issues(metrics.issues))
}

/// The stage, with its progress.
pub async fn stage(data: &DataFolder, loaded_at: DateTime<Utc>) -> Result<LoadMetrics, Failure> {
    let progress = Stage::start("load");
    let metrics = fazhi_warehouse::load(data, loaded_at).await?;
    progress.finish(&format!("{} documents added or replaced", metrics.documents));
    Ok(metrics)
}
