//! The one form of an address.
//!
//! Two addresses become one only where no server could tell them apart, or where what differs is known not to choose the
//! page: a session, a mark of where the reader came from, a moment, a twin for telephones. Everything else stays as it
//! is, the order of parameters, the scheme and the host of telephones (`m.`) included: a page stored twice costs a row,
//! two pages stored as one cost a report.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::{path, query};

/// An address in the one form under which a page is known.
///
/// Beyond what the URL standard does itself (host in lower case and in ASCII, default port and dot segments removed):
///
/// - no fragment, no full stop after the host, no empty parameter, no `?` with nothing behind it;
/// - percent-encoding in one spelling (RFC 3986 §6.2.2): upper-case digits, unreserved characters as they are;
/// - no session id: `;jsessionid=…`, `/(S(…))/`, `PHPSESSID`, `ASPSESSIONID…`, `CFID` with `CFTOKEN`, and a long
///   hexadecimal `sid` beside the article's own number;
/// - no mark of the way that led here: `utm_…`, `spm`, what WeChat adds when a page is shared;
/// - no moment or chance number that keeps caches away: `_=1700000000000`, `random=0.123…`;
/// - no doubled slash in the path, except behind a colon (an address in a path): web servers give the same file;
/// - the twin for telephones becomes the page: `t20240102_123_wap.html`, `mpost_123.html`.
///
/// ```
/// use fazhi_model::CanonicalUrl;
/// let url: CanonicalUrl = "HTTP://WWW.a.gov.cn:80/x/1.html;jsessionid=0A?utm_source=b#top".parse().unwrap();
/// assert_eq!(url.as_str(), "http://www.a.gov.cn/x/1.html");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CanonicalUrl(String);

impl CanonicalUrl {
    /// The canonical form of an address.
    pub fn from_url(url: &Url) -> Self {
        let mut url = url.clone();
        url.set_fragment(None);
        // Addresses without a host (`mailto:`, `data:`) have no path in this sense.
        if url.has_host() {
            drop_final_dot(&mut url);
            let path = path::canonical(url.path());
            url.set_path(&path);
            let query = url.query().and_then(query::canonical);
            url.set_query(query.as_deref());
        }
        Self(url.into())
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `a.cn.` is `a.cn`, said to be complete.
fn drop_final_dot(url: &mut Url) {
    let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) else { return };
    // A host that the standard refuses without the dot stays as it is.
    let _refused = url.set_host(Some(&host)).is_err();
}

impl FromStr for CanonicalUrl {
    type Err = url::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Url::parse(text.trim()).map(|url| Self::from_url(&url))
    }
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of an address with its percent-encoding in one spelling: RFC 3986 §6.2.2.1 and §6.2.2.2.
pub(super) fn respell(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        output.push_str(&rest[..at]);
        let Some((octet, digits)) = rest.get(at + 1..at + 3).and_then(octet) else {
            output.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            output.push(char::from(octet));
        } else {
            output.push('%');
            output.push_str(&digits.to_ascii_uppercase());
        }
        rest = &rest[at + 3..];
    }
    output.push_str(rest);
    output
}

fn octet(digits: &str) -> Option<(u8, &str)> {
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let octet = u8::from_str_radix(digits, 16).ok()?;
    is_hex.then_some((octet, digits))
}

#[cfg(test)]
mod tests;
