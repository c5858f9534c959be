//! The load stage: staged Parquet → Delta tables, so that a reader never sees half a document.
//!
//! Delta has no transaction across tables. Rows that belong to a revision are appended first, each table in one commit that
//! carries the sequence of the staged batch; `documents`, on which every view joins, is merged last. A batch loaded twice,
//! wholly or in part, changes nothing: a table that has seen its sequence is skipped, a revision that is there is not added
//! again, and a merge that changes no row writes no version.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use datafusion::execution::context::SessionContext;
use datafusion::prelude::{ParquetReadOptions, col};
use deltalake::DeltaTable;
use deltalake::kernel::transaction::CommitProperties;
use tracing::{info, trace};

use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::reference;
use crate::schema::Table;
use crate::session::{Workload, session};
use crate::staging::{self, Content, Staged};
use crate::superseded;
use crate::tables::{self, failed, load_commit, loaded_sequence};

/// What a load did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadMetrics {
    /// Staged files brought in.
    pub files: u64,
    /// Documents added or replaced.
    pub documents: u64,
}

/// Brings every staged file into the tables, oldest first, and removes it once it is in.
///
/// # Errors
/// Fails when staging or tables cannot be read or written. What was staged stays staged until it is in.
pub async fn load(folder: &DataFolder, loaded_at: DateTime<Utc>) -> Result<LoadMetrics, WarehouseError> {
    reference::refresh(folder).await?;
    superseded::sweep(folder, loaded_at).await?;
    let mut metrics = LoadMetrics::default();
    for staged in staging::list(&folder.staging())? {
        info!(file = %staged.path.display(), "loading");
        match staged.content {
            Content::Headers => load_headers(folder, &staged).await?,
            Content::Documents => metrics.documents += load_documents(folder, &staged, loaded_at).await?,
        }
        fs_err::remove_file(&staged.path)?;
        metrics.files += 1;
    }
    Ok(metrics)
}

/// A session in which the staged file is the table `staged`.
async fn staged_session(path: &Path) -> Result<SessionContext, WarehouseError> {
    let context = session(Workload::Rows)?;
    context.register_parquet("staged", path.to_string_lossy(), ParquetReadOptions::default()).await?;
    Ok(context)
}

/// How a table tells that it has seen the rows of a batch.
#[derive(Debug, Clone, Copy)]
enum Recognised {
    /// By the sequence of the batch in its log, and by the rows.
    BySequence(i64),
    /// By the rows alone.
    ByRows,
}

async fn load_headers(folder: &DataFolder, staged: &Staged) -> Result<(), WarehouseError> {
    let context = staged_session(&staged.path).await?;
    let captures = format!(
        "SELECT {} FROM staged s WHERE issue_kind IS NULL",
        columns(Table::Captures, |name| format!("s.{name}"))
    );
    let batch = Recognised::BySequence(staged.sequence);
    append_missing(&context, folder, Table::Captures, batch, &captures, &["capture_id"]).await?;
    let issues = columns(Table::Issues, |name| match name {
        "issue_id" | "capture_id" => "s.capture_id".into(),
        "stage" => {
            "CASE WHEN s.issue_kind IN ('archive_damaged', 'foreign_record') THEN 'archive' ELSE 'crawl' END".into()
        }
        "kind" | "severity" | "detail" => format!("s.issue_{name}"),
        "document_id" | "revision" | "parser_version" => "CAST(NULL AS VARCHAR)".into(),
        other => format!("s.{other}"),
    });
    let issues = format!("SELECT {issues} FROM staged s WHERE issue_kind IS NOT NULL");
    // The header batch and the document batch of one parse share a sequence and both bring issues, so that this one is
    // recognised by its rows alone.
    append_missing(&context, folder, Table::Issues, Recognised::ByRows, &issues, &["issue_id"]).await
}

async fn load_documents(folder: &DataFolder, staged: &Staged, loaded_at: DateTime<Utc>) -> Result<u64, WarehouseError> {
    let context = staged_session(&staged.path).await?;
    let batch = Recognised::BySequence(staged.sequence);
    for table in Table::FACTS {
        append_missing(&context, folder, table, batch, &facts(table), &["document_id", "revision"]).await?;
    }
    append_missing(&context, folder, Table::Issues, batch, &document_issues(), &["issue_id"]).await?;
    trace!(target: "fazhi::checkpoint", point = "children-appended", "checkpoint");
    let documents = merge_documents(&context, folder, staged.sequence, loaded_at).await?;
    trace!(target: "fazhi::checkpoint", point = "documents-merged", "checkpoint");
    Ok(documents)
}

/// The rows of a fact table as they stand nested in the staged documents.
fn facts(table: Table) -> String {
    let (unnested, item) = match table {
        Table::Texts => ("", "document['body']"),
        _ => (", unnest(document['FACTS']) AS item", "item"),
    };
    let selected = columns(table, |name| match name {
        "document_id" => format!("d.{name}"),
        "revision" | "report_year" | "region_code" | "province_code" | "publisher_level" => {
            format!("d.document['{name}']")
        }
        "body" => format!("d.{item}"),
        other => format!("d.{item}['{other}']"),
    });
    format!(
        "SELECT {selected} FROM (SELECT document_id, document{} FROM staged WHERE document['kind'] = 'report') d",
        unnested.replace("FACTS", table.name())
    )
}

/// Issues of the staged documents; the identity of one is what it says of which revision.
fn document_issues() -> String {
    let selected = columns(Table::Issues, |name| {
        match name {
        "issue_id" => "md5(concat_ws('|', d.document_id, d.document['revision'], d.item['stage'], d.item['kind'], d.item['detail']))".into(),
        "revision" | "parser_version" => format!("d.document['{name}']"),
        "stage" | "kind" | "severity" | "detail" => format!("d.item['{name}']"),
        "run_id" => "CAST(NULL AS VARCHAR)".into(),
        other => format!("d.{other}"),
    }
    });
    format!(
        "SELECT DISTINCT {selected} FROM
         (SELECT document_id, capture_id, pipeline, url, document, unnest(document['issues']) AS item FROM staged) d"
    )
}

/// The columns of a table in order, each computed by an expression and named.
fn columns(table: Table, expression: impl Fn(&str) -> String) -> String {
    let schema: SchemaRef = table.schema();
    let named = schema.fields().iter().map(|field| format!("{} AS {}", expression(field.name()), quoted(field.name())));
    named.collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Appends the rows of a query whose key the table does not hold yet.
async fn append_missing(
    context: &SessionContext,
    folder: &DataFolder,
    table: Table,
    batch: Recognised,
    rows: &str,
    key: &[&str],
) -> Result<(), WarehouseError> {
    let delta = tables::open_or_create(folder, table).await?;
    let commit = match batch {
        Recognised::BySequence(sequence) if loaded_sequence(&delta, table).await? >= sequence => return Ok(()),
        Recognised::BySequence(sequence) => load_commit(sequence),
        Recognised::ByRows => CommitProperties::default(),
    };
    register_pinned(context, table, &delta).await?;
    let same: Vec<String> = key.iter().map(|column| format!("present.{column} = fresh.{column}")).collect();
    let missing = format!(
        "SELECT * FROM ({rows}) fresh WHERE NOT EXISTS (SELECT 1 FROM {} present WHERE {})",
        table.name(),
        same.join(" AND ")
    );
    let rows = context.sql(&missing).await?;
    tables::append(context, delta, table, rows, commit).await?;
    Ok(())
}

async fn register_pinned(context: &SessionContext, table: Table, delta: &DeltaTable) -> Result<(), WarehouseError> {
    context.deregister_table(table.name())?;
    let provider = delta.table_provider().with_session(Arc::new(context.state())).await?;
    context.register_table(table.name(), provider)?;
    Ok(())
}

/// Merges the staged rows of `documents`, on `document_id` alone. Returns how many rows it added or replaced.
async fn merge_documents(
    context: &SessionContext,
    folder: &DataFolder,
    sequence: i64,
    loaded_at: DateTime<Utc>,
) -> Result<u64, WarehouseError> {
    let table = Table::Documents;
    let delta = tables::open_or_create(folder, table).await?;
    let selected = columns(table, |name| match name {
        "document_id" | "capture_id" | "pipeline" | "url" => format!("d.{name}"),
        "loaded_at" => format!("to_timestamp_micros({})", loaded_at.timestamp_micros()),
        other => format!("d.document['{other}']"),
    });
    let source = context.sql(&format!("SELECT {selected} FROM staged d ORDER BY d.document_id")).await?;
    let names: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
    let changed = col("target.revision")
        .not_eq(col("source.revision"))
        .or(col("target.capture_id").not_eq(col("source.capture_id")));
    let (_, metrics) = delta
        .merge(source, col("target.document_id").eq(col("source.document_id")))
        .with_source_alias("source")
        .with_target_alias("target")
        .with_session_state(Arc::new(context.state()))
        .with_writer_properties(tables::writer_properties())
        .with_commit_properties(load_commit(sequence))
        .when_matched_update(|update| {
            names.iter().fold(update.predicate(changed), |update, name| {
                update.update(name.as_str(), col(format!("source.{name}")))
            })
        })
        .map_err(failed(table))?
        .when_not_matched_insert(|insert| {
            names.iter().fold(insert, |insert, name| insert.set(name.as_str(), col(format!("source.{name}"))))
        })
        .map_err(failed(table))?
        .await
        .map_err(failed(table))?;
    Ok(u64::try_from(metrics.num_target_rows_inserted + metrics.num_target_rows_updated).unwrap_or(0))
}
