//! Who calls: a password once, in a handshake, and a token from then on; or the password with every call.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::{HandshakeRequest, HandshakeResponse};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use data_encoding::{BASE64, BASE64_NOPAD};
use futures::StreamExt as _;
use tokio::time::timeout;
use tonic::metadata::MetadataValue;
use tonic::{Status, Streaming};

use crate::access::{ANYBODY, Access, Credentials, Denied};
use crate::engine::Caller;
use crate::flight::protobuf;
use crate::flight::status::status;
use crate::metrics::Protocol;
use crate::net::{Connection, Peer};

/// The call that logs in.
const HANDSHAKE: &str = "/arrow.flight.protocol.FlightService/Handshake";
/// Bytes of all that a client may say in it.
const HANDSHAKE_BYTES: usize = 16 << 10;
/// Where clients of Flight's first way to log in send what the handshake gave them.
const OLD_TOKEN: &str = "auth-token-bin";

/// Lets in calls of known callers, which are then an extension of the request, and handshakes.
pub async fn admit(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    if request.version() != Version::HTTP_2 {
        return (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "this is Arrow Flight SQL: gRPC over HTTP/2\n")
            .into_response();
    }
    if request.uri().path() == HANDSHAKE {
        return next.run(request.map(short)).await;
    }
    let known = user(&access, request.headers(), request.extensions()).await;
    match known.and_then(|user| counted(user, request.extensions())) {
        Ok(user) => {
            request.extensions_mut().insert(Caller { user, protocol: Protocol::Flight });
            next.run(request).await
        }
        Err(status) => status.into_http(),
    }
}

/// A body that ends in an error when it is too long for a handshake: whoever sends it has not logged in yet.
fn short(body: Body) -> Body {
    let mut left = HANDSHAKE_BYTES;
    Body::from_stream(body.into_data_stream().map(move |part| {
        let part = part.map_err(io::Error::other)?;
        left = left.checked_sub(part.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok::<_, io::Error>(part)
    }))
}

/// The same user, with the connection counted as his.
fn counted(user: Arc<str>, extensions: &Extensions) -> Result<Arc<str>, Status> {
    let connection = extensions.get::<Arc<Connection>>();
    let counted = connection.map_or(Ok(()), |connection| connection.belongs_to(&user));
    counted.map(|()| user).map_err(|error| status(&error))
}

async fn user(access: &Access, headers: &HeaderMap, extensions: &Extensions) -> Result<Arc<str>, Status> {
    if access.is_open() {
        return Ok(ANYBODY.into());
    }
    let expired = || Status::unauthenticated("the token is unknown or too old; log in again");
    if let Some((scheme, value)) = authorization(headers) {
        if scheme.eq_ignore_ascii_case("bearer") {
            return access.holder(Protocol::Flight, peer(extensions), value).ok_or_else(expired);
        }
        if let Some(given) = basic(scheme, value) {
            return login(access, peer(extensions), &given).await;
        }
    }
    if let Some(token) = headers.get(OLD_TOKEN) {
        let token = token.as_bytes();
        let token = BASE64.decode(token).or_else(|_| BASE64_NOPAD.decode(token)).unwrap_or_default();
        let token = String::from_utf8_lossy(&token);
        return access.holder(Protocol::Flight, peer(extensions), &token).ok_or_else(expired);
    }
    Err(Status::unauthenticated("a user and a password are needed, or a bearer token from a handshake"))
}

/// Answers of a handshake.
pub type Answers = futures::stream::BoxStream<'static, Result<HandshakeResponse, Status>>;

/// Checks the password, which is in the header or in the first message, and gives a token.
///
/// # Errors
/// Fails when user and password do not fit, or when they do not come in time.
pub async fn handshake(
    access: &Access,
    patience: Duration,
    request: tonic::Request<Streaming<HandshakeRequest>>,
) -> Result<tonic::Response<Answers>, Status> {
    let extensions = request.extensions().clone();
    let headers = request.metadata().clone().into_headers();
    let given = match authorization(&headers).and_then(|(scheme, value)| basic(scheme, value)) {
        Some(given) => given,
        None if access.is_open() => Credentials::default(),
        None => timeout(patience, first_message(request.into_inner()))
            .await
            .map_err(|_| Status::deadline_exceeded("the handshake took too long"))?
            .ok_or_else(|| Status::unauthenticated("a user and a password are needed"))?,
    };
    let user = counted(login(access, peer(&extensions), &given).await?, &extensions)?;
    let no_token = || Status::internal("the system has no random bytes");
    let token = access.token(&user).ok_or_else(no_token)?;
    let answer = HandshakeResponse { protocol_version: 0, payload: token.reveal().to_owned().into() };
    let mut response = tonic::Response::new(futures::stream::iter([Ok(answer)]).boxed());
    let bearer = MetadataValue::try_from(format!("Bearer {}", token.reveal())).map_err(|_| no_token())?;
    response.metadata_mut().insert("authorization", bearer);
    Ok(response)
}

async fn login(access: &Access, peer: IpAddr, given: &Credentials) -> Result<Arc<str>, Status> {
    access.login(Protocol::Flight, peer, given).await.map_err(|denied| match denied {
        Denied::Wrong => Status::unauthenticated("user and password do not fit"),
        Denied::Busy(error) => status(&error),
    })
}

/// `BasicAuth` of Flight's protocol: field 2 is the user, field 3 the password.
async fn first_message(mut messages: Streaming<HandshakeRequest>) -> Option<Credentials> {
    let payload = messages.message().await.ok()??.payload;
    let text =
        |field| protobuf::values(&payload, field).last().map(|value| String::from_utf8_lossy(value).into_owned());
    Some(Credentials { user: text(2)?, password: text(3)? })
}

/// Scheme and value of the header.
fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, value) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some((scheme, value.trim()))
}

fn basic(scheme: &str, value: &str) -> Option<Credentials> {
    scheme.eq_ignore_ascii_case("basic").then(|| Credentials::of_basic(value)).flatten()
}

fn peer(extensions: &Extensions) -> IpAddr {
    // Every request has its peer; one without counts as of this machine, for throttling alone.
    extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.address.ip())
}
