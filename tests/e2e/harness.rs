//! A sample portal, a data folder and the binary.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fazhi_portal::{BenchServer, Portal, PortalOptions, RequestLog, Server, Truth};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A row of a query.
pub type Row = Map<String, Value>;

/// A running portal with the pipelines that read it, and an empty data folder.
pub struct Sample {
    runtime: Runtime,
    server: Option<Server>,
    pub base_url: String,
    pub truth: Truth,
    folders: Folders,
}

/// A folder of pipelines and an empty data folder.
pub struct Folders(TempDir);

impl Folders {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("pipelines")).unwrap();
        Self(folder)
    }

    fn pipelines(&self) -> PathBuf {
        self.0.path().join("pipelines")
    }

    /// Adds a pipeline file.
    pub fn pipeline(&self, name: &str, toml: &str) {
        fs_err::write(self.pipelines().join(format!("{name}.toml")), toml).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// The binary, with these folders, started from elsewhere.
    pub fn fazhi(&self) -> Command {
        let mut command = fazhi();
        command.env("FAZHI_DATA", self.data()).env("FAZHI_PIPELINES", self.pipelines());
        command
    }
}

/// A running portal of many articles that logs its requests.
pub struct Bench {
    server: BenchServer,
    _runtime: Runtime,
}

impl Bench {
    pub fn start(articles: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(BenchServer::start_with_log(articles, 0)).unwrap();
        Self { server, _runtime: runtime }
    }

    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// How many requests have come.
    pub fn requests(&self) -> u64 {
        self.server.requests()
    }

    /// The paths of the requests since the last call.
    pub fn take_log(&self) -> Vec<String> {
        self.server.take_log()
    }
}

impl Sample {
    /// The generated province.
    pub fn generate(reports: usize) -> Self {
        Self::of(&PortalOptions { reports, ..PortalOptions::default() })
    }

    /// The province as these options have it.
    pub fn of(options: &PortalOptions) -> Self {
        let portal = Portal::generate(options);
        let sample = Self::serve(portal.clone());
        let pipelines = fazhi_portal::pipelines(&sample.base_url, &portal);
        assert!(!pipelines.is_empty());
        for pipeline in pipelines {
            sample.pipeline(&pipeline.name, &pipeline.toml);
        }
        Self { truth: portal.truth(&sample.base_url), ..sample }
    }

    /// A folder of static files, without pipelines.
    pub fn folder(pages: &Path) -> Self {
        Self::serve(Portal::serve_folder(pages).expect("the folder can be read"))
    }

    fn serve(portal: Portal) -> Self {
        let runtime = Runtime::new().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = runtime.block_on(Server::start(portal, address)).unwrap();
        let base_url = server.base_url();
        Self { runtime, base_url, server: Some(server), truth: Truth::default(), folders: Folders::new() }
    }

    /// Adds a pipeline file.
    pub fn pipeline(&self, name: &str, toml: &str) {
        self.folders.pipeline(name, toml);
    }

    /// Adds a pipeline with one start page and no title rule.
    pub fn plain_pipeline(&self, name: &str, start: &str) {
        let start = format!("{}/{start}", self.base_url);
        let toml = format!(
            "name = \"{name}\"\nverified = \"2026-11-01\"\n[site]\nstart = [\"{start}\"]\n[politeness]\ndelay-ms = 0\n"
        );
        self.pipeline(name, &toml);
    }

    pub fn data(&self) -> PathBuf {
        self.folders.data()
    }

    /// The binary, with this sample's folders, started from elsewhere.
    pub fn fazhi(&self) -> Command {
        self.folders.fazhi()
    }

    /// A command that must end with one of these exit codes.
    #[track_caller]
    pub fn expect(&self, codes: &[i32], arguments: &[&str]) -> Output {
        let mut command = self.fazhi();
        command.args(arguments);
        // The sample portal is on this machine.
        if matches!(arguments, ["run" | "crawl", ..]) {
            command.arg("--allow-loopback");
        }
        let output = command.output().unwrap();
        assert_ended(&output, codes);
        output
    }

    /// `fazhi run` that does its work; the sample has decoys that leave issues.
    #[track_caller]
    pub fn run(&self) -> Output {
        self.expect(&[0, 1], &["run"])
    }

    /// The rows of a query.
    #[track_caller]
    pub fn query(&self, sql: &str) -> Vec<Row> {
        let output = self.expect(&[0], &["query", "--format", "json", sql]);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The one value of a query.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        let rows = self.query(sql);
        rows[0].values().next().and_then(Value::as_i64).unwrap()
    }

    pub fn requests(&self) -> Vec<RequestLog> {
        self.server.as_ref().map(Server::requests).unwrap_or_default()
    }

    pub fn clear_requests(&self) {
        self.server.as_ref().expect("the portal is up").clear_requests();
    }

    /// Takes the portal down; its address then refuses connections.
    pub fn stop_portal(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

/// The binary in a clean environment, started from a folder that has nothing to do with it.
pub fn fazhi() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fazhi"));
    command.current_dir(std::env::temp_dir());
    for name in ["FAZHI_DATA", "FAZHI_CONFIG", "FAZHI_PIPELINES", "FAZHI_CATALOGUE", "FAZHI_CRASH_AT", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

#[track_caller]
pub fn assert_ended(output: &Output, codes: &[i32]) {
    let code = output.status.code();
    assert!(code.is_some_and(|code| codes.contains(&code)), "ended with {:?}: {}", output.status, stderr(output));
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Shared material beside the checkout, where there is some.
pub fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !shared.exists() {
        eprintln!("skipped: there is no `{}`", shared.display());
        return None;
    }
    Some(shared)
}

pub fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).and_then(Value::as_str)
}
