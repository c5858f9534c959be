//! What a statement is: a query for the engine, or a word to the session.

use datafusion::sql::sqlparser::ast::{
    CloseCursor, ContextModifier, CopySource, CopyTarget, Declare, Expr, FetchDirection, Ident, ObjectName, Query,
    Reset, ResetStatement, SelectItem, Set, SetExpr, Statement, TableFactor, Value,
};

use crate::error::{Failure, QueryError};
use crate::postgres::copy::CopyFormat;
use crate::postgres::own_values;

/// A statement, by who answers it.
#[derive(Debug, Clone)]
pub enum Command {
    /// The engine runs it.
    Query(Box<Statement>),
    /// `COPY (…) TO STDOUT`: the engine runs the query, the rows go out as the client asked.
    CopyOut(Box<Statement>, CopyFormat),
    /// `BEGIN`. Nothing is held: every query sees the newest snapshot.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `SAVEPOINT` and what belongs to it.
    Savepoint(Savepoint),
    /// `SET name = value`, and for how long.
    Set(String, String, Lasts),
    /// `SELECT set_config('name', 'value', …)`: the same, answered with a row.
    SetConfig(String, String, Lasts),
    /// `RESET name`, or `SET name TO DEFAULT`.
    Reset(String),
    /// `RESET ALL`.
    ResetAll,
    /// `SHOW name`.
    Show(String),
    /// `SHOW ALL`.
    ShowAll,
    /// `DISCARD ALL` and its kind.
    Discard(String),
    /// `DEALLOCATE name`, or all of them.
    Deallocate(Option<String>),
    /// `DECLARE name CURSOR FOR query`.
    Declare(String, Box<Statement>, Hold),
    /// `FETCH`.
    Fetch(String, Fetch),
    /// `CLOSE name`, or all of them.
    Close(Option<String>),
    /// What has no effect here, with the tag of its answer: `SET TRANSACTION`, `UNLISTEN`, `LISTEN`.
    Nothing(&'static str),
}

/// How long a value that is set lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// To the end of the session.
    Session,
    /// To the end of the transaction (`SET LOCAL`).
    Transaction,
}

/// What is said of a savepoint; there is nothing to go back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Savepoint {
    /// One is set.
    Set,
    /// One is given up.
    Release,
    /// An error is left behind.
    RollbackTo,
}

/// Whether a cursor outlives its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It does.
    With,
    /// It does not.
    Without,
}

/// How many rows are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// So many.
    Rows(usize),
    /// All that are left.
    All,
}

impl Command {
    /// Sorts a statement. What is neither goes to the engine, which refuses it.
    ///
    /// # Errors
    /// Fails for what a session could do elsewhere and not here.
    pub fn of(statement: Statement) -> Result<Self, QueryError> {
        Ok(match statement {
            Statement::StartTransaction { .. } => Self::Begin,
            Statement::Commit { .. } => Self::Commit,
            Statement::Rollback { savepoint: Some(_), .. } => Self::Savepoint(Savepoint::RollbackTo),
            Statement::Rollback { .. } => Self::Rollback,
            Statement::Savepoint { .. } => Self::Savepoint(Savepoint::Set),
            Statement::ReleaseSavepoint { .. } => Self::Savepoint(Savepoint::Release),
            Statement::Set(set) => set_command(set)?,
            Statement::Reset(ResetStatement { reset: Reset::ALL }) => Self::ResetAll,
            Statement::Reset(ResetStatement { reset: Reset::ConfigurationParameter(name) }) => {
                Self::Reset(plain(&name))
            }
            Statement::ShowVariable { variable } => show(&variable),
            Statement::Discard { object_type } => Self::Discard(object_type.to_string()),
            Statement::Deallocate { name, .. } => {
                let all = name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all");
                Self::Deallocate((!all).then(|| folded(&name)))
            }
            Statement::Declare { stmts } => declare(stmts)?,
            Statement::Fetch { name, direction, .. } => Self::Fetch(folded(&name), fetch(&direction)?),
            Statement::Close { cursor: CloseCursor::All } => Self::Close(None),
            Statement::Close { cursor: CloseCursor::Specific { name } } => Self::Close(Some(folded(&name))),
            Statement::UNLISTEN { .. } => Self::Nothing("UNLISTEN"),
            Statement::LISTEN { .. } => Self::Nothing("LISTEN"),
            Statement::Copy { source, to: true, target: CopyTarget::Stdout, options, legacy_options, .. } => {
                let format = CopyFormat::of(&options, &legacy_options)?;
                Self::CopyOut(Box::new(copied(source)?), format)
            }
            Statement::Query(query) => match own_values::set_config(&query) {
                Some((name, value, lasts)) => Self::SetConfig(name.to_owned(), value.to_owned(), lasts),
                None => Self::Query(Box::new(Statement::Query(query))),
            },
            other => Self::Query(Box::new(other)),
        })
    }

    /// Whether a session whose transaction failed still does it.
    pub fn ends_failed_transaction(&self) -> bool {
        matches!(self, Self::Commit | Self::Rollback | Self::Savepoint(Savepoint::RollbackTo))
    }

    /// Whether the engine has to read rows for it.
    pub fn is_query(&self) -> bool {
        matches!(self, Self::Query(_) | Self::CopyOut(..) | Self::Declare(..))
    }
}

/// A name as PostgreSQL folds it.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

fn plain(name: &ObjectName) -> String {
    name.to_string().trim_matches('"').to_owned()
}

fn set_command(set: Set) -> Result<Command, QueryError> {
    Ok(match set {
        Set::SingleAssignment { scope, variable, values, .. } => assignment(scope, &variable, &values),
        Set::SetTimeZone { value, .. } => Command::Set("TimeZone".to_owned(), text(&value), Lasts::Session),
        Set::SetNames { charset_name, .. } => {
            Command::Set("client_encoding".to_owned(), charset_name.value, Lasts::Session)
        }
        Set::SetNamesDefault {} => Command::Reset("client_encoding".to_owned()),
        Set::SetTransaction { .. } => Command::Nothing("SET"),
        Set::SetRole { .. } | Set::SetSessionAuthorization(_) => {
            return Err(QueryError::new(Failure::ReadOnly, "a session keeps the user that it logged in with"));
        }
        other => Command::Query(Box::new(Statement::Set(other))),
    })
}

fn assignment(scope: Option<ContextModifier>, variable: &ObjectName, values: &[Expr]) -> Command {
    let name = plain(variable);
    let lasts = if scope == Some(ContextModifier::Local) { Lasts::Transaction } else { Lasts::Session };
    match values {
        [Expr::Identifier(word)] if word.value.eq_ignore_ascii_case("default") => Command::Reset(name),
        values => Command::Set(name, values.iter().map(text).collect::<Vec<_>>().join(", "), lasts),
    }
}

/// The text of a value, whether it was quoted or not.
fn text(value: &Expr) -> String {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            Value::Boolean(true) => "on".to_owned(),
            Value::Boolean(false) => "off".to_owned(),
            other => other.to_string(),
        },
        Expr::Identifier(word) => word.value.clone(),
        other => other.to_string(),
    }
}

/// `SHOW TRANSACTION ISOLATION LEVEL` and `SHOW TIME ZONE` are written in words.
fn show(variable: &[Ident]) -> Command {
    let words: Vec<String> = variable.iter().map(|word| word.value.to_lowercase()).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["all"] => Command::ShowAll,
        ["transaction", "isolation", "level"] => Command::Show("transaction_isolation".to_owned()),
        ["time", "zone"] => Command::Show("TimeZone".to_owned()),
        ["session", "authorization"] => Command::Show("session_authorization".to_owned()),
        words => Command::Show(words.join(".")),
    }
}

fn declare(mut cursors: Vec<Declare>) -> Result<Command, QueryError> {
    let unsupported = || QueryError::new(Failure::Unsupported, "only DECLARE name CURSOR FOR query is supported");
    let (Some(cursor), true) = (cursors.pop(), cursors.is_empty()) else { return Err(unsupported()) };
    let (Some(name), Some(query)) = (cursor.names.first(), cursor.for_query) else { return Err(unsupported()) };
    if cursor.scroll == Some(true) {
        return Err(
            QueryError::new(Failure::Unsupported, "cursors only go forward").hinted("declare it without SCROLL")
        );
    }
    let hold = if cursor.hold == Some(true) { Hold::With } else { Hold::Without };
    Ok(Command::Declare(folded(name), Box::new(Statement::Query(query)), hold))
}

fn fetch(direction: &FetchDirection) -> Result<Fetch, QueryError> {
    let number = |value: &Value| match value {
        Value::Number(digits, _) => digits.parse().ok(),
        _ => None,
    };
    let rows = match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Some(1),
        FetchDirection::Forward { limit: Some(limit) } | FetchDirection::Count { limit } => number(&limit.value),
        FetchDirection::All | FetchDirection::ForwardAll => return Ok(Fetch::All),
        _ => None,
    };
    let backward =
        || QueryError::new(Failure::Unsupported, "cursors only go forward").hinted("use FETCH FORWARD n or FETCH ALL");
    rows.map(Fetch::Rows).ok_or_else(backward)
}

/// The query behind what is copied.
fn copied(source: CopySource) -> Result<Statement, QueryError> {
    match source {
        CopySource::Query(query) => Ok(Statement::Query(query)),
        CopySource::Table { table_name, columns } => {
            let columns = columns.into_iter().map(|column| SelectItem::UnnamedExpr(Expr::Identifier(column))).collect();
            Ok(Statement::Query(Box::new(select(table_name, columns)?)))
        }
    }
}

fn select(table: ObjectName, columns: Vec<SelectItem>) -> Result<Query, QueryError> {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;
    let failed = |_| QueryError::new(Failure::Internal, "the query of a COPY cannot be made");
    let template =
        Parser::new(&PostgreSqlDialect {}).try_with_sql("SELECT * FROM t").and_then(|mut parser| parser.parse_query());
    let mut query = *template.map_err(failed)?;
    if let SetExpr::Select(select) = query.body.as_mut() {
        if !columns.is_empty() {
            select.projection = columns;
        }
        if let Some(TableFactor::Table { name, .. }) = select.from.first_mut().map(|from| &mut from.relation) {
            *name = table;
        }
    }
    Ok(query)
}
