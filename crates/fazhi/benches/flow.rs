//! The stages on the sample portal: pages/s of the crawl (loopback, no delay), documents/s of the parse stage, rows/s of the load.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;
use divan::Bencher;
use divan::counter::ItemsCount;
use fazhi_crawl::{Conduct, CrawlSite, Hosts, Pipeline, Reach, State, Sweep, crawl};
use fazhi_parse::Rules;
use fazhi_portal::{Portal, PortalOptions, Server, pipelines};
use fazhi_warehouse::DataFolder;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const REPORTS: usize = 48;
const FACT_TABLES: [&str; 6] = ["documents", "texts", "sections", "quantities", "indicators", "captures"];

fn main() {
    divan::main();
}

/// A running portal and the pipelines that read it.
struct Sample {
    runtime: Runtime,
    server: Server,
    pipelines: Vec<Pipeline>,
    rules: Arc<Rules>,
}

impl Sample {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let portal = Portal::generate(&PortalOptions { reports: REPORTS, ..PortalOptions::default() });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = runtime.block_on(Server::start(portal.clone(), address)).expect("loopback has a free port");
        let parse = |sample: fazhi_portal::SamplePipeline| {
            Pipeline::parse(&sample.name, &sample.toml).expect("samples are valid")
        };
        let pipelines = pipelines(&server.base_url(), &portal).into_iter().map(parse).collect();
        let rules = Arc::new(Rules::extended(&[]).expect("the built-in rules read"));
        Self { runtime, server, pipelines, rules }
    }

    fn crawl(&self, data: &DataFolder) {
        let state = State::open(&data.state()).expect("the folder can be written");
        let (archive_root, hosts) = (data.archive(), Hosts::new());
        let site = CrawlSite {
            archive_root: &archive_root,
            state: &state,
            run_id: "bench",
            hosts: &hosts,
            reach: Reach::PublicAndLoopback,
            sweep: Sweep::WhenDue,
            conduct: Conduct::default(),
        };
        for pipeline in &self.pipelines {
            self.runtime.block_on(crawl(pipeline, &site, &|_| ())).expect("the archive can be written");
        }
    }

    fn parse(&self, data: &DataFolder) {
        self.runtime.block_on(fazhi_warehouse::parse(data, &self.rules, &|_| ())).expect("the archive can be read");
    }

    fn load(&self, data: &DataFolder) {
        self.runtime.block_on(fazhi_warehouse::load(data, &self.rules, Utc::now())).expect("staging can be loaded");
    }

    fn count(&self, data: &DataFolder, tables: &[&str]) -> usize {
        self.runtime.block_on(async {
            let context = fazhi_warehouse::open(data).await.expect("tables open");
            let mut rows = 0;
            for table in tables {
                let frame = context.sql(&format!("SELECT count(*) FROM {table}")).await.expect("tables exist");
                let batches = frame.collect().await.expect("tables can be read");
                rows += usize::try_from(batches[0].column(0).as_primitive::<Int64Type>().value(0)).unwrap_or(0);
            }
            rows
        })
    }
}

fn empty() -> (TempDir, DataFolder) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let data = DataFolder::new(folder.path().to_owned());
    (folder, data)
}

/// A data folder with a copy of some folders of another.
fn copy_of(data: &DataFolder, folders: &[&str]) -> (TempDir, DataFolder) {
    let (folder, copy) = empty();
    for name in folders {
        copy_tree(&data.root().join(name), &copy.root().join(name));
    }
    (folder, copy)
}

fn copy_tree(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).expect("a temporary folder can be written");
    for entry in fs_err::read_dir(from).expect("the folder exists") {
        let entry = entry.expect("the folder can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

/// Items are responses stored: requests to loopback, a synced record each.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn crawl_pages(bencher: Bencher) {
    let sample = Sample::start();
    let (_folder, data) = empty();
    sample.crawl(&data);
    let pages = sample.server.requests().len();
    bencher.counter(ItemsCount::new(pages)).with_inputs(empty).bench_local_refs(|(_, data)| sample.crawl(data));
}

/// Items are documents, from archive to staged Parquet.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn parse_documents(bencher: Bencher) {
    let sample = Sample::start();
    let (_folder, data) = empty();
    sample.crawl(&data);
    let (_copy, loaded) = copy_of(&data, &["archive"]);
    sample.parse(&loaded);
    sample.load(&loaded);
    let documents = sample.count(&loaded, &["documents"]);
    bencher
        .counter(ItemsCount::new(documents))
        .with_inputs(|| copy_of(&data, &["archive"]))
        .bench_local_refs(|(_, data)| sample.parse(data));
}

/// Items are rows of the fact tables, from staged Parquet to Delta.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn load_rows(bencher: Bencher) {
    let sample = Sample::start();
    let (_folder, data) = empty();
    sample.crawl(&data);
    sample.parse(&data);
    let (_copy, loaded) = copy_of(&data, &["staging"]);
    sample.load(&loaded);
    let rows = sample.count(&loaded, &FACT_TABLES);
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| copy_of(&data, &["staging"]))
        .bench_local_refs(|(_, data)| sample.load(data));
}
