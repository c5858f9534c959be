use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use fazhi_archive::{Location, Record, RecordKind, RecordReader, files, read_at};
use fazhi_model::{CaptureNote, Outcome, Purpose};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::harness::{Bench, Folders, stderr};

const ARTICLES: usize = 2_000;
const LIST_PAGES: usize = 20;
/// Articles under way at a time; lists and rules are asked for one by one.
const IN_FLIGHT: usize = 4;
const NAME: &str = "many";

/// When a crawl is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// When the checkpoint of this name comes for this time.
    Point(&'static str, u32),
    /// When this part of the time has passed that an undisturbed crawl takes.
    Part(f64),
}

/// Twenty moments of one crawl: the first ones while lists are read, the last one when all is done. `round` varies them.
fn moments(round: u32) -> Vec<Moment> {
    use Moment::{Part, Point};
    let lists = [
        Point("next-request", 1 + round),
        Point("entries-added", 1),
        Point("record-written", 2 + round),
        Point("entries-added", 6 + 4 * round),
        Point("state-committed", 3 + round),
        Point("lists-read", 1),
    ];
    let articles = [
        Point("answer-received", 1 + round),
        Point("record-composed", 20 + 7 * round),
        Point("record-written", 1 + 5 * round),
        Point("tail-recovered", 1),
        Point("state-committed", 1 + 11 * round),
        Point("next-request", 37 + 50 * round),
        Point("answer-received", 90 - 20 * round),
        Point("record-written", 45),
    ];
    // The golden section spreads any number of points evenly over a stretch.
    let random = (1..=5).map(|n| Part(0.02 + 0.2 * (f64::from(5 * round + n) * 0.618_034).fract()));
    lists.into_iter().chain(articles).chain(random).chain([Point("cycle-ended", 1)]).collect()
}

#[test]
fn a_killed_crawl_loses_nothing_and_repeats_only_what_was_in_flight() {
    let bench = Bench::start(ARTICLES);
    let began = Instant::now();
    let mut undisturbed = Crawl::begin(&bench);
    assert_eq!(undisturbed.run(None), Ended::Finished);
    let whole = began.elapsed();
    undisturbed.check();

    let mut kills = 0;
    let mut crawl = Crawl::begin(&bench);
    for moment in (0..3).flat_map(moments) {
        while crawl.run(Some((moment, whole))) == Ended::Finished {
            assert!(crawl.kills > 0, "{moment:?} did not come in a whole crawl");
            std::mem::replace(&mut crawl, Crawl::begin(&bench)).check();
        }
        kills += 1;
        if crawl.is_over() {
            std::mem::replace(&mut crawl, Crawl::begin(&bench)).check();
        }
    }
    assert_eq!(kills, 60);
    assert_eq!(crawl.run(None), Ended::Finished);
    crawl.check();
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Finished,
    Killed,
}

/// One crawl, in as many runs as it takes.
struct Crawl<'a> {
    bench: &'a Bench,
    folders: Folders,
    kills: usize,
    /// Addresses that were asked for, and how many requests were further ones to them.
    asked: BTreeSet<String>,
    repeated: usize,
    /// Addresses whose response is in the archive, and the files in which that has been looked up.
    recorded: HashSet<String>,
    read: HashSet<String>,
}

impl<'a> Crawl<'a> {
    fn begin(bench: &'a Bench) -> Self {
        let (folders, base) = (Folders::new(), bench.base_url());
        let toml = format!(
            "name = \"{NAME}\"\nverified = \"2026-11-01\"\n[site]\nstart = [\"{base}/list/index.html\"]\n\
             [list]\nmax-pages = 100\n[politeness]\ndelay-ms = 0\nconcurrency = {IN_FLIGHT}\n"
        );
        folders.pipeline(NAME, &toml);
        let (asked, recorded, read) = (BTreeSet::new(), HashSet::new(), HashSet::new());
        Self { bench, folders, kills: 0, asked, repeated: 0, recorded, read }
    }

    /// Goes on with the crawl, until the moment comes or to its end.
    fn run(&mut self, until: Option<(Moment, Duration)>) -> Ended {
        let output = self.process(until);
        let ended = match (output.status.signal(), output.status.code()) {
            (Some(9), _) => Ended::Killed,
            (_, Some(0)) => Ended::Finished,
            _ => panic!("{until:?}: ended with {:?}: {}", output.status, stderr(&output)),
        };
        self.kills += usize::from(ended == Ended::Killed);
        self.note_requests(until);
        self.note_records();
        ended
    }

    fn process(&self, until: Option<(Moment, Duration)>) -> Output {
        let mut command = self.folders.fazhi();
        command.args(["crawl", "--allow-loopback"]).stdout(Stdio::null()).stderr(Stdio::piped());
        match until {
            None => command.output().unwrap(),
            Some((Moment::Point(point, n), _)) => {
                command.env("FAZHI_CRASH_AT", format!("{point}:{n}")).output().unwrap()
            }
            Some((Moment::Part(part), whole)) => {
                let mut child = command.spawn().unwrap();
                std::thread::sleep(whole.mul_f64(part));
                child.kill().unwrap();
                child.wait_with_output().unwrap()
            }
        }
    }

    /// What was in the archive when the run began was not asked for, and of all else only what was in flight when the
    /// run before it died was asked for again. A request that the portal reads when its sender is dead counts to
    /// the next run, but its answer cannot have been recorded.
    fn note_requests(&mut self, until: Option<(Moment, Duration)>) {
        let mut again = Vec::new();
        for path in self.bench.take_log() {
            assert!(!self.recorded.contains(&path), "{until:?}: {path} had been recorded");
            if !self.asked.insert(path.clone()) {
                again.push(path);
            }
        }
        assert!(again.len() <= IN_FLIGHT, "{until:?}: asked again for {again:?}");
        self.repeated += again.len();
    }

    /// A file that is there when a run has ended is not written to again, but for a cut.
    fn note_records(&mut self) {
        let (root, base) = (self.folders.data().join("archive"), self.bench.base_url());
        for file in files(&root).unwrap() {
            if !self.read.insert(file.file.clone()) {
                continue;
            }
            // What does not read at its end is for the next run to cut; the check at the end of the crawl finds it.
            for record in RecordReader::open(&root, &file.file).unwrap().flatten() {
                if record.kind == RecordKind::Response {
                    let url = record.url.unwrap();
                    self.recorded.insert(url.strip_prefix(&base).unwrap().to_owned());
                }
            }
        }
    }

    /// Whether the crawl is complete, so that the next run would begin a new one.
    fn is_over(&self) -> bool {
        let state = self.folders.data().join("state.sqlite");
        if !state.exists() {
            return false;
        }
        // Looked at in a copy: whoever opens the file tidies up after the dead.
        let copy = tempfile::tempdir().unwrap();
        for name in ["state.sqlite", "state.sqlite-wal"] {
            let from = self.folders.data().join(name);
            if from.exists() {
                fs_err::copy(from, copy.path().join(name)).unwrap();
            }
        }
        let database = Connection::open(copy.path().join("state.sqlite")).unwrap();
        let sql = "SELECT count(*) FROM cycles WHERE ended_at IS NOT NULL";
        // Killed early enough, there are no tables yet.
        database.query_row(sql, [], |row| row.get(0)).is_ok_and(|ended: i64| ended > 0)
    }

    /// The crawl has ended: everything was asked for, stored once, and is where the state says.
    fn check(self) {
        let lists = (2..=LIST_PAGES).map(|n| format!("/list/list_{n}.html"));
        let articles = (1..=ARTICLES).map(|n| format!("/a/content_{}.html", 1_000_000 + n));
        let others = ["/robots.txt", "/list/index.html"].map(str::to_owned);
        let expected: BTreeSet<String> = articles.chain(lists).chain(others).collect();
        assert!(self.asked == expected, "asked for {} addresses of {}", self.asked.len(), expected.len());
        assert!(self.repeated <= self.kills * IN_FLIGHT, "{} repeats, {} kills", self.repeated, self.kills);
        let archived = self.archived();
        let urls: BTreeSet<String> = expected.iter().map(|path| format!("{}{path}", self.bench.base_url())).collect();
        assert!(archived.keys().cloned().collect::<BTreeSet<_>>() == urls, "{} addresses archived", archived.len());
        self.check_state(&archived);
    }

    /// The one response of each address, every record of every file having been read.
    fn archived(&self) -> BTreeMap<String, Archived> {
        let root = self.folders.data().join("archive");
        let mut archived = BTreeMap::new();
        for file in files(&root).unwrap() {
            for record in RecordReader::open(&root, &file.file).unwrap() {
                let record = record.unwrap();
                match record.kind {
                    RecordKind::Info | RecordKind::Request => {}
                    RecordKind::Response => {
                        let url = record.url.clone().unwrap();
                        assert!(archived.insert(url, Archived::of(&record)).is_none(), "{:?} twice", record.url);
                    }
                    kind => panic!("{kind:?} of {:?}", record.url),
                }
            }
        }
        archived
    }

    fn check_state(&self, archived: &BTreeMap<String, Archived>) {
        let root = self.folders.data().join("archive");
        let database = Connection::open(self.folders.data().join("state.sqlite")).unwrap();
        let sql = "SELECT url, record_id, digest, warc_file, warc_offset, warc_length, outcome FROM urls";
        let mut statement = database.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut known = 0;
        while let Some(row) = rows.next().unwrap() {
            known += 1;
            let (url, outcome): (String, String) = (row.get(0).unwrap(), row.get(6).unwrap());
            let number = |index| row.get::<_, i64>(index).unwrap().unsigned_abs();
            let location = Location { file: row.get(3).unwrap(), offset: number(4), length: number(5) };
            let stated = Archived { id: row.get(1).unwrap(), digest: row.get(2).unwrap(), location };
            assert_eq!(outcome, "new", "{url}");
            assert_eq!(archived.get(&url), Some(&stated), "{url}");
            assert_eq!(read_at(&root, &stated.location).unwrap().id, stated.id, "{url}");
        }
        assert_eq!(known, archived.len());
        let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM cycles"), 1);
        assert_eq!(count("SELECT count(*) FROM cycles WHERE ended_at IS NOT NULL AND gaps = 0"), 1);
        assert_eq!(count("SELECT count(*) FROM frontier"), 0);
        for file in files(&root).unwrap() {
            let sql = "SELECT committed_length FROM archive_files WHERE file = ?1";
            let committed: i64 = database.query_row(sql, [&file.file], |row| row.get(0)).unwrap_or(0);
            assert_eq!(committed.unsigned_abs(), file.length, "{}", file.file);
        }
    }
}

/// What the archive holds of an address.
#[derive(Debug, PartialEq, Eq)]
struct Archived {
    id: String,
    location: Location,
    /// SHA-256 of the body without its content coding.
    digest: String,
}

impl Archived {
    #[track_caller]
    fn of(record: &Record) -> Self {
        let note = CaptureNote::from_fields(|name| record.field(name)).unwrap();
        assert_eq!(note.outcome, Outcome::New, "{:?}", record.url);
        let purpose = match record.url.as_deref() {
            Some(url) if url.contains("/a/") => Purpose::Page,
            Some(url) if url.contains("/list/") => Purpose::List,
            _ => Purpose::Robots,
        };
        assert_eq!(note.purpose, purpose, "{:?}", record.url);
        let http = record.http().unwrap();
        let body = fazhi_page::inflate(&http.body, http.header("content-encoding"), 1 << 20).unwrap();
        let digest = format!("{:x}", Sha256::digest(&body));
        Self { id: record.id.clone(), location: record.location.clone(), digest }
    }
}
