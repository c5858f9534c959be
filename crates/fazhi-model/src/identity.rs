//! Identities that do not depend on when or by whom a page was fetched.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

/// An address in the one form under which a page is known: no fragment, no session id, no tracking parameter,
/// lower-case host, default port and empty query removed.
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
        let path = without_session(url.path()).to_owned();
        url.set_path(&path);
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !is_noise(name))
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        if kept.is_empty() {
            url.set_query(None);
        } else if kept.len() != url.query_pairs().count() {
            url.query_pairs_mut().clear().extend_pairs(kept);
        }
        Self(url.into())
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn without_session(path: &str) -> &str {
    path.split_once(";jsessionid=").map_or(path, |(kept, _)| kept)
}

fn is_noise(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_") || matches!(name.as_str(), "jsessionid" | "phpsessid" | "sessionid")
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

/// Identity of a document: SHA-256 of its canonical URL, the first 16 bytes in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DocumentId(String);

impl DocumentId {
    /// The identity of the document at this address.
    pub fn of(url: &CanonicalUrl) -> Self {
        Self(short_hash([url.as_str().as_bytes()]))
    }

    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was read from a document, with which parser and rules. A click counter in a page makes no new revision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Revision(String);

impl Revision {
    /// Hash of parts in order; each part is length-prefixed so that boundaries count.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(short_hash(parts))
    }

    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn short_hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    HEXLOWER.encode(&hasher.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<CanonicalUrl>().unwrap().as_str(), expected);
    }

    #[test]
    fn noise_goes_and_meaning_stays() {
        check("http://a.cn/x?id=2&utm_medium=w", "http://a.cn/x?id=2");
        check("http://a.cn/x?b=2&a=1", "http://a.cn/x?b=2&a=1");
        check("http://a.cn:8080/x?", "http://a.cn:8080/x");
        check("http://a.cn/%E6%B3%95.html", "http://a.cn/%E6%B3%95.html");
    }

    #[test]
    fn boundaries_count_in_a_revision() {
        assert_ne!(Revision::of([&b"ab"[..], b"c"]), Revision::of([&b"a"[..], b"bc"]));
    }
}
