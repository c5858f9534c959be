//! A small portal on loopback whose pages a test sets, and which remembers what it was asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response};

/// What one address answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status, header lines, body. An `ETag` among the headers is honoured.
    Page(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Promises more bytes than it sends, then breaks off.
    Broken,
    /// Never answers.
    Silent,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    pub conditional: bool,
    pub agent: String,
}

#[derive(Debug, Clone, Default)]
struct Shared {
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub struct Server {
    pub base: String,
    shared: Shared,
}

impl Server {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared::default();
        let router = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, shared }
    }

    pub fn set(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// An HTML page with an `ETag` made of its content.
    pub fn page(&self, path: &str, body: &str) {
        let etag = format!("\"{:x}-{}\"", body.len(), body.bytes().map(u64::from).sum::<u64>());
        let headers = vec![("content-type", "text/html; charset=utf-8".to_owned()), ("etag", etag)];
        self.set(path, Answer::Page(200, headers, body.as_bytes().to_vec()));
    }

    pub fn status(&self, path: &str, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.set(path, Answer::Page(status, headers, body.as_bytes().to_vec()));
    }

    /// What was asked since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }

    /// Paths asked for since the last call, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.asked().into_iter().map(|asked| asked.path).collect();
        paths.sort();
        paths
    }
}

async fn answer(State(shared): State<Shared>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let (head, _) = request.into_parts();
    let path = head.uri.path_and_query().unwrap().to_string();
    let text = |name: &str| header(&head.headers, name);
    let conditional = text("if-none-match").is_some() || text("if-modified-since").is_some();
    let agent = text("user-agent").unwrap_or_default();
    shared.asked.lock().unwrap().push(Asked { path: path.clone(), conditional, agent });
    let answer = shared.answers.lock().unwrap().get(&path).cloned();
    Ok(match answer {
        None => response(404, &[], Body::from("nothing here")),
        Some(Answer::Page(status, headers, body)) => {
            let etag = headers.iter().find(|(name, _)| *name == "etag").map(|(_, value)| value.clone());
            if etag.is_some() && etag == text("if-none-match") {
                response(304, &headers, Body::empty())
            } else {
                response(status, &headers, Body::from(body))
            }
        }
        Some(Answer::Broken) => {
            let parts = [Ok(Bytes::from("<html>half")), Err(io::Error::other("broken off"))];
            response(200, &[("content-length", "1000".to_owned())], Body::from_stream(futures::stream::iter(parts)))
        }
        Some(Answer::Silent) => std::future::pending().await,
    })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn response(status: u16, headers: &[(&'static str, String)], body: Body) -> Response<Body> {
    let builder =
        headers.iter().fold(Response::builder().status(status), |builder, (name, value)| builder.header(*name, value));
    builder.body(body).unwrap()
}
