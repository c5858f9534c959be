//! What goes back to a client besides rows: errors with SQLSTATE, position and hint, and why a connection ends.

use std::io;

use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Answer;
use datafusion_postgres::pgwire::messages::response::CommandComplete;
use futures::SinkExt as _;

use crate::error::{Failure, QueryError};
use crate::postgres::wire::Wire;

/// Why work on a message ended before its answer was complete.
#[derive(Debug)]
pub enum Stop {
    /// The client is told, and the session goes on.
    Error(QueryError),
    /// The client is told in the words of the protocol, and the session goes on unless the error is fatal.
    Protocol(Box<ErrorInfo>),
    /// The client is gone.
    Gone,
}

impl From<QueryError> for Stop {
    fn from(error: QueryError) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl From<PgWireError> for Stop {
    fn from(error: PgWireError) -> Self {
        match error {
            PgWireError::IoError(_) => Self::Gone,
            // What a driver sent as a parameter that is no such value.
            PgWireError::FailedToParseParameter(cause) => {
                Self::error("22P02", format!("cannot read a parameter: {cause}"))
            }
            other => Self::Protocol(Box::new(other.into())),
        }
    }
}

impl Stop {
    /// An error after which the session goes on.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::Protocol(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message.into())))
    }

    /// An error after which the connection is closed.
    pub fn fatal(code: &str, message: impl Into<String>) -> Self {
        Self::Protocol(Box::new(ErrorInfo::new("FATAL".to_owned(), code.to_owned(), message.into())))
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hinted(self, hint: &str) -> Self {
        match self {
            Self::Protocol(mut info) => {
                info.hint = Some(hint.to_owned());
                Self::Protocol(info)
            }
            other => other,
        }
    }

    /// What the client is told; nothing if it is gone.
    pub fn info(self) -> Option<ErrorInfo> {
        match self {
            Self::Error(error) => Some(info(error)),
            Self::Protocol(info) => Some(*info),
            Self::Gone => None,
        }
    }
}

/// The error of a query that its client cancelled.
pub fn cancelled() -> QueryError {
    QueryError::new(Failure::Cancelled, "canceling statement due to user request")
}

/// A failure in the words of the protocol.
pub fn info(error: QueryError) -> ErrorInfo {
    let mut info = ErrorInfo::new("ERROR".to_owned(), error.failure.sqlstate().to_owned(), error.message);
    info.hint = error.hint.map(std::borrow::Cow::into_owned);
    info.position = error.position.map(|position| position.to_string());
    info
}

/// Tells an error; whether the session can go on.
pub async fn tell(wire: &mut Wire, info: ErrorInfo) -> io::Result<Onward> {
    let onward = if info.is_fatal() { Onward::End } else { Onward::Continue };
    wire.send(Answer::ErrorResponse(info.into())).await?;
    Ok(onward)
}

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward {
    /// The next message is read.
    Continue,
    /// The connection is closed.
    End,
}

/// The end of a command.
pub fn complete(tag: impl Into<String>) -> Answer {
    Answer::CommandComplete(CommandComplete::new(tag.into()))
}
