//! What each archived record says about an attempt, as rows of `captures` and of source issues.

use chrono::{DateTime, Utc};
use fazhi_archive::{ArchiveError, Record, RecordKind};
use fazhi_model::capture::SourceIssue;
use fazhi_model::{CanonicalUrl, CaptureNote, DocumentId, Outcome, Purpose, Severity};
use serde::Serialize;

/// One record as the header scan shows it; columns of [`crate::schema::record_headers`].
#[derive(Debug, Clone, Default, Serialize)]
pub struct HeaderRow {
    capture_id: String,
    pipeline: String,
    purpose: String,
    url: String,
    final_url: String,
    fetched_at: i64,
    http_status: Option<i32>,
    outcome: String,
    rule: String,
    content_type: Option<String>,
    charset: Option<String>,
    bytes: i64,
    digest: Option<String>,
    warc_file: String,
    warc_offset: i64,
    warc_length: i64,
    run_id: String,
    document_id: String,
    listed_title: Option<String>,
    listed_date: Option<String>,
    month: String,
    part: Option<i32>,
    issue_kind: Option<String>,
    issue_severity: Option<String>,
    issue_detail: Option<String>,
}

/// The row of a record; none for records that only accompany others (`warcinfo`, `request`).
pub fn header_row(record: &Record) -> Option<HeaderRow> {
    match record.kind {
        RecordKind::Response | RecordKind::Revisit | RecordKind::Metadata | RecordKind::Resource => {}
        _ => return None,
    }
    let base = located(record);
    if let Ok(issue) = SourceIssue::from_fields(|name| record.field(name)) {
        return Some(HeaderRow {
            pipeline: issue.pipeline,
            run_id: issue.run_id,
            url: issue.url,
            issue_kind: Some(issue.kind),
            issue_severity: Some(issue.severity.to_string()),
            issue_detail: Some(issue.detail),
            ..base
        });
    }
    match CaptureNote::from_fields(|name| record.field(name)) {
        Ok(note) => Some(capture_row(record, base, note)),
        Err(error) => Some(HeaderRow {
            issue_kind: Some("foreign_record".into()),
            issue_severity: Some(Severity::Info.to_string()),
            issue_detail: Some(format!("{error} ({} at offset {})", record.location.file, record.location.offset)),
            ..base
        }),
    }
}

/// The row of a stretch of a file that holds no readable record.
pub fn unreadable_row(file: &str, error: &ArchiveError) -> HeaderRow {
    HeaderRow {
        capture_id: format!("{file}#{error}"),
        pipeline: file.split_once('/').map(|(pipeline, _)| pipeline.to_owned()).unwrap_or_default(),
        warc_file: file.to_owned(),
        issue_kind: Some("archive_damaged".into()),
        issue_severity: Some(Severity::Error.to_string()),
        issue_detail: Some(error.to_string()),
        ..HeaderRow::default()
    }
}

fn capture_row(record: &Record, base: HeaderRow, note: CaptureNote) -> HeaderRow {
    let http = record.http();
    let header = |name| http.as_ref().and_then(|http| http.header(name)).map(str::to_owned);
    let body: &[u8] = http.as_ref().map(|http| http.body.as_ref()).unwrap_or_default();
    let content_type = header("content-type");
    let charset = match (note.outcome, note.purpose) {
        (Outcome::New, Purpose::Page | Purpose::Part | Purpose::List) => {
            charset_of(body, content_type.as_deref(), header("content-encoding").as_deref())
        }
        _ => None,
    };
    HeaderRow {
        pipeline: note.pipeline,
        run_id: note.run_id,
        purpose: note.purpose.to_string(),
        outcome: outcome(record.kind, note.outcome).to_string(),
        rule: note.rule,
        document_id: document_id(&note.requested_url),
        url: note.requested_url,
        http_status: http.as_ref().map(|http| i32::from(http.status)),
        charset,
        content_type,
        bytes: i64::try_from(body.len()).unwrap_or(i64::MAX),
        listed_title: note.listed_title,
        listed_date: note.listed_date,
        part: note.part.and_then(|number| i32::try_from(number).ok()),
        ..base
    }
}

/// A revisit holds no body of its own, so that it is never a new page, whoever wrote it and whatever the note beside it says.
fn outcome(kind: RecordKind, noted: Outcome) -> Outcome {
    match (kind, noted) {
        (RecordKind::Revisit, Outcome::New) => Outcome::Unchanged,
        _ => noted,
    }
}

/// The charset a page is written in, found as the parser finds it.
fn charset_of(body: &[u8], content_type: Option<&str>, encoding: Option<&str>) -> Option<String> {
    let inflated = fazhi_page::inflate(body, encoding, fazhi_page::MAX_PAGE_BYTES).ok()?;
    Some(fazhi_page::decode(&inflated, content_type).charset.to_owned())
}

/// The identity of the document at an address; an address that does not read is its own identity.
fn document_id(url: &str) -> String {
    url.parse::<CanonicalUrl>().map_or_else(|_| url.to_owned(), |url| DocumentId::of(&url).as_str().to_owned())
}

fn located(record: &Record) -> HeaderRow {
    let url = record.url.clone().unwrap_or_default();
    HeaderRow {
        capture_id: record.id.trim_start_matches("<urn:uuid:").trim_end_matches('>').to_owned(),
        final_url: url.clone(),
        url,
        fetched_at: record.date.timestamp_micros(),
        month: month(record.date),
        digest: record.field("WARC-Payload-Digest").map(str::to_owned),
        warc_file: record.location.file.clone(),
        warc_offset: i64::try_from(record.location.offset).unwrap_or(i64::MAX),
        warc_length: i64::try_from(record.location.length).unwrap_or(i64::MAX),
        ..HeaderRow::default()
    }
}

fn month(date: DateTime<Utc>) -> String {
    date.format("%Y-%m").to_string()
}
