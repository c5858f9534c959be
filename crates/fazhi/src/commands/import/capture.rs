//! What an imported answer is: the same judgements as those of the crawl, as far as a finished answer allows them.

use chrono::{DateTime, Utc};
use fazhi_model::{CaptureNote, Outcome, Purpose};
use fazhi_page::{Recognition, decode, inflate, recognise};

/// The rule in the notes of imported captures, unless a rule for blocked or false pages decided.
const RULE: &str = "import";

/// An answer on its way into the archive.
#[derive(Debug)]
pub(super) struct Capture {
    pub(super) url: String,
    pub(super) fetched_at: DateTime<Utc>,
    /// Empty where nobody kept it.
    pub(super) request_head: Vec<u8>,
    pub(super) response_head: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// Why the body is not whole, if it is not.
    pub(super) truncated: Option<String>,
    pub(super) content: Content,
}

/// What the capture holds.
#[derive(Debug)]
pub(super) enum Content {
    /// A body of its own.
    Own,
    /// The body of an earlier capture of the same address, by that one's [`key`].
    Repeats {
        /// Its key.
        original: String,
        /// When it was fetched.
        date: DateTime<Utc>,
    },
}

/// What tells captures apart: address, moment, body.
pub(super) fn key(url: &str, fetched_at: DateTime<Utc>, digest: &str) -> String {
    format!("{url} {} {digest}", fetched_at.timestamp_nanos_opt().unwrap_or_default())
}

impl Capture {
    /// The note beside the record.
    pub(super) fn note(&self, pipeline: &str, run_id: &str, status: u16, headers: &[(String, String)]) -> CaptureNote {
        let header = |name: &str| {
            let named = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.as_str())
        };
        let (outcome, rule) = match self.content {
            Content::Repeats { .. } => (Outcome::Unchanged, RULE),
            Content::Own => judge(status, &header, &self.body),
        };
        CaptureNote {
            pipeline: pipeline.to_owned(),
            run_id: run_id.to_owned(),
            purpose: purpose(&self.url),
            outcome,
            rule: rule.to_owned(),
            requested_url: self.url.clone(),
            listed_title: None,
            listed_date: None,
            part: None,
        }
    }
}

fn purpose(url: &str) -> Purpose {
    let path = url::Url::parse(url).map(|url| url.path().to_owned());
    if path.is_ok_and(|path| path == "/robots.txt") { Purpose::Robots } else { Purpose::Page }
}

fn judge<'a>(status: u16, header: &impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> (Outcome, &'static str) {
    let content_type = header("content-type");
    let inflated = inflate(body, header("content-encoding"), fazhi_page::MAX_PAGE_BYTES);
    if is_text(content_type)
        && let Ok(bytes) = &inflated
    {
        let text = decode(bytes, content_type).text;
        match recognise(status, header, &text, bytes.len()) {
            Recognition::Challenge { rule } => return (Outcome::Blocked, rule),
            Recognition::SoftNotFound { rule } => return (Outcome::SoftNotFound, rule),
            Recognition::Page => {}
        }
    }
    let outcome = match status {
        200..300 if !is_text(content_type) => Outcome::WrongType,
        200..300 if inflated.is_err() => Outcome::Damaged,
        200..300 => Outcome::New,
        304 => Outcome::Unchanged,
        300..400 => Outcome::Redirected,
        404 | 410 => Outcome::NotFound,
        429 => Outcome::RateLimited,
        _ => Outcome::Failed,
    };
    (outcome, RULE)
}

/// A type that says nothing is no reason to leave a page out.
fn is_text(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "" | "text/html" | "application/xhtml+xml" | "text/plain" | "unk")
}
