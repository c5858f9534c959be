//! Serves a portal over HTTP as an ordinary web server would, and keeps a log.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::dice::fnv;
use crate::faults;
use crate::list::Asked;
use crate::pipeline::pipelines;
use crate::portal::{Found, Portal, Resource};

/// One request, without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestLog {
    /// `GET`, `HEAD` …
    pub method: String,
    /// Path and query as they came.
    pub path_and_query: String,
    /// Whether it bore `If-None-Match` or `If-Modified-Since`.
    pub conditional: bool,
    /// What was answered.
    pub status: u16,
    /// `User-Agent`, empty where there was none.
    pub user_agent: String,
}

/// A running server. Dropping it leaves it running until the runtime ends; see [`Server::stop`].
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    portal: Portal,
    base_url: String,
    log: Mutex<Vec<RequestLog>>,
}

/// Requests beyond this many are answered but no longer logged.
const LOG_LIMIT: usize = 1_000_000;

/// How long open connections may take to end when the server stops.
const GRACE: Duration = Duration::from_millis(500);

impl Server {
    /// Binds `addr` (port 0: any free one) and serves in the background.
    pub async fn start(portal: Portal, addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { portal, base_url: format!("http://{address}"), log: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel();
        let served = axum::serve(listener, router).with_graceful_shutdown(async move {
            // An error says that the server value was dropped, which is no reason to stop.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let task = tokio::spawn(async move { served.await });
        Ok(Self { address, shared, stop, task })
    }

    /// Where it listens, e.g. `http://127.0.0.1:8080`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, oldest first; those for control paths are left out.
    pub fn requests(&self) -> Vec<RequestLog> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Empties the log.
    pub fn clear_requests(&self) {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Stops accepting and waits a moment for open connections.
    pub async fn stop(self) {
        // An error says that the server has ended already.
        let _ = self.stop.send(());
        let abort = self.task.abort_handle();
        if tokio::time::timeout(GRACE, self.task).await.is_err() {
            abort.abort();
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path_and_query = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if let Some(response) = control(&shared, request.uri().path()) {
        return response;
    }
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let response = match faulty(&shared, &path_and_query) {
        Some(response) => response,
        None if method != Method::GET && method != Method::HEAD => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        None => page(&shared, &path_and_query, &headers).await,
    };
    let entry = RequestLog {
        method: method.to_string(),
        path_and_query,
        conditional: headers.contains_key(header::IF_NONE_MATCH) || headers.contains_key(header::IF_MODIFIED_SINCE),
        status: response.status().as_u16(),
        user_agent: text(&headers, &header::USER_AGENT).unwrap_or_default().to_owned(),
    };
    let mut log = shared.log.lock().unwrap_or_else(PoisonError::into_inner);
    if log.len() < LOG_LIMIT {
        log.push(entry);
    }
    response
}

fn control(shared: &Shared, path: &str) -> Option<Response> {
    let portal = &shared.portal;
    let json = match path {
        "/requests.json" => serde_json::to_vec(&*shared.log.lock().unwrap_or_else(PoisonError::into_inner)),
        "/truth.json" if portal.is_generated() => serde_json::to_vec(&portal.truth(&shared.base_url)),
        "/pipelines.json" if portal.is_generated() => serde_json::to_vec(&pipelines(&shared.base_url, portal)),
        _ => return None,
    };
    Some(match json {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    })
}

async fn page(shared: &Arc<Shared>, path_and_query: &str, headers: &HeaderMap) -> Response {
    let (shared, path_and_query) = (Arc::clone(shared), path_and_query.to_owned());
    let referer = text(headers, &header::REFERER).map(str::to_owned);
    let find = move || {
        let asked = Asked { path_and_query: &path_and_query, referer: referer.as_deref(), base_url: &shared.base_url };
        shared.portal.find(&asked)
    };
    // Pages are laid out, or files read, on demand: neither belongs on the threads that serve connections.
    match tokio::task::spawn_blocking(find).await {
        Ok(Found::Resource(resource)) => found(resource, headers),
        Ok(Found::Moved(path)) => (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, path)]).into_response(),
        Ok(Found::Forbidden) => StatusCode::FORBIDDEN.into_response(),
        Ok(Found::Missing) => {
            let html = "<html><head><title>404</title></head><body><h1>404 Not Found</h1></body></html>";
            (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html")], html).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn found(resource: Resource, headers: &HeaderMap) -> Response {
    let etag = format!("\"{:016x}\"", fnv(&resource.body));
    let modified = resource.modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let validators = [(header::ETAG, etag.clone()), (header::LAST_MODIFIED, modified)];
    if is_unchanged(headers, &etag, resource.modified) {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    (validators, [(header::CONTENT_TYPE, resource.content_type)], resource.body).into_response()
}

/// RFC 9110, 13.2.2: `If-None-Match` goes before `If-Modified-Since`.
fn is_unchanged(headers: &HeaderMap, etag: &str, modified: DateTime<Utc>) -> bool {
    if let Some(known) = text(headers, &header::IF_NONE_MATCH) {
        return known.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == "*" || tag == etag);
    }
    let since = text(headers, &header::IF_MODIFIED_SINCE).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    since.is_some_and(|since| modified.timestamp() <= since.timestamp())
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn faulty(shared: &Shared, path: &str) -> Option<Response> {
    if !shared.portal.is_generated() {
        return None;
    }
    match path {
        faults::SERVER_ERROR => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        faults::RESET => Some(declared(40_000, Body::from_stream(stream::unfold(0, break_off)))),
        faults::SLOW => Some(declared(SLOW_BYTES, Body::from_stream(stream::unfold(0, drip)))),
        faults::CHALLENGE => {
            let headers =
                [(header::SET_COOKIE, faults::CHALLENGE_COOKIE), (header::CONTENT_TYPE, "text/html; charset=utf-8")];
            Some((StatusCode::PRECONDITION_FAILED, headers, faults::challenge()).into_response())
        }
        _ => None,
    }
}

fn declared(length: usize, body: Body) -> Response {
    ([(header::CONTENT_TYPE, "text/html".to_owned()), (header::CONTENT_LENGTH, length.to_string())], body)
        .into_response()
}

/// A byte every half second makes a minute.
const SLOW_BYTES: usize = 120;

async fn drip(sent: usize) -> Option<(io::Result<Bytes>, usize)> {
    if sent == SLOW_BYTES {
        return None;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    Some((Ok(Bytes::from_static(b" ")), sent + 1))
}

/// Sends a little, waits until it is on its way, and breaks the connection.
async fn break_off(sent: usize) -> Option<(io::Result<Bytes>, usize)> {
    if sent == 0 {
        return Some((Ok(Bytes::from_static(b"<html><body><p>")), 1));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    Some((Err(io::ErrorKind::ConnectionReset.into()), sent + 1))
}
