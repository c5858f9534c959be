use std::time::Duration;

use fazhi_portal::{Day, Fault, FaultOptions, FaultServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn server(service_time: Duration) -> FaultServer {
    FaultServer::start_with(FaultOptions { service_time, ..FaultOptions::default() }).await.unwrap()
}

async fn connect(server: &FaultServer) -> TcpStream {
    TcpStream::connect(server.base_url().trim_start_matches("http://")).await.unwrap()
}

async fn send(socket: &mut TcpStream, path: &str, host: &str, headers: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
}

/// Reads an answer to its end, by its length, and leaves the connection open.
async fn receive(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        assert_ne!(socket.read_buf(&mut bytes).await.unwrap(), 0);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |n| n.parse().unwrap());
        if body.len() >= length {
            return text;
        }
    }
}

#[tokio::test]
async fn requests_are_noted_with_what_they_carried() {
    let server = server(Duration::from_millis(1)).await;
    let mut socket = connect(&server).await;
    let headers = "User-Agent: test/1\r\nReferer: http://a.cn/list\r\nIf-None-Match: \"x\"\r\n\
                   If-Modified-Since: Mon, 29 Jan 2024 00:00:00 GMT\r\n";
    send(&mut socket, &Fault::NotFound.path(), "a.cn", headers).await;
    receive(&mut socket).await;
    server.advance();
    send(&mut socket, "/list/index.html", "b.cn", "").await;
    receive(&mut socket).await;
    let log = server.log();
    let [first, second] = log.as_slice() else { panic!("{log:?}") };
    assert_eq!(
        (first.path.as_str(), first.fault, first.status),
        ("/a/content_10001.html", Some(Fault::NotFound), Some(404))
    );
    assert_eq!((first.method.as_str(), first.host.as_str(), first.day), ("GET", "a.cn", Day::First));
    assert_eq!((first.user_agent.as_deref(), first.referer.as_deref()), (Some("test/1"), Some("http://a.cn/list")));
    assert_eq!(first.if_none_match.as_deref(), Some("\"x\""));
    assert_eq!(first.if_modified_since.as_deref(), Some("Mon, 29 Jan 2024 00:00:00 GMT"));
    assert_eq!((second.host.as_str(), second.fault, second.status), ("b.cn", None, Some(200)));
    assert_eq!((second.day, &second.user_agent), (Day::Second, &None));
}

#[tokio::test]
async fn times_are_those_of_the_requests() {
    let service_time = Duration::from_millis(20);
    let server = server(service_time).await;
    let mut socket = connect(&server).await;
    let pause = Duration::from_millis(30);
    for path in &server.sound_paths()[..2] {
        send(&mut socket, path, "a.cn", "").await;
        receive(&mut socket).await;
        tokio::time::sleep(pause).await;
    }
    let log = server.log();
    assert!(log.iter().all(|request| request.ended.unwrap() >= request.began + service_time), "{log:?}");
    assert!(log[1].began >= log[0].ended.unwrap() + pause, "{log:?}");
}

#[tokio::test]
async fn the_high_water_mark_counts_each_host_alone() {
    let server = server(Duration::ZERO).await;
    let mut sockets = Vec::new();
    for host in ["a.cn", "a.cn", "b.cn", "a.cn"] {
        let mut socket = connect(&server).await;
        // Never answered, so that all of them stay open.
        send(&mut socket, &Fault::Silence.path(), host, "").await;
        sockets.push(socket);
    }
    while server.log().len() < sockets.len() {
        tokio::task::yield_now().await;
    }
    assert!(server.log().iter().all(|request| request.ended.is_none()));
    let marks: Vec<_> = server.high_water().into_iter().collect();
    assert_eq!(marks, [("a.cn".to_owned(), 3), ("b.cn".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_after_the_other_is_never_two_at_a_time() {
    let server = server(Duration::ZERO).await;
    let paths = server.sound_paths();
    for n in 0..300 {
        let mut socket = connect(&server).await;
        match n % 3 {
            // Read to the end; the next request comes at once, by another connection.
            0 | 1 => {
                send(&mut socket, &paths[n % paths.len()], "a.cn", "").await;
                receive(&mut socket).await;
            }
            // Given up before its end, closed without having read all that came.
            _ => {
                send(&mut socket, &Fault::BodyEndless.path(), "a.cn", "").await;
                assert_ne!(socket.read(&mut [0; 100]).await.unwrap(), 0);
            }
        }
    }
    let mut silent = connect(&server).await;
    send(&mut silent, &Fault::Silence.path(), "a.cn", "").await;
    let waited = tokio::time::timeout(Duration::from_millis(50), silent.read(&mut [0; 1])).await;
    assert!(waited.is_err(), "{waited:?}");
    drop(silent);
    let mut last = connect(&server).await;
    send(&mut last, &paths[0], "a.cn", "").await;
    receive(&mut last).await;
    assert_eq!(server.high_water().into_values().collect::<Vec<_>>(), [1]);
    let log = server.log();
    assert_eq!(log.len(), 302);
    let read: Vec<_> = log.iter().map(|request| request.ended.is_some()).collect();
    let expected: Vec<_> = (0..302).map(|n| n % 3 != 2 && n != 300).collect();
    assert_eq!(read, expected, "of those that were given up no end is known");
    assert_eq!(log[300].status, None);
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let server = server(Duration::ZERO).await;
    let mut socket = connect(&server).await;
    send(&mut socket, &Fault::Silence.path(), "a.cn", "").await;
    drop(server);
    // Closed or reset: either way there is nothing more to come.
    assert!(matches!(socket.read(&mut [0; 1]).await, Ok(0) | Err(_)));
}
