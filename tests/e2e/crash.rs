use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use fazhi_archive::{RecordKind, RecordReader, files};

use crate::harness::{Sample, assert_ended};

const REPORTS: usize = 6;

#[test]
fn crash_at_every_named_point() {
    let undisturbed = facts_of_an_undisturbed_run();
    let points = [
        // Records are written in batches: of these there are at least as many as lists and rules and rounds of articles.
        "record-written:1",
        "record-written:6",
        "state-committed:1",
        "state-committed:6",
        "crawled",
        "staging-written:1",
        "staging-written:2",
        "parsed",
        "children-appended",
        "documents-merged",
    ];
    for point in points {
        let sample = Sample::generate(REPORTS);
        let killed = sample.fazhi().args(["run", "--allow-loopback"]).env("FAZHI_CRASH_AT", point).output().unwrap();
        assert_eq!(killed.status.signal(), Some(9), "{point}: {}", crate::harness::stderr(&killed));
        recovers(&sample, &undisturbed, point);
    }
}

#[test]
fn crash_at_random_moments() {
    let undisturbed = facts_of_an_undisturbed_run();
    let moments = if std::env::var_os("FAZHI_SOAK").is_some() { 40 } else { 10 };
    // One data folder is killed again and again; the moments are spread over the length of a run by a fixed sequence.
    let sample = Sample::generate(REPORTS);
    for moment in 0..moments {
        let mut child = sample
            .fazhi()
            .args(["run", "--allow-loopback"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(20 + (moment * 977) % 2_500));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    recovers(&sample, &undisturbed, "random moments");
}

#[test]
fn crash_with_a_torn_record_at_the_end_of_the_archive() {
    let undisturbed = facts_of_an_undisturbed_run();
    let sample = Sample::generate(REPORTS);
    let killed =
        sample.fazhi().args(["run", "--allow-loopback"]).env("FAZHI_CRASH_AT", "record-written:6").output().unwrap();
    assert_eq!(killed.status.signal(), Some(9));
    let archive = sample.data().join("archive");
    let longest = files(&archive).unwrap().into_iter().max_by_key(|file| file.length).unwrap();
    let file = fs_err::File::options().write(true).open(archive.join(&longest.file)).unwrap();
    file.set_len(longest.length - 7).unwrap();
    recovers(&sample, &undisturbed, "torn record");
}

#[track_caller]
fn recovers(sample: &Sample, undisturbed: &BTreeMap<&'static str, Vec<String>>, point: &str) {
    let output = sample.fazhi().args(["run", "--allow-loopback"]).output().unwrap();
    assert_ended(&output, &[0, 1]);
    assert_eq!(&facts(sample), undisturbed, "{point}");
    no_article_was_stored_twice(sample, point);
    every_record_reads(sample, point);
}

/// A body that was stored is not fetched again: every further answer to the same address is a 304.
#[track_caller]
fn no_article_was_stored_twice(sample: &Sample, point: &str) {
    let sql = "SELECT url, count(*) AS bodies FROM captures WHERE outcome = 'new' AND purpose = 'page' GROUP BY url HAVING count(*) > 1";
    assert_eq!(sample.query(sql), [], "{point}");
    let again = "SELECT url FROM captures WHERE purpose = 'page' AND outcome = 'unchanged' AND http_status = 200";
    assert_eq!(sample.query(again), [], "{point}");
    let documents = sample.number("SELECT count(*) FROM documents");
    let bodies = sample.number("SELECT count(*) FROM captures WHERE outcome = 'new' AND purpose = 'page'");
    assert_eq!(documents, bodies, "{point}");
}

#[track_caller]
fn every_record_reads(sample: &Sample, point: &str) {
    let archive = sample.data().join("archive");
    let mut responses = 0;
    for file in files(&archive).unwrap() {
        for record in RecordReader::open(&archive, &file.file).unwrap() {
            let record = record.unwrap_or_else(|error| panic!("{point}: {error}"));
            responses += usize::from(record.kind == RecordKind::Response);
        }
    }
    assert!(responses > 0, "{point}");
}

fn facts_of_an_undisturbed_run() -> BTreeMap<&'static str, Vec<String>> {
    let sample = Sample::generate(REPORTS);
    sample.run();
    facts(&sample)
}

/// Facts by the path of their document, without what depends on time and port.
fn facts(sample: &Sample) -> BTreeMap<&'static str, Vec<String>> {
    let rows = |table: &'static str| {
        let volatile = match table {
            "documents" => "document_id, revision, url, capture_id, loaded_at, attachments, duplicate_of, version_of",
            _ => "document_id, revision",
        };
        let path = format!("replace(d.url, '{}', '') AS path", sample.base_url);
        let sql = match table {
            "documents" => format!(
                "SELECT {path}, d.* EXCEPT ({volatile}), replace(p.url, '{base}', '') AS duplicate_of, replace(e.url, '{base}', '') AS version_of
                 FROM documents d LEFT JOIN documents p ON p.document_id = d.duplicate_of LEFT JOIN documents e ON e.document_id = d.version_of",
                base = sample.base_url
            ),
            _ => format!(
                "SELECT {path}, f.* EXCEPT ({volatile}) FROM {table} f JOIN documents d ON d.document_id = f.document_id AND d.revision = f.revision"
            ),
        };
        let mut rows: Vec<String> =
            sample.query(&sql).into_iter().map(|row| serde_json::to_string(&row).unwrap()).collect();
        rows.sort();
        assert!(!rows.is_empty(), "{table}");
        (table, rows)
    };
    ["documents", "texts", "sections", "quantities", "indicators"].into_iter().map(rows).collect()
}
