use std::time::Duration;

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use arrow_flight::{CancelFlightInfoRequest, CancelStatus, FlightClient};
use futures::TryStreamExt as _;
use tokio::time::{Instant, sleep};
use tonic::Code;

use super::{channel, client, query, refused, ticket};
use crate::harness::Served;

/// 1.2 GB: no server that holds it all would pass the tests below.
const LARGE: &str = "SELECT n.value AS n, repeat('x', 1200) AS text FROM generate_series(1, 1000000) AS n(value)";

fn rows_sent(served: &Served) -> u64 {
    let text = served.server.engine().metrics().text();
    let line = text.lines().find_map(|line| line.strip_prefix("fazhi_rows_total{protocol=\"flight\"} "));
    line.map_or(0, |count| count.parse().unwrap())
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_million_rows_arrive() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let (_, batches) = query(&mut client, "SELECT * FROM generate_series(1, 1000000)").await.unwrap();
    let numbers = batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().iter());
    let (count, sum) = numbers.fold((0, 0), |(count, sum), number| (count + 1, sum + number));
    assert_eq!((count, sum), (1_000_000, 500_000_500_000_i64));
    served.server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_the_query_back() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let info = client.execute(LARGE.to_owned(), None).await.unwrap();
    let mut stream = client.do_get(ticket(&info)).await.unwrap();
    stream.try_next().await.unwrap().unwrap();
    // Once nothing has moved for a while, all that may lie between engine and client does.
    let (mut before, mut still) = (0, 0);
    until("the query rests", || {
        let now = rows_sent(&served);
        still = if now == before { still + 1 } else { 0 };
        before = now;
        still > 25
    })
    .await;
    assert!(before < 50_000, "{before} rows of 1.2 kB were computed for a client that read the first");
    assert_eq!(served.server.engine().metrics().queries_running(), 1);
    drop(stream);
    served.server.stop().await;
}

#[tokio::test]
async fn a_dropped_stream_stops_its_query() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let info = client.execute(LARGE.to_owned(), None).await.unwrap();
    let mut stream = client.do_get(ticket(&info)).await.unwrap();
    stream.try_next().await.unwrap().unwrap();
    let metrics = served.server.engine().metrics();
    assert_eq!(metrics.queries_running(), 1);
    drop(stream);
    until("the query ends", || metrics.queries_running() == 0).await;
    assert!(rows_sent(&served) < 1_000_000);
    served.server.stop().await;
}

#[tokio::test]
async fn a_query_is_cancelled_by_what_described_it() {
    let served = Served::start().await;
    let (mut client, mut other) = (client(&served).await, client(&served).await);
    let info = client.execute(LARGE.to_owned(), None).await.unwrap();
    let same = other.execute(LARGE.to_owned(), None).await.unwrap();
    let mut stream = client.do_get(ticket(&info)).await.unwrap();
    let mut untouched = other.do_get(ticket(&same)).await.unwrap();
    stream.try_next().await.unwrap().unwrap();
    untouched.try_next().await.unwrap().unwrap();

    let mut flight = FlightClient::new(channel(served.flight()).await);
    let request = CancelFlightInfoRequest { info: Some(info) };
    let done = flight.cancel_flight_info(request.clone()).await.unwrap();
    assert_eq!(done.status, CancelStatus::Cancelled as i32);
    let mut end = stream.try_next().await;
    while let Ok(Some(_)) = end {
        end = stream.try_next().await;
    }
    let status = refused(end);
    assert_eq!(
        (status.code(), status.metadata().get("sqlstate").unwrap().to_str().unwrap()),
        (Code::Cancelled, "57014")
    );
    let metrics = served.server.engine().metrics();
    until("the cancelled query ends", || metrics.queries_running() == 1).await;
    assert_eq!(refused(flight.cancel_flight_info(request).await).code(), Code::NotFound);
    assert!(untouched.try_next().await.unwrap().is_some(), "the same statement of another call goes on");
    drop(untouched);
    served.server.stop().await;
}

#[tokio::test]
async fn a_limit_of_rows_ends_a_stream() {
    let served = Served::start_with(|config| config.limits.rows = 10_000).await;
    let mut client = client(&served).await;
    let status = refused(query(&mut client, "SELECT * FROM generate_series(1, 1000000)").await);
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("`rows`"), "{status}");
    served.server.stop().await;
}

#[tokio::test]
async fn a_limit_of_time_ends_a_stream() {
    let served = Served::start_with(|config| config.limits.time = Duration::from_millis(700)).await;
    let mut client = client(&served).await;
    let info = client.execute(LARGE.to_owned(), None).await.unwrap();
    let mut stream = client.do_get(ticket(&info)).await.unwrap();
    let metrics = served.server.engine().metrics();
    // The client reads nothing, and is told when it does.
    until("the query ends", || metrics.queries_running() == 0).await;
    let mut end = stream.try_next().await;
    while let Ok(Some(_)) = end {
        end = stream.try_next().await;
    }
    assert_eq!(refused(end).code(), Code::DeadlineExceeded);
    served.server.stop().await;
}
