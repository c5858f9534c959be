//! Many records with one wait for the disk: all of them or none.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::Path;

use chrono::DateTime;
use fazhi_archive::{
    ArchiveError, ArchiveFile, ArchiveWriter, Attempt, Exchange, RecordKind, RecordReader, RevisitOf, files, read_at,
};

const FIRST: &str = "p/p-19700101000000-r.warc.gz";
const SECOND: &str = "p/p-19700101000000-r_0002.warc.gz";

fn writer(root: &Path) -> ArchiveWriter {
    ArchiveWriter::create(root, "p", "r", DateTime::UNIX_EPOCH).unwrap()
}

fn exchange(body: &[u8]) -> Exchange<'_> {
    Exchange {
        url: "http://a.example/",
        fetched_at: DateTime::UNIX_EPOCH,
        request_head: b"GET / HTTP/1.1\r\n\r\n",
        response_head: b"HTTP/1.1 200 OK\r\n\r\n",
        body,
        fields: &[],
    }
}

fn kinds(root: &Path, file: &str) -> Vec<RecordKind> {
    RecordReader::open(root, file).unwrap().map(|item| item.unwrap().kind).collect()
}

#[test]
fn a_batch_is_there_once_committed() {
    use RecordKind::{Info, Metadata, Request, Response, Revisit};

    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    let mut batch = archive.batch();
    let original = batch.exchange(&exchange(b"page")).unwrap();
    let of = RevisitOf { record_id: &original.record_id, url: "http://a.example/", date: DateTime::UNIX_EPOCH };
    let revisit = batch.unchanged(&exchange(b"page"), &of).unwrap();
    let attempt = Attempt { url: "http://a.example/2", fetched_at: DateTime::UNIX_EPOCH, fields: &[], text: "refused" };
    let attempt = batch.attempt(&attempt).unwrap();
    let touched = batch.commit().unwrap();

    assert_eq!(kinds(root.path(), FIRST), [Info, Request, Response, Request, Revisit, Metadata]);
    assert_eq!(touched, files(root.path()).unwrap());
    assert_eq!(archive.position(), Some((FIRST.to_owned(), touched[0].length)));
    for written in [original, revisit, attempt] {
        assert_eq!(read_at(root.path(), &written.location).unwrap().id, written.record_id);
    }
}

#[test]
fn a_batch_that_is_dropped_leaves_what_was_there_before() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    let mut first = archive.batch();
    first.exchange(&exchange(b"never")).unwrap();
    drop(first);
    assert_eq!(files(root.path()).unwrap(), [], "a file without records is removed");

    let kept = archive.write_exchange(&exchange(b"kept")).unwrap();
    let before = archive.position();
    let mut second = archive.batch();
    // More than waits in memory, so that the file has grown by it.
    let long: Vec<u8> = (0..600_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    second.exchange(&exchange(&long)).unwrap();
    drop(second);
    assert_eq!(archive.position(), before);
    assert_eq!(files(root.path()).unwrap()[0].length, before.unwrap().1);

    let next = archive.write_exchange(&exchange(b"next")).unwrap();
    assert_eq!(read_at(root.path(), &kept.location).unwrap().http().unwrap().body.as_ref(), b"kept");
    assert_eq!(read_at(root.path(), &next.location).unwrap().http().unwrap().body.as_ref(), b"next");
    assert_eq!(kinds(root.path(), &next.location.file).len(), 5);
}

#[test]
fn an_empty_batch_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    assert_eq!(archive.batch().commit().unwrap(), []);
    assert_eq!(files(root.path()).unwrap(), []);
    archive.write_exchange(&exchange(b"x")).unwrap();
    assert_eq!(archive.batch().commit().unwrap(), []);
}

#[test]
fn a_batch_goes_on_in_the_next_file() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path()).with_file_cap(1);
    let mut batch = archive.batch();
    let written: Vec<_> = (0u8..3).map(|n| batch.exchange(&exchange(&[n])).unwrap()).collect();
    let touched = batch.commit().unwrap();
    assert_eq!(touched, files(root.path()).unwrap());
    assert_eq!(touched.len(), 3);
    for (n, written) in (0u8..3).zip(&written) {
        assert_eq!(read_at(root.path(), &written.location).unwrap().http().unwrap().body.as_ref(), [n]);
        assert_eq!(kinds(root.path(), &written.location.file).len(), 3);
    }
}

#[test]
fn a_batch_over_several_files_is_taken_back_in_all_of_them() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    archive.write_exchange(&exchange(b"kept")).unwrap();
    let (_, length) = archive.position().unwrap();
    let mut archive = archive.with_file_cap(length + 1);
    let mut batch = archive.batch();
    for body in [b"a", b"b", b"c"] {
        batch.exchange(&exchange(body)).unwrap();
    }
    drop(batch);
    assert_eq!(files(root.path()).unwrap(), [ArchiveFile { file: FIRST.to_owned(), length }]);
    assert_eq!(archive.position(), Some((FIRST.to_owned(), length)));
    let next = archive.write_exchange(&exchange(b"next")).unwrap();
    assert_eq!((next.location.file.as_str(), next.location.offset > length), (FIRST, true));
}

#[test]
fn a_full_file_is_left_when_the_batch_after_it_is_dropped() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path()).with_file_cap(1);
    archive.write_exchange(&exchange(b"one")).unwrap();
    let mut batch = archive.batch();
    assert_eq!(batch.exchange(&exchange(b"two")).unwrap().location.file, SECOND);
    drop(batch);
    assert_eq!(files(root.path()).unwrap().len(), 1);
    assert_ne!(archive.write_exchange(&exchange(b"three")).unwrap().location.file, FIRST);
}

#[test]
fn a_refused_field_costs_only_its_record() {
    let root = tempfile::tempdir().unwrap();
    let mut archive = writer(root.path());
    let mut batch = archive.batch();
    batch.exchange(&exchange(b"x")).unwrap();
    let fields = [("WARC-Date".to_owned(), "1".to_owned())];
    let refused = batch.exchange(&Exchange { fields: &fields, ..exchange(b"y") });
    assert!(matches!(refused, Err(ArchiveError::Field { name }) if name == "WARC-Date"));
    batch.exchange(&exchange(b"z")).unwrap();
    batch.commit().unwrap();
    assert_eq!(kinds(root.path(), FIRST).len(), 5);
}

#[test]
fn what_is_compressed_already_is_read_back_too() {
    let root = tempfile::tempdir().unwrap();
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n";
    let mut archive = writer(root.path());
    for body in [b"\x1f\x8b\x08 no member".as_slice(), b"PK\x03\x04", b"coded", b""] {
        let written = archive.write_exchange(&Exchange { response_head: head, ..exchange(body) }).unwrap();
        assert_eq!(read_at(root.path(), &written.location).unwrap().http().unwrap().body.as_ref(), body);
    }
}
