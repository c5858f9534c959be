//! Domain values as rows: one struct per nested schema, field names equal to column names.

use chrono::NaiveDate;
use fazhi_model::{Document, Indicator, Issue, Quantity, Revision, Section, Stage};
use rust_decimal::Decimal;
use serde::Serialize;

/// Digits kept after the point by the tables' decimals.
const SCALE: u32 = 6;

/// One interpreted document with its nested facts; the schema is [`crate::schema::interpreted`].
#[derive(Debug, Serialize)]
pub struct InterpretedRow<'a> {
    revision: String,
    kind: &'static str,
    kind_detail: Option<&'a str>,
    title: Option<&'a str>,
    report_year: Option<i32>,
    publisher: Option<&'a str>,
    publisher_id: Option<&'a str>,
    publisher_level: Option<&'static str>,
    region_code: Option<String>,
    region_code_current: Option<String>,
    township_code: Option<String>,
    region_name: Option<&'a str>,
    province_code: Option<String>,
    index_number: Option<&'a str>,
    document_number: Option<String>,
    topics: &'a [String],
    written_on: Option<NaiveDate>,
    published_on: Option<NaiveDate>,
    signed_on: Option<NaiveDate>,
    validity: Option<&'static str>,
    disclosure: Option<&'a str>,
    source: Option<&'a str>,
    site_owner: Option<&'a str>,
    digest: String,
    simhash: Option<i64>,
    duplicate_of: Option<&'a str>,
    version_of: Option<&'a str>,
    attachments: &'a [String],
    field_sources: &'a [String],
    parser_version: &'static str,
    rules_digest: &'a str,
    body: &'a str,
    sections: Vec<SectionRow<'a>>,
    quantities: Vec<QuantityRow<'a>>,
    indicators: Vec<IndicatorRow<'a>>,
    issues: Vec<IssueRow<'a>>,
}

#[derive(Debug, Serialize)]
struct SectionRow<'a> {
    ordinal: i32,
    level: i32,
    label: &'a str,
    heading: &'a str,
    area: Option<&'static str>,
    role: &'static str,
    char_start: i64,
    char_end: i64,
}

#[derive(Debug, Serialize)]
struct QuantityRow<'a> {
    ordinal: i32,
    section: Option<i32>,
    text: &'a str,
    value: Decimal,
    max: Option<Decimal>,
    unit: &'a str,
    unit_canonical: &'a str,
    precision: &'static str,
    kind: &'static str,
    subject: Option<&'a str>,
    char_start: i64,
    char_end: i64,
    sentence: &'a str,
}

#[derive(Debug, Serialize)]
struct IndicatorRow<'a> {
    ordinal: i32,
    indicator_id: &'a str,
    rank: i32,
    value: Decimal,
    max: Option<Decimal>,
    unit: &'a str,
    precision: &'static str,
    period: &'static str,
    scope: &'static str,
    part_of: Option<&'a str>,
    yoy_pct: Option<Decimal>,
    yoy_pp: Option<Decimal>,
    role: &'static str,
    text: &'a str,
    char_start: i64,
    char_end: i64,
    sentence: &'a str,
    rule: &'a str,
    confidence: f64,
}

#[derive(Debug, Serialize)]
struct IssueRow<'a> {
    stage: &'static str,
    kind: &'a str,
    severity: &'static str,
    detail: &'a str,
}

/// What identifies the reading of a document, computed by the parser.
#[derive(Debug)]
pub struct Reading<'a> {
    /// Hash of what was read, with which parser and rules.
    pub revision: Revision,
    /// SHA-256 of the text, in hexadecimal.
    pub digest: String,
    /// Digest of the rules in force.
    pub rules_digest: &'a str,
}

impl<'a> InterpretedRow<'a> {
    /// The row of a document. Text and facts are kept for reports only.
    pub fn new(document: &'a Document, reading: Reading<'a>) -> Self {
        let report = document.kind == fazhi_model::DocumentKind::Report;
        Self {
            revision: reading.revision.as_str().to_owned(),
            kind: document.kind.as_str(),
            kind_detail: document.kind_detail.as_deref(),
            title: document.title.as_deref(),
            report_year: document.report_year.map(fazhi_model::ReportYear::get),
            publisher: document.publisher.as_deref(),
            publisher_id: None,
            publisher_level: document.publisher_level.map(fazhi_model::PublisherLevel::as_str),
            region_code: document.region_code.map(|code| code.to_string()),
            region_code_current: document.region_code_current.map(|code| code.to_string()),
            township_code: document.township_code.map(|code| code.to_string()),
            region_name: document.region_name.as_deref(),
            province_code: document.region_code.map(|code| code.province().to_string()),
            index_number: document.index_number.as_ref().map(fazhi_model::IndexNumber::as_str),
            document_number: document.document_number.as_ref().map(ToString::to_string),
            topics: &document.topics,
            written_on: document.written_on,
            published_on: document.published_on,
            signed_on: document.signed_on,
            validity: document.validity.map(fazhi_model::Validity::as_str),
            disclosure: document.disclosure.as_deref(),
            source: document.source.as_deref(),
            site_owner: document.site_owner.as_deref(),
            digest: reading.digest,
            simhash: document.simhash,
            // What links a document to others is found when it is loaded.
            duplicate_of: None,
            version_of: None,
            attachments: &document.attachments,
            field_sources: &document.field_sources,
            parser_version: fazhi_parse::PARSER_VERSION,
            rules_digest: reading.rules_digest,
            body: if report { &document.body } else { "" },
            sections: if report { sections(&document.sections) } else { Vec::new() },
            quantities: if report { quantities(document) } else { Vec::new() },
            indicators: if report { indicators(&document.indicators) } else { Vec::new() },
            issues: issues(&document.issues),
        }
    }
}

fn sections(sections: &[Section]) -> Vec<SectionRow<'_>> {
    (0..).zip(sections).map(|(ordinal, section)| section_row(ordinal, section)).collect()
}

fn section_row(ordinal: i32, section: &Section) -> SectionRow<'_> {
    SectionRow {
        ordinal,
        level: section.level,
        label: &section.label,
        heading: &section.heading,
        area: section.area.map(fazhi_model::Area::as_str),
        role: section.role.as_str(),
        char_start: section.span.start,
        char_end: section.span.end,
    }
}

fn quantities(document: &Document) -> Vec<QuantityRow<'_>> {
    (0..)
        .zip(&document.quantities)
        .map(|(ordinal, quantity)| quantity_row(ordinal, quantity, &document.sections))
        .collect()
}

fn quantity_row<'a>(ordinal: i32, quantity: &'a Quantity, sections: &[Section]) -> QuantityRow<'a> {
    QuantityRow {
        ordinal,
        section: innermost(sections, quantity.span.start),
        text: &quantity.text,
        value: quantity.value.round_dp(SCALE),
        max: quantity.max.map(|max| max.round_dp(SCALE)),
        unit: &quantity.unit,
        unit_canonical: &quantity.unit_canonical,
        precision: quantity.precision.as_str(),
        kind: quantity.kind.as_str(),
        subject: quantity.subject.as_deref(),
        char_start: quantity.span.start,
        char_end: quantity.span.end,
        sentence: &quantity.sentence,
    }
}

/// Ordinal of the innermost section that holds a place in the text. Sections are in reading order, so it is the last one
/// that starts before the place and has not ended.
fn innermost(sections: &[Section], at: i64) -> Option<i32> {
    let started = sections.partition_point(|section| section.span.start <= at);
    let holding = sections[..started].iter().rposition(|section| section.span.end > at)?;
    i32::try_from(holding).ok()
}

fn indicators(indicators: &[Indicator]) -> Vec<IndicatorRow<'_>> {
    (0..).zip(indicators).map(|(ordinal, indicator)| indicator_row(ordinal, indicator)).collect()
}

fn indicator_row(ordinal: i32, indicator: &Indicator) -> IndicatorRow<'_> {
    let rounded = |value: Option<Decimal>| value.map(|value| value.round_dp(SCALE));
    IndicatorRow {
        ordinal,
        indicator_id: &indicator.id,
        rank: indicator.rank,
        value: indicator.value.round_dp(SCALE),
        max: rounded(indicator.max),
        unit: &indicator.unit,
        precision: indicator.precision.as_str(),
        period: indicator.period.as_str(),
        scope: indicator.scope.as_str(),
        part_of: indicator.part_of.as_deref(),
        yoy_pct: rounded(indicator.yoy_pct),
        yoy_pp: rounded(indicator.yoy_pp),
        role: indicator.role.as_str(),
        text: &indicator.text,
        char_start: indicator.span.start,
        char_end: indicator.span.end,
        sentence: &indicator.sentence,
        rule: &indicator.rule,
        confidence: indicator.confidence,
    }
}

fn issues(issues: &[Issue]) -> Vec<IssueRow<'_>> {
    issues.iter().map(issue_row).collect()
}

fn issue_row(issue: &Issue) -> IssueRow<'_> {
    IssueRow {
        stage: issue.stage.unwrap_or(Stage::Interpret).as_str(),
        kind: &issue.kind,
        severity: issue.severity.as_str(),
        detail: &issue.detail,
    }
}
