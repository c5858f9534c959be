//! Bodies as they travel: what they are, their text and their digest.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use fazhi_model::{Outcome, Purpose};
use fazhi_page::InflateError;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use sha2::{Digest as _, Sha256};

use crate::caps::{Caps, ContentClass, caps, fits};
use crate::state::urls::Content;

/// How many bytes of a body are wanted, by what was asked for and what the header says is coming.
pub(crate) fn wanted(purpose: Purpose, headers: &HeaderMap) -> usize {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    caps(purpose, ContentClass::of(content_type, &[])).wire
}

/// Whether an answer's body is what the address stands for, so that a later run may ask whether it has changed.
pub(crate) const fn is_content(outcome: Outcome, purpose: Purpose, status: u16) -> bool {
    let whole = matches!(outcome, Outcome::New | Outcome::Unchanged);
    // A cut robots.txt is still obeyed, as far as it goes.
    let obeyed = matches!(purpose, Purpose::Robots) && matches!(outcome, Outcome::TooLarge);
    (whole || obeyed) && status >= 200 && status < 300
}

/// A body without its content coding, and what is to be known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// Decoded text; empty where the body is no text.
    pub(crate) text: String,
    /// The bytes of a `robots.txt`, whose paths are octets and not text; empty for everything else.
    pub(crate) octets: Vec<u8>,
    pub(crate) inflated: Inflated,
    /// Why it cannot be what was asked for, if it cannot.
    pub(crate) misfit: Option<&'static str>,
    pub(crate) digests: Digests,
}

/// How taking off the content coding went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inflated {
    /// All of the body is there.
    Whole,
    /// It does not read to its end.
    Broken,
    /// It grows beyond what such a body may be, by this rule; nothing of it was kept.
    BeyondCap(&'static str),
}

/// Digests of a body, SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digests {
    /// Without its content coding: servers compress the same page to different bytes.
    pub(crate) content: String,
    /// As it came, where that differs.
    pub(crate) payload: Option<String>,
}

impl Body {
    pub(crate) fn read(
        purpose: Purpose,
        body: &[u8],
        content_encoding: Option<&str>,
        content_type: Option<&str>,
    ) -> Self {
        let announced = caps(purpose, ContentClass::of(content_type, &[]));
        let (bytes, inflated) = inflate(body, content_encoding, announced);
        let class = ContentClass::of(content_type, &bytes);
        let textual = matches!(class, ContentClass::Html | ContentClass::Xml | ContentClass::Json | ContentClass::Text);
        let text = if textual { fazhi_page::decode(&bytes, content_type).text } else { String::new() };
        let (misfit, digests) = (fits(purpose, class).err(), Digests::of(body, &bytes, inflated));
        let octets = if purpose == Purpose::Robots { bytes.into_owned() } else { Vec::new() };
        Self { text, octets, inflated, misfit, digests }
    }
}

fn inflate<'a>(body: &'a [u8], content_encoding: Option<&str>, caps: Caps) -> (Cow<'a, [u8]>, Inflated) {
    let (most, rule) = caps.inflated_from(body.len());
    match fazhi_page::inflate(body, content_encoding, most) {
        Ok(bytes) => (bytes, Inflated::Whole),
        Err(InflateError::TooLarge { .. }) => (Cow::Borrowed(&[]), Inflated::BeyondCap(rule)),
        // What could be inflated before the break is still a page cut short.
        Err(InflateError::Broken { partial, .. }) => (Cow::Owned(partial), Inflated::Broken),
        Err(_) => (Cow::Borrowed(body), Inflated::Broken),
    }
}

impl Digests {
    fn of(body: &[u8], plain: &[u8], inflated: Inflated) -> Self {
        let sum = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
        let coded = inflated == Inflated::Whole && !std::ptr::eq(body, plain);
        if coded {
            Self { content: sum(plain), payload: Some(sum(body)) }
        } else {
            Self { content: sum(body), payload: None }
        }
    }

    /// Whether the bytes are those of a stored body, and not only what they inflate to.
    pub(crate) fn is_payload_of(&self, content: &Content) -> bool {
        self.content == content.digest && self.payload == content.payload_digest
    }
}
