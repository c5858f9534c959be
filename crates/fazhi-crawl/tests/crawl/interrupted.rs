use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use fazhi_archive::RecordKind;
use fazhi_crawl::{Origin, Progress};
use fazhi_model::{Outcome, Purpose};
use rusqlite::Connection;

use super::*;

/// Undoes what happened after the last answer was written: the commit of it, and the end of the cycle.
fn before_the_last_commit(data: &Data) -> String {
    let records = data.records();
    let last = records.iter().rposition(|record| record.kind == RecordKind::Response).unwrap();
    let (request, response) = (&records[last - 1], &records[last]);
    assert_eq!(request.kind, RecordKind::Request);
    let url = response.url.clone().unwrap();
    let database = Connection::open(data.state_path()).unwrap();
    let committed = i64::try_from(request.location.offset).unwrap();
    database.execute("UPDATE archive_files SET committed_length = ?1", [committed]).unwrap();
    assert_eq!(database.execute("DELETE FROM urls WHERE url = ?1", [&url]).unwrap(), 1);
    database.execute("UPDATE cycles SET ended_at = NULL, listed_at = NULL", []).unwrap();
    url
}

#[tokio::test]
async fn a_record_that_was_not_committed_is_adopted_and_not_fetched_again() {
    let (server, data) = (portal().await, Data::new());
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    server.asked();
    before_the_last_commit(&data);
    let before = data.captures();
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    assert_eq!(server.paths(), Vec::<String>::new());
    assert_eq!((report.origin, report.adopted, report.requests), (Origin::Continued, 1, 0));
    assert_eq!((report.lists, report.listed, report.new_pages()), (2, 5, 5));
    assert_eq!(data.captures(), before);
    // The cycle is complete now, and the adopted page has its validators.
    data.crawl(&pipeline(&server, "", ""), "r3").await.unwrap();
    let unconditional: Vec<_> =
        server.asked().into_iter().filter(|asked| !asked.conditional).map(|asked| asked.path).collect();
    assert_eq!(unconditional, ["/robots.txt"]);
}

#[tokio::test]
async fn a_torn_record_is_cut_and_fetched_again() {
    let (server, data) = (portal().await, Data::new());
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    server.asked();
    let url = before_the_last_commit(&data);
    let file = fazhi_archive::files(&data.archive()).unwrap().remove(0);
    let path = data.archive().join(&file.file);
    fs_err::OpenOptions::new().write(true).open(&path).unwrap().set_len(file.length - 3).unwrap();
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    let path = url.trim_start_matches(&server.base).to_owned();
    assert_eq!(server.paths(), [path]);
    assert_eq!((report.adopted, report.requests, report.new_pages()), (0, 1, 5));
}

/// Begins a crawl in a runtime of its own and drops both once so many list pages have been read, or a page is done. Like
/// the end of a process, the end of the runtime leaves no write of the crawl under way.
fn drop_after(lists: usize, pipeline: &Pipeline, state: &State, archive_root: &Path) {
    let (hosts, stop) = (Hosts::new(), tokio::sync::Notify::new());
    let site = site(archive_root, state, "r1", &hosts);
    let read = AtomicUsize::new(0);
    let progress = |step| {
        let enough = match step {
            Progress::ListRead { .. } => read.fetch_add(1, Ordering::SeqCst) + 1 == lists,
            Progress::PageDone { .. } => true,
            Progress::Selected { .. } => false,
        };
        if enough {
            stop.notify_one();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = stop.notified() => {}
            report = fazhi_crawl::crawl(pipeline, &site, &progress) => { report.unwrap(); }
        }
    });
}

#[tokio::test]
async fn a_crawl_dropped_on_the_way_goes_on_where_it_was() {
    let (server, data) = (portal().await, Data::new());
    let pipeline = pipeline(&server, "", "");
    let (first, state, root) = (pipeline.clone(), State::open(&data.state_path()).unwrap(), data.archive());
    tokio::task::spawn_blocking(move || drop_after(usize::MAX, &first, &state, &root)).await.unwrap();
    let committed: Vec<String> = {
        let database = Connection::open(data.state_path()).unwrap();
        let mut statement = database.prepare("SELECT url FROM urls").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert!(committed.len() >= 4, "{committed:?}");
    server.asked();
    let report = data.crawl(&pipeline, "r2").await.unwrap();
    for path in server.paths() {
        assert!(!committed.contains(&format!("{}{path}", server.base)), "{path} was fetched twice");
    }
    assert_eq!(report.listed, 5);
    let stored =
        data.captures().iter().filter(|line| line.contains("content_") && line.ends_with("new http-200")).count();
    assert_eq!(stored, 5);
}

/// A pager ends where a page brings nothing new, and to the crawl that goes on, the pages of the first run are not.
#[tokio::test]
async fn a_crawl_dropped_between_lists_reads_all_of_them() {
    let (server, data) = (portal().await, Data::new());
    for n in 2..=5 {
        let next = format!("list_{}.html", n + 1);
        let articles = 10_000 + 10 * n..10_005 + 10 * n;
        articles.clone().for_each(|n| server.page(&format!("/x/content_{n}.html"), "<h1>x</h1>"));
        server.page(&format!("/x/list_{n}.html"), &list(articles, (n < 5).then_some(&next)));
    }
    let pipeline = pipeline(&server, "", "");
    let (first, state, root) = (pipeline.clone(), State::open(&data.state_path()).unwrap(), data.archive());
    tokio::task::spawn_blocking(move || drop_after(3, &first, &state, &root)).await.unwrap();
    let asked = server.paths();
    let report = data.crawl(&pipeline, "r2").await.unwrap();
    assert_eq!((report.origin, report.lists), (Origin::Continued, 5));
    assert_eq!(report.issues, []);
    let paths = server.paths();
    assert_eq!(paths.iter().filter(|path| path.contains("/list_")).count(), 2, "after {asked:?} came {paths:?}");
    assert_eq!(report.listed, 3 + 4 * 5);
}

#[tokio::test]
async fn a_lost_state_is_rebuilt_from_the_archive() {
    let (server, data) = (portal().await, Data::new());
    server.page("/robots.txt", "User-agent: *\nDisallow:\n");
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    server.asked();
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
        fs_err::remove_file(data.folder.path().join(name)).ok();
    }
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    assert_eq!((report.adopted, report.origin, report.unchanged_pages()), (8, Origin::Started, 5));
    assert!(server.asked().iter().all(|asked| asked.conditional));
}

#[tokio::test]
async fn pages_of_a_lost_archive_are_fetched_anew() {
    let (server, data) = (portal().await, Data::new());
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    fs_err::remove_dir_all(data.archive()).unwrap();
    server.asked();
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    assert!(server.asked().iter().all(|asked| !asked.conditional));
    assert_eq!(report.count(Purpose::Page, Outcome::New), 5);
}

#[tokio::test]
async fn an_archive_that_does_not_read_costs_a_second_request() {
    let (server, data) = (portal().await, Data::new());
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    let records = data.records();
    let list = records
        .iter()
        .find(|record| {
            record.kind == RecordKind::Response && record.url.as_deref().is_some_and(|url| url.ends_with("index.html"))
        })
        .unwrap();
    let path = data.archive().join(&list.location.file);
    let mut bytes = fs_err::read(&path).unwrap();
    let middle = usize::try_from(list.location.offset + list.location.length / 2).unwrap();
    bytes[middle..middle + 8].fill(0xff);
    fs_err::write(&path, bytes).unwrap();
    server.asked();
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    let asked: Vec<bool> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path == "/x/index.html")
        .map(|asked| asked.conditional)
        .collect();
    assert_eq!((asked, report.listed), (vec![true, false], 5));
}
