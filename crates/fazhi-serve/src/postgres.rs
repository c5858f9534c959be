//! PostgreSQL's wire protocol, version 3: what BI tools, drivers and `psql` speak.

mod catalogue;
mod descriptions;

pub use catalogue::Catalogue;

use crate::net::Listener;
use crate::server::Shared;

/// Serves until the server stops.
pub async fn serve(_listener: Listener, _shared: Shared) {}
