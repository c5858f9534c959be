//! Addresses that are not for us, and hosts that a pipeline does not name.

use fazhi_model::{Outcome, Purpose, Severity};

use super::*;

async fn crawl_in_public(data: &Data, pipeline: &Pipeline) -> CrawlReport {
    let state = State::open(&data.state_path()).unwrap();
    let (archive_root, hosts) = (data.archive(), Hosts::new());
    let site = CrawlSite { reach: Reach::Public, ..site(&archive_root, &state, "r1", &hosts) };
    fazhi_crawl::crawl(pipeline, &site, &|_| {}).await.unwrap()
}

#[tokio::test]
async fn this_machine_is_not_asked_unless_allowed() {
    let (server, data) = (portal().await, Data::new());
    let report = crawl_in_public(&data, &pipeline(&server, "", "")).await;
    assert_eq!(server.asked(), []);
    let issues: Vec<_> = report.issues.iter().map(|i| (i.kind.as_str(), i.severity, i.detail.as_str())).collect();
    let detail = "`127.0.0.1` must not be contacted: address-loopback; `--allow-loopback` lets a run ask this machine";
    assert_eq!(issues, [("address_refused", Severity::Error, detail)]);
    assert_eq!(data.captures()[0], "Metadata /robots.txt disallowed address-loopback");
}

#[tokio::test]
async fn a_name_is_refused_for_where_it_leads() {
    let (server, data) = (portal().await, Data::new());
    let port = server.base.rsplit_once(':').unwrap().1;
    let text = format!("name = \"named\"\n[site]\nstart = [\"http://localhost:{port}/x/index.html\"]\n");
    crawl_in_public(&data, &Pipeline::parse("named.toml", &text).unwrap()).await;
    assert_eq!(server.asked(), []);
    assert_eq!(data.captures()[0], "Metadata /robots.txt disallowed address-loopback");
}

/// Two servers; the list of the first leads to an article on the second, and so does a redirect.
async fn two_hosts() -> (Server, Server) {
    let (first, second) = (Server::start().await, Server::start().await);
    let rows = format!(
        "<li><a href=\"content_10001.html\">某县第一号法治报告</a><span>2024-01-29</span></li>\
         <li><a href=\"content_10002.html\">某县第二号法治报告</a><span>2024-01-28</span></li>\
         <li><a href=\"{}/x/content_10003.html\">某县第三号法治报告</a><span>2024-01-27</span></li>",
        second.base
    );
    first.page("/x/index.html", &format!("<html><body><ul class=\"list\">{rows}</ul></body></html>"));
    first.page("/x/content_10001.html", &article(10001));
    let target = format!("{}/x/content_10002.html", second.base);
    first.status("/x/content_10002.html", 302, &[("location", &target)], "");
    second.page("/x/content_10002.html", &article(10002));
    second.page("/x/content_10003.html", &article(10003));
    second.status("/robots.txt", 200, &[("content-type", "text/plain")], "User-agent: *\nDisallow: /x/content_10003\n");
    (first, second)
}

#[tokio::test]
async fn hosts_that_are_not_named_are_not_asked() {
    let ((first, second), data) = (two_hosts().await, Data::new());
    let report = data.crawl(&pipeline(&first, "", ""), "r1").await.unwrap();
    assert_eq!(second.asked(), []);
    assert_eq!((report.new_pages(), report.count(Purpose::Page, Outcome::Redirected)), (1, 1));
    assert_eq!(report.issues[0].kind, "foreign_links");
}

#[tokio::test]
async fn hosts_that_are_named_are_asked_by_their_own_rules() {
    let ((first, second), data) = (two_hosts().await, Data::new());
    let host = second.base.trim_start_matches("http://");
    let text = format!(
        "name = \"test\"\n[site]\nstart = [\"{}/x/index.html\"]\nhosts = [\"{host}\"]\n[politeness]\ndelay-ms = 0\n",
        first.base
    );
    let report = data.crawl(&Pipeline::parse("test.toml", &text).unwrap(), "r1").await.unwrap();
    assert_eq!((report.new_pages(), report.refused_pages()), (2, 1));
    assert_eq!(second.paths(), ["/robots.txt", "/x/content_10002.html"]);
}
