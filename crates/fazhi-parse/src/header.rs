//! Decides the metadata of a document among what its page says in several places.

use chrono::NaiveDate;
use fazhi_model::{Document, DocumentNumber, Issue, Severity};

use crate::label::Label;
use crate::page::Page;
use crate::{date, topic};

/// Fills everything that does not depend on the kind of the document.
pub(crate) fn fill(document: &mut Document, page: &Page) {
    let issues = &mut document.issues;
    document.index_number = index_number(page, issues);
    document.document_number = document_number(page, issues);
    document.written_on = values(page, Label::WrittenOn).find_map(date::of_meta);
    document.published_on = published_on(page, issues);
    document.validity = values(page, Label::Validity).find_map(topic::validity);
    document.topics =
        values(page, Label::Topics).map(topic::split).find(|topics| !topics.is_empty()).unwrap_or_default();
    document.disclosure =
        values(page, Label::Disclosure).next().map(str::to_owned).or_else(|| disclosure_note(&document.body));
    document.source = values(page, Label::Source).next().or_else(|| page.meta("ContentSource")).map(str::to_owned);
    document.publisher = values(page, Label::Publisher).next().map(str::to_owned);
}

fn values(page: &Page, label: Label) -> impl Iterator<Item = &str> {
    page.fields.iter().filter(move |field| field.label == label.as_str()).map(|field| field.value.as_str())
}

fn index_number(page: &Page, issues: &mut Vec<Issue>) -> Option<fazhi_model::IndexNumber> {
    let read = values(page, Label::IndexNumber).find_map(|value| value.parse().ok());
    if read.is_none() {
        refuse(page, Label::IndexNumber, "index_number_malformed", issues);
    }
    read
}

fn document_number(page: &Page, issues: &mut Vec<Issue>) -> Option<DocumentNumber> {
    // Joint documents carry several numbers; the first is the lead's.
    let first = |value: &str| {
        value
            .parse()
            .ok()
            .or_else(|| value.split(['、', ';', '；', '，', ',', '\u{3000}']).find_map(|part| part.parse().ok()))
    };
    let read = values(page, Label::DocumentNumber).find_map(first);
    if read.is_none() {
        refuse(page, Label::DocumentNumber, "document_number_malformed", issues);
    }
    read
}

/// A value that stands there and does not read is not guessed at.
fn refuse(page: &Page, label: Label, kind: &'static str, issues: &mut Vec<Issue>) {
    let stated = values(page, label).find(|value| !matches!(*value, "无" | "/" | "—" | "——"));
    if let Some(value) = stated {
        issues.push(Issue::interpret(Severity::Warning, kind, format!("`{value}`")));
    }
}

/// What tells when a page was put up, where the page itself does not: the list page, else the address. A hint from outside
/// of the page is good enough for a report (or the page that only links to its file), of which we know that it was published.
pub(crate) fn publication_hint(page: &Page) -> Option<NaiveDate> {
    let listed = page.listed_date.as_deref().and_then(date::of_meta);
    listed.or_else(|| date::of_url(&page.url)).or_else(|| date::of_object_id(&page.url))
}

/// Meta PubDate, labelled field or byline; the clock of a banner never.
fn published_on(page: &Page, issues: &mut Vec<Issue>) -> Option<NaiveDate> {
    let meta = ["PubDate", "publishdate", "firstpublishedtime"]
        .into_iter()
        .find_map(|name| page.meta(name).and_then(date::of_meta));
    let field = page
        .fields
        .iter()
        .filter(|field| field.label == Label::PublishedOn.as_str())
        .find_map(|field| date::of_meta(&field.value));
    if let (Some(meta), Some(field)) = (meta, field)
        && meta != field
    {
        issues.push(Issue::interpret(
            Severity::Info,
            "date_conflict",
            format!("PubDate says {meta}, the page says {field}"),
        ));
    }
    meta.or(field)
}

/// The note that ends a text (GB/T 9704 附注).
fn disclosure_note(body: &str) -> Option<String> {
    const LAST_LINES: usize = 6;
    let lines = body.lines().rev().filter(|line| !line.trim().is_empty()).take(LAST_LINES);
    lines.filter(|line| line.chars().count() <= 40).find_map(topic::disclosure_note).map(str::to_owned)
}
