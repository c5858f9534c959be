//! Files written by other tools, where a collection of them is at hand.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::{Path, PathBuf};

use fazhi_archive::{RecordKind, RecordReader};

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real/warc");
    folder.is_dir().then_some(folder)
}

#[track_caller]
fn check(file: &str, expected: &[&str]) {
    let Some(folder) = folder() else {
        say_skipped();
        return;
    };
    let read = RecordReader::open(&folder, file).unwrap();
    let items = read.map(|item| item.map_or_else(|error| error.to_string(), |record| format!("{:?}", record.kind)));
    assert_eq!(items.collect::<Vec<_>>(), expected);
}

#[test]
fn a_good_file_is_read() {
    check("example.warc.gz", &["Info", "Info", "Response", "Request", "Revisit", "Request"]);
    check("example-digest.warc", &["Request", "Request", "Request", "Request"]);
}

#[test]
fn a_length_that_is_too_small_is_told_and_costs_no_other_record() {
    let told = "archive file `example-trunc.warc` has no readable record at byte 2560: it does not begin with `WARC/`";
    check("example-trunc.warc", &["Info", "Info", "Response", told, "Request"]);
}

#[test]
fn a_record_spread_over_members_is_told() {
    let at = |offset: u64, reason: &str| {
        format!("archive file `example-wrong-chunks.warc.gz` has no readable record at byte {offset}: {reason}")
    };
    let short = at(0, "its block is shorter than its `Content-Length`");
    let middle = at(516, "it does not begin with `WARC/`");
    let last = at(1130, "it does not begin with `WARC/`");
    check("example-wrong-chunks.warc.gz", &[&short, &middle, &last]);
}

#[test]
fn an_answer_is_read() {
    let Some(folder) = folder() else {
        say_skipped();
        return;
    };
    let mut records = RecordReader::open(&folder, "example.warc.gz").unwrap().map(Result::unwrap);
    let response = records.find(|record| record.kind == RecordKind::Response).unwrap();
    let message = response.http().unwrap();
    assert_eq!((message.status, response.url.as_deref()), (200, Some("http://example.com/")));
    assert_eq!((message.header("content-length"), message.body.len()), (Some("606"), 606));
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn say_skipped() {
    eprintln!("skipped: no files of other tools here");
}
