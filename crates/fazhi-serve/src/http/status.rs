//! How the server is, what it counts, and what it offers.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;
use crate::server::Shared;

/// The description of every path.
pub const OPENAPI: &str = include_str!("openapi.json");

const INDEX: &str = concat!(
    "{\"name\":\"fazhi\",\"version\":\"",
    env!("CARGO_PKG_VERSION"),
    "\",\"links\":{\"description\":\"/openapi.json\",\"sql\":\"/sql\",\"tables\":\"/tables\",\"indicators\":\"/indicators\",",
    "\"reports\":\"/reports\",\"health\":\"/health\",\"ready\":\"/ready\",\"metrics\":\"/metrics\"}}\n"
);

/// The process lives.
pub async fn health() -> Response {
    json("{\"status\":\"ok\"}\n")
}

/// The warehouse can be read, and the server does not stop.
pub async fn ready(State(shared): State<Shared>) -> Result<Response, Problem> {
    if *shared.stopping.borrow() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is being shut down"));
    }
    match shared.engine.snapshot().await {
        Ok(_) => Ok(json("{\"status\":\"ready\"}\n")),
        // Whatever the reason, others should be asked instead.
        Err(error) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.message)),
    }
}

/// The counters, as Prometheus reads them.
pub async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.engine.metrics().text()).into_response()
}

/// The description.
pub async fn openapi() -> Response {
    json(OPENAPI)
}

/// Where to go from here.
pub async fn index() -> Response {
    json(INDEX)
}

fn json(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
