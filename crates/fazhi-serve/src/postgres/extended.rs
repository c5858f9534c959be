//! The extended protocol: statements are prepared, bound to parameters, described and executed by messages of their own.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::ParamValues;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::FieldInfo;
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Answer;
use datafusion_postgres::pgwire::messages::data::{NoData, ParameterDescription};
use datafusion_postgres::pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete, PortalSuspended,
};
use datafusion_postgres::pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};
use futures::SinkExt as _;

use crate::engine::{Prepared, stacked};
use crate::error::{Failure, QueryError};
use crate::postgres::answer::{Stop, complete};
use crate::postgres::command::{Command, Hold};
use crate::postgres::copy::CopyFormat;
use crate::postgres::cursor::{Bound, Life, Portal, Work};
use crate::postgres::parameters::Parameters;
use crate::postgres::result::{Running, Sent, description, fields};
use crate::postgres::session::{Announce, Session};
use crate::postgres::show;

/// `S` and `P` of `Describe` and `Close`.
const STATEMENT: u8 = b'S';
const PORTAL: u8 = b'P';

/// Texts of the longest statement that a session may hold. Plans grow with them, to hundreds of times their size.
const TEXTS: usize = 4;

/// A prepared statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// A query with its parameters, and the columns that it was described with.
    Query(Arc<Prepared>, Parameters, SchemaRef),
    /// A query whose rows are copied.
    CopyOut(Arc<Prepared>, CopyFormat),
    /// A cursor over a query with its parameters.
    Declare(String, Arc<Prepared>, Parameters, Hold),
    /// A word to the session.
    Command(Command),
    /// An empty text.
    Nothing,
}

impl Statement {
    /// Bytes of its text.
    fn bytes(&self) -> usize {
        match self {
            Self::Query(prepared, ..) | Self::CopyOut(prepared, _) | Self::Declare(_, prepared, ..) => {
                prepared.sql().len()
            }
            // Names and values: what matters is that it counts.
            Self::Command(_) => 256,
            Self::Nothing => 0,
        }
    }
}

impl Session {
    pub(super) async fn parse(&mut self, parse: Parse) -> Result<(), Stop> {
        let name = parse.name.unwrap_or_default();
        if !name.is_empty() && self.statements.contains_key(&name) {
            return Err(Stop::error("42P05", format!("prepared statement \"{name}\" already exists")));
        }
        let most = self.shared.engine.limits().prepared_statements;
        if self.statements.len() >= most && !self.statements.contains_key(&name) {
            let error =
                QueryError::new(Failure::TooLarge, format!("a session holds at most {most} prepared statements"));
            return Err(error.hinted("close some, or raise `prepared-statements` in `[serve.limits]`").into());
        }
        let held: usize = self.statements.values().map(Statement::bytes).sum();
        let room = TEXTS * self.shared.engine.limits().statement_bytes;
        if held + parse.query.len() > room {
            let message = format!("the session's prepared statements hold {held} bytes of at most {room}");
            let hint = "close some, or raise `statement-kb` in `[serve.limits]`";
            return Err(QueryError::new(Failure::TooLarge, message).hinted(hint).into());
        }
        let statement = self.statement(&parse.query, &parse.type_oids).await?;
        self.statements.insert(name, statement);
        Ok(self.wire.feed(Answer::ParseComplete(ParseComplete::new())).await?)
    }

    async fn statement(&mut self, sql: &str, types: &[u32]) -> Result<Statement, Stop> {
        let mut statements = self.shared.engine.parse(sql).await?;
        let Some(statement) = statements.pop() else { return Ok(Statement::Nothing) };
        if !statements.is_empty() {
            return Err(stacked().into());
        }
        let command = Command::of(statement)?;
        self.check_transaction(&command)?;
        match command {
            Command::Query(statement) => {
                let prepared = self.plan(sql, *statement).await?;
                let parameters = self.parameters(&prepared, types).await?;
                let columns = self.described(&prepared, &parameters).await?;
                Ok(Statement::Query(Arc::new(prepared), parameters, columns))
            }
            Command::CopyOut(statement, format) => {
                Ok(Statement::CopyOut(Arc::new(self.plan(sql, *statement).await?), format))
            }
            Command::Declare(name, query, hold) => {
                let prepared = self.plan(sql, *query).await?;
                let parameters = self.parameters(&prepared, types).await?;
                Ok(Statement::Declare(name, Arc::new(prepared), parameters, hold))
            }
            command => Ok(Statement::Command(command)),
        }
    }

    async fn parameters(&mut self, prepared: &Prepared, declared: &[u32]) -> Result<Parameters, Stop> {
        let types = self.shared.engine.parameter_types(prepared).await?;
        Parameters::of(prepared.plan(), types, declared)
    }

    /// Columns of a query before its parameters have values. Those of `SELECT $1` are of the type that the client will send.
    async fn described(&mut self, prepared: &Prepared, parameters: &Parameters) -> Result<SchemaRef, Stop> {
        let schema = prepared.schema();
        if !schema.fields().iter().any(|field| field.data_type().is_null()) {
            return Ok(schema);
        }
        match parameters.nulls()? {
            Some(nulls) => Ok(self.shared.engine.bind(&self.caller, prepared, nulls).await?.schema()),
            None => Ok(schema),
        }
    }

    /// A query with values for its parameters.
    async fn bound(&mut self, prepared: Arc<Prepared>, values: Option<ParamValues>) -> Result<Arc<Prepared>, Stop> {
        match values {
            Some(values) => Ok(Arc::new(self.shared.engine.bind(&self.caller, &prepared, values).await?)),
            None => Ok(prepared),
        }
    }

    fn prepared_statement(&self, name: &str) -> Result<&Statement, Stop> {
        let missing = || Stop::error("26000", format!("prepared statement \"{name}\" does not exist"));
        self.statements.get(name).ok_or_else(missing)
    }

    pub(super) async fn bind(&mut self, bind: Bind) -> Result<(), Stop> {
        let statement = self.prepared_statement(bind.statement_name.as_deref().unwrap_or_default())?.clone();
        let work = match statement {
            Statement::Query(prepared, parameters, columns) => {
                let prepared = self.bound(prepared, parameters.values(&bind)?).await?;
                check_columns(&columns, &prepared.schema())?;
                let format = result_format(&bind.result_column_format_codes, columns.fields().len())?;
                Work::Ready(Bound { prepared, format })
            }
            Statement::CopyOut(prepared, format) => {
                no_parameters(&bind)?;
                Work::Copy(prepared, format)
            }
            Statement::Declare(name, prepared, parameters, hold) => {
                let prepared = self.bound(prepared, parameters.values(&bind)?).await?;
                Work::Declare(name, Bound { prepared, format: Format::UnifiedText }, hold)
            }
            Statement::Command(command) => {
                no_parameters(&bind)?;
                if let Command::Fetch(cursor, _) = &command {
                    self.cursor_format(cursor, &bind.result_column_format_codes)?;
                }
                Work::Command(command)
            }
            Statement::Nothing => {
                no_parameters(&bind)?;
                Work::Nothing
            }
        };
        let name = bind.portal_name.unwrap_or_default();
        if !name.is_empty() && self.portals.contains(&name) {
            return Err(Stop::error("42P03", format!("cursor \"{name}\" already exists")));
        }
        let bytes = bind.parameters.iter().flatten().map(bytes::Bytes::len).sum();
        self.portals.insert(name, Portal { work, life: Life::Transaction, bytes })?;
        Ok(self.wire.feed(Answer::BindComplete(BindComplete::new())).await?)
    }

    pub(super) async fn describe(&mut self, describe: Describe) -> Result<(), Stop> {
        let name = describe.name.unwrap_or_default();
        let columns = match describe.target_type {
            STATEMENT => {
                let (parameters, columns) = match self.prepared_statement(&name)? {
                    Statement::Query(_, parameters, columns) => {
                        (parameters.oids(), Some(fields(columns, &Format::UnifiedText)?))
                    }
                    Statement::Declare(_, _, parameters, _) => (parameters.oids(), None),
                    Statement::Command(command) => {
                        let command = command.clone();
                        (Vec::new(), self.columns(&command)?)
                    }
                    Statement::CopyOut(..) | Statement::Nothing => (Vec::new(), None),
                };
                self.wire.feed(Answer::ParameterDescription(ParameterDescription::new(parameters))).await?;
                columns
            }
            PORTAL => match &self.portals.get(&name)?.work {
                Work::Ready(bound) => Some(fields(&bound.prepared.schema(), &bound.format)?),
                Work::Running(running) => Some(Arc::clone(running.fields())),
                Work::Command(command) => {
                    let command = command.clone();
                    self.columns(&command)?
                }
                Work::Copy(..) | Work::Declare(..) | Work::Done | Work::Nothing => None,
            },
            _ => return Err(Stop::error("08P01", "only statements and portals can be described")),
        };
        let answer = columns.map_or(Answer::NoData(NoData::new()), |fields| description(&fields));
        Ok(self.wire.feed(answer).await?)
    }

    pub(super) async fn execute(&mut self, execute: Execute) -> Result<(), Stop> {
        let name = execute.name.unwrap_or_default();
        // Zero and less is everything.
        let at_most = u64::try_from(execute.max_rows).ok().filter(|rows| *rows > 0);
        let Portal { work, life, bytes } = self.portals.take(&name)?;
        let mut running = match work {
            Work::Nothing => {
                self.portals.insert(name, Portal { work: Work::Nothing, life, bytes })?;
                return Ok(self.wire.feed(Answer::EmptyQueryResponse(EmptyQueryResponse::new())).await?);
            }
            Work::Command(command) => {
                self.check_transaction(&command)?;
                return self.command(command, Announce::Nothing).await;
            }
            Work::Declare(name, bound, hold) => {
                self.check_failed()?;
                return self.declare(name, bound, hold, bytes).await;
            }
            Work::Copy(prepared, format) => {
                self.check_failed()?;
                return self.copy_out(&prepared, &format).await;
            }
            Work::Done => {
                self.portals.insert(name, Portal { work: Work::Done, life, bytes })?;
                return Ok(self.wire.feed(complete("SELECT 0")).await?);
            }
            Work::Running(running) => {
                self.check_failed()?;
                running
            }
            Work::Ready(bound) => {
                self.check_failed()?;
                let rows = self.start(&bound.prepared).await?;
                let fields = fields(rows.schema(), &bound.format)?;
                Running::new(rows, fields)
            }
        };
        let answer = match running.send(&mut self.wire, at_most).await? {
            Sent::Some(_) => {
                self.portals.insert(name, Portal { work: Work::Running(running), life, bytes })?;
                Answer::PortalSuspended(PortalSuspended::new())
            }
            Sent::All(rows) => {
                self.portals.insert(name, Portal { work: Work::Done, life, bytes })?;
                complete(format!("SELECT {rows}"))
            }
        };
        Ok(self.wire.feed(answer).await?)
    }

    /// Columns of what a command answers with: those of its cursor, or of its own.
    fn columns(&mut self, command: &Command) -> Result<Option<Arc<Vec<FieldInfo>>>, Stop> {
        match command {
            Command::Fetch(cursor, _) => match &self.portals.get(cursor)?.work {
                Work::Ready(bound) => Ok(Some(fields(&bound.prepared.schema(), &bound.format)?)),
                Work::Running(running) => Ok(Some(Arc::clone(running.fields()))),
                _ => Ok(None),
            },
            other => show::columns(other).map(|schema| fields(&schema, &Format::UnifiedText)).transpose(),
        }
    }

    /// The forms in which a cursor's rows are fetched: those of the first fetch are those of all.
    fn cursor_format(&mut self, cursor: &str, codes: &[i16]) -> Result<(), Stop> {
        match &mut self.portals.get(cursor)?.work {
            Work::Ready(bound) => {
                bound.format = result_format(codes, bound.prepared.schema().fields().len())?;
                Ok(())
            }
            Work::Running(running) => {
                let format = result_format(codes, running.fields().len())?;
                let differs = |(index, field): (usize, &FieldInfo)| format.format_for(index) != field.format();
                if running.fields().iter().enumerate().any(differs) {
                    return Err(Stop::error("0A000", "a cursor gives its rows in the form of the first FETCH")
                        .hinted("declare another cursor for the other form"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_failed(&self) -> Result<(), Stop> {
        self.check_transaction(&Command::Nothing("SELECT"))
    }

    pub(super) async fn close(&mut self, close: Close) -> Result<(), Stop> {
        let name = close.name.unwrap_or_default();
        match close.target_type {
            STATEMENT => drop(self.statements.remove(&name)),
            PORTAL => self.portals.close(&name),
            _ => return Err(Stop::error("08P01", "only statements and portals can be closed")),
        }
        Ok(self.wire.feed(Answer::CloseComplete(CloseComplete::new())).await?)
    }

    /// Outside of a transaction, everything between two of these is one.
    pub(super) fn sync(&mut self) {
        if self.transaction == TransactionStatus::Idle {
            self.portals.committed();
        }
    }
}

/// Values may make another type of a column than the client was told.
fn check_columns(described: &SchemaRef, bound: &SchemaRef) -> Result<(), Stop> {
    let types = |schema: &SchemaRef| schema.fields().iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
    if types(described) == types(bound) {
        return Ok(());
    }
    let (described, bound) = (fields(described, &Format::UnifiedText)?, fields(bound, &Format::UnifiedText)?);
    let other = described.iter().zip(bound.iter()).find(|(one, other)| one.datatype() != other.datatype());
    other.map_or(Ok(()), |(one, other)| {
        let message =
            format!("a parameter makes column \"{}\" {} and not {}", one.name(), other.datatype(), one.datatype());
        Err(Stop::error("42804", message).hinted("say the type in the statement, as in CAST($1 AS numeric)"))
    })
}

fn no_parameters(bind: &Bind) -> Result<(), Stop> {
    match bind.parameters.len() {
        0 => Ok(()),
        given => {
            let message = format!("bind message supplies {given} parameters, but prepared statement requires 0");
            Err(Stop::error("08P01", message))
        }
    }
}

/// Forms of the columns: one for all, one each, or text where nothing is said.
fn result_format(codes: &[i16], columns: usize) -> Result<Format, Stop> {
    if codes.iter().any(|code| !(0..=1).contains(code)) {
        return Err(Stop::error("22023", "format codes are 0 and 1"));
    }
    match codes {
        [] => Ok(Format::UnifiedText),
        [code] => Ok(Format::from(*code)),
        codes if codes.len() == columns => Ok(Format::Individual(codes.to_vec())),
        codes => {
            let message = format!("bind message has {} result formats but query has {columns} columns", codes.len());
            Err(Stop::error("08P01", message))
        }
    }
}
