//! What the crawl remembers between runs: `state.sqlite`.
//!
//! A row is committed after its record is on disk, so the state never knows of a record that the archive does not hold.
//! The other way round can happen (a crash in between): [`adopt`](crate::state::adopt) closes that gap at the start of a
//! crawl, and rebuilds everything but the frontier when the file is missing.

pub(crate) mod adopt;
pub(crate) mod cycle;
pub(crate) mod frontier;
mod schema;
pub(crate) mod urls;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use fazhi_archive::ArchiveFile;
use rusqlite::{Connection, Row, params};

use urls::{Key, Seen};

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be opened, read or written.
    #[error("cannot use crawl state `{}`", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// A later version of fazhi has written it.
    #[error("crawl state `{}` has schema version {found}, and this version of fazhi knows {known} at most", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// The newest version known here.
        known: usize,
    },
}

/// The crawl state of one data folder. Clones share it.
///
/// There is one connection that writes and one that reads, so that a look-up does not wait for a transaction.
#[derive(Debug, Clone)]
pub struct State {
    path: PathBuf,
    writer: Arc<Mutex<Connection>>,
    reader: Arc<Mutex<Connection>>,
}

/// An attempt to be noted.
#[derive(Debug)]
pub(crate) struct Attempted<'a> {
    pub(crate) key: Key<'a>,
    pub(crate) seen: &'a Seen,
}

impl State {
    /// Opens or creates the state file, and brings one of an earlier version up to date.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError::Database { path: path.to_owned(), source };
        let mut writer = Connection::open(path).map_err(failed)?;
        schema::prepare(&writer).map_err(failed)?;
        schema::migrate(&mut writer).map_err(failed)?.map_err(|found| StateError::Newer {
            path: path.to_owned(),
            found,
            known: schema::VERSION,
        })?;
        let reader = Connection::open(path).map_err(failed)?;
        schema::prepare(&reader).map_err(failed)?;
        Ok(Self { path: path.to_owned(), writer: Arc::new(Mutex::new(writer)), reader: Arc::new(Mutex::new(reader)) })
    }

    /// Writes to the database.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StateError> {
        self.with(&self.writer, work)
    }

    /// Reads what has been committed.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StateError> {
        self.with(&self.reader, work)
    }

    /// Runs database work. A panic elsewhere leaves no half transaction behind, so a poisoned lock is taken over.
    fn with<T>(
        &self,
        connection: &Mutex<Connection>,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|source| StateError::Database { path: self.path.clone(), source })
    }

    /// Notes attempts, articles that are done with, and how far the archive files are accounted for: all or nothing.
    pub(crate) fn commit(
        &self,
        pipeline: &str,
        attempts: &[Attempted<'_>],
        done: &[i64],
        files: &[ArchiveFile],
    ) -> Result<(), StateError> {
        self.write(|connection| {
            let transaction = connection.transaction()?;
            for Attempted { key, seen } in attempts {
                urls::note_seen(&transaction, *key, seen)?;
            }
            for id in done {
                frontier::note_done(&transaction, *id)?;
            }
            for ArchiveFile { file, length } in files {
                note_length(&transaction, pipeline, file, *length)?;
            }
            transaction.commit()
        })
    }
}

pub(crate) fn note_length(connection: &Connection, pipeline: &str, file: &str, length: u64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO archive_files (file, pipeline, committed_length) VALUES (?1, ?2, ?3) \
               ON CONFLICT (file) DO UPDATE SET committed_length = excluded.committed_length";
    connection.prepare_cached(sql)?.execute(params![file, pipeline, integer(length)]).map(|_| ())
}

fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    let text: String = row.get(index)?;
    Ok(parsed_time(&text))
}

/// A time as [`stamp`] writes it. One that somebody edited into nonsense counts as long ago.
pub(crate) fn parsed_time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).map_or(DateTime::UNIX_EPOCH, |time| time.to_utc())
}

pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// SQLite's integers are signed; no file is that long.
pub(crate) fn integer(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
