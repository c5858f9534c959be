//! Keeps web pages away. A page that a user of this machine has open can send requests to loopback, where nobody is asked for a
//! password; it must neither read an answer nor start a query.
//!
//! - A name of the page's own that resolves to loopback (DNS rebinding) makes the server the page's origin: the name is then in
//!   `Host`, which has to be this machine's.
//! - Requests to another origin carry `Origin` wherever they are not plain GETs, so also forms that send `text/plain` to `/sql`
//!   without asking first; it has to be the server's own.
//! - Plain GETs (images, scripts, links) carry `Sec-Fetch-Site` in browsers of today. Others could start a query with them, but
//!   not read the answer: there is no CORS header, and `nosniff` keeps JSON from being run as a script.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::http::problem::Problem;

/// Knows what the server is called.
#[derive(Debug)]
pub struct Guard {
    scheme: &'static str,
    /// Names with ports, in lower case; none where other machines reach the server, which may be called anything.
    hosts: Option<Vec<String>>,
}

impl Guard {
    /// A guard of a server at this address.
    pub fn new(address: SocketAddr, encrypted: bool) -> Self {
        let (scheme, usual_port) = if encrypted { ("https", 443) } else { ("http", 80) };
        let hosts = address.ip().is_loopback().then(|| {
            let bound = SocketAddr::new(address.ip(), 0).to_string();
            let bound = bound.trim_end_matches(":0");
            let names = ["localhost", "127.0.0.1", "[::1]", bound];
            let mut hosts: Vec<String> = names.iter().map(|name| format!("{name}:{}", address.port())).collect();
            if address.port() == usual_port {
                hosts.extend(names.iter().map(|name| (*name).to_owned()));
            }
            hosts
        });
        Self { scheme, hosts }
    }

    fn allows(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let named = self.host(uri, headers)?;
        let own = format!("{}://{named}", self.scheme);
        let foreign = headers
            .get_all(header::ORIGIN)
            .iter()
            .find(|origin| !origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()));
        if let Some(origin) = foreign {
            let detail = format!("pages of {} may not use this server", shown(origin));
            return Err(refused(detail).hinted("leave `Origin` out, or use a program that is no web page"));
        }
        let elsewhere = headers
            .get_all("sec-fetch-site")
            .iter()
            .any(|site| site.as_bytes() != b"same-origin" && site.as_bytes() != b"none");
        if elsewhere {
            return Err(refused("pages of another site may not use this server").hinted("open the address by itself"));
        }
        Ok(())
    }

    /// What the client calls the server: one name, in the target of the request (HTTP/2) or in `Host`.
    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<String, Problem> {
        let target = uri.authority().map(|authority| authority.as_str().as_bytes());
        let mut named = target.into_iter().chain(headers.get_all(header::HOST).iter().map(HeaderValue::as_bytes));
        let first = named.next().unwrap_or_default().to_ascii_lowercase();
        let same = named.all(|other| other.eq_ignore_ascii_case(&first));
        let name = String::from_utf8(first).ok().filter(|name| same && !name.is_empty());
        let Some(name) = name else {
            return Err(Problem::bad_request("the request has to name one `Host`"));
        };
        match &self.hosts {
            Some(hosts) if !hosts.contains(&name) => {
                let hint = format!("this server is called `{}`", hosts[0]);
                Err(refused(format!("`{name}` is not what this server is called")).hinted(hint))
            }
            _ => Ok(name),
        }
    }
}

/// Answers only what the guard allows.
pub async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.allows(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, detail)
}

fn shown(value: &HeaderValue) -> String {
    format!("`{}`", String::from_utf8_lossy(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 8091);

    #[track_caller]
    fn check(address: ([u8; 4], u16), uri: &str, headers: &[(&str, &str)], allowed: Result<(), StatusCode>) {
        let guard = Guard::new(address.into(), false);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let outcome = guard.allows(&uri.parse().unwrap(), &map);
        assert_eq!(outcome.map_err(|problem| problem.into_response().status()), allowed, "{uri} {headers:?}");
    }

    #[test]
    fn on_loopback_only_names_of_this_machine_will_do() {
        let no = Err(StatusCode::FORBIDDEN);
        for host in ["127.0.0.1:8091", "localhost:8091", "LocalHost:8091", "[::1]:8091"] {
            check(LOOPBACK, "/", &[("host", host)], Ok(()));
            check(LOOPBACK, &format!("http://{host}/"), &[], Ok(()));
        }
        for host in [
            "evil.test:8091",
            "localhost",
            "127.0.0.1",
            "localhost:80",
            "127.0.0.1.evil.test:8091",
            "me@localhost:8091",
        ] {
            check(LOOPBACK, "/", &[("host", host)], no);
        }
        check(LOOPBACK, "http://evil.test/", &[("host", "127.0.0.1:8091")], Err(StatusCode::BAD_REQUEST));
        check(LOOPBACK, "/", &[("host", "127.0.0.1:8091"), ("host", "evil.test")], Err(StatusCode::BAD_REQUEST));
        check(LOOPBACK, "/", &[], Err(StatusCode::BAD_REQUEST));
        check(([127, 0, 0, 1], 80), "/", &[("host", "localhost")], Ok(()));
        check(([127, 0, 0, 2], 8091), "/", &[("host", "127.0.0.2:8091")], Ok(()));
        check(([10, 0, 0, 1], 8091), "/", &[("host", "fazhi.example")], Ok(()));
    }

    #[test]
    fn pages_of_other_origins_are_refused_everywhere() {
        let no = Err(StatusCode::FORBIDDEN);
        let local = ("host", "localhost:8091");
        check(LOOPBACK, "/", &[local, ("origin", "http://localhost:8091")], Ok(()));
        for origin in
            ["null", "https://localhost:8091", "http://localhost:3000", "http://127.0.0.1:8091", "http://evil.test"]
        {
            check(LOOPBACK, "/", &[local, ("origin", origin)], no);
        }
        check(LOOPBACK, "/", &[local, ("origin", "http://localhost:8091"), ("origin", "http://evil.test")], no);
        for (site, allowed) in [("none", Ok(())), ("same-origin", Ok(())), ("same-site", no), ("cross-site", no)] {
            check(LOOPBACK, "/", &[local, ("sec-fetch-site", site)], allowed);
        }
        let public = ([10, 0, 0, 1], 80);
        check(public, "/", &[("host", "fazhi.example"), ("origin", "http://fazhi.example")], Ok(()));
        check(public, "/", &[("host", "fazhi.example"), ("origin", "http://evil.test")], no);
    }
}
