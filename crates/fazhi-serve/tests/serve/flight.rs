//! Flight SQL, driven by `arrow-flight`'s own client.

/// Logins, tokens, encryption, and protocols that are not Flight.
mod access;
/// What drivers ask before they send a statement.
mod metadata;
/// Parameters, and statements that are run again.
mod prepared;
/// What is refused, and how it is said.
mod refusals;
/// Large results: their memory, their end, and their cancelling.
mod streams;

use std::net::SocketAddr;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::{FlightInfo, Ticket};
use futures::TryStreamExt as _;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::harness::Served;

type Client = FlightSqlServiceClient<Channel>;

async fn channel(address: SocketAddr) -> Channel {
    Endpoint::new(format!("http://{address}")).unwrap().connect().await.unwrap()
}

async fn client(served: &Served) -> Client {
    let client = FlightServiceClient::new(channel(served.flight()).await);
    FlightSqlServiceClient::new_from_inner(client.max_decoding_message_size(20 << 20))
}

fn ticket(info: &FlightInfo) -> Ticket {
    info.endpoint[0].ticket.clone().unwrap()
}

/// The schema that was announced, which is the one that was sent, and what came.
async fn fetch(client: &mut Client, info: FlightInfo) -> Result<(SchemaRef, Vec<RecordBatch>), FlightError> {
    let mut stream = client.do_get(ticket(&info)).await?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        batches.push(batch);
    }
    let announced = info.try_decode_schema().unwrap();
    let sent = stream.schema().unwrap();
    assert_eq!(sent.as_ref(), &announced);
    Ok((sent.clone(), batches))
}

async fn query(client: &mut Client, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), FlightError> {
    let info = client.execute(sql.to_owned(), None).await?;
    fetch(client, info).await
}

/// The only value of a result.
async fn number(client: &mut Client, sql: &str) -> i64 {
    let (_, batches) = query(client, sql).await.unwrap();
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn strings(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let of_batch = |batch: &RecordBatch| {
        let values = batch.column_by_name(column).unwrap().as_string::<i32>().clone();
        (0..values.len()).map(move |row| values.value(row).to_owned()).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of_batch).collect()
}

/// The status that a call failed with.
fn refused<T>(result: Result<T, FlightError>) -> Status {
    match result {
        Err(FlightError::Tonic(status)) => *status,
        Err(other) => panic!("no status: {other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn a_statement_is_described_and_its_rows_are_sent() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let sql = "SELECT publisher, count(*) AS reports FROM documents GROUP BY publisher ORDER BY publisher";
    let (schema, batches) = query(&mut client, sql).await.unwrap();
    assert_eq!(schema.field(1).data_type(), &DataType::Int64);
    assert_eq!(strings(&batches, "publisher"), ["云溪县人民政府", "石泉县人民政府"]);
    served.server.stop().await;
}

#[tokio::test]
async fn every_type_is_sent_as_it_is_announced() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let (_, tables) = {
        let request = arrow_flight::sql::CommandGetTables {
            db_schema_filter_pattern: Some("public".to_owned()),
            ..Default::default()
        };
        let info = client.get_tables(request).await.unwrap();
        fetch(&mut client, info).await.unwrap()
    };
    let tables = strings(&tables, "table_name");
    assert!(tables.len() > 12, "{tables:?}");
    for table in tables {
        query(&mut client, &format!("SELECT * FROM \"{table}\""))
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    let sql = "SELECT DATE '2024-02-29' AS day, CAST('-12345678901234567890.123456' AS DECIMAL(28,6)) AS amount, \
               TIMESTAMP '2024-02-29 12:00:00' AS time, [1, NULL, 3] AS list, NULL AS nothing, \
               arrow_cast('石泉县', 'Dictionary(Int32, Utf8)') AS county, arrow_cast('云', 'Utf8View') AS cloud, \
               CAST(NULL AS VARCHAR) AS missing, true AS yes, 1.5 AS half";
    let (schema, batches) = query(&mut client, sql).await.unwrap();
    assert_eq!(schema.field_with_name("county").unwrap().data_type(), &DataType::Utf8);
    let shown = arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
    for text in ["2024-02-29", "-12345678901234567890.123456", "2024-02-29T12:00:00", "[1, , 3]", "石泉县", "云"] {
        assert!(shown.contains(text), "{text} is not in\n{shown}");
    }
    served.server.stop().await;
}

#[tokio::test]
async fn an_empty_result_has_its_columns() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let (schema, batches) = query(&mut client, "SELECT publisher FROM documents WHERE false").await.unwrap();
    assert_eq!(schema.field(0).name(), "publisher");
    assert!(batches.iter().all(|batch| batch.num_rows() == 0));
    served.server.stop().await;
}
