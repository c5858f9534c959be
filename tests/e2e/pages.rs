use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Row, Sample, shared, text};

const SITES: [(&str, &str); 4] = [
    ("weichang", "weichang/zwgk/fdzdgknr/fzzfjsndbg/index.html"),
    ("jinkouhe", "jinkouhe/zwgk/fdzdgknr/fzzfjsndbg.htm"),
    ("daxing", "daxing/zwgk/zfxxgk/jz/jgz/fdzdgknr/fzzfndbg/index.html"),
    ("wengao", "wengao/list/fazhi.html"),
];

#[test]
fn real_reports_on_realistic_pages_come_with_exact_metadata() {
    let Some(pages) = shared("portal") else { return };
    let truth: Value = serde_json::from_slice(&fs_err::read(pages.join("truth.json")).unwrap()).unwrap();
    let sample = Sample::folder(&pages);
    for (name, start) in SITES {
        sample.plain_pipeline(name, start);
    }
    sample.expect(&[0, 1], &["run"]);

    let rows = sample.query("SELECT *, array_to_string(topics, '|') AS topic_list FROM documents");
    let found: BTreeMap<String, &Row> = rows.iter().map(|row| (path(&sample, row), row)).collect();
    let mut differences = Vec::new();
    let mut pages = 0;
    for (path, wanted) in truth["pages"].as_object().unwrap() {
        if wanted["status"] != 200 || wanted["kind"] == "list" {
            continue;
        }
        pages += 1;
        match found.get(path) {
            Some(row) => differences.extend(compare(path, wanted, row)),
            None => differences.push(format!("{path}: not in `documents`")),
        }
    }
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!(found.len(), pages, "{:?}", found.keys());
    let facts = "SELECT d.kind, count(i.indicator_id) AS indicators FROM documents d
                 LEFT JOIN indicators i ON i.document_id = d.document_id AND i.revision = d.revision GROUP BY d.kind ORDER BY d.kind";
    let kinds: Vec<(String, bool)> = sample
        .query(facts)
        .iter()
        .map(|row| (text(row, "kind").unwrap().to_owned(), row["indicators"].as_i64().unwrap() > 0))
        .collect();
    assert_eq!(kinds, [("other".to_owned(), false), ("report".to_owned(), true), ("template".to_owned(), false)]);
}

fn path(sample: &Sample, row: &Row) -> String {
    text(row, "url").unwrap().trim_start_matches(&sample.base_url).trim_start_matches('/').to_owned()
}

fn compare(path: &str, wanted: &Value, row: &Row) -> Vec<String> {
    let columns = [
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
        "disclosure",
        "source",
    ];
    let mut differences: Vec<String> = columns
        .into_iter()
        .filter(|column| wanted[*column] != row[*column])
        .map(|column| format!("{path}: {column} is {}, should be {}", row[column], wanted[column]))
        .collect();
    let topics: Vec<&str> = wanted["topics"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    if text(row, "topic_list") != Some(topics.join("|").as_str()) {
        differences.push(format!("{path}: topics are {}, should be {topics:?}", row["topic_list"]));
    }
    differences
}
