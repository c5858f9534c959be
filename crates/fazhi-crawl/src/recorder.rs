//! Every attempt goes to the archive first, then to the state.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use fazhi_archive::{ArchiveError, ArchiveWriter, Attempt, Exchange, RevisitOf, Written};
use fazhi_model::{CaptureNote, Outcome, SourceIssue};
use tracing::{Span, trace};

use crate::CrawlError;
use crate::client::{Answer, Extent, NoAnswer};
use crate::payload;
use crate::state::{BodySeen, Content, Key, Seen, State};
use crate::verdict::Verdict;

/// The archive file of one pipeline and run, and the state beside it. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    writer: Arc<Mutex<ArchiveWriter>>,
    state: State,
    root: PathBuf,
    pipeline: String,
}

/// An answer on its way to the archive.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) url: String,
    pub(crate) note: CaptureNote,
    pub(crate) answer: Answer,
    pub(crate) digest: String,
    pub(crate) verdict: Verdict,
    pub(crate) known: Option<Content>,
    /// The cycle that need not ask again, if this attempt is the last.
    pub(crate) settled: Option<i64>,
}

/// An attempt without an answer on its way to the archive.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) url: String,
    pub(crate) note: CaptureNote,
    pub(crate) reason: NoAnswer,
    pub(crate) settled: Option<i64>,
}

impl Recorder {
    pub(crate) fn create(root: &Path, pipeline: &str, run_id: &str, state: &State) -> Result<Self, CrawlError> {
        let writer = ArchiveWriter::create(root, pipeline, run_id, Utc::now());
        let writer = writer.map_err(|source| CrawlError::archive(root, pipeline, source))?;
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            state: state.clone(),
            root: root.to_owned(),
            pipeline: pipeline.to_owned(),
        })
    }

    /// Stores an answer; returns what is now known of the address's body.
    pub(crate) async fn answer(&self, answered: Answered) -> Result<Option<Content>, CrawlError> {
        self.blocking(move |recorder, writer| {
            let written = write_answer(writer, &answered);
            let written = written.map_err(|source| recorder.archive_error(source))?;
            let Answered { url, note, answer, digest, verdict, known, settled } = answered;
            let body = body_seen(&answer, &verdict, &note, digest, written);
            let content = match &body {
                BodySeen::Stored(content) => Some(content.clone()),
                BodySeen::Same { .. } => known,
                BodySeen::Nothing => None,
            };
            let seen = Seen {
                outcome: verdict.outcome,
                rule: verdict.rule,
                http_status: Some(answer.status),
                redirect_to: verdict.redirect_to.map(String::from),
                fetched_at: answer.fetched_at,
                settled,
                body,
            };
            recorder.commit(writer, &url, Some((&note, &seen)))?;
            Ok(content)
        })
        .await
    }

    /// Stores an attempt without an answer.
    pub(crate) async fn no_answer(&self, unanswered: Unanswered) -> Result<(), CrawlError> {
        self.blocking(move |recorder, writer| {
            let Unanswered { url, note, reason, settled } = unanswered;
            let attempt =
                Attempt { url: &url, fetched_at: reason.fetched_at, fields: &note.to_fields(), text: &reason.detail };
            writer.write_attempt(&attempt).map_err(|source| recorder.archive_error(source))?;
            let seen = Seen {
                outcome: note.outcome,
                rule: note.rule.clone(),
                http_status: None,
                redirect_to: None,
                fetched_at: reason.fetched_at,
                settled,
                body: BodySeen::Nothing,
            };
            recorder.commit(writer, &url, Some((&note, &seen)))
        })
        .await
    }

    /// Stores what was noticed about a source, so that the tables can be rebuilt from the archive alone.
    pub(crate) async fn issue(&self, issue: SourceIssue, at: DateTime<Utc>) -> Result<(), CrawlError> {
        self.blocking(move |recorder, writer| {
            let fields = issue.to_fields();
            let attempt = Attempt { url: &issue.url, fetched_at: at, fields: &fields, text: &issue.detail };
            writer.write_attempt(&attempt).map_err(|source| recorder.archive_error(source))?;
            recorder.commit(writer, &issue.url, None)
        })
        .await
    }

    fn commit(&self, writer: &ArchiveWriter, url: &str, seen: Option<(&CaptureNote, &Seen)>) -> Result<(), CrawlError> {
        trace!(target: "fazhi::checkpoint", point = "record-written");
        let purpose = seen.map_or(fazhi_model::Purpose::List, |(note, _)| note.purpose);
        let key = Key { pipeline: &self.pipeline, purpose, url };
        self.state.commit(key, seen.map(|(_, seen)| seen), writer.position().as_ref())?;
        trace!(target: "fazhi::checkpoint", point = "state-committed");
        Ok(())
    }

    fn archive_error(&self, source: ArchiveError) -> CrawlError {
        CrawlError::archive(&self.root, &self.pipeline, source)
    }

    /// Disk work waits for the disk, so it leaves the async threads. Record and commit happen under one lock: the length
    /// committed is then that of a file whose every record is accounted for.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &mut ArchiveWriter) -> Result<T, CrawlError> + Send + 'static,
    ) -> Result<T, CrawlError> {
        let recorder = self.clone();
        let span = Span::current();
        crate::blocking(move || {
            let _entered = span.entered();
            let writer = Arc::clone(&recorder.writer);
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            work(&recorder, &mut writer)
        })
        .await
    }
}

fn write_answer(writer: &mut ArchiveWriter, answered: &Answered) -> Result<Written, ArchiveError> {
    let mut fields = answered.note.to_fields();
    if answered.answer.extent == Extent::Cut {
        fields.push(("WARC-Truncated".to_owned(), "length".to_owned()));
    }
    let exchange = Exchange {
        url: &answered.url,
        fetched_at: answered.answer.fetched_at,
        request_head: &answered.answer.request_head,
        response_head: &answered.answer.response_head,
        body: &answered.answer.body,
        fields: &fields,
    };
    match &answered.known {
        Some(known) if answered.answer.status == 304 => {
            let original = RevisitOf { record_id: &known.record_id, url: &answered.url, date: known.body_at };
            writer.write_unchanged(&exchange, &original)
        }
        _ => writer.write_exchange(&exchange),
    }
}

fn body_seen(answer: &Answer, verdict: &Verdict, note: &CaptureNote, digest: String, written: Written) -> BodySeen {
    let header = |name: &str| answer.header(name).map(str::to_owned);
    if answer.status == 304 && verdict.outcome == Outcome::Unchanged {
        return BodySeen::Same { etag: header("etag"), last_modified: header("last-modified") };
    }
    if !payload::is_content(verdict.outcome, note.purpose, answer.status) {
        return BodySeen::Nothing;
    }
    BodySeen::Stored(Content {
        etag: header("etag"),
        last_modified: header("last-modified"),
        digest,
        record_id: written.record_id,
        location: written.location,
        body_at: answer.fetched_at,
    })
}
