use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fazhi_portal::{Portal, PortalOptions, Server as PortalServer};
use fazhi_serve::Limits;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::{Failed, fetch, flight, http, postgres};
use crate::server::{Server, fazhi};
use crate::size;

/// Processes of each protocol, and connections of each process: 200 in all.
const PROCESSES: [(&str, usize); 3] = [("postgres", 10), ("flight", 4), ("http", 6)];
const CONNECTIONS: usize = 10;
/// Reports in the tables before, and those that each round adds beside.
const REPORTS: usize = 1_200;
const REPORTS_BESIDE: usize = 120;
/// What the process holds beside the memory of queries: tables' logs, plans, connections, results on their way. MB.
const BESIDE_QUERIES: u64 = 1_024;

/// What dashboards and people ask: short and long, of tables, views and catalogues.
const MIXED: [&str; 12] = [
    "SELECT title, publisher, published_on FROM reports WHERE report_year = 2022 ORDER BY published_on DESC, document_id LIMIT 20",
    "SELECT report_year, count(*), sum(value) FROM indicators WHERE indicator_id = 'penalties' GROUP BY 1 ORDER BY 1",
    "SELECT publisher, report_year, value FROM indicator_yearly WHERE indicator_id = 'reconsider_accepted' ORDER BY 1, 2",
    "SELECT indicator_id, count(*), avg(value) FROM indicator_values GROUP BY 1 ORDER BY 2 DESC",
    "SELECT kind, severity, count(*) FROM issues GROUP BY 1, 2 ORDER BY 3 DESC",
    "SELECT document_id, length(body) FROM texts WHERE body LIKE '%行政复议%' ORDER BY 2 DESC LIMIT 50",
    "SELECT unit, count(*) FROM quantities GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    "SELECT d.publisher, count(DISTINCT i.indicator_id) FROM documents d JOIN indicators i USING (document_id, revision) GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position",
    "SELECT document_id, ordinal, text, value, unit FROM quantities",
    "SELECT pipeline, fetched_at, row_number() OVER (PARTITION BY pipeline ORDER BY fetched_at) FROM captures",
    "SELECT 1",
];

/// Sizes of the load, and what is found.
pub fn run(runtime: &Runtime) {
    let time = Duration::from_secs(size("FAZHI_BENCH_SECONDS", 300));
    let folder = tempfile::tempdir().unwrap();
    ingest(runtime, folder.path(), REPORTS);
    let server = Server::start(folder.path());
    let (ended, loads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let outcomes = thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = Runtime::new().unwrap();
            while !ended.load(Ordering::Relaxed) {
                ingest(&runtime, folder.path(), REPORTS_BESIDE);
                loads.fetch_add(1, Ordering::Relaxed);
            }
        });
        let outcomes = clients(&server, time);
        ended.store(true, Ordering::Relaxed);
        outcomes
    });
    let (errors, peak) = (report(&outcomes, time), server.peak_memory());
    let limits = Limits::default();
    let most = (limits.queries * limits.query_memory) as u64 / (1 << 20) + BESIDE_QUERIES;
    println!("loads beside: {}", loads.load(Ordering::Relaxed));
    println!(
        "peak memory of the server: {peak} MB of {most} ({} queries of {} MB, and {BESIDE_QUERIES})",
        limits.queries,
        limits.query_memory >> 20
    );
    let left = runtime.block_on(left(&server));
    println!("queries left running or waiting when the clients are gone: {left}");
    assert!(errors == 0 && peak <= most && left == 0, "the load was too much");
}

/// A province of so many reports at new addresses: crawled, parsed, loaded.
fn ingest(runtime: &Runtime, data: &Path, reports: usize) {
    let portal = Portal::generate(&PortalOptions { reports, ..PortalOptions::default() });
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = runtime.block_on(PortalServer::start(portal.clone(), address)).unwrap();
    let pipelines = TempDir::new().unwrap();
    for pipeline in fazhi_portal::pipelines(&server.base_url(), &portal) {
        fs_err::write(pipelines.path().join(format!("{}.toml", pipeline.name)), pipeline.toml).unwrap();
    }
    let mut command = fazhi(data);
    command.env("FAZHI_PIPELINES", pipelines.path()).args(["run", "--allow-loopback"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    // The sample has decoys, which leave issues.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    runtime.block_on(server.stop());
}

/// What all clients met, by protocol; half of them are killed when two thirds of the time are over.
fn clients(server: &Server, time: Duration) -> Vec<(&'static str, Value)> {
    let start = |protocol: &'static str| {
        let arguments =
            ["client", protocol, server.address(protocol), &CONNECTIONS.to_string(), &time.as_secs().to_string()];
        let child =
            Command::new(std::env::current_exe().unwrap()).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        (protocol, child)
    };
    let mut running: Vec<(&str, Child)> =
        PROCESSES.iter().flat_map(|(protocol, processes)| vec![*protocol; *processes]).map(start).collect();
    thread::sleep(time.mul_f64(2.0 / 3.0));
    // Every second one, so that each protocol loses half.
    let mut kept = Vec::new();
    for (number, (protocol, mut child)) in running.drain(..).enumerate() {
        if number % 2 == 0 {
            child.kill().and_then(|()| child.wait()).unwrap();
        } else {
            kept.push((protocol, child));
        }
    }
    let all = PROCESSES.iter().map(|(_, count)| count).sum::<usize>();
    println!("{} of {all} processes killed amid their queries", all - kept.len());
    kept.into_iter().map(|(protocol, child)| (protocol, outcome(child))).collect()
}

fn outcome(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| json!({"errors": ["the client ended early"], "times": []}))
}

/// Prints times by protocol; gives the number of errors.
fn report(outcomes: &[(&'static str, Value)], time: Duration) -> usize {
    let mut times: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut errors = Vec::new();
    for (protocol, outcome) in outcomes {
        let of_protocol = outcome["times"].as_array().into_iter().flatten().filter_map(Value::as_u64);
        for millis in of_protocol {
            times.entry(protocol).or_default().push(millis);
            times.entry("all").or_default().push(millis);
        }
        errors.extend(outcome["errors"].as_array().into_iter().flatten().map(|error| format!("{protocol}: {error}")));
    }
    println!(
        "{:<10}{:>10}{:>12}{:>12}{:>12}  of the clients that were not killed, in {} s",
        "",
        "queries",
        "p50 ms",
        "p99 ms",
        "max ms",
        time.as_secs()
    );
    for (protocol, times) in &mut times {
        times.sort_unstable();
        let part = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
        println!("{protocol:<10}{:>10}{:>12}{:>12}{:>12}", times.len(), part(50), part(99), part(100));
    }
    println!("errors: {}", errors.len());
    errors.iter().take(10).for_each(|error| println!("  {error}"));
    errors.len()
}

/// Queries that run or wait although nobody is there to read their rows; asked for a while, because ends take a moment.
async fn left(server: &Server) -> u64 {
    let url = format!("http://{}/metrics", server.address("http"));
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let of =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap();
        let left = of("fazhi_queries_running ") + of("fazhi_queries_waiting ");
        if left == 0 || Instant::now() > deadline {
            return left;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A process of many connections, each of which asks again as soon as it has its answer; prints what it met.
pub fn client(runtime: &Runtime, protocol: &str, address: &str, connections: usize, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let outcome = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (protocol, address) = (protocol.to_owned(), address.to_owned());
            tasks.spawn(async move { connection(&protocol, &address, end).await });
        }
        let (mut times, mut errors) = (Vec::new(), Vec::new());
        while let Some(done) = tasks.join_next().await {
            let (of_one, failed) = done.unwrap();
            times.extend(of_one);
            errors.extend(failed.map(|error| error.to_string()));
        }
        json!({"times": times, "errors": errors})
    });
    println!("{outcome}");
}

/// Milliseconds of each answer, and the error that ended it.
async fn connection(protocol: &str, address: &str, end: Instant) -> (Vec<u64>, Option<Failed>) {
    let mut times = Vec::new();
    let failed = asking(protocol, address, end, &mut times).await.err();
    (times, failed)
}

async fn asking(protocol: &str, address: &str, end: Instant, times: &mut Vec<u64>) -> Result<(), Failed> {
    let mut random = fastrand::Rng::new();
    let mut next = || (Instant::now() < end).then(|| (MIXED[random.usize(0..MIXED.len())], Instant::now()));
    let rows = Arc::new(AtomicU64::new(0));
    let mut took = |asked: Instant| times.push(u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX));
    match protocol {
        "postgres" => {
            let session = postgres(&format!("postgresql://fazhi@{address}/fazhi")).await?;
            while let Some((sql, asked)) = next() {
                let nothing: [&(dyn tokio_postgres::types::ToSql + Sync); 0] = [];
                let mut stream =
                    Box::pin(session.client.query_raw(sql, nothing).await.map_err(|error| of_postgres(&error, sql))?);
                while stream.try_next().await.map_err(|error| of_postgres(&error, sql))?.is_some() {}
                took(asked);
            }
        }
        "flight" => {
            let mut client = flight(address).await?;
            while let Some((sql, asked)) = next() {
                let info = client.execute(sql.to_owned(), None).await?;
                fetch(&mut client, &info, &rows).await?;
                took(asked);
            }
        }
        _ => {
            let (client, url) = (reqwest::Client::new(), format!("http://{address}/sql"));
            while let Some((sql, asked)) = next() {
                http(&client, &url, "text/csv", &json!({"sql": sql}), &rows).await?;
                took(asked);
            }
        }
    }
    Ok(())
}

/// The driver's own text says no more than that there was an error.
fn of_postgres(error: &tokio_postgres::Error, sql: &str) -> Failed {
    error.as_db_error().map_or_else(|| format!("{error}: {sql}"), |error| format!("{error}: {sql}")).into()
}
