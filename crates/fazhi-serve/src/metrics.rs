//! What is counted, as Prometheus reads it.

use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::error::Failure;

/// A front end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// PostgreSQL's wire protocol.
    Postgres,
    /// Arrow Flight SQL.
    Flight,
    /// HTTP.
    Http,
}

impl Protocol {
    /// Its name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Flight => "flight",
            Self::Http => "http",
        }
    }
}

impl EncodeLabelValue for Protocol {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.name().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfProtocol {
    protocol: Protocol,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfQuery {
    protocol: Protocol,
    /// `ok`, `abandoned` or an SQLSTATE.
    outcome: &'static str,
}

/// The counters of a server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    queries: Family<OfQuery, Counter>,
    waiting: Gauge,
    running: Gauge,
    seconds: Family<OfProtocol, Histogram, fn() -> Histogram>,
    rows: Family<OfProtocol, Counter>,
    connections: Family<OfProtocol, Gauge>,
    refused_connections: Family<OfProtocol, Counter>,
    panicked_connections: Family<OfProtocol, Counter>,
    failed_logins: Family<OfProtocol, Counter>,
    snapshots: Counter,
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Arc<Self> {
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 4.0, 10));
        let mut metrics = Self {
            registry: Registry::with_prefix("fazhi"),
            queries: Family::default(),
            waiting: Gauge::default(),
            running: Gauge::default(),
            seconds: Family::new_with_constructor(seconds),
            rows: Family::default(),
            connections: Family::default(),
            refused_connections: Family::default(),
            panicked_connections: Family::default(),
            failed_logins: Family::default(),
            snapshots: Counter::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "queries",
            "Queries by protocol and outcome (ok, abandoned, or SQLSTATE)",
            metrics.queries.clone(),
        );
        registry.register("queries_waiting", "Queries that wait for their turn", metrics.waiting.clone());
        registry.register("queries_running", "Queries that have their turn", metrics.running.clone());
        registry.register("query_seconds", "From the request to the last row", metrics.seconds.clone());
        registry.register("rows", "Rows sent", metrics.rows.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register("connections_refused", "Connections refused at a limit", metrics.refused_connections.clone());
        registry.register(
            "connections_panicked",
            "Connections that ended with a defect of the server",
            metrics.panicked_connections.clone(),
        );
        registry.register("logins_failed", "Logins that failed", metrics.failed_logins.clone());
        registry.register("snapshots", "Times that newer tables were found", metrics.snapshots.clone());
        Arc::new(metrics)
    }

    /// All counters in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut buffer = String::new();
        if text::encode(&mut buffer, &self.registry).is_err() {
            tracing::error!("the counters cannot be written down");
        }
        buffer
    }

    /// Queries that wait for their turn.
    pub fn queries_waiting(&self) -> i64 {
        self.waiting.get()
    }

    /// Queries that have their turn.
    pub fn queries_running(&self) -> i64 {
        self.running.get()
    }

    /// A query begins; the value that comes back counts its end.
    pub fn query_begins(self: &Arc<Self>, protocol: Protocol) -> QueryObserved {
        QueryObserved { metrics: Arc::clone(self), protocol, began: Instant::now(), outcome: "abandoned" }
    }

    /// A query waits for its turn until the value that comes back is dropped.
    pub fn query_waits(&self) -> Counted {
        Counted::among(&self.waiting)
    }

    /// A query has its turn until the value that comes back is dropped.
    pub fn query_runs(&self) -> Counted {
        Counted::among(&self.running)
    }

    /// A connection is open until the value that comes back is dropped.
    pub fn connection_opens(self: &Arc<Self>, protocol: Protocol) -> ConnectionObserved {
        self.connections.get_or_create(&OfProtocol { protocol }).inc();
        ConnectionObserved { metrics: Arc::clone(self), protocol }
    }

    /// A connection was refused at a limit.
    pub fn connection_refused(&self, protocol: Protocol) {
        self.refused_connections.get_or_create(&OfProtocol { protocol }).inc();
    }

    /// A connection ended with a defect of this server, which is logged.
    pub fn connection_panicked(&self, protocol: Protocol, panic: &dyn std::fmt::Display) {
        tracing::error!(protocol = protocol.name(), %panic, "a connection panicked");
        self.panicked_connections.get_or_create(&OfProtocol { protocol }).inc();
    }

    /// Connections of all protocols that ended so.
    pub fn connections_panicked(&self) -> u64 {
        let of = |protocol| self.panicked_connections.get_or_create(&OfProtocol { protocol }).get();
        [Protocol::Postgres, Protocol::Flight, Protocol::Http].map(of).into_iter().sum()
    }

    /// A login failed.
    pub fn login_failed(&self, protocol: Protocol) {
        self.failed_logins.get_or_create(&OfProtocol { protocol }).inc();
    }

    /// Newer tables were found.
    pub fn snapshot_taken(&self) {
        self.snapshots.inc();
    }
}

/// A query that is counted when it ends, however it ends.
#[derive(Debug)]
pub struct QueryObserved {
    metrics: Arc<Metrics>,
    protocol: Protocol,
    began: Instant,
    outcome: &'static str,
}

impl QueryObserved {
    /// Rows were sent.
    pub fn rows(&mut self, rows: usize) {
        self.metrics.rows.get_or_create(&OfProtocol { protocol: self.protocol }).inc_by(rows as u64);
    }

    /// It ended with its last row.
    pub fn succeeded(mut self) {
        self.outcome = "ok";
    }

    /// It ended with an error.
    pub fn failed(mut self, failure: Failure) {
        self.outcome = failure.sqlstate();
    }
}

impl Drop for QueryObserved {
    fn drop(&mut self) {
        let Self { metrics, protocol, began, outcome } = self;
        metrics.queries.get_or_create(&OfQuery { protocol: *protocol, outcome }).inc();
        metrics.seconds.get_or_create(&OfProtocol { protocol: *protocol }).observe(began.elapsed().as_secs_f64());
    }
}

/// One of those that a gauge counts.
#[derive(Debug)]
pub struct Counted(Gauge);

impl Counted {
    fn among(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// An open connection.
#[derive(Debug)]
pub struct ConnectionObserved {
    metrics: Arc<Metrics>,
    protocol: Protocol,
}

impl Drop for ConnectionObserved {
    fn drop(&mut self) {
        self.metrics.connections.get_or_create(&OfProtocol { protocol: self.protocol }).dec();
    }
}
