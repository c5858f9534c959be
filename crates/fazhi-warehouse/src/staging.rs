//! Parsed Parquet awaiting load. A file appears under its name only when it is complete and on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::execution::context::SessionContext;
use datafusion::prelude::ParquetReadOptions;
use fs_err as fs;
use futures::{Stream, StreamExt as _};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;
use tracing::{trace, warn};

use crate::error::WarehouseError;
use crate::schema;
use crate::tables::writer_properties;

/// What a staged file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Headers of archived records: rows of `captures` and source issues.
    Headers,
    /// Interpreted documents.
    Documents,
}

impl Content {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Headers => "headers.parquet",
            Self::Documents => "documents.parquet",
        }
    }
}

/// A staged file. Files are loaded in order of sequence; each parse that finds something takes the next one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Staged {
    /// Place in the order of loads.
    pub sequence: i64,
    /// What it holds.
    pub content: Content,
    /// The file.
    pub path: PathBuf,
}

/// The complete files below `staging/`, in the order in which they are to be loaded. Leftovers of a broken write are removed.
///
/// # Errors
/// Fails when the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Staged>, WarehouseError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut staged = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match parse_name(&path) {
            Some((sequence, content)) if is_readable(&path)? => staged.push(Staged { sequence, content, path }),
            Some(_) => set_aside(&path)?,
            None if path.extension().is_some_and(|extension| extension == "partial") => fs::remove_file(&path)?,
            None => {}
        }
    }
    staged.sort();
    Ok(staged)
}

/// Makes a staged file known to a session; columns that it lacks because an earlier version wrote it are null.
///
/// # Errors
/// Fails when the file cannot be read.
pub async fn register(context: &SessionContext, name: &str, staged: &Staged) -> Result<(), WarehouseError> {
    let schema = match staged.content {
        Content::Headers => Arc::new(Schema::new(schema::record_headers())),
        Content::Documents => schema::staged_documents(),
    };
    let options = ParquetReadOptions::default().schema(&schema);
    context.register_parquet(name, staged.path.to_string_lossy(), options).await?;
    Ok(())
}

/// Whether a file has the footer of complete Parquet.
fn is_readable(path: &Path) -> Result<bool, WarehouseError> {
    let file = fs::File::open(path)?;
    Ok(ParquetMetaDataReader::new().parse_and_finish(file.file()).is_ok())
}

/// A file that does not read keeps nobody waiting: what it held is parsed again from the archive.
fn set_aside(path: &Path) -> Result<(), WarehouseError> {
    warn!(path = %path.display(), "staged file is damaged, set aside; its documents are parsed again");
    Ok(fs::rename(path, path.with_extension("damaged"))?)
}

fn parse_name(path: &Path) -> Option<(i64, Content)> {
    let (sequence, suffix) = path.file_name()?.to_str()?.split_once('.')?;
    let content = [Content::Headers, Content::Documents].into_iter().find(|content| content.suffix() == suffix)?;
    Some((sequence.parse().ok()?, content))
}

/// What a staged file received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StagingMetrics {
    /// Rows written.
    pub rows: u64,
}

/// Writes one staged file from streams of batches: under a temporary name, synced, then renamed. Without rows there is no file.
pub struct StagingWriter {
    target: PathBuf,
    partial: PathBuf,
    writer: ArrowWriter<fs::File>,
    metrics: StagingMetrics,
}

impl StagingWriter {
    /// Starts a file of this content and sequence.
    ///
    /// # Errors
    /// Fails when the folder or the file cannot be made.
    pub fn create(folder: &Path, sequence: i64, content: Content, schema: SchemaRef) -> Result<Self, WarehouseError> {
        fs::create_dir_all(folder)?;
        let target = folder.join(format!("{sequence:08}.{}", content.suffix()));
        let partial = target.with_extension("partial");
        let file = fs::File::create(&partial)?;
        let writer = ArrowWriter::try_new(file, schema, Some(staging_properties())).map_err(failed(&partial))?;
        Ok(Self { target, partial, writer, metrics: StagingMetrics::default() })
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// Fails when the disk does; the file then never gets its name.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), WarehouseError> {
        self.writer.write(batch).map_err(failed(&self.partial))?;
        self.metrics.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Writes every batch of a stream.
    ///
    /// # Errors
    /// Fails when the stream fails or the disk does; the file then never gets its name.
    pub async fn write_all(
        &mut self,
        mut batches: impl Stream<Item = datafusion::error::Result<RecordBatch>> + Unpin,
        on_rows: &(dyn Fn(u64) + Sync),
    ) -> Result<(), WarehouseError> {
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            self.write(&batch)?;
            on_rows(batch.num_rows() as u64);
            trace!(target: "fazhi::checkpoint", point = "staging-written", "checkpoint");
        }
        Ok(())
    }

    /// Makes the file complete under its name, or removes it when it holds no row.
    ///
    /// # Errors
    /// Fails when the disk does.
    pub fn finish(self) -> Result<StagingMetrics, WarehouseError> {
        let file = self.writer.into_inner().map_err(failed(&self.partial))?;
        if self.metrics.rows == 0 {
            fs::remove_file(&self.partial)?;
            return Ok(self.metrics);
        }
        file.sync_all()?;
        fs::rename(&self.partial, &self.target)?;
        if let Some(parent) = self.target.parent() {
            fs::File::open(parent)?.sync_all()?;
        }
        Ok(self.metrics)
    }
}

/// Rows that nest a whole report are large, so that a group holds few of them.
fn staging_properties() -> WriterProperties {
    writer_properties().into_builder().set_max_row_group_row_count(Some(512)).build()
}

fn failed(path: &Path) -> impl Fn(ParquetError) -> WarehouseError + use<> {
    let path = path.to_owned();
    move |source| WarehouseError::Staging { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn only_complete_files_are_listed_and_leftovers_go() {
        let folder = tempfile::tempdir().unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int64Array::from(vec![1]))]).unwrap();
        for (sequence, content) in [(2, Content::Documents), (1, Content::Headers)] {
            let mut writer = StagingWriter::create(folder.path(), sequence, content, Arc::clone(&schema)).unwrap();
            writer.write(&batch).unwrap();
            assert_eq!(writer.finish().unwrap().rows, 1);
        }
        for name in ["00000003.documents.partial", "00000004.documents.parquet", "notes.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let staged = list(folder.path()).unwrap();
        let order: Vec<_> = staged.iter().map(|file| (file.sequence, file.content)).collect();
        assert_eq!(order, [(1, Content::Headers), (2, Content::Documents)]);
        assert!(!folder.path().join("00000003.documents.partial").exists());
        assert!(folder.path().join("00000004.documents.damaged").exists(), "a file that does not read is set aside");
        assert!(folder.path().join("notes.txt").exists());
    }
}
