//! The load stage: staged Parquet → Delta tables, so that a reader never sees half a document.
//!
//! Delta has no transaction across tables. Rows that belong to a revision are appended first, each table in one commit that
//! carries the sequence of the staged batch; `documents`, on which every view joins, is merged last, with the links between
//! its rows ([`crate::duplicates`]). A batch loaded twice, wholly or in part, changes nothing: a table that has seen its
//! sequence is skipped, a revision that is there is not added again, and a merge that changes no row writes no version.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use datafusion::dataframe::DataFrame;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{Operator, binary_expr};
use datafusion::prelude::{col, lit};
use deltalake::DeltaTable;
use deltalake::kernel::transaction::CommitProperties;
use fazhi_model::{DocumentKind, Severity};
use fazhi_parse::Rules;
use tracing::{info, trace};

use crate::duplicates;
use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::reference;
use crate::schema::Table;
use crate::session::{Workload, session};
use crate::staging::{self, Content, Staged};
use crate::superseded;
use crate::tables::{self, failed, load_commit, loaded_sequence};
use crate::withdrawn;

/// What a load did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadMetrics {
    /// Staged files brought in.
    pub files: u64,
    /// Documents added or replaced.
    pub documents: u64,
    /// Issues of severity warning or above that were not known before.
    pub issues: u64,
}

/// Brings every staged file into the tables, oldest first, and removes it once it is in. The tables that mirror the rules
/// follow these rules.
///
/// # Errors
/// Fails when staging or tables cannot be read or written. What was staged stays staged until it is in.
pub async fn load(folder: &DataFolder, rules: &Rules, loaded_at: DateTime<Utc>) -> Result<LoadMetrics, WarehouseError> {
    reference::refresh(folder, rules).await?;
    let mut metrics = LoadMetrics::default();
    for staged in staging::list(&folder.staging())? {
        info!(file = %staged.path.display(), "loading");
        match staged.content {
            Content::Headers => {
                metrics.issues += load_headers(folder, &staged).await?;
                withdrawn::mark(folder).await?;
            }
            Content::Documents => {
                let loaded = load_documents(folder, &staged, loaded_at).await?;
                metrics.documents += loaded.documents;
                metrics.issues += loaded.issues;
            }
        }
        fs_err::remove_file(&staged.path)?;
        metrics.files += 1;
    }
    // Only now, when nothing is staged: rows appended by a load that died before its merge look superseded until it is repeated.
    superseded::sweep(folder, loaded_at).await?;
    Ok(metrics)
}

/// A session in which the staged file is the table `staged`.
async fn staged_session(staged: &Staged) -> Result<SessionContext, WarehouseError> {
    let context = session(Workload::Documents)?;
    staging::register(&context, "staged", staged).await?;
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

/// Captures and issues of the sources. A record that lies in the archive twice (a copied file) counts once.
async fn load_headers(folder: &DataFolder, staged: &Staged) -> Result<u64, WarehouseError> {
    let context = staged_session(staged).await?;
    let once = "(SELECT *, row_number() OVER (PARTITION BY capture_id ORDER BY warc_file, warc_offset) AS copy FROM staged) s WHERE s.copy = 1";
    let captures = columns(Table::Captures, |name| format!("s.{name}"));
    let captures = format!("SELECT {captures} FROM {once} AND s.issue_kind IS NULL");
    let batch = Recognised::BySequence(staged.sequence);
    append_missing(&context, folder, Table::Captures, batch, &captures, &["capture_id"]).await?;
    let issues = columns(Table::Issues, |name| match name {
        "issue_id" | "capture_id" => "s.capture_id".into(),
        "stage" => {
            "CASE WHEN s.issue_kind IN ('archive_damaged', 'foreign_record') THEN 'archive' ELSE 'crawl' END".into()
        }
        "kind" | "severity" | "detail" => format!("s.issue_{name}"),
        "document_id" | "revision" | "parser_version" => "CAST(NULL AS VARCHAR)".into(),
        "url" | "pipeline" | "run_id" => format!("nullif(s.{name}, '')"),
        other => format!("s.{other}"),
    });
    let issues = format!("SELECT {issues} FROM {once} AND s.issue_kind IS NOT NULL");
    // The header batch and the document batch of one parse share a sequence and both bring issues, so that this one is
    // recognised by its rows alone.
    append_missing(&context, folder, Table::Issues, Recognised::ByRows, &issues, &["issue_id"]).await
}

async fn load_documents(
    folder: &DataFolder,
    staged: &Staged,
    loaded_at: DateTime<Utc>,
) -> Result<LoadMetrics, WarehouseError> {
    let context = staged_session(staged).await?;
    let batch = Recognised::BySequence(staged.sequence);
    for table in Table::FACTS {
        append_missing(&context, folder, table, batch, &facts(table), &["document_id", "revision"]).await?;
    }
    let issues = append_missing(&context, folder, Table::Issues, batch, &document_issues(), &["issue_id"]).await?;
    trace!(target: "fazhi::checkpoint", point = "children-appended", "checkpoint");
    let documents = merge_documents(&context, folder, staged.sequence, loaded_at).await?;
    trace!(target: "fazhi::checkpoint", point = "documents-merged", "checkpoint");
    Ok(LoadMetrics { files: 1, documents, issues })
}

/// The rows of a fact table as they stand nested in the staged documents. Only scalars stand beside what is unnested: the
/// engine repeats them for every fact.
fn facts(table: Table) -> String {
    let keys = ["revision", "report_year", "region_code", "province_code", "publisher_level"];
    let keys = keys.map(|key| format!("document['{key}'] AS {key}")).join(", ");
    let item = match table {
        Table::Texts => "document['body'] AS body".to_owned(),
        _ => format!("unnest(document['{}']) AS item", table.name()),
    };
    let selected = columns(table, |name| match name {
        "document_id" | "revision" | "report_year" | "region_code" | "province_code" | "publisher_level" | "body" => {
            format!("d.{name}")
        }
        other => format!("d.item['{other}']"),
    });
    format!(
        "SELECT {selected} FROM (SELECT document_id, {keys}, {item} FROM staged WHERE document['kind'] = 'report') d"
    )
}

/// Issues of the staged documents; the identity of one is what it says of which revision.
fn document_issues() -> String {
    let selected = columns(Table::Issues, |name| match name {
        "issue_id" => {
            "md5(concat_ws('|', d.document_id, d.revision, d.item['stage'], d.item['kind'], d.item['detail']))".into()
        }
        "stage" | "kind" | "severity" | "detail" => format!("d.item['{name}']"),
        "run_id" | "warc_file" => "CAST(NULL AS VARCHAR)".into(),
        "warc_offset" | "warc_length" => "CAST(NULL AS BIGINT)".into(),
        other => format!("d.{other}"),
    });
    format!(
        "SELECT DISTINCT {selected} FROM
         (SELECT document_id, capture_id, pipeline, url, document['revision'] AS revision,
                 document['parser_version'] AS parser_version, unnest(document['issues']) AS item FROM staged) d"
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

/// Appends the rows of a query whose key the table does not hold yet. Returns how many of them are issues to act on.
async fn append_missing(
    context: &SessionContext,
    folder: &DataFolder,
    table: Table,
    batch: Recognised,
    rows: &str,
    key: &[&str],
) -> Result<u64, WarehouseError> {
    let delta = tables::open_or_create(folder, table).await?;
    let commit = match batch {
        Recognised::BySequence(sequence) if loaded_sequence(&delta, table).await? >= sequence => return Ok(0),
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
    let serious = match table {
        Table::Issues => rows.clone().filter(col("severity").not_eq(lit(Severity::Info.as_str())))?.count().await?,
        _ => 0,
    };
    tables::append(context, delta, table, rows, commit).await?;
    Ok(serious as u64)
}

async fn register_pinned(context: &SessionContext, table: Table, delta: &DeltaTable) -> Result<(), WarehouseError> {
    context.deregister_table(table.name())?;
    let provider = delta.table_provider().with_session(Arc::new(context.state())).await?;
    context.register_table(table.name(), provider)?;
    Ok(())
}

/// Kinds of readings that hold nothing.
const UNREADABLE: [DocumentKind; 3] = [DocumentKind::Damaged, DocumentKind::Empty, DocumentKind::Blocked];

/// Registers the staged rows that may take their place in `documents` as the table `arrivals`, without texts and facts.
///
/// A portal that sends an empty or broken page today does not take back what it published: the last reading stays, and the
/// issues of the bad one tell of it.
async fn register_arrivals(context: &SessionContext, loaded_at: DateTime<Utc>) -> Result<(), WarehouseError> {
    let selected = columns(Table::Documents, |name| match name {
        "document_id" | "capture_id" | "pipeline" | "url" | "part_captures" => format!("d.{name}"),
        "withdrawn_on" => "w.withdrawn_on".into(),
        "loaded_at" => format!("to_timestamp_micros({})", loaded_at.timestamp_micros()),
        other => format!("d.document['{other}']"),
    });
    let unreadable = UNREADABLE.map(|kind| format!("'{}'", kind.as_str())).join(", ");
    let worse = format!("a.kind IN ({unreadable}) AND p.kind NOT IN ({unreadable})");
    let sql = format!(
        "SELECT a.* FROM (SELECT {selected} FROM staged d LEFT JOIN withdrawals w ON w.document_id = d.document_id) a
         WHERE NOT EXISTS (SELECT 1 FROM documents p WHERE p.document_id = a.document_id AND {worse})"
    );
    let arrivals = context.sql(&sql).await?.cache().await?;
    context.register_table("arrivals", arrivals.into_view())?;
    Ok(())
}

/// Rows for `documents`: arrivals with their links, and rows that are there whose links change.
async fn linked_rows(context: &SessionContext) -> Result<DataFrame, WarehouseError> {
    let linked = columns(Table::Documents, |name| match name {
        "duplicate_of" | "version_of" => format!("l.{name}"),
        other => format!("d.{other}"),
    });
    let sql = format!(
        "SELECT {linked} FROM arrivals d LEFT JOIN links l ON l.document_id = d.document_id
         UNION ALL
         SELECT {linked} FROM documents d JOIN links l ON l.document_id = d.document_id
         WHERE NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.document_id = d.document_id)
         ORDER BY document_id"
    );
    Ok(context.sql(&sql).await?)
}

/// Merges the staged rows of `documents`, on `document_id` alone, with the links between documents. Returns how many rows it
/// added or replaced.
async fn merge_documents(
    context: &SessionContext,
    folder: &DataFolder,
    sequence: i64,
    loaded_at: DateTime<Utc>,
) -> Result<u64, WarehouseError> {
    let table = Table::Documents;
    let delta = tables::open_or_create(folder, table).await?;
    register_pinned(context, table, &delta).await?;
    register_pinned(context, Table::Texts, &tables::open_or_create(folder, Table::Texts).await?).await?;
    withdrawn::register(context, folder).await?;
    register_arrivals(context, loaded_at).await?;
    let relinked = duplicates::register_links(context).await?;
    let source = linked_rows(context).await?;
    let names: Vec<String> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
    let differs =
        |name: &str, operator| binary_expr(col(format!("target.{name}")), operator, col(format!("source.{name}")));
    let revised = differs("revision", Operator::NotEq);
    let seen_again = differs("capture_id", Operator::NotEq)
        .or(differs("duplicate_of", Operator::IsDistinctFrom))
        .or(differs("version_of", Operator::IsDistinctFrom))
        .or(differs("part_captures", Operator::IsDistinctFrom))
        .or(differs("withdrawn_on", Operator::IsDistinctFrom));
    let (_, metrics) = delta
        .merge(source, col("target.document_id").eq(col("source.document_id")))
        .with_source_alias("source")
        .with_target_alias("target")
        .with_session_state(Arc::new(context.state()))
        .with_writer_properties(tables::writer_properties())
        .with_commit_properties(load_commit(sequence))
        .when_matched_update(|update| {
            names.iter().fold(update.predicate(revised), |update, name| {
                update.update(name.as_str(), col(format!("source.{name}")))
            })
        })
        .map_err(failed(table))?
        .when_matched_update(|update| {
            // The same reading of newer bytes, or new links: `loaded_at` stays the time of the revision.
            let again =
                ["capture_id", "pipeline", "url", "duplicate_of", "version_of", "part_captures", "withdrawn_on"];
            again
                .iter()
                .fold(update.predicate(seen_again), |update, name| update.update(*name, col(format!("source.{name}"))))
        })
        .map_err(failed(table))?
        .when_not_matched_insert(|insert| {
            names.iter().fold(insert, |insert, name| insert.set(name.as_str(), col(format!("source.{name}"))))
        })
        .map_err(failed(table))?
        .await
        .map_err(failed(table))?;
    let written = u64::try_from(metrics.num_target_rows_inserted + metrics.num_target_rows_updated).unwrap_or(0);
    Ok(written.saturating_sub(relinked))
}
