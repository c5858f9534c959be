//! The parse stage: what is new in the archive → nested Parquet in `staging/`.
//!
//! Records are read as bytes, turned into pages, grouped by document and interpreted, all as one plan of the engine:
//! `read` shrinks a page to its text before anything is gathered, `interpret` sees the pages of one document alone.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Int64Type, Schema, SchemaRef};
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionContext;
use datafusion::functions_aggregate::expr_fn::{array_agg, first_value, min};
use datafusion::logical_expr::ExprFunctionExt as _;
use datafusion::prelude::{col, lit};
use fazhi_archive::Location;
use fazhi_parse::Rules;
use futures::StreamExt as _;
use tracing::{debug, info};

use crate::archive_table::{self, FileTail, Lost, WantedRecord};
use crate::error::WarehouseError;
use crate::functions;
use crate::layout::DataFolder;
use crate::schema::{self, Table};
use crate::session::{Workload, session};
use crate::staging::{self, Content, StagingWriter};
use crate::tables;

/// Pages interpreted in one plan, so that memory does not depend on how many wait: a text has a megabyte at most.
const PAGES_PER_PLAN: usize = 500;
/// Further pages of an article with a higher number are no part of it.
const MOST_PARTS: usize = 100;

/// What a parse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ParseMetrics {
    /// Archived records seen for the first time.
    pub records: u64,
    /// Documents interpreted.
    pub documents: u64,
    /// Issues of severity warning or above among what was staged.
    pub issues: u64,
}

/// How far a parse is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseProgress {
    /// So many more documents wait.
    Waiting(u64),
    /// So many more are interpreted.
    Interpreted(u64),
}

/// Interprets every document whose newest capture was not read with these rules.
///
/// # Errors
/// Fails when the archive, the tables or the staging folder cannot be read or written. What documents hold is never an error.
pub async fn parse(
    folder: &DataFolder,
    rules: &Arc<Rules>,
    progress: &(dyn Fn(ParseProgress) + Sync),
) -> Result<ParseMetrics, WarehouseError> {
    let sequence = next_sequence(folder).await?;
    let records = stage_headers(folder, rules, sequence).await?;
    let documents = stage_documents(folder, rules, sequence, progress).await?;
    info!(records, documents, "archive parsed");
    Ok(ParseMetrics { records, documents, issues: staged_issues(folder).await? })
}

/// One more than any sequence staged or loaded, so that a batch is never taken for one that was loaded before.
async fn next_sequence(folder: &DataFolder) -> Result<i64, WarehouseError> {
    let mut newest = staging::list(&folder.staging())?.iter().map(|staged| staged.sequence).max().unwrap_or(0);
    for table in Table::ALL {
        if let Some(delta) = tables::open(folder, table).await? {
            newest = newest.max(tables::loaded_sequence(&delta, table).await?);
        }
    }
    Ok(newest + 1)
}

/// Scans what was archived since the last scan.
async fn stage_headers(folder: &DataFolder, rules: &Rules, sequence: i64) -> Result<u64, WarehouseError> {
    let context = session(Workload::Rows)?;
    register_known(&context, folder, rules).await?;
    let read_up_to = positions(&context).await?;
    let files = fazhi_archive::files(&folder.archive()).map_err(archive_failed)?;
    let tail = |file: fazhi_archive::ArchiveFile| {
        let from = read_up_to.get(&file.file).copied().unwrap_or(0);
        (file.length > from).then_some(FileTail { from, file: file.file })
    };
    let tails: Vec<FileTail> = files.into_iter().filter_map(tail).collect();
    let table = archive_table::headers(&folder.archive(), &tails, context.state().config().target_partitions())?;
    let rows = context.read_table(Arc::new(table))?;
    let schema = Arc::new(rows.schema().as_arrow().clone());
    let mut writer = StagingWriter::create(&folder.staging(), sequence, Content::Headers, schema)?;
    writer.write_all(rows.execute_stream().await?, &|_| ()).await?;
    Ok(writer.finish()?.rows)
}

/// The end of the last scanned record of each archive file.
async fn positions(context: &SessionContext) -> Result<HashMap<String, u64>, WarehouseError> {
    let ends = "SELECT warc_file, max(scanned) FROM scanned WHERE warc_file IS NOT NULL GROUP BY warc_file";
    let mut positions = HashMap::new();
    for batch in context.sql(ends).await?.collect().await? {
        let (files, ends) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            positions.insert(files.value(row).to_owned(), u64::try_from(ends.value(row)).unwrap_or(0));
        }
    }
    Ok(positions)
}

/// Registers `known` (all captures, loaded or staged), `scanned` (where each scanned record ends) and `ledger` (what was
/// interpreted with which rules).
async fn register_known(context: &SessionContext, folder: &DataFolder, rules: &Rules) -> Result<(), WarehouseError> {
    tables::register(context, folder, Table::Captures).await?;
    tables::register(context, folder, Table::Documents).await?;
    tables::register(context, folder, Table::Issues).await?;
    let columns: Vec<String> = Table::Captures.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut known = vec![format!("SELECT {} FROM captures", columns.join(", "))];
    let end = "SELECT warc_file, warc_offset + warc_length AS scanned FROM";
    let mut scanned = vec![format!("{end} captures"), format!("{end} issues")];
    let mut ledger = ledger(context, folder, rules).await?;
    for (number, staged) in staging::list(&folder.staging())?.into_iter().enumerate() {
        let name = format!("staged_{number}");
        staging::register(context, &name, &staged).await?;
        match staged.content {
            Content::Headers => {
                known.push(format!("SELECT {} FROM {name} WHERE issue_kind IS NULL", columns.join(", ")));
                scanned.push(format!("{end} {name}"));
            }
            Content::Documents => ledger.push(format!(
                "SELECT capture_id, document['parser_version'] AS parser_version, document['rules_digest'] AS rules_digest,
                        coalesce(part_captures, '') AS part_captures FROM {name}"
            )),
        }
    }
    for (view, parts) in [("known", known), ("scanned", scanned), ("ledger", ledger)] {
        let frame = context.sql(&parts.join(" UNION ALL ")).await?;
        context.register_table(view, frame.into_view())?;
    }
    Ok(())
}

/// What was interpreted with which rules: documents whose facts are where they should be, with their further pages, and
/// readings that were refused because they were worse than the one before, whatever their further pages. Reports whose facts were lost (a table deleted by hand) are not among them.
async fn ledger(context: &SessionContext, folder: &DataFolder, rules: &Rules) -> Result<Vec<String>, WarehouseError> {
    let row = "SELECT d.capture_id, d.parser_version, d.rules_digest, coalesce(d.part_captures, '') AS part_captures FROM documents d";
    let mut complete = true;
    for table in Table::FACTS {
        complete &= tables::open(folder, table).await?.is_some();
    }
    tables::register(context, folder, Table::Texts).await?;
    let text = "SELECT 1 FROM texts t WHERE t.document_id = d.document_id AND t.revision = d.revision";
    let reports = format!("{row} WHERE d.kind = 'report' AND {complete} AND EXISTS ({text})");
    let refused = format!(
        "SELECT i.capture_id, i.parser_version, '{}' AS rules_digest, CAST(NULL AS VARCHAR) AS part_captures FROM issues i
         WHERE i.stage = 'read' AND i.severity <> 'info' AND i.capture_id IS NOT NULL AND i.parser_version IS NOT NULL
           AND EXISTS (SELECT 1 FROM documents d WHERE d.document_id = i.document_id AND d.capture_id <> i.capture_id)",
        rules.digest()
    );
    Ok(vec![format!("{row} WHERE d.kind <> 'report'"), reports, refused])
}

/// The pages of each document that was not interpreted from these captures with these rules: the newest capture of the
/// article with a body, and that of each further page. A challenge page counts only until the article itself was seen.
///
/// A further page counts while the crawl still asks for it and does not hear that it is gone: what has not been asked for since
/// the article changed belongs to what the article was.
async fn waiting(folder: &DataFolder, rules: &Rules) -> Result<SendableRecordBatchStream, WarehouseError> {
    let context = session(Workload::Rows)?;
    register_known(&context, folder, rules).await?;
    let newest = "fetched_at DESC, warc_file DESC, warc_offset DESC";
    let sql = format!(
        "WITH latest AS (
           SELECT *, row_number() OVER (PARTITION BY document_id
             ORDER BY CASE outcome WHEN 'new' THEN 0 ELSE 1 END, {newest}) AS recency
           FROM known WHERE purpose = 'page' AND outcome IN ('new', 'blocked') AND http_status IS NOT NULL),
         pages AS (
           SELECT * FROM latest WHERE recency = 1
             AND (outcome = 'new' OR NOT EXISTS (SELECT 1 FROM documents WHERE documents.document_id = latest.document_id))),
         asked AS (
           SELECT *, max(fetched_at) OVER (PARTITION BY document_id, part) AS asked_at,
             first_value(outcome) OVER (PARTITION BY document_id, part ORDER BY {newest}) AS last_outcome
           FROM known WHERE purpose = 'part' AND part BETWEEN 2 AND {MOST_PARTS}),
         parts AS (
           SELECT a.*, row_number() OVER (PARTITION BY a.document_id, a.part
             ORDER BY a.fetched_at DESC, a.warc_file DESC, a.warc_offset DESC) AS recency
           FROM asked a JOIN pages p ON p.document_id = a.document_id
           WHERE a.outcome = 'new' AND a.http_status IS NOT NULL AND a.asked_at >= p.fetched_at AND a.last_outcome <> 'not_found'),
         joined AS (
           SELECT document_id, CAST(string_agg(capture_id, ' ' ORDER BY part) AS VARCHAR) AS part_captures FROM parts WHERE recency = 1
           GROUP BY document_id),
         articles AS (
           SELECT pages.*, coalesce(joined.part_captures, '') AS part_captures
           FROM pages LEFT JOIN joined ON joined.document_id = pages.document_id),
         due AS (
           SELECT * FROM articles WHERE NOT EXISTS (SELECT 1 FROM ledger
             WHERE ledger.capture_id = articles.capture_id
               AND (ledger.part_captures IS NULL OR ledger.part_captures = articles.part_captures)
               AND ledger.parser_version = '{}' AND ledger.rules_digest = '{}'))
         SELECT document_id, capture_id, pipeline, url, warc_file, warc_offset, warc_length, listed_title, listed_date,
                CAST(1 AS BIGINT) AS part, part_captures FROM due
         UNION ALL
         SELECT p.document_id, p.capture_id, p.pipeline, p.final_url, p.warc_file, p.warc_offset, p.warc_length, NULL, NULL,
                CAST(p.part AS BIGINT), due.part_captures
         FROM parts p JOIN due ON due.document_id = p.document_id WHERE p.recency = 1
         ORDER BY document_id, part",
        fazhi_parse::PARSER_VERSION,
        rules.digest(),
    );
    Ok(context.sql(&sql).await?.execute_stream().await?)
}

fn wanted_records(batch: &RecordBatch) -> Vec<WantedRecord> {
    let text = |column: usize, row: usize| batch.column(column).as_string::<i32>().value(row).to_owned();
    let text_or_none = |column: usize, row: usize| batch.column(column).is_valid(row).then(|| text(column, row));
    let integer = |column: usize, row: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
    let number = |column: usize, row: usize| u64::try_from(integer(column, row)).unwrap_or(0);
    (0..batch.num_rows())
        .map(|row| WantedRecord {
            document_id: text(0, row),
            part: i32::try_from(integer(9, row)).unwrap_or(i32::MAX),
            part_captures: Some(text(10, row)).filter(|captures| !captures.is_empty()),
            capture_id: text(1, row),
            pipeline: text(2, row),
            url: text(3, row),
            location: Location { file: text(4, row), offset: number(5, row), length: number(6, row) },
            listed_title: text_or_none(7, row),
            listed_date: text_or_none(8, row),
        })
        .collect()
}

/// Takes the pages of the first documents, no more of them than one plan may hold. A document has fewer pages than that.
fn first_documents(waiting: &mut Vec<WantedRecord>) -> Vec<WantedRecord> {
    let mut end = waiting.len().min(PAGES_PER_PLAN);
    while end < waiting.len() && waiting[end].part > 1 {
        end -= 1;
    }
    waiting.drain(..end).collect()
}

/// Interprets what waits, a bounded number of pages at a time, into one staged file.
async fn stage_documents(
    folder: &DataFolder,
    rules: &Arc<Rules>,
    sequence: i64,
    progress: &(dyn Fn(ParseProgress) + Sync),
) -> Result<u64, WarehouseError> {
    let mut batches = waiting(folder, rules).await?;
    let lost = Lost::default();
    let schema = schema::staged_documents();
    let mut writer = StagingWriter::create(&folder.staging(), sequence, Content::Documents, schema)?;
    let mut waiting = Vec::new();
    loop {
        let batch = batches.next().await.transpose()?;
        let kept = if batch.is_some() { PAGES_PER_PLAN } else { 0 };
        let wanted = batch.as_ref().map(wanted_records).unwrap_or_default();
        progress(ParseProgress::Waiting(wanted.iter().filter(|record| record.part == 1).count() as u64));
        waiting.extend(wanted);
        // What may go on in the next batch is kept back.
        while waiting.len() > kept {
            let documents = first_documents(&mut waiting);
            debug!(pages = documents.len(), "interpreting");
            let stream = interpreted(folder, rules, documents, &lost)?.execute_stream().await?;
            writer.write_all(stream, &|rows| progress(ParseProgress::Interpreted(rows))).await?;
        }
        if batch.is_none() {
            break;
        }
    }
    let rows = writer.finish()?.rows;
    stage_lost(folder, sequence + 1, &lost)?;
    Ok(rows)
}

/// Records that were scanned once and cannot be read any more become issues; the documents they held keep their last reading.
fn stage_lost(folder: &DataFolder, sequence: i64, lost: &Lost) -> Result<(), WarehouseError> {
    let lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
    let schema: SchemaRef = Arc::new(Schema::new(schema::record_headers()));
    let batch = archive_table::batch_of(&schema, &lost)?;
    let mut writer = StagingWriter::create(&folder.staging(), sequence, Content::Headers, schema)?;
    writer.write(&batch)?;
    writer.finish()?;
    Ok(())
}

/// Issues of severity warning or above in what awaits load.
async fn staged_issues(folder: &DataFolder) -> Result<u64, WarehouseError> {
    let context = session(Workload::Documents)?;
    let mut issues = 0;
    for (number, staged) in staging::list(&folder.staging())?.into_iter().enumerate() {
        let name = format!("staged_{number}");
        staging::register(&context, &name, &staged).await?;
        let severities = match staged.content {
            Content::Headers => format!("SELECT issue_severity AS severity FROM {name}"),
            Content::Documents => {
                format!(
                    "SELECT item['severity'] AS severity FROM (SELECT unnest(document['issues']) AS item FROM {name})"
                )
            }
        };
        let serious = format!("SELECT severity FROM ({severities}) WHERE severity IN ('warning', 'error')");
        issues += context.sql(&serious).await?.count().await? as u64;
    }
    Ok(issues)
}

/// The plan: `interpret(array_agg(read(record)))` by document. What is known of the document is that of its first page; without
/// it, when the record is lost, there is no reading.
fn interpreted(
    folder: &DataFolder,
    rules: &Arc<Rules>,
    wanted: Vec<WantedRecord>,
    lost: &Lost,
) -> Result<DataFrame, WarehouseError> {
    let context = session(Workload::Payloads)?;
    let partitions = context.state().config().target_partitions();
    let records =
        context.read_table(Arc::new(archive_table::payloads(&folder.archive(), wanted, partitions, lost)?))?;
    let page = functions::read()?.call(functions::READ_ARGUMENTS.into_iter().map(col).collect());
    let pages = records.select(vec![
        col("document_id"),
        col("part"),
        col("capture_id"),
        col("pipeline"),
        col("url"),
        col("part_captures"),
        page.alias("page"),
    ])?;
    let in_order = || vec![col("part").sort(true, false)];
    let first = |name: &str| first_value(col(name), in_order()).alias(name);
    let documents = pages.aggregate(
        vec![col("document_id")],
        vec![
            first("capture_id"),
            first("pipeline"),
            first("url"),
            first("part_captures"),
            min(col("part")).alias("first_part"),
            array_agg(col("page")).order_by(in_order()).build()?.alias("pages"),
        ],
    )?;
    let document = functions::interpret(Arc::clone(rules))?.call(vec![col("pages")]).alias("document");
    let whole = documents.filter(col("first_part").eq(lit(1)))?;
    Ok(whole.select(vec![
        col("document_id"),
        col("capture_id"),
        col("pipeline"),
        col("url"),
        document,
        col("part_captures"),
    ])?)
}

fn archive_failed(error: fazhi_archive::ArchiveError) -> WarehouseError {
    WarehouseError::Query(datafusion::error::DataFusionError::External(Box::new(error)))
}
