use std::collections::BTreeMap;

use fazhi_archive::RecordKind;
use fazhi_crawl::{Origin, Progress};
use fazhi_model::{CaptureNote, Outcome, Purpose};

use super::*;

const PATHS: [&str; 8] = [
    "/robots.txt",
    "/x/content_10001.html",
    "/x/content_10002.html",
    "/x/content_10003.html",
    "/x/content_10004.html",
    "/x/content_10005.html",
    "/x/index.html",
    "/x/list_2.html",
];

#[tokio::test]
async fn a_first_run_archives_everything_with_its_note() {
    let (server, data) = (portal().await, Data::new());
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!((report.origin, report.adopted, report.requests), (Origin::Started, 0, 8));
    assert_eq!((report.lists, report.listed, report.selected, report.new_pages()), (2, 5, 5, 5));
    let outcomes = BTreeMap::from([
        ((Purpose::Robots, Outcome::NotFound), 1),
        ((Purpose::List, Outcome::New), 2),
        ((Purpose::Page, Outcome::New), 5),
    ]);
    assert_eq!((report.outcomes, report.issues), (outcomes, vec![]));
    assert_eq!(server.paths(), PATHS);
    let records = data.records();
    let record = records.iter().find(|record| {
        record.url.as_deref() == Some(&format!("{}/x/content_10004.html", server.base))
            && record.kind == RecordKind::Response
    });
    let record = record.unwrap();
    let note = CaptureNote {
        pipeline: "test".into(),
        run_id: "r1".into(),
        purpose: Purpose::Page,
        outcome: Outcome::New,
        rule: "http-200".into(),
        requested_url: format!("{}/x/content_10004.html", server.base),
        listed_title: Some("某县第10004号法治报告".into()),
        listed_date: Some("2024-01-29".into()),
        part: None,
    };
    assert_eq!(CaptureNote::from_fields(|name| record.field(name)), Ok(note));
    let http = record.http().unwrap();
    assert_eq!((http.status, http.body.as_ref()), (200, article(10004).as_bytes()));
    assert_eq!(http.header("content-length"), Some(article(10004).len().to_string().as_str()));
    assert_eq!(http.header("transfer-encoding"), None);
    let request = records.iter().find(|record| record.kind == RecordKind::Request).unwrap();
    let host = server.base.trim_start_matches("http://");
    let expected = format!(
        "GET /robots.txt HTTP/1.1\r\nhost: {host}\r\nuser-agent: fazhi/{}\r\naccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\naccept-encoding: gzip, deflate\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(String::from_utf8_lossy(&request.block), expected);
}

#[tokio::test]
async fn a_second_run_only_asks_whether_anything_has_changed() {
    let (server, data) = (portal().await, Data::new());
    server.page("/robots.txt", "User-agent: *\nDisallow: /private/\n");
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    server.asked();
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 8);
    assert!(asked.iter().all(|asked| asked.conditional), "{asked:?}");
    // The lists were read back from the archive.
    assert_eq!((report.lists, report.listed, report.unchanged_pages(), report.new_pages()), (2, 5, 5, 0));
    let revisits = data.captures().into_iter().filter(|line| line.starts_with("Revisit")).collect::<Vec<_>>();
    assert_eq!(revisits.len(), 8);
    assert!(revisits.iter().all(|line| line.ends_with("unchanged http-304")), "{revisits:?}");
}

#[tokio::test]
async fn the_same_bytes_without_validators_are_unchanged_too() {
    let (server, data) = (portal().await, Data::new());
    server.status("/x/content_10001.html", 200, &[("content-type", "text/html")], &article(10001));
    data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    server.page("/x/content_10002.html", &article(99999));
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    assert_eq!((report.unchanged_pages(), report.new_pages()), (4, 1));
    assert!(data.captures().contains(&"Revisit /x/content_10001.html unchanged same-digest".to_owned()));
}

#[tokio::test]
async fn titles_are_selected_and_a_rule_that_matches_nothing_is_reported() {
    let (server, data) = (portal().await, Data::new());
    let report = data.crawl(&pipeline(&server, "title = \"1000[12]号\"\nreject = \"10002\"", ""), "r1").await.unwrap();
    assert_eq!((report.listed, report.selected, report.new_pages()), (5, 1, 1));
    let report = data.crawl(&pipeline(&server, "title = \"年度报告\"", ""), "r2").await.unwrap();
    assert_eq!((report.listed, report.selected, report.issues.len()), (5, 0, 1));
    let issue = &report.issues[0];
    assert_eq!(issue.kind, "title_rule_matched_nothing");
    assert_eq!(issue.detail, "pipeline `test`: the rule (title `年度报告`) matches none of 5 listed titles");
    assert_eq!(data.archived_issues(), report.issues);
}

#[tokio::test]
async fn redirects_are_followed_on_the_host_and_recorded() {
    let (server, data) = (portal().await, Data::new());
    let moved = [("location", "/y/new.html")];
    server.status("/x/content_10001.html", 302, &moved, "");
    server.page("/y/new.html", &article(1));
    server.status("/x/content_10002.html", 301, &[("location", "http://elsewhere.example/")], "");
    server.status("/x/content_10003.html", 302, &[("location", "/x/content_10003.html")], "");
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!(report.count(Purpose::Page, Outcome::New), 3);
    assert_eq!(report.count(Purpose::Page, Outcome::Redirected), 2);
    let mut captures = data.captures();
    captures.retain(|line| line.contains("redirect") || line.contains("/y/"));
    captures.sort();
    let expected = [
        "Response /x/content_10001.html redirected http-302",
        "Response /x/content_10002.html redirected redirect-elsewhere",
        "Response /x/content_10003.html redirected redirect-loop",
        "Response /y/new.html new http-200",
    ];
    assert_eq!(captures, expected);
    let landed = data
        .records()
        .into_iter()
        .find(|record| {
            record.url.as_deref() == Some(&format!("{}/y/new.html", server.base)) && record.kind == RecordKind::Response
        })
        .unwrap();
    let note = CaptureNote::from_fields(|name| landed.field(name)).unwrap();
    assert_eq!(note.requested_url, format!("{}/x/content_10001.html", server.base));
    // The second run asks the target conditionally.
    server.asked();
    data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    assert!(server.asked().iter().any(|asked| asked.path == "/y/new.html" && asked.conditional));
}

#[tokio::test]
async fn pagers_stop_where_nothing_new_comes() {
    let (server, data) = (portal().await, Data::new());
    server.page("/x/list_2.html", &list(10001..10004, Some("list_3.html")));
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!((report.lists, report.listed), (2, 3));
    let issues: Vec<_> = report.issues.iter().map(|issue| (issue.kind.as_str(), issue.severity.as_str())).collect();
    assert_eq!(issues, [("pager_repeats", "info")]);
    let report = data.crawl(&pipeline(&server, "max-pages = 1", ""), "r2").await.unwrap();
    assert_eq!(report.issues[0].detail, "stopped after `max-pages = 1` list pages, and there are more");
}

#[tokio::test]
async fn progress_is_told_as_it_happens() {
    let (server, data) = (portal().await, Data::new());
    let seen = std::sync::Mutex::new(Vec::new());
    let state = State::open(&data.state_path()).unwrap();
    let (root, hosts) = (data.archive(), Hosts::new());
    let site = site(&root, &state, "r1", &hosts);
    fazhi_crawl::crawl(&pipeline(&server, "", ""), &site, &|step| seen.lock().unwrap().push(step)).await.unwrap();
    let seen = seen.into_inner().unwrap();
    let added: Vec<usize> = seen
        .iter()
        .filter_map(|step| if let Progress::ListRead { added, .. } = step { Some(*added) } else { None })
        .collect();
    assert_eq!(added, [3, 2]);
    assert_eq!(seen[2], Progress::Selected { pages: 5 });
    assert_eq!(seen.len(), 8);
}
