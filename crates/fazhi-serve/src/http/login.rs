//! Who asks: HTTP Basic, or a bearer token of a session that logged in over another protocol.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::access::{ANYBODY, Access, Credentials, Denied};
use crate::engine::Caller;
use crate::http::problem::Problem;
use crate::metrics::Protocol;
use crate::net::{Connection, Peer};
use crate::server::Shared;

/// Answers only who is known, and tells the routes behind who that is ([`Caller`]).
pub async fn required(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let given = request.headers().get(header::AUTHORIZATION).cloned();
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let known = user(&shared.access, peer, given).await;
    let counted = known.and_then(|user| match connection {
        Some(connection) => Ok(connection.belongs_to(&user).map(|()| user)?),
        None => Ok(user),
    });
    match counted {
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
    if scheme.eq_ignore_ascii_case("basic") {
        let given = Credentials::of_basic(credentials)
            .ok_or_else(|| unknown("the credentials are not `user:password` in UTF-8 and Base64"))?;
        access.login(Protocol::Http, address.ip(), &given).await.map_err(|denied| match denied {
            Denied::Wrong => unknown("the user or the password is wrong"),
            Denied::Busy(error) => error.into(),
        })
    } else if scheme.eq_ignore_ascii_case("bearer") {
        let holder = access.holder(Protocol::Http, address.ip(), credentials);
        holder.ok_or_else(|| unknown("the token is unknown, or not good any more"))
    } else {
        Err(unknown("only HTTP Basic and bearer tokens are known here"))
    }
}

fn unknown(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}
