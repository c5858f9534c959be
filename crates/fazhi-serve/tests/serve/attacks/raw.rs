//! PostgreSQL's protocol, byte by byte: what no driver would send.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer takes, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A message: type, length, body.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A message whose length says something else than how long it is.
pub fn lying(kind: u8, length: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// The first message of a session.
pub fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    for (name, value) in parameters {
        body.extend(text(name));
        body.extend(text(value));
    }
    body.push(0);
    first(&body)
}

/// A message without a type, as the first ones are.
pub fn first(body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len() + 4).unwrap().to_be_bytes().to_vec();
    bytes.extend(body);
    bytes
}

/// The startup message of a user of the database.
pub fn startup_of(user: &str) -> Vec<u8> {
    startup(&[("user", user), ("database", "fazhi")])
}

pub fn query(sql: &str) -> Vec<u8> {
    message(b'Q', &text(sql))
}

pub fn parse(name: &str, sql: &str) -> Vec<u8> {
    message(b'P', &[&text(name)[..], &text(sql), &[0, 0]].concat())
}

/// Binds a statement to a portal with bodies of formats, parameters and result formats as they are given.
pub fn bind(portal: &str, statement: &str, rest: &[u8]) -> Vec<u8> {
    message(b'B', &[&text(portal)[..], &text(statement), rest].concat())
}

pub fn execute(portal: &str, rows: i32) -> Vec<u8> {
    message(b'E', &[&text(portal)[..], &rows.to_be_bytes()].concat())
}

pub fn sync() -> Vec<u8> {
    message(b'S', b"")
}

pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes
}

/// A message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub kind: u8,
    pub body: Vec<u8>,
}

impl Answer {
    /// The SQLSTATE of an error.
    pub fn code(&self) -> Option<String> {
        if self.kind != b'E' {
            return None;
        }
        let fields = self.body.split(|byte| *byte == 0);
        fields.into_iter().find_map(|field| Some(String::from_utf8_lossy(field.strip_prefix(b"C")?).into_owned()))
    }

    /// The first value of a row.
    pub fn value(&self) -> String {
        String::from_utf8_lossy(self.body.get(6..).unwrap_or_default()).into_owned()
    }
}

/// A connection.
pub struct Raw {
    pub stream: TcpStream,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap() }
    }

    /// A session, where no password is asked for.
    pub async fn session(address: SocketAddr) -> Self {
        let mut raw = Self::connect(address).await;
        raw.send(&startup_of("fazhi")).await;
        let answers = raw.until_ready().await;
        assert_eq!(answers.last().map(|answer| answer.kind), Some(b'Z'), "{answers:?}");
        raw
    }

    /// Sends bytes; a server that has closed already is no failure.
    pub async fn send(&mut self, bytes: &[u8]) {
        // The answer, or that there is none, is what is looked at.
        let _ = timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("the server reads");
    }

    /// The next message; none when the server has closed.
    pub async fn next(&mut self) -> Option<Answer> {
        timeout(PATIENCE, self.read()).await.expect("the server answers or closes").ok()
    }

    async fn read(&mut self) -> io::Result<Answer> {
        let kind = self.stream.read_u8().await?;
        let length = self.stream.read_u32().await?;
        let mut body = vec![0; usize::try_from(length).unwrap().checked_sub(4).unwrap()];
        self.stream.read_exact(&mut body).await?;
        Ok(Answer { kind, body })
    }

    /// Messages up to `ReadyForQuery` or the end of the connection.
    pub async fn until_ready(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.next().await {
            let is_ready = answer.kind == b'Z';
            answers.push(answer);
            if is_ready {
                break;
            }
        }
        answers
    }

    /// All messages until the server closes.
    pub async fn until_closed(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.next().await {
            answers.push(answer);
        }
        answers
    }
}

/// The SQLSTATE of the first error among messages.
pub fn code(answers: &[Answer]) -> Option<String> {
    answers.iter().find_map(Answer::code)
}

/// Kinds of messages, in order.
pub fn kinds(answers: &[Answer]) -> String {
    answers.iter().map(|answer| char::from(answer.kind)).collect()
}
