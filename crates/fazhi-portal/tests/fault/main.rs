//! The misbehaving portal as a client sees it, over a plain socket.
#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

/// Answers that read as HTTP: statuses, what stands in the place of a page, redirects, `robots.txt`.
mod answers;
/// What a body is said to be, and what it becomes on the second day.
mod content;
/// Answers that do not read, or not to their end.
mod framing;
/// What the portal remembers of its clients.
mod log;

use std::collections::HashSet;
use std::time::Duration;

use fazhi_portal::{Fault, FaultOptions, FaultServer, RobotsFault};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Most bytes that are read of an answer.
const CAP: usize = 3 << 20;

/// What came before the server, or this reader, had enough.
struct Answer {
    bytes: Vec<u8>,
    end: Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The server closed the connection.
    Closed,
    /// The server reset it.
    Reset,
    /// More than [`CAP`] came.
    Capped,
    /// Nothing more came for a while, or nothing more was to come.
    Quiet,
}

impl Answer {
    fn head(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.head_end()]).into_owned()
    }

    fn body(&self) -> &[u8] {
        &self.bytes[self.head_end()..]
    }

    fn head_end(&self) -> usize {
        self.bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(self.bytes.len(), |at| at + 4)
    }

    fn line(&self) -> String {
        self.head().lines().next().unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let value = head.lines().skip(1).find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
        Some(value.to_owned())
    }

    fn length(&self) -> usize {
        self.header("Content-Length").unwrap().parse().unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body().to_vec()).unwrap()
    }
}

async fn ask(server: &FaultServer, path: &str, headers: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.base_url().trim_start_matches("http://")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a.cn\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// Asks for a path and reads until the answer ends. Answers that leave the connection open end by being quiet.
async fn get_with(server: &FaultServer, path: &str, headers: &str) -> Answer {
    let mut socket = ask(server, path, headers).await;
    let mut bytes = Vec::new();
    let end = loop {
        if bytes.len() > CAP {
            break Ended::Capped;
        }
        // A short answer with its length does not need to be waited for.
        if bytes.len() < 64 * 1024 && is_complete(&bytes) {
            break Ended::Quiet;
        }
        match tokio::time::timeout(Duration::from_secs(2), socket.read_buf(&mut bytes)).await {
            Err(_) => break Ended::Quiet,
            Ok(Ok(0)) => break Ended::Closed,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                break Ended::Reset;
            }
        }
    };
    Answer { bytes, end }
}

/// Whether an answer has as many bytes as it says.
fn is_complete(bytes: &[u8]) -> bool {
    let answer = Answer { bytes: bytes.to_vec(), end: Ended::Quiet };
    let length = answer.header("Content-Length").and_then(|length| length.parse::<usize>().ok());
    let bodiless = answer.line().contains(" 304 ") && answer.head().ends_with("\r\n\r\n");
    bodiless || length == Some(answer.body().len())
}

async fn get(server: &FaultServer, fault: Fault) -> Answer {
    get_with(server, &fault.path(), "").await
}

async fn server() -> FaultServer {
    FaultServer::start().await.unwrap()
}

#[test]
fn every_fault_has_a_path_a_name_and_a_title_of_its_own() {
    assert!(Fault::ALL.len() >= 30, "{}", Fault::ALL.len());
    let of = |what: fn(&Fault) -> String| Fault::ALL.iter().map(what).collect::<HashSet<_>>().len();
    let distinct = [of(|f| f.path()), of(|f| f.title()), of(|f| f.name().to_owned())];
    assert_eq!(distinct, [Fault::ALL.len(); 3]);
    assert!(Fault::ALL.iter().all(|fault| Fault::of_path(&fault.path()) == Some(*fault)));
    assert_eq!(["/a/content_10000.html", "/a/content_20001.html", "/"].map(Fault::of_path), [None; 3]);
}

#[tokio::test]
async fn the_list_names_all_of_them_between_sound_ones() {
    let server = server().await;
    let list = get_with(&server, "/list/index.html", "").await.text();
    for fault in Fault::ALL {
        let row = format!("<a href=\"{}\" title=\"{}\">", fault.path(), fault.title());
        assert_eq!(list.contains(&row), *fault != Fault::JoinsList, "{fault:?}");
    }
    for path in server.sound_paths() {
        assert!(list.contains(&format!("<a href=\"{path}\"")), "{path}");
    }
    let path = &server.sound_paths()[0];
    let sound = get_with(&server, path, "").await;
    assert_eq!((sound.line().as_str(), sound.length()), ("HTTP/1.1 200 OK", sound.body().len()));
    let etag = sound.header("ETag").unwrap();
    let again = get_with(&server, path, &format!("If-None-Match: {etag}\r\n")).await;
    assert_eq!((again.line().as_str(), again.body().len()), ("HTTP/1.1 304 Not Modified", 0));
    server.advance();
    let list = get_with(&server, "/list/index.html", "").await.text();
    let listed = |fault: Fault| list.contains(&fault.path());
    assert_eq!([Fault::LeavesList, Fault::JoinsList, Fault::Changed].map(listed), [false, true, true]);
}

/// How many redirects are followed from a path, up to ten, and the status of the last answer.
async fn follow(server: &FaultServer, start: &str) -> (usize, String) {
    let mut path = start.to_owned();
    for stops in 0..10 {
        let answer = get_with(server, &path, "").await;
        let Some(next) = answer.header("Location") else { return (stops, answer.line()) };
        path = next;
    }
    (10, path)
}
