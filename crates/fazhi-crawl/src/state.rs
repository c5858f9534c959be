//! What the crawl remembers between runs: `state.sqlite`.
//!
//! A row is committed after its record is on disk, so the state never knows of a record that the archive does not hold.
//! The other way round can happen (a crash in between): [`adopt`](crate::state::adopt) closes that gap at the start of a
//! crawl, and rebuilds everything when the file is missing.

pub(crate) mod adopt;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use fazhi_archive::Location;
use fazhi_model::{Outcome, Purpose};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// An unfinished crawl older than this is not continued: its lists say too little about the portal today.
const CONTINUE_WITHIN: TimeDelta = TimeDelta::hours(24);

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use crawl state `{}`", path.display())]
pub struct StateError {
    path: PathBuf,
    #[source]
    source: rusqlite::Error,
}

/// The crawl state of one data folder. Clones share it.
#[derive(Debug, Clone)]
pub struct State {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

/// One crawl of one pipeline, possibly over several runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) id: i64,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) origin: Origin,
}

/// Whether a cycle is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It begins with this run.
    Started,
    /// An earlier run began it and did not finish.
    Continued,
}

/// Which address of which pipeline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) pipeline: &'a str,
    pub(crate) purpose: Purpose,
    pub(crate) url: &'a str,
}

/// What is known of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) outcome: Outcome,
    pub(crate) rule: String,
    pub(crate) http_status: Option<u16>,
    pub(crate) redirect_to: Option<String>,
    pub(crate) last_cycle: Option<i64>,
    pub(crate) content: Option<Content>,
}

/// The last body of an address, and how to ask whether it has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) digest: String,
    pub(crate) record_id: String,
    pub(crate) location: Location,
    pub(crate) body_at: DateTime<Utc>,
}

/// What an attempt adds to the state.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) rule: String,
    pub(crate) http_status: Option<u16>,
    pub(crate) redirect_to: Option<String>,
    pub(crate) fetched_at: DateTime<Utc>,
    /// The cycle that need not ask again; none if the attempt settles nothing.
    pub(crate) settled: Option<i64>,
    pub(crate) body: BodySeen,
}

/// What an attempt says about the body of an address.
#[derive(Debug, Clone)]
pub(crate) enum BodySeen {
    /// Nothing: the last body stays the last.
    Nothing,
    /// As before; the server may have renamed it.
    Same { etag: Option<String>, last_modified: Option<String> },
    /// This is the last body now.
    Stored(Content),
}

impl State {
    /// Opens or creates the state file.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        Ok(Self { path: path.to_owned(), connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs database work. A panic elsewhere leaves no half transaction behind, so a poisoned lock is taken over.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StateError> {
        let mut connection: MutexGuard<'_, Connection> = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|source| StateError { path: self.path.clone(), source })
    }

    /// Continues the pipeline's unfinished cycle, or starts one.
    pub(crate) fn begin_cycle(&self, pipeline: &str, run_id: &str, now: DateTime<Utc>) -> Result<Cycle, StateError> {
        self.with(|connection| {
            if let Some(open) = open_cycle(connection, pipeline)? {
                if now - open.started_at < CONTINUE_WITHIN {
                    return Ok(open);
                }
                end_cycle(connection, open.id, now)?;
            }
            let sql = "INSERT INTO cycles (pipeline, run_id, started_at) VALUES (?1, ?2, ?3)";
            connection.execute(sql, params![pipeline, run_id, stamp(now)])?;
            Ok(Cycle { id: connection.last_insert_rowid(), started_at: now, origin: Origin::Started })
        })
    }

    /// Notes that a cycle is complete.
    pub(crate) fn end_cycle(&self, cycle: &Cycle, now: DateTime<Utc>) -> Result<(), StateError> {
        self.with(|connection| end_cycle(connection, cycle.id, now))
    }

    /// What is known of an address.
    pub(crate) fn known(&self, key: Key<'_>) -> Result<Option<Known>, StateError> {
        self.with(|connection| {
            let sql = "SELECT outcome, rule, http_status, redirect_to, last_cycle, etag, last_modified, digest, record_id, \
                       warc_file, warc_offset, warc_length, body_at \
                       FROM urls WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3";
            let mut statement = connection.prepare(sql)?;
            statement.query_row(params![key.pipeline, key.purpose.as_str(), key.url], known_of).optional()
        })
    }

    /// Forgets where the body of an address lies, and that this cycle has dealt with it.
    pub(crate) fn forget(&self, key: Key<'_>) -> Result<(), StateError> {
        self.with(|connection| {
            let sql = "UPDATE urls SET etag = NULL, last_modified = NULL, digest = NULL, record_id = NULL, \
                       warc_file = NULL, warc_offset = NULL, warc_length = NULL, body_at = NULL, last_cycle = NULL \
                       WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3";
            connection.execute(sql, params![key.pipeline, key.purpose.as_str(), key.url]).map(|_| ())
        })
    }

    /// Notes an attempt and how far the archive file is accounted for, both or neither.
    pub(crate) fn commit(
        &self,
        key: Key<'_>,
        seen: Option<&Seen>,
        position: Option<&(String, u64)>,
    ) -> Result<(), StateError> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            if let Some(seen) = seen {
                note_seen(&transaction, key, seen)?;
            }
            if let Some((file, length)) = position {
                note_length(&transaction, key.pipeline, file, *length)?;
            }
            transaction.commit()
        })
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // Another process may be looking inside.
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit lost to a power failure is found again in the archive, so no sync per commit is needed;
    // WAL with NORMAL cannot corrupt the file.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(include_str!("state/schema.sql"))
}

pub(crate) fn open_cycle(connection: &Connection, pipeline: &str) -> rusqlite::Result<Option<Cycle>> {
    let sql = "SELECT cycle, started_at, ended_at FROM cycles WHERE pipeline = ?1 ORDER BY cycle DESC LIMIT 1";
    let last = connection.query_row(sql, [pipeline], |row| {
        let cycle = Cycle { id: row.get(0)?, started_at: time(row, 1)?, origin: Origin::Continued };
        Ok((cycle, row.get::<_, Option<String>>(2)?))
    });
    Ok(last.optional()?.filter(|(_, ended)| ended.is_none()).map(|(cycle, _)| cycle))
}

fn end_cycle(connection: &Connection, id: i64, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute("UPDATE cycles SET ended_at = ?2 WHERE cycle = ?1", params![id, stamp(now)]).map(|_| ())
}

pub(crate) fn note_length(connection: &Connection, pipeline: &str, file: &str, length: u64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO archive_files (file, pipeline, committed_length) VALUES (?1, ?2, ?3) \
               ON CONFLICT (file) DO UPDATE SET committed_length = excluded.committed_length";
    connection.prepare(sql)?.execute(params![file, pipeline, integer(length)]).map(|_| ())
}

pub(crate) fn note_seen(connection: &Connection, key: Key<'_>, seen: &Seen) -> rusqlite::Result<()> {
    let sql = "INSERT INTO urls (pipeline, purpose, url, outcome, rule, http_status, redirect_to, fetched_at, last_cycle) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
               ON CONFLICT (pipeline, purpose, url) DO UPDATE SET outcome = excluded.outcome, rule = excluded.rule, \
               http_status = excluded.http_status, redirect_to = excluded.redirect_to, fetched_at = excluded.fetched_at, \
               last_cycle = coalesce(excluded.last_cycle, last_cycle)";
    connection.prepare(sql)?.execute(params![
        key.pipeline,
        key.purpose.as_str(),
        key.url,
        seen.outcome.as_str(),
        seen.rule,
        seen.http_status,
        seen.redirect_to,
        stamp(seen.fetched_at),
        seen.settled,
    ])?;
    match &seen.body {
        BodySeen::Nothing => Ok(()),
        BodySeen::Same { etag, last_modified } => {
            let sql = "UPDATE urls SET etag = coalesce(?4, etag), last_modified = coalesce(?5, last_modified) \
                       WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3";
            let values = params![key.pipeline, key.purpose.as_str(), key.url, etag, last_modified];
            connection.prepare(sql)?.execute(values).map(|_| ())
        }
        BodySeen::Stored(content) => note_content(connection, key, content),
    }
}

fn note_content(connection: &Connection, key: Key<'_>, content: &Content) -> rusqlite::Result<()> {
    let sql = "UPDATE urls SET etag = ?4, last_modified = ?5, digest = ?6, record_id = ?7, warc_file = ?8, \
               warc_offset = ?9, warc_length = ?10, body_at = ?11 WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3";
    let values = params![
        key.pipeline,
        key.purpose.as_str(),
        key.url,
        content.etag,
        content.last_modified,
        content.digest,
        content.record_id,
        content.location.file,
        integer(content.location.offset),
        integer(content.location.length),
        stamp(content.body_at),
    ];
    connection.prepare(sql)?.execute(values).map(|_| ())
}

fn known_of(row: &Row<'_>) -> rusqlite::Result<Known> {
    let outcome: String = row.get(0)?;
    Ok(Known {
        // A word this version does not know settles nothing.
        outcome: outcome.parse().unwrap_or(Outcome::Failed),
        rule: row.get(1)?,
        http_status: row.get(2)?,
        redirect_to: row.get(3)?,
        last_cycle: row.get(4)?,
        content: content_of(row)?,
    })
}

fn content_of(row: &Row<'_>) -> rusqlite::Result<Option<Content>> {
    let (Some(digest), Some(record_id), Some(file)) = (row.get(7)?, row.get(8)?, row.get(9)?) else { return Ok(None) };
    let (Some(offset), Some(length)) = (row.get::<_, Option<i64>>(10)?, row.get::<_, Option<i64>>(11)?) else {
        return Ok(None);
    };
    let location = Location { file, offset: offset.unsigned_abs(), length: length.unsigned_abs() };
    Ok(Some(Content {
        etag: row.get(5)?,
        last_modified: row.get(6)?,
        digest,
        record_id,
        location,
        body_at: time(row, 12)?,
    }))
}

fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    let text: String = row.get(index)?;
    // A time somebody edited into nonsense counts as long ago.
    Ok(DateTime::parse_from_rfc3339(&text).map_or(DateTime::UNIX_EPOCH, |time| time.to_utc()))
}

pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// SQLite's integers are signed; no file is that long.
pub(crate) fn integer(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
