//! The server as a client sees it, over a plain socket.
#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use std::net::{Ipv4Addr, SocketAddr};

use fazhi_portal::{Portal, PortalOptions, RequestLog, Server, Truth};
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
    let server = start(Portal::generate(&PortalOptions { reports: 6 })).await;
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
    let server = start(Portal::generate(&PortalOptions { reports: 6 })).await;
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
        let answer = get(&server, url.strip_prefix(&base).unwrap(), "").await;
        assert_eq!(answer.status, 200, "{url}");
    }
    server.stop().await;
}

#[tokio::test]
async fn robots_refuse_what_one_list_links_to() {
    let portal = Portal::generate(&PortalOptions { reports: 6 });
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
    let server = start(Portal::generate(&PortalOptions { reports: 6 })).await;
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
