//! Every attempt goes to the archive first, then to the state.
//!
//! One thread writes. It takes what has piled up since its last write, stores it with one sync, commits it in one
//! transaction, and only then tells those who wait: under load the cost of a sync is shared, and alone nobody waits longer.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use chrono::{DateTime, Utc};
use fazhi_archive::{ArchiveError, ArchiveFile, ArchiveWriter, Attempt, Batch, Exchange, RevisitOf, Written};
use fazhi_model::{CaptureNote, Outcome, SourceIssue};
use tokio::sync::oneshot;
use tracing::trace;
use url::Url;

use crate::CrawlError;
use crate::client::{Answer, NoAnswer};
use crate::payload::{self, Digests};
use crate::state::urls::{BodySeen, Content, Key, Seen};
use crate::state::{Attempted, State};
use crate::verdict::Verdict;

/// Most entries, and about the most bytes of bodies, that are stored with one sync.
const BATCH_ENTRIES: usize = 64;
const BATCH_BYTES: usize = 16 << 20;

/// The archive file of one pipeline and run, and the state beside it.
#[derive(Debug)]
pub(crate) struct Recorder {
    entries: Option<Sender<Entry>>,
    thread: Option<JoinHandle<()>>,
    root: PathBuf,
}

/// An answer on its way to the archive.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) url: String,
    pub(crate) note: CaptureNote,
    pub(crate) answer: Answer,
    pub(crate) digests: Digests,
    pub(crate) verdict: Verdict,
    pub(crate) known: Option<Content>,
    /// Further pages of an article that is split.
    pub(crate) parts: Vec<Url>,
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

#[derive(Debug)]
enum Event {
    Answered(Box<Answered>),
    Unanswered(Box<Unanswered>),
    Issue(Box<SourceIssue>, DateTime<Utc>),
    /// An article of the frontier is done with.
    Done(i64),
    /// Nothing; who waits for it knows that all before it is stored.
    Settled,
}

/// An event, and whom to tell what is now known of the address's body.
#[derive(Debug)]
struct Entry {
    event: Event,
    told: Option<oneshot::Sender<Result<Option<Content>, CrawlError>>>,
}

impl Recorder {
    pub(crate) fn create(root: &Path, pipeline: &str, run_id: &str, state: &State) -> Result<Self, CrawlError> {
        let writer = ArchiveWriter::create(root, pipeline, run_id, Utc::now());
        let writer = writer.map_err(|source| CrawlError::archive(root, pipeline, source))?;
        let (entries, received) = channel();
        let scribe = Scribe { writer, state: state.clone(), root: root.to_owned(), pipeline: pipeline.to_owned() };
        let thread =
            std::thread::Builder::new().name(format!("archive {pipeline}")).spawn(move || scribe.run(&received));
        let thread = thread.map_err(|source| {
            let source = ArchiveError::Write { file: format!("{pipeline}/"), source };
            CrawlError::archive(root, pipeline, source)
        })?;
        Ok(Self { entries: Some(entries), thread: Some(thread), root: root.to_owned() })
    }

    /// Where the archive lies.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Stores an answer; returns what is now known of the address's body.
    pub(crate) async fn answer(&self, answered: Answered) -> Result<Option<Content>, CrawlError> {
        self.store(Event::Answered(Box::new(answered))).await
    }

    /// Stores an attempt without an answer.
    pub(crate) async fn no_answer(&self, unanswered: Unanswered) -> Result<(), CrawlError> {
        self.store(Event::Unanswered(Box::new(unanswered))).await.map(drop)
    }

    /// Stores what was noticed about a source, so that the tables can be rebuilt from the archive alone.
    pub(crate) async fn issue(&self, issue: SourceIssue, at: DateTime<Utc>) -> Result<(), CrawlError> {
        self.store(Event::Issue(Box::new(issue), at)).await.map(drop)
    }

    /// Notes that an article of the frontier is done with. Nobody waits for it: if it is lost, the article's address is
    /// known to be settled all the same.
    pub(crate) fn done(&self, id: i64) {
        if let Some(entries) = &self.entries {
            // Whoever stored the article's record has been told if the thread is gone.
            let _ = entries.send(Entry { event: Event::Done(id), told: None });
        }
    }

    /// Waits until everything so far is stored.
    pub(crate) async fn settle(&self) -> Result<(), CrawlError> {
        self.store(Event::Settled).await.map(drop)
    }

    /// Waits until everything is stored, and ends.
    pub(crate) async fn close(mut self) -> Result<(), CrawlError> {
        drop(self.entries.take());
        let thread = self.thread.take();
        crate::blocking(move || Ok(thread.map(JoinHandle::join))).await.map(drop)
    }

    async fn store(&self, event: Event) -> Result<Option<Content>, CrawlError> {
        let (told, answer) = oneshot::channel();
        let entry = Entry { event, told: Some(told) };
        let sent = self.entries.as_ref().is_some_and(|entries| entries.send(entry).is_ok());
        if !sent {
            return Err(CrawlError::Stopped);
        }
        answer.await.unwrap_or_else(|_| Err(CrawlError::Stopped))
    }
}

impl Drop for Recorder {
    /// A crawl that is dropped leaves no write under way: whoever opens the archive next finds it at rest.
    fn drop(&mut self) {
        drop(self.entries.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told to those who waited for it.
            let _ = thread.join();
        }
    }
}

/// The thread that writes.
struct Scribe {
    writer: ArchiveWriter,
    state: State,
    root: PathBuf,
    pipeline: String,
}

impl Scribe {
    fn run(mut self, entries: &Receiver<Entry>) {
        while let Ok(first) = entries.recv() {
            let mut batch = vec![first];
            let mut bytes = batch[0].bytes();
            while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES {
                let Ok(entry) = entries.try_recv() else { break };
                bytes += entry.bytes();
                batch.push(entry);
            }
            self.record(batch);
        }
    }

    /// Stores a batch. If that fails, nothing of it is stored; each entry is then tried alone, so that everybody is
    /// told what became of their own.
    fn record(&mut self, batch: Vec<Entry>) {
        let (events, told): (Vec<Event>, Vec<_>) = batch.into_iter().map(|entry| (entry.event, entry.told)).unzip();
        match self.store(&events) {
            Ok(contents) => {
                for (told, content) in told.into_iter().zip(contents) {
                    tell(told, Ok(content));
                }
            }
            Err(error) if events.len() == 1 => tell(told.into_iter().next().flatten(), Err(error)),
            // The records are in the archive, and the next run finds them there; to write them again would store them twice.
            Err(error @ CrawlError::State(_)) => {
                let mut told = told.into_iter();
                tell(told.next().flatten(), Err(error));
                told.for_each(|told| tell(told, Err(CrawlError::Stopped)));
            }
            Err(_) => {
                for (event, told) in events.into_iter().zip(told) {
                    let stored = self.store(std::slice::from_ref(&event));
                    tell(told, stored.map(|mut contents| contents.pop().flatten()));
                }
            }
        }
    }

    /// Archive, then state. Returns what is now known of the body of each event's address.
    fn store(&mut self, events: &[Event]) -> Result<Vec<Option<Content>>, CrawlError> {
        let mut stored = Vec::with_capacity(events.len());
        let (root, pipeline) = (&self.root, &self.pipeline);
        let failed = |source| CrawlError::archive(root, pipeline, source);
        let mut batch = self.writer.batch();
        for event in events {
            stored.push(write(&mut batch, event).map_err(failed)?);
        }
        trace!(target: "fazhi::checkpoint", point = "record-composed");
        let files = batch.commit().map_err(failed)?;
        if !files.is_empty() {
            trace!(target: "fazhi::checkpoint", point = "record-written");
        }
        self.commit(events, &stored, &files)?;
        trace!(target: "fazhi::checkpoint", point = "state-committed");
        Ok(stored.into_iter().map(|stored| stored.content).collect())
    }

    fn commit(&self, events: &[Event], stored: &[Stored], files: &[ArchiveFile]) -> Result<(), CrawlError> {
        let attempts = events.iter().zip(stored).filter_map(|(event, stored)| {
            let (url, note) = match event {
                Event::Answered(answered) => (&answered.url, &answered.note),
                Event::Unanswered(unanswered) => (&unanswered.url, &unanswered.note),
                Event::Issue(..) | Event::Done(_) | Event::Settled => return None,
            };
            let key = Key { pipeline: &self.pipeline, purpose: note.purpose, url };
            stored.seen.as_ref().map(|seen| Attempted { key, seen })
        });
        let attempts: Vec<Attempted<'_>> = attempts.collect();
        let done = events.iter().filter_map(|event| if let Event::Done(id) = event { Some(*id) } else { None });
        let done: Vec<i64> = done.collect();
        self.state.commit(&self.pipeline, &attempts, &done, files)?;
        Ok(())
    }
}

fn tell(
    told: Option<oneshot::Sender<Result<Option<Content>, CrawlError>>>,
    result: Result<Option<Content>, CrawlError>,
) {
    if let Some(told) = told {
        // Whoever asked may have been dropped; what is stored is stored.
        let _ = told.send(result);
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        match &self.event {
            Event::Answered(answered) => answered.answer.body.len(),
            Event::Unanswered(_) | Event::Issue(..) | Event::Done(_) | Event::Settled => 0,
        }
    }
}

/// What an event left: what the state is to note, and what is known of the body.
#[derive(Default)]
struct Stored {
    seen: Option<Seen>,
    content: Option<Content>,
}

fn write(batch: &mut Batch<'_>, event: &Event) -> Result<Stored, ArchiveError> {
    match event {
        Event::Answered(answered) => {
            let written = write_answer(batch, answered)?;
            Ok(seen_of(answered, written))
        }
        Event::Unanswered(unanswered) => {
            let Unanswered { url, note, reason, settled } = &**unanswered;
            let fields = note.to_fields();
            batch.attempt(&Attempt { url, fetched_at: reason.fetched_at, fields: &fields, text: &reason.detail })?;
            let seen = Seen {
                outcome: note.outcome,
                rule: note.rule.clone(),
                http_status: None,
                redirect_to: None,
                fetched_at: reason.fetched_at,
                settled: *settled,
                body: BodySeen::Nothing,
            };
            Ok(Stored { seen: Some(seen), content: None })
        }
        Event::Issue(issue, at) => {
            let fields = issue.to_fields();
            batch.attempt(&Attempt { url: &issue.url, fetched_at: *at, fields: &fields, text: &issue.detail })?;
            Ok(Stored::default())
        }
        Event::Done(_) | Event::Settled => Ok(Stored::default()),
    }
}

fn write_answer(batch: &mut Batch<'_>, answered: &Answered) -> Result<Written, ArchiveError> {
    let mut fields = answered.note.to_fields();
    if let Some(reason) = answered.answer.extent.truncated() {
        fields.push(("WARC-Truncated".to_owned(), reason.to_owned()));
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
        Some(known) if repeats(answered, known) => {
            let original = RevisitOf { record_id: &known.record_id, url: &answered.url, date: known.body_at };
            batch.unchanged(&exchange, &original)
        }
        _ => batch.exchange(&exchange),
    }
}

/// Whether an answer is no more than a known body again: 304, or the same bytes.
fn repeats(answered: &Answered, known: &Content) -> bool {
    let unchanged = answered.verdict.outcome == Outcome::Unchanged;
    unchanged && (answered.answer.status == 304 || answered.digests.is_payload_of(known))
}

fn seen_of(answered: &Answered, written: Written) -> Stored {
    let Answered { note, answer, verdict, known, .. } = answered;
    let body = body_seen(answered, written);
    let content = match &body {
        BodySeen::Stored { content, .. } => Some(content.clone()),
        BodySeen::Same { .. } => known.clone(),
        BodySeen::Nothing => None,
    };
    let seen = Seen {
        outcome: verdict.outcome,
        rule: note.rule.clone(),
        http_status: Some(answer.status),
        redirect_to: verdict.redirect_to.clone().map(String::from),
        fetched_at: answer.fetched_at,
        settled: answered.settled,
        body,
    };
    Stored { seen: Some(seen), content }
}

fn body_seen(answered: &Answered, written: Written) -> BodySeen {
    let Answered { note, answer, verdict, known, digests, parts, .. } = answered;
    let header = |name: &str| answer.header(name).map(str::to_owned);
    if known.as_ref().is_some_and(|known| repeats(answered, known)) {
        return BodySeen::Same { etag: header("etag"), last_modified: header("last-modified") };
    }
    if !payload::is_content(verdict.outcome, note.purpose, answer.status) {
        return BodySeen::Nothing;
    }
    let content = Content {
        etag: header("etag"),
        last_modified: header("last-modified"),
        digest: digests.content.clone(),
        payload_digest: digests.payload.clone(),
        record_id: written.record_id,
        location: written.location,
        body_at: answer.fetched_at,
    };
    BodySeen::Stored { content, parts: parts.clone() }
}
