//! `POST /sql`: any statement that reads.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::http::answer::answer;
use crate::http::asked::Asked;
use crate::http::filters::{self, Paging};
use crate::http::paging::Page;
use crate::http::parameters;
use crate::http::problem::Problem;
use crate::limits::Limits;

/// Bytes of the body beside the statement: parameters.
const PARAMETER_BYTES: usize = 1 << 20;

/// A statement and how to run it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    sql: String,
    #[serde(default)]
    parameters: Vec<Value>,
    timeout_ms: Option<u64>,
    limit: Option<u64>,
    offset: Option<u64>,
}

/// The forms of a body. Both are looked at, also because anything else would let a page of a browser send what it likes: forms send
/// `text/plain` without asking, and are refused by their `Origin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Plain,
}

/// Runs a statement.
pub async fn run(asked: Asked, body: Body) -> Result<Response, Problem> {
    let format = asked.format()?;
    let engine = &asked.shared.engine;
    let paging: Paging = filters::read(&asked.uri)?;
    let statement = read(&asked.headers, body, engine.limits()).await?;
    // What the address says holds over the body, so that the address of the next page works with the same body.
    let (limit, offset) = (paging.limit.or(statement.limit), paging.offset.or(statement.offset));
    let page = Page::of_statement(limit, offset, engine.limits())?;
    let time = statement.time()?;
    let mut prepared = engine.prepare_text(&asked.caller, &statement.sql).await?;
    let types = engine.parameter_types(&prepared).await?;
    if let Some(values) = parameters::bind(&statement.parameters, &types)? {
        prepared = engine.bind(&asked.caller, &prepared, values).await?;
    }
    if let Some(page) = page {
        prepared = prepared.within(page.window())?;
    }
    let rows = asked.run(&prepared, time).await?;
    Ok(answer(rows, format, page, &asked.uri).await?.response())
}

impl Statement {
    fn time(&self) -> Result<Option<Duration>, Problem> {
        match self.timeout_ms {
            Some(0) => {
                Err(Problem::bad_request("`timeout_ms` is 0").hinted("leave it out for the limit of the server"))
            }
            given => Ok(given.map(Duration::from_millis)),
        }
    }
}

async fn read(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Statement, Problem> {
    let form = form(headers)?;
    let most = match form {
        Form::Json => limits.statement_bytes.saturating_add(PARAMETER_BYTES),
        Form::Plain => limits.statement_bytes,
    };
    let bytes = timeout(limits.login_time, collect(body, most)).await.map_err(|_| {
        let detail = format!("the body did not come within {} s", limits.login_time.as_secs_f64());
        Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
    })??;
    match form {
        Form::Json => serde_json::from_slice(&bytes).map_err(|error| {
            Problem::bad_request(format!("the body is not what it has to be: {error}")).hinted(
                "send {\"sql\": \"SELECT …\", \"parameters\": […], \"timeout_ms\": …, \"limit\": …, \"offset\": …}",
            )
        }),
        Form::Plain => {
            let sql = String::from_utf8(bytes).map_err(|_| Problem::bad_request("the body is not UTF-8"))?;
            Ok(Statement { sql, parameters: Vec::new(), timeout_ms: None, limit: None, offset: None })
        }
    }
}

fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let is_utf8 = parts.all(|part| match part.strip_prefix("charset=") {
        Some(charset) => matches!(charset.trim_matches('"'), "utf-8" | "utf8" | "us-ascii"),
        None => true,
    });
    match essence.as_str() {
        "application/json" if is_utf8 => Ok(Form::Json),
        "text/plain" if is_utf8 => Ok(Form::Plain),
        _ => {
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("a body of type `{given}` is not read here"))
                .hinted("send `Content-Type: application/json`, or `text/plain` with the statement alone, in UTF-8"))
        }
    }
}

async fn collect(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Problem::bad_request(format!("the body broke off: {error}")))?;
        if bytes.len() + chunk.len() > most {
            let detail = format!("the body has more than the {most} bytes allowed");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
                .hinted("send less, or raise `statement-kb` in `[serve.limits]`"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
