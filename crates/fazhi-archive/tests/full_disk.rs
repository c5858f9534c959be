//! A disk that fills up in the middle of a record. The limit on file size stands in for it: a write stops part-way.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::io;
use std::path::Path;
use std::process::Command;

use chrono::DateTime;
use fazhi_archive::{ArchiveError, ArchiveWriter, Exchange, RecordReader};

const FOLDER: &str = "FAZHI_TEST_FULL_DISK";

/// Does nothing unless the test below has started it under a limit.
#[test]
fn writer_under_a_limit() {
    let Ok(root) = std::env::var(FOLDER) else { return };
    let mut writer = ArchiveWriter::create(Path::new(&root), "p", "r", DateTime::UNIX_EPOCH).unwrap();
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    })
    .take(40_000)
    .collect();
    let small = Exchange {
        url: "http://a.example/",
        fetched_at: DateTime::UNIX_EPOCH,
        request_head: b"",
        response_head: b"HTTP/1.1 200 OK\r\n\r\n",
        body: b"fits",
        fields: &[],
    };
    let file = writer.write_exchange(&small).unwrap().location.file;
    let before = writer.position().unwrap();
    let error = writer.write_exchange(&Exchange { body: &noise, ..small }).unwrap_err();
    assert_eq!(error.to_string(), "cannot write archive file `p/p-19700101000000-r.warc.gz`");
    assert!(matches!(&error, ArchiveError::Write { source, .. } if source.kind() == io::ErrorKind::FileTooLarge));
    assert_eq!(writer.position(), Some(before.clone()));
    assert_eq!(fs_err::metadata(Path::new(&root).join(&file)).unwrap().len(), before.1);
    // A smaller record still fits, behind the last complete one.
    writer.write_exchange(&small).unwrap();
    let read: Vec<_> = RecordReader::open(Path::new(&root), &file).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(read.len(), 3);
    batches(&mut writer, &small, &noise);
    assert_eq!(RecordReader::open(Path::new(&root), &file).unwrap().count(), 4);
    fs_err::write(Path::new(&root).join("passed"), "").unwrap();
}

/// Batches that do not fit: one that fails when the disk is waited for, one that fails before.
fn batches(writer: &mut ArchiveWriter, small: &Exchange, noise: &[u8]) {
    let before = writer.position();
    let mut batch = writer.batch();
    batch.exchange(small).unwrap();
    batch.exchange(&Exchange { body: noise, ..*small }).unwrap();
    assert!(matches!(batch.commit(), Err(ArchiveError::Write { .. })));
    assert_eq!(writer.position(), before);

    let mut batch = writer.batch();
    let failed = std::iter::repeat_with(|| batch.exchange(&Exchange { body: noise, ..*small })).find_map(Result::err);
    assert!(matches!(failed, Some(ArchiveError::Write { .. })));
    assert!(matches!(batch.exchange(small), Err(ArchiveError::TakenBack { pipeline }) if pipeline == "p"));
    assert!(matches!(batch.commit(), Err(ArchiveError::TakenBack { .. })));
    assert_eq!(writer.position(), before);
    writer.write_exchange(small).unwrap();
}

#[test]
fn a_failed_write_is_taken_back() {
    let root = tempfile::tempdir().unwrap();
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" --exact writer_under_a_limit";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, root.path())
        .output()
        .unwrap();
    assert!(root.path().join("passed").exists(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let root = tempfile::tempdir().unwrap();
    fs_err::write(root.path().join("p"), "a file where the folder should be").unwrap();
    let mut writer = ArchiveWriter::create(root.path(), "p", "r", DateTime::UNIX_EPOCH).unwrap();
    let attempt = fazhi_archive::Attempt { url: "", fetched_at: DateTime::UNIX_EPOCH, fields: &[], text: "x" };
    let error = writer.write_attempt(&attempt).unwrap_err();
    assert_eq!(error.to_string(), "cannot write archive file `p/p-19700101000000-r.warc.gz`");
    assert_eq!(writer.position(), None);
}
