//! The history of runs.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::archive_table::batch_of;
use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::schema::Table;
use crate::tables::{self, failed};

/// A run of a command, as it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Identity of the run.
    pub run_id: String,
    /// Name of the command.
    pub command: String,
    /// Pipelines it ran for.
    pub pipelines: Vec<String>,
    /// Begin.
    pub started_at: DateTime<Utc>,
    /// End.
    pub ended_at: DateTime<Utc>,
    /// `clean`, `issues` or `failed`.
    pub outcome: String,
    /// Counts per stage, as JSON.
    pub counts: String,
    /// Version of the program.
    pub fazhi_version: String,
}

#[derive(Serialize)]
struct RunRow<'a> {
    run_id: &'a str,
    command: &'a str,
    pipelines: &'a [String],
    started_at: i64,
    ended_at: i64,
    outcome: &'a str,
    counts: &'a str,
    fazhi_version: &'a str,
}

/// Adds a run to the history.
///
/// # Errors
/// Fails when the table cannot be written.
pub async fn record(folder: &DataFolder, run: &Run) -> Result<(), WarehouseError> {
    let row = RunRow {
        run_id: &run.run_id,
        command: &run.command,
        pipelines: &run.pipelines,
        started_at: run.started_at.timestamp_micros(),
        ended_at: run.ended_at.timestamp_micros(),
        outcome: &run.outcome,
        counts: &run.counts,
        fazhi_version: &run.fazhi_version,
    };
    let delta = tables::open_or_create(folder, Table::Runs).await?;
    delta.write([batch_of(&Table::Runs.schema(), &[row])?]).await.map_err(failed(Table::Runs))?;
    Ok(())
}
