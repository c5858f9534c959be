use data_encoding::BASE64;
use fazhi_serve::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{get, send};
use crate::harness::{Served, users};

fn with_users(config: &mut Config) {
    config.users = users();
}

#[tokio::test]
async fn web_pages_cannot_reach_a_server_on_loopback() {
    let served = Served::start().await;
    let address = served.http();
    let port = address.port();
    let own = format!("http://127.0.0.1:{port}");
    let (local, rebound) = (format!("localhost:{port}"), format!("evil.test:{port}"));
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[], 200),
        (&[("Host", &local)], 200),
        (&[("Origin", &own)], 200),
        (&[("Sec-Fetch-Site", "none")], 200),
        (&[("Sec-Fetch-Site", "same-origin"), ("Origin", &own)], 200),
        (&[("Host", &rebound)], 403),
        (&[("Host", "localhost")], 403),
        (&[("Host", &local), ("Host", &rebound)], 400),
        (&[("Origin", "null")], 403),
        (&[("Origin", "http://evil.test")], 403),
        (&[("Host", &rebound), ("Origin", "http://evil.test")], 403),
        (&[("Origin", "http://localhost:3000")], 403),
        (&[("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Sec-Fetch-Site", "same-site")], 403),
    ];
    for (headers, status) in cases {
        for target in ["/reports", "/health", "/metrics"] {
            assert_eq!(send(address, "GET", target, headers, b"").await.status, *status, "{target} {headers:?}");
        }
        let post = [&[("Content-Type", "text/plain")], *headers].concat();
        let reply = send(address, "POST", "/sql", &post, b"SELECT 1").await;
        assert_eq!(reply.status, *status, "POST {headers:?}");
    }
    let preflight = [("Origin", "http://evil.test"), ("Access-Control-Request-Method", "POST")];
    let reply = send(address, "OPTIONS", "/sql", &preflight, b"").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, None));
}

#[tokio::test]
async fn users_log_in_and_nobody_else() {
    let served = Served::start_with(with_users).await;
    let address = served.http();
    for path in ["/health", "/ready"] {
        assert_eq!(get(address, path).await.status, 200, "{path}");
    }
    for path in ["/", "/openapi.json", "/metrics", "/tables", "/reports", "/reports/x", "/nothing"] {
        let reply = get(address, path).await;
        reply.problem(401);
        let challenges: Vec<&str> = reply
            .headers
            .iter()
            .filter(|(name, _)| name == "www-authenticate")
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(challenges, ["Basic realm=\"fazhi\", charset=\"UTF-8\"", "Bearer"], "{path}");
    }
    let with = async |authorization: String| {
        send(address, "GET", "/reports", &[("Authorization", &authorization)], b"").await.status
    };
    let basic = |credentials: &str| format!("Basic {}", BASE64.encode(credentials.as_bytes()));
    assert_eq!(with(basic("lin:葱花 & pancakes")).await, 200);
    assert_eq!(with(basic("wang:tea").replace("Basic", "bAsIc")).await, 200);
    for wrong in
        [basic("lin:tea"), basic("lin"), "Bearer nothing".into(), "Basic !!!".into(), "Digest x".into(), String::new()]
    {
        assert_eq!(with(wrong.clone()).await, 401, "{wrong}");
    }
    let metrics = send(address, "GET", "/metrics", &[("Authorization", &basic("wang:tea"))], b"").await;
    let failures = "fazhi_logins_failed_total{protocol=\"http\"} 2";
    assert!(metrics.text().contains(failures), "{}", metrics.text());
}

#[tokio::test]
async fn bodies_have_a_type_and_a_size() {
    let served = Served::start_with(|config| config.limits.statement_bytes = 1_000).await;
    let address = served.http();
    let post = async |kind: &str, body: &[u8]| send(address, "POST", "/sql", &[("Content-Type", kind)], body).await;
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "text/html", "text/plain; charset=gbk", ""]
    {
        post(kind, b"SELECT 1").await.problem(415);
    }
    send(address, "POST", "/sql", &[], b"SELECT 1").await.problem(415);
    assert_eq!(post("Text/Plain; Charset=\"UTF-8\"", b"SELECT 1").await.status, 200);
    post("text/plain", b"SELECT '\xff'").await.problem(400);
    post("text/plain", format!("SELECT 1{}", " ".repeat(1_000)).as_bytes()).await.problem(413);
    post("application/json", b"{\"sql\": \"SELECT 1\"").await.problem(400);
    post("application/json", b"{\"sql\": \"SELECT 1\", \"colour\": \"red\"}").await.problem(400);
    post("application/json", b"[]").await.problem(400);
    post("application/json", b"").await.problem(400);
    let padded = |bytes: usize| format!("{{\"sql\": \"SELECT 1\"}}{}", " ".repeat(bytes));
    assert_eq!(post("application/json", padded(1 << 20).as_bytes()).await.status, 200);
    post("application/json", padded((1 << 20) + 1_000).as_bytes()).await.problem(413);
    let deep = format!("{{\"sql\": \"SELECT $1\", \"parameters\": {}", "[".repeat(100_000));
    post("application/json", deep.as_bytes()).await.problem(400);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let served = Served::start_with(|config| config.limits.login_time = std::time::Duration::from_millis(200)).await;
    let mut stream = TcpStream::connect(served.http()).await.unwrap();
    let head = format!(
        "POST /sql HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nSELECT",
        served.http()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}
