//! Other people's tools accept every file that is written here: Python's `warcio check` and `warcio index`.
//!
//! `FAZHI_WARCIO` names an installed `warcio`; without it one is installed into a virtual environment below the target
//! folder. Where that is not possible the test says "skipped".
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, TimeZone as _, Utc};
use fazhi_archive::{ArchiveWriter, Attempt, Batch, Exchange, RevisitOf, files};

const VERSION: &str = "warcio==1.8.1";

#[test]
fn warcio_accepts_every_file() {
    let warcio = match warcio() {
        Ok(warcio) => warcio,
        Err(reason) => return say_skipped(&reason),
    };
    let root = tempfile::tempdir().unwrap();
    write(root.path());
    let files: Vec<PathBuf> = files(root.path()).unwrap().iter().map(|file| root.path().join(&file.file)).collect();
    assert_eq!(files.len(), 3);
    let checked = run(Command::new(&warcio).args(["check", "-v"]).args(&files));
    let kinds = ["warcinfo", "request", "response", "metadata"];
    assert_eq!(checked.matches("digest pass").count(), kinds.map(records).iter().sum::<usize>(), "{checked}");
    // It does not check those of revisits, whose payload lies elsewhere.
    assert_eq!(checked.matches("not checked (revisit)").count(), records("revisit"), "{checked}");
    assert!(!checked.contains("fail"), "{checked}");
    let indexed =
        run(Command::new(&warcio).args(["index", "-f", "offset,warc-type,warc-target-uri,http:status"]).args(&files));
    for kind in ["warcinfo", "request", "response", "revisit", "metadata"] {
        let told = indexed.matches(&format!("\"warc-type\": \"{kind}\"")).count();
        assert_eq!(told, records(kind), "{kind}: {indexed}");
    }
    assert_eq!(indexed.matches("\"http:status\": \"304\"").count(), 3, "{indexed}");
    // A file that is damaged is told, so that the checks above can fail.
    let mut bytes = fs_err::read(&files[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs_err::write(&files[0], bytes).unwrap();
    let output = Command::new(&warcio).args(["check", "-v"]).arg(&files[0]).output().unwrap();
    let told = !output.status.success() || String::from_utf8_lossy(&output.stdout).contains("fail");
    assert!(told, "{output:?}");
}

/// Records of a kind over all files that [`write`] makes.
fn records(kind: &str) -> usize {
    match kind {
        "response" => 3 * 3,
        "revisit" => 3 * 2,
        "request" => records("response") + records("revisit"),
        _ => 3,
    }
}

/// Three files, each with records of every kind.
fn write(root: &Path) {
    let at: DateTime<Utc> = Utc.with_ymd_and_hms(2024, 1, 2, 3, 4, 5).unwrap();
    for run in ["r1", "r2", "r3"] {
        let mut archive = ArchiveWriter::create(root, "qinglan", run, at).unwrap();
        let mut batch = archive.batch();
        write_all(&mut batch, at);
        batch.commit().unwrap();
    }
}

fn write_all(batch: &mut Batch, at: DateTime<Utc>) {
    let page = "<p>全年受理行政复议案件。</p>".repeat(4_000);
    let fields = [("Fazhi-Listed-Title".to_owned(), "青岚省二〇二三年度报告".to_owned())];
    let exchange = Exchange {
        url: "http://a.example/法治/1.html",
        fetched_at: at,
        request_head: b"GET /1.html HTTP/1.1\r\nHost: a.example\r\n\r\n",
        response_head: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
        body: page.as_bytes(),
        fields: &fields,
    };
    let original = batch.exchange(&exchange).unwrap();
    let of = RevisitOf { record_id: &original.record_id, url: exchange.url, date: at };
    batch.unchanged(&exchange, &of).unwrap();
    let not_modified = b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n";
    batch.unchanged(&Exchange { response_head: not_modified, body: b"", ..exchange }, &of).unwrap();
    let cut = [("WARC-Truncated".to_owned(), "length".to_owned())];
    batch.exchange(&Exchange { body: &page.as_bytes()[..1_000], fields: &cut, ..exchange }).unwrap();
    let coded = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n";
    batch.exchange(&Exchange { response_head: coded, body: GZIP, ..exchange }).unwrap();
    let attempt = Attempt { url: "http://b.example/", fetched_at: at, fields: &fields, text: "connection refused" };
    batch.attempt(&attempt).unwrap();
}

/// A body as a portal sends it: `ok`, coded with gzip.
const GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0xcf, 6, 0, 0x47, 0xdd, 0xdc, 0x79, 2, 0, 0, 0];

/// A `warcio` that runs, or why there is none.
fn warcio() -> Result<PathBuf, String> {
    if let Some(given) = std::env::var_os("FAZHI_WARCIO") {
        return Ok(given.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("warcio");
    let installed = folder.join("bin/warcio");
    let done = folder.join("installed");
    if !done.exists() {
        try_run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", VERSION];
        try_run(Command::new(folder.join("bin/python")).args(pip))?;
        fs_err::write(done, VERSION).unwrap();
    }
    Ok(installed)
}

fn try_run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

#[track_caller]
fn run(command: &mut Command) -> String {
    try_run(command).unwrap()
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn say_skipped(reason: &str) {
    eprintln!("skipped: no warcio here: {}", reason.lines().last().unwrap_or_default());
}
