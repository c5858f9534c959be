use std::io::Cursor;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::{DataType, Decimal128Type};
use arrow::ipc::reader::StreamReader;
use arrow::record_batch::RecordBatch;
use serde_json::{Value, json};

use super::client::{Ending, sql};
use crate::harness::Served;

const EVERY_TYPE: &str = "SELECT true AS yes, CAST(1 AS INT) AS small, 9007199254740993 AS large, CAST(2.5 AS DOUBLE) AS double, \
     CAST('NaN' AS DOUBLE) AS nan, CAST('1234567890123456789012.345678' AS DECIMAL(28, 6)) AS exact, \
     CAST('2022-01-20' AS DATE) AS day, CAST('2022-01-20T10:00:00.25' AS TIMESTAMP) AS moment, \
     CAST('10:00:00' AS TIME) AS clock, '葱花, \"饼\"\r\n' AS text, '' AS empty, CAST(NULL AS VARCHAR) AS nothing, \
     ['a', NULL, '法'] AS list, [CAST(1.5 AS DECIMAL(5, 2))] AS decimals, named_struct('k', 1) AS nested, x'00ff' AS bytes";

#[tokio::test]
async fn json_holds_every_type_exactly() {
    let served = Served::start().await;
    let reply = sql(served.http(), "application/json", EVERY_TYPE).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{}", reply.text());
    let body = reply.json();
    let expected = json!({
        "yes": true, "small": 1, "large": 9_007_199_254_740_993_u64, "double": 2.5, "nan": "NaN",
        "exact": "1234567890123456789012.345678", "day": "2022-01-20", "moment": "2022-01-20T10:00:00.250", "clock": "10:00:00",
        "text": "葱花, \"饼\"\r\n", "empty": "", "nothing": null, "list": ["a", null, "法"], "decimals": ["1.50"],
        "nested": {"k": 1}, "bytes": "00ff",
    });
    assert_eq!(body["rows"], json!([expected]));
    assert_eq!(body["next"], Value::Null);
    let types: Vec<&str> =
        body["columns"].as_array().unwrap().iter().map(|column| column["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "boolean",
            "integer",
            "bigint",
            "double precision",
            "double precision",
            "numeric(28,6)",
            "date",
            "timestamp",
            "time",
            "text",
            "text",
            "text",
            "text[]",
            "numeric(5,2)[]",
            "json",
            "bytea"
        ]
    );
    let lines = sql(served.http(), "application/x-ndjson", EVERY_TYPE).await;
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    let (line, end) = lines.text().split_at(lines.text().len() - 1);
    assert_eq!((serde_json::from_str::<Value>(line).unwrap(), end), (expected, "\n"));
}

#[tokio::test]
async fn csv_tells_null_from_an_empty_text() {
    let served = Served::start().await;
    let reply = sql(served.http(), "text/csv", EVERY_TYPE).await;
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let expected = "yes,small,large,double,nan,exact,day,moment,clock,text,empty,nothing,list,decimals,nested,bytes\r\n\
         true,1,9007199254740993,2.5,NaN,1234567890123456789012.345678,2022-01-20,2022-01-20T10:00:00.250,10:00:00,\
         \"葱花, \"\"饼\"\"\r\n\",\"\",,\"[\"\"a\"\",null,\"\"法\"\"]\",\"[\"\"1.50\"\"]\",\"{\"\"k\"\":1}\",00ff\r\n";
    assert_eq!(reply.text(), expected);
}

/// Nothing stands for it: neither null nor an empty text is what the table holds.
#[tokio::test]
async fn a_time_without_a_date_is_an_error() {
    let served = Served::start().await;
    let far = "arrow_cast(9000000000000000000, 'Timestamp(Second, None)')";
    for format in ["application/json", "application/x-ndjson", "text/csv"] {
        for column in [far.to_owned(), format!("make_array({far})")] {
            let reply = sql(served.http(), format, &format!("SELECT {column} AS far")).await;
            let problem = reply.problem(400);
            assert!(problem["detail"].as_str().unwrap().contains("cannot be written"), "{problem}");
        }
    }
}

#[tokio::test]
async fn arrow_holds_the_values_themselves() {
    let served = Served::start().await;
    let reply = sql(served.http(), "application/vnd.apache.arrow.stream", EVERY_TYPE).await;
    let batches: Vec<_> = StreamReader::try_new(Cursor::new(reply.body), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    let row = &batches[0];
    assert_eq!(row.num_columns(), 16);
    let exact = row.column_by_name("exact").unwrap();
    assert_eq!(exact.data_type(), &DataType::Decimal128(28, 6));
    assert_eq!(exact.as_primitive::<Decimal128Type>().value(0), 1_234_567_890_123_456_789_012_345_678);
    assert!(row.column_by_name("nothing").unwrap().is_null(0));
    assert_eq!(row.column_by_name("text").unwrap().as_string::<i32>().value(0), "葱花, \"饼\"\r\n");
}

#[tokio::test]
async fn a_result_without_rows_still_has_columns() {
    let served = Served::start().await;
    let none = "SELECT document_id, report_year FROM reports WHERE report_year = 1";
    let columns = json!([{"name": "document_id", "type": "text"}, {"name": "report_year", "type": "integer"}]);
    let json = sql(served.http(), "*/*", none).await.json();
    assert_eq!(json, json!({"columns": columns, "rows": [], "next": null}));
    assert_eq!(sql(served.http(), "text/csv", none).await.text(), "document_id,report_year\r\n");
    assert_eq!(sql(served.http(), "application/x-ndjson", none).await.text(), "");
    let arrow = sql(served.http(), "application/vnd.apache.arrow.stream", none).await;
    assert_eq!(StreamReader::try_new(Cursor::new(arrow.body), None).unwrap().schema().fields().len(), 2);
}

#[tokio::test]
async fn columns_of_one_name_are_told_apart() {
    let served = Served::start().await;
    let twice = "SELECT a.v, b.v FROM (VALUES (1)) AS a (v) CROSS JOIN (VALUES (2)) AS b (v)";
    let reply = sql(served.http(), "application/json", twice).await.json();
    assert_eq!(reply["rows"], json!([{"v": 1, "v_2": 2}]));
}

#[tokio::test]
async fn other_formats_are_refused() {
    let served = Served::start().await;
    let problem = sql(served.http(), "text/html, application/xml;q=0.9", "SELECT 1").await.problem(406);
    assert!(problem["hint"].as_str().unwrap().contains("text/csv"), "{problem}");
}

#[tokio::test]
async fn large_results_are_whole_in_every_format() {
    let served = Served::start().await;
    let many = "SELECT value AS n, repeat('法', 100) AS text FROM generate_series(1, 50000)";
    let json = sql(served.http(), "application/json", many).await;
    assert_eq!((json.ending, json.header("transfer-encoding")), (Ending::Whole, Some("chunked")));
    let rows = json.json()["rows"].as_array().unwrap().clone();
    let numbers = rows.iter().map(|row| row["n"].as_u64().unwrap());
    assert!(numbers.eq(1..=50_000));
    let lines = sql(served.http(), "application/x-ndjson", many).await;
    assert_eq!((lines.ending, lines.text().lines().count()), (Ending::Whole, 50_000));
    let csv = sql(served.http(), "text/csv", many).await;
    assert_eq!((csv.ending, csv.text().lines().count()), (Ending::Whole, 50_001));
    let arrow = sql(served.http(), "application/vnd.apache.arrow.stream", many).await;
    let batches = StreamReader::try_new(Cursor::new(arrow.body), None).unwrap();
    assert_eq!(batches.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 50_000);
}
