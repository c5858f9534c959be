//! Articles that a portal has taken down: their facts stay, and `documents.withdrawn_on` says since when.
//!
//! An article is withdrawn if its address answered 404 or 410 (`not_found`) after it was last seen (`new` or `unchanged`).
//! The day is that of the first such answer, in Chinese time (UTC+8) as all days on portals are. Answers that prove nothing (a
//! page that only says it is not there, a challenge, a timeout) neither set nor clear it; a page that is seen again clears it.

use std::sync::Arc;

use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{Operator, binary_expr};
use datafusion::prelude::col;

use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::schema::Table;
use crate::session::{Workload, session};
use crate::tables::{self, failed};

/// One row per document that is withdrawn.
const WITHDRAWALS: &str = "
    WITH seen AS (
      SELECT document_id, max(fetched_at) AS last_seen FROM captures
      WHERE purpose = 'page' AND outcome IN ('new', 'unchanged') GROUP BY document_id)
    SELECT c.document_id, CAST(min(c.fetched_at) + INTERVAL '8 hours' AS DATE) AS withdrawn_on
    FROM captures c JOIN seen s ON s.document_id = c.document_id
    WHERE c.purpose = 'page' AND c.outcome = 'not_found' AND c.fetched_at > s.last_seen
    GROUP BY c.document_id";

/// Registers the table `withdrawals` (`document_id`, `withdrawn_on`), from the captures that were loaded.
///
/// # Errors
/// Fails when the table of captures cannot be read.
pub async fn register(context: &SessionContext, folder: &DataFolder) -> Result<(), WarehouseError> {
    context.deregister_table(Table::Captures.name())?;
    tables::register(context, folder, Table::Captures).await?;
    let withdrawals = context.sql(WITHDRAWALS).await?;
    context.register_table("withdrawals", withdrawals.into_view())?;
    Ok(())
}

/// Marks documents that are withdrawn and clears the mark of those that are back. Without such documents nothing is written.
///
/// # Errors
/// Fails when a table cannot be read or written; the load can be repeated.
pub async fn mark(folder: &DataFolder) -> Result<(), WarehouseError> {
    let table = Table::Documents;
    if tables::open(folder, table).await?.is_none() {
        return Ok(());
    }
    let delta = tables::open_or_create(folder, table).await?;
    let context = session(Workload::Documents)?;
    register(&context, folder).await?;
    tables::register(&context, folder, table).await?;
    let changed =
        "SELECT d.document_id, w.withdrawn_on FROM documents d LEFT JOIN withdrawals w ON w.document_id = d.document_id
                   WHERE d.withdrawn_on IS DISTINCT FROM w.withdrawn_on";
    let changed = context.sql(changed).await?.cache().await?;
    if changed.clone().count().await? == 0 {
        return Ok(());
    }
    let differs = binary_expr(col("target.withdrawn_on"), Operator::IsDistinctFrom, col("source.withdrawn_on"));
    delta
        .merge(changed, col("target.document_id").eq(col("source.document_id")))
        .with_source_alias("source")
        .with_target_alias("target")
        .with_session_state(Arc::new(context.state()))
        .with_writer_properties(tables::writer_properties())
        .when_matched_update(|update| update.predicate(differs).update("withdrawn_on", col("source.withdrawn_on")))
        .map_err(failed(table))?
        .await
        .map_err(failed(table))?;
    Ok(())
}
