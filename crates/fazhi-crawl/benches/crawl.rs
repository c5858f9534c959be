//! How fast a host is crawled that has no limits: pages/s, CPU seconds and peak memory, beside Scrapy and beside a loop of
//! bare requests that stores nothing. Then a frontier of a million addresses, of which as many are fetched.
//!
//! Every crawler runs in a process of its own against the same server, which has one too, so that their CPU time and
//! memory are told apart. Run with `make bench`; `FAZHI_BENCH_PAGES` (5000) and `FAZHI_BENCH_FRONTIER` (1000000; 0 leaves
//! it out) set the sizes, `FAZHI_BENCH_PYTHON` the Python that has Scrapy.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and may stop where it cannot go on")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use fazhi_crawl::{Conduct, CrawlSite, Hosts, Pipeline, Progress, Reach, State, Sweep, crawl};
use fazhi_portal::BenchServer;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

const CONCURRENCY: usize = 32;
const SPIDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scrapy_spider.py");

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", pages] => serve(pages.parse().unwrap()),
        ["bare", url, pages] => bare(url, pages.parse().unwrap()),
        ["fazhi", url, start, articles] => fazhi(url, start, articles.parse().unwrap()),
        _ => compare(),
    }
}

fn size(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn compare() {
    let (pages, frontier) = (size("FAZHI_BENCH_PAGES", 5000), size("FAZHI_BENCH_FRONTIER", 1_000_000));
    println!("{pages} pages of 40 to 60 KB, {CONCURRENCY} requests at a time, no delay");
    println!("{:<28}{:>10}{:>22}{:>14}", "", "pages/s", "CPU s per 1000 pages", "peak RSS MB");
    let server = Server::start(pages);
    // In turns, so that a noisy moment does not fall on one of them alone.
    let mut rounds = Vec::new();
    for _ in 0..3 {
        let bare = measured(&["bare", &server.url, &pages.to_string()]);
        let fazhi = measured(&["fazhi", &server.url, "list/index.html", &pages.to_string()]);
        rounds.push((bare, fazhi));
    }
    let best =
        |of: fn(&(Value, Value)) -> &Value| rounds.iter().map(of).max_by(|a, b| rate(a).total_cmp(&rate(b))).unwrap();
    let (bare, fazhi) = (best(|round| &round.0), best(|round| &round.1));
    let scrapy = scrapy(&server.url);
    row("bare reqwest, stores nothing", bare);
    row("fazhi, WARC and state", fazhi);
    match &scrapy {
        Ok(scrapy) => row("scrapy, stores nothing", scrapy),
        Err(reason) => println!("{:<28}  skipped: {reason}", "scrapy"),
    }
    println!("fazhi to bare reqwest: {:.2}", rate(fazhi) / rate(bare));
    if let Ok(scrapy) = &scrapy {
        println!("fazhi to scrapy: {:.2}", rate(fazhi) / rate(scrapy));
    }
    drop(server);
    if frontier > 0 {
        let server = Server::start(frontier);
        let large = measured(&["fazhi", &server.url, "sitemap.xml", &pages.to_string()]);
        row(&format!("fazhi, frontier of {frontier}"), &large);
        println!(
            "listing took {:.1} s; a page takes {:.2} of what it takes above",
            number(&large, "listing_seconds"),
            rate(fazhi) / rate(&large)
        );
    }
}

fn number(result: &Value, key: &str) -> f64 {
    result[key].as_f64().unwrap_or(f64::NAN)
}

fn rate(result: &Value) -> f64 {
    number(result, "pages") / number(result, "seconds")
}

fn row(name: &str, result: &Value) {
    let cpu = number(result, "cpu_seconds") / number(result, "pages") * 1000.0;
    println!("{name:<28}{:>10.0}{cpu:>22.2}{:>14.0}", rate(result), number(result, "peak_rss_kb") / 1024.0);
}

/// The server's process.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(pages: usize) -> Self {
        let mut child = this().args(["serve", &pages.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).unwrap();
    }
}

fn this() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn measured(arguments: &[&str]) -> Value {
    let output = this().args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn scrapy(url: &str) -> Result<Value, String> {
    let python = std::env::var("FAZHI_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import scrapy"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        return Err(format!("`{python}` has no scrapy"));
    }
    let output = Command::new(&python).args([SPIDER, url]).output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

fn serve(pages: usize) {
    runtime().block_on(async {
        let server = BenchServer::start(pages, 0).await.unwrap();
        println!("{}", server.base_url());
        std::future::pending::<()>().await;
    });
}

/// Asks for every article and drops what comes.
fn bare(url: &str, pages: usize) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let started = Moment::now();
    let bytes: usize = runtime().block_on(
        stream::iter(1_000_001..=1_000_000 + pages)
            .map(|number| client.get(format!("{url}/a/content_{number}.html")).send())
            .buffer_unordered(CONCURRENCY)
            .fold(0, async |sum, response| sum + response.unwrap().bytes().await.unwrap().len()),
    );
    report(pages, started, &json!({ "bytes": bytes }));
}

/// One crawl, as the command does it.
fn fazhi(url: &str, start: &str, articles: usize) {
    let text = format!(
        "name = \"bench\"\n[site]\nstart = [\"{url}/{start}\"]\n[list]\nmax-pages = 100000\n\
         [politeness]\ndelay-ms = 0\nconcurrency = {CONCURRENCY}\n[budget]\nmax-articles = {articles}\n"
    );
    let pipeline = Pipeline::parse("bench.toml", &text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(&folder.path().join("state.sqlite")).unwrap();
    let (archive, hosts) = (folder.path().join("archive"), Hosts::new());
    let site = CrawlSite {
        archive_root: &archive,
        state: &state,
        run_id: "bench",
        hosts: &hosts,
        reach: Reach::PublicAndLoopback,
        sweep: Sweep::WhenDue,
        conduct: Conduct::default(),
    };
    let started = Moment::now();
    let selected = Mutex::new(started);
    let note = |event| {
        if let Progress::Selected { .. } = event {
            *selected.lock().unwrap() = Moment::now();
        }
    };
    let done = runtime().block_on(crawl(&pipeline, &site, &note)).unwrap();
    assert_eq!((done.new_pages(), done.missing_pages()), (articles, 0));
    let selected = selected.into_inner().unwrap();
    // A list of all pages is part of the crawl; a frontier that is a hundred times as long is told apart.
    let from = if done.left > 0 { selected } else { started };
    report(articles, from, &json!({ "listing_seconds": (selected.at - started.at).as_secs_f64() }));
}

/// A moment by the clock and by the CPU time of this process.
#[derive(Clone, Copy)]
struct Moment {
    at: Instant,
    cpu: Option<f64>,
}

impl Moment {
    fn now() -> Self {
        Self { at: Instant::now(), cpu: cpu_seconds() }
    }
}

fn report(pages: usize, from: Moment, more: &Value) {
    let (seconds, cpu) = (from.at.elapsed().as_secs_f64(), cpu_seconds().zip(from.cpu).map(|(now, then)| now - then));
    let mut result = json!({ "pages": pages, "seconds": seconds, "cpu_seconds": cpu, "peak_rss_kb": peak_rss_kb() });
    result.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    println!("{result}");
}

/// User and system time of this process; nothing where there is no `/proc`.
fn cpu_seconds() -> Option<f64> {
    let text = fs_err::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    // The unit is fixed at a hundredth of a second for programs (proc(5)).
    Some(ticks / 100.0)
}

fn peak_rss_kb() -> Option<u64> {
    let text = fs_err::read_to_string("/proc/self/status").ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}
