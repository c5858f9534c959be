//! What the crawl says about one attempt to fetch an address.

use std::fmt;

use crate::issue::Severity;
use crate::names::named_enum;

named_enum! {
    /// What an address was asked for.
    pub enum Purpose {
        /// The host's `robots.txt`.
        Robots = "robots",
        /// A list of articles.
        List = "list",
        /// An article.
        Page = "page",
        /// A further page of an article that is split over several.
        Part = "part",
        /// A file that an article links to.
        Attachment = "attachment",
    }
}

named_enum! {
    /// How an attempt ended.
    pub enum Outcome {
        /// A body we had not seen under this address.
        New = "new",
        /// 304, or the same bytes as last time.
        Unchanged = "unchanged",
        /// 3xx that leads elsewhere; the target is an attempt of its own.
        Redirected = "redirected",
        /// 404 or 410.
        NotFound = "not_found",
        /// Answered 200 but says that there is nothing.
        SoftNotFound = "soft_not_found",
        /// `robots.txt` asks us not to.
        Disallowed = "disallowed",
        /// A challenge or firewall page; never worked around.
        Blocked = "blocked",
        /// 429, or 503 with a time to come back.
        RateLimited = "rate_limited",
        /// A kind of content that the purpose has no use for, e.g. a video where an article should be.
        WrongType = "wrong_type",
        /// More bytes than the cap of its purpose.
        TooLarge = "too_large",
        /// A body that does not read to its end: a broken content coding, fewer bytes than promised.
        Damaged = "damaged",
        /// Any other 4xx or 5xx.
        Failed = "failed",
        /// No complete response: refused, timed out, broken off, no such host.
        Unreachable = "unreachable",
    }
}

/// What the crawl notes beside an archived record, so that the archive alone is enough to rebuild the tables.
///
/// It travels as named fields in the record's header (`Fazhi-Pipeline`, …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureNote {
    /// Name of the pipeline that asked.
    pub pipeline: String,
    /// Run that asked.
    pub run_id: String,
    /// What the address was asked for.
    pub purpose: Purpose,
    /// How it ended.
    pub outcome: Outcome,
    /// The rule that decided the outcome, e.g. `http-304`, `wzws-challenge`.
    pub rule: String,
    /// Address asked for at first, where redirects led to this one.
    pub requested_url: String,
    /// Title the list page gave to the link, for articles.
    pub listed_title: Option<String>,
    /// Date the list page gave to the link (`YYYY-MM-DD`), for articles.
    pub listed_date: Option<String>,
    /// For a further page of an article: its number, the article itself being 1. `requested_url` is then the address of
    /// the article.
    pub part: Option<u32>,
}

const PIPELINE: &str = "Fazhi-Pipeline";
const RUN: &str = "Fazhi-Run";
const PURPOSE: &str = "Fazhi-Purpose";
const OUTCOME: &str = "Fazhi-Outcome";
const RULE: &str = "Fazhi-Rule";
const REQUESTED: &str = "Fazhi-Requested-Url";
const LISTED_TITLE: &str = "Fazhi-Listed-Title";
const LISTED_DATE: &str = "Fazhi-Listed-Date";
const PART: &str = "Fazhi-Part";

impl CaptureNote {
    /// The note as header fields of a WARC record. Line breaks in values become spaces.
    pub fn to_fields(&self) -> Vec<(String, String)> {
        let mut fields = vec![
            (PIPELINE, self.pipeline.clone()),
            (RUN, self.run_id.clone()),
            (PURPOSE, self.purpose.to_string()),
            (OUTCOME, self.outcome.to_string()),
            (RULE, self.rule.clone()),
            (REQUESTED, self.requested_url.clone()),
        ];
        fields.extend(self.listed_title.clone().map(|title| (LISTED_TITLE, title)));
        fields.extend(self.listed_date.clone().map(|date| (LISTED_DATE, date)));
        fields.extend(self.part.map(|number| (PART, number.to_string())));
        fields.into_iter().map(|(name, value)| (name.to_owned(), one_line(&value))).collect()
    }

    /// Reads the note back from the header of a record, given a look-up by field name.
    ///
    /// # Errors
    /// Names the field that is missing or does not read; records written by other tools have none of them.
    pub fn from_fields<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self, NoteError> {
        let required = |name: &'static str| field(name).ok_or(NoteError { field: name });
        Ok(Self {
            pipeline: required(PIPELINE)?.to_owned(),
            run_id: required(RUN)?.to_owned(),
            purpose: required(PURPOSE)?.parse().map_err(|_| NoteError { field: PURPOSE })?,
            outcome: required(OUTCOME)?.parse().map_err(|_| NoteError { field: OUTCOME })?,
            rule: required(RULE)?.to_owned(),
            requested_url: required(REQUESTED)?.to_owned(),
            listed_title: field(LISTED_TITLE).map(str::to_owned),
            listed_date: field(LISTED_DATE).map(str::to_owned),
            part: field(PART).and_then(|number| number.parse().ok()),
        })
    }
}

/// Something the crawl noticed about a source as a whole, e.g. a list page without entries.
///
/// It travels as named fields of a `metadata` record (`Fazhi-Issue`, …), beside the pipeline and run of the capture note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceIssue {
    /// Name of the pipeline that met it.
    pub pipeline: String,
    /// Run that met it.
    pub run_id: String,
    /// Snake-case name of the kind, e.g. `list_empty`.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// The address it is about.
    pub url: String,
    /// What exactly, with the offending value.
    pub detail: String,
}

const ISSUE: &str = "Fazhi-Issue";
const ISSUE_SEVERITY: &str = "Fazhi-Issue-Severity";
const ISSUE_DETAIL: &str = "Fazhi-Issue-Detail";

impl SourceIssue {
    /// The issue as header fields of a WARC record. Line breaks in values become spaces.
    pub fn to_fields(&self) -> Vec<(String, String)> {
        let fields = [
            (PIPELINE, self.pipeline.as_str()),
            (RUN, self.run_id.as_str()),
            (REQUESTED, self.url.as_str()),
            (ISSUE, self.kind.as_str()),
            (ISSUE_SEVERITY, self.severity.as_str()),
            (ISSUE_DETAIL, self.detail.as_str()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), one_line(value))).collect()
    }

    /// Reads the issue back from the header of a record, given a look-up by field name.
    ///
    /// # Errors
    /// Names the field that is missing or does not read; records that note no issue have no `Fazhi-Issue`.
    pub fn from_fields<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self, NoteError> {
        let required = |name: &'static str| field(name).ok_or(NoteError { field: name });
        Ok(Self {
            kind: required(ISSUE)?.to_owned(),
            pipeline: required(PIPELINE)?.to_owned(),
            run_id: required(RUN)?.to_owned(),
            severity: required(ISSUE_SEVERITY)?.parse().map_err(|_| NoteError { field: ISSUE_SEVERITY })?,
            url: required(REQUESTED)?.to_owned(),
            detail: required(ISSUE_DETAIL)?.to_owned(),
        })
    }
}

fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A field of a capture note that is missing or does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteError {
    field: &'static str,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record header has no readable `{}`", self.field)
    }
}

impl std::error::Error for NoteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_survives_the_record_header() {
        let note = CaptureNote {
            pipeline: "qingshan".into(),
            run_id: "r1".into(),
            purpose: Purpose::Page,
            outcome: Outcome::New,
            rule: "http-200".into(),
            requested_url: "http://a.example/1.html".into(),
            listed_title: Some("标题 一".into()),
            listed_date: None,
            part: Some(2),
        };
        let fields = note.to_fields();
        let read =
            CaptureNote::from_fields(|name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()));
        assert_eq!(read, Ok(note));
    }

    #[test]
    fn an_issue_of_a_source_survives_the_record_header() {
        let issue = SourceIssue {
            pipeline: "qingshan".into(),
            run_id: "r1".into(),
            kind: "list_empty".into(),
            severity: Severity::Warning,
            url: "http://a.example/".into(),
            detail: "no entries".into(),
        };
        let fields = issue.to_fields();
        let read =
            SourceIssue::from_fields(|name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()));
        assert_eq!(read, Ok(issue));
    }

    #[test]
    fn a_foreign_record_names_the_first_missing_field() {
        let error = CaptureNote::from_fields(|_| None).unwrap_err();
        assert_eq!(error.to_string(), "record header has no readable `Fazhi-Pipeline`");
    }
}
