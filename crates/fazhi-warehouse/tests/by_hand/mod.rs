//! An archive written by hand, and what becomes of it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::{DateTime, TimeZone as _, Utc};
use fazhi_archive::{ArchiveWriter, Exchange, RevisitOf};
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

/// An answer to archive.
#[allow(dead_code, reason = "not every test binary needs all of it")]
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub url: &'a str,
    /// Address of the article, where this is a further page of it.
    pub article: Option<(&'a str, u32)>,
    pub outcome: Outcome,
    pub status: u16,
    pub body: &'a str,
}

impl<'a> Answer<'a> {
    /// A page that was not seen before.
    pub fn page(url: &'a str, body: &'a str) -> Self {
        Self { url, article: None, outcome: Outcome::New, status: 200, body }
    }

    fn note(&self, run_id: &str) -> CaptureNote {
        CaptureNote {
            pipeline: "test".into(),
            run_id: run_id.into(),
            purpose: if self.article.is_some() { Purpose::Part } else { Purpose::Page },
            outcome: self.outcome,
            rule: format!("http-{}", self.status),
            requested_url: self.article.map_or(self.url, |(article, _)| article).into(),
            listed_title: None,
            listed_date: None,
            part: self.article.map(|(_, number)| number),
        }
    }
}

/// Pages as a run of a day in January 2024 would have archived them.
pub fn archive(root: &Path, run_id: &str, day: u32, pages: &[(&str, &str)]) {
    let answers: Vec<_> = pages.iter().map(|(url, body)| Answer::page(url, body)).collect();
    archive_answers(root, run_id, at(day), &answers);
}

/// Eight o'clock (UTC) of a day in January 2024.
pub fn at(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 1, day, 8, 0, 0).unwrap()
}

/// Answers as a run would have archived them, all at one moment. Those that are unchanged repeat nothing in particular.
pub fn archive_answers(root: &Path, run_id: &str, at: DateTime<Utc>, answers: &[Answer]) {
    let mut writer = ArchiveWriter::create(&root.join("archive"), "test", run_id, at).unwrap();
    for answer in answers {
        let Answer { url, status, body, .. } = *answer;
        let head = format!(
            "HTTP/1.1 {status} OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let exchange = Exchange {
            url,
            fetched_at: at,
            request_head: b"GET / HTTP/1.1\r\n\r\n",
            response_head: head.as_bytes(),
            body: body.as_bytes(),
            fields: &answer.note(run_id).to_fields(),
        };
        match answer.outcome {
            Outcome::Unchanged => {
                let original = RevisitOf { record_id: "<urn:uuid:0>", url, date: at };
                writer.write_unchanged(&exchange, &original).unwrap()
            }
            _ => writer.write_exchange(&exchange).unwrap(),
        };
    }
}
