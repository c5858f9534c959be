//! A stream whose client has to say something soon. Which version of HTTP is spoken is told by the first bytes, and what reads them
//! waits for them as long as it takes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Bytes that tell the versions apart: the preface of HTTP/2 (RFC 9113, section 3.4). No request of HTTP/1.1 with its `Host` is
/// shorter.
const PREFACE: usize = 24;

/// A stream that fails unless its first bytes come in time.
#[derive(Debug)]
pub struct Greeted<S> {
    stream: S,
    missing: usize,
    due: Pin<Box<Sleep>>,
}

impl<S> Greeted<S> {
    /// A stream whose first bytes have to come within this time.
    pub fn within(stream: S, time: Duration) -> Self {
        Self { stream, missing: PREFACE, due: Box::pin(sleep(time)) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.missing == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        if self.due.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.missing = self.missing.saturating_sub(buffer.filled().len() - before);
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
