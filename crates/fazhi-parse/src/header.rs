//! Decides the metadata of a document among what its page says in several places.

use chrono::NaiveDate;
use fazhi_model::{Check, Document, DocumentNumber, IndexNumber, Issue, Severity, Validity};

use crate::evidence::{Ballot, Decision, Outcome};
use crate::label::Label;
use crate::page::{Field, Page};
use crate::title::squeeze;
use crate::{date, topic};

/// Fills everything that does not depend on the kind of the document.
pub(crate) fn fill(document: &mut Document, page: &Page, decisions: &mut Vec<Decision>) {
    let mut clerk = Clerk { page, issues: &mut document.issues, decisions };
    document.index_number = clerk.index_number();
    document.document_number = clerk.document_number();
    document.written_on = clerk.written_on();
    document.validity = clerk.validity();
    document.topics = clerk.topics();
    document.disclosure = clerk.disclosure(&document.body);
    document.source = clerk.source();
    document.publisher = clerk.publisher();
}

/// What tells when a page was put up. The list page and the address are hints, good enough for a report (or the page that
/// only links to its file), of which we know that it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hints {
    Believed,
    LeftOut,
}

/// Meta PubDate, labelled field or byline, then the hints; the clock of a banner never.
pub(crate) fn published_on(
    page: &Page,
    hints: Hints,
    issues: &mut Vec<Issue>,
    decisions: &mut Vec<Decision>,
) -> Option<NaiveDate> {
    let mut ballot = Ballot::new("published_on");
    for name in ["PubDate", "publishdate", "firstpublishedtime", "article:published_time"] {
        if let Some(says) = page.meta(name) {
            ballot.stated(format!("meta {name}"), says, date::of_meta(says));
        }
    }
    for field in fields(page, Label::PublishedOn) {
        ballot.stated(source_of(field), &field.value, date::of_field(&field.value, &page.url));
    }
    if hints == Hints::Believed {
        if let Some(says) = &page.listed_date {
            ballot.hinted("list page", says, date::of_field(says, &page.url));
        }
        let of_url = date::of_url(&page.url).or_else(|| date::of_object_id(&page.url));
        if of_url.is_some() {
            ballot.hinted("address", &page.url, of_url);
        }
    }
    let mut clerk = Clerk { page, issues, decisions };
    clerk.settle(
        ballot.decide("meta tag, labelled date, byline, list page, address", NaiveDate::to_string),
        "date_conflict",
    )
}

fn fields(page: &Page, label: Label) -> impl Iterator<Item = &Field> {
    page.fields.iter().filter(move |field| field.label == label.as_str())
}

fn source_of(field: &Field) -> String {
    format!("{} {}", field.place, field.label)
}

/// Settles one field after the other.
struct Clerk<'a> {
    page: &'a Page,
    issues: &'a mut Vec<Issue>,
    decisions: &'a mut Vec<Decision>,
}

impl Clerk<'_> {
    /// A ballot on the header fields of a label, nearest to the article first.
    fn ballot<T: PartialEq>(&self, name: &'static str, label: Label, read: impl Fn(&str) -> Option<T>) -> Ballot<T> {
        let mut ballot = Ballot::new(name);
        for field in fields(self.page, label) {
            ballot.stated(source_of(field), &field.value, read(&field.value));
        }
        ballot
    }

    fn settle<T>(&mut self, outcome: Outcome<T>, conflict: &'static str) -> Option<T> {
        if let Some(detail) = outcome.conflict {
            let detail = format!("{}: {detail}", outcome.decision.field);
            self.issues.push(Issue::interpret(Severity::Info, conflict, detail));
        }
        self.decisions.push(outcome.decision);
        outcome.value
    }

    fn index_number(&mut self) -> Option<IndexNumber> {
        let ballot = self.ballot("index_number", Label::IndexNumber, |value| value.parse::<IndexNumber>().ok());
        let read = self.settle(ballot.decide(NEAREST, ToString::to_string), FIELD_CONFLICT);
        match &read {
            None => self.refuse(Label::IndexNumber, "index_number_malformed"),
            // Many systems ship with a front code of nobody, so that this is no error of the document.
            Some(number) if number.check() == Check::Invalid => {
                let detail = format!("the check character of the front code of `{number}` is wrong");
                self.issues.push(Issue::interpret(Severity::Info, "index_number_check", detail));
            }
            Some(_) => {}
        }
        read
    }

    /// The number of a document; of one that several bodies issue jointly, the lead's, which stands first.
    fn document_number(&mut self) -> Option<DocumentNumber> {
        let lead = |value: &str| DocumentNumber::list(value).into_iter().next();
        let ballot = self.ballot("document_number", Label::DocumentNumber, lead);
        let read = self.settle(ballot.decide(NEAREST, ToString::to_string), FIELD_CONFLICT);
        let Some(lead) = read else {
            self.refuse(Label::DocumentNumber, "document_number_malformed");
            return None;
        };
        let stated = fields(self.page, Label::DocumentNumber).map(|field| field.value.as_str());
        for stated in stated.filter(|value| DocumentNumber::list(value).first() == Some(&lead)).take(1) {
            for refused in DocumentNumber::each(stated).filter_map(Result::err) {
                if refused.text().ends_with('号') {
                    let detail = format!("`{}` in `{stated}`", refused.text());
                    self.issues.push(Issue::interpret(Severity::Warning, "document_number_malformed", detail));
                }
            }
            let others: Vec<String> = DocumentNumber::list(stated)
                .iter()
                .filter(|number| **number != lead)
                .map(|number| format!("`{number}`"))
                .collect();
            if !others.is_empty() {
                let detail = format!("also {}", others.join(", "));
                self.issues.push(Issue::interpret(Severity::Info, "joint_issue", detail));
            }
        }
        Some(lead)
    }

    /// A value that stands there and does not read is not guessed at.
    fn refuse(&mut self, label: Label, kind: &'static str) {
        let mut stated = fields(self.page, label).map(|field| field.value.as_str());
        if let Some(value) = stated.find(|value| !matches!(*value, "无" | "/" | "—" | "——")) {
            self.issues.push(Issue::interpret(Severity::Warning, kind, format!("`{value}`")));
        }
    }

    fn written_on(&mut self) -> Option<NaiveDate> {
        let ballot = self.ballot("written_on", Label::WrittenOn, date::of_meta);
        self.settle(ballot.decide(NEAREST, NaiveDate::to_string), "date_conflict")
    }

    fn validity(&mut self) -> Option<Validity> {
        let ballot = self.ballot("validity", Label::Validity, topic::validity);
        self.settle(ballot.decide(NEAREST, Validity::to_string), FIELD_CONFLICT)
    }

    fn topics(&mut self) -> Vec<String> {
        let split = |value: &str| Some(topic::split(value)).filter(|topics| !topics.is_empty());
        let ballot = self.ballot("topics", Label::Topics, split);
        self.settle(ballot.decide(NEAREST, |topics| topics.join("; ")), FIELD_CONFLICT).unwrap_or_default()
    }

    fn disclosure(&mut self, body: &str) -> Option<String> {
        // 公开形式 may also name the medium (网站).
        let read = |value: &str| value.contains("公开").then(|| value.to_owned());
        let mut ballot = self.ballot("disclosure", Label::Disclosure, read);
        if let Some(note) = disclosure_note(body) {
            // The note of the text is written once and the field chosen from a list: both are right in their way.
            ballot.hinted("note under the text", note, Some(note.to_owned()));
        }
        self.settle(ballot.decide("header field, then the note under the text", String::clone), FIELD_CONFLICT)
    }

    fn source(&mut self) -> Option<String> {
        let own = |value: &str| Some(value.to_owned());
        let mut ballot = self.ballot("source", Label::Source, own);
        if let Some(says) = self.page.meta("ContentSource") {
            ballot.stated("meta ContentSource", says, own(says));
        }
        let outcome =
            ballot.decide_by("byline or header field, then the meta tag", String::clone, |a, b| same_name(a, b));
        self.settle(outcome, FIELD_CONFLICT)
    }

    fn publisher(&mut self) -> Option<String> {
        let ballot = self.ballot("publisher", Label::Publisher, |value| Some(value.to_owned()));
        self.settle(ballot.decide_by(NEAREST, String::clone, |a, b| same_name(a, b)), FIELD_CONFLICT)
    }
}

const NEAREST: &str = "the labelled field nearest to the article";
const FIELD_CONFLICT: &str = "field_conflict";

/// Whether two names mean one body: one may leave out the region, or the site speaks of itself.
fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (squeeze(a), squeeze(b));
    let is_own = |name: &str| matches!(name, "本网" | "本站" | "本网站" | "原创" | "本局");
    a.contains(&b) || b.contains(&a) || is_own(&a) || is_own(&b)
}

/// The note that ends a text (GB/T 9704 附注).
fn disclosure_note(body: &str) -> Option<&str> {
    const LAST_LINES: usize = 6;
    let lines = body.lines().rev().filter(|line| !line.trim().is_empty()).take(LAST_LINES);
    lines.filter(|line| line.chars().count() <= 40).find_map(topic::disclosure_note)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of a page with these header fields, and its issues.
    #[track_caller]
    fn check(fields: &[(Label, &str)], numbers: [Option<&str>; 2], expected: &[(&str, Severity, &str)]) {
        let field = |(label, value): &(Label, &str)| Field {
            label: label.as_str().to_owned(),
            value: (*value).to_owned(),
            place: "header".to_owned(),
        };
        let page = Page { fields: fields.iter().map(field).collect(), ..Page::default() };
        let (mut issues, mut decisions) = (Vec::new(), Vec::new());
        let mut clerk = Clerk { page: &page, issues: &mut issues, decisions: &mut decisions };
        let index = clerk.index_number().map(|number| number.to_string());
        let number = clerk.document_number().map(|number| number.to_string());
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
