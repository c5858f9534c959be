//! The HTTP message inside a `response` or `revisit` record.

use std::borrow::Cow;

use crate::record::{first, head_length, header_fields};
use crate::{Record, RecordKind};

/// An archived answer, read leniently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpMessage<'a> {
    /// Status code.
    pub status: u16,
    /// Header lines in their order; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// Status line and header lines as they lie in the record, with the blank line.
    pub head: &'a [u8],
    /// The body without transfer coding; a content coding (gzip) is still on it.
    pub body: Cow<'a, [u8]>,
}

impl HttpMessage<'_> {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
}

/// The head of an answer without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpHead {
    /// Status code.
    pub status: u16,
    /// Header lines in their order; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
}

impl HttpHead {
    /// Reads the head at the start of these bytes, leniently; nothing without a status line.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let status = status(bytes)?;
        let head = &bytes[..head_length(bytes).unwrap_or(bytes.len())];
        Some(Self { status, headers: header_fields(head) })
    }
}

impl Record {
    /// The HTTP answer in the block of a `response` or `revisit` record (of the latter only the head, as a rule).
    pub fn http(&self) -> Option<HttpMessage<'_>> {
        if !matches!(self.kind, RecordKind::Response | RecordKind::Revisit) {
            return None;
        }
        let block = self.block.as_slice();
        let HttpHead { status, headers } = HttpHead::parse(block)?;
        let (head, body) = block.split_at(head_length(block).unwrap_or(block.len()));
        let chunked = headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value.to_ascii_lowercase().contains("chunked")
        });
        // Our own records hold the body without its chunks even where the head still announces them; other tools
        // keep the chunks. What does not read as chunks is therefore taken as the body itself.
        let body = if chunked { dechunk(body).map_or(Cow::Borrowed(body), Cow::Owned) } else { Cow::Borrowed(body) };
        Some(HttpMessage { status, headers, head, body })
    }
}

/// The status code of a head that begins with `HTTP/1.1 200`.
pub(crate) fn status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/")?;
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let line = std::str::from_utf8(line.get(..line.len().min(32))?).ok().or_else(|| {
        let valid = line.iter().position(|byte| !byte.is_ascii()).unwrap_or(line.len());
        std::str::from_utf8(&line[..valid]).ok()
    })?;
    line.split_ascii_whitespace().nth(1)?.parse().ok().filter(|code| (100..1000).contains(code))
}

/// Joins the chunks of a body (RFC 9112 §7.1); nothing if they are not well-formed up to the last one.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let line_end = memchr::memchr(b'\n', rest.get(..rest.len().min(1024))?)?;
        let line = std::str::from_utf8(&rest[..line_end]).ok()?;
        let size = line.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok().filter(|_| !size.starts_with('+'))?;
        rest = &rest[line_end + 1..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = &rest[size..];
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::Location;

    fn record(kind: RecordKind, block: &[u8]) -> Record {
        let location = Location { file: "f".into(), offset: 0, length: 0 };
        let date = DateTime::UNIX_EPOCH;
        Record { location, kind, id: String::new(), url: None, date, fields: Vec::new(), block: block.to_vec() }
    }

    #[track_caller]
    fn check(block: &[u8], status: u16, body: &[u8]) {
        let record = record(RecordKind::Response, block);
        let message = record.http().unwrap();
        assert_eq!((message.status, message.body.as_ref()), (status, body));
    }

    #[test]
    fn heads_are_read_leniently() {
        check(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 200, b"body");
        check(b"HTTP/2 204\n\n", 204, b"");
        check(b"HTTP/1.0 404 \xc3\xbb\xd3\xd0\r\nbroken line\r\n\r\nx\r\n\r\ny", 404, b"x\r\n\r\ny");
        check(b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n", 304, b"");
    }

    #[test]
    fn headers_are_found_in_any_case() {
        let record = record(RecordKind::Revisit, b"HTTP/1.1 304 NM\r\neTag:\"x\"\r\netag: second\r\n\r\n");
        assert_eq!(record.http().unwrap().header("ETag"), Some("\"x\""));
    }

    #[test]
    fn chunks_are_joined_and_false_ones_left() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let with = |body: &str| [head, body].concat().into_bytes();
        check(&with("4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\n\r\n"), 200, b"Wikipedia");
        for raw in
            ["<html>", "4\r\nWi", "4\r\nWikiX\r\n0\r\n\r\n", "+4\r\nWiki\r\n0\r\n\r\n", "", "fffffffffffffffff\r\n"]
        {
            check(&with(raw), 200, raw.as_bytes());
        }
    }

    #[test]
    fn other_blocks_hold_no_answer() {
        assert_eq!(record(RecordKind::Request, b"GET / HTTP/1.1\r\n\r\n").http(), None);
        assert_eq!(record(RecordKind::Response, b"SMTP 220").http(), None);
        assert_eq!(record(RecordKind::Response, b"HTTP/1.1 abc\r\n\r\n").http(), None);
    }
}
