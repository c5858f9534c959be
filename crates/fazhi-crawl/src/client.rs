//! One request, one answer: no redirects, no inflating, no patience beyond the timeout.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT,
};
use reqwest::{Method, Request, Response, StatusCode, Version};
use url::Url;

use crate::pipeline::Pipeline;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ACCEPTED: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The HTTP client of one pipeline: its name, its timeout.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: reqwest::Client,
    headers: HeaderMap,
    timeout: Duration,
}

/// The HTTP client cannot be set up, e.g. because the system has no certificates.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the HTTP client")]
pub struct ClientError(#[source] reqwest::Error);

/// How to ask whether a known body has changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) fetched_at: DateTime<Utc>,
    pub(crate) request_head: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) response_head: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) extent: Extent,
}

/// Whether a body was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    /// It has more bytes than the cap; the rest was not read.
    Cut,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    pub(crate) fetched_at: DateTime<Utc>,
    /// `timeout`, `dns`, `connect`, `tls`, `reset` or `protocol`.
    pub(crate) rule: &'static str,
    pub(crate) detail: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    pub(crate) fn new(pipeline: &Pipeline) -> Result<Self, ClientError> {
        let built = builder().build().or_else(|error| {
            // A machine without certificates can still talk to portals without TLS; the others fail with rule `tls`.
            let plain = pipeline.start.iter().all(|url| url.scheme() == "http");
            if plain { builder().tls_certs_only([]).build() } else { Err(error) }
        });
        Ok(Self { inner: built.map_err(ClientError)?, headers: headers(pipeline), timeout: pipeline.timeout })
    }

    /// Asks for one address and reads at most `cap` bytes of the body.
    pub(crate) async fn get(&self, url: &Url, validators: &Validators, cap: usize) -> Result<Answer, NoAnswer> {
        let request = self.request(url, validators);
        let request_head = request_head(&request);
        let fetched_at = Utc::now();
        let refused = |error: &reqwest::Error| NoAnswer { fetched_at, rule: cause(error), detail: chain(error) };
        let response = self.inner.execute(request).await.map_err(|error| refused(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let (body, extent) = read_body(response, cap).await.map_err(|error| refused(&error))?;
        let response_head = response_head(status, &headers, body.len());
        Ok(Answer { fetched_at, request_head, status: status.as_u16(), headers, response_head, body, extent })
    }

    fn request(&self, url: &Url, validators: &Validators) -> Request {
        let mut request = Request::new(Method::GET, url.clone());
        *request.timeout_mut() = Some(self.timeout);
        // Set here and not as the client's defaults, so that the archived request is the one that was sent.
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        let mut set = |name: HeaderName, value: &Option<String>| {
            if let Some(value) = value.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        };
        set(IF_NONE_MATCH, &validators.etag);
        set(IF_MODIFIED_SINCE, &validators.last_modified);
        request
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .retry(reqwest::retry::never())
        .no_proxy()
}

fn headers(pipeline: &Pipeline) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let agent = HeaderValue::from_str(&user_agent(pipeline)).expect("a pipeline's contact is printable ASCII");
    headers.insert(USER_AGENT, agent);
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    // Announced by hand: the HTTP library would inflate what it announces, and bodies are archived as they arrive.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
    headers
}

/// `fazhi/VERSION (+CONTACT)`: who asks, and whom to write to.
pub(crate) fn user_agent(pipeline: &Pipeline) -> String {
    let name = concat!("fazhi/", env!("CARGO_PKG_VERSION"));
    pipeline.contact.as_ref().map_or_else(|| name.to_owned(), |contact| format!("{name} (+{contact})"))
}

async fn read_body(mut response: Response, cap: usize) -> Result<(Vec<u8>, Extent), reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = cap - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body, Extent::Cut));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, Extent::Whole))
}

fn request_head(request: &Request) -> Vec<u8> {
    let url = request.url();
    let mut head =
        format!("GET {} HTTP/1.1\r\n", &url[url::Position::BeforePath..url::Position::AfterQuery]).into_bytes();
    let host = url.port().map_or_else(
        || url.host_str().unwrap_or_default().to_owned(),
        |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
    );
    push_header(&mut head, HOST.as_str(), host.as_bytes());
    for (name, value) in request.headers() {
        push_header(&mut head, name.as_str(), value.as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// The head as HTTP/1.1 would write it. The body is stored without transfer coding, so that header goes, and the length
/// is that of the body as stored.
fn response_head(status: StatusCode, headers: &HeaderMap, length: usize) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or("");
    let mut head = format!("{:?} {} {reason}\r\n", Version::HTTP_11, status.as_u16()).into_bytes();
    let bodiless = status == StatusCode::NOT_MODIFIED || status == StatusCode::NO_CONTENT;
    for (name, value) in headers {
        if !matches!(name.as_str(), "transfer-encoding" | "content-length") {
            push_header(&mut head, name.as_str(), value.as_bytes());
        }
    }
    if !bodiless {
        push_header(&mut head, "content-length", length.to_string().as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn push_header(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_dns() {
        return "dns";
    }
    if error.is_timeout() {
        return "timeout";
    }
    let text = chain(error).to_ascii_lowercase();
    // The TLS library's types are not in reach; its messages name certificates and handshakes.
    if text.contains("certificate") || text.contains("handshake") || text.contains("tls") {
        return "tls";
    }
    if error.is_connect() {
        return "connect";
    }
    if broken_off(error) { "reset" } else { "protocol" }
}

/// Whether the connection ended before the answer did.
fn broken_off(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let ended = cause.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
            )
        });
        if ended {
            return true;
        }
        source = cause.source();
    }
    error.is_body() || error.is_decode() || error.is_request()
}

/// What went wrong, from the outside in. The address is left out: it stands beside the message.
fn chain(error: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        parts.push(cause.to_string());
        source = cause.source();
    }
    parts.dedup();
    if parts.is_empty() { "request failed".to_owned() } else { parts.join(": ") }
}
