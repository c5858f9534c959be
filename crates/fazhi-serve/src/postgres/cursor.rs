//! Portals: bound statements and cursors of a session, each with its place among its rows.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::messages::response::TransactionStatus;
use futures::SinkExt as _;

use crate::engine::Prepared;
use crate::postgres::answer::{Stop, complete};
use crate::postgres::command::{Command, Fetch, Hold};
use crate::postgres::copy::CopyFormat;
use crate::postgres::result::{Running, description, fields};
use crate::postgres::session::{Announce, Session};

/// Portals that a session may hold: each that is open holds the turn of a query.
const AT_MOST: usize = 64;

/// Bytes of parameters that the portals of a session may hold.
const VALUE_BYTES: usize = 8 << 20;

/// A statement that can be executed.
pub struct Portal {
    /// What it does.
    pub work: Work,
    /// How long it is there.
    pub life: Life,
    /// Bytes of the values that it was bound to.
    pub bytes: usize,
}

/// How long a portal is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// To the end of its transaction.
    Transaction,
    /// Longer, once its transaction is committed.
    Held,
    /// To the end of the session: its transaction was committed.
    Session,
}

/// What a portal does next.
pub enum Work {
    /// The query has not begun.
    Ready(Bound),
    /// Some rows have been sent.
    Running(Running),
    /// All rows have been sent.
    Done,
    /// Rows that are copied.
    Copy(Arc<Prepared>, CopyFormat),
    /// A cursor of this name begins.
    Declare(String, Bound, Hold),
    /// A word to the session.
    Command(Command),
    /// An empty text.
    Nothing,
}

/// A query with its parameters.
#[derive(Clone)]
pub struct Bound {
    /// The statement; its parameters have their values.
    pub prepared: Arc<Prepared>,
    /// Forms of the columns.
    pub format: Format,
}

/// The portals of a session, by name; the unnamed one has the empty name.
#[derive(Default)]
pub struct Portals {
    by_name: HashMap<String, Portal>,
}

impl Portals {
    /// Adds a portal in place of one of the same name.
    ///
    /// # Errors
    /// Fails when there are too many.
    pub fn insert(&mut self, name: String, portal: Portal) -> Result<(), Stop> {
        if self.by_name.len() >= AT_MOST && !self.by_name.contains_key(&name) {
            return Err(Stop::error("54000", format!("a session has at most {AT_MOST} portals")).hinted("close some"));
        }
        let others = self.by_name.iter().filter(|(other, _)| **other != name);
        let held: usize = others.map(|(_, portal)| portal.bytes).sum();
        if portal.bytes > 0 && held + portal.bytes > VALUE_BYTES {
            let message = format!("the session's portals hold {held} bytes of at most {VALUE_BYTES} in parameters");
            return Err(Stop::error("54000", message).hinted("close some"));
        }
        self.by_name.insert(name, portal);
        Ok(())
    }

    /// Whether there is one of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A portal.
    ///
    /// # Errors
    /// Fails when there is none of this name.
    pub fn get(&mut self, name: &str) -> Result<&mut Portal, Stop> {
        self.by_name.get_mut(name).ok_or_else(|| missing(name))
    }

    /// Takes a portal out, for it to be worked on.
    ///
    /// # Errors
    /// Fails when there is none of this name.
    pub fn take(&mut self, name: &str) -> Result<Portal, Stop> {
        self.by_name.remove(name).ok_or_else(|| missing(name))
    }

    /// Forgets a portal; its query stops.
    pub fn close(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// Forgets all.
    pub fn close_all(&mut self) {
        self.by_name.clear();
    }

    /// A transaction is committed, and with it end the portals that do not outlive it.
    pub fn committed(&mut self) {
        self.by_name.retain(|_, portal| portal.life != Life::Transaction);
        self.by_name.values_mut().for_each(|portal| portal.life = Life::Session);
    }

    /// A transaction is rolled back, and with it what began in it.
    pub fn rolled_back(&mut self) {
        self.by_name.retain(|_, portal| portal.life == Life::Session);
    }
}

impl Session {
    /// Keeps a query under a name; `bytes` are those of the parameters that came with it.
    pub(super) async fn declare(&mut self, name: String, bound: Bound, hold: Hold, bytes: usize) -> Result<(), Stop> {
        if hold == Hold::Without && self.transaction == TransactionStatus::Idle {
            return Err(Stop::error("25P01", "DECLARE CURSOR can only be used in transaction blocks"));
        }
        if self.portals.contains(&name) {
            return Err(Stop::error("42P03", format!("cursor \"{name}\" already exists")));
        }
        let life = match (hold, self.transaction) {
            (Hold::Without, _) => Life::Transaction,
            (Hold::With, TransactionStatus::Idle) => Life::Session,
            (Hold::With, _) => Life::Held,
        };
        self.portals.insert(name, Portal { work: Work::Ready(bound), life, bytes })?;
        self.wire.feed(complete("DECLARE CURSOR")).await?;
        Ok(())
    }

    pub(super) async fn fetch(&mut self, name: &str, fetch: Fetch, announce: Announce) -> Result<(), Stop> {
        let Portal { work, life, bytes } = self.portals.take(name)?;
        let mut running = match work {
            Work::Ready(bound) => {
                let rows = self.start(&bound.prepared).await?;
                let fields = fields(rows.schema(), &bound.format)?;
                Running::new(rows, fields)
            }
            Work::Running(running) => running,
            Work::Done | Work::Copy(..) | Work::Declare(..) | Work::Command(_) | Work::Nothing => {
                self.portals.insert(name.to_owned(), Portal { work: Work::Done, life, bytes })?;
                self.wire.feed(complete("FETCH 0")).await?;
                return Ok(());
            }
        };
        if announce == Announce::Columns {
            self.wire.feed(description(running.fields())).await?;
        }
        let at_most = match fetch {
            Fetch::Rows(rows) => Some(rows as u64),
            Fetch::All => None,
        };
        let sent = running.send(&mut self.wire, at_most).await?;
        self.portals.insert(name.to_owned(), Portal { work: Work::Running(running), life, bytes })?;
        self.wire.feed(complete(format!("FETCH {}", sent.rows()))).await?;
        Ok(())
    }
}

fn missing(name: &str) -> Stop {
    Stop::error("34000", format!("portal \"{name}\" does not exist"))
}
