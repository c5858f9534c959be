//! Cycles: one crawl of one pipeline, possibly over several runs.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{State, StateError, frontier, stamp, time};
use crate::pipeline::Days;

/// An unfinished cycle older than this begins no lists anew: they say too little about the portal today.
const CONTINUE_WITHIN: TimeDelta = TimeDelta::hours(24);
/// What was listed and not fetched for want of budget is fetched by later runs, but not for ever.
const DRAIN_WITHIN: TimeDelta = TimeDelta::days(30);

/// One crawl of one pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) id: i64,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) origin: Origin,
    pub(crate) kind: CycleKind,
    /// Whether all its lists have been read, so that only articles are left.
    pub(crate) lists: Lists,
}

/// Whether a cycle is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It begins with this run.
    Started,
    /// An earlier run began it and did not finish.
    Continued,
}

/// How far a cycle reads its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CycleKind {
    /// To their ends, and every known article is asked for again.
    Sweep,
    /// As far as they bring anything new.
    Update,
}

/// How far the lists of a cycle are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    Open,
    Read,
}

/// When a crawl sweeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// When the pipeline's time has come.
    WhenDue,
    /// Now.
    Now,
}

impl CycleKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Update => "update",
        }
    }
}

impl Cycle {
    /// Whether what its lists said is too old to stand for today.
    pub(crate) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now - self.started_at >= CONTINUE_WITHIN
    }

    fn goes_on(&self, now: DateTime<Utc>) -> bool {
        !self.is_stale(now) || (self.lists == Lists::Read && now - self.started_at < DRAIN_WITHIN)
    }
}

impl State {
    /// Continues the pipeline's unfinished cycle, or starts one.
    pub(crate) fn begin_cycle(
        &self,
        pipeline: &str,
        run_id: &str,
        sweep: Sweep,
        every: Days,
        now: DateTime<Utc>,
    ) -> Result<Cycle, StateError> {
        self.write(|connection| {
            let transaction = connection.transaction()?;
            if let Some(open) = open_cycle(&transaction, pipeline)? {
                if open.goes_on(now) {
                    if open.lists == Lists::Open {
                        // They are read once more, from the archive, and what counts as new in them is what an
                        // undisturbed crawl would have found new: a pager ends where nothing new comes.
                        frontier::restart(&transaction, open.id)?;
                        transaction.commit()?;
                    }
                    return Ok(open);
                }
                end(&transaction, open.id, now)?;
            }
            let due = sweep == Sweep::Now || is_due(&transaction, pipeline, every, now)?;
            let kind = if due { CycleKind::Sweep } else { CycleKind::Update };
            let sql = "INSERT INTO cycles (pipeline, run_id, started_at, kind) VALUES (?1, ?2, ?3, ?4)";
            transaction.execute(sql, params![pipeline, run_id, stamp(now), kind.as_str()])?;
            let id = transaction.last_insert_rowid();
            transaction.commit()?;
            Ok(Cycle { id, started_at: now, origin: Origin::Started, kind, lists: Lists::Open })
        })
    }

    /// Notes that all lists of a cycle have been read; `gaps` of them not to their ends.
    pub(crate) fn end_lists(&self, cycle: &Cycle, gaps: usize, now: DateTime<Utc>) -> Result<(), StateError> {
        self.write(|connection| {
            let sql = "UPDATE cycles SET listed_at = ?2, gaps = ?3 WHERE cycle = ?1";
            connection.execute(sql, params![cycle.id, stamp(now), i64::try_from(gaps).unwrap_or(i64::MAX)]).map(|_| ())
        })
    }

    /// Notes that a cycle is complete.
    pub(crate) fn end_cycle(&self, cycle: &Cycle, now: DateTime<Utc>) -> Result<(), StateError> {
        self.write(|connection| {
            let transaction = connection.transaction()?;
            end(&transaction, cycle.id, now)?;
            transaction.commit()
        })
    }
}

/// The cycle of a pipeline that has not ended.
pub(crate) fn open_cycle(connection: &Connection, pipeline: &str) -> rusqlite::Result<Option<Cycle>> {
    let sql = "SELECT cycle, started_at, kind, listed_at, ended_at FROM cycles WHERE pipeline = ?1 \
               ORDER BY cycle DESC LIMIT 1";
    let last = connection.query_row(sql, [pipeline], |row| {
        let kind: String = row.get(2)?;
        let listed: Option<String> = row.get(3)?;
        let cycle = Cycle {
            id: row.get(0)?,
            started_at: time(row, 1)?,
            origin: Origin::Continued,
            kind: if kind == "sweep" { CycleKind::Sweep } else { CycleKind::Update },
            lists: if listed.is_some() { Lists::Read } else { Lists::Open },
        };
        Ok((cycle, row.get::<_, Option<String>>(4)?))
    });
    Ok(last.optional()?.filter(|(_, ended)| ended.is_none()).map(|(cycle, _)| cycle))
}

/// Whether the last sweep that read every list to its end is so long ago, or there was none.
fn is_due(connection: &Connection, pipeline: &str, every: Days, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let sql = "SELECT started_at FROM cycles WHERE pipeline = ?1 AND kind = 'sweep' AND ended_at IS NOT NULL \
               AND listed_at IS NOT NULL AND gaps = 0 ORDER BY cycle DESC LIMIT 1";
    let last = connection.query_row(sql, [pipeline], |row| time(row, 0)).optional()?;
    Ok(last.is_none_or(|last| now - last >= TimeDelta::days(i64::from(every.0))))
}

fn end(connection: &Connection, id: i64, now: DateTime<Utc>) -> rusqlite::Result<()> {
    frontier::clear(connection, id)?;
    connection.execute("UPDATE cycles SET ended_at = ?2 WHERE cycle = ?1", params![id, stamp(now)]).map(|_| ())
}
