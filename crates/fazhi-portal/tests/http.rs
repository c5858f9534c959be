//! The server as a client sees it, over a plain socket.
#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use std::net::{Ipv4Addr, SocketAddr};

use fazhi_portal::{Portal, PortalOptions, RequestLog, Server, Traps, Truth};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

async fn get(server: &Server, path: &str, headers: &str) -> Answer {
    let base = server.base_url();
    let mut socket = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: portal\r\nUser-Agent: test/1\r\nConnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A connection that breaks off is one of the things under test.
    let _ = socket.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

async fn start(portal: Portal) -> Server {
    Server::start(portal, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap()
}

const LIST: &str = "/chengxi/zwgk/fzzfjsndbg/index.html";

#[tokio::test]
async fn validators_are_honoured() {
    let server = start(Portal::generate(&PortalOptions { reports: 6, ..PortalOptions::default() })).await;
    let first = get(&server, LIST, "").await;
    let (etag, modified) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
    assert_eq!((first.status, first.header("content-type")), (200, Some("text/html")));
    for (condition, status) in [
        (format!("If-None-Match: {etag}\r\n"), 304),
        (format!("If-None-Match: \"other\", W/{etag}\r\n"), 304),
        (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {modified}\r\n"), 200),
        (format!("If-Modified-Since: {modified}\r\n"), 304),
        ("If-Modified-Since: Mon, 01 Jan 2018 00:00:00 GMT\r\n".to_owned(), 200),
        ("If-Modified-Since: yesterday\r\n".to_owned(), 200),
    ] {
        let answer = get(&server, LIST, &condition).await;
        assert_eq!((answer.status, answer.body.is_empty()), (status, status == 304), "{condition}");
        assert_eq!(answer.header("etag"), Some(etag));
    }
    server.stop().await;
}

#[tokio::test]
async fn the_log_holds_pages_and_no_control_paths() {
    let server = start(Portal::generate(&PortalOptions { reports: 6, ..PortalOptions::default() })).await;
    get(&server, "/truth.json", "").await;
    get(&server, "/pipelines.json", "").await;
    get(&server, LIST, "If-None-Match: \"x\"\r\n").await;
    get(&server, "/nowhere?a=1", "").await;
    let entry = |path: &str, conditional, status| RequestLog {
        method: "GET".into(),
        path_and_query: path.into(),
        conditional,
        status,
        user_agent: "test/1".into(),
    };
    assert_eq!(server.requests(), [entry(LIST, true, 200), entry("/nowhere?a=1", false, 404)]);
    let log = get(&server, "/requests.json", "").await;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&log.body).unwrap()[0]["path_and_query"], LIST);
    server.clear_requests();
    assert_eq!(server.requests(), []);
    server.stop().await;
}

#[tokio::test]
async fn every_address_of_the_truth_answers_and_the_truth_travels() {
    let portal = Portal::generate(&PortalOptions::default());
    let server = start(portal.clone()).await;
    let base = server.base_url();
    let truth: Truth = serde_json::from_slice(&get(&server, "/truth.json", "").await.body).unwrap();
    assert_eq!(truth, portal.truth(&base));
    let urls = truth.documents.iter().map(|document| &document.url).chain(&truth.lists).chain(&truth.disallowed);
    for url in urls {
        let answer = get(&server, url.strip_prefix(&base).unwrap(), "Referer: http://portal/\r\n").await;
        assert_eq!(answer.status, 200, "{url}");
    }
    server.stop().await;
}

/// All families, and all traps.
fn everything() -> Portal {
    Portal::generate(&PortalOptions { reports: 84, traps: Traps::Present })
}

#[tokio::test]
async fn services_heed_their_parameters() {
    let server = start(everything()).await;
    let text = |answer: Answer| String::from_utf8(answer.body).unwrap();
    let json = |answer: &Answer| serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap();

    let catalogue = get(&server, "/gkmlpt/api/all/0?page=1&sid=768005", "").await;
    let articles = json(&catalogue)["articles"].as_array().unwrap().len();
    assert!(articles >= 24 && catalogue.header("content-type") == Some("application/json"));
    let first = json(&catalogue)["articles"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&server, first.strip_prefix(&server.base_url()).unwrap(), "").await.status, 200);
    let etag = format!("If-None-Match: {}\r\n", catalogue.header("etag").unwrap());
    assert_eq!(get(&server, "/gkmlpt/api/all/0?page=1&sid=768005", &etag).await.status, 304);
    let unknown = get(&server, "/gkmlpt/api/all/0?page=1&sid=1", "").await;
    assert_eq!((unknown.status, json(&unknown)["articles"].is_null()), (200, true));

    let jpaas = everything().truth("").lists.into_iter().find(|list| list.contains("/front/page/build/unit")).unwrap();
    assert_eq!(get(&server, &jpaas, "").await.status, 403);
    let list = get(&server, &jpaas, "Referer: http://portal/yunya/\r\n").await;
    assert_eq!(json(&list)["data"]["html"].as_str().unwrap().matches("<li ").count(), 9);

    let records = text(get(&server, "/county8/was5/web/search?prepage=4&channelid=201125&page=2", "").await);
    assert_eq!((records.matches("<REC>").count(), records.contains("<PAGE>2</PAGE>")), (4, true));
    let label = "/site/label/8888?labelName=publicInfoList&siteId=6788207&organId=1112&pageSize=5";
    let page = |index: usize| format!("{label}&pageIndex={index}");
    let first = text(get(&server, &page(1), "").await);
    assert_eq!(first.matches("class=\"title\"").count(), 5);
    assert_ne!(text(get(&server, &page(2), "").await), first);
    assert_eq!(text(get(&server, &page(99), "").await), first);
    let feed = get(&server, "/county11/rss/fzzfjs.xml?page=2", "").await;
    assert!(
        feed.header("content-type").unwrap().starts_with("application/rss+xml") && text(feed).contains("?page=3\"")
    );
    server.stop().await;
}

#[tokio::test]
async fn traps_are_served() {
    let portal = everything();
    let server = start(portal.clone()).await;
    let text = |answer: Answer| String::from_utf8(answer.body).unwrap();
    let list =
        text(get(&server, LIST, "").await) + &text(get(&server, "/chengxi/zwgk/fzzfjsndbg/index_2.html", "").await);
    let truth = portal.truth("");
    let whole = truth.documents.iter().find(|d| d.pipeline == "chengxi" && d.report_year == Some(2018)).unwrap();
    let stem = whole.url.strip_suffix(".html").unwrap();
    let file = stem.rsplit('/').next().unwrap();
    for (part, path) in [stem.to_owned(), format!("{stem}_1"), format!("{stem}_2")].iter().enumerate() {
        let page = text(get(&server, &format!("{path}.html"), "").await);
        assert!(
            page.contains(&format!("createPageHTML(3, {part}, \"{file}\", \"html\")")) && page.contains(&whole.title)
        );
    }
    assert_eq!(get(&server, &format!("{stem}_3.html"), "").await.status, 404);
    assert!(!list.contains(&format!("{file}_1.html")));

    let twin = truth.documents.iter().find(|d| d.pipeline == "chengxi" && d.report_year == Some(2019)).unwrap();
    let address = twin.url.replace(".html", "_wap.html");
    assert_eq!(get(&server, &address, "").await.body, get(&server, &twin.url, "").await.body);
    let framed = text(get(&server, "/chengxi-sfj/fzzfjsndbg/index.html", "").await);
    assert!(framed.contains("<iframe") && !framed.contains("content_"));
    assert_eq!(get(&server, "/chengxi-sfj/fzzfjsndbg/list.html", "").await.status, 200);
    let session = truth.documents.iter().find(|d| d.pipeline == "wuping" && d.report_year == Some(2020)).unwrap();
    let address = format!("{};jsessionid=5C1E0B7A9D3F48E26A7B0C9D8E1F2A3B", session.url);
    assert_eq!(get(&server, &address, "").await.body, get(&server, &session.url, "").await.body);
    assert!(truth.documents.iter().all(|document| !document.url.contains("_wap.") && !document.url.contains(';')));
    server.stop().await;
}

#[tokio::test]
async fn robots_refuse_what_one_list_links_to() {
    let portal = Portal::generate(&PortalOptions { reports: 6, ..PortalOptions::default() });
    let server = start(portal.clone()).await;
    let robots = get(&server, "/robots.txt", "").await;
    assert_eq!(String::from_utf8(robots.body).unwrap(), "User-agent: *\nDisallow: /chengxi/internal/\n");
    let truth = portal.truth("");
    assert_eq!(truth.disallowed, ["/chengxi/internal/t20250211_1.html"]);
    let mut linked = 0;
    for list in &truth.lists {
        linked +=
            usize::from(String::from_utf8(get(&server, list, "").await.body).unwrap().contains(&truth.disallowed[0]));
    }
    assert_eq!(linked, 1);
    server.stop().await;
}

#[tokio::test]
async fn faults() {
    let server = start(Portal::generate(&PortalOptions { reports: 6, ..PortalOptions::default() })).await;
    assert_eq!(get(&server, "/faults/500", "").await.status, 500);
    let reset = get(&server, "/faults/reset", "").await;
    assert_eq!((reset.header("content-length"), reset.body.len() < 40_000), (Some("40000"), true));
    let challenge = get(&server, "/faults/challenge.html", "").await;
    assert_eq!((challenge.status, challenge.header("set-cookie").is_some()), (412, true));
    let random = get(&server, "/faults/random.html", "").await;
    assert!(String::from_utf8(random.body).is_err());
    let good = get(&server, "/faults/good.html", "").await.body;
    let cut = get(&server, "/faults/cut.html", "").await.body;
    let last = |wanted: u8| cut.iter().rposition(|byte| *byte == wanted);
    assert!(good.starts_with(&cut) && cut.len() > good.len() / 4 && last(b'<') > last(b'>'), "{}", cut.len());
    for path in ["/faults/empty-list.html", "/faults/list-random.html"] {
        assert_eq!(get(&server, path, "").await.status, 200);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_folder_is_served_with_validators_and_without_charset() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("a")).unwrap();
    fs_err::write(dir.path().join("a/index.html"), "<p>甲</p>").unwrap();
    fs_err::write(dir.path().join("truth.json"), "{}").unwrap();
    let server = start(Portal::serve_folder(dir.path()).unwrap()).await;
    let page = get(&server, "/a/", "").await;
    assert_eq!(
        (page.status, page.header("content-type"), &page.body[..]),
        (200, Some("text/html"), "<p>甲</p>".as_bytes())
    );
    let etag = page.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    assert_eq!(get(&server, "/a/", &format!("If-None-Match: {etag}\r\n")).await.status, 304);
    assert_eq!(get(&server, "/a", "").await.header("location"), Some("/a/"));
    assert_eq!(get(&server, "/%2e%2e/etc/passwd", "").await.status, 404);
    assert_eq!(get(&server, "/robots.txt", "").await.status, 404);
    assert_eq!(get(&server, "/truth.json", "").await.body, b"{}");
    server.stop().await;
}
