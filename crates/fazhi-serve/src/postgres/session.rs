//! A session: messages in, answers out, and what is kept between them.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::sql::sqlparser::ast;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::error::PgWireError;
use datafusion_postgres::pgwire::messages::copy::CopyDone;
use datafusion_postgres::pgwire::messages::response::{EmptyQueryResponse, ReadyForQuery, TransactionStatus};
use datafusion_postgres::pgwire::messages::startup::ParameterStatus;
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage as Answer, PgWireFrontendMessage as Message};
use futures::{SinkExt as _, StreamExt as _};

use crate::engine::{Caller, Prepared, Rows, stacked};
use crate::metrics::Protocol;
use crate::net::Gone;
use crate::postgres::answer::{Onward, Stop, cancelled, complete, tell};
use crate::postgres::cancel::Cancellable;
use crate::postgres::command::{Command, Lasts};
use crate::postgres::copy::{CopyFormat, joined};
use crate::postgres::cursor::{Bound, Portals};
use crate::postgres::extended::Statement;
use crate::postgres::login::LoggedIn;
use crate::postgres::own_values;
use crate::postgres::result::{Running, Sent, description, fields};
use crate::postgres::settings::{Change, Refused, Settings};
use crate::postgres::wire::Wire;
use crate::server::Shared;

/// A session of a user.
pub struct Session {
    pub(super) wire: Wire,
    pub(super) shared: Shared,
    pub(super) caller: Caller,
    pub(super) settings: Settings,
    pub(super) statements: HashMap<String, Statement>,
    pub(super) portals: Portals,
    pub(super) transaction: TransactionStatus,
    cancellable: Cancellable,
    gone: Gone,
}

/// Whether messages are read or passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Everything,
    /// After an error of the extended protocol, until the client says `Sync`.
    UntilSync,
}

impl Session {
    /// A session that has been greeted.
    pub fn new(wire: Wire, logged_in: LoggedIn, gone: Gone, shared: Shared) -> Self {
        let caller = Caller { user: logged_in.user, protocol: Protocol::Postgres };
        Self {
            wire,
            shared,
            caller,
            settings: logged_in.settings,
            statements: HashMap::new(),
            portals: Portals::default(),
            transaction: TransactionStatus::Idle,
            cancellable: logged_in.cancellable,
            gone,
        }
    }

    /// Answers messages until the client or the server ends it.
    pub async fn run(mut self) {
        let mut stopping = self.shared.stopping.clone();
        let mut reading = Reading::Everything;
        loop {
            let message = tokio::select! {
                message = self.wire.next() => Some(message),
                _ = stopping.wait_for(|stopping| *stopping) => None,
            };
            let message = match message {
                None => {
                    let stop = Stop::fatal("57P01", "terminating connection due to administrator command");
                    return self.end(stop).await;
                }
                Some(None | Some(Ok(Message::Terminate(_)))) => break,
                Some(Some(Ok(message))) => message,
                // Where the next message begins is not known any more.
                Some(Some(Err(PgWireError::UserError(info)))) => return self.end(Stop::Protocol(info)).await,
                Some(Some(Err(error))) => {
                    return self.end(Stop::fatal("08P01", format!("invalid message: {error}"))).await;
                }
            };
            if reading == Reading::UntilSync && !matches!(message, Message::Sync(_)) {
                continue;
            }
            reading = Reading::Everything;
            let extended = message.is_extended_query();
            let ends = matches!(message, Message::Query(_) | Message::Sync(_));
            let onward = match self.interruptible(message).await {
                // After the answer, so that a request to cancel cannot come between the two.
                Ok(()) if ends => self.ready().await.map(|()| Onward::Continue),
                Ok(()) => Ok(Onward::Continue),
                Err(stop) => {
                    reading = if extended { Reading::UntilSync } else { Reading::Everything };
                    self.failed(stop, extended).await
                }
            };
            if !matches!(onward, Ok(Onward::Continue)) {
                break;
            }
        }
        let _ = self.wire.close().await;
    }

    async fn end(mut self, stop: Stop) {
        if let Some(info) = stop.info() {
            let _ = tell(&mut self.wire, info).await;
        }
        let _ = self.wire.close().await;
    }

    /// Answers a message, unless the client cancels or goes away meanwhile. Whole messages are put into the buffer, so that an
    /// answer can be given up between any two of them.
    async fn interruptible(&mut self, message: Message) -> Result<(), Stop> {
        let mut requests = self.cancellable.arm();
        let gone = self.gone.clone();
        tokio::select! {
            answered = self.answer(message) => answered,
            Ok(()) = requests.changed() => Err(cancelled().into()),
            () = gone.wait() => Err(Stop::Gone),
        }
    }

    /// Tells the client of an error, and leaves the session as PostgreSQL would.
    async fn failed(&mut self, stop: Stop, extended: bool) -> std::io::Result<Onward> {
        let Some(info) = stop.info() else { return Ok(Onward::End) };
        if self.transaction == TransactionStatus::Transaction {
            self.transaction = TransactionStatus::Error;
            self.portals.rolled_back();
        }
        let onward = tell(&mut self.wire, info).await?;
        if onward == Onward::Continue && !extended {
            self.ready().await?;
        }
        Ok(onward)
    }

    pub(super) async fn ready(&mut self) -> std::io::Result<()> {
        self.wire.send(Answer::ReadyForQuery(ReadyForQuery::new(self.transaction))).await
    }

    async fn answer(&mut self, message: Message) -> Result<(), Stop> {
        match message {
            Message::Query(query) => self.simple(&query.query).await,
            Message::Parse(parse) => self.parse(parse).await,
            Message::Bind(bind) => self.bind(bind).await,
            Message::Describe(describe) => self.describe(describe).await,
            Message::Execute(execute) => self.execute(execute).await,
            Message::Close(close) => self.close(close).await,
            Message::Flush(_) => Ok(self.wire.flush().await?),
            Message::Sync(_) => {
                self.sync();
                Ok(())
            }
            // What is left of a COPY FROM that was refused.
            Message::CopyData(_) | Message::CopyDone(_) | Message::CopyFail(_) => Ok(()),
            _ => Err(Stop::fatal("08P01", "this message does not belong into a session")),
        }
    }

    /// A text of statements, answered one by one. At most one of them may be a query, unless all read nothing but catalogues:
    /// drivers load the types of a database with several queries in one text.
    async fn simple(&mut self, sql: &str) -> Result<(), Stop> {
        let statements = self.shared.engine.parse(sql).await?;
        let commands = statements.into_iter().map(Command::of).collect::<Result<Vec<_>, _>>()?;
        let queries = commands.iter().filter(|command| command.is_query()).count();
        if commands.is_empty() {
            self.wire.feed(Answer::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
        }
        for command in commands {
            self.check_transaction(&command)?;
            match command {
                Command::Query(statement) => {
                    let prepared = self.prepared(sql, *statement, queries).await?;
                    self.run_simple(&prepared).await?;
                }
                Command::CopyOut(statement, format) => {
                    let prepared = self.prepared(sql, *statement, queries).await?;
                    self.copy_out(&prepared, &format).await?;
                }
                Command::Declare(name, query, hold) => {
                    let prepared = Arc::new(self.prepared(sql, *query, queries).await?);
                    let bound = Bound { prepared, format: Format::UnifiedText };
                    self.declare(name, bound, hold, 0).await?;
                }
                command => self.command(command, Announce::Columns).await?,
            }
        }
        Ok(())
    }

    async fn prepared(&mut self, sql: &str, statement: ast::Statement, queries: usize) -> Result<Prepared, Stop> {
        let prepared = self.plan(sql, statement).await?;
        if queries > 1 && !prepared.reads_catalogues_alone() {
            return Err(stacked().into());
        }
        Ok(prepared)
    }

    /// Plans a statement, with what it asks of its session written in.
    pub(super) async fn plan(&mut self, sql: &str, mut statement: ast::Statement) -> Result<Prepared, Stop> {
        own_values::write_in(&mut statement, &self.caller.user, &self.settings);
        // A statement is large, and every future around this one would be too.
        Ok(Box::pin(self.shared.engine.prepare(&self.caller, sql, statement)).await?)
    }

    async fn run_simple(&mut self, prepared: &Prepared) -> Result<(), Stop> {
        let rows = self.start(prepared).await?;
        let fields = fields(rows.schema(), &Format::UnifiedText)?;
        self.wire.feed(description(&fields)).await?;
        let mut running = Running::new(rows, fields);
        let sent = running.send(&mut self.wire, None).await?;
        self.wire.feed(complete(format!("SELECT {}", sent.rows()))).await?;
        Ok(())
    }

    /// Starts a query within the limits of the session.
    pub(super) async fn start(&mut self, prepared: &Prepared) -> Result<Rows, Stop> {
        let timeout = self.settings.statement_timeout();
        Ok(self.shared.engine.run(&self.caller, prepared, timeout).await?)
    }

    pub(super) async fn copy_out(&mut self, prepared: &Prepared, format: &CopyFormat) -> Result<(), Stop> {
        let mut rows = self.start(prepared).await?;
        let values = if format.is_binary() { Format::UnifiedBinary } else { Format::UnifiedText };
        let fields = fields(rows.schema(), &values)?;
        self.wire.feed(Answer::CopyOutResponse(format.announcement(fields.len()))).await?;
        let mut head = format.head(&fields);
        if let Some(line) = head.take_if(|_| !format.is_binary()) {
            self.wire.feed(Answer::CopyData(line)).await?;
        }
        let mut count = 0_u64;
        while let Some(batch) = rows.next().await {
            for row in format.rows(&fields, batch?)? {
                self.wire.feed(Answer::CopyData(joined(head.take(), row))).await?;
                count += 1;
            }
        }
        if let Some(tail) = format.tail() {
            self.wire.feed(Answer::CopyData(joined(head.take(), tail))).await?;
        }
        self.wire.feed(Answer::CopyDone(CopyDone::new())).await?;
        self.wire.feed(complete(format!("COPY {count}"))).await?;
        Ok(())
    }

    /// Does what is said to the session. `announce` says whether rows are described here or were before.
    pub(super) async fn command(&mut self, command: Command, announce: Announce) -> Result<(), Stop> {
        let tag = match command {
            Command::Query(_) | Command::CopyOut(..) | Command::Declare(..) => {
                unreachable!("queries are planned by who has their text")
            }
            Command::Begin => self.begin().await?,
            Command::Commit => self.commit().await?,
            Command::Rollback => self.rollback().await?,
            Command::Savepoint(said) => self.savepoint(said)?,
            Command::Set(name, value, lasts) => {
                self.set(&name, &value, lasts).await?;
                "SET"
            }
            Command::SetConfig(name, value, lasts) => {
                self.set(&name, &value, lasts).await?;
                return self.show_set(&name, announce).await;
            }
            Command::Reset(name) => {
                let change = self.settings.reset(&name).map_err(|refused| refusal(&refused, &name, ""))?;
                self.report(change).await?;
                "RESET"
            }
            Command::ResetAll => {
                self.reset_all().await?;
                "RESET"
            }
            Command::Show(name) => return self.show(&name, announce).await,
            Command::ShowAll => return self.show_all(announce).await,
            Command::Discard(what) => self.discard(&what).await?,
            Command::Deallocate(name) => self.deallocate(name)?,
            Command::Fetch(name, fetch) => return self.fetch(&name, fetch, announce).await,
            Command::Close(name) => {
                match name {
                    Some(name) => drop(self.portals.take(&name)?),
                    None => self.portals.close_all(),
                }
                "CLOSE CURSOR"
            }
            Command::Nothing(tag) => tag,
        };
        self.wire.feed(complete(tag)).await?;
        Ok(())
    }

    async fn set(&mut self, name: &str, value: &str, lasts: Lasts) -> Result<(), Stop> {
        let change = self.settings.set(name, value, lasts).map_err(|refused| refusal(&refused, name, value))?;
        self.report(change).await
    }

    pub(super) async fn report(&mut self, change: Change) -> Result<(), Stop> {
        if let Change::Reported(name) = change
            && let Some((name, value)) = self.settings.get(name)
        {
            let status = ParameterStatus::new(name.to_owned(), value.to_owned());
            self.wire.feed(Answer::ParameterStatus(status)).await?;
        }
        Ok(())
    }

    async fn reset_all(&mut self) -> Result<(), Stop> {
        for change in self.settings.reset_all() {
            self.report(change).await?;
        }
        Ok(())
    }

    async fn discard(&mut self, what: &str) -> Result<&'static str, Stop> {
        match what {
            "ALL" if self.transaction != TransactionStatus::Idle => {
                Err(Stop::error("25001", "DISCARD ALL cannot run inside a transaction block"))
            }
            "ALL" => {
                self.reset_all().await?;
                self.statements.clear();
                self.portals.close_all();
                Ok("DISCARD ALL")
            }
            "PLANS" => Ok("DISCARD PLANS"),
            "SEQUENCES" => Ok("DISCARD SEQUENCES"),
            _ => Ok("DISCARD TEMP"),
        }
    }

    fn deallocate(&mut self, name: Option<String>) -> Result<&'static str, Stop> {
        match name {
            None => {
                self.statements.clear();
                Ok("DEALLOCATE ALL")
            }
            Some(name) if self.statements.remove(&name).is_some() => Ok("DEALLOCATE"),
            Some(name) => Err(Stop::error("26000", format!("prepared statement \"{name}\" does not exist"))),
        }
    }
}

/// Whether columns are described before the rows: in the extended protocol that was asked for earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announce {
    /// They are.
    Columns,
    /// They were.
    Nothing,
}

impl Sent {
    /// How many rows.
    pub fn rows(self) -> u64 {
        match self {
            Self::Some(rows) | Self::All(rows) => rows,
        }
    }
}

/// A value that cannot be set, in PostgreSQL's words.
pub fn refusal(refused: &Refused, name: &str, value: &str) -> Stop {
    let error = match refused {
        Refused::Unknown => Stop::error("42704", format!("unrecognized configuration parameter \"{name}\"")),
        Refused::Fixed => Stop::error("55P02", format!("parameter \"{name}\" cannot be changed")),
        Refused::Invalid => Stop::error("22023", format!("invalid value for parameter \"{name}\": \"{value}\"")),
    };
    match refused.hint(name) {
        Some(hint) => error.hinted(hint),
        None => error,
    }
}
