//! HTTP: queries, reports and evidence as JSON, CSV or Arrow.
//!
//! A route makes SQL of constants and binds what the client gave; the engine decides what may run. Nothing here knows of files.

mod guard;
mod login;
mod problem;

mod accept;
mod asked;
mod filters;
mod paging;
mod parameters;

mod answer;
mod arrow;
mod csv;
mod encoder;
mod json;

mod relations;
mod reports;
mod sql;
mod status;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use axum::{Router, http::StatusCode};

use crate::http::guard::Guard;
use crate::http::problem::Problem;
use crate::metrics::Protocol;
use crate::net::{Listener, serve_requests};
use crate::server::Shared;

/// A path, and what answers there.
type Route = (&'static str, &'static str, fn() -> MethodRouter<Shared>);

/// What anybody may ask: whether the server lives.
const OPEN: &[Route] =
    &[("get", "/health", || routing::get(status::health)), ("get", "/ready", || routing::get(status::ready))];

/// What asks for a login where users are configured.
const GUARDED: &[Route] = &[
    ("get", "/", || routing::get(status::index)),
    ("get", "/openapi.json", || routing::get(status::openapi)),
    ("get", "/metrics", || routing::get(status::metrics)),
    ("post", "/sql", || routing::post(sql::run)),
    ("get", "/tables", || routing::get(relations::list)),
    ("get", "/tables/{name}", || routing::get(relations::rows)),
    ("get", "/indicators", || routing::get(reports::catalogue)),
    ("get", "/indicators/{indicator_id}", || routing::get(reports::values)),
    ("get", "/reports", || routing::get(reports::list)),
    ("get", "/reports/{document_id}", || routing::get(reports::one)),
    ("get", "/evidence/{document_id}/{indicator_id}", || routing::get(reports::evidence)),
];

/// Serves until the server stops.
pub async fn serve(listener: Listener, shared: Shared) {
    let guard = Guard::new(listener.address(), shared.tls.is_some());
    let app = application(shared.clone(), guard);
    serve_requests(listener, shared, Protocol::Http, app, &[b"h2", b"http/1.1"]).await;
}

fn application(shared: Shared, guard: Guard) -> Router {
    let with = |routes: &[Route]| {
        routes.iter().fold(Router::new(), |router, (_, path, answers)| router.route(path, answers()))
    };
    with(GUARDED)
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(shared.clone(), login::required))
        .merge(with(OPEN))
        .method_not_allowed_fallback(other_method)
        .with_state(shared)
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::check))
        .layer(middleware::from_fn(sealed))
}

/// Nobody keeps an answer or guesses its type, and no page of another origin reads it.
async fn sealed(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

async fn nowhere(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at `{}`", uri.path()))
        .hinted("`/` lists what there is, `/openapi.json` describes it")
}

async fn other_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path answers another method")
        .hinted("`/sql` takes POST, everything else GET")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_names_every_route_and_no_other() {
        let description: serde_json::Value = serde_json::from_str(status::OPENAPI).unwrap();
        let described: BTreeSet<(String, String)> = description["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone()))
            })
            .collect();
        let served: BTreeSet<(String, String)> =
            OPEN.iter().chain(GUARDED).map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(described, served);
        assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
