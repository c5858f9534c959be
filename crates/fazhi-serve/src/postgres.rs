//! PostgreSQL's wire protocol, version 3: what BI tools, drivers and `psql` speak.
//!
//! Messages and types are a library's; the session is ours: what it may hold, when it stops, and what an error leaves behind are
//! decided here. Protocol: PostgreSQL's manual, chapter 55.

mod answer;
mod array;
mod cancel;
mod catalogue;
mod command;
mod copy;
mod cursor;
mod descriptions;
mod encoded;
mod extended;
mod functions;
mod information;
mod login;
mod numeric;
mod overlay;
mod own_values;
mod parameters;
mod result;
mod session;
mod settings;
mod show;
mod transaction;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use futures::SinkExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::metrics::Protocol;
use crate::net::{Connection, Listener, Socket, watched};
use crate::server::Shared;

use answer::Stop;
use cancel::Cancels;
use login::Begins;
use session::Session;
use wire::Wire;

pub use catalogue::Catalogue;
pub use information::Information;

/// Sockets whose first message has not come, for each connection that may be open. They count among those only from then on:
/// requests to cancel have to get through when every place is taken.
const SILENT: usize = 4;

/// Serves until the server stops.
pub async fn serve(listener: Listener, shared: Shared) {
    let acceptor = shared.tls.as_ref().map(|tls| tls.acceptor(&[login::ALPN]));
    let cancels = Cancels::new();
    let mut stopping = shared.stopping.clone();
    let silent = Arc::new(Semaphore::new(
        (SILENT.saturating_mul(shared.engine.limits().connections)).min(Semaphore::MAX_PERMITS),
    ));
    let mut open = JoinSet::new();
    loop {
        let (socket, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => break,
            Some(ended) = open.join_next() => {
                watched(ended, Protocol::Postgres, shared.engine.metrics());
                continue;
            }
        };
        // Too many: it is closed. Nobody has said anything on those yet, so that there is nothing to answer.
        let Ok(silent) = Arc::clone(&silent).try_acquire_owned() else { continue };
        let (shared, acceptor, cancels) = (shared.clone(), acceptor.clone(), Arc::clone(&cancels));
        open.spawn(Box::pin(connection((socket, silent), peer, acceptor, shared, cancels)));
    }
    while let Some(ended) = open.join_next().await {
        watched(ended, Protocol::Postgres, shared.engine.metrics());
    }
}

/// One connection, from its first byte to its end.
async fn connection(
    (socket, silent): (Socket, OwnedSemaphorePermit),
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    shared: Shared,
    cancels: Arc<Cancels>,
) {
    let gone = socket.gone();
    let login_time = shared.engine.limits().login_time;
    // Requests to cancel come over connections of their own, and have to get through when all others are taken.
    let opened = timeout(login_time, async {
        let first = gone.first_byte().await?;
        login::open(socket, first, acceptor.as_ref(), &shared, &cancels).await
    });
    let Ok(Ok(Begins::Session(begun))) = opened.await else { return };
    drop(silent);
    let (mut wire, startup) = *begun;
    let connection: Connection = match shared.connections.open(Protocol::Postgres, peer.ip()) {
        Ok(connection) => connection,
        Err(error) => {
            let mut info = answer::info(error);
            "FATAL".clone_into(&mut info.severity);
            return end(&mut wire, Stop::Protocol(Box::new(info))).await;
        }
    };
    let login = login::login(&mut wire, &startup, peer, &connection, &shared, &cancels);
    match timeout(login_time, login).await {
        Ok(Ok(logged_in)) => Session::new(wire, logged_in, gone, shared).run().await,
        Ok(Err(stop)) => end(&mut wire, stop).await,
        Err(_) => end(&mut wire, Stop::fatal("57014", "canceling authentication due to timeout")).await,
    }
}

/// Says why the connection ends, if there is somebody to hear it.
async fn end(wire: &mut Wire, stop: Stop) {
    if let Some(info) = stop.info() {
        let _ = answer::tell(wire, info).await;
    }
    let _ = wire.close().await;
}
