//! Pages to document: decides what was read and finds its facts.

use chrono::Datelike as _;
use fazhi_model::{Document, DocumentKind, Issue, PublisherLevel, Revision, Severity, Stage};

use crate::evidence::{Ballot, Decision, Outcome};
use crate::header::Hints;
use crate::kind::{Evidence, Issuer, Verdict};
use crate::location::{self, Clues};
use crate::page::Page;
use crate::rules::Rules;
use crate::{header, indicator, kind, outline, parts, publisher, quantity, signature, simhash, table, title};

/// Changes whenever the parser gives another result for the same bytes; part of every revision.
pub const PARSER_VERSION: &str = "4";

/// Interprets the pages of one document, in order. The first gives the metadata; bodies are joined.
pub fn interpret(parts: &[Page], rules: &Rules) -> Document {
    explain(parts, rules).0
}

/// [`interpret()`], and how each field of the metadata was decided.
pub fn explain(parts: &[Page], rules: &Rules) -> (Document, Vec<Decision>) {
    let (mut document, decisions) = decide(parts, rules);
    find_facts(&mut document, rules);
    (document, decisions)
}

/// Everything but the facts: kind, metadata, text and outline.
pub fn describe(parts: &[Page], rules: &Rules) -> Document {
    decide(parts, rules).0
}

fn decide(pages: &[Page], rules: &Rules) -> (Document, Vec<Decision>) {
    let Some(page) = pages.first() else { return (Document::new(DocumentKind::Empty), Vec::new()) };
    let parts = parts::of_article(pages);
    let mut document = Document::new(DocumentKind::Other);
    let mut decisions = Vec::new();
    document.issues = pages.iter().flat_map(|page| &page.issues).map(issue).collect();
    document.body = parts::joined(&parts, &mut document);
    let mut attachments: Vec<String> =
        parts.iter().flat_map(|part| &part.attachments).map(|file| file.url.clone()).collect();
    let mut seen = std::collections::HashSet::new();
    attachments.retain(|url| seen.insert(url.clone()));
    document.attachments = attachments;

    parts::note_missing(&mut document, &parts, pages);
    note_reading(page, &mut decisions);
    let signature = signature::find(&document.body);
    document.signed_on = signature.map(|signature| signature.date);
    let length = i64::try_from(document.body.chars().count()).unwrap_or(i64::MAX);
    document.sections = outline::outline(&document.body, signature.map_or(length, |signature| signature.start));
    document.title = title::choose(page, &mut document.issues, &mut decisions);
    header::fill(&mut document, page, &mut decisions);
    document.site_owner.clone_from(&page.site_owner);
    decide_kind(&mut document, page, &mut decisions);
    // Nobody publishes a report without a day; of other pages the address says when they were made.
    let hints = match document.kind {
        DocumentKind::Report | DocumentKind::AttachmentOnly => Hints::Believed,
        _ => Hints::LeftOut,
    };
    document.published_on = header::published_on(page, hints, &mut document.issues, &mut decisions);
    if document.kind == DocumentKind::Report {
        fill_report(&mut document, page, &mut decisions);
    }
    place(&mut document, page, rules, &mut decisions);
    document.field_sources = decisions
        .iter()
        .filter(|decision| !matches!(decision.field, "charset" | "body" | "kind"))
        .filter_map(Decision::provenance)
        .collect();
    (document, decisions)
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

/// How the text came about.
fn note_reading(page: &Page, decisions: &mut Vec<Decision>) {
    let mut charset = Ballot::new("charset");
    charset.stated(page.charset_evidence.clone(), &page.charset, Some(page.charset.clone()));
    if let Some(declared) = &page.declared_charset {
        charset.hinted("declared", declared, Some(declared.clone()));
    }
    let rule = "byte order mark, valid UTF-8, header, meta tag, statistics";
    decisions.push(charset.decide(rule, String::clone).decision);
    let mut body = Ballot::new("body");
    if let Some(container) = &page.container {
        body.stated(container.clone(), "", Some(container.clone()));
    }
    decisions.push(body.decide("known containers, markers, the densest block", String::clone).decision);
}

fn decide_kind(document: &mut Document, page: &Page, decisions: &mut Vec<Decision>) {
    /// Less text than this beside a file is a cover note.
    const COVER_NOTE: usize = 60;
    let text = document.body.chars().filter(|c| c.is_alphabetic()).take(COVER_NOTE).count();
    let by_state = |kind, rule| Verdict { kind, detail: None, rule };
    let verdict = match page.hint.as_deref() {
        Some("damaged") => by_state(DocumentKind::Damaged, "the text is damaged beyond repair"),
        Some("blocked") => by_state(DocumentKind::Blocked, "a challenge or a firewall answers"),
        Some(_) => by_state(DocumentKind::Empty, "there is no text"),
        None if text < COVER_NOTE && !document.attachments.is_empty() && document.sections.is_empty() => {
            by_state(DocumentKind::AttachmentOnly, "hardly any text beside a file")
        }
        None => kind::classify(&evidence(document, page)),
    };
    document.kind = verdict.kind;
    document.kind_detail = verdict.detail.map(str::to_owned);
    if document.kind == DocumentKind::AttachmentOnly {
        let detail = format!("the text is in {}", document.attachments.join(", "));
        document.issues.push(Issue::interpret(Severity::Info, "text_in_attachments", detail));
    }
    let mut ballot = Ballot::new("kind");
    ballot.stated(
        page.titles.first().map_or("page", |title| &title.origin),
        document.title.as_deref().unwrap_or_default(),
        Some(verdict.kind),
    );
    decisions.push(ballot.decide(verdict.rule, ToString::to_string).decision);
}

fn evidence<'a>(document: &'a Document, page: &'a Page) -> Evidence<'a> {
    let title = document.title.as_deref();
    let named = document.publisher.is_some() || title.and_then(publisher::of_title).is_some();
    Evidence {
        title,
        body: &document.body,
        sections: &document.sections,
        issuer: if named { Issuer::Named } else { Issuer::Unnamed },
        surroundings: [page.meta("description"), page.meta("keywords"), page.title("title")],
    }
}

fn fill_report(document: &mut Document, page: &Page, decisions: &mut Vec<Decision>) {
    let title = document.title.as_deref();
    let headings: Vec<&str> = document.sections.iter().map(|section| section.heading.as_str()).collect();
    let published = document.published_on.map(|date| date.year());
    let outcome = publisher::report_year(title, &document.body, &headings, published);
    document.report_year = outcome.value;
    decisions.push(outcome.decision);
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
        let outcome = named_publisher(title, page.site_owner.as_deref());
        document.publisher = outcome.value;
        // The header had nothing to say: its empty decision gives way.
        decisions.retain(|decision| decision.field != "publisher");
        decisions.push(outcome.decision);
    }
}

/// The body a report's title names, else the owner of the site. A title that names a region only means its government,
/// which the owner of the site names in full.
fn named_publisher(title: Option<&str>, owner: Option<&str>) -> Outcome<String> {
    let of_title = title.and_then(publisher::of_title);
    let body = owner.filter(|owner| publisher::is_body(owner) && publisher::level(owner, None).is_some());
    let means_owner = match (&of_title, body) {
        (Some(region), Some(owner)) => publisher::is_bare_region(region) && is_government_of(owner, region),
        _ => false,
    };
    let mut ballot = Ballot::new("publisher");
    if means_owner {
        ballot.hinted("owner of the site", owner.unwrap_or_default(), body.map(str::to_owned));
    }
    if let Some(title) = title {
        ballot.hinted("title", title, of_title);
    }
    if let Some(owner) = owner.filter(|_| !means_owner) {
        ballot.hinted("owner of the site", owner, body.map(str::to_owned));
    }
    ballot.decide("the body that the title names, else the owner of the site", String::clone)
}

fn is_government_of(owner: &str, region: &str) -> bool {
    owner
        .split_once(region)
        .is_some_and(|(_, rest)| matches!(rest, "人民政府" | "政府" | "人民政府办公室" | "政府办公室"))
}

fn place(document: &mut Document, page: &Page, rules: &Rules, decisions: &mut Vec<Decision>) {
    let is_report = document.kind == DocumentKind::Report;
    if matches!(document.kind, DocumentKind::Damaged | DocumentKind::Blocked) {
        return;
    }
    let index_number = document.index_number.as_ref().map(ToString::to_string);
    let columns = page.columns.join(" ");
    let clues = Clues {
        site_id: page.site_id.as_deref(),
        index_number: index_number.as_deref(),
        publisher: document.publisher.as_deref(),
        title: document.title.as_deref().filter(|_| is_report),
        site_owner: page.site_owner.as_deref(),
        column: Some(columns.as_str()).filter(|columns| !columns.is_empty()),
        body: is_report.then_some(document.body.as_str()),
        year: document.report_year.map(fazhi_model::ReportYear::get),
    };
    let location = location::locate(&clues, rules.regions(), &mut document.issues);
    document.region_code = location.code;
    document.region_code_current = location.current;
    document.region_name = location.name;
    document.township_code = location.township;
    decisions.extend(location.decision);
    if is_report {
        let outcome = level(document);
        document.publisher_level = outcome.value;
        decisions.push(outcome.decision);
    }
}

fn level(document: &Document) -> Outcome<PublisherLevel> {
    let mut ballot = Ballot::new("publisher_level");
    if let Some(name) = &document.publisher {
        ballot.stated("name of the publisher", name, publisher::level(name, document.region_code));
    } else {
        let level = publisher::level_of_speaker(&document.body, document.region_code);
        ballot.hinted("how the text speaks of itself", "", level);
    }
    ballot.decide(
        "the name of the publisher and the level of its region, else how the text speaks of itself",
        ToString::to_string,
    )
}

fn find_facts(document: &mut Document, rules: &Rules) {
    if !matches!(document.kind, DocumentKind::Damaged | DocumentKind::Blocked | DocumentKind::Empty) {
        document.simhash = simhash::simhash(&document.body);
    }
    if !matches!(document.kind, DocumentKind::Report | DocumentKind::Other | DocumentKind::AttachmentOnly) {
        return;
    }
    let scan = table::scan(&document.body);
    document.quantities = scan.quantities;
    document.issues.extend(scan.issues);
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
