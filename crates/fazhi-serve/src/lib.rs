//! The warehouse over the network: Postgres wire, Flight SQL, HTTP. Read-only by construction, bounded, closed by default.
//!
//! [`Engine`] plans and runs statements that read; front ends translate protocols and know nothing of tables. This crate opens
//! no outgoing connection and writes nothing but what a query spills.

mod error;
mod limits;
mod metrics;

mod access;
mod engine;
mod net;

mod flight;
mod http;
mod postgres;
mod server;

pub use access::{Access, NoVerifier, Users, Verifier};
pub use engine::{Caller, Engine, Rows, STACK};
pub use error::{Failure, QueryError, ServeError};
pub use limits::Limits;
pub use metrics::{Metrics, Protocol};
pub use net::Tls;
pub use server::{Config, Exposure, Server};
