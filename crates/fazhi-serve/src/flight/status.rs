//! Failures of queries in the terms of gRPC: a code, and a message that keeps SQLSTATE, position and hint.

use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

use crate::error::{Failure, QueryError};

/// Characters of a message. It travels percent-encoded in a header, of which clients take some kilobytes.
const MESSAGE: usize = 800;

/// The status of a failure. `sqlstate`, `position` and `hint-bin` (UTF-8) are in its metadata too.
pub fn status(error: &QueryError) -> Status {
    let sqlstate = error.failure.sqlstate();
    let mut metadata = MetadataMap::new();
    metadata.insert("sqlstate", MetadataValue::from_static(sqlstate));
    let mut message: String = error.message.chars().take(MESSAGE).collect();
    let place = match error.position {
        Some(position) => {
            metadata.insert("position", MetadataValue::from(position));
            format!(", at character {position}")
        }
        None => String::new(),
    };
    message.extend([" (SQLSTATE ", sqlstate, &place, ")"]);
    if let Some(hint) = &error.hint {
        metadata.insert_bin("hint-bin", MetadataValue::from_bytes(hint.as_bytes()));
        message.push_str("; hint: ");
        message.extend(hint.chars().take(MESSAGE));
    }
    Status::with_metadata(code(error.failure), message, metadata)
}

const fn code(failure: Failure) -> Code {
    use Failure as F;
    match failure {
        F::Syntax
        | F::UndefinedTable
        | F::UndefinedColumn
        | F::UndefinedFunction
        | F::AmbiguousColumn
        | F::Invalid
        | F::InvalidText
        | F::OutOfRange
        | F::DivisionByZero
        | F::Parameter => Code::InvalidArgument,
        F::ReadOnly => Code::PermissionDenied,
        F::Unsupported => Code::Unimplemented,
        F::Timeout => Code::DeadlineExceeded,
        F::Cancelled => Code::Cancelled,
        F::Memory | F::Spill | F::TooLarge | F::TooMany => Code::ResourceExhausted,
        F::Shutdown => Code::Unavailable,
        F::Gone => Code::NotFound,
        F::Internal => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_where_and_what_to_do() {
        let error = QueryError {
            position: Some(8),
            ..QueryError::new(Failure::UndefinedColumn, "no column 案件").hinted("write IN (…)")
        };
        let status = status(&error);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "no column 案件 (SQLSTATE 42703, at character 8); hint: write IN (…)");
        assert_eq!(status.metadata().get("sqlstate").unwrap(), "42703");
        assert_eq!(status.metadata().get("position").unwrap(), "8");
        let hint = status.metadata().get_bin("hint-bin").unwrap().to_bytes().unwrap();
        assert_eq!(hint, "write IN (…)".as_bytes());
    }

    #[test]
    fn a_long_message_is_cut() {
        let status = status(&QueryError::new(Failure::Syntax, "长".repeat(100_000)));
        assert!(status.message().chars().count() < MESSAGE + 100);
    }
}
