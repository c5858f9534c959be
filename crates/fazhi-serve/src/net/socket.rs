//! A TCP stream that can be watched for its end while nobody reads from it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How often a connection is looked at while something is there to be read.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A stream.
#[derive(Debug)]
pub struct Socket {
    stream: Arc<TcpStream>,
}

/// Tells when the other side has closed.
#[derive(Debug, Clone)]
pub struct Gone {
    stream: Arc<TcpStream>,
}

impl Socket {
    /// A socket over a connected stream.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream: Arc::new(stream) }
    }

    /// What tells the end of this stream.
    pub fn gone(&self) -> Gone {
        Gone { stream: Arc::clone(&self.stream) }
    }
}

impl Gone {
    /// The first byte of what the other side sends, left where it is.
    ///
    /// # Errors
    /// Fails when nothing comes any more.
    pub async fn first_byte(&self) -> io::Result<u8> {
        let mut byte = [0];
        match self.stream.peek(&mut byte).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(byte[0]),
        }
    }

    /// Returns when the other side has closed its end, or the connection broke; also when there is something left to read before
    /// the end, as the farewell of a client whose query still runs.
    pub async fn wait(&self) {
        loop {
            match self.stream.ready(Interest::READABLE).await {
                Ok(ready) if !ready.is_read_closed() => sleep(LOOK_AGAIN).await,
                _ => return,
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The end is sent when the last part of the socket is dropped, which is right after this.
        Poll::Ready(Ok(()))
    }
}
