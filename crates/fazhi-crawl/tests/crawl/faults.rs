use fazhi_model::{Outcome, Purpose, Severity};

use super::server::Answer;
use super::*;

#[track_caller]
fn check_issue(report: &CrawlReport, kind: &str, severity: Severity, detail: &str) {
    let issues: Vec<_> = report.issues.iter().map(|i| (i.kind.as_str(), i.severity, i.detail.as_str())).collect();
    assert_eq!(issues, [(kind, severity, detail)]);
}

#[tokio::test]
async fn robots_are_obeyed_and_refusals_recorded() {
    let (server, data) = (portal().await, Data::new());
    server.status("/robots.txt", 200, &[("content-type", "text/plain")], "User-agent: *\nDisallow: /x/content_10002\n");
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!((report.new_pages(), report.count(Purpose::Page, Outcome::Disallowed)), (4, 1));
    assert!(!server.paths().contains(&"/x/content_10002.html".to_owned()));
    assert!(data.captures().contains(&"Metadata /x/content_10002.html disallowed robots".to_owned()));
}

#[tokio::test]
async fn a_host_whose_robots_fail_is_asked_for_nothing_else() {
    let (server, data) = (portal().await, Data::new());
    server.status("/robots.txt", 500, &[], "oops");
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!(server.paths(), ["/robots.txt"; 3]);
    let detail = "`robots.txt` of `127.0.0.1` could not be fetched: failed (http-500); the host is asked for nothing more in this run";
    check_issue(&report, "source_unreachable", Severity::Error, detail);
    assert_eq!(data.archived_issues(), report.issues);
    let expected = ["Response /robots.txt failed http-500"; 3]
        .into_iter()
        .chain(["Metadata /x/index.html disallowed robots-unreachable"]);
    assert_eq!(data.captures(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_portal_that_is_down_is_reported() {
    let data = Data::new();
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let text = format!("name = \"down\"\n[site]\nstart = [\"http://127.0.0.1:{port}/\"]\n[politeness]\ndelay-ms = 0\n");
    let report = data.crawl(&Pipeline::parse("down.toml", &text).unwrap(), "r1").await.unwrap();
    let detail = "`robots.txt` of `127.0.0.1` could not be fetched: unreachable (connect); the host is asked for nothing more in this run";
    check_issue(&report, "source_unreachable", Severity::Error, detail);
    assert_eq!(data.captures()[..3], ["Metadata /robots.txt unreachable connect"; 3]);
}

#[tokio::test]
async fn each_fault_has_its_outcome_and_leaves_the_others_alone() {
    let (server, data) = (portal().await, Data::new());
    server.set("/x/content_10001.html", Answer::Broken);
    server.set("/x/content_10002.html", Answer::Silent);
    server.status("/x/content_10003.html", 410, &[], "gone");
    server.status("/x/content_10004.html", 429, &[("retry-after", "0")], "slow down");
    let report = data.crawl(&pipeline(&server, "", "timeout-ms = 300"), "r1").await.unwrap();
    assert_eq!((report.new_pages(), report.failed_pages()), (1, 4));
    let mut captures = data.captures();
    captures.retain(|line| line.contains("content_") && !line.contains("10005"));
    captures.sort();
    let broken = ["Metadata /x/content_10001.html unreachable reset"; 3];
    let silent = ["Metadata /x/content_10002.html unreachable timeout"; 3];
    let once = ["Response /x/content_10003.html not_found http-410"];
    let limited = ["Response /x/content_10004.html rate_limited http-429"; 3];
    assert_eq!(captures, [&broken[..], &silent[..], &once[..], &limited[..]].concat());
}

#[tokio::test]
async fn server_errors_are_tried_three_times() {
    let (server, data) = (portal().await, Data::new());
    server.status("/x/content_10001.html", 502, &[], "bad gateway");
    data.crawl(&pipeline(&server, "title = \"10001\"", ""), "r1").await.unwrap();
    assert_eq!(server.paths().iter().filter(|path| path.contains("10001")).count(), 3);
    assert_eq!(data.captures().iter().filter(|line| line.ends_with("failed http-502")).count(), 3);
}

#[tokio::test]
async fn too_large_a_page_is_cut_and_marked() {
    let (server, data) = (portal().await, Data::new());
    let size = 10 * 1024 * 1024;
    let headers = vec![("content-type", "text/html".to_owned())];
    server.set("/x/content_10001.html", Answer::Page(200, headers.clone(), vec![b' '; size + 1]));
    server.set("/x/content_10002.html", Answer::Page(200, headers, vec![b' '; size]));
    let report = data.crawl(&pipeline(&server, "title = \"1000[12]\"", ""), "r1").await.unwrap();
    assert_eq!(report.count(Purpose::Page, Outcome::TooLarge), 1);
    let cut: Vec<_> = data.records().into_iter().filter(|record| record.truncated() == Some("length")).collect();
    let lengths: Vec<usize> = cut.iter().map(|record| record.http().unwrap().body.len()).collect();
    assert_eq!(lengths, [size]);
}

#[tokio::test]
async fn challenges_and_false_pages_are_recognised() {
    let (server, data) = (portal().await, Data::new());
    let challenge = "<html><head><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;$_ts.cd='x';</script></head><body></body></html>";
    server.status("/x/content_10001.html", 412, &[("content-type", "text/html")], challenge);
    server.status(
        "/x/content_10002.html",
        200,
        &[("content-type", "text/html")],
        "<html><body>您访问的页面不存在或已删除</body></html>",
    );
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    let outcomes =
        [Outcome::Blocked, Outcome::SoftNotFound, Outcome::New].map(|outcome| report.count(Purpose::Page, outcome));
    assert_eq!(outcomes, [1, 1, 3]);
}

#[tokio::test]
async fn a_list_without_entries_is_reported() {
    let (server, data) = (portal().await, Data::new());
    server.page("/x/index.html", &list(1..1, None));
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    check_issue(
        &report,
        "list_empty",
        Severity::Warning,
        "the first list page has no entries (read as family `static`)",
    );
}

#[tokio::test]
async fn a_list_that_is_gone_is_reported() {
    let (server, data) = (portal().await, Data::new());
    server.status("/x/index.html", 404, &[], "nothing here");
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    check_issue(&report, "list_lost", Severity::Error, "the first list page could not be read: not_found (http-404)");
}

#[tokio::test]
async fn random_bytes_are_a_list_without_entries() {
    let (server, data) = (portal().await, Data::new());
    let noise = (0..50_000u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
    server.set("/x/index.html", Answer::Page(200, vec![("content-type", "text/html".to_owned())], noise));
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    check_issue(
        &report,
        "list_empty",
        Severity::Warning,
        "the first list page has no entries (read as family `static`)",
    );
}

#[tokio::test]
async fn a_source_that_falls_silent_is_given_up() {
    let (server, data) = (Server::start().await, Data::new());
    server.page("/x/index.html", &list(10001..10021, None));
    for n in 10001..10021 {
        server.set(&format!("/x/content_{n}.html"), Answer::Broken);
    }
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    let failed = report.count(Purpose::Page, Outcome::Unreachable);
    assert!((5..=9).contains(&failed), "{failed}");
    let issues: Vec<_> =
        report.issues.iter().map(|issue| (issue.kind.as_str(), issue.severity, issue.detail.clone())).collect();
    let host = server.base.trim_start_matches("http://");
    let left = format!(
        "{} articles and 0 lists are left for the next run; `{host}`: 5 addresses in a row gave no answer",
        20 - failed
    );
    let missing = format!("of {failed} articles asked for some gave no page: {failed} unreachable");
    assert_eq!(
        issues,
        [("source_unreachable", Severity::Error, left), ("articles_missing", Severity::Error, missing)],
        "a source whose every article is missing is an error"
    );
}

#[tokio::test]
async fn an_archive_that_cannot_be_written_ends_the_crawl_with_its_path() {
    let (server, data) = (portal().await, Data::new());
    fs_err::create_dir_all(data.archive()).unwrap();
    fs_err::write(data.archive().join("test"), "in the way").unwrap();
    let error = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap_err();
    let text = message(&error);
    let root = data.archive();
    let start =
        format!("cannot store pages of pipeline `test` in `{}`: cannot write archive file `test/", root.display());
    assert!(text.starts_with(&start), "{text}");
    assert_eq!(server.paths(), ["/robots.txt"]);
    // With the obstacle gone the next run does everything.
    fs_err::remove_file(data.archive().join("test")).unwrap();
    let report = data.crawl(&pipeline(&server, "", ""), "r2").await.unwrap();
    assert_eq!(report.new_pages(), 5);
}

#[test]
fn a_state_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = State::open(folder.path()).unwrap_err();
    let start = format!("cannot use crawl state `{}`: ", folder.path().display());
    assert!(message(&error).starts_with(&start), "{}", message(&error));
}
