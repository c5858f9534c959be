//! Articles that wait to be asked for. They are read a few at a time, so a million of them need no memory.

use chrono::NaiveDate;
use fazhi_model::{CanonicalUrl, DocumentId};
use rusqlite::{Connection, params};
use url::Url;

use super::cycle::Cycle;
use super::{State, StateError};
use crate::family::ListItem;

/// An article in the frontier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: i64,
    pub(crate) url: Url,
    pub(crate) title: Option<String>,
    pub(crate) listed_on: Option<NaiveDate>,
    pub(crate) referer: Option<Url>,
}

/// Where an entry of a list stands when it comes into the frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Waits = 0,
    Unwanted = 2,
}

/// What entries of a list were to the frontier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// Not listed before in this cycle.
    pub(crate) new: usize,
    /// Of the wanted ones on the page, those that no earlier cycle has settled.
    pub(crate) unknown: usize,
}

/// Numbers of articles in a frontier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) listed: usize,
    pub(crate) wanted: usize,
    pub(crate) waiting: usize,
}

impl State {
    /// Adds the entries of one list page, each with whether it is wanted.
    pub(crate) fn add_entries<'a>(
        &self,
        pipeline: &str,
        cycle: &Cycle,
        list: &Url,
        entries: impl Iterator<Item = (&'a ListItem, Standing)>,
    ) -> Result<Added, StateError> {
        self.write(|connection| {
            let transaction = connection.transaction()?;
            let (mut added, mut wanted) = (Added::default(), 0);
            for (item, standing) in entries {
                let unknown = standing == Standing::Waits && !is_settled(&transaction, pipeline, item.url.as_str())?;
                added.unknown += usize::from(unknown);
                let inserted = insert(&transaction, cycle.id, item, list, standing)?;
                added.new += inserted;
                wanted += if standing == Standing::Waits { inserted } else { 0 };
            }
            let sql = "UPDATE cycles SET listed = listed + ?2, wanted = wanted + ?3 WHERE cycle = ?1";
            transaction.prepare_cached(sql)?.execute(params![cycle.id, count(added.new), count(wanted)])?;
            transaction.commit()?;
            Ok(added)
        })
    }

    /// Adds every article of the pipeline that has been seen and is not listed any more: it may have been withdrawn.
    pub(crate) fn add_unlisted(&self, pipeline: &str, cycle: &Cycle) -> Result<usize, StateError> {
        self.write(|connection| {
            let transaction = connection.transaction()?;
            // The ends of redirects are asked through the addresses that lead to them.
            let sql = "SELECT url FROM urls AS u WHERE pipeline = ?1 AND purpose = 'page' AND digest IS NOT NULL \
                       AND outcome IN ('new', 'unchanged', 'unreachable', 'failed', 'rate_limited', 'blocked') \
                       AND NOT EXISTS (SELECT 1 FROM urls AS r WHERE r.pipeline = ?1 AND r.purpose = 'page' AND r.redirect_to = u.url)";
            let mut added = 0;
            {
                let mut statement = transaction.prepare(sql)?;
                let mut rows = statement.query([pipeline])?;
                while let Some(row) = rows.next()? {
                    let Ok(url) = Url::parse(&row.get::<_, String>(0)?) else { continue };
                    added += transaction
                        .prepare_cached("INSERT OR IGNORE INTO frontier (cycle, identity, url, standing) VALUES (?1, ?2, ?3, 0)")?
                        .execute(params![cycle.id, identity(&url), url.as_str()])?;
                }
            }
            let sql = "UPDATE cycles SET unlisted = unlisted + ?2 WHERE cycle = ?1";
            transaction.execute(sql, params![cycle.id, count(added)])?;
            transaction.commit()?;
            Ok(added)
        })
    }

    /// The next waiting articles behind `after`, at most `limit`.
    pub(crate) fn waiting(&self, cycle: &Cycle, after: i64, limit: u32) -> Result<Vec<Waiting>, StateError> {
        self.read(|connection| {
            let sql = "SELECT id, url, title, listed_on, referer FROM frontier \
                       WHERE cycle = ?1 AND standing = 0 AND id > ?2 ORDER BY id LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![cycle.id, after, limit], |row| {
                let (id, url): (i64, String) = (row.get(0)?, row.get(1)?);
                let (title, date, referer): (Option<String>, Option<String>, Option<String>) =
                    (row.get(2)?, row.get(3)?, row.get(4)?);
                // What somebody has edited into no address is passed over.
                Ok(Url::parse(&url).ok().map(|url| Waiting {
                    id,
                    url,
                    title,
                    listed_on: date.and_then(|date| date.parse().ok()),
                    referer: referer.and_then(|url| Url::parse(&url).ok()),
                }))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// How many articles the frontier holds.
    pub(crate) fn frontier(&self, cycle: &Cycle) -> Result<Counts, StateError> {
        self.read(|connection| {
            // Counted as it changes: a million rows are not counted in passing.
            let sql = "SELECT listed, wanted, wanted + unlisted - done FROM cycles WHERE cycle = ?1";
            let (listed, wanted, waiting): (i64, i64, i64) =
                connection.query_row(sql, [cycle.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let number = |count| usize::try_from(count).unwrap_or(0);
            Ok(Counts { listed: number(listed), wanted: number(wanted), waiting: number(waiting) })
        })
    }
}

pub(super) fn note_done(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE frontier SET standing = 1 WHERE id = ?1 AND standing = 0";
    if connection.prepare_cached(sql)?.execute([id])? == 0 {
        return Ok(());
    }
    let sql = "UPDATE cycles SET done = done + 1 WHERE cycle = (SELECT cycle FROM frontier WHERE id = ?1)";
    connection.prepare_cached(sql)?.execute([id]).map(|_| ())
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

pub(super) fn clear(connection: &Connection, cycle: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM frontier WHERE cycle = ?1", [cycle]).map(|_| ())
}

/// Empties the frontier of a cycle whose lists are read once more, and forgets what has been counted of them.
pub(super) fn restart(connection: &Connection, cycle: i64) -> rusqlite::Result<()> {
    clear(connection, cycle)?;
    let sql = "UPDATE cycles SET listed = 0, wanted = 0, unlisted = 0, done = 0 WHERE cycle = ?1";
    connection.execute(sql, [cycle]).map(|_| ())
}

fn insert(
    connection: &Connection,
    cycle: i64,
    item: &ListItem,
    list: &Url,
    standing: Standing,
) -> rusqlite::Result<usize> {
    let sql = "INSERT OR IGNORE INTO frontier (cycle, identity, url, title, listed_on, referer, standing) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(sql)?.execute(params![
        cycle,
        identity(&item.url),
        item.url.as_str(),
        item.title,
        item.date.map(|date| date.to_string()),
        list.as_str(),
        standing as i64,
    ])
}

/// Whether an earlier attempt told what there is to be told of an address; one that only failed did not.
fn is_settled(connection: &Connection, pipeline: &str, url: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM urls WHERE pipeline = ?1 AND purpose = 'page' AND url = ?2 AND last_cycle IS NOT NULL \
               AND outcome NOT IN ('unreachable', 'failed', 'rate_limited', 'blocked', 'damaged') \
               AND rule <> 'robots-unreachable'";
    connection.prepare_cached(sql)?.exists(params![pipeline, url])
}

/// The identity of the document at an address: two addresses of one page wait once.
fn identity(url: &Url) -> Vec<u8> {
    let id = DocumentId::of(&CanonicalUrl::from_url(url));
    data_encoding::HEXLOWER.decode(id.as_str().as_bytes()).unwrap_or_else(|_| id.as_str().as_bytes().to_vec())
}
