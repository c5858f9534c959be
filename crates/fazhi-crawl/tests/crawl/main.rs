//! Crawls of a small portal on loopback.

#![allow(clippy::unwrap_used)]

/// Lists that never end, or end too soon.
mod endless;
/// Every portal family of the sample, end to end.
mod families;
/// Every way to misbehave that the fault portal knows.
mod fault_portal;
/// Portals that misbehave, disks that fail.
mod faults;
/// Runs that were killed, archives and states that were lost.
mod interrupted;
/// What a portal that works gives, the first time and again.
mod runs;
/// Addresses and hosts that are not asked.
mod safety;
mod server;
/// Crawls after the first.
mod updates;

use std::path::Path;
use std::time::Duration;

use fazhi_archive::{Record, RecordReader};
use fazhi_crawl::{Conduct, CrawlError, CrawlReport, CrawlSite, Hosts, Pipeline, Reach, State, Sweep};
use fazhi_model::{CaptureNote, SourceIssue};
use server::Server;
use tempfile::TempDir;

/// A data folder.
struct Data {
    folder: TempDir,
}

impl Data {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn archive(&self) -> std::path::PathBuf {
        self.folder.path().join("archive")
    }

    fn state_path(&self) -> std::path::PathBuf {
        self.folder.path().join("state.sqlite")
    }

    /// One run, as another process would do it.
    async fn crawl(&self, pipeline: &Pipeline, run_id: &str) -> Result<CrawlReport, CrawlError> {
        let state = State::open(&self.state_path()).unwrap();
        let (archive_root, hosts) = (self.archive(), Hosts::new());
        let site = site(&archive_root, &state, run_id, &hosts);
        fazhi_crawl::crawl(pipeline, &site, &|_| {}).await
    }

    /// One run that reads every list to its end.
    async fn sweep(&self, pipeline: &Pipeline, run_id: &str) -> Result<CrawlReport, CrawlError> {
        let state = State::open(&self.state_path()).unwrap();
        let (archive_root, hosts) = (self.archive(), Hosts::new());
        let site = CrawlSite { sweep: Sweep::Now, ..site(&archive_root, &state, run_id, &hosts) };
        fazhi_crawl::crawl(pipeline, &site, &|_| {}).await
    }

    /// Every capture as `kind path outcome rule`, in the order of the archive.
    fn captures(&self) -> Vec<String> {
        let captures = self.records().into_iter().filter_map(|record| {
            let note = CaptureNote::from_fields(|name| record.field(name)).ok()?;
            let url = url::Url::parse(record.url.as_deref()?).unwrap();
            Some(format!("{:?} {} {} {}", record.kind, url.path(), note.outcome, note.rule))
        });
        captures.collect()
    }

    fn archived_issues(&self) -> Vec<SourceIssue> {
        self.records().iter().filter_map(|record| SourceIssue::from_fields(|name| record.field(name)).ok()).collect()
    }

    fn records(&self) -> Vec<Record> {
        records(&self.archive())
    }
}

/// A site on loopback that does not wait long.
fn site<'a>(archive_root: &'a Path, state: &'a State, run_id: &'a str, hosts: &'a Hosts) -> CrawlSite<'a> {
    let conduct = Conduct {
        backoff: Duration::from_millis(1),
        unstated_pause: Duration::from_millis(10),
        longest_pause: Duration::from_secs(3),
    };
    CrawlSite { archive_root, state, run_id, hosts, reach: Reach::PublicAndLoopback, sweep: Sweep::WhenDue, conduct }
}

fn records(root: &Path) -> Vec<Record> {
    let files = fazhi_archive::files(root).unwrap();
    files.iter().flat_map(|file| RecordReader::open(root, &file.file).unwrap()).map(Result::unwrap).collect()
}

/// A pipeline over a list at `/x/index.html`, with further lines for its tables.
fn pipeline(server: &Server, list: &str, politeness: &str) -> Pipeline {
    let base = &server.base;
    let text = format!(
        "name = \"test\"\n[site]\nstart = [\"{base}/x/index.html\"]\n[list]\n{list}\n[politeness]\ndelay-ms = 0\n{politeness}\n"
    );
    Pipeline::parse("test.toml", &text).unwrap()
}

/// A list with these articles (`content_10001.html` …) and a link to the next page.
fn list(articles: std::ops::Range<u32>, next: Option<&str>) -> String {
    let row = |n| format!("<li><a href=\"content_{n}.html\">某县第{n}号法治报告</a><span>2024-01-29</span></li>");
    let rows = articles.map(row).collect::<Vec<_>>().concat();
    let next = next.map(|next| format!("<a href=\"{next}\">下一页</a>")).unwrap_or_default();
    format!("<html><body><div class=\"main\"><ul>{rows}</ul></div>{next}</body></html>")
}

fn article(n: u32) -> String {
    format!("<html><body><h1>某县第{n}号法治报告</h1><p>{}</p></body></html>", "本年度各项工作按计划推进。".repeat(60))
}

/// A server with two list pages and five articles.
async fn portal() -> Server {
    let server = Server::start().await;
    server.page("/x/index.html", &list(10001..10004, Some("list_2.html")));
    server.page("/x/list_2.html", &list(10004..10006, None));
    for n in 10001..10006 {
        server.page(&format!("/x/content_{n}.html"), &article(n));
    }
    server
}

/// The chain of causes as a user sees it.
fn message(error: &dyn std::error::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        parts.push(cause.to_string());
        source = cause.source();
    }
    parts.join(": ")
}
