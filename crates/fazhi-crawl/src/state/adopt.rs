//! At the start of a crawl: what the archive holds and the state does not know.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::SubsecRound as _;
use fazhi_archive::{ArchiveError, Record, RecordKind, recover_each};
use fazhi_model::{CaptureNote, Outcome, Purpose, SourceIssue};
use rusqlite::{Connection, params};
use tracing::{info, trace, warn};

use super::cycle::{Cycle, open_cycle};
use super::urls::{BodySeen, Content, Key, Seen, note_seen};
use super::{State, StateError, integer, note_length};
use crate::family::parts;
use crate::payload;

/// Why the gap between archive and state could not be closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdoptError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    State(#[from] StateError),
}

/// Brings the state up to the archive: forgets what lies in files that are gone, takes over complete records that were
/// never committed, cuts a torn one. Returns how many records were taken over.
pub(crate) fn adopt(state: &State, root: &Path, pipeline: &str) -> Result<usize, AdoptError> {
    let folder = format!("{pipeline}/");
    let files = fazhi_archive::files(root)?.into_iter().filter(|found| found.file.starts_with(&folder));
    let lengths: BTreeMap<String, u64> = files.map(|found| (found.file, found.length)).collect();
    let committed = state.write(|connection| committed(connection, pipeline))?;
    for (file, &known) in &committed {
        let length = lengths.get(file).copied().unwrap_or(0);
        if length < known {
            warn!(file, length, committed = known, "archive file is shorter than it was; its pages are fetched anew");
            state.write(|connection| forget_beyond(connection, pipeline, file, length))?;
        }
    }
    let mut adopted = 0;
    for (file, &length) in &lengths {
        let known = committed.get(file).copied().unwrap_or(0);
        if length > known {
            adopted += adopt_file(state, root, pipeline, file, known)?;
        }
    }
    Ok(adopted)
}

fn adopt_file(state: &State, root: &Path, pipeline: &str, file: &str, known: u64) -> Result<usize, AdoptError> {
    let mut adopted = 0;
    // One transaction per file: a rebuild of a large archive is then no slower than reading it.
    let recovered = state.write(|connection| {
        let transaction = connection.transaction()?;
        let open = open_cycle(&transaction, pipeline)?;
        let mut failed = None;
        let tail = recover_each(root, file, known, |record| {
            let noted = note_record(&transaction, &record, open.as_ref());
            adopted += usize::from(matches!(noted, Ok(Noted::Capture)));
            failed = failed.take().or(noted.err());
        });
        if let Some(error) = failed {
            return Err(error);
        }
        trace!(target: "fazhi::checkpoint", point = "tail-recovered");
        let tail = match tail {
            Ok(tail) => tail,
            Err(error) => return Ok(Err(error)),
        };
        let length = fs_err::metadata(root.join(file)).map_or(known, |metadata| metadata.len());
        note_length(&transaction, pipeline, file, length)?;
        transaction.commit()?;
        Ok(Ok(tail))
    })?;
    let tail = recovered?;
    for damage in &tail.damaged {
        warn!(error = %damage, "part of the archive does not read");
    }
    if let Some(cut) = &tail.cut {
        info!(file, offset = cut.offset, bytes = cut.length, "cut a torn record");
    }
    info!(file, records = adopted, "took over records that were not yet accounted for");
    Ok(adopted)
}

/// What a record was to the state.
enum Noted {
    Capture,
    Other,
}

fn note_record(connection: &Connection, record: &Record, open: Option<&Cycle>) -> rusqlite::Result<Noted> {
    let Ok(note) = CaptureNote::from_fields(|name| record.field(name)) else {
        let issue = SourceIssue::from_fields(|name| record.field(name)).is_ok();
        let expected = issue || matches!(record.kind, RecordKind::Info | RecordKind::Request);
        if !expected {
            info!(file = record.location.file, offset = record.location.offset, "record is not from a crawl");
        }
        return Ok(Noted::Other);
    };
    let Some(url) = record.url.as_deref() else { return Ok(Noted::Other) };
    let key = Key { pipeline: &note.pipeline, purpose: note.purpose, url };
    note_seen(connection, key, &seen_in(record, &note, open)).map(|()| Noted::Capture)
}

fn seen_in(record: &Record, note: &CaptureNote, open: Option<&Cycle>) -> Seen {
    let http = record.http();
    let header = |name: &str| http.as_ref().and_then(|http| http.header(name)).map(str::to_owned);
    let body = match (&http, record.kind) {
        (Some(http), RecordKind::Response) if payload::is_content(note.outcome, note.purpose, http.status) => {
            let (encoding, content_type) = (http.header("content-encoding"), http.header("content-type"));
            let body = payload::Body::read(note.purpose, &http.body, encoding, content_type);
            let url = record.url.as_deref().and_then(|url| url::Url::parse(url).ok());
            BodySeen::Stored {
                content: Content {
                    etag: header("etag"),
                    last_modified: header("last-modified"),
                    digest: body.digests.content,
                    payload_digest: body.digests.payload,
                    record_id: record.id.clone(),
                    location: record.location.clone(),
                    body_at: record.date,
                },
                parts: url
                    .filter(|_| note.purpose == Purpose::Page)
                    .map(|url| parts::of(&url, &body.text))
                    .unwrap_or_default(),
            }
        }
        (Some(_), RecordKind::Revisit) => {
            BodySeen::Same { etag: header("etag"), last_modified: header("last-modified") }
        }
        _ => BodySeen::Nothing,
    };
    Seen {
        outcome: note.outcome,
        rule: note.rule.clone(),
        http_status: http.as_ref().map(|http| http.status),
        redirect_to: redirect_to(note.outcome, record, header("location").as_deref()),
        fetched_at: record.date,
        settled: open.filter(|cycle| settles(cycle, record, note.outcome)).map(|cycle| cycle.id),
        body,
    }
}

/// Whether the cycle need not ask again. A failure may have been followed by another attempt that never came, so it
/// settles nothing. WARC dates may have whole seconds only.
fn settles(cycle: &Cycle, record: &Record, outcome: Outcome) -> bool {
    let in_cycle = record.date >= cycle.started_at.trunc_subsecs(0);
    in_cycle && !matches!(outcome, Outcome::Unreachable | Outcome::Failed | Outcome::RateLimited | Outcome::Damaged)
}

fn redirect_to(outcome: Outcome, record: &Record, location: Option<&str>) -> Option<String> {
    if outcome != Outcome::Redirected {
        return None;
    }
    let base = url::Url::parse(record.url.as_deref()?).ok()?;
    base.join(location?).ok().map(String::from)
}

fn committed(connection: &Connection, pipeline: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut statement = connection.prepare("SELECT file, committed_length FROM archive_files WHERE pipeline = ?1")?;
    let rows = statement.query_map([pipeline], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    rows.collect()
}

/// Bodies that are no longer there must not be asked for with "has it changed?".
fn forget_beyond(connection: &mut Connection, pipeline: &str, file: &str, length: u64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let sql = "UPDATE urls SET etag = NULL, last_modified = NULL, digest = NULL, record_id = NULL, warc_file = NULL, \
               warc_offset = NULL, warc_length = NULL, body_at = NULL, last_cycle = NULL \
               WHERE pipeline = ?1 AND warc_file = ?2 AND warc_offset + warc_length > ?3";
    transaction.execute(sql, params![pipeline, file, integer(length)])?;
    if length == 0 {
        transaction.execute("DELETE FROM archive_files WHERE file = ?1", [file])?;
    } else {
        note_length(&transaction, pipeline, file, length)?;
    }
    transaction.commit()
}
