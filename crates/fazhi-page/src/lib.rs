//! From the bytes of an answer to a page that can be read: inflated, decoded, as a bounded tree, with its links.
//!
//! Also tells a page from a challenge, a firewall's answer and a "not found" that was sent as success.
//! Pure: no files, no network, no clock. Any bytes end as a value or a named error, in linear time and bounded memory.
//! Knows nothing of reports.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect"))]

mod attributes;
mod charset;
mod condense;
mod damage;
mod dom;
mod element_class;
mod entities;
mod inflate;
mod links;
mod nesting;
mod recognition;
mod text;

pub use charset::{CharsetEvidence, Decoded, decode};
pub use damage::damage;
pub use dom::{Dom, MAX_DEPTH, parse_html, parse_readable};
pub use entities::mend_entities;
pub use inflate::{InflateError, MAX_PAGE_BYTES, inflate};
pub use links::{Link, links};
pub use recognition::{Recognition, recognise};
pub use text::{cells_of, text_of};
