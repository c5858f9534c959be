//! HTTP/1.1 and HTTP/2 over sockets: what the HTTP and the Flight SQL front end share.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use futures::FutureExt as _;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::metrics::{Metrics, Protocol};
use crate::net::greeted::Greeted;
use crate::net::{Connection, Listener, Socket, watched};
use crate::server::Shared;

/// Idle HTTP/2 connections are asked for a sign of life this often, and have as long to give one.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Requests at a time over one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Bytes of the head of an HTTP/1.1 request.
const HEAD_BYTES: usize = 64 << 10;

/// Where a request comes from; an extension of every request, beside the `Arc<Connection>` that it came over.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The client's address.
    pub address: SocketAddr,
}

/// Serves an application on a listener until the server stops.
pub async fn serve_requests(
    listener: Listener,
    shared: Shared,
    protocol: Protocol,
    app: Router,
    alpn: &'static [&'static [u8]],
) {
    let acceptor = shared.tls.as_ref().map(|tls| tls.acceptor(alpn));
    let mut stopping = shared.stopping.clone();
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    loop {
        let (socket, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => break,
            Some(ended) = open.join_next() => {
                watched(ended, protocol, shared.engine.metrics());
                continue;
            }
        };
        // Too many: the client sees the connection closed, as nothing can be said before a request was read.
        let Ok(connection) = shared.connections.open(protocol, address.ip()) else { continue };
        let client = Client {
            address,
            connection: Arc::new(connection),
            login_time: shared.engine.limits().login_time,
            streams: Streams { protocol, metrics: Arc::clone(shared.engine.metrics()) },
        };
        let (app, acceptor, watcher) = (app.clone(), acceptor.clone(), graceful.watcher());
        open.spawn(async move {
            match acceptor {
                Some(acceptor) => {
                    // A handshake that fails or hangs is one client's; it is closed and forgotten.
                    if let Ok(Ok(stream)) = timeout(client.login_time, acceptor.accept(socket)).await {
                        serve_one(stream, client, app, watcher).await;
                    }
                }
                None => serve_one::<Socket>(socket, client, app, watcher).await,
            }
        });
    }
    graceful.shutdown().await;
}

/// Who connected.
struct Client {
    address: SocketAddr,
    connection: Arc<Connection>,
    login_time: Duration,
    streams: Streams,
}

/// Runs what a connection of HTTP/2 does at a time.
#[derive(Debug, Clone)]
struct Streams {
    protocol: Protocol,
    metrics: Arc<Metrics>,
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let Self { protocol, metrics } = self.clone();
        tokio::spawn(async move {
            if AssertUnwindSafe(stream).catch_unwind().await.is_err() {
                metrics.connection_panicked(protocol, &"a request of HTTP/2");
            }
        });
    }
}

async fn serve_one<S>(stream: S, client: Client, app: Router, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Client { address, connection, login_time, streams } = client;
    let greeted = Greeted::within(stream, login_time, Arc::clone(&connection));
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let extensions = request.extensions_mut();
        extensions.insert(Peer { address });
        extensions.insert(Arc::clone(&connection));
        app.clone().oneshot(request.map(axum::body::Body::new))
    });
    let mut builder = auto::Builder::new(streams);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(login_time).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .max_concurrent_streams(STREAMS);
    let connection = builder.serve_connection(TokioIo::new(greeted), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%address, %error, "a connection ended early");
    }
}
