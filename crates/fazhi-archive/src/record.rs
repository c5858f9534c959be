//! One record: its header fields and its block.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::Location;

/// `WARC-Type` of a record (WARC 1.1 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// `warcinfo`: about the file.
    Info,
    /// `request`: what was asked.
    Request,
    /// `response`: what was answered.
    Response,
    /// `revisit`: answered as before.
    Revisit,
    /// `metadata`: an attempt without answer, or a note.
    Metadata,
    /// `resource`: bytes without a protocol's head.
    Resource,
    /// `conversion`: another form of a resource.
    Conversion,
    /// Any other type.
    Other,
}

impl RecordKind {
    fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "warcinfo" => Self::Info,
            "request" => Self::Request,
            "response" => Self::Response,
            "revisit" => Self::Revisit,
            "metadata" => Self::Metadata,
            "resource" => Self::Resource,
            "conversion" => Self::Conversion,
            _ => Self::Other,
        }
    }
}

/// A record as it lies in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it lies.
    pub location: Location,
    /// What it is.
    pub kind: RecordKind,
    /// `WARC-Record-ID` with its angle brackets.
    pub id: String,
    /// `WARC-Target-URI`, where it has one.
    pub url: Option<String>,
    /// `WARC-Date`: when it was fetched.
    pub date: DateTime<Utc>,
    /// Every header field in its order, the ones above included.
    pub fields: Vec<(String, String)>,
    /// The content, `Content-Length` bytes of it.
    pub block: Vec<u8>,
}

/// The record that a `revisit` record repeats, as far as it says. Other tools name it by address and date alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original<'a> {
    /// `WARC-Refers-To`, with its angle brackets.
    pub record_id: Option<&'a str>,
    /// `WARC-Refers-To-Target-URI`, else the address of the revisit itself.
    pub url: Option<&'a str>,
    /// `WARC-Refers-To-Date`.
    pub date: Option<DateTime<Utc>>,
    /// `WARC-Payload-Digest`.
    pub payload_digest: Option<&'a str>,
}

impl Record {
    /// What a `revisit` record repeats; nothing for records of other kinds.
    pub fn original(&self) -> Option<Original<'_>> {
        if self.kind != RecordKind::Revisit {
            return None;
        }
        let url = self.field("WARC-Refers-To-Target-URI").map(unbracketed);
        Some(Original {
            record_id: self.field("WARC-Refers-To"),
            url: url.or(self.url.as_deref()),
            date: self.field("WARC-Refers-To-Date").and_then(parse_date),
            payload_digest: self.field("WARC-Payload-Digest"),
        })
    }

    /// The first field of this name, whatever its case.
    pub fn field(&self, name: &str) -> Option<&str> {
        first(&self.fields, name)
    }

    /// Why the block is not whole (`WARC-Truncated`: `length`, `time`, `disconnect`, `unspecified`), if it is not.
    pub fn truncated(&self) -> Option<&str> {
        self.field("WARC-Truncated")
    }

    /// The text of a `metadata` record that [`crate::ArchiveWriter::write_attempt`] wrote.
    pub fn note(&self) -> Option<String> {
        if self.kind != RecordKind::Metadata {
            return None;
        }
        let text = String::from_utf8_lossy(&self.block);
        let lines: Vec<_> = text.split("\r\n").filter_map(|line| line.strip_prefix("note: ")).collect();
        Some(lines.join("\n"))
    }
}

/// Wget writes addresses in angle brackets, as an early reading of WARC 1.0 had it.
fn unbracketed(url: &str) -> &str {
    url.trim_matches(['<', '>'])
}

pub(crate) fn first<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The header of a record, read before its block is.
#[derive(Debug)]
pub(crate) struct RecordHead {
    kind: RecordKind,
    id: String,
    url: Option<String>,
    date: DateTime<Utc>,
    fields: Vec<(String, String)>,
    /// `Content-Length`.
    pub content_length: u64,
    /// Length of the header with its blank line.
    pub length: usize,
}

impl RecordHead {
    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// Says what is missing: the reason of an [`crate::ArchiveError::Corrupt`].
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if !bytes.starts_with(b"WARC/") {
            return Err("it does not begin with `WARC/`".to_owned());
        }
        let length = head_length(bytes).ok_or("its header does not end")?;
        let fields = header_fields(&bytes[..length]);
        let required = |name: &str| first(&fields, name).ok_or_else(|| format!("its header has no `{name}`"));
        let date = required("WARC-Date")?;
        let content_length = required("Content-Length")?;
        Ok(Self {
            kind: RecordKind::parse(required("WARC-Type")?),
            id: required("WARC-Record-ID")?.to_owned(),
            url: first(&fields, "WARC-Target-URI").map(|url| unbracketed(url).to_owned()),
            date: parse_date(date).ok_or_else(|| format!("its `WARC-Date` is `{date}`"))?,
            content_length: content_length
                .parse()
                .map_err(|_| format!("its `Content-Length` is `{content_length}`"))?,
            length,
            fields,
        })
    }

    pub(crate) fn into_record(self, location: Location, block: Vec<u8>) -> Record {
        let Self { kind, id, url, date, fields, .. } = self;
        Record { location, kind, id, url, date, fields, block }
    }
}

/// Length of a header block up to and with its blank line, whichever line ends it uses.
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    let mut lines = memchr::memchr_iter(b'\n', bytes);
    let mut previous = lines.next()?;
    for end in lines {
        let line = &bytes[previous + 1..end];
        if line.is_empty() || line == b"\r" {
            return Some(end + 1);
        }
        previous = end;
    }
    None
}

/// The `name: value` lines after the first line. Folded lines are joined; lines without a colon are skipped.
pub(crate) fn header_fields(head: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let first_line = memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    for line in head[first_line..].split(|&byte| byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            let more = text.trim();
            if let Some((_, value)) = fields.last_mut().filter(|_| !more.is_empty()) {
                value.push(' ');
                value.push_str(more);
            }
        } else if let Some((name, value)) = text.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

/// `WARC-Date` is a W3C date of any precision from the year on (WARC 1.1 §5.4).
fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.to_utc());
    }
    if let Ok(date) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ") {
        return Some(date.and_utc());
    }
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let day = NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Whether these bytes, which follow a block, are only the line ends that close a record.
pub(crate) fn is_record_end(bytes: &[u8]) -> bool {
    bytes.len() <= 16 && bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] =
        b"WARC/1.0\r\nWARC-Type: Response\r\nWARC-Record-ID: <urn:x>\r\nwarc-target-uri: <http://a.example/>\r\n\
        WARC-Date: 2024-01-02T03:04:05.678Z\r\nX-Folded: one\r\n  two\r\nContent-Length: 3\r\n\r\nabc";

    #[test]
    fn reads_a_header_leniently() {
        let head = RecordHead::parse(HEAD).unwrap();
        assert_eq!(&HEAD[head.length..], b"abc");
        assert_eq!(head.content_length, 3);
        let location = Location { file: "f".into(), offset: 0, length: 0 };
        let record = head.into_record(location, b"abc".to_vec());
        assert_eq!(record.kind, RecordKind::Response);
        assert_eq!(record.url.as_deref(), Some("http://a.example/"));
        assert_eq!(record.field("x-folded"), Some("one two"));
        assert_eq!(record.date.to_rfc3339(), "2024-01-02T03:04:05.678+00:00");
    }

    #[test]
    fn a_revisit_names_its_original() {
        let revisit = |more: &str| {
            let head = format!(
                "WARC/1.0\r\nWARC-Type: revisit\r\nWARC-Record-ID: <urn:x>\r\nWARC-Target-URI: http://a.example/\r\n\
                 WARC-Date: 2024-01-02T03:04:05Z\r\n{more}Content-Length: 0\r\n\r\n"
            );
            let location = Location { file: "f".into(), offset: 0, length: 0 };
            RecordHead::parse(head.as_bytes()).unwrap().into_record(location, Vec::new())
        };
        let bare = revisit("");
        let bare = bare.original().unwrap();
        assert_eq!((bare.record_id, bare.url, bare.date), (None, Some("http://a.example/"), None));
        let named = revisit(
            "WARC-Refers-To: <urn:y>\r\nWARC-Refers-To-Target-URI: <http://a.example/2>\r\nWARC-Refers-To-Date: 2023\r\n",
        );
        let named = named.original().unwrap();
        assert_eq!((named.record_id, named.url), (Some("<urn:y>"), Some("http://a.example/2")));
        assert_eq!(named.date.unwrap().to_rfc3339(), "2023-01-01T00:00:00+00:00");
    }

    #[test]
    fn says_what_a_header_lacks() {
        let without = |line: &str| {
            let text = String::from_utf8(HEAD.to_vec()).unwrap().replacen(line, "", 1);
            RecordHead::parse(text.as_bytes()).unwrap_err()
        };
        assert_eq!(without("WARC/1.0"), "it does not begin with `WARC/`");
        assert_eq!(without("WARC-Type: Response\r\n"), "its header has no `WARC-Type`");
        assert_eq!(without("Content-Length: 3\r\n"), "its header has no `Content-Length`");
        assert_eq!(without("01-02T"), "its `WARC-Date` is `2024-03:04:05.678Z`");
        assert_eq!(RecordHead::parse(b"WARC/1.1\r\nA: b\r\n").unwrap_err(), "its header does not end");
    }

    #[test]
    fn dates_of_lower_precision_are_their_first_moment() {
        for (text, expected) in [
            ("2016", "2016-01-01T00:00:00+00:00"),
            ("2016-11", "2016-11-01T00:00:00+00:00"),
            ("2016-11-09", "2016-11-09T00:00:00+00:00"),
            ("2016-11-09T12:30Z", "2016-11-09T12:30:00+00:00"),
        ] {
            assert_eq!(parse_date(text).unwrap().to_rfc3339(), expected);
        }
        assert_eq!(parse_date("yesterday"), None);
    }
}
