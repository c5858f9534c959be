//! Errors as clients of HTTP read them: problem details (RFC 9457) with what SQL clients know beside.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;

use crate::error::{Failure, QueryError};

/// Seconds after which a client that came at a bad time may try again.
const RETRY_AFTER: &str = "5";

/// Why a request was not answered as asked; sent as `application/problem+json`.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "number")]
    status: StatusCode,
    title: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<&'static str>,
    /// Characters from the start of the statement, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Cow<'static, str>>,
}

impl Problem {
    /// A problem with what happened, in one sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { status, title, detail: detail.into(), sqlstate: None, position: None, hint: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hinted(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The client's mistake.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let QueryError { failure, message, position, hint } = error;
        Self { sqlstate: Some(failure.sqlstate()), position, hint, ..Self::new(status(failure), message) }
    }
}

/// The status of a failure. A query that took too long is 504 and not 408, because clients send a request again on their own
/// after 408.
const fn status(failure: Failure) -> StatusCode {
    match failure {
        Failure::Syntax
        | Failure::UndefinedTable
        | Failure::UndefinedColumn
        | Failure::UndefinedFunction
        | Failure::AmbiguousColumn
        | Failure::Invalid
        | Failure::InvalidText
        | Failure::OutOfRange
        | Failure::DivisionByZero
        | Failure::Parameter
        | Failure::Unsupported => StatusCode::BAD_REQUEST,
        Failure::ReadOnly => StatusCode::FORBIDDEN,
        Failure::Timeout | Failure::Cancelled => StatusCode::GATEWAY_TIMEOUT,
        Failure::Memory | Failure::Spill => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Failure::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Failure::Shutdown | Failure::Gone => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).expect("text and numbers can be written");
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.append(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"fazhi\", charset=\"UTF-8\""),
                );
                headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
            }
            _ => {}
        }
        response
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
