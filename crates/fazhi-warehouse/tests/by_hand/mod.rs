//! An archive written by hand, and what becomes of it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::{DateTime, TimeZone as _, Utc};
use fazhi_archive::{ArchiveWriter, Exchange};
use fazhi_model::{CaptureNote, Outcome, Purpose};
use fazhi_parse::Rules;
use fazhi_warehouse::{DataFolder, load, parse};

/// The rules this version comes with.
pub fn rules() -> Arc<Rules> {
    Arc::new(Rules::extended(&[]).unwrap())
}

/// Parses and loads what is new.
pub async fn ingest(data: &DataFolder) {
    parse(data, &rules(), &|_| ()).await.unwrap();
    load(data, &rules(), Utc::now()).await.unwrap();
}

/// The number that a query gives.
pub async fn count(data: &DataFolder, sql: &str) -> i64 {
    let context = fazhi_warehouse::open(data).await.unwrap();
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// Pages as a run of a day in January 2024 would have archived them.
pub fn archive(root: &Path, run_id: &str, day: u32, pages: &[(&str, &str)]) {
    let at: DateTime<Utc> = Utc.with_ymd_and_hms(2024, 1, day, 8, 0, 0).unwrap();
    let mut writer = ArchiveWriter::create(&root.join("archive"), "test", run_id, at).unwrap();
    for (url, body) in pages {
        let note = CaptureNote {
            pipeline: "test".into(),
            run_id: run_id.into(),
            purpose: Purpose::Page,
            outcome: Outcome::New,
            rule: "http-200".into(),
            requested_url: (*url).into(),
            listed_title: None,
            listed_date: None,
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let exchange = Exchange {
            url,
            fetched_at: at,
            request_head: b"GET / HTTP/1.1\r\n\r\n",
            response_head: head.as_bytes(),
            body: body.as_bytes(),
            fields: &note.to_fields(),
        };
        writer.write_exchange(&exchange).unwrap();
    }
}
