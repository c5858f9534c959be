//! A server: listeners, what they share, and its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fazhi_warehouse::DataFolder;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::access::{Access, Users};
use crate::engine::{Engine, STACK};
use crate::error::ServeError;
use crate::limits::{Limits, cores};
use crate::metrics::Metrics;
use crate::net::{Connections, Listener, Tls};
use crate::{flight, http, postgres};

/// How long open connections may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// What to serve, and where.
#[derive(Debug)]
pub struct Config {
    /// The warehouse.
    pub folder: DataFolder,
    /// Where PostgreSQL's protocol is spoken.
    pub postgres: Option<SocketAddr>,
    /// Where Flight SQL is spoken.
    pub flight: Option<SocketAddr>,
    /// Where HTTP is spoken.
    pub http: Option<SocketAddr>,
    /// Who may ask.
    pub users: Users,
    /// Encryption.
    pub tls: Option<Tls>,
    /// What an address beyond this machine needs.
    pub exposure: Exposure,
    /// What one client may take.
    pub limits: Limits,
}

/// What an address that other machines reach needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Users and encryption.
    Guarded,
    /// Nothing: the operator said so.
    Insecure,
}

impl Config {
    /// Refuses addresses that the world can reach without what protects them.
    ///
    /// # Errors
    /// Fails for the first such address.
    pub fn check_exposure(&self) -> Result<(), ServeError> {
        if self.exposure == Exposure::Insecure {
            return Ok(());
        }
        let lacks = match (&self.users, &self.tls) {
            (Users::Nobody, _) => "asks for no password",
            (_, None) => "is not encrypted",
            _ => return Ok(()),
        };
        let exposed = self.addresses().find(|address| !address.ip().is_loopback());
        exposed.map_or(Ok(()), |address| Err(ServeError::Exposed { address, lacks }))
    }

    fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        [self.postgres, self.flight, self.http].into_iter().flatten()
    }
}

/// What the front ends share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Runs queries.
    pub engine: Arc<Engine>,
    /// Checks logins.
    pub access: Arc<Access>,
    /// Counts connections.
    pub connections: Arc<Connections>,
    /// Encryption.
    pub tls: Option<Tls>,
    /// Changes when the server stops.
    pub stopping: watch::Receiver<bool>,
}

/// A running server; it ends at once when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where PostgreSQL's protocol is spoken.
    pub postgres: Option<SocketAddr>,
    /// Where Flight SQL is spoken.
    pub flight: Option<SocketAddr>,
    /// Where HTTP is spoken.
    pub http: Option<SocketAddr>,
    engine: Arc<Engine>,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    // Kept until the end: dropping them ends what they still run.
    _workers: Threads,
    _network: Threads,
}

/// Threads of the server's own, with deep stacks: a statement is as deep on the thread that drops it as on the one that made it.
/// They end in the background, so that a server can be dropped where nothing may block.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn start(name: &'static str, count: usize) -> Result<(Self, Handle), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name(name)
            .worker_threads(count)
            .thread_stack_size(STACK)
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok((Self(Some(runtime)), handle))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    /// Starts to serve.
    ///
    /// # Errors
    /// Fails when an address cannot be listened on or is exposed, or when there is no warehouse.
    pub async fn start(config: Config) -> Result<Self, ServeError> {
        config.check_exposure()?;
        let cores = cores();
        let (network_threads, network) = Threads::start("network", cores)?;
        // Whoever can be reached should know at once that the port is taken, before tables are read.
        let (postgres, flight, http) = (
            bind(&network, config.postgres).await?,
            bind(&network, config.flight).await?,
            bind(&network, config.http).await?,
        );
        // One for each query beyond those of the machine, so that a query that comes to no pause holds up none that is planned.
        let (workers, query) = Threads::start("query", cores + config.limits.queries)?;
        let metrics = Metrics::new();
        let limits = match &config.users {
            Users::Nobody => config.limits.of_one_user(),
            Users::Known(_) => config.limits,
        };
        let connections = Connections::new(&limits, Arc::clone(&metrics));
        let access = Access::new(config.users, Arc::clone(&metrics))?;
        let engine = Engine::open(config.folder, limits, query, metrics).await?;
        let (stop, stopping) = watch::channel(false);
        let shared = Shared { engine: Arc::clone(&engine), access, connections, tls: config.tls, stopping };
        let address = |listener: &Option<Listener>| listener.as_ref().map(Listener::address);
        let mut server = Self {
            postgres: address(&postgres),
            flight: address(&flight),
            http: address(&http),
            engine,
            tasks: JoinSet::new(),
            stop,
            _workers: workers,
            _network: network_threads,
        };
        if let Some(listener) = postgres {
            server.tasks.spawn_on(postgres::serve(listener, shared.clone()), &network);
        }
        if let Some(listener) = flight {
            server.tasks.spawn_on(flight::serve(listener, shared.clone()), &network);
        }
        if let Some(listener) = http {
            server.tasks.spawn_on(http::serve(listener, shared), &network);
        }
        Ok(server)
    }

    /// What runs the queries, for whoever measures it without a protocol between.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Waits until a front end has ended by itself, which none does unless it has a defect.
    pub async fn broken(&mut self) -> ServeError {
        match self.tasks.join_next().await {
            Some(Err(error)) => ServeError::Io(error.into()),
            _ => ServeError::Io(io::Error::other("a front end has ended")),
        }
    }

    /// Takes no more connections, waits a little for those that are open, and ends.
    pub async fn stop(mut self) {
        // Nobody listens any more when every front end has failed already.
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, ended).await;
        self.tasks.shutdown().await;
    }
}

/// Listens on the threads that serve what connects.
async fn bind(network: &Handle, address: Option<SocketAddr>) -> Result<Option<Listener>, ServeError> {
    let Some(address) = address else { return Ok(None) };
    let bound = network.spawn(Listener::bind(address)).await;
    bound.unwrap_or_else(|error| Err(ServeError::Io(error.into()))).map(Some)
}
