//! What is written is read back identically, by order and by address.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::Path;

use chrono::{DateTime, TimeZone, Utc};
use fazhi_archive::{
    ArchiveError, ArchiveWriter, Attempt, Exchange, Record, RecordKind, RecordReader, RevisitOf, Written, files,
    read_at,
};
use proptest::prelude::*;

fn stamp() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 5, 42, 32).unwrap()
}

fn writer(root: &Path) -> ArchiveWriter {
    ArchiveWriter::create(root, "qingshan", "r1", stamp()).unwrap()
}

const URL: &str = "http://a.example/xxgk/1.html";
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"v1\"\r\n\r\n";

fn exchange<'a>(body: &'a [u8], fields: &'a [(String, String)]) -> Exchange<'a> {
    let request_head = b"GET /xxgk/1.html HTTP/1.1\r\nHost: a.example\r\n\r\n";
    Exchange { url: URL, fetched_at: stamp(), request_head, response_head: HEAD, body, fields }
}

fn records(root: &Path, file: &str) -> Vec<Record> {
    RecordReader::open(root, file).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn an_exchange_is_its_request_and_then_its_response() {
    let root = tempfile::tempdir().unwrap();
    let fields = [("Fazhi-Pipeline".to_owned(), "青山 区".to_owned())];
    let mut archive = writer(root.path());
    assert_eq!(archive.position(), None);
    assert_eq!(files(root.path()).unwrap(), []);
    let written = archive.write_exchange(&exchange("<p>你好</p>".as_bytes(), &fields)).unwrap();

    let (file, length) = archive.position().unwrap();
    assert_eq!(file, "qingshan/qingshan-20261123054232-r1.warc.gz");
    assert_eq!(files(root.path()).unwrap()[0].length, length);
    let records = records(root.path(), &file);
    let kinds: Vec<_> = records.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [RecordKind::Info, RecordKind::Request, RecordKind::Response]);
    let [info, request, response] = &records[..] else { panic!("three records") };
    assert_eq!(info.field("WARC-Filename"), Some("qingshan-20261123054232-r1.warc.gz"));
    assert_eq!(request.field("WARC-Concurrent-To"), Some(response.id.as_str()));
    assert_eq!((&response.id, &response.location), (&written.record_id, &written.location));
    assert_eq!(response.location.offset + response.location.length, length);
    assert_eq!((response.url.as_deref(), response.date), (Some(URL), stamp()));
    assert_eq!(response.field("fazhi-pipeline"), Some("青山 区"));
    let message = response.http().unwrap();
    assert_eq!((message.status, message.header("etag")), (200, Some("\"v1\"")));
    assert_eq!(message.body.as_ref(), "<p>你好</p>".as_bytes());
    assert_eq!(&read_at(root.path(), &written.location).unwrap(), response);
}

#[test]
fn an_unchanged_page_keeps_only_the_head() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    let original = archive.write_exchange(&exchange(b"page", &[])).unwrap();
    let of = RevisitOf { record_id: &original.record_id, url: URL, date: stamp() };
    let not_modified = Exchange { response_head: b"HTTP/1.1 304 Not Modified\r\n", ..exchange(b"", &[]) };
    let revisit = archive.write_unchanged(&not_modified, &of).unwrap();
    let same_bytes = archive.write_unchanged(&exchange(b"page", &[]), &of).unwrap();

    let revisit = read_at(root.path(), &revisit.location).unwrap();
    assert_eq!(revisit.kind, RecordKind::Revisit);
    assert_eq!(revisit.block, b"HTTP/1.1 304 Not Modified\r\n\r\n");
    assert_eq!(revisit.field("WARC-Profile"), Some("http://netpreserve.org/warc/1.1/revisit/server-not-modified"));
    assert_eq!(revisit.field("WARC-Refers-To"), Some(original.record_id.as_str()));
    assert_eq!(revisit.field("WARC-Refers-To-Date"), Some("2026-11-23T05:42:32Z"));
    let same_bytes = read_at(root.path(), &same_bytes.location).unwrap();
    let original = read_at(root.path(), &original.location).unwrap();
    assert_eq!(same_bytes.block, HEAD);
    assert_eq!(same_bytes.field("WARC-Payload-Digest"), original.field("WARC-Payload-Digest"));
    assert_eq!(
        same_bytes.field("WARC-Profile"),
        Some("http://netpreserve.org/warc/1.1/revisit/identical-payload-digest")
    );
}

#[test]
fn an_attempt_without_answer_leaves_a_note() {
    let root = tempfile::tempdir().unwrap();
    let attempt = Attempt { url: URL, fetched_at: stamp(), fields: &[], text: "connection refused\n第二行" };
    let written = writer(root.path()).write_attempt(&attempt).unwrap();
    let record = read_at(root.path(), &written.location).unwrap();
    assert_eq!(record.kind, RecordKind::Metadata);
    assert_eq!(record.field("Content-Type"), Some("application/warc-fields"));
    assert_eq!(record.note().as_deref(), Some("connection refused\n第二行"));
    assert_eq!(record.http(), None);
}

#[test]
fn a_full_file_is_followed_by_the_next() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path()).with_file_cap(1);
    let names: Vec<_> = (0..3).map(|_| archive.write_exchange(&exchange(b"x", &[])).unwrap().location.file).collect();
    let listed: Vec<_> = files(root.path()).unwrap().into_iter().map(|file| file.file).collect();
    assert_eq!(names, listed);
    assert_eq!(names[2], "qingshan/qingshan-20261123054232-r1_0003.warc.gz");
    for name in names {
        assert_eq!(records(root.path(), &name).len(), 3);
    }
}

#[test]
fn a_file_that_is_there_is_never_touched() {
    let root = tempfile::tempdir().unwrap();
    let first = writer(root.path()).write_exchange(&exchange(b"one", &[])).unwrap().location;
    let second = writer(root.path()).write_exchange(&exchange(b"two", &[])).unwrap().location;
    assert_ne!(first.file, second.file);
    assert_eq!(read_at(root.path(), &first).unwrap().http().unwrap().body.as_ref(), b"one");
}

#[test]
fn a_field_the_writer_owns_is_refused_and_leaves_no_file() {
    let root = tempfile::tempdir().unwrap();
    let fields = [("Content-Length".to_owned(), "1".to_owned())];
    let refused = writer(root.path()).write_exchange(&exchange(b"", &fields));
    assert!(matches!(refused, Err(ArchiveError::Field { name }) if name == "Content-Length"));
    assert_eq!(files(root.path()).unwrap(), []);
}

#[test]
fn ranges_of_a_file_hold_every_record_once() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    for body in [b"a".as_slice(), b"bb", b"ccc", b"dddd"] {
        archive.write_exchange(&exchange(body, &[])).unwrap();
    }
    let (file, length) = archive.position().unwrap();
    let all = records(root.path(), &file);
    for cut in all.iter().map(|record| record.location.offset).chain([length]) {
        let open = || RecordReader::open(root.path(), &file).unwrap();
        let parts: Vec<_> = open().until(cut).chain(open().from_offset(cut)).collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(parts, all);
    }
}

#[derive(Debug, Clone)]
enum Call {
    Exchange(String, Vec<u8>, Vec<(String, String)>),
    Unchanged(u16),
    Attempt(String),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let fields = prop::collection::vec(("X-[a-z]{1,5}", "\\PC{0,12}"), 0..3);
    let call = prop_oneof![
        ("http://[a-z]{1,8}/[a-z一-龥?=&%]{0,12}", prop::collection::vec(any::<u8>(), 0..300), fields)
            .prop_map(|(url, body, fields)| Call::Exchange(url, body, fields)),
        (200u16..400).prop_map(Call::Unchanged),
        "\\PC{0,30}(\n\\PC{0,30})?".prop_map(Call::Attempt),
    ];
    prop::collection::vec(call, 1..8)
}

fn perform(archive: &mut ArchiveWriter, call: &Call, at: DateTime<Utc>) -> Written {
    match call {
        Call::Exchange(url, body, fields) => {
            archive.write_exchange(&Exchange { url, fetched_at: at, ..exchange(body, fields) }).unwrap()
        }
        Call::Unchanged(status) => {
            let head = format!("HTTP/1.1 {status} X\r\n\r\n");
            let of = RevisitOf { record_id: "<urn:uuid:0>", url: URL, date: at };
            archive.write_unchanged(&Exchange { response_head: head.as_bytes(), ..exchange(b"", &[]) }, &of).unwrap()
        }
        Call::Attempt(text) => archive.write_attempt(&Attempt { url: URL, fetched_at: at, fields: &[], text }).unwrap(),
    }
}

fn assert_holds(record: &Record, call: &Call, at: DateTime<Utc>) {
    match call {
        Call::Exchange(url, body, fields) => {
            assert_eq!((record.url.as_deref(), record.date), (Some(url.as_str()), at));
            assert_eq!(record.http().unwrap().body.as_ref(), body);
            let kept = record.fields.iter().filter(|(name, _)| name.starts_with("X-")).cloned();
            let trimmed = fields.iter().map(|(name, value)| (name.clone(), value.trim().to_owned()));
            assert_eq!(kept.collect::<Vec<_>>(), trimmed.collect::<Vec<_>>());
        }
        Call::Unchanged(status) => assert_eq!(record.http().unwrap().status, *status),
        Call::Attempt(text) => assert_eq!(record.note().as_deref(), Some(text.as_str())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_records_are_read_back(calls in calls(), nanos in 0u32..1_000_000_000) {
        let root = tempfile::tempdir().unwrap();
        let at = DateTime::from_timestamp(1_700_000_000, nanos).unwrap();
        let mut archive = writer(root.path());
        let written: Vec<_> = calls.iter().map(|call| perform(&mut archive, call, at)).collect();
        let file = archive.position().unwrap().0;
        let read = records(root.path(), &file);
        for (call, written) in calls.iter().zip(&written) {
            let record = read_at(root.path(), &written.location).unwrap();
            prop_assert_eq!(&record.id, &written.record_id);
            prop_assert!(read.contains(&record));
            assert_holds(&record, call, at);
        }
    }
}
