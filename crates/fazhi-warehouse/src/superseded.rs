//! Rows of revisions that are no longer current. Views never see them; a later load removes them.

use std::sync::Arc;

use arrow::array::AsArray as _;
use chrono::{DateTime, TimeDelta, Utc};
use datafusion::functions::expr_fn::concat;
use datafusion::prelude::{col, lit};
use tracing::info;

use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::schema::Table;
use crate::session::{Workload, session};
use crate::tables::{self, failed};

/// A reader that pinned the older `documents` may still want these rows; no query runs longer than this.
const GRACE: TimeDelta = TimeDelta::days(7);
/// Revisions removed from one table in one load; the next load goes on.
const AT_ONCE: usize = 5_000;

/// Removes rows of revisions that were superseded longer ago than the grace period.
///
/// # Errors
/// Fails when a table cannot be read or written; what was not removed stays for the next load.
pub async fn sweep(folder: &DataFolder, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    for table in Table::FACTS.into_iter().chain([Table::Issues]) {
        let Some(delta) = tables::open(folder, table).await? else { continue };
        let revisions = superseded(folder, table, now).await?;
        if revisions.is_empty() {
            continue;
        }
        info!(table = table.name(), revisions = revisions.len(), "removing superseded rows");
        delta
            .delete()
            .with_predicate(
                concat(vec![col("document_id"), col("revision")])
                    .in_list(revisions.into_iter().map(lit).collect(), false),
            )
            .with_session_state(Arc::new(session(Workload::Rows)?.state()))
            .await
            .map_err(failed(table))?;
    }
    Ok(())
}

async fn superseded(folder: &DataFolder, table: Table, now: DateTime<Utc>) -> Result<Vec<String>, WarehouseError> {
    let context = session(Workload::Rows)?;
    tables::register(&context, folder, Table::Documents).await?;
    tables::register(&context, folder, table).await?;
    // A revision is a hash of what was read, so that two documents can share one: the key is both.
    let sql = format!(
        "SELECT DISTINCT concat(t.document_id, t.revision) AS superseded
         FROM {} t JOIN documents d ON d.document_id = t.document_id
         WHERE t.revision <> d.revision AND d.loaded_at < to_timestamp_micros({})
         ORDER BY superseded LIMIT {AT_ONCE}",
        table.name(),
        (now - GRACE).timestamp_micros()
    );
    let batches = context.sql(&sql).await?.collect().await?;
    let texts = batches.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten());
    Ok(texts.map(str::to_owned).collect())
}
