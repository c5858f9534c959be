use std::collections::{BTreeMap, BTreeSet};

use fazhi_portal::{PortalOptions, Traps, TruthDocument, TruthKind};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::harness::{Row, Sample, text};

/// Rows by the URL of their document.
type ByUrl = BTreeMap<String, Vec<Vec<Option<String>>>>;

#[test]
fn the_tables_hold_the_truth_and_nothing_else() {
    let sample = Sample::generate(48);
    holds_the_truth(&sample, 48 * 2);
    assert!(!sample.truth.disallowed.is_empty());
    for url in &sample.truth.disallowed {
        let fetched = sample.requests().iter().filter(|request| url.ends_with(&request.path_and_query)).count();
        assert_eq!(fetched, 0, "{url} is refused by robots.txt");
    }
    let checks = sample.expect(&[0], &["check"]);
    assert_eq!(checks.stdout, b"", "a check found rows");
}

/// A site of every portal family; one report goes on over three pages, one has a mobile twin, one stands in the list twice,
/// one list in a frame.
#[test]
fn every_family_and_every_trap_leaves_the_same_tables() {
    let sample = Sample::of(&PortalOptions { reports: 84, traps: Traps::Present });
    holds_the_truth(&sample, 200);
    let parts = sample.number("SELECT count(*) FROM documents WHERE part_captures IS NOT NULL");
    assert_eq!(parts, 1, "one report goes on over three pages");
}

#[track_caller]
fn holds_the_truth(sample: &Sample, least: usize) {
    sample.run();
    let expected: Vec<&TruthDocument> = sample.truth.documents.iter().filter(|document| document.listed).collect();
    assert!(expected.len() >= least, "only {} documents", expected.len());
    let mut differences = Differences::default();
    documents(sample, &expected, &mut differences);
    sections(sample, &expected, &mut differences);
    quantities(sample, &expected, &mut differences);
    indicators(sample, &expected, &mut differences);
    differences.assert_none();
}

#[test]
fn every_number_leads_to_its_place_in_the_text() {
    let sample = Sample::generate(6);
    sample.run();
    for table in ["quantities", "indicators"] {
        let right = "substr(t.body, f.char_start + 1, f.char_end - f.char_start) = f.text";
        let count = |condition: &str| {
            sample.number(&format!(
                "SELECT count(*) FROM {table} f JOIN texts t ON t.document_id = f.document_id AND t.revision = f.revision WHERE {condition}"
            ))
        };
        let all = count("true");
        assert!(all > 50, "{table}: only {all}");
        assert_eq!(count(right), all, "{table}");
    }
}

fn documents(sample: &Sample, expected: &[&TruthDocument], differences: &mut Differences) {
    let rows = sample.query(
        "SELECT d.* EXCEPT (duplicate_of, version_of), array_to_string(d.topics, '|') AS topic_list, c.charset,
                p.url AS duplicate_of, e.url AS version_of
         FROM documents d JOIN captures c ON c.capture_id = d.capture_id
         LEFT JOIN documents p ON p.document_id = d.duplicate_of LEFT JOIN documents e ON e.document_id = d.version_of",
    );
    let columns = [
        "pipeline",
        "kind",
        "title",
        "report_year",
        "publisher",
        "publisher_level",
        "region_code",
        "index_number",
        "document_number",
        "written_on",
        "published_on",
        "signed_on",
        "validity",
        "topic_list",
        "disclosure",
        "source",
        "charset",
        "duplicate_of",
        "version_of",
    ];
    let wanted = expected.iter().map(|document| (document.url.clone(), vec![document_cells(document)])).collect();
    differences.compare("documents", &columns, &wanted, &by_url(&rows, &columns));
}

fn document_cells(document: &TruthDocument) -> Vec<Option<String>> {
    let kind = match document.kind {
        TruthKind::Report => "report",
        TruthKind::Template => "template",
        TruthKind::Other => "other",
    };
    vec![
        Some(document.pipeline.clone()),
        Some(kind.to_owned()),
        Some(document.title.clone()),
        document.report_year.map(|year| year.to_string()),
        document.publisher.clone(),
        document.publisher_level.clone(),
        document.region_code.clone(),
        document.index_number.clone(),
        document.document_number.clone(),
        document.written_on.clone(),
        document.published_on.clone(),
        document.signed_on.clone(),
        document.validity.clone(),
        Some(document.topics.join("|")),
        document.disclosure.clone(),
        document.source.clone(),
        Some(document.charset.clone()),
        document.duplicate_of.clone(),
        document.version_of.clone(),
    ]
}

fn sections(sample: &Sample, expected: &[&TruthDocument], differences: &mut Differences) {
    let columns = ["level", "label", "heading", "role"];
    let rows = facts(sample, "sections");
    let wanted = reports(expected, |document| {
        let row = |s: &fazhi_portal::TruthSection| {
            vec![Some(s.level.to_string()), Some(s.label.clone()), Some(s.heading.clone()), Some(s.role.clone())]
        };
        document.sections.iter().map(row).collect()
    });
    differences.compare("sections", &columns, &wanted, &by_url(&rows, &columns));
}

fn quantities(sample: &Sample, expected: &[&TruthDocument], differences: &mut Differences) {
    let columns = ["text", "value", "max", "unit", "precision"];
    let rows = facts(sample, "quantities");
    let wanted = reports(expected, |document| {
        let row = |q: &fazhi_portal::TruthQuantity| {
            vec![
                Some(q.text.clone()),
                decimal(Some(&q.value)),
                decimal(q.max.as_ref()),
                Some(q.unit.clone()),
                Some(q.precision.clone()),
            ]
        };
        document.quantities.iter().flatten().map(row).collect()
    });
    differences.compare("quantities", &columns, &wanted, &by_url(&rows, &columns));
}

fn indicators(sample: &Sample, expected: &[&TruthDocument], differences: &mut Differences) {
    let columns = ["indicator_id", "value", "max", "unit", "precision", "period", "yoy_pct", "yoy_pp", "text"];
    let rows = facts(sample, "indicators");
    let sorted = |mut rows: ByUrl| {
        for rows in rows.values_mut() {
            rows.sort();
        }
        rows
    };
    let wanted = reports(expected, |document| {
        let row = |i: &fazhi_portal::TruthIndicator| {
            vec![
                Some(i.id.clone()),
                decimal(Some(&i.value)),
                decimal(i.max.as_ref()),
                Some(i.unit.clone()),
                Some(i.precision.clone()),
                Some(i.period.clone()),
                decimal(i.yoy_pct.as_ref()),
                decimal(i.yoy_pp.as_ref()),
                Some(i.text.clone()),
            ]
        };
        document.indicators.iter().map(row).collect()
    });
    differences.compare("indicators", &columns, &sorted(wanted), &sorted(by_url(&rows, &columns)));
}

fn facts(sample: &Sample, table: &str) -> Vec<Row> {
    sample.query(&format!(
        "SELECT d.url, f.* FROM {table} f JOIN documents d ON d.document_id = f.document_id AND d.revision = f.revision ORDER BY d.url, f.ordinal"
    ))
}

fn reports(expected: &[&TruthDocument], rows: impl Fn(&TruthDocument) -> Vec<Vec<Option<String>>>) -> ByUrl {
    let reports = expected.iter().filter(|document| document.kind == TruthKind::Report);
    reports.map(|document| (document.url.clone(), rows(document))).filter(|(_, rows)| !rows.is_empty()).collect()
}

fn by_url(rows: &[Row], columns: &[&str]) -> ByUrl {
    let mut found = ByUrl::new();
    for row in rows {
        let cells = columns.iter().map(|column| cell(column, &row[*column])).collect();
        found.entry(text(row, "url").unwrap().to_owned()).or_default().push(cells);
    }
    found
}

fn cell(column: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other if matches!(column, "value" | "max" | "yoy_pct" | "yoy_pp") => decimal(Some(&other.to_string())),
        other => Some(other.to_string()),
    }
}

fn decimal(text: Option<&String>) -> Option<String> {
    text.map(|text| {
        text.parse::<Decimal>().unwrap_or_else(|_| panic!("`{text}` is no decimal")).normalize().to_string()
    })
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, table: &str, columns: &[&str], wanted: &ByUrl, found: &ByUrl) {
        let urls: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
        for url in urls {
            let (wanted, found) =
                (wanted.get(url).cloned().unwrap_or_default(), found.get(url).cloned().unwrap_or_default());
            let missing = wanted.iter().filter(|row| !found.contains(row)).map(|row| format!("missing {row:?}"));
            let extra = found.iter().filter(|row| !wanted.contains(row)).map(|row| format!("extra   {row:?}"));
            let mut lines: Vec<String> = missing.chain(extra).collect();
            if lines.is_empty() && wanted != found {
                lines.push("the same rows in another order or number".to_owned());
            }
            self.0.extend(lines.into_iter().map(|line| format!("{table} {url} {columns:?}\n  {line}")));
        }
    }

    #[track_caller]
    fn assert_none(&self) {
        assert!(
            self.0.is_empty(),
            "{} differences, first ones:\n{}",
            self.0.len(),
            self.0[..self.0.len().min(60)].join("\n")
        );
    }
}
