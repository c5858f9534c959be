use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_flight::sql::client::{FlightSqlServiceClient, PreparedStatement};
use arrow_flight::{FlightInfo, flight_service_client::FlightServiceClient};
use datafusion::arrow::array::{Int32Array, RecordBatch, StringArray};
use datafusion::arrow::ipc::reader::StreamDecoder;
use datafusion::common::ScalarValue;
use datafusion::scalar::ScalarValue as Scalar;
use fazhi_serve::{Caller, Engine, Protocol};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_postgres::{NoTls, Statement};
use tonic::transport::{Channel, Endpoint};

use crate::question::{Key, Question};

/// What went wrong, for people.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A way to ask.
#[derive(Debug, Clone)]
pub enum Route {
    /// Calls in this process.
    InProcess(Arc<Engine>),
    /// PostgreSQL's protocol, of whatever server.
    Postgres(String),
    /// Flight SQL.
    Flight(String),
    /// HTTP, with rows in this format.
    Http(String, &'static str),
}

/// A session that ends when it is dropped, also amid an answer: by itself, the connection would read that to its end.
pub struct Session {
    pub client: tokio_postgres::Client,
    _connection: JoinSet<()>,
}

/// A connection, with the statements of the comparison prepared where the protocol has that.
pub enum Client {
    InProcess(Arc<Engine>, Caller),
    Postgres(Session, [Statement; 3]),
    Flight(Box<(FlightSqlServiceClient<Channel>, PreparedStatement<Channel>)>),
    Http(reqwest::Client, String, &'static str),
}

impl Client {
    pub async fn connect(route: &Route) -> Result<Self, Failed> {
        Ok(match route {
            Route::InProcess(engine) => {
                Self::InProcess(Arc::clone(engine), Caller { user: "bench".into(), protocol: Protocol::Http })
            }
            Route::Postgres(url) => {
                let session = postgres(url).await?;
                let statements = [
                    session.client.prepare(Question::Lookup.sql()).await?,
                    session.client.prepare(Question::Aggregate.sql()).await?,
                    session.client.prepare(Question::Stream.sql()).await?,
                ];
                Self::Postgres(session, statements)
            }
            Route::Flight(address) => {
                let mut client = flight(address).await?;
                let lookup = client.prepare(Question::Lookup.sql().to_owned(), None).await?;
                Self::Flight(Box::new((client, lookup)))
            }
            Route::Http(address, format) => Self::Http(reqwest::Client::new(), format!("http://{address}/sql"), format),
        })
    }

    /// Asks, counts rows as they come, and tells how many there were.
    pub async fn ask(&mut self, question: Question, key: &Key, rows: &AtomicU64) -> Result<u64, Failed> {
        match self {
            Self::InProcess(engine, caller) => in_process(engine, caller, question, key, rows).await,
            Self::Postgres(session, statements) => {
                let statement = &statements[question as usize];
                let parameters: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = match question {
                    Question::Lookup => vec![&key.year, &key.indicator, &key.region],
                    _ => Vec::new(),
                };
                let mut stream = Box::pin(session.client.query_raw(statement, parameters).await?);
                let mut count = 0;
                while stream.try_next().await?.is_some() {
                    count += 1;
                    rows.fetch_add(1, Ordering::Relaxed);
                }
                Ok(count)
            }
            Self::Flight(both) => {
                let (client, lookup) = both.as_mut();
                let info = if question == Question::Lookup {
                    lookup.set_parameters(parameters(key)?)?;
                    lookup.execute().await?
                } else {
                    client.execute(question.sql().to_owned(), None).await?
                };
                fetch(client, &info, rows).await
            }
            Self::Http(client, url, format) => {
                let body = match question {
                    Question::Lookup => {
                        json!({"sql": question.sql(), "parameters": [key.year, key.indicator, key.region]})
                    }
                    _ => json!({"sql": question.sql()}),
                };
                http(client, url, format, &body, rows).await
            }
        }
    }
}

async fn in_process(
    engine: &Arc<Engine>,
    caller: &Caller,
    question: Question,
    key: &Key,
    rows: &AtomicU64,
) -> Result<u64, Failed> {
    let prepared = engine.prepare_text(caller, question.sql()).await.map_err(|error| error.message)?;
    let text = |text: &String| ScalarValue::Utf8(Some(text.clone()));
    let parameters = (question == Question::Lookup)
        .then(|| vec![Scalar::Int32(Some(key.year)), text(&key.indicator), text(&key.region)].into());
    let prepared = match parameters {
        Some(values) => engine.bind(caller, &prepared, values).await.map_err(|error| error.message)?,
        None => prepared,
    };
    let mut stream = engine.run(caller, &prepared, None).await.map_err(|error| error.message)?;
    let mut count = 0;
    while let Some(batch) = stream.next().await {
        count += counted(&batch.map_err(|error| error.message)?, rows);
    }
    Ok(count)
}

fn counted(batch: &RecordBatch, rows: &AtomicU64) -> u64 {
    let count = batch.num_rows() as u64;
    rows.fetch_add(count, Ordering::Relaxed);
    count
}

/// A session of PostgreSQL's protocol.
pub async fn postgres(url: &str) -> Result<Session, Failed> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let mut task = JoinSet::new();
    task.spawn(async move { drop(connection.await) });
    Ok(Session { client, _connection: task })
}

/// A channel of Flight SQL.
pub async fn flight(address: &str) -> Result<FlightSqlServiceClient<Channel>, Failed> {
    let channel = Endpoint::new(format!("http://{address}"))?.connect().await?;
    let client = FlightServiceClient::new(channel).max_decoding_message_size(64 << 20);
    Ok(FlightSqlServiceClient::new_from_inner(client))
}

/// The rows of a result, counted.
pub async fn fetch(
    client: &mut FlightSqlServiceClient<Channel>,
    info: &FlightInfo,
    rows: &AtomicU64,
) -> Result<u64, Failed> {
    let ticket = info.endpoint.first().and_then(|endpoint| endpoint.ticket.clone()).ok_or("no ticket")?;
    let mut stream = client.do_get(ticket).await?;
    let mut count = 0;
    while let Some(batch) = stream.try_next().await? {
        count += counted(&batch, rows);
    }
    Ok(count)
}

fn parameters(key: &Key) -> Result<RecordBatch, Failed> {
    Ok(RecordBatch::try_from_iter([
        ("$1", Arc::new(Int32Array::from(vec![key.year])) as _),
        ("$2", Arc::new(StringArray::from(vec![key.indicator.as_str()])) as _),
        ("$3", Arc::new(StringArray::from(vec![key.region.as_str()])) as _),
    ])?)
}

/// The rows of an answer in JSON, CSV or Arrow, counted.
pub async fn http(
    client: &reqwest::Client,
    url: &str,
    format: &str,
    body: &Value,
    rows: &AtomicU64,
) -> Result<u64, Failed> {
    let request = client.post(url).header("Accept", format).header("Content-Type", "application/json");
    let mut response = request.body(body.to_string()).send().await?;
    if !response.status().is_success() {
        return Err(format!("{}: {}", response.status(), response.text().await?).into());
    }
    if format == "application/json" {
        let answer: Value = serde_json::from_slice(&response.bytes().await?)?;
        let count = answer["rows"].as_array().map_or(0, Vec::len) as u64;
        rows.fetch_add(count, Ordering::Relaxed);
        return Ok(count);
    }
    let (mut decoder, mut count) = (StreamDecoder::new(), 0);
    while let Some(part) = response.chunk().await? {
        if format == "text/csv" {
            let lines = part.split(|byte| *byte == b'\n').count() as u64 - 1;
            rows.fetch_add(lines, Ordering::Relaxed);
            count += lines;
            continue;
        }
        let mut part = part.into();
        while let Some(batch) = decoder.decode(&mut part)? {
            count += counted(&batch, rows);
        }
    }
    Ok(count)
}
