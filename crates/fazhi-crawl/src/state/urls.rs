//! What is known of each address: how the last attempt ended, and where its last body lies.

use chrono::{DateTime, Utc};
use fazhi_archive::Location;
use fazhi_model::{Outcome, Purpose};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use url::Url;

use super::{State, StateError, integer, stamp, time};

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
    pub(crate) fetched_at: DateTime<Utc>,
    pub(crate) last_cycle: Option<i64>,
    /// Further pages of an article that is split.
    pub(crate) parts: Vec<Url>,
    pub(crate) content: Option<Content>,
}

/// The last body of an address, and how to ask whether it has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    /// SHA-256 of the body without its content coding.
    pub(crate) digest: String,
    /// SHA-256 of the body as it came, where that differs.
    pub(crate) payload_digest: Option<String>,
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
    Stored {
        content: Content,
        /// Further pages of an article that is split.
        parts: Vec<Url>,
    },
}

const COLUMNS: &str = "outcome, rule, http_status, redirect_to, last_cycle, etag, last_modified, digest, record_id, \
                       warc_file, warc_offset, warc_length, body_at, fetched_at, parts, \
                       payload_digest";

impl State {
    /// What is known of an address.
    pub(crate) fn known(&self, key: Key<'_>) -> Result<Option<Known>, StateError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM urls WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_row(params![key.pipeline, key.purpose.as_str(), key.url], known_of).optional()
        })
    }

    /// Forgets where the body of an address lies, and that this cycle has dealt with it.
    pub(crate) fn forget(&self, key: Key<'_>) -> Result<(), StateError> {
        self.write(|connection| {
            let sql = "UPDATE urls SET etag = NULL, last_modified = NULL, digest = NULL, record_id = NULL, \
                       warc_file = NULL, warc_offset = NULL, warc_length = NULL, body_at = NULL, last_cycle = NULL \
                       WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3";
            connection.execute(sql, params![key.pipeline, key.purpose.as_str(), key.url]).map(|_| ())
        })
    }
}

pub(crate) fn note_seen(connection: &Connection, key: Key<'_>, seen: &Seen) -> rusqlite::Result<()> {
    let sql = "INSERT INTO urls (pipeline, purpose, url, outcome, rule, http_status, redirect_to, fetched_at, last_cycle) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
               ON CONFLICT (pipeline, purpose, url) DO UPDATE SET outcome = excluded.outcome, rule = excluded.rule, \
               http_status = excluded.http_status, redirect_to = excluded.redirect_to, fetched_at = excluded.fetched_at, \
               last_cycle = coalesce(excluded.last_cycle, last_cycle)";
    connection.prepare_cached(sql)?.execute(params![
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
            connection.prepare_cached(sql)?.execute(values).map(|_| ())
        }
        BodySeen::Stored { content, parts } => note_content(connection, key, content, parts),
    }
}

fn note_content(connection: &Connection, key: Key<'_>, content: &Content, parts: &[Url]) -> rusqlite::Result<()> {
    let sql = "UPDATE urls SET etag = ?4, last_modified = ?5, digest = ?6, record_id = ?7, warc_file = ?8, \
               warc_offset = ?9, warc_length = ?10, body_at = ?11, parts = ?12, payload_digest = ?13 \
               WHERE pipeline = ?1 AND purpose = ?2 AND url = ?3";
    let parts = (!parts.is_empty()).then(|| parts.iter().map(Url::as_str).collect::<Vec<_>>().join(" "));
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
        parts,
        content.payload_digest,
    ];
    connection.prepare_cached(sql)?.execute(values).map(|_| ())
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
        fetched_at: time(row, 13)?,
        parts: parts_of(row)?,
        content: content_of(row)?,
    })
}

fn parts_of(row: &Row<'_>) -> rusqlite::Result<Vec<Url>> {
    let text: Option<String> = row.get(14)?;
    Ok(text.iter().flat_map(|text| text.split(' ')).filter_map(|part| Url::parse(part).ok()).collect())
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
        payload_digest: row.get(15)?,
        record_id,
        location,
        body_at: time(row, 12)?,
    }))
}
