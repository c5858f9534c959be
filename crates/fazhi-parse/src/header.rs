//! Decides the metadata of a document among what its page says in several places.

use chrono::NaiveDate;
use fazhi_model::{Check, Document, DocumentNumber, IndexNumber, Issue, Severity};

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

fn index_number(page: &Page, issues: &mut Vec<Issue>) -> Option<IndexNumber> {
    let read = values(page, Label::IndexNumber).find_map(|value| value.parse::<IndexNumber>().ok());
    match &read {
        None => refuse(page, Label::IndexNumber, "index_number_malformed", issues),
        // Many systems ship with a front code of nobody, so that this is no error of the document.
        Some(number) if number.check() == Check::Invalid => {
            let detail = format!("the check character of the front code of `{number}` is wrong");
            issues.push(Issue::interpret(Severity::Info, "index_number_check", detail));
        }
        Some(_) => {}
    }
    read
}

/// The number of a document; of one that several bodies issue jointly, the lead's, which stands first.
fn document_number(page: &Page, issues: &mut Vec<Issue>) -> Option<DocumentNumber> {
    let stated = values(page, Label::DocumentNumber).find(|value| !DocumentNumber::list(value).is_empty());
    let Some(stated) = stated else {
        refuse(page, Label::DocumentNumber, "document_number_malformed", issues);
        return None;
    };
    for refused in DocumentNumber::each(stated).filter_map(Result::err).filter(|piece| piece.text().ends_with('号')) {
        let detail = format!("`{}` in `{stated}`", refused.text());
        issues.push(Issue::interpret(Severity::Warning, "document_number_malformed", detail));
    }
    let mut numbers = DocumentNumber::list(stated).into_iter();
    let lead = numbers.next();
    let others: Vec<String> =
        numbers.filter(|number| Some(number) != lead.as_ref()).map(|n| format!("`{n}`")).collect();
    if !others.is_empty() {
        issues.push(Issue::interpret(Severity::Info, "joint_issue", format!("also {}", others.join(", "))));
    }
    lead
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Field;

    /// The numbers of a page with these header fields, and its issues.
    #[track_caller]
    fn check(fields: &[(Label, &str)], numbers: [Option<&str>; 2], expected: &[(&str, Severity, &str)]) {
        let field = |(label, value): &(Label, &str)| Field {
            label: label.as_str().to_owned(),
            value: (*value).to_owned(),
            place: "header".to_owned(),
        };
        let page = Page { fields: fields.iter().map(field).collect(), ..Page::default() };
        let mut issues = Vec::new();
        let index = index_number(&page, &mut issues).map(|number| number.to_string());
        let number = document_number(&page, &mut issues).map(|number| number.to_string());
        assert_eq!([index.as_deref(), number.as_deref()], numbers);
        let seen: Vec<_> = issues.iter().map(|i| (i.kind.as_ref(), i.severity, i.detail.as_str())).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_wrong_check_character_is_noted() {
        let note = "the check character of the front code of `000014348/2024-00001` is wrong";
        check(
            &[(Label::IndexNumber, "000014348/2024-00001")],
            [Some("000014348/2024-00001"), None],
            &[("index_number_check", Severity::Info, note)],
        );
        for number in ["000014349/2024-00001", "13562434/2024-00265", "xx-xx-2023-001"] {
            check(&[(Label::IndexNumber, number)], [Some(number), None], &[]);
        }
    }

    #[test]
    fn the_number_of_the_lead_is_the_documents() {
        check(
            &[(Label::DocumentNumber, "司发通〔2023〕1号 财行[2023]2号、青财〔2023〕3号")],
            [None, Some("司发通〔2023〕1号")],
            &[("joint_issue", Severity::Info, "also `财行〔2023〕2号`, `青财〔2023〕3号`")],
        );
        check(&[(Label::DocumentNumber, "青政〔2023〕1号；青政[2023]1号")], [None, Some("青政〔2023〕1号")], &[]);
        check(&[(Label::DocumentNumber, "商务部令 第055号")], [None, Some("商务部令第55号")], &[]);
    }

    #[test]
    fn a_number_that_does_not_read_is_named() {
        let malformed = |detail: &'static str| ("document_number_malformed", Severity::Warning, detail);
        check(&[(Label::DocumentNumber, "青政〔20241号")], [None, None], &[malformed("`青政〔20241号`")]);
        check(
            &[(Label::DocumentNumber, "青政〔20241号 财行〔2023〕2号（联合）")],
            [None, Some("财行〔2023〕2号")],
            &[malformed("`青政〔20241号` in `青政〔20241号 财行〔2023〕2号（联合）`")],
        );
        check(&[(Label::DocumentNumber, "无"), (Label::IndexNumber, "—")], [None, None], &[]);
    }
}
