//! Why a query was refused or failed, in the terms of SQL clients: SQLSTATE (PostgreSQL's Appendix A), message, position, hint.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::ast::Ident;
use datafusion::sql::sqlparser::parser::ParserError;
use fazhi_warehouse::WarehouseError;

/// The class of a failure. Each has one SQLSTATE and one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The statement cannot be parsed.
    Syntax,
    /// No such table or view.
    UndefinedTable,
    /// No such column.
    UndefinedColumn,
    /// No such function, or not for these types.
    UndefinedFunction,
    /// A name fits several columns.
    AmbiguousColumn,
    /// The statement makes no sense for some other reason that its text tells.
    Invalid,
    /// A value cannot be read as the type it should have.
    InvalidText,
    /// A number is too large for its type.
    OutOfRange,
    /// Division by zero.
    DivisionByZero,
    /// A parameter is missing, or of a type that cannot be read.
    Parameter,
    /// The statement would change something, or reach outside of the warehouse.
    ReadOnly,
    /// A feature that this server does not have.
    Unsupported,
    /// The time limit, the client's own or the server's.
    Timeout,
    /// The client asked for it to be cancelled.
    Cancelled,
    /// The memory limit of one query.
    Memory,
    /// The spill limit of one query.
    Spill,
    /// Too long a statement, too many rows, too large a value.
    TooLarge,
    /// Too many queries or connections at once.
    TooMany,
    /// The server is being shut down.
    Shutdown,
    /// A table was dropped, or its files were removed, while it was served.
    Gone,
    /// Everything else: a defect of this program or of its storage.
    Internal,
}

impl Failure {
    /// The SQLSTATE.
    pub const fn sqlstate(self) -> &'static str {
        match self {
            Self::Syntax => "42601",
            Self::UndefinedTable | Self::Gone => "42P01",
            Self::UndefinedColumn => "42703",
            Self::UndefinedFunction => "42883",
            Self::AmbiguousColumn => "42702",
            Self::Invalid => "42000",
            Self::InvalidText => "22P02",
            Self::OutOfRange => "22003",
            Self::DivisionByZero => "22012",
            Self::Parameter => "08P01",
            Self::ReadOnly => "25006",
            Self::Unsupported => "0A000",
            Self::Timeout | Self::Cancelled => "57014",
            Self::Memory => "53200",
            Self::Spill => "53100",
            Self::TooLarge => "54000",
            Self::TooMany => "53300",
            Self::Shutdown => "57P01",
            Self::Internal => "XX000",
        }
    }
}

/// A query that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// Its class.
    pub failure: Failure,
    /// What happened, in one sentence.
    pub message: String,
    /// Where in the statement: characters from its start, from 1.
    pub position: Option<usize>,
    /// What to do about it.
    pub hint: Option<Cow<'static, str>>,
}

impl QueryError {
    /// A failure with its message.
    pub fn new(failure: Failure, message: impl Into<String>) -> Self {
        Self { failure, message: message.into(), position: None, hint: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hinted(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A statement that cannot be parsed.
    pub fn from_parser(error: &ParserError, sql: &str) -> Self {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
            ParserError::RecursionLimitExceeded => {
                return Self::new(Failure::TooLarge, "the statement is nested too deeply");
            }
        };
        let (message, place) =
            text.rsplit_once(" at Line: ").map_or((text, None), |(message, place)| (message, Some(place)));
        // At its end, a text has no place of its own.
        let end = || message.ends_with("found: EOF").then(|| sql.chars().count() + 1);
        let position = place.and_then(|place| position(sql, place)).or_else(end);
        Self { position, ..Self::new(Failure::Syntax, format!("syntax error: {message}")) }
    }

    /// A word of the language where a name should be.
    pub fn misplaced(word: &Ident, sql: &str) -> Self {
        let error = Self::new(Failure::Syntax, format!("syntax error at or near \"{}\"", word.value));
        Self { position: character_position(sql, word.span.start.line, word.span.start.column), ..error }
    }

    /// A failure of the engine while it planned or ran `sql`.
    pub fn from_engine(error: &DataFusionError, sql: &str) -> Self {
        let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
        let place = span.and_then(|span| character_position(sql, span.start.line, span.start.column));
        Self { position: place, ..classified(error) }
    }

    /// A failure of the warehouse before there was a statement.
    pub fn from_warehouse(error: &WarehouseError) -> Self {
        if matches!(error, WarehouseError::NoWarehouse { .. }) {
            return Self::new(Failure::Gone, "there is no warehouse in the data folder any more")
                .hinted("run `fazhi load`, or restart the server with another `--data`");
        }
        tracing::error!(error = %chain(error), "the warehouse cannot be read");
        Self::new(Failure::Internal, "the warehouse cannot be read; the server's log has the reason")
    }
}

type Cause = dyn std::error::Error + 'static;

/// An error and its causes.
fn causes(error: &Cause) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(error), |error| error.source())
}

fn chain(error: &Cause) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// `1, Column: 8` of the parser.
fn position(sql: &str, place: &str) -> Option<usize> {
    let (line, column) = place.split_once(", Column: ")?;
    character_position(sql, line.trim().parse().ok()?, column.trim().parse().ok()?)
}

/// The parser counts lines and columns from 1, in characters; 0 means that it does not know.
fn character_position(sql: &str, line: u64, column: u64) -> Option<usize> {
    let (line, column) = (usize::try_from(line).ok()?, usize::try_from(column).ok()?);
    let before: usize = sql.split('\n').take(line.checked_sub(1)?).map(|line| line.chars().count() + 1).sum();
    (column > 0).then_some(before + column)
}

fn classified(error: &DataFusionError) -> QueryError {
    if let Some(error) = find_query_error(error) {
        return error.clone();
    }
    let root = error.find_root();
    let message = root.strip_backtrace();
    let message = message.lines().next().unwrap_or_default().trim();
    if message.contains("used disk space during the spilling") {
        return exhausted("disk space");
    }
    let (failure, message) = match root {
        DataFusionError::ResourcesExhausted(text) => return exhausted(text),
        DataFusionError::SQL(error, _) => return QueryError::from_parser(error, ""),
        DataFusionError::ObjectStore(error) => return storage(&error.to_string()),
        other if is_missing_file(other) => return storage(message),
        DataFusionError::SchemaError(error, _) => (schema_failure(error), message),
        DataFusionError::NotImplemented(_) => (Failure::Unsupported, message),
        DataFusionError::ArrowError(error, _) => (arrow_failure(error), message),
        DataFusionError::Plan(text) => (planning_failure(text), message),
        DataFusionError::Execution(text) => (execution_failure(text), message),
        DataFusionError::Internal(_) | DataFusionError::External(_) | DataFusionError::IoError(_) => {
            // What the engine says of itself, with paths of this machine, is for its operator.
            tracing::warn!(%error, "a query failed inside the engine");
            return QueryError::new(
                Failure::Internal,
                "the engine failed on this statement; the server's log has more",
            );
        }
        _ => (Failure::Invalid, message),
    };
    QueryError::new(failure, without_prefix(message))
}

/// Errors of our own pass through the engine as external ones.
fn find_query_error(error: &DataFusionError) -> Option<&QueryError> {
    causes(error).find_map(|error| error.downcast_ref())
}

fn without_prefix(message: &str) -> String {
    let prefixes =
        ["Error during planning: ", "Execution error: ", "Schema error: ", "Arrow error: ", "External error: "];
    let mut message = message;
    while let Some(rest) = prefixes.iter().find_map(|prefix| message.strip_prefix(prefix)) {
        message = rest;
    }
    message.to_owned()
}

fn exhausted(text: &str) -> QueryError {
    if text.contains("disk space") || text.contains("temp directory") || text.contains("max_temp_directory_size") {
        return QueryError::new(Failure::Spill, "the query spilled more to disk than one query may")
            .hinted("read less, or raise `query-spill-mb` in `[serve.limits]`");
    }
    QueryError::new(Failure::Memory, "the query needs more memory than one query may hold")
        .hinted("read fewer columns or rows, or raise `query-memory-mb` in `[serve.limits]`")
}

fn is_missing_file(error: &DataFusionError) -> bool {
    causes(error)
        .any(|error| error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound))
}

fn storage(detail: &str) -> QueryError {
    tracing::warn!(detail, "a file of a table is gone");
    QueryError::new(Failure::Gone, "a file of a table was removed while it was read")
        .hinted("run the query again; if that fails too, load the warehouse again")
}

fn schema_failure(error: &datafusion::common::SchemaError) -> Failure {
    use datafusion::common::SchemaError as E;
    match error {
        E::FieldNotFound { .. } => Failure::UndefinedColumn,
        E::AmbiguousReference { .. } => Failure::AmbiguousColumn,
        _ => Failure::Invalid,
    }
}

fn arrow_failure(error: &arrow::error::ArrowError) -> Failure {
    use arrow::error::ArrowError as E;
    match error {
        E::DivideByZero => Failure::DivisionByZero,
        E::ArithmeticOverflow(_) => Failure::OutOfRange,
        E::CastError(_) | E::ParseError(_) => Failure::InvalidText,
        E::NotYetImplemented(_) => Failure::Unsupported,
        _ => Failure::Invalid,
    }
}

/// The engine tells kinds of planning errors by their text alone.
fn planning_failure(text: &str) -> Failure {
    if text.starts_with("table '")
        || text.contains("' not found") && text.contains("able '")
        || text.contains("failed to resolve schema")
    {
        Failure::UndefinedTable
    } else if text.starts_with("Invalid function")
        || text.contains("No function matches")
        || text.contains("table function")
    {
        Failure::UndefinedFunction
    } else if text.contains("not supported") || text.contains("nsupported") {
        Failure::Unsupported
    } else {
        Failure::Invalid
    }
}

fn execution_failure(text: &str) -> Failure {
    if text.contains("Placeholder") || text.contains("placeholder") { Failure::Parameter } else { Failure::Invalid }
}

/// A server that cannot start; each is one mistake of its operator.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("cannot listen on `{address}`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A certificate or key cannot be read.
    #[error("cannot read `{path}`", path = path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A certificate and a key that do not make a TLS server.
    #[error("`{path}` is no certificate that its key fits", path = path.display())]
    Tls {
        /// The certificate.
        path: PathBuf,
        /// The cause.
        #[source]
        source: tokio_rustls::rustls::Error,
    },
    /// An address that the world can reach, without what protects it.
    #[error("`{address}` is reachable from other machines and {lacks}")]
    Exposed {
        /// The address.
        address: SocketAddr,
        /// What is missing.
        lacks: &'static str,
    },
    /// Nothing was ever loaded, or a table cannot be read.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    /// The engine cannot be set up.
    #[error("the engine cannot be set up")]
    Engine(#[from] DataFusionError),
    /// Threads or sockets of the operating system.
    #[error("the server cannot run")]
    Io(#[from] io::Error),
}
