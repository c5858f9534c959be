//! Later crawls: what is new is found, what is known is not read again, what is gone is noticed.

use fazhi_model::{Outcome, Purpose};
use rusqlite::Connection;

use super::*;

/// A list page with these articles and dates, and a link to the next page.
fn dated(rows: &[(u32, &str)], next: Option<&str>) -> String {
    let row = |(n, date): &(u32, &str)| {
        format!("<li><a href=\"content_{n}.html\">某县第{n}号法治报告</a><span>{date}</span></li>")
    };
    let rows = rows.iter().map(row).collect::<Vec<_>>().concat();
    let next = next.map(|next| format!("<a href=\"{next}\">下一页</a>")).unwrap_or_default();
    format!("<html><body><div class=\"main\"><ul>{rows}</ul></div>{next}</body></html>")
}

/// Four list pages, newest first, over two years.
async fn archive_of_years() -> Server {
    let server = Server::start().await;
    server.page("/x/index.html", &dated(&[(10008, "2024-04-20"), (10007, "2024-03-29")], Some("list_2.html")));
    server.page("/x/list_2.html", &dated(&[(10006, "2024-02-02"), (10005, "2024-01-30")], Some("list_3.html")));
    server.page("/x/list_3.html", &dated(&[(10004, "2023-03-30"), (10003, "2023-02-02")], Some("list_4.html")));
    server.page("/x/list_4.html", &dated(&[(10002, "2022-03-30"), (10001, "2022-02-02")], None));
    for n in 10001..10009 {
        server.page(&format!("/x/content_{n}.html"), &article(n));
    }
    server
}

/// As if the last crawl had been so many days ago.
fn days_pass(data: &Data, days: i64) {
    let database = Connection::open(data.state_path()).unwrap();
    let earlier = (chrono::Utc::now() - chrono::TimeDelta::days(days)).to_rfc3339();
    database.execute("UPDATE cycles SET started_at = ?1", [&earlier]).unwrap();
}

fn lists_asked(server: &Server) -> Vec<String> {
    let mut paths = server.paths();
    paths.retain(|path| path.contains("index") || path.contains("list_"));
    paths
}

#[tokio::test]
async fn an_update_reads_a_list_as_far_as_it_is_new() {
    let (server, data) = (archive_of_years().await, Data::new());
    let pipeline = pipeline(&server, "", "");
    let first = data.crawl(&pipeline, "r1").await.unwrap();
    assert_eq!((first.lists, first.new_pages()), (4, 8));
    server.asked();
    let second = data.crawl(&pipeline, "r2").await.unwrap();
    // Page 3 is known and its dates lie 120 days before the newest.
    assert_eq!(lists_asked(&server), ["/x/index.html", "/x/list_2.html", "/x/list_3.html"]);
    assert_eq!((second.unchanged_pages(), second.issues.len()), (6, 0));
}

#[tokio::test]
async fn a_report_that_is_dated_back_is_found() {
    let (server, data) = (archive_of_years().await, Data::new());
    let pipeline = pipeline(&server, "", "");
    data.crawl(&pipeline, "r1").await.unwrap();
    // Posted in April, dated February: it stands on the second page.
    server.page("/x/list_2.html", &dated(&[(10006, "2024-02-02"), (10009, "2024-02-01")], Some("list_3.html")));
    server.page("/x/content_10009.html", &article(10009));
    assert_eq!(data.crawl(&pipeline, "r2").await.unwrap().new_pages(), 1);
    // Dated back by two years it stands behind what an update reads; the next sweep finds it.
    server.page("/x/list_4.html", &dated(&[(10002, "2022-03-30"), (10010, "2022-03-01"), (10001, "2022-02-02")], None));
    server.page("/x/content_10010.html", &article(10010));
    assert_eq!(data.crawl(&pipeline, "r3").await.unwrap().new_pages(), 0);
    days_pass(&data, 31);
    assert_eq!(data.crawl(&pipeline, "r4").await.unwrap().new_pages(), 1);
}

#[tokio::test]
async fn a_sweep_asks_for_articles_that_are_listed_no_more() {
    let (server, data) = (archive_of_years().await, Data::new());
    let pipeline = pipeline(&server, "", "");
    data.crawl(&pipeline, "r1").await.unwrap();
    server.page("/x/list_4.html", &dated(&[(10002, "2022-03-30")], None));
    server.status("/x/content_10001.html", 410, &[], "gone");
    let update = data.crawl(&pipeline, "r2").await.unwrap();
    assert_eq!(update.count(Purpose::Page, Outcome::NotFound), 0);
    days_pass(&data, 31);
    let sweep = data.crawl(&pipeline, "r3").await.unwrap();
    assert_eq!(sweep.count(Purpose::Page, Outcome::NotFound), 1);
    // What is known to be gone is not asked for again and again.
    days_pass(&data, 31);
    server.asked();
    data.crawl(&pipeline, "r4").await.unwrap();
    assert!(!server.paths().contains(&"/x/content_10001.html".to_owned()));
}

#[tokio::test]
async fn an_article_that_failed_keeps_its_list_open() {
    let (server, data) = (archive_of_years().await, Data::new());
    server.status("/x/content_10003.html", 500, &[], "oops");
    let pipeline = pipeline(&server, "", "");
    assert_eq!(data.crawl(&pipeline, "r1").await.unwrap().new_pages(), 7);
    server.page("/x/content_10003.html", &article(10003));
    assert_eq!(data.crawl(&pipeline, "r2").await.unwrap().new_pages(), 1);
}

#[tokio::test]
async fn what_the_budget_leaves_is_fetched_by_later_runs() {
    let (server, data) = (archive_of_years().await, Data::new());
    let text = format!(
        "name = \"test\"\n[site]\nstart = [\"{}/x/index.html\"]\n[politeness]\ndelay-ms = 0\n[budget]\nmax-articles = 3\n",
        server.base
    );
    let pipeline = Pipeline::parse("test.toml", &text).unwrap();
    let first = data.crawl(&pipeline, "r1").await.unwrap();
    assert_eq!((first.new_pages(), first.left), (3, 5));
    assert_eq!(first.issues.iter().map(|issue| issue.kind.as_str()).collect::<Vec<_>>(), ["budget_reached"]);
    server.asked();
    let second = data.crawl(&pipeline, "r2").await.unwrap();
    assert_eq!((second.new_pages(), second.left), (3, 2));
    assert_eq!(lists_asked(&server), Vec::<String>::new());
    let third = data.crawl(&pipeline, "r3").await.unwrap();
    assert_eq!((third.new_pages(), third.left), (2, 0));
}

#[tokio::test]
async fn entries_before_a_day_are_left_out() {
    let (server, data) = (archive_of_years().await, Data::new());
    let report = data.crawl(&pipeline(&server, "since = \"2023-03-01\"", ""), "r1").await.unwrap();
    assert_eq!((report.listed, report.selected, report.new_pages()), (8, 5, 5));
}

#[tokio::test]
async fn a_plan_goes_by_the_last_crawl() {
    let (server, data) = (archive_of_years().await, Data::new());
    let pipeline = pipeline(&server, "", "");
    let unknown = fazhi_crawl::plan(&pipeline, None).unwrap();
    assert_eq!((unknown.lists, unknown.articles), (fazhi_crawl::Expected::AtMost(50), fazhi_crawl::Expected::Unknown));
    assert_eq!(unknown.time(), None);
    data.crawl(&pipeline, "r1").await.unwrap();
    let state = State::open(&data.state_path()).unwrap();
    let known = fazhi_crawl::plan(&pipeline, Some(&state)).unwrap();
    assert_eq!((known.lists, known.articles), (fazhi_crawl::Expected::About(4), fazhi_crawl::Expected::About(8)));
    assert_eq!(known.requests(), fazhi_crawl::Expected::About(13));
}
