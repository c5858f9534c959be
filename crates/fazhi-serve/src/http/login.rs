//! Who asks: HTTP Basic, or a bearer token of a session that logged in over another protocol.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE64;

use crate::access::{ANYBODY, Access};
use crate::engine::Caller;
use crate::http::problem::Problem;
use crate::metrics::Protocol;
use crate::net::Peer;
use crate::server::Shared;

/// Answers only who is known, and tells the routes behind who that is ([`Caller`]).
pub async fn required(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let given = request.headers().get(header::AUTHORIZATION).cloned();
    match user(&shared.access, peer, given).await {
        Ok(user) => {
            request.extensions_mut().insert(Caller { user, protocol: Protocol::Http });
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn user(access: &Access, peer: Option<Peer>, given: Option<HeaderValue>) -> Result<Arc<str>, Problem> {
    if access.is_open() {
        return Ok(ANYBODY.into());
    }
    let Some(Peer { address }) = peer else {
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request comes from nowhere"));
    };
    let Some(given) = given else {
        return Err(
            unknown("this server asks for a login").hinted("send HTTP Basic credentials, as `curl --user NAME` does")
        );
    };
    let given = given.to_str().unwrap_or_default();
    let (scheme, credentials) = given.split_once(' ').unwrap_or((given, ""));
    let credentials = credentials.trim();
    let known = if scheme.eq_ignore_ascii_case("basic") {
        basic(access, address.ip(), credentials).await?
    } else if scheme.eq_ignore_ascii_case("bearer") {
        bearer(access, address.ip(), credentials).await
    } else {
        return Err(unknown("only HTTP Basic and bearer tokens are known here"));
    };
    known.ok_or_else(|| unknown("the user or the password is wrong, or the token is not good any more"))
}

async fn basic(access: &Access, peer: IpAddr, credentials: &str) -> Result<Option<Arc<str>>, Problem> {
    let decoded = BASE64.decode(credentials.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(unknown("the credentials are not `user:password` in UTF-8 and Base64"));
    };
    Ok(access.login(Protocol::Http, peer, user, password).await)
}

async fn bearer(access: &Access, peer: IpAddr, token: &str) -> Option<Arc<str>> {
    let holder = access.tokens().holder(token);
    if holder.is_none() {
        // Guesses take as long as those of passwords.
        access.failed(Protocol::Http, peer, "(bearer token)").await;
    }
    holder
}

fn unknown(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}
