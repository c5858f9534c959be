//! What the crawl hands over, and the records it becomes.

use chrono::{DateTime, Utc};

use crate::ArchiveError;
use crate::http::status;
use crate::pack::Packing;
use crate::record::{first, header_fields};
use crate::write::{Draft, digest, record_id, timestamp};

const REVISIT_UNMODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";
const REVISIT_IDENTICAL: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// A request and the answer to it, as they went over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Address that answered.
    pub url: &'a str,
    /// When the answer began.
    pub fetched_at: DateTime<Utc>,
    /// Request line and header lines; empty where they are not known, then no request record is written.
    pub request_head: &'a [u8],
    /// Status line and header lines with CRLF ends and the closing blank line.
    pub response_head: &'a [u8],
    /// Body as it arrived, content coding still on it, transfer coding off.
    pub body: &'a [u8],
    /// Further fields of the response record, such as `Fazhi-Pipeline` or `WARC-Truncated`.
    pub fields: &'a [(String, String)],
}

/// An attempt without an answer, or a note about a source.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Address asked for; empty for a note about no address.
    pub url: &'a str,
    /// When.
    pub fetched_at: DateTime<Utc>,
    /// Further fields of the record.
    pub fields: &'a [(String, String)],
    /// What happened; read back with [`crate::Record::note`].
    pub text: &'a str,
}

/// The record that holds what an unchanged answer would have repeated.
#[derive(Debug, Clone, Copy)]
pub struct RevisitOf<'a> {
    /// `WARC-Record-ID` with its angle brackets.
    pub record_id: &'a str,
    /// Its address.
    pub url: &'a str,
    /// When it was fetched.
    pub date: DateTime<Utc>,
}

/// The records one call stores.
pub(crate) struct Parts<'a> {
    pub(crate) before: Option<Draft<'a>>,
    pub(crate) record: Draft<'a>,
    /// `WARC-Record-ID` of `record`.
    pub(crate) id: String,
}

/// An answer: its request record, then its response record. If the response is complete, both are.
pub(crate) fn exchange<'a>(exchange: &Exchange<'a>, info_id: &str) -> Result<Parts<'a>, ArchiveError> {
    let id = record_id(exchange.url);
    let mut response = Draft::new("response", &id, exchange.fetched_at, "application/http;msgtype=response");
    response.field("WARC-Target-URI", exchange.url);
    response.field("WARC-Warcinfo-ID", info_id);
    response.field("WARC-Payload-Digest", &digest(&[exchange.body]));
    response.extension_fields(exchange.fields)?;
    response.block(exchange.response_head);
    response.block(head_end(exchange.response_head));
    response.block(exchange.body);
    response.pack(packing(exchange));
    Ok(Parts { before: request(exchange, info_id, &id), record: response, id })
}

/// An answer that repeats an archived one: only its head is kept.
pub(crate) fn unchanged<'a>(
    exchange: &Exchange<'a>,
    original: &RevisitOf,
    info_id: &str,
) -> Result<Parts<'a>, ArchiveError> {
    let id = record_id(exchange.url);
    let mut revisit = Draft::new("revisit", &id, exchange.fetched_at, "application/http;msgtype=response");
    revisit.field("WARC-Target-URI", exchange.url);
    revisit.field("WARC-Warcinfo-ID", info_id);
    if status(exchange.response_head) == Some(304) {
        revisit.field("WARC-Profile", REVISIT_UNMODIFIED);
    } else {
        revisit.field("WARC-Profile", REVISIT_IDENTICAL);
        revisit.field("WARC-Payload-Digest", &digest(&[exchange.body]));
    }
    revisit.field("WARC-Refers-To", original.record_id);
    revisit.field("WARC-Refers-To-Target-URI", original.url);
    revisit.field("WARC-Refers-To-Date", &timestamp(original.date));
    revisit.extension_fields(exchange.fields)?;
    revisit.block(exchange.response_head);
    revisit.block(head_end(exchange.response_head));
    Ok(Parts { before: request(exchange, info_id, &id), record: revisit, id })
}

/// An attempt without an answer: a `metadata` record over `text`, which [`note`] made.
pub(crate) fn attempt<'a>(attempt: &Attempt, text: &'a str, info_id: &str) -> Result<Parts<'a>, ArchiveError> {
    let id = record_id(attempt.url);
    let mut metadata = Draft::new("metadata", &id, attempt.fetched_at, "application/warc-fields");
    if !attempt.url.is_empty() {
        metadata.field("WARC-Target-URI", attempt.url);
    }
    metadata.field("WARC-Warcinfo-ID", info_id);
    metadata.extension_fields(attempt.fields)?;
    metadata.block(text.as_bytes());
    Ok(Parts { before: None, record: metadata, id })
}

fn request<'a>(exchange: &Exchange<'a>, info_id: &str, response_id: &str) -> Option<Draft<'a>> {
    if exchange.request_head.is_empty() {
        return None;
    }
    let id = record_id(exchange.url);
    let mut request = Draft::new("request", &id, exchange.fetched_at, "application/http;msgtype=request");
    request.field("WARC-Target-URI", exchange.url);
    request.field("WARC-Warcinfo-ID", info_id);
    request.field("WARC-Concurrent-To", response_id);
    request.block(exchange.request_head);
    request.block(head_end(exchange.request_head));
    Some(request)
}

/// What a head lacks to end in a blank line; without one the body would be read as headers.
fn head_end(head: &[u8]) -> &'static [u8] {
    if head.ends_with(b"\r\n\r\n") {
        b""
    } else if head.ends_with(b"\r\n") {
        b"\r\n"
    } else {
        b"\r\n\r\n"
    }
}

/// The text as `application/warc-fields`, a field per line.
pub(crate) fn note(text: &str) -> String {
    let mut fields = String::new();
    for line in text.split('\n') {
        fields.push_str("note: ");
        fields.push_str(&line.replace('\r', " "));
        fields.push_str("\r\n");
    }
    fields
}

/// First bytes of contents that are compressed as they are: gzip, zip (and the office formats in it), PNG, JPEG.
const COMPRESSED: [&[u8]; 4] = [&[0x1f, 0x8b, 0x08], b"PK\x03\x04", b"\x89PNG", &[0xff, 0xd8, 0xff]];

/// Compressing what is compressed costs much and gains nothing.
fn packing(exchange: &Exchange) -> Packing {
    let coded = || {
        let headers = header_fields(exchange.response_head);
        first(&headers, "content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
    };
    let compressed = COMPRESSED.iter().any(|magic| exchange.body.starts_with(magic));
    if compressed || (!exchange.body.is_empty() && coded()) { Packing::Stored } else { Packing::Light }
}
