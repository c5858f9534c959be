//! Writing records: whole, in order, on disk before the call returns.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::http::status;
use crate::layout::{check_name, resolve};
use crate::write::{Draft, digest, record_id, timestamp};
use crate::{ArchiveError, Location};

/// A file that has reached this many bytes gets no further record: 1 GB, as the WARC guidelines advise.
const FILE_CAP: u64 = 1_000_000_000;

/// Files one run may begin, so that a folder in which every name is taken ends in an error.
const MAX_FILES: u32 = 9_999;

const REVISIT_UNMODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";
const REVISIT_IDENTICAL: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// A request and the answer to it, as they went over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Address that answered.
    pub url: &'a str,
    /// When the answer began.
    pub fetched_at: DateTime<Utc>,
    /// Request line and header lines; empty where they are not known, then no request record is written.
    pub request_head: &'a [u8],
    /// Status line and header lines with CRLF ends and the closing blank line.
    pub response_head: &'a [u8],
    /// Body as it arrived, content coding still on it, transfer coding off.
    pub body: &'a [u8],
    /// Further fields of the response record, such as `Fazhi-Pipeline` or `WARC-Truncated`.
    pub fields: &'a [(String, String)],
}

/// An attempt without an answer, or a note about a source.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Address asked for; empty for a note about no address.
    pub url: &'a str,
    /// When.
    pub fetched_at: DateTime<Utc>,
    /// Further fields of the record.
    pub fields: &'a [(String, String)],
    /// What happened; read back with [`crate::Record::note`].
    pub text: &'a str,
}

/// The record that holds what an unchanged answer would have repeated.
#[derive(Debug, Clone, Copy)]
pub struct RevisitOf<'a> {
    /// `WARC-Record-ID` with its angle brackets.
    pub record_id: &'a str,
    /// Its address.
    pub url: &'a str,
    /// When it was fetched.
    pub date: DateTime<Utc>,
}

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
    file_cap: u64,
    stamp: DateTime<Utc>,
    started: u32,
    current: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    handle: fs_err::File,
    file: String,
    /// Bytes of complete records; the file never ends elsewhere between two calls.
    length: u64,
    info_id: String,
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
        })
    }

    /// Begins a new file once one has this many bytes (default 1 GB).
    #[must_use]
    pub fn with_file_cap(mut self, bytes: u64) -> Self {
        self.file_cap = bytes;
        self
    }

    /// Stores an answer: its request record, then its response record. If the response is complete, both are.
    pub fn write_exchange(&mut self, exchange: &Exchange) -> Result<Written, ArchiveError> {
        self.write(|info_id| {
            let id = record_id(exchange.url);
            let mut response = Draft::new("response", &id, exchange.fetched_at, "application/http;msgtype=response");
            response.field("WARC-Target-URI", exchange.url);
            response.field("WARC-Warcinfo-ID", info_id);
            response.field("WARC-Payload-Digest", &digest(&[exchange.body]));
            response.extension_fields(exchange.fields)?;
            response.block(exchange.response_head);
            response.block(head_end(exchange.response_head));
            response.block(exchange.body);
            Ok(Parts { before: request(exchange, info_id, &id), record: response, id })
        })
    }

    /// Stores an answer that repeats an archived one: 304, or the same body again. Only its head is kept.
    pub fn write_unchanged(&mut self, exchange: &Exchange, original: &RevisitOf) -> Result<Written, ArchiveError> {
        self.write(|info_id| {
            let id = record_id(exchange.url);
            let mut revisit = Draft::new("revisit", &id, exchange.fetched_at, "application/http;msgtype=response");
            revisit.field("WARC-Target-URI", exchange.url);
            revisit.field("WARC-Warcinfo-ID", info_id);
            if status(exchange.response_head) == Some(304) {
                revisit.field("WARC-Profile", REVISIT_UNMODIFIED);
            } else {
                revisit.field("WARC-Profile", REVISIT_IDENTICAL);
                revisit.field("WARC-Payload-Digest", &digest(&[exchange.body]));
            }
            revisit.field("WARC-Refers-To", original.record_id);
            revisit.field("WARC-Refers-To-Target-URI", original.url);
            revisit.field("WARC-Refers-To-Date", &timestamp(original.date));
            revisit.extension_fields(exchange.fields)?;
            revisit.block(exchange.response_head);
            revisit.block(head_end(exchange.response_head));
            Ok(Parts { before: request(exchange, info_id, &id), record: revisit, id })
        })
    }

    /// Stores an attempt without an answer as a `metadata` record.
    pub fn write_attempt(&mut self, attempt: &Attempt) -> Result<Written, ArchiveError> {
        let text = note(attempt.text);
        self.write(|info_id| {
            let id = record_id(attempt.url);
            let mut metadata = Draft::new("metadata", &id, attempt.fetched_at, "application/warc-fields");
            if !attempt.url.is_empty() {
                metadata.field("WARC-Target-URI", attempt.url);
            }
            metadata.field("WARC-Warcinfo-ID", info_id);
            metadata.extension_fields(attempt.fields)?;
            metadata.block(text.as_bytes());
            Ok(Parts { before: None, record: metadata, id })
        })
    }

    /// The file being written and its length so far, all of it complete records on disk.
    pub fn position(&self) -> Option<(String, u64)> {
        self.current.as_ref().map(|open| (open.file.clone(), open.length))
    }

    fn write<'a>(
        &mut self,
        compose: impl FnOnce(&str) -> Result<Parts<'a>, ArchiveError>,
    ) -> Result<Written, ArchiveError> {
        let current = self.current.take_if(|open| open.length >= self.file_cap);
        drop(current);
        let info_id = self.current.as_ref().map_or_else(|| record_id(&self.stem), |open| open.info_id.clone());
        // Composed before a file is begun: a refused field leaves nothing behind.
        let Parts { before, record, id } = compose(&info_id)?;
        let mut open = match self.current.take() {
            Some(open) => open,
            None => self.begin(info_id)?,
        };
        let mut bytes = Vec::new();
        if open.length == 0 {
            self.info(&open, &mut bytes);
        }
        if let Some(before) = before {
            before.append_to(&mut bytes);
        }
        let offset = open.length + bytes.len() as u64;
        record.append_to(&mut bytes);
        let location = Location { file: open.file.clone(), offset, length: open.length + bytes.len() as u64 - offset };
        match open.append(&bytes) {
            Ok(()) => {
                self.current = Some(open);
                Ok(Written { record_id: id, location })
            }
            Err(source) => {
                self.current = open.undo();
                Err(ArchiveError::Write { file: location.file, source })
            }
        }
    }

    /// Creates the next file of this run, never opening one that is there.
    fn begin(&mut self, info_id: String) -> Result<OpenFile, ArchiveError> {
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
                    return Ok(OpenFile { handle, file, length: 0, info_id });
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

    fn info(&self, open: &OpenFile, out: &mut Vec<u8>) {
        let software = concat!("fazhi/", env!("CARGO_PKG_VERSION"));
        let block = format!(
            "software: {software}\r\nformat: WARC File Format 1.1\r\n\
             conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n\
             isPartOf: {}\r\n",
            self.pipeline
        );
        let mut info = Draft::new("warcinfo", &open.info_id, self.stamp, "application/warc-fields");
        info.field("WARC-Filename", open.file.rsplit('/').next().unwrap_or_default());
        info.block(block.as_bytes());
        info.append_to(out);
    }
}

/// What one call stores.
struct Parts<'a> {
    before: Option<Draft<'a>>,
    record: Draft<'a>,
    id: String,
}

impl OpenFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.handle.write_all(bytes)?;
        self.handle.sync_data()?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Takes a failed write back, so that the file again ends with a complete record. A file without any is removed;
    /// one that cannot be shortened is given up, and recovery cuts it later.
    fn undo(self) -> Option<Self> {
        if self.length > 0 {
            let shortened = self.handle.set_len(self.length).and_then(|()| self.handle.sync_data());
            return shortened.is_ok().then_some(self);
        }
        // If this fails too, an empty or torn file stays; recovery knows both.
        let _ = fs_err::remove_file(self.handle.path());
        None
    }
}

/// The entry in the folder must outlive a power cut too.
fn sync_folder(folder: &Path) {
    // Not every system can promise that, and the file itself is good without it.
    let _ = fs_err::File::open(folder).and_then(|folder| folder.sync_all());
}

fn request<'a>(exchange: &Exchange<'a>, info_id: &str, response_id: &str) -> Option<Draft<'a>> {
    if exchange.request_head.is_empty() {
        return None;
    }
    let id = record_id(exchange.url);
    let mut request = Draft::new("request", &id, exchange.fetched_at, "application/http;msgtype=request");
    request.field("WARC-Target-URI", exchange.url);
    request.field("WARC-Warcinfo-ID", info_id);
    request.field("WARC-Concurrent-To", response_id);
    request.block(exchange.request_head);
    request.block(head_end(exchange.request_head));
    Some(request)
}

/// What a head lacks to end in a blank line; without one the body would be read as headers.
fn head_end(head: &[u8]) -> &'static [u8] {
    if head.ends_with(b"\r\n\r\n") {
        b""
    } else if head.ends_with(b"\r\n") {
        b"\r\n"
    } else {
        b"\r\n\r\n"
    }
}

/// The text as `application/warc-fields`, a field per line.
fn note(text: &str) -> String {
    let mut fields = String::new();
    for line in text.split('\n') {
        fields.push_str("note: ");
        fields.push_str(&line.replace('\r', " "));
        fields.push_str("\r\n");
    }
    fields
}
