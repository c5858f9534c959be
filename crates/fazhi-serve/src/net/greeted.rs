//! A stream whose client has to say something soon, and who it is soon after. Which version of HTTP is spoken is told by the first
//! bytes, and what reads them waits for them as long as it takes; over HTTP/2, a client that asks nothing may stay for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::net::Connection;

/// Bytes that tell the versions apart: the preface of HTTP/2 (RFC 9113, section 3.4). No request of HTTP/1.1 with its `Host` is
/// shorter.
const PREFACE: usize = 24;

/// A stream that fails unless its first bytes come in time, and a user after them.
#[derive(Debug)]
pub struct Greeted<S> {
    stream: S,
    connection: Arc<Connection>,
    time: Duration,
    awaited: Awaited,
    due: Pin<Box<Sleep>>,
}

/// What has to come until it is due.
#[derive(Debug)]
enum Awaited {
    /// So many bytes.
    Greeting(usize),
    /// A request of a user.
    User,
    /// Nothing more.
    Nothing,
}

impl<S> Greeted<S> {
    /// A stream whose first bytes have to come within this time, and a user within as much again.
    pub fn within(stream: S, time: Duration, connection: Arc<Connection>) -> Self {
        Self { stream, connection, time, awaited: Awaited::Greeting(PREFACE), due: Box::pin(sleep(time)) }
    }

    fn came(&mut self, bytes: usize) {
        let Awaited::Greeting(missing) = &mut self.awaited else { return };
        *missing = missing.saturating_sub(bytes);
        if *missing == 0 {
            self.awaited = Awaited::User;
            let due = self.due.deadline() + self.time;
            self.due.as_mut().reset(due);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !matches!(self.awaited, Awaited::Nothing) {
            if self.connection.has_user() {
                self.awaited = Awaited::Nothing;
            } else if self.due.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.came(buffer.filled().len() - before);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::limits::Limits;
    use crate::metrics::{Metrics, Protocol};
    use crate::net::Connections;

    const TIME: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(20);

    fn greeted() -> (DuplexStream, Greeted<DuplexStream>, Arc<Connection>) {
        let connections = Connections::new(&Limits::for_cores(2), Metrics::new());
        let connection = Arc::new(connections.open(Protocol::Http, IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap());
        let (client, server) = duplex(100);
        (client, Greeted::within(server, TIME, Arc::clone(&connection)), connection)
    }

    #[tokio::test]
    async fn who_does_not_say_who_he_is_is_not_waited_for() {
        for greeting in [0, PREFACE - 1, PREFACE] {
            let (mut client, mut server, _connection) = greeted();
            let began = Instant::now();
            client.write_all(&vec![b'x'; greeting]).await.unwrap();
            let read = timeout(LONG, server.read_to_end(&mut Vec::new())).await.expect("it ends");
            assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
            let times = if greeting == PREFACE { 2 } else { 1 };
            assert!(began.elapsed() >= TIME * times, "{:?}", began.elapsed());
        }
    }

    #[tokio::test]
    async fn a_user_may_take_his_time() {
        let (mut client, mut server, connection) = greeted();
        client.write_all(&[b'x'; PREFACE]).await.unwrap();
        connection.belongs_to(&"lin".into()).unwrap();
        let mut read = Vec::new();
        assert!(timeout(TIME * 5, server.read_to_end(&mut read)).await.is_err(), "it goes on");
        drop(client);
        server.read_to_end(&mut read).await.unwrap();
        assert_eq!(read.len(), PREFACE);
    }
}
