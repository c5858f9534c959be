//! WARC files of other tools: wget, warcio, Heritrix, browsers' recorders, and our own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use fazhi_archive::{ArchiveError, Location, Record, RecordKind, RecordReader, payload_digest, read_at};

use super::capture::{Capture, Content, key};
use super::damage;
use super::store::Store;
use crate::outcome::Failure;

const PATH: &str = "check the path; files are read from this machine only";

/// A WARC file that is there.
#[derive(Debug)]
pub(super) struct WarcFile {
    folder: PathBuf,
    name: String,
}

impl WarcFile {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        fs_err::File::open(path).map_err(|error| Failure::hinted(error.into(), PATH))?;
        let path = fs_err::canonicalize(path)?;
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let name = name.ok_or_else(|| anyhow!("the name of `{}` is not UTF-8", path.display()))?;
        Ok(Self { folder: path.parent().unwrap_or(Path::new("/")).to_owned(), name })
    }

    fn path(&self) -> String {
        self.folder.join(&self.name).display().to_string()
    }
}

/// Where the records lie that others refer to, over all files of an import.
#[derive(Debug, Default)]
struct Index {
    /// Requests by the identities of the answers they belong to, and by their own.
    requests: HashMap<String, Place>,
    /// Answers by identity, by address and date, by address and digest.
    answers: HashMap<String, Place>,
    /// Revisits in their order.
    revisits: Vec<Place>,
}

/// A record of one of the files.
#[derive(Debug, Clone)]
struct Place {
    file: usize,
    location: Location,
}

/// Imports the answers of all files, then what repeats them. Records that do not read are told and left out.
pub(super) fn import(files: &[WarcFile], store: &mut Store, on_file: &dyn Fn()) -> Result<(), Failure> {
    let index = Index::of(files)?;
    for file in files {
        for record in RecordReader::open(&file.folder, &file.name)? {
            match record {
                Ok(record) if record.kind == RecordKind::Revisit => {}
                Ok(record) => take(file, files, &record, &index, store)?,
                Err(error @ ArchiveError::Read { .. }) => return Err(error.into()),
                Err(error) => damage(store, "import_damaged", "", format!("{}: {error}", file.path()))?,
            }
        }
        on_file();
    }
    for place in &index.revisits {
        take(&files[place.file], files, &place.read(files)?, &index, store)?;
    }
    Ok(())
}

impl Index {
    /// Walks through the files once; what does not read is told when they are imported.
    fn of(files: &[WarcFile]) -> Result<Self, Failure> {
        let mut index = Self::default();
        for (file, source) in files.iter().enumerate() {
            for record in RecordReader::open(&source.folder, &source.name)? {
                match record {
                    Ok(record) => index.note(file, &record),
                    Err(error @ ArchiveError::Read { .. }) => return Err(error.into()),
                    Err(_) => {}
                }
            }
        }
        Ok(index)
    }

    fn note(&mut self, file: usize, record: &Record) {
        let place = Place { file, location: record.location.clone() };
        match record.kind {
            RecordKind::Request => {
                let answer = record.field("WARC-Concurrent-To").map(str::to_owned);
                for id in answer.into_iter().chain([record.id.clone()]) {
                    self.requests.entry(id).or_insert_with(|| place.clone());
                }
            }
            RecordKind::Revisit => self.revisits.push(place),
            RecordKind::Response | RecordKind::Resource if is_answer(record) => {
                let url = record.url.as_deref().unwrap_or_default();
                let digest = record.http().map(|http| payload_digest(&http.body));
                let names =
                    [Some(record.id.clone()), Some(by_date(url, record.date)), digest.map(|d| by_digest(url, &d))];
                for name in names.into_iter().flatten() {
                    self.answers.entry(name).or_insert_with(|| place.clone());
                }
            }
            _ => {}
        }
    }

    /// The head of the request that an answer belongs to.
    fn request_head(&self, files: &[WarcFile], answer: &Record) -> Vec<u8> {
        let named = answer.field("WARC-Concurrent-To").and_then(|id| self.requests.get(id));
        let place = named.or_else(|| self.requests.get(&answer.id));
        let record = place.and_then(|place| place.read(files).ok());
        record.map(|record| record.block).filter(|block| block.len() <= 64 << 10).unwrap_or_default()
    }

    /// The answer that a revisit repeats: by identity, by address and date, by address and digest.
    fn original(&self, revisit: &Record) -> Option<&Place> {
        let original = revisit.original()?;
        let url = original.url.unwrap_or_default();
        let by_id = original.record_id.and_then(|id| self.answers.get(id));
        let by_date = || self.answers.get(&by_date(url, original.date?));
        by_id.or_else(by_date).or_else(|| self.answers.get(&by_digest(url, original.payload_digest?)))
    }
}

impl Place {
    fn read(&self, files: &[WarcFile]) -> Result<Record, ArchiveError> {
        read_at(&files[self.file].folder, &self.location)
    }
}

fn by_date(url: &str, date: DateTime<Utc>) -> String {
    format!("{url} {}", date.timestamp())
}

fn by_digest(url: &str, digest: &str) -> String {
    format!("{url} {}", digest.to_ascii_lowercase())
}

fn take(file: &WarcFile, files: &[WarcFile], record: &Record, index: &Index, store: &mut Store) -> Result<(), Failure> {
    let url = record.url.clone().filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let (Some(url), true) = (url, is_answer(record)) else {
        store.counts.other += u64::from(!matches!(record.kind, RecordKind::Info | RecordKind::Request));
        return Ok(());
    };
    let request_head = index.request_head(files, record);
    let at = || format!("{}: record at byte {}", file.path(), record.location.offset);
    let capture = match record.kind {
        RecordKind::Revisit => match repeated(files, record, &url, index) {
            Ok(capture) => capture,
            Err(why) => return damage(store, "import_unresolved", &url, format!("{}: {why}", at())),
        },
        RecordKind::Resource => resource(record, &url),
        _ => match answer(record, &url) {
            Some(capture) => capture,
            None => return damage(store, "import_damaged", &url, format!("{}: it holds no HTTP answer", at())),
        },
    };
    store.add(Capture { request_head, ..capture })
}

fn is_answer(record: &Record) -> bool {
    let is_page = || record.field("Content-Type").is_some_and(|kind| kind.starts_with("text/html"));
    match record.kind {
        RecordKind::Response | RecordKind::Revisit => true,
        RecordKind::Resource => is_page(),
        _ => false,
    }
}

fn answer(record: &Record, url: &str) -> Option<Capture> {
    let http = record.http()?;
    Some(Capture {
        url: url.to_owned(),
        fetched_at: record.date,
        request_head: Vec::new(),
        response_head: http.head.to_vec(),
        body: http.body.into_owned(),
        truncated: record.truncated().map(str::to_owned),
        content: Content::Own,
    })
}

/// A page that was kept without the head of its answer.
fn resource(record: &Record, url: &str) -> Capture {
    let kind = record.field("Content-Type").unwrap_or("text/html");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", record.block.len());
    Capture {
        url: url.to_owned(),
        fetched_at: record.date,
        request_head: Vec::new(),
        response_head: head.into_bytes(),
        body: record.block.clone(),
        truncated: record.truncated().map(str::to_owned),
        content: Content::Own,
    }
}

/// A revisit with the body it repeats. Of another address it is an answer of its own, as the page was never seen there.
fn repeated(files: &[WarcFile], revisit: &Record, url: &str, index: &Index) -> Result<Capture, String> {
    let missing = || "what it repeats is not in the files that are imported".to_owned();
    let original = index.original(revisit).ok_or_else(missing)?.read(files).map_err(|error| error.to_string())?;
    let body = match original.kind {
        RecordKind::Resource => original.block.clone(),
        _ => original.http().ok_or("what it repeats is no HTTP answer")?.body.into_owned(),
    };
    let original_head = original.http().map(|http| http.head.to_vec());
    let original_key = key(original.url.as_deref().unwrap_or_default(), original.date, &payload_digest(&body));
    let same_url = original.url.as_deref() == Some(url);
    let (status, head) = match revisit.http() {
        Some(http) => (http.status, http.head.to_vec()),
        None => (200, original_head.clone().ok_or("neither it nor what it repeats has a head")?),
    };
    let content =
        if same_url { Content::Repeats { original: original_key, date: original.date } } else { Content::Own };
    let (head, body) = match (status, same_url) {
        // Not modified: there is no body, and the head says so.
        (304, true) => (head, Vec::new()),
        (304, false) => (original_head.ok_or("what it repeats has no head")?, body),
        _ => (head, body),
    };
    Ok(Capture {
        url: url.to_owned(),
        fetched_at: revisit.date,
        request_head: Vec::new(),
        response_head: head,
        body,
        truncated: None,
        content,
    })
}
