//! Arrow Flight SQL: what ADBC and JDBC drivers of Arrow speak, over gRPC.

use axum::Router;

use crate::metrics::Protocol;
use crate::net::{Listener, serve_requests};
use crate::server::Shared;

/// Serves until the server stops.
pub async fn serve(listener: Listener, shared: Shared) {
    let app = Router::new();
    serve_requests(listener, shared, Protocol::Flight, app, &[b"h2"]).await;
}
