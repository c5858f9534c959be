//! HTTP: queries, reports and evidence as JSON, CSV or Arrow.

use axum::Router;

use crate::metrics::Protocol;
use crate::net::{Listener, serve_requests};
use crate::server::Shared;

/// Serves until the server stops.
pub async fn serve(listener: Listener, shared: Shared) {
    let app = Router::new();
    serve_requests(listener, shared, Protocol::Http, app, &[b"h2", b"http/1.1"]).await;
}
