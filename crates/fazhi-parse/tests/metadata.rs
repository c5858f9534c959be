//! Metadata of pages with known answers, as a table per field; skipped where the folders are absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fazhi_parse::{Capture, Rules, interpret, read};
use serde_json::Value;

/// Fields of the truth that a document has, compared as JSON.
const FIELDS: [&str; 15] = [
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
    "topics",
    "disclosure",
    "source",
];

/// How often each field was right, and where it was not.
#[derive(Default)]
struct Table {
    fields: BTreeMap<String, (usize, usize)>,
    wrong: Vec<String>,
}

impl Table {
    fn compare(&mut self, page: &str, field: &str, expected: &Value, seen: &Value) {
        let (right, all) = self.fields.entry(field.to_owned()).or_default();
        *all += 1;
        if seen == expected {
            *right += 1;
        } else {
            self.wrong.push(format!("{page} {field}: expected {expected}, read {seen}"));
        }
    }

    #[expect(clippy::print_stdout, reason = "the table is what the test is for")]
    fn check(&self, name: &str) {
        println!("{name}: field, right of all");
        for (field, (right, all)) in &self.fields {
            println!("  {field:18} {right:3} of {all:3}");
        }
        assert!(!self.fields.is_empty());
        assert_eq!(self.wrong, Vec::<String>::new());
    }
}

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    path.is_dir().then_some(path)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads files, the crate does not")]
fn every_field_of_every_page_is_exact() {
    let Some(folder) = folder("portal") else {
        eprintln_skipped();
        return;
    };
    let truth: Value = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let mut table = Table::default();
    for (path, expected) in truth["pages"].as_object().unwrap() {
        if expected["status"] != 200 || expected["kind"] == "list" {
            continue;
        }
        let body = std::fs::read(folder.join(path)).unwrap();
        let url = format!("http://127.0.0.1/{path}");
        let page = read(&Capture {
            url: &url,
            content_type: Some("text/html"),
            content_encoding: None,
            listed_title: None,
            listed_date: None,
            body: &body,
        });
        let mut seen = serde_json::to_value(interpret(std::slice::from_ref(&page), Rules::embedded())).unwrap();
        seen["charset"] = page.charset.into();
        for field in FIELDS.iter().chain(&["charset"]) {
            table.compare(path, field, &expected[*field], &seen[*field]);
        }
    }
    table.check("portal pages");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads files, the crate does not")]
fn every_field_of_the_annotated_texts_is_exact() {
    let (Some(gold), Some(seeds)) = (folder("gold"), folder("seeds")) else {
        eprintln_skipped();
        return;
    };
    let mut table = Table::default();
    for entry in std::fs::read_dir(gold).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let expected: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let name = expected["file"].as_str().unwrap();
        let text = std::fs::read_to_string(seeds.join(name)).unwrap();
        let document = interpret(&[fazhi_parse::read_text(name, &text)], Rules::embedded());
        let seen = serde_json::to_value(&document).unwrap();
        for field in FIELDS {
            table.compare(name, field, &expected["document"][field], &seen[field]);
        }
    }
    table.check("annotated texts");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads files, the crate does not")]
fn header_tables_of_policy_pages_are_read() {
    let Some(folder) = folder("real/html") else {
        eprintln_skipped();
        return;
    };
    let gold: Value = serde_json::from_slice(&std::fs::read(folder.join("govcn_gold.json")).unwrap()).unwrap();
    let mut table = Table::default();
    for expected in gold.as_array().unwrap() {
        let body = std::fs::read(folder.join(expected["file"].as_str().unwrap())).unwrap();
        let page = read(&Capture {
            url: expected["crawl_url"].as_str().unwrap(),
            content_type: Some("text/html"),
            content_encoding: None,
            listed_title: None,
            listed_date: None,
            body: &body,
        });
        let seen = serde_json::to_value(interpret(&[page], Rules::embedded())).unwrap();
        let pairs = [
            ("index_number", "index_number"),
            ("title", "title"),
            ("publisher", "release_office"),
            ("document_number", "release_number"),
        ];
        for (field, column) in pairs {
            table.compare(&expected["file"].to_string(), field, &expected[column], &seen[field]);
        }
    }
    table.check("policy pages");
}

#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn eprintln_skipped() {
    eprintln!("skipped: the folder of samples is absent");
}
