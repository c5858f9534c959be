//! What is sent for one request: pieces of bytes, when, and how it ends.

use std::fmt::Write as _;
use std::time::Duration;

use axum::body::Bytes;

use crate::dice::fnv;

/// Size of the pieces that long bodies are sent in.
pub const PIECE: usize = 64 * 1024;

/// An answer.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its status; none where no status line is sent that a client could read.
    pub status: Option<u16>,
    /// What is sent, in this order.
    pub parts: Vec<Part>,
    /// What follows.
    pub end: End,
}

/// A piece that is sent a number of times.
#[derive(Debug, Clone)]
pub struct Part {
    /// The piece.
    pub bytes: Bytes,
    /// How often.
    pub times: u64,
    /// Pause before each time.
    pub pause: Duration,
}

/// What happens to the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It waits for the next request.
    KeepAlive,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// Nothing at all, until the client goes away.
    Silence,
}

impl Part {
    /// Once, at once.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), times: 1, pause: Duration::ZERO }
    }

    /// Many times over.
    pub fn repeated(bytes: impl Into<Bytes>, times: u64) -> Self {
        Self { times, ..Self::new(bytes) }
    }

    /// The pieces one after the other, with a pause before each.
    fn slowly(text: &[u8], pause: Duration) -> impl Iterator<Item = Self> {
        text.iter().map(move |byte| Self { pause, ..Self::new(vec![*byte]) })
    }
}

impl Script {
    /// A complete answer with a `Content-Length`.
    pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut head = head(status, headers);
        if status != 304 {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&body);
        Self { status: Some(status), parts: vec![Part::new(bytes)], end: End::KeepAlive }
    }

    /// An HTML page that says so.
    pub fn html(status: u16, headers: &[(&str, &str)], html: &str) -> Self {
        let headers = [&[("Content-Type", "text/html; charset=utf-8")], headers].concat();
        Self::answer(status, &headers, html.to_owned())
    }

    /// A short message.
    pub fn text(status: u16, message: &str) -> Self {
        Self::answer(status, &[("Content-Type", "text/plain; charset=utf-8")], message.to_owned())
    }

    /// A page with validators, or 304 where the client has it.
    pub fn sound(html: &str, condition: Option<&str>) -> Self {
        let etag = etag(html);
        let validators = [("ETag", etag.as_str()), ("Last-Modified", "Mon, 29 Jan 2024 00:00:00 GMT")];
        if condition == Some(etag.as_str()) {
            return Self::answer(304, &validators, Bytes::new());
        }
        Self::html(200, &validators, html)
    }

    /// Bytes as they are, after which the connection is closed.
    pub fn raw(status: Option<u16>, bytes: impl Into<Bytes>) -> Self {
        Self { status, parts: vec![Part::new(bytes)], end: End::Close }
    }

    /// A head without any length, then parts, after which the connection is closed.
    pub fn stream(headers: &[(&str, &str)], parts: Vec<Part>) -> Self {
        let start = Part::new(head(200, headers) + "\r\n");
        Self { status: Some(200), parts: [vec![start], parts].concat(), end: End::Close }
    }

    /// Adds a text that comes byte by byte.
    pub fn slowly(mut self, text: &str, pause: Duration) -> Self {
        self.parts.extend(Part::slowly(text.as_bytes(), pause));
        self
    }

    /// The same answer with another end.
    pub fn ending(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// The pieces with the pause before each, one by one.
    pub fn pieces(&self) -> impl Iterator<Item = (&Bytes, Duration)> {
        let times = |part: &Part| usize::try_from(part.times).unwrap_or(usize::MAX);
        self.parts.iter().flat_map(move |part| std::iter::repeat_n((&part.bytes, part.pause), times(part)))
    }
}

/// Name of a text's bytes.
pub fn etag(html: &str) -> String {
    format!("\"{:016x}\"", fnv(html.as_bytes()))
}

/// Status line and headers, without the empty line after them.
pub fn head(status: u16, headers: &[(&str, &str)]) -> String {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head
}

fn reason(status: u16) -> &'static str {
    let known = axum::http::StatusCode::from_u16(status).ok();
    known.and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}
