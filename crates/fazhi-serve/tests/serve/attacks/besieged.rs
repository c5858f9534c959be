//! A server under attack, and the proof that it is unharmed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::Int64Type;
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use fazhi_serve::Config;
use futures::TryStreamExt as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_postgres::{NoTls, SimpleQueryMessage};
use tonic::transport::{Channel, Endpoint};

use super::raw::PATIENCE;
use crate::harness::Served;

/// What every front end has to answer after an attack.
const PROOF: &str = "SELECT count(*) FROM reports";
const REPORTS: i64 = 6;

/// What HTTP has to say of an error after the first rows: nothing, and no end.
pub const CUT_OFF: &str = "cut off";

/// How a statement ended: its SQLSTATE, or the first value of its result.
pub type Ended = Result<String, String>;

/// A server under attack.
pub struct Besieged {
    pub served: Served,
    /// A folder that attacks try to write to, and read from.
    pub outside: TempDir,
    before: BTreeMap<String, u64>,
}

impl Besieged {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// A server with something else in its configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let served = Served::start_with(change).await;
        let outside = tempfile::tempdir().unwrap();
        fs_err::write(outside.path().join("secret.csv"), "secret\n42\n").unwrap();
        let mut besieged = Self { served, outside, before: BTreeMap::new() };
        besieged.before = besieged.files();
        besieged
    }

    /// A path in the folder that is watched.
    pub fn path(&self, name: &str) -> String {
        self.outside.path().join(name).display().to_string()
    }

    /// Fails unless every front end answers and no file was written, changed or removed.
    pub async fn unharmed(&self, after: &str) {
        let expected = Ok(REPORTS.to_string());
        // A short limit of time may end even this while the machine is busy; what counts is that there is an answer again.
        let late = |(_, ended): &(&str, Ended)| *ended == Err("57014".to_owned());
        let mut answers = self.everywhere(PROOF).await;
        for _ in 0..10 {
            if !answers.iter().any(late) {
                break;
            }
            answers = self.everywhere(PROOF).await;
        }
        for (name, ended) in answers {
            assert_eq!(ended, expected, "{name} after {after}");
        }
        assert_eq!(self.files(), self.before, "after {after}");
    }

    /// Fails unless every front end refuses a statement, each with one of these SQLSTATEs.
    pub async fn refused_everywhere(&self, sql: &str, expected: &[&str]) {
        for (name, ended) in self.everywhere(sql).await {
            let shown: String = sql.chars().take(120).collect();
            match ended {
                Ok(value) => panic!("{name}: `{shown}` gave {value:?}"),
                Err(code) => assert!(expected.contains(&code.as_str()), "{name}: `{shown}` ended with {code}"),
            }
        }
    }

    /// Fails unless no query is left running within a while.
    pub async fn at_rest(&self) {
        let metrics = self.served.server.engine().metrics();
        let waited = timeout(PATIENCE, async {
            while metrics.queries_waiting() + metrics.queries_running() != 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(waited.await.is_ok(), "{} queries are left running", metrics.queries_running());
    }

    /// A statement through every front end, and through both protocols of PostgreSQL.
    pub async fn everywhere(&self, sql: &str) -> [(&'static str, Ended); 4] {
        [
            ("simple", self.simple(sql).await),
            ("extended", self.extended(sql).await),
            ("http", self.http(sql).await),
            ("flight", self.flight(sql).await),
        ]
    }

    async fn client(&self) -> tokio_postgres::Client {
        let address = self.served.postgres();
        let connect = format!("host={} port={} user=fazhi dbname=fazhi", address.ip(), address.port());
        let (client, connection) = tokio_postgres::connect(&connect, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub async fn simple(&self, sql: &str) -> Ended {
        let client = self.client().await;
        let messages = within(sql, client.simple_query(sql)).await.map_err(|error| state(&error))?;
        let value = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
            _ => None,
        });
        Ok(value.unwrap_or_default())
    }

    pub async fn extended(&self, sql: &str) -> Ended {
        let client = self.client().await;
        let rows = within(sql, client.query(sql, &[])).await.map_err(|error| state(&error))?;
        Ok(rows.first().map_or_else(String::new, |row| {
            let number = row.try_get::<_, Option<i64>>(0).map(|number| number.map(|number| number.to_string()));
            let text = || row.try_get::<_, Option<String>>(0);
            number
                .or_else(|_| text())
                .map_or("something".to_owned(), |value| value.unwrap_or_else(|| "null".to_owned()))
        }))
    }

    /// Over HTTP, where statuses that every statement could have are told apart by the SQLSTATE beside them.
    pub async fn http(&self, sql: &str) -> Ended {
        let address = self.served.http();
        let request = format!(
            "POST /sql HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: text/plain\r\nAccept: text/csv\r\n\
             Content-Length: {}\r\n\r\n{sql}",
            sql.len()
        );
        let answer = within(sql, ask(address, request.as_bytes())).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if head.contains("chunked") && !answer.ends_with("\r\n0\r\n\r\n") {
            return Err(CUT_OFF.to_owned());
        }
        if head.starts_with("HTTP/1.1 200") {
            return Ok(body.lines().nth(1).unwrap_or_default().to_owned());
        }
        let code = between(body, "\"sqlstate\":\"", "\"").unwrap_or(head.lines().next().unwrap_or_default());
        Err(if code == "XX000" { body } else { code }.to_owned())
    }

    pub async fn flight(&self, sql: &str) -> Ended {
        let channel = channel(self.served.flight()).await;
        let mut client = FlightSqlServiceClient::new(channel);
        within(sql, fetch(&mut client, sql)).await
    }

    fn files(&self) -> BTreeMap<String, u64> {
        let mut files = BTreeMap::new();
        list(self.served.data().root(), &mut files);
        list(self.outside.path(), &mut files);
        files
    }
}

async fn within<T>(sql: &str, work: impl Future<Output = T>) -> T {
    let start: String = sql.chars().take(100).collect();
    timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("no answer to {start}"))
}

/// Whatever a server sends over HTTP until it closes.
pub async fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes before it has read all is what some attacks end with.
    let _ = stream.write_all(request).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn channel(address: SocketAddr) -> Channel {
    Endpoint::new(format!("http://{address}")).unwrap().connect().await.unwrap()
}

async fn fetch(client: &mut FlightSqlServiceClient<Channel>, sql: &str) -> Ended {
    let info = client.execute(sql.to_owned(), None).await.map_err(|error| status(&error.to_string()))?;
    let ticket = info.endpoint[0].ticket.clone().unwrap();
    let stream = client.do_get(ticket).await.map_err(|error| status(&error.to_string()))?;
    let batches: Vec<_> = stream.try_collect().await.map_err(|error: FlightError| status(&error.to_string()))?;
    let value = batches.iter().find(|batch| batch.num_rows() > 0).map(|batch| batch.column(0));
    Ok(value.map_or_else(String::new, |column| match column.as_primitive_opt::<Int64Type>() {
        _ if column.is_null(0) => "null".to_owned(),
        Some(numbers) => numbers.value(0).to_string(),
        None => "something".to_owned(),
    }))
}

/// The SQLSTATE in the text of a gRPC status.
fn status(text: &str) -> String {
    match text.split_once("SQLSTATE ") {
        Some((_, state)) => state.chars().take(5).collect(),
        None => text.chars().take(200).collect(),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn state(error: &tokio_postgres::Error) -> String {
    // Of a defect, the message says more.
    let code = error.as_db_error().filter(|error| error.code().code() != "XX000");
    code.map_or_else(|| format!("{error:?}"), |error| error.code().code().to_owned())
}

fn list(folder: &Path, files: &mut BTreeMap<String, u64>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            list(&entry.path(), files);
        } else {
            files.insert(entry.path().display().to_string(), metadata.len());
        }
    }
}
