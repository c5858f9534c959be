use std::io::Cursor;
use std::time::Duration;

use arrow::ipc::reader::StreamReader;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, sleep};

use super::client::{Ending, ask, get, open, sql};
use crate::harness::Served;

const FORMATS: [&str; 4] =
    ["application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"];
/// More than a mebibyte of rows, then a division by zero.
const FAILS_LATE: &str = "SELECT 1 / (30000 - value) AS n, repeat('x', 200) AS text FROM generate_series(1, 100000)";
/// A query that nobody waits for.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 100000000000) a";

#[tokio::test]
async fn mistakes_say_what_and_where() {
    let served = Served::start().await;
    for (statement, sqlstate, position) in [
        ("SELECT * FORM reports", "42601", Some(15)),
        ("SELECT\n  nothing FROM reports", "42703", Some(10)),
        ("SELECT * FROM nothing", "42P01", None),
        ("SELECT nothing(1)", "42883", None),
        ("SELECT 1 / 0", "22012", None),
        ("SELECT 1; SELECT 2", "42601", None),
        ("", "42601", None),
    ] {
        let problem = sql(served.http(), "*/*", statement).await.problem(400);
        assert_eq!(problem["sqlstate"], sqlstate, "{statement}: {problem}");
        if let Some(position) = position {
            assert_eq!(problem["position"], position, "{statement}: {problem}");
        }
    }
}

#[tokio::test]
async fn nothing_is_written() {
    let served = Served::start().await;
    let target = served.data().root().join("out.csv");
    for statement in [
        format!("COPY (SELECT 1) TO '{}'", target.display()),
        "CREATE TABLE t AS SELECT 1".into(),
        "DROP TABLE reports".into(),
        "INSERT INTO documents SELECT * FROM documents".into(),
        "DELETE FROM documents".into(),
        "UPDATE documents SET title = ''".into(),
        "SET datafusion.execution.batch_size = 1".into(),
        "EXPLAIN ANALYZE INSERT INTO documents SELECT * FROM documents".into(),
    ] {
        let problem = sql(served.http(), "*/*", &statement).await.problem(403);
        assert_eq!(problem["sqlstate"], "25006", "{statement}: {problem}");
    }
    for statement in ["SELECT 1; COPY (SELECT 1) TO", "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION"] {
        sql(served.http(), "*/*", &format!("{statement} '{}'", target.display())).await.problem(400);
    }
    assert!(!target.exists());
    let reports = sql(served.http(), "*/*", "SELECT count(*) AS n FROM reports").await.json();
    assert_eq!(reports["rows"], json!([{"n": 6}]));
}

#[tokio::test]
async fn parameters_are_bound_as_the_types_of_the_plan() {
    let served = Served::start().await;
    let count = async |condition: &str, parameters: Value| {
        let statement = format!(
            "SELECT count(*) AS n FROM indicator_values WHERE indicator_id = 'reconsider_accepted' AND {condition}"
        );
        let reply = ask(served.http(), "/sql", &json!({"sql": statement, "parameters": parameters})).await;
        assert_eq!(reply.status, 200, "{condition}: {}", reply.text());
        reply.json()["rows"][0]["n"].as_u64().unwrap()
    };
    assert_eq!(count("report_year = $1", json!([2021])).await, 2);
    assert_eq!(count("report_year = $1 AND publisher = $2", json!([2021, "云溪县人民政府"])).await, 1);
    assert_eq!(count("value = $1", json!(["31.000000"])).await, 1);
    assert_eq!(count("value = $1", json!([31])).await, 1);
    // A parameter is not rounded to the scale of its column.
    assert_eq!(count("value = $1", json!(["31.0000004"])).await, 0);
    assert_eq!(count("value < $1", json!([31.5])).await, 1);
    assert_eq!(count("report_year < $1", json!([2021.5])).await, 4);
    assert_eq!(count("value = $1 + 0", json!([31])).await, 1);
    assert_eq!(count("withdrawn_on > $1", json!(["2022-01-01"])).await, 0);
    let echo = json!({"sql": "SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d", "parameters": [1, "法", null, true]});
    let echoed = ask(served.http(), "/sql", &echo).await;
    assert_eq!(echoed.json()["rows"], json!([{"a": 1, "b": "法", "c": null, "d": true}]), "{}", echoed.text());
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_refused() {
    let served = Served::start().await;
    let by_year = "SELECT count(*) FROM reports WHERE report_year = $1";
    for (statement, parameters, sqlstate) in [
        (by_year, json!([]), "08P01"),
        (by_year, json!([1, 2]), "08P01"),
        ("SELECT 1", json!([1]), "08P01"),
        (by_year, json!(["x"]), "22P02"),
        (by_year, json!([{"a": 1}]), "22P02"),
        (by_year, json!([3_000_000_000_u32]), "22P02"),
        ("SELECT count(*) FROM reports WHERE published_on = $1", json!(["2022-02-30"]), "22P02"),
        ("SELECT count(*) FROM indicators WHERE value = $1", json!([0.123_456_789_012_345_6]), "08P01"),
    ] {
        let body = json!({"sql": statement, "parameters": parameters});
        let problem = ask(served.http(), "/sql", &body).await.problem(400);
        assert_eq!(problem["sqlstate"], sqlstate, "{body}: {problem}");
    }
}

#[tokio::test]
async fn a_statement_is_paged_through_its_plan() {
    let served = Served::start().await;
    let mut body =
        json!({"sql": "SELECT value AS n FROM generate_series(1, 7) ORDER BY n DESC LIMIT 5 -- five", "limit": 2});
    let (mut target, mut seen) = ("/sql".to_owned(), Vec::new());
    loop {
        let reply = ask(served.http(), &target, &body).await.json();
        seen.extend(reply["rows"].as_array().unwrap().iter().map(|row| row["n"].as_u64().unwrap()));
        match reply["next"].as_str() {
            Some(next) => target = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3]);
    assert_eq!(target, "/sql?limit=2&offset=4");
    body["limit"] = json!(null);
    body["offset"] = json!(3);
    ask(served.http(), "/sql", &body).await.problem(400);
    ask(served.http(), "/sql", &json!({"sql": "EXPLAIN SELECT 1", "limit": 1})).await.problem(400);
    assert_eq!(ask(served.http(), "/sql", &json!({"sql": "EXPLAIN SELECT 1"})).await.status, 200);
}

#[tokio::test]
async fn a_page_larger_than_what_is_held_links_to_the_next() {
    let served = Served::start().await;
    let body = json!({"sql": "SELECT value AS n, repeat('x', 1000) AS t FROM generate_series(1, 10000) ORDER BY n", "limit": 6000});
    let first = ask(served.http(), "/sql", &body).await;
    assert_eq!(first.header("link"), Some("</sql?limit=6000&offset=6000>; rel=\"next\""));
    assert_eq!(first.json()["next"], "/sql?limit=6000&offset=6000");
    assert_eq!(first.json()["rows"].as_array().unwrap().len(), 6000);
    let second = ask(served.http(), "/sql?limit=6000&offset=6000", &body).await;
    assert_eq!((second.json()["next"].clone(), second.json()["rows"][0]["n"].clone()), (Value::Null, json!(6001)));
}

#[tokio::test]
async fn an_error_behind_the_head_cuts_the_body_off() {
    let served = Served::start().await;
    for format in FORMATS {
        let reply = sql(served.http(), format, FAILS_LATE).await;
        assert_eq!((reply.status, reply.ending), (200, Ending::CutOff), "{format}");
        assert!(reply.body.len() > 1 << 20, "{format}");
        let has_end = match format {
            "application/json" => serde_json::from_slice::<Value>(&reply.body).is_ok(),
            "application/vnd.apache.arrow.stream" => {
                StreamReader::try_new(Cursor::new(&reply.body), None).unwrap().all(|batch| batch.is_ok())
                    && reply.body.ends_with(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])
            }
            _ => reply.body.ends_with(b"\n"),
        };
        assert!(!has_end, "{format}");
    }
    let metrics = get(served.http(), "/metrics").await;
    assert!(metrics.text().contains("outcome=\"22012\"} 4"), "{}", metrics.text());
}

#[tokio::test]
async fn limits_are_told_by_their_status() {
    let served = Served::start_with(|config| {
        config.limits.rows = 100;
        config.limits.time = Duration::from_secs(1);
    })
    .await;
    let rows = sql(served.http(), "*/*", "SELECT * FROM generate_series(1, 101)").await.problem(413);
    assert_eq!(rows["sqlstate"], "54000");
    let time = sql(served.http(), "*/*", ENDLESS).await.problem(504);
    assert_eq!(time["sqlstate"], "57014");
    let own = ask(served.http(), "/sql", &json!({"sql": ENDLESS, "timeout_ms": 50})).await.problem(504);
    assert!(own["detail"].as_str().unwrap().contains("0.05 s"), "{own}");
    ask(served.http(), "/sql", &json!({"sql": "SELECT 1", "timeout_ms": 0})).await.problem(400);
    ask(served.http(), "/sql", &json!({"sql": "SELECT 1", "limit": 100})).await.problem(400);
}

#[tokio::test]
async fn a_query_that_finds_no_turn_may_come_again() {
    let served = Served::start_with(|config| {
        config.limits.queries = 1;
        config.limits.queue_wait = Duration::from_millis(100);
    })
    .await;
    let headers = [("Content-Type", "text/plain")];
    let busy = open(served.http(), "POST", "/sql", &headers, ENDLESS.as_bytes()).await;
    running(&served, 1).await;
    let refused = sql(served.http(), "*/*", "SELECT 1").await;
    assert_eq!(refused.problem(429)["sqlstate"], "53300");
    assert_eq!(refused.header("retry-after"), Some("5"));
    drop(busy);
    running(&served, 0).await;
    assert_eq!(sql(served.http(), "*/*", "SELECT 1").await.status, 200);
}

#[tokio::test]
async fn a_client_that_goes_away_stops_its_query() {
    let served = Served::start().await;
    let headers = [("Content-Type", "text/plain")];
    let waiting = open(served.http(), "POST", "/sql", &headers, ENDLESS.as_bytes()).await;
    let rows = "SELECT value, repeat('x', 100) FROM generate_series(1, 9000000)";
    let mut reading = open(served.http(), "POST", "/sql", &headers, rows.as_bytes()).await;
    reading.read_exact(&mut vec![0; 100_000]).await.unwrap();
    running(&served, 2).await;
    drop(waiting);
    running(&served, 1).await;
    drop(reading);
    running(&served, 0).await;
    let metrics = get(served.http(), "/metrics").await;
    assert!(metrics.text().contains("protocol=\"http\",outcome=\"abandoned\"} 2"), "{}", metrics.text());
}

/// Waits until so many queries run.
async fn running(served: &Served, count: i64) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let metrics = served.server.engine().metrics();
    while metrics.queries_running() != count {
        assert!(Instant::now() < deadline, "{} queries run, not {count}", metrics.queries_running());
        sleep(Duration::from_millis(10)).await;
    }
}
