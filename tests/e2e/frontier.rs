use std::collections::HashSet;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use crate::harness::{Bench, Folders, assert_ended};

const ARTICLES: usize = 100_000;
const SITEMAPS: usize = 10;
const BUDGET: usize = 500;
/// 150 MB, in the units of `/proc`.
const MOST_KIB: u64 = 150_000_000 / 1024;

#[test]
fn a_large_frontier_is_read_once_and_needs_little_memory() {
    let bench = Bench::start(ARTICLES);
    let folders = Folders::new();
    folders.pipeline("many", &pipeline(&bench.base_url()));
    let peak = crawl(&bench, &folders, 2 + SITEMAPS + BUDGET);
    let mut log = bench.take_log();
    let articles: HashSet<String> = log.extract_if(.., |path| path.starts_with("/a/")).collect();
    assert_eq!((articles.len(), log.len()), (BUDGET, 2 + SITEMAPS), "{log:?}");
    assert_within(peak);

    let peak = crawl(&bench, &folders, BUDGET);
    let log = bench.take_log();
    assert!(log.iter().all(|path| path.starts_with("/a/") && !articles.contains(path)), "{log:?}");
    assert_eq!(log.into_iter().collect::<HashSet<_>>().len(), BUDGET);
    assert_within(peak);
}

fn pipeline(base: &str) -> String {
    format!(
        "name = \"many\"\nverified = \"2026-11-01\"\n[site]\nstart = [\"{base}/sitemap.xml\"]\nfamily = \"sitemap\"\n\
         [politeness]\ndelay-ms = 0\nconcurrency = 4\n[budget]\nmax-articles = {BUDGET}\n"
    )
}

/// The most memory that the process had up to the last of these requests, in KiB, where the system tells. What it does
/// afterwards, a row in the table of runs, brings in the code of another engine and nothing of the frontier.
fn crawl(bench: &Bench, folders: &Folders, requests: usize) -> Option<u64> {
    let before = bench.requests();
    let mut command = folders.fazhi();
    let mut child =
        command.args(["crawl", "--allow-loopback"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        // The figure only grows, so the last look before the last request is enough.
        let now = peak_of(&child);
        if bench.requests() - before < requests as u64 {
            peak = now;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output: Output = child.wait_with_output().unwrap();
    assert_ended(&output, &[0]);
    peak
}

fn peak_of(child: &Child) -> Option<u64> {
    let status = fs_err::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[track_caller]
fn assert_within(peak: Option<u64>) {
    match peak {
        Some(peak) => assert!(peak <= MOST_KIB, "{peak} KiB"),
        None => eprintln!("skipped: there is no `/proc` to read the peak of a process from"),
    }
}
