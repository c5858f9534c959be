//! One request, one answer: no redirects, no inflating, no patience beyond the timeout.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fazhi_model::{Outcome, Purpose};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, REFERER,
    USER_AGENT,
};
use reqwest::{Method, Request, Response, StatusCode, Version};
use url::Url;

use crate::address::{GuardedResolver, Reach, refusal_of_url, refused_address};
use crate::payload::Body;
use crate::pipeline::Pipeline;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ACCEPTED: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// Bodies of refused kinds and sizes are not read on; room for one page is reserved at most.
const RESERVED: usize = 256 << 10;

/// The HTTP client of one pipeline: its name, its timeout, the addresses it can reach.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: reqwest::Client,
    headers: HeaderMap,
    timeout: Duration,
    reach: Reach,
}

/// Why nothing can be asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The HTTP client cannot be set up, e.g. because the system has no certificates.
    #[error("cannot set up the HTTP client")]
    SetUp(#[source] reqwest::Error),
    /// The pipeline was not [`signed`](Pipeline::signed): no host beyond this machine is asked by nobody.
    #[error("nobody can be written to about requests to `{0}`")]
    Unsigned(String),
}

/// What is asked for, beside the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    /// The list that names the address; some portals refuse those who come from nowhere.
    pub(crate) referer: Option<Url>,
}

/// An answer, complete or as far as it came.
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
    /// The connection ended before the body did.
    BrokenOff,
    /// It was still coming when the time was up.
    OutOfTime,
}

impl Extent {
    /// The value of `WARC-Truncated` (WARC 1.1 §5.13).
    pub(crate) const fn truncated(self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Cut => Some("length"),
            Self::BrokenOff => Some("disconnect"),
            Self::OutOfTime => Some("time"),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    pub(crate) fetched_at: DateTime<Utc>,
    pub(crate) cause: Cause,
    pub(crate) detail: String,
}

/// Why a request brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The address must not be contacted; nothing was sent.
    Refused(&'static str),
    /// `timeout`, `dns`, `connect`, `tls`, `reset` or `protocol`.
    Failed(&'static str),
}

impl Cause {
    /// What an attempt comes to that brought no answer.
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Refused(_) => Outcome::Disallowed,
            Self::Failed(_) => Outcome::Unreachable,
        }
    }

    pub(crate) const fn rule(self) -> &'static str {
        match self {
            Self::Refused(rule) | Self::Failed(rule) => rule,
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body, read as what was asked for.
    pub(crate) fn read(&self, purpose: Purpose) -> Body {
        Body::read(purpose, &self.body, self.header("content-encoding"), self.header("content-type"))
    }
}

impl Client {
    pub(crate) fn new(pipeline: &Pipeline, reach: Reach) -> Result<Self, ClientError> {
        if let Some(host) = pipeline.unsigned_host() {
            return Err(ClientError::Unsigned(host));
        }
        let built = builder(reach).build().or_else(|error| {
            // A machine without certificates can still talk to portals without TLS; the others fail with rule `tls`.
            let plain = pipeline.start.iter().all(|url| url.scheme() == "http");
            if plain { builder(reach).tls_certs_only([]).build() } else { Err(error) }
        });
        let inner = built.map_err(ClientError::SetUp)?;
        Ok(Self { inner, headers: headers(pipeline), timeout: pipeline.politeness.timeout, reach })
    }

    /// Asks for one address. `cap` says from the header how many bytes of the body are wanted.
    pub(crate) async fn get(
        &self,
        url: &Url,
        question: &Question,
        cap: impl FnOnce(&HeaderMap) -> usize,
    ) -> Result<Answer, NoAnswer> {
        let fetched_at = Utc::now();
        if let Some(refusal) = refusal_of_url(url, self.reach) {
            let detail = format!("not requested: {}", refusal.as_str());
            return Err(NoAnswer { fetched_at, cause: Cause::Refused(refusal.as_str()), detail });
        }
        let request = self.request(url, question);
        let request_head = request_head(&request);
        let refused = |error: &reqwest::Error| NoAnswer { fetched_at, cause: cause(error), detail: chain(error) };
        let response = self.inner.execute(request).await.map_err(|error| refused(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let (body, extent) = read_body(response, cap(&headers)).await;
        let response_head = response_head(status, &headers, body.len());
        Ok(Answer { fetched_at, request_head, status: status.as_u16(), headers, response_head, body, extent })
    }

    fn request(&self, url: &Url, question: &Question) -> Request {
        let mut request = Request::new(Method::GET, url.clone());
        *request.timeout_mut() = Some(self.timeout);
        // Set here and not as the client's defaults, so that the archived request is the one that was sent.
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        let mut set = |name: HeaderName, value: Option<&str>| {
            if let Some(value) = value.and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        };
        set(IF_NONE_MATCH, question.etag.as_deref());
        set(IF_MODIFIED_SINCE, question.last_modified.as_deref());
        set(REFERER, question.referer.as_ref().filter(|from| from.scheme() == url.scheme()).map(Url::as_str));
        request
    }
}

fn builder(reach: Reach) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .retry(reqwest::retry::never())
        .dns_resolver(Arc::new(GuardedResolver::new(reach)))
        // A proxy would resolve names itself, past the guard.
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

async fn read_body(mut response: Response, cap: usize) -> (Vec<u8>, Extent) {
    let promised = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(promised.min(RESERVED));
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return (body, Extent::Whole),
            Err(error) if error.is_timeout() => return (body, Extent::OutOfTime),
            Err(_) => return (body, Extent::BrokenOff),
        };
        let room = cap - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return (body, Extent::Cut);
        }
        body.extend_from_slice(&chunk);
    }
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

fn cause(error: &reqwest::Error) -> Cause {
    if let Some(refused) = refused_address(error) {
        return Cause::Refused(refused.refusal.as_str());
    }
    if error.is_timeout() {
        return Cause::Failed("timeout");
    }
    if error.is_dns() {
        return Cause::Failed("dns");
    }
    let text = chain(error).to_ascii_lowercase();
    // The TLS library's types are not in reach; its messages name certificates and handshakes.
    if text.contains("certificate") || text.contains("handshake") || text.contains("tls") {
        return Cause::Failed("tls");
    }
    if error.is_connect() {
        return Cause::Failed("connect");
    }
    Cause::Failed(if broken_off(error) { "reset" } else { "protocol" })
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
