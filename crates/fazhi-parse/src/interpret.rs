//! Pages to document: decides what was read and finds its facts.

use chrono::Datelike as _;
use fazhi_model::{Document, DocumentKind, Issue, PublisherLevel, Revision, Severity, Stage};

use crate::kind::{Evidence, Issuer};
use crate::location::{self, Clues};
use crate::page::Page;
use crate::rules::Rules;
use crate::{header, indicator, kind, outline, publisher, quantity, signature, title};

/// Changes whenever the parser gives another result for the same bytes; part of every revision.
pub const PARSER_VERSION: &str = "1";

/// Interprets the pages of one document, in order. The first gives the metadata; bodies are joined.
pub fn interpret(parts: &[Page], rules: &Rules) -> Document {
    let Some(page) = parts.first() else { return Document::new(DocumentKind::Empty) };
    let mut document = Document::new(DocumentKind::Other);
    document.issues = parts.iter().flat_map(|part| &part.issues).map(issue).collect();
    document.body = parts.iter().map(|part| part.body.as_str()).collect();
    let mut attachments: Vec<String> =
        parts.iter().flat_map(|part| &part.attachments).map(|file| file.url.clone()).collect();
    let mut seen = std::collections::HashSet::new();
    attachments.retain(|url| seen.insert(url.clone()));
    document.attachments = attachments;

    let signature = signature::find(&document.body);
    document.signed_on = signature.map(|signature| signature.date);
    let length = i64::try_from(document.body.chars().count()).unwrap_or(i64::MAX);
    document.sections = outline::outline(&document.body, signature.map_or(length, |signature| signature.start));
    document.title = title::choose(page, &mut document.issues);
    header::fill(&mut document, page);
    decide_kind(&mut document, page);
    if matches!(document.kind, DocumentKind::Report | DocumentKind::AttachmentOnly) {
        document.published_on = document.published_on.or_else(|| header::publication_hint(page));
    }
    if document.kind == DocumentKind::Report {
        fill_report(&mut document, page);
    }
    place(&mut document, page, rules);
    find_facts(&mut document, rules);
    document
}

/// Identity of what was read: every shown field of the document, the parser's version and the rules.
///
/// # Panics
/// Never: a document holds strings, numbers and lists only, all of which have a JSON form.
pub fn revision(document: &Document, rules: &Rules) -> Revision {
    let shown = serde_json::to_vec(document).expect("a document holds strings, numbers and lists only");
    Revision::of([&shown[..], PARSER_VERSION.as_bytes(), rules.digest().as_bytes()])
}

fn issue(met: &crate::page::PageIssue) -> Issue {
    let severity = met.severity.parse().unwrap_or(Severity::Warning);
    Issue { stage: Some(Stage::Read), kind: met.kind.clone().into(), severity, detail: met.detail.clone() }
}

fn decide_kind(document: &mut Document, page: &Page) {
    /// Less text than this beside a file is a cover note.
    const COVER_NOTE: usize = 60;
    let text = document.body.chars().filter(|c| c.is_alphabetic()).count();
    document.kind = match page.hint.as_deref() {
        Some("damaged") => DocumentKind::Damaged,
        Some("blocked") => DocumentKind::Blocked,
        Some(_) => DocumentKind::Empty,
        None if text < COVER_NOTE && !document.attachments.is_empty() && document.sections.is_empty() => {
            DocumentKind::AttachmentOnly
        }
        None => {
            let title = document.title.as_deref();
            let named = document.publisher.is_some() || title.and_then(publisher::of_title).is_some();
            let advert = [page.meta("description"), page.meta("keywords"), page.title("title")];
            let evidence = Evidence {
                title,
                body: &document.body,
                sections: &document.sections,
                issuer: if named { Issuer::Named } else { Issuer::Unnamed },
                surroundings: &advert.into_iter().flatten().collect::<Vec<_>>().join("\n"),
            };
            let (kind, detail) = kind::classify(&evidence);
            document.kind_detail = detail;
            kind
        }
    };
}

fn fill_report(document: &mut Document, page: &Page) {
    let title = document.title.as_deref();
    let headings: Vec<&str> = document.sections.iter().map(|section| section.heading.as_str()).collect();
    let published = document.published_on.map(|date| date.year());
    document.report_year = publisher::report_year(title, &document.body, &headings, published);
    if let Some(year) = document.report_year {
        outline::mark_next_year(&mut document.sections, year.get());
    }
    if let (Some(year), Some(published)) = (document.report_year, published)
        && year.get() > published
    {
        let detail = format!("about {year}, published in {published}");
        document.issues.push(Issue::interpret(Severity::Warning, "year_after_publication", detail));
    }
    if document.publisher.is_none() {
        document.publisher = named_publisher(title, page.site_owner.as_deref());
    }
}

/// The body a report's title names, else the owner of the site. A title that names a region only means its government,
/// which the owner of the site names in full.
fn named_publisher(title: Option<&str>, owner: Option<&str>) -> Option<String> {
    let of_title = title.and_then(publisher::of_title);
    let owner = owner.filter(|owner| publisher::level(owner, None).is_some());
    match (of_title, owner) {
        (Some(region), Some(owner)) if publisher::is_bare_region(&region) && is_government_of(owner, &region) => {
            Some(owner.to_owned())
        }
        (Some(name), _) => Some(name),
        (None, owner) => owner.map(str::to_owned),
    }
}

fn is_government_of(owner: &str, region: &str) -> bool {
    owner
        .split_once(region)
        .is_some_and(|(_, rest)| matches!(rest, "人民政府" | "政府" | "人民政府办公室" | "政府办公室"))
}

fn place(document: &mut Document, page: &Page, rules: &Rules) {
    let is_report = document.kind == DocumentKind::Report;
    let readable = !matches!(document.kind, DocumentKind::Damaged | DocumentKind::Blocked | DocumentKind::Empty);
    if !readable {
        return;
    }
    let index_number = document.index_number.as_ref().map(ToString::to_string);
    let clues = Clues {
        site_id: page.site_id.as_deref(),
        index_number: index_number.as_deref(),
        publisher: document.publisher.as_deref(),
        title: document.title.as_deref().filter(|_| is_report),
        site_owner: page.site_owner.as_deref(),
        column: page.meta("ColumnName"),
        body: is_report.then_some(document.body.as_str()),
        year: document.report_year.map(fazhi_model::ReportYear::get),
    };
    let location = location::locate(&clues, rules.regions(), &mut document.issues);
    document.region_code = location.code;
    document.region_name = location.name;
    document.township_code = location.township;
    if is_report {
        document.publisher_level = level(document);
    }
}

fn level(document: &Document) -> Option<PublisherLevel> {
    match &document.publisher {
        Some(publisher) => publisher::level(publisher, document.region_code),
        None => publisher::level_of_speaker(&document.body, document.region_code),
    }
}

fn find_facts(document: &mut Document, rules: &Rules) {
    if !matches!(document.kind, DocumentKind::Report | DocumentKind::Other | DocumentKind::AttachmentOnly) {
        return;
    }
    document.quantities = quantity::scan(&document.body);
    if document.quantities.len() >= quantity::MAX_QUANTITIES {
        let detail = format!("only the first {} amounts were read", quantity::MAX_QUANTITIES);
        document.issues.push(Issue::interpret(Severity::Warning, "too_many_quantities", detail));
    }
    if document.kind == DocumentKind::Report {
        let context =
            indicator::Context { publisher_level: document.publisher_level, report_year: document.report_year };
        document.indicators =
            indicator::find(&document.body, &document.sections, &document.quantities, &context, rules.catalogue());
    }
}
