//! Precision and recall against annotated reports; skipped where they are absent.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the test reads files, reports what it measured and may stop at what it did not expect"
)]

use std::path::{Path, PathBuf};

use fazhi_model::ReportYear;
use fazhi_parse::catalogue::Catalogue;
use fazhi_parse::indicator::{Context, find};
use fazhi_parse::outline::outline;
use fazhi_parse::quantity::scan;
use serde_json::Value;

/// What is compared, spaces aside, and whether two readings are defensible.
type Item = (Vec<String>, bool);

#[derive(Default)]
struct Score {
    hit: usize,
    missing: Vec<String>,
    extra: Vec<String>,
}

impl Score {
    fn compare(&mut self, file: &str, mut expected: Vec<Item>, found: Vec<Vec<String>>) {
        for item in found {
            match expected.iter().position(|(key, _)| *key == item) {
                Some(at) => self.hit += usize::from(!expected.remove(at).1),
                None => self.extra.push(format!("{file} {item:?}")),
            }
        }
        let sure = expected.into_iter().filter(|(_, doubtful)| !doubtful);
        self.missing.extend(sure.map(|(key, _)| format!("{file} {key:?}")));
    }

    #[expect(clippy::cast_precision_loss, reason = "a few hundred items")]
    fn check(&self, what: &str, precision: f64, recall: f64) {
        let share = |others: usize| self.hit as f64 / (self.hit + others).max(1) as f64;
        let (p, r) = (share(self.extra.len()), share(self.missing.len()));
        eprintln!("{what}: {} hit, precision {p:.3}, recall {r:.3}", self.hit);
        assert!(p >= precision && r >= recall, "missing {:#?}\nextra {:#?}", self.missing, self.extra);
    }
}

fn folder() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    shared.join("gold").is_dir().then_some(shared)
}

fn reports(shared: &Path) -> Vec<(String, Value, String)> {
    let mut reports = Vec::new();
    for entry in std::fs::read_dir(shared.join("gold")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let gold = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let body = std::fs::read_to_string(shared.join("seeds").join(format!("{name}.txt"))).unwrap();
            reports.push((name, gold, body));
        }
    }
    reports
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace([' ', '\u{a0}'], "")
}

fn expected(gold: &Value, list: &str, fields: &[&str]) -> Vec<Item> {
    let items = gold[list].as_array().unwrap();
    items
        .iter()
        .map(|item| (fields.iter().map(|field| plain(&item[field])).collect(), item["doubtful"] == true))
        .collect()
}

#[test]
fn annotated_reports_are_read() {
    let Some(shared) = folder() else {
        eprintln!("skipped: no annotated reports");
        return;
    };
    let (mut quantities, mut indicators) = (Score::default(), Score::default());
    for (name, gold, body) in reports(&shared) {
        if gold["document"]["kind"] != "report" {
            continue;
        }
        let scanned = scan(&body);
        let squeeze = |text: &str| text.replace([' ', '\u{a0}'], "");
        let found = scanned.iter().map(|quantity| {
            vec![
                squeeze(&quantity.text),
                quantity.value.to_string(),
                quantity.unit.clone(),
                quantity.precision.to_string(),
            ]
        });
        quantities.compare(
            &name,
            expected(&gold, "quantities", &["text", "value", "unit", "precision"]),
            found.collect(),
        );
        let year = gold["document"]["report_year"].as_i64().and_then(|year| ReportYear::new(i32::try_from(year).ok()?));
        let context = Context { publisher_level: None, report_year: year };
        let sections = outline(&body, i64::try_from(body.chars().count()).unwrap());
        let facts = find(&body, &sections, &scanned, &context, Catalogue::embedded());
        let found = facts.iter().map(|fact| {
            vec![
                fact.id.clone(),
                squeeze(&fact.text),
                fact.value.to_string(),
                fact.unit.clone(),
                fact.precision.to_string(),
            ]
        });
        indicators.compare(
            &name,
            expected(&gold, "indicators", &["id", "text", "value", "unit", "precision"]),
            found.collect(),
        );
    }
    quantities.check("quantities", 0.95, 0.95);
    indicators.check("indicators", 0.95, 0.85);
}
