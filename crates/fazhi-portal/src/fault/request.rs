//! Requests, as far as a portal needs to understand them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Day;

/// A request as it came, without a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD` …
    pub method: String,
    /// Path and query as they came.
    pub path: String,
    /// Names in lower case, and values, in the order they came.
    headers: Vec<(String, String)>,
}

/// What a fault may make its answer depend on.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Path and query.
    pub path: &'a str,
    /// `If-None-Match`.
    pub condition: Option<&'a str>,
    /// Which day it is.
    pub day: Day,
    /// How often this path has been asked for on this day, this time included.
    pub times: u32,
}

/// Longest head of a request; no client of ours comes near.
const LONGEST_HEAD: usize = 64 * 1024;

impl Request {
    /// Value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads the next request from a connection, or nothing where the client has gone. `buffer` keeps what came after.
    pub async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<Option<Self>> {
        loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = buffer.drain(..end + 4).collect();
                return Ok(Some(Self::parse(&String::from_utf8_lossy(&head))));
            }
            if buffer.len() > LONGEST_HEAD {
                return Err(io::Error::other("the head of the request is too long"));
            }
            if stream.read_buf(buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn parse(head: &str) -> Self {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let header = |line: &str| {
            line.split_once(':').map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        Self { method, path, headers: lines.filter_map(header).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_read_one_after_the_other() {
        let mut sent =
            &b"GET /a?b=1 HTTP/1.1\r\nHost: a.cn\r\nIf-None-Match: \"x\"\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET"[..];
        let mut buffer = Vec::new();
        let first = Request::read(&mut sent, &mut buffer).await.unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/a?b=1"));
        assert_eq!((first.header("host"), first.header("if-none-match")), (Some("a.cn"), Some("\"x\"")));
        let second = Request::read(&mut sent, &mut buffer).await.unwrap().unwrap();
        assert_eq!((second.method.as_str(), second.path.as_str(), second.header("host")), ("HEAD", "/b", None));
        assert_eq!(Request::read(&mut sent, &mut buffer).await.unwrap(), None);
    }
}
