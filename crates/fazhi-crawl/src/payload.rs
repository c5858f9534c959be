//! Bodies as they travel: which of them are content, and their digest.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use fazhi_model::{Outcome, Purpose};
use fazhi_page::InflateError;
use sha2::{Digest as _, Sha256};

/// Most bytes of a list or page, inflated or not.
pub(crate) const PAGE_CAP: usize = 10 << 20;
/// Most bytes of a `robots.txt` that are read (RFC 9309 §2.5 asks for at least this much).
pub(crate) const ROBOTS_CAP: usize = 500 << 10;

/// The cap for what an address is asked for.
pub(crate) const fn cap(purpose: Purpose) -> usize {
    match purpose {
        Purpose::Robots => ROBOTS_CAP,
        Purpose::List | Purpose::Page | Purpose::Part | Purpose::Attachment => PAGE_CAP,
    }
}

/// Whether an answer's body is what the address stands for, so that a later run may ask whether it has changed.
pub(crate) const fn is_content(outcome: Outcome, purpose: Purpose, status: u16) -> bool {
    let whole = matches!(outcome, Outcome::New | Outcome::Unchanged);
    // A cut robots.txt is still obeyed, as far as it goes.
    let obeyed = matches!(purpose, Purpose::Robots) && matches!(outcome, Outcome::TooLarge);
    (whole || obeyed) && status >= 200 && status < 300
}

/// A body as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Decoded text; empty where the body is no text.
    pub(crate) text: String,
    pub(crate) inflated: Inflated,
}

/// How taking off the content coding went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inflated {
    /// All of the body is there.
    Whole,
    /// It does not read to its end.
    Broken,
    /// It is larger than a page may be; nothing of it was kept.
    BeyondCap,
}

impl Page {
    pub(crate) fn read(body: &[u8], content_encoding: Option<&str>, content_type: Option<&str>) -> Self {
        let (bytes, inflated) = match fazhi_page::inflate(body, content_encoding, PAGE_CAP) {
            Ok(bytes) => (bytes, Inflated::Whole),
            Err(InflateError::TooLarge { .. }) => return Self { text: String::new(), inflated: Inflated::BeyondCap },
            // What could be inflated before the break is still a page cut short.
            Err(InflateError::Broken { partial, .. }) => (Cow::Owned(partial), Inflated::Broken),
            Err(_) => (Cow::Borrowed(body), Inflated::Broken),
        };
        let media = content_type.unwrap_or("text/html").to_ascii_lowercase();
        let textual = ["text", "html", "xml", "json", "javascript"].iter().any(|word| media.contains(word));
        let text = if textual { fazhi_page::decode(&bytes, content_type).text } else { String::new() };
        Self { text, inflated }
    }
}

/// SHA-256 of a body without its content coding: servers compress the same page to different bytes.
pub(crate) fn digest(body: &[u8], content_encoding: Option<&str>) -> String {
    let plain = fazhi_page::inflate(body, content_encoding, PAGE_CAP);
    HEXLOWER.encode(&Sha256::digest(plain.as_deref().unwrap_or(body)))
}
