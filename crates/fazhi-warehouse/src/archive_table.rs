//! The archive as tables of the engine, straight from `*.warc.gz`.
//!
//! Two views of the same records: [`headers`] walks whole files once and shows what each attempt was (no payload leaves
//! it), [`payloads`] fetches the bodies of chosen records. Batches are capped by bytes, so that memory does not depend on
//! the size of the archive.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use fazhi_archive::{ArchiveError, Location, RecordReader, read_at};
use serde::Serialize;
use tokio::sync::mpsc::Sender;

use crate::captures::{HeaderRow, header_row, unreadable_row};
use crate::schema;

/// A batch of payloads is sent on when it holds this many bytes.
const PAYLOAD_BATCH_BYTES: usize = 2 << 20;
/// A batch of headers is sent on when it holds this many rows.
const HEADER_BATCH_ROWS: usize = 256;

/// A file of the archive and the place from which its records are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTail {
    /// File, relative to the archive.
    pub file: String,
    /// Offset of the first record to read.
    pub from: u64,
}

/// A record whose payload is wanted, with what the crawl noted about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRecord {
    /// Where it lies.
    pub location: Location,
    /// The document it is a part of.
    pub document_id: String,
    /// Its number among the pages of the document; 1 for the article itself.
    pub part: i32,
    /// Captures of the further pages of the document, in order, with a space between; none if it has only one.
    pub part_captures: Option<String>,
    /// Identity of the capture.
    pub capture_id: String,
    /// Pipeline that fetched it.
    pub pipeline: String,
    /// Address asked for.
    pub url: String,
    /// Title that the list page gave.
    pub listed_title: Option<String>,
    /// Date that the list page gave.
    pub listed_date: Option<String>,
}

/// The records after the given places: one row each, columns of [`schema::record_headers`], in as many partitions as asked for.
///
/// # Errors
/// Fails when the schema does not fit, which would be a bug.
pub fn headers(archive: &Path, tails: &[FileTail], partitions: usize) -> Result<StreamingTable> {
    let schema: SchemaRef = Arc::new(Schema::new(schema::record_headers()));
    let size = tails.len().div_ceil(partitions.max(1)).max(1);
    let partition = |tails: &[FileTail]| -> Arc<dyn PartitionStream> {
        Arc::new(HeaderPartition { archive: archive.to_owned(), tails: tails.into(), schema: Arc::clone(&schema) })
    };
    StreamingTable::try_new(Arc::clone(&schema), tails.chunks(size).map(partition).collect())
}

/// The payloads of the given records, in as many partitions as asked for; columns of [`schema::record_payload`]. A record that
/// cannot be read any more is left out and noted among the lost.
///
/// # Errors
/// Fails when the schema does not fit, which would be a bug.
pub fn payloads(
    archive: &Path,
    mut wanted: Vec<WantedRecord>,
    partitions: usize,
    lost: &Lost,
) -> Result<StreamingTable> {
    let schema: SchemaRef = Arc::new(Schema::new(schema::record_payload()));
    // Neighbours in a file are read one after the other.
    wanted.sort_by(|a, b| a.location.cmp(&b.location));
    let size = wanted.len().div_ceil(partitions.max(1)).max(1);
    let partition = |range: &[WantedRecord]| -> Arc<dyn PartitionStream> {
        Arc::new(PayloadPartition {
            archive: archive.to_owned(),
            wanted: range.into(),
            lost: Arc::clone(lost),
            schema: Arc::clone(&schema),
        })
    };
    StreamingTable::try_new(Arc::clone(&schema), wanted.chunks(size).map(partition).collect())
}

#[derive(Debug)]
struct HeaderPartition {
    archive: PathBuf,
    tails: Arc<[FileTail]>,
    schema: SchemaRef,
}

impl PartitionStream for HeaderPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (archive, tails) = (self.archive.clone(), Arc::clone(&self.tails));
        stream_blocking(&self.schema, move |batches| {
            let mut rows = Vec::with_capacity(HEADER_BATCH_ROWS);
            for tail in tails.iter() {
                let reader = RecordReader::open(&archive, &tail.file).map_err(external)?.from_offset(tail.from);
                for record in reader {
                    rows.extend(row_of(&tail.file, record)?);
                    if rows.len() == HEADER_BATCH_ROWS {
                        batches.send(&rows)?;
                        rows.clear();
                    }
                }
            }
            batches.send(&rows)
        })
    }
}

/// A record that cannot be read becomes a row that says so; a disk that cannot be read ends the scan.
fn row_of(file: &str, record: Result<fazhi_archive::Record, ArchiveError>) -> Result<Option<HeaderRow>> {
    match record {
        Ok(record) => Ok(header_row(&record)),
        Err(error) if is_damage(&error) => Ok(Some(unreadable_row(file, &error))),
        Err(error) => Err(external(error)),
    }
}

/// Whether a record is lost for good, as against a disk that does not answer now.
fn is_damage(error: &ArchiveError) -> bool {
    match error {
        ArchiveError::Torn { .. } | ArchiveError::Corrupt { .. } | ArchiveError::TooLarge { .. } => true,
        ArchiveError::Read { source, .. } => source.kind() == ErrorKind::NotFound,
        _ => false,
    }
}

/// Records that were known and cannot be read any more, met while a plan ran: rows of [`schema::record_headers`].
pub type Lost = Arc<Mutex<Vec<HeaderRow>>>;

#[derive(Debug)]
struct PayloadPartition {
    archive: PathBuf,
    wanted: Arc<[WantedRecord]>,
    lost: Lost,
    schema: SchemaRef,
}

#[derive(Debug, Serialize)]
struct PayloadRow {
    document_id: String,
    part: i32,
    capture_id: String,
    pipeline: String,
    url: String,
    content_type: Option<String>,
    content_encoding: Option<String>,
    listed_title: Option<String>,
    listed_date: Option<String>,
    part_captures: Option<String>,
    #[serde(serialize_with = "as_bytes")]
    body: Vec<u8>,
}

impl PartitionStream for PayloadPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (archive, wanted, lost) = (self.archive.clone(), Arc::clone(&self.wanted), Arc::clone(&self.lost));
        stream_blocking(&self.schema, move |batches| {
            let (mut rows, mut bytes) = (Vec::new(), 0);
            for record in wanted.iter() {
                let row = match payload_row(&archive, record) {
                    Ok(row) => row,
                    Err(error) if is_damage(&error) => {
                        lost.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(unreadable_row(&record.location.file, &error));
                        continue;
                    }
                    Err(error) => return Err(external(error)),
                };
                bytes += row.body.len();
                rows.push(row);
                if bytes >= PAYLOAD_BATCH_BYTES {
                    batches.send(&rows)?;
                    rows.clear();
                    bytes = 0;
                }
            }
            batches.send(&rows)
        })
    }
}

fn payload_row(archive: &Path, wanted: &WantedRecord) -> Result<PayloadRow, ArchiveError> {
    let record = read_at(archive, &wanted.location)?;
    let http = record.http();
    let header = |name| http.as_ref().and_then(|http| http.header(name)).map(str::to_owned);
    let (content_type, content_encoding) = (header("content-type"), header("content-encoding"));
    Ok(PayloadRow {
        document_id: wanted.document_id.clone(),
        part: wanted.part,
        capture_id: wanted.capture_id.clone(),
        pipeline: wanted.pipeline.clone(),
        url: wanted.url.clone(),
        content_type,
        content_encoding,
        listed_title: wanted.listed_title.clone(),
        listed_date: wanted.listed_date.clone(),
        part_captures: wanted.part_captures.clone(),
        body: http.map(|http| http.body.into_owned()).unwrap_or_default(),
    })
}

fn as_bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// The sending end of a partition: turns rows into batches of its schema.
struct Batches {
    schema: SchemaRef,
    sender: Sender<Result<RecordBatch>>,
}

impl Batches {
    fn send<T: Serialize>(&self, rows: &[T]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let fields: Vec<FieldRef> = self.schema.fields().iter().cloned().collect();
        let batch =
            serde_arrow::to_record_batch(&fields, &rows).map_err(external)?.with_schema(Arc::clone(&self.schema))?;
        // A closed channel means that the plan wants no more rows (a LIMIT, a cancelled query).
        self.sender.blocking_send(Ok(batch)).map_err(|_| DataFusionError::Execution("scan cancelled".into()))
    }
}

/// Rows as one batch of a schema.
///
/// # Errors
/// Fails when rows and schema do not fit, which would be a bug.
pub fn batch_of<T: Serialize>(schema: &SchemaRef, rows: &[T]) -> Result<RecordBatch> {
    let fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
    Ok(serde_arrow::to_record_batch(&fields, &rows).map_err(external)?.with_schema(Arc::clone(schema))?)
}

/// Runs blocking reads on a thread of their own and streams what they send; two batches may wait.
fn stream_blocking(
    schema: &SchemaRef,
    read: impl FnOnce(Batches) -> Result<()> + Send + 'static,
) -> SendableRecordBatchStream {
    let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(schema), 2);
    let batches = Batches { schema: Arc::clone(schema), sender: builder.tx() };
    builder.spawn_blocking(move || read(batches));
    builder.build()
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
