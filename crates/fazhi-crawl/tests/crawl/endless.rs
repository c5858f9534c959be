//! Lists that never end.

use super::*;

/// A server whose page `/x/list_N.html` always names two new articles and the page after it, and leads on from the first.
#[tokio::test]
async fn a_pager_that_never_ends_is_cut() {
    let (server, data) = (Server::start().await, Data::new());
    server.page("/x/index.html", &list(10001..10003, Some("list_2.html")));
    for page in 2..30 {
        let first = 10001 + 2 * page;
        server.page(&format!("/x/list_{page}.html"), &list(first..first + 2, Some(&format!("list_{}.html", page + 1))));
    }
    let report = data.crawl(&pipeline(&server, "max-pages = 20\ntitle = \"无\"", ""), "r1").await.unwrap();
    assert_eq!((report.lists, report.listed), (20, 40));
    assert!(report.issues.iter().any(|issue| issue.kind == "pager_cut"));
}

#[tokio::test]
async fn shells_that_lead_to_shells_have_an_end() {
    let (server, data) = (Server::start().await, Data::new());
    // Each page is the shell of a list that begins at the next one.
    let shell = |n: u32| {
        format!(
            "<html><body><script src=\"/api-gateway/jpaas-publish-server/front/js.js\"></script><div queryData=\"{{'webId':'{n}','pageId':'{n}','tplSetId':'{n}','tagId':'列表','pageType':'column','parseType':'bulidstatic'}}\" \
             unitUrl=\"/api-gateway/jpaas-publish-server/front/page/build/unit/{n}\"></div></body></html>"
        )
    };
    server.page("/x/index.html", &shell(1));
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert!(server.paths().len() <= 6);
    assert_eq!(report.listed, 0);
    assert!(!report.issues.is_empty());
}

#[tokio::test]
async fn lists_that_name_each_other_are_read_once() {
    let (server, data) = (Server::start().await, Data::new());
    let frame = |target: &str| format!("<html><body><iframe src=\"{target}\"></iframe></body></html>");
    server.page("/x/index.html", &frame("/x/inner.html"));
    server.page("/x/inner.html", &frame("/x/index.html"));
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!(server.paths(), ["/robots.txt", "/x/index.html", "/x/inner.html"]);
    assert_eq!((report.lists, report.listed), (2, 0));
}

#[tokio::test]
async fn a_list_that_is_cut_gives_what_is_whole() {
    let (server, data) = (Server::start().await, Data::new());
    let url = |n: u32| format!("<url><loc>{}/x/content_{n}.html</loc></url>", server.base);
    let urls = (10001..10004).map(url).collect::<Vec<_>>().concat();
    let map = format!(
        "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}<url><loc>{}/x/con",
        server.base
    );
    server.status("/x/index.html", 200, &[("content-type", "application/xml")], &map);
    for n in 10001..10004 {
        server.page(&format!("/x/content_{n}.html"), &article(n));
    }
    let report = data.crawl(&pipeline(&server, "", ""), "r1").await.unwrap();
    assert_eq!((report.listed, report.new_pages()), (3, 3));
}
