//! The portal for benchmarks as a client sees it, over a plain socket.
#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use std::collections::HashSet;
use std::io::Read as _;

use fazhi_portal::BenchServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Head and body.
async fn get(server: &BenchServer, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut socket = TcpStream::connect(server.base_url().trim_start_matches("http://")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a.cn\r\nConnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end + 4..].to_vec())
}

async fn text(server: &BenchServer, path: &str) -> String {
    let (head, body) = get(server, path, "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{path}: {head}");
    String::from_utf8(body).unwrap()
}

#[tokio::test]
async fn articles_differ_in_number_and_have_their_sizes_and_codings() {
    let server = BenchServer::start(40, 0).await.unwrap();
    let (mut seen, mut gzip, mut gb18030) = (HashSet::new(), 0, 0);
    for number in 1_000_001..1_000_041 {
        let (head, mut body) = get(&server, &format!("/a/content_{number}.html"), "").await;
        if head.contains("content-encoding: gzip") {
            gzip += 1;
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
            body = plain;
        }
        assert!((39_000..62_000).contains(&body.len()), "{}", body.len());
        let (html, wrong) = encoding_rs::GB18030.decode_without_bom_handling(&body);
        let html = if head.contains("charset=utf-8") {
            String::from_utf8(body.clone()).unwrap()
        } else {
            gb18030 += 1;
            assert!(!wrong);
            html.into_owned()
        };
        let title = format!("某县第{number}镇2023年法治政府建设情况报告</");
        assert_eq!(html.matches(&title).count(), 2);
        assert!(html.ends_with("</html>\n"));
        seen.insert(html);
    }
    assert_eq!((seen.len(), gzip, gb18030), (40, 4, 4));
    assert_eq!(server.requests(), 40);
    for path in ["/a/content_1000000.html", "/a/content_1000041.html", "/a/content_x.html"] {
        assert!(get(&server, path, "").await.0.starts_with("HTTP/1.1 404"), "{path}");
    }
    let (head, body) = get(&server, "/a/content_1000001.html", "If-None-Match: \"1000001-1\"\r\n").await;
    assert!(head.starts_with("HTTP/1.1 304") && body.is_empty(), "{head}");
}

#[tokio::test]
async fn lists_and_sitemaps_name_every_article_once() {
    let server = BenchServer::start(20_250, 0).await.unwrap();
    let mut listed = HashSet::new();
    let (mut path, mut pages) = ("/list/index.html".to_owned(), 0);
    loop {
        let list = text(&server, &path).await;
        pages += 1;
        for link in list.split("<a href=\"/a/").skip(1) {
            assert!(listed.insert(format!("/a/{}", link.split('"').next().unwrap())));
        }
        let Some(end) = list.find("\">下一页") else { break };
        path = format!("/list/{}", list[..end].rsplit('"').next().unwrap());
    }
    assert_eq!((pages, listed.len()), (203, 20_250));
    let index = text(&server, "/sitemap.xml").await;
    assert_eq!(index.matches("<sitemap>").count(), 3);
    let mut mapped = HashSet::new();
    for n in 1..=3 {
        let url = format!("<loc>{}/sitemap_{n}.xml</loc>", server.base_url());
        assert!(index.contains(&url), "{index}");
        let map = text(&server, &format!("/sitemap_{n}.xml")).await;
        let start = format!("<loc>{}", server.base_url());
        mapped.extend(map.split(&start).skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()));
    }
    assert_eq!(mapped, listed);
    for path in ["/sitemap_0.xml", "/sitemap_4.xml", "/list/list_1.html", "/list/list_204.html"] {
        assert!(get(&server, path, "").await.0.starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(text(&server, "/robots.txt").await.contains("/sitemap.xml"));
}

#[tokio::test]
async fn a_million_articles_cost_nothing_to_start() {
    let server = BenchServer::start(1_000_000, 0).await.unwrap();
    assert!(text(&server, "/list/list_10000.html").await.contains("/a/content_2000000.html"));
    assert!(text(&server, "/sitemap_100.xml").await.contains("/a/content_2000000.html"));
    assert!(get(&server, "/a/content_2000000.html", "").await.0.starts_with("HTTP/1.1 200"));
    assert!(get(&server, "/list/list_10001.html", "").await.0.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_log_has_every_path_once_and_only_where_it_is_kept() {
    let (logged, plain) = (BenchServer::start_with_log(3, 0).await.unwrap(), BenchServer::start(3, 0).await.unwrap());
    for server in [&logged, &plain] {
        get(server, "/robots.txt", "").await;
        get(server, "/a/content_9.html", "").await;
    }
    assert_eq!(logged.take_log(), ["/robots.txt", "/a/content_9.html"]);
    assert_eq!((logged.take_log().len(), plain.take_log().len()), (0, 0));
    assert_eq!((logged.requests(), plain.requests()), (2, 2));
}
