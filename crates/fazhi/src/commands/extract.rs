//! `fazhi extract`: what is in files, as JSON on stdout. No warehouse is touched.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use chrono::NaiveDate;
use fazhi_model::{
    Document, DocumentKind, DocumentNumber, IndexNumber, Indicator, Issue, PublisherLevel, Quantity, RegionCode,
    ReportYear, Section, Severity, TownshipCode, Validity,
};
use fazhi_parse::evidence::{Claim, Decision, Verdict};
use fazhi_parse::indicator::{self, Context, Explanation};
use fazhi_parse::{Capture, Page, Rules};
use fs_err as fs;
use serde::Serialize;
use tracing::Level;
use url::Url;

use crate::cli::ExtractArgs;
use crate::logging::say;
use crate::outcome::{Failure, Outcome};

/// Reads each file and prints one JSON object per line.
pub fn extract(args: &ExtractArgs, rules: &Rules) -> Result<Outcome, Failure> {
    let mut out = io::stdout().lock();
    let mut outcome = Outcome::Clean;
    let mut failure = None;
    for path in &args.files {
        let origin = Origin { url: args.url.as_ref(), content_type: None };
        let Reading { document, decisions } = match read(path, &origin, rules) {
            Ok(reading) => reading,
            // The other files are printed all the same.
            Err(unread) => {
                failure = failure.or(Some(unread));
                continue;
            }
        };
        if document.issues.iter().any(|issue| issue.severity >= Severity::Warning) {
            outcome = Outcome::Issues;
        }
        let explain =
            args.explain.then(|| Explained { fields: &decisions, indicators: explain_facts(&document, rules) });
        let object =
            serde_json::to_string(&Extracted::new(path, &document, explain.as_ref())).context("cannot write JSON")?;
        writeln!(out, "{object}")?;
        if let Some(explained) = &explain {
            say(Level::INFO, "explain", &in_words(path, explained));
        }
    }
    failure.map_or(Ok(outcome), Err)
}

/// What a file is by its name.
enum Format {
    Text,
    Html,
    Unsupported(String),
}

impl Format {
    fn of(path: &Path) -> Self {
        let extension =
            path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "txt" => Self::Text,
            "html" | "htm" | "shtml" | "xhtml" | "" => Self::Html,
            _ => Self::Unsupported(extension),
        }
    }
}

/// What is known of a file beside its bytes.
pub(super) struct Origin<'a> {
    /// Address it was saved from.
    pub url: Option<&'a Url>,
    /// `Content-Type` it came with.
    pub content_type: Option<&'a str>,
}

/// What a file says, and how each field was decided.
pub(super) struct Reading {
    pub document: Document,
    pub decisions: Vec<Decision>,
}

/// Reads and interprets one file.
pub(super) fn read(path: &Path, origin: &Origin<'_>, rules: &Rules) -> Result<Reading, Failure> {
    let body = fs::read(path)
        .map_err(|error| Failure::hinted(error.into(), "check the path; files are read from this machine only"))?;
    let name = path.to_string_lossy();
    let page: Page = match Format::of(path) {
        Format::Text => fazhi_parse::read_text(&name, &fazhi_page::decode(&body, origin.content_type).text),
        Format::Html => {
            let address = origin.url.map_or_else(|| name.clone().into_owned(), Url::to_string);
            let capture = Capture {
                url: &address,
                content_type: origin.content_type,
                content_encoding: None,
                listed_title: None,
                listed_date: None,
                body: &body,
            };
            fazhi_parse::read(&capture)
        }
        Format::Unsupported(extension) => {
            return Ok(Reading { document: unsupported(&extension), decisions: Vec::new() });
        }
    };
    let (document, decisions) = fazhi_parse::explain(&[page], rules);
    Ok(Reading { document, decisions })
}

/// How a document was read.
#[derive(Serialize)]
struct Explained<'a> {
    /// Each field of the metadata.
    fields: &'a [Decision],
    /// Each amount that states an indicator or might have.
    indicators: Vec<Explanation>,
}

fn explain_facts(document: &Document, rules: &Rules) -> Vec<Explanation> {
    if document.kind != DocumentKind::Report {
        return Vec::new();
    }
    let context = Context { publisher_level: document.publisher_level, report_year: document.report_year };
    let (sections, quantities) = (&document.sections, &document.quantities);
    indicator::explain(&document.body, sections, quantities, &context, rules.catalogue(), &document.indicators)
}

/// The decisions for readers: each field with its value, what decided, and what every source said; then each amount with
/// the rule that bound it and the phrases that were rejected.
fn in_words(path: &Path, explained: &Explained) -> String {
    let mut lines = vec![path.display().to_string()];
    for decision in explained.fields {
        lines.push(format!("  {} = {}", decision.field, decision.value.as_deref().unwrap_or("(none)")));
        lines.push(format!("    rule: {}", decision.rule));
        lines.extend(decision.claims.iter().map(claim_in_words));
    }
    lines.extend(explained.indicators.iter().flat_map(amount_in_words));
    lines.join("\n")
}

fn amount_in_words(explanation: &Explanation) -> Vec<String> {
    let decided = if explanation.decided.is_empty() { "(none)".to_owned() } else { explanation.decided.join(", ") };
    let mut lines = vec![format!("  {} at {}: {decided}", explanation.text, explanation.span.start)];
    lines.extend(explanation.refused.map(|reason| format!("    refused: {reason}")));
    let rejected = explanation.rejected.iter().take(MOST_REJECTED);
    lines.extend(rejected.map(|candidate| format!("    rejected {}: {}", candidate.rule, candidate.reason)));
    lines
}

/// Rejected phrases shown of one amount; the JSON has all of them.
const MOST_REJECTED: usize = 6;

fn claim_in_words(claim: &Claim) -> String {
    let verdict = match claim.verdict {
        Verdict::Believed => "believed",
        Verdict::Agrees => "agrees  ",
        Verdict::Differs => "differs ",
        Verdict::Refused => "refused ",
    };
    let says: String = claim.says.chars().take(LONGEST_CLAIM).collect();
    format!("    {verdict} {}: {says}", claim.source)
}

/// Characters shown of what a source says; the JSON has all of it.
const LONGEST_CLAIM: usize = 100;

fn unsupported(extension: &str) -> Document {
    let mut document = Document::new(DocumentKind::Other);
    let detail = format!("files of type `{extension}` are not read yet");
    document.issues.push(Issue::read(Severity::Warning, "unsupported_format", detail));
    document
}

/// The contract of `extract`'s output: absent is null, lists are never null.
#[derive(Serialize)]
struct Extracted<'a> {
    file: String,
    kind: DocumentKind,
    kind_detail: Option<&'a str>,
    title: Option<&'a str>,
    report_year: Option<ReportYear>,
    publisher: Option<&'a str>,
    publisher_level: Option<PublisherLevel>,
    region_code: Option<RegionCode>,
    township_code: Option<TownshipCode>,
    index_number: Option<&'a IndexNumber>,
    document_number: Option<&'a DocumentNumber>,
    written_on: Option<NaiveDate>,
    published_on: Option<NaiveDate>,
    signed_on: Option<NaiveDate>,
    validity: Option<Validity>,
    topics: &'a [String],
    disclosure: Option<&'a str>,
    source: Option<&'a str>,
    attachments: &'a [String],
    body: &'a str,
    sections: &'a [Section],
    quantities: &'a [Quantity],
    indicators: &'a [Indicator],
    issues: &'a [Issue],
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<&'a [Decision]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain_indicators: Option<&'a [Explanation]>,
}

impl<'a> Extracted<'a> {
    fn new(path: &Path, document: &'a Document, explained: Option<&'a Explained<'a>>) -> Self {
        Self {
            file: path.to_string_lossy().into_owned(),
            kind: document.kind,
            kind_detail: document.kind_detail.as_deref(),
            title: document.title.as_deref(),
            report_year: document.report_year,
            publisher: document.publisher.as_deref(),
            publisher_level: document.publisher_level,
            region_code: document.region_code,
            township_code: document.township_code,
            index_number: document.index_number.as_ref(),
            document_number: document.document_number.as_ref(),
            written_on: document.written_on,
            published_on: document.published_on,
            signed_on: document.signed_on,
            validity: document.validity,
            topics: &document.topics,
            disclosure: document.disclosure.as_deref(),
            source: document.source.as_deref(),
            attachments: &document.attachments,
            body: &document.body,
            sections: &document.sections,
            quantities: &document.quantities,
            indicators: &document.indicators,
            issues: &document.issues,
            explain: explained.map(|explained| explained.fields),
            explain_indicators: explained.map(|explained| &explained.indicators[..]),
        }
    }
}
