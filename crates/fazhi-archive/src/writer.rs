//! Writing records: whole, in order, on disk before the call returns.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::batch::Batch;
use crate::file::{OpenFile, sync_folder};
use crate::layout::{check_name, resolve};
use crate::pack::Packer;
use crate::write::{Draft, record_id};
use crate::{ArchiveError, Attempt, Exchange, Location, RevisitOf};

/// A file that has reached this many bytes gets no further record: 1 GB, as the WARC guidelines advise.
const FILE_CAP: u64 = 1_000_000_000;

/// Files one run may begin, so that a folder in which every name is taken ends in an error.
const MAX_FILES: u32 = 9_999;

/// What was stored: the response, revisit or metadata record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `WARC-Record-ID` with its angle brackets.
    pub record_id: String,
    /// Where it lies.
    pub location: Location,
}

/// Appends records to a file of its own; nobody else writes to it.
#[derive(Debug)]
pub struct ArchiveWriter {
    root: PathBuf,
    pipeline: String,
    stem: String,
    pub(crate) file_cap: u64,
    stamp: DateTime<Utc>,
    started: u32,
    /// Outside of a batch, the file ends with a complete record on disk.
    pub(crate) current: Option<OpenFile>,
    packer: Packer,
}

impl ArchiveWriter {
    /// Prepares `<root>/<pipeline>/<pipeline>-<stamp>-<run_id>.warc.gz`. The file comes into being with the first
    /// record, so that a run which fetches nothing leaves none; later files of the run end in `_0002` and so on.
    pub fn create(root: &Path, pipeline: &str, run_id: &str, stamp: DateTime<Utc>) -> Result<Self, ArchiveError> {
        check_name(pipeline)?;
        check_name(run_id)?;
        Ok(Self {
            root: root.to_owned(),
            pipeline: pipeline.to_owned(),
            stem: format!("{pipeline}/{pipeline}-{}-{run_id}", stamp.format("%Y%m%d%H%M%S")),
            file_cap: FILE_CAP,
            stamp,
            started: 0,
            current: None,
            packer: Packer::default(),
        })
    }

    /// Begins a new file once one has this many bytes (default 1 GB).
    #[must_use]
    pub fn with_file_cap(mut self, bytes: u64) -> Self {
        self.file_cap = bytes;
        self
    }

    /// Begins a batch: any number of records for one wait for the disk.
    pub fn batch(&mut self) -> Batch<'_> {
        Batch::new(self)
    }

    /// Stores an answer: its request record, then its response record. If the response is complete, both are.
    pub fn write_exchange(&mut self, exchange: &Exchange) -> Result<Written, ArchiveError> {
        self.write(|batch| batch.exchange(exchange))
    }

    /// Stores an answer that repeats an archived one: 304, or the same body again. Only its head is kept.
    pub fn write_unchanged(&mut self, exchange: &Exchange, original: &RevisitOf) -> Result<Written, ArchiveError> {
        self.write(|batch| batch.unchanged(exchange, original))
    }

    /// Stores an attempt without an answer as a `metadata` record.
    pub fn write_attempt(&mut self, attempt: &Attempt) -> Result<Written, ArchiveError> {
        self.write(|batch| batch.attempt(attempt))
    }

    /// The file being written and its length so far, all of it complete records on disk.
    pub fn position(&self) -> Option<(String, u64)> {
        let durable = self.current.as_ref()?.durable();
        Some((durable.file, durable.length))
    }

    fn write(
        &mut self,
        add: impl FnOnce(&mut Batch) -> Result<Written, ArchiveError>,
    ) -> Result<Written, ArchiveError> {
        let mut batch = self.batch();
        let written = add(&mut batch)?;
        batch.commit()?;
        Ok(written)
    }

    pub(crate) fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// `WARC-Record-ID` of the info record of the file that the next record goes to.
    pub(crate) fn info_id(&self) -> String {
        self.current.as_ref().map_or_else(|| record_id(&self.stem), |open| open.info_id.clone())
    }

    /// The bytes to append to the current file for these records, and where `record` begins in them.
    pub(crate) fn pack(&mut self, before: Option<Draft>, record: Draft) -> (Vec<u8>, u64) {
        let mut bytes = Vec::new();
        if let Some(open) = self.current.as_ref().filter(|open| open.length() == 0) {
            let block = self.info_block();
            self.info(open, &block).append_to(&mut bytes, &mut self.packer);
        }
        if let Some(before) = before {
            before.append_to(&mut bytes, &mut self.packer);
        }
        let start = bytes.len() as u64;
        record.append_to(&mut bytes, &mut self.packer);
        (bytes, start)
    }

    /// Creates the next file of this run, never opening one that is there.
    pub(crate) fn begin(&mut self, info_id: String) -> Result<(), ArchiveError> {
        let folder = self.root.join(&self.pipeline);
        let made = fs_err::create_dir_all(&folder);
        made.map_err(|source| ArchiveError::Write { file: self.file_name(self.started + 1), source })?;
        loop {
            let file = self.file_name(self.started + 1);
            // Append mode: after a failed write is taken back, the next one continues at the file's new end.
            let opened = fs_err::OpenOptions::new().append(true).create_new(true).open(resolve(&self.root, &file)?);
            match opened {
                Ok(handle) => {
                    self.started += 1;
                    sync_folder(&folder);
                    self.current = Some(OpenFile::new(handle, file, info_id));
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.started < MAX_FILES => {
                    self.started += 1;
                }
                Err(source) => return Err(ArchiveError::Write { file, source }),
            }
        }
    }

    fn file_name(&self, number: u32) -> String {
        match number {
            1 => format!("{}.warc.gz", self.stem),
            // `_` sorts behind `.`, so the files of a run are listed in their order.
            _ => format!("{}_{number:04}.warc.gz", self.stem),
        }
    }

    fn info<'a>(&self, open: &OpenFile, block: &'a str) -> Draft<'a> {
        let mut info = Draft::new("warcinfo", &open.info_id, self.stamp, "application/warc-fields");
        info.field("WARC-Filename", open.file.rsplit('/').next().unwrap_or_default());
        info.block(block.as_bytes());
        info
    }

    fn info_block(&self) -> String {
        let software = concat!("fazhi/", env!("CARGO_PKG_VERSION"));
        format!(
            "software: {software}\r\nformat: WARC File Format 1.1\r\n\
             conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n\
             isPartOf: {}\r\n",
            self.pipeline
        )
    }
}
