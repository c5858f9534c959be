//! The history of runs: every command that writes leaves a row in `runs`, however it ends.

use chrono::{DateTime, Utc};
use fazhi_crawl::Pipeline;
use fazhi_warehouse::{DataFolder, Run};
use serde_json::{Map, Value};

use crate::outcome::{Failure, Outcome};

/// A run that has begun.
pub struct Begun {
    /// Identity: sorts by time and tells runs of one second apart.
    pub run_id: String,
    /// When it began.
    pub at: DateTime<Utc>,
    /// What its stages count, by stage.
    pub counts: Map<String, Value>,
}

impl Begun {
    /// Notes what a stage counted.
    pub fn count(&mut self, stage: &str, counts: Value) {
        self.counts.insert(stage.to_owned(), counts);
    }
}

/// Does the work of a command and records it.
pub async fn recorded(
    data: &DataFolder,
    command: &str,
    pipelines: &[Pipeline],
    work: impl AsyncFnOnce(&mut Begun) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let names = pipelines.iter().map(|pipeline| pipeline.name.clone()).collect();
    recorded_for(data, command, names, work).await
}

/// [`recorded`], for pipelines by name, which need no file.
pub async fn recorded_for(
    data: &DataFolder,
    command: &str,
    pipelines: Vec<String>,
    work: impl AsyncFnOnce(&mut Begun) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let at = Utc::now();
    let run_id = format!("{}-{:x}", at.format("%Y%m%dT%H%M%SZ"), std::process::id());
    let mut begun = Begun { run_id, at, counts: Map::new() };
    let ended = work(&mut begun).await;
    let run = Run {
        run_id: begun.run_id,
        command: command.to_owned(),
        pipelines,
        started_at: begun.at,
        ended_at: Utc::now(),
        outcome: ended.as_ref().map_or("failed", |outcome| outcome.as_str()).to_owned(),
        counts: Value::Object(begun.counts).to_string(),
        fazhi_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    match (fazhi_warehouse::record_run(data, &run).await, ended) {
        // What broke the run most likely breaks its record too; the first cause is what the user can act on.
        (_, Err(failure)) => Err(failure),
        (recorded, Ok(outcome)) => Ok(recorded.map(|()| outcome)?),
    }
}
