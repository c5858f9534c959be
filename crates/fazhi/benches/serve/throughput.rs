use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use datafusion::arrow::datatypes::DataType;
use fazhi_serve::{Config, Exposure, Limits, Server as InProcess, Users};
use fazhi_warehouse::{DataFolder, Table};
use futures::{SinkExt as _, StreamExt as _};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::{Client, Failed, Route, postgres};
use crate::question::{Key, Question};
use crate::server::Server;
use crate::{size, table};

const CLIENTS: [usize; 3] = [1, 8, 64];

/// One way to ask, with its name and what it is asked.
struct Contender {
    name: &'static str,
    route: Route,
    questions: &'static [Question],
}

/// What came of it.
struct Measured {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

pub fn run(runtime: &Runtime) {
    let (rows, seconds) = (size("FAZHI_BENCH_ROWS", 1_000_000), size("FAZHI_BENCH_SECONDS", 5));
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    runtime.block_on(table::write(&data, rows));
    let server = Server::start(folder.path());
    let (in_process, contenders) = runtime.block_on(contenders(&data, &server));
    println!("{rows} rows of `indicators`; the server has a process of its own, the clients share another");
    for question in Question::ALL {
        compare(runtime, question, &contenders, rows, Duration::from_secs(seconds));
    }
    println!("peak memory of the server: {} MB", server.peak_memory());
    runtime.block_on(in_process.stop());
}

async fn contenders(data: &DataFolder, server: &Server) -> (InProcess, Vec<Contender>) {
    let config = Config {
        folder: data.clone(),
        postgres: None,
        flight: None,
        http: None,
        users: Users::Nobody,
        tls: None,
        exposure: Exposure::Guarded,
        limits: Limits::default(),
    };
    let in_process = InProcess::start(config).await.unwrap();
    let (all, short, long) = (&Question::ALL[..], &Question::ALL[..2], &Question::ALL[2..]);
    let ours = format!("postgresql://fazhi@{}/fazhi", server.address("postgres"));
    let http = server.address("http");
    let mut contenders = vec![
        Contender { name: "in this process", route: Route::InProcess(Arc::clone(in_process.engine())), questions: all },
        Contender { name: "Postgres wire", route: Route::Postgres(ours.clone()), questions: all },
        Contender { name: "Flight SQL", route: Route::Flight(server.address("flight").to_owned()), questions: all },
        Contender { name: "HTTP, JSON", route: Route::Http(http.to_owned(), "application/json"), questions: short },
        Contender { name: "HTTP, CSV", route: Route::Http(http.to_owned(), "text/csv"), questions: long },
        Contender {
            name: "HTTP, Arrow",
            route: Route::Http(http.to_owned(), "application/vnd.apache.arrow.stream"),
            questions: all,
        },
    ];
    match std::env::var("FAZHI_BENCH_POSTGRESQL") {
        Ok(theirs) => {
            let theirs = leaving(&theirs);
            copy(&ours, &theirs).await.unwrap();
            contenders.push(Contender { name: "PostgreSQL", route: Route::Postgres(theirs), questions: all });
        }
        Err(_) => println!("PostgreSQL: skipped, FAZHI_BENCH_POSTGRESQL names none"),
    }
    (in_process, contenders)
}

/// PostgreSQL (from version 14) ends what nobody waits for any more if it is told to look; else it would run on beside what is
/// measured next.
fn leaving(address: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}options=-c%20client_connection_check_interval%3D100")
}

/// The same table in PostgreSQL, with an index for the lookup.
async fn copy(ours: &str, theirs: &str) -> Result<(), Failed> {
    let (ours, theirs) = (postgres(ours).await?, postgres(theirs).await?);
    let (from, to) = (&ours.client, &theirs.client);
    let schema = Table::Indicators.schema();
    let columns: Vec<String> =
        schema.fields().iter().map(|field| format!("\"{}\" {}", field.name(), name(field.data_type()))).collect();
    to.batch_execute(&format!("DROP TABLE IF EXISTS indicators; CREATE TABLE indicators ({})", columns.join(", ")))
        .await?;
    let names: Vec<String> = schema.fields().iter().map(|field| format!("\"{}\"", field.name())).collect();
    let rows = from.copy_out(&format!("COPY (SELECT {} FROM indicators) TO STDOUT", names.join(", "))).await?;
    let (mut rows, mut sink) = (Box::pin(rows), Box::pin(to.copy_in("COPY indicators FROM STDIN").await?));
    while let Some(part) = rows.next().await {
        sink.send(part?).await?;
    }
    sink.as_mut().finish().await?;
    to.batch_execute("CREATE INDEX ON indicators (report_year, indicator_id, region_code); ANALYZE indicators").await?;
    Ok(())
}

fn name(data_type: &DataType) -> String {
    match data_type {
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float64 => "double precision".to_owned(),
        DataType::Decimal128(precision, scale) => format!("numeric({precision}, {scale})"),
        _ => "text".to_owned(),
    }
}

fn compare(runtime: &Runtime, question: Question, contenders: &[Contender], rows: u64, time: Duration) {
    println!("\n{question}, {}", question.unit());
    let heads = CLIENTS.map(|clients| format!("{clients} clients"));
    println!(
        "{:<18}{:>14}{:>14}{:>14}{:>26}{:>18}{:>16}",
        "", heads[0], heads[1], heads[2], "p50 / p99 ms (8 clients)", "to in-process", "to PostgreSQL"
    );
    let contenders: Vec<&Contender> = contenders.iter().filter(|one| one.questions.contains(&question)).collect();
    let measured: Vec<[Measured; 3]> = contenders
        .iter()
        .map(|one| CLIENTS.map(|clients| runtime.block_on(measure(&one.route, question, clients, rows, time)).unwrap()))
        .collect();
    let theirs = contenders.iter().position(|one| one.name == "PostgreSQL");
    for (one, found) in contenders.iter().zip(&measured) {
        let ratio = |other: Option<usize>| {
            let ratios = other.map(|other| [0, 1, 2].map(|at| found[at].per_second / measured[other][at].per_second));
            ratios.map_or_else(|| "-".to_owned(), |all| all.map(|one| format!("{one:.2}")).join(" "))
        };
        let times = format!("{:.1} / {:.1}", 1e3 * found[1].p50.as_secs_f64(), 1e3 * found[1].p99.as_secs_f64());
        println!(
            "{:<18}{:>14.0}{:>14.0}{:>14.0}{times:>26}{:>18}{:>16}",
            one.name,
            found[0].per_second,
            found[1].per_second,
            found[2].per_second,
            ratio(Some(0)),
            ratio(theirs)
        );
    }
}

/// So many clients, each of which asks again as soon as it has its answer.
async fn measure(
    route: &Route,
    question: Question,
    clients: usize,
    rows: u64,
    time: Duration,
) -> Result<Measured, Failed> {
    let counted = Arc::new(AtomicU64::new(0));
    let mut connected = Vec::new();
    for _ in 0..clients {
        connected.push(Client::connect(route).await?);
    }
    // What is read for the first time is read before.
    connected[0].ask(question, &Key::random(rows), &AtomicU64::new(0)).await?;
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut client in connected {
        let counted = Arc::clone(&counted);
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < time {
                let asked = Instant::now();
                let got =
                    tokio::time::timeout_at((began + time).into(), client.ask(question, &Key::random(rows), &counted))
                        .await;
                // A long result is counted as far as it came.
                let Ok(got) = got else { break };
                if got? == 0 {
                    return Err::<_, Failed>("no rows".into());
                }
                times.push(asked.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let count = if question == Question::Stream { counted.load(Ordering::Relaxed) as f64 } else { times.len() as f64 };
    let part = |part: usize| {
        times.get((times.len() * part / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    Ok(Measured { per_second: count / seconds, p50: part(50), p99: part(99) })
}
