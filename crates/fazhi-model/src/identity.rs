//! Identities that do not depend on when or by whom a page was fetched.

mod canonical_url;
mod path;
mod query;

use std::fmt;

pub use canonical_url::CanonicalUrl;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

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

    #[test]
    fn boundaries_count_in_a_revision() {
        assert_ne!(Revision::of([&b"ab"[..], b"c"]), Revision::of([&b"a"[..], b"bc"]));
    }
}
