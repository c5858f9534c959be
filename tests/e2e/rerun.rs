use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::Sample;

/// The tables that a run without news must not touch.
const FACTS: [&str; 5] = ["documents", "texts", "sections", "quantities", "indicators"];

#[test]
fn a_second_run_asks_only_whether_something_changed_and_writes_no_fact() {
    let sample = Sample::generate(8);
    sample.run();
    let before = versions(&sample.data());
    let parsed = sample.number("SELECT count(*) FROM documents");
    sample.clear_requests();

    let second = sample.expect(&[0], &["run"]);

    let requests = sample.requests();
    assert!(!requests.is_empty());
    let unconditional: Vec<_> = requests.iter().filter(|request| !request.conditional).collect();
    assert!(unconditional.is_empty(), "{unconditional:?}");
    assert!(requests.iter().all(|request| request.status == 304), "{requests:?}");
    assert!(
        crate::harness::stderr(&second).contains(" 0 documents interpreted"),
        "{}",
        crate::harness::stderr(&second)
    );
    assert_eq!(versions(&sample.data()), before);
    assert_eq!(sample.number("SELECT count(*) FROM documents"), parsed);
    assert_eq!(sample.number("SELECT count(*) FROM runs"), 2);
    let unchanged = sample.number("SELECT count(*) FROM captures WHERE outcome = 'unchanged'");
    assert_eq!(unchanged, i64::try_from(requests.len()).unwrap());
}

#[test]
fn tables_are_rebuilt_from_the_archive_without_a_request() {
    let mut sample = Sample::generate(8);
    sample.run();
    sample.run();
    let before = contents(&sample);
    sample.stop_portal();
    for folder in ["tables", "staging"] {
        let folder = sample.data().join(folder);
        if folder.exists() {
            fs_err::remove_dir_all(folder).unwrap();
        }
    }
    sample.expect(&[0], &["parse"]);
    sample.expect(&[0], &["load"]);
    let after = contents(&sample);
    for (table, rows) in before {
        assert!(!rows.is_empty() || table == "issues", "{table}");
        assert_eq!(rows, after[table], "{table}");
    }
}

#[test]
fn a_load_repeated_changes_nothing() {
    let sample = Sample::generate(4);
    sample.expect(&[0, 1], &["crawl"]);
    sample.expect(&[0], &["parse"]);
    let staging = sample.data().join("staging");
    let copy = sample.data().join("copy");
    copy_files(&staging, &copy);
    sample.expect(&[0], &["load"]);
    let (rows, before) = (contents(&sample), versions(&sample.data()));
    copy_files(&copy, &staging);
    sample.expect(&[0], &["load"]);
    assert_eq!(versions(&sample.data()), before);
    assert_eq!(contents(&sample), rows);
    assert_eq!(fs_err::read_dir(&staging).unwrap().count(), 0);
}

fn copy_files(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Number of commits of each fact table.
fn versions(data: &Path) -> BTreeMap<&'static str, usize> {
    let commits = |table: &str| {
        let log = fs_err::read_dir(data.join("tables").join(table).join("_delta_log")).unwrap();
        log.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "json"))
            .count()
    };
    FACTS.into_iter().map(|table| (table, commits(table))).collect()
}

/// Every row of every table that the archive determines, as text and in order.
pub fn contents(sample: &Sample) -> BTreeMap<&'static str, Vec<String>> {
    let but = |table: &str| match table {
        "documents" => "* EXCEPT (loaded_at)",
        "captures" | "issues" => "* EXCEPT (run_id)",
        _ => "*",
    };
    let rows = |table: &'static str| {
        let output =
            sample.expect(&[0], &["query", "--format", "jsonl", &format!("SELECT {} FROM {table}", but(table))]);
        let mut rows: Vec<String> = crate::harness::stdout(&output).lines().map(str::to_owned).collect();
        rows.sort();
        (table, rows)
    };
    ["captures", "issues", "regions", "indicator_catalog"].into_iter().chain(FACTS).map(rows).collect()
}
