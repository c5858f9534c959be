//! Sockets: where front ends listen, encryption, and how many may be connected.

mod connections;
mod greeted;
mod origin;
mod requests;
mod socket;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpListener;
use tokio::task::JoinError;
use tokio::time::sleep;

use crate::error::ServeError;
use crate::metrics::{Metrics, Protocol};

pub use connections::{Connection, Connections};
pub use origin::Origin;
pub use requests::{Peer, serve_requests};
pub use socket::{Gone, Socket};
pub use tls::Tls;

/// A silent peer is asked for a sign of life after a minute, then several times.
const KEEP_ALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_mins(1)).with_interval(Duration::from_secs(15));

/// A bound address.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// Fails when it is in use or not of this machine.
    pub async fn bind(address: SocketAddr) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The address, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection. Failures of single connections are passed over, a lack of file descriptors is waited out.
    pub async fn accept(&self) -> (Socket, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are small and many, and a peer that is gone without a farewell must not keep its place. A socket
                    // that cannot be set so still works.
                    let _ = stream.set_nodelay(true);
                    let _ = SockRef::from(&stream).set_tcp_keepalive(&KEEP_ALIVE);
                    return (Socket::new(stream), peer);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections, trying again");
                    sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }
}

/// Sees to it that the task of a connection which panicked is heard of.
pub fn watched(ended: Result<(), JoinError>, protocol: Protocol, metrics: &Metrics) {
    if let Err(error) = ended
        && error.is_panic()
    {
        metrics.connection_panicked(protocol, &error);
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted)
}
