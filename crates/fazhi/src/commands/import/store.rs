//! The archive as an import fills it: each capture once, however often it is imported.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, Utc};
use fazhi_archive::{
    ArchiveError, ArchiveWriter, Attempt, Batch, Exchange, HttpHead, Record, RecordKind, RevisitOf, payload_digest,
    recover_each,
};
use fazhi_model::SourceIssue;

use super::capture::{Capture, Content, key};
use crate::outcome::Failure;

/// Captures that wait for the disk together, and their bytes.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 16 << 20;

const KEPT: &str = "is the disk full or read-only? what was stored is kept, and the import can be repeated";

/// What an import did.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Captures that are new in the archive.
    pub(super) added: u64,
    /// Captures that had been imported before.
    pub(super) known: u64,
    /// Records that hold no answer of a web server.
    pub(super) other: u64,
    /// Records that could not be imported.
    pub(super) damaged: u64,
}

/// The archive of one pipeline, with what it holds.
pub(super) struct Store {
    writer: ArchiveWriter,
    pipeline: String,
    run_id: String,
    at: DateTime<Utc>,
    /// The record of each capture by its key; of those that wait, none yet.
    known: HashMap<String, Option<String>>,
    waiting: Vec<Waiting>,
    bytes: usize,
    pub(super) counts: Counts,
}

enum Waiting {
    Capture { key: String, capture: Capture },
    Issue(SourceIssue),
}

impl Store {
    /// Opens the archive of a pipeline, and learns what it holds. What a broken import left at the end of a file is cut.
    pub(super) fn open(root: &Path, pipeline: &str, run_id: &str, at: DateTime<Utc>) -> Result<Self, Failure> {
        let writer = ArchiveWriter::create(root, pipeline, run_id, at)
            .map_err(|error| Failure::hinted(error.into(), "choose another name with `--pipeline`"))?;
        let mut known = HashMap::new();
        for file in fazhi_archive::files(root)? {
            if file.file.split('/').next() == Some(pipeline) {
                let learn = |record: Record| known.extend(key_of(&record).map(|key| (key, Some(record.id.clone()))));
                recover_each(root, &file.file, 0, learn)?;
            }
        }
        let (pipeline, run_id) = (pipeline.to_owned(), run_id.to_owned());
        Ok(Self { writer, pipeline, run_id, at, known, waiting: Vec::new(), bytes: 0, counts: Counts::default() })
    }

    pub(super) fn pipeline(&self) -> &str {
        &self.pipeline
    }

    pub(super) fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Whether a capture is in the archive or about to be.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.known.contains_key(key)
    }

    /// Stores a capture, unless it is known.
    pub(super) fn add(&mut self, capture: Capture) -> Result<(), Failure> {
        let key = key(&capture.url, capture.fetched_at, &payload_digest(&capture.body));
        if self.holds(&key) {
            self.counts.known += 1;
            return Ok(());
        }
        self.known.insert(key.clone(), None);
        self.counts.added += 1;
        self.bytes += capture.body.len();
        self.wait(Waiting::Capture { key, capture })
    }

    /// Stores an issue, unless it is known.
    pub(super) fn add_issue(&mut self, issue: SourceIssue) -> Result<(), Failure> {
        self.counts.damaged += 1;
        match self.known.insert(issue_key(&issue), None) {
            Some(_) => Ok(()),
            None => self.wait(Waiting::Issue(issue)),
        }
    }

    /// Makes everything durable.
    pub(super) fn close(mut self) -> Result<Counts, Failure> {
        self.flush()?;
        Ok(self.counts)
    }

    fn wait(&mut self, waiting: Waiting) -> Result<(), Failure> {
        self.waiting.push(waiting);
        if self.waiting.len() >= BATCH || self.bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let failed = |error: ArchiveError| Failure::hinted(error.into(), KEPT);
        self.bytes = 0;
        let mut batch = self.writer.batch();
        for waiting in self.waiting.drain(..) {
            match waiting {
                Waiting::Capture { key, capture } => {
                    let id = write(&mut batch, &capture, &self.known, &self.pipeline, &self.run_id)?;
                    self.known.insert(key, Some(id));
                }
                Waiting::Issue(issue) => {
                    let fields = issue.to_fields();
                    let attempt =
                        Attempt { url: &issue.url, fetched_at: self.at, fields: &fields, text: &issue.detail };
                    batch.attempt(&attempt).map_err(failed)?;
                }
            }
        }
        batch.commit().map_err(failed)?;
        Ok(())
    }
}

fn write(
    batch: &mut Batch,
    capture: &Capture,
    known: &HashMap<String, Option<String>>,
    pipeline: &str,
    run_id: &str,
) -> Result<String, Failure> {
    let head = HttpHead::parse(&capture.response_head).context("an answer without a status was imported")?;
    let mut fields = capture.note(pipeline, run_id, head.status, &head.headers).to_fields();
    fields.extend(capture.truncated.clone().map(|why| ("WARC-Truncated".to_owned(), why)));
    let exchange = Exchange {
        url: &capture.url,
        fetched_at: capture.fetched_at,
        request_head: &capture.request_head,
        response_head: &capture.response_head,
        body: &capture.body,
        fields: &fields,
    };
    let written = match &capture.content {
        Content::Own => batch.exchange(&exchange),
        Content::Repeats { original, date } => {
            let id = known.get(original).and_then(Option::as_deref);
            let id = id.ok_or_else(|| anyhow!("the original of `{}` was not imported", capture.url))?;
            batch.unchanged(&exchange, &RevisitOf { record_id: id, url: &capture.url, date: *date })
        }
    };
    Ok(written.map_err(|error| Failure::hinted(error.into(), KEPT))?.record_id)
}

/// The key of what an earlier import stored.
fn key_of(record: &Record) -> Option<String> {
    if let Ok(issue) = SourceIssue::from_fields(|name| record.field(name)) {
        return Some(issue_key(&issue));
    }
    let digest = match record.kind {
        RecordKind::Response | RecordKind::Revisit => record.field("WARC-Payload-Digest").map(str::to_owned),
        _ => return None,
    };
    // Of an answer that was not modified there is no body.
    Some(key(record.url.as_deref()?, record.date, &digest.unwrap_or_else(|| payload_digest(b""))))
}

fn issue_key(issue: &SourceIssue) -> String {
    format!("{} {}", issue.kind, issue.detail.split_whitespace().collect::<Vec<_>>().join(" "))
}
