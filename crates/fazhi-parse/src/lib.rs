//! From archived bytes to a report with its numbers.
//!
//! Two pure functions hold the crate together: [`read()`] turns the bytes of one page into a [`Page`] (text, header fields,
//! meta tags), and [`interpret()`] turns the pages of one document into a [`fazhi_model::Document`]. What they find depends
//! on the bytes and the [`Rules`] alone: no files, no network, no clock, no async. Bad input is data: whatever cannot be
//! read becomes an issue of the document, never an error.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect"))]

pub mod page;
pub mod read;

pub mod interpret;
pub mod rules;

pub mod date;
pub mod evidence;
mod header;
mod kind;
pub mod label;
pub mod location;
pub mod outline;
mod parts;
mod publisher;
pub mod region;
mod signature;
pub mod simhash;
mod title;
pub mod topic;

pub mod catalogue;
pub mod checks;
pub mod indicator;
pub mod quantity;
mod table;

pub use interpret::{PARSER_VERSION, describe, explain, interpret, revision};
pub use page::{Attachment, Capture, Field, MetaTag, Page, PageIssue, TitleCandidate};
pub use read::{read, read_text};
pub use rules::Rules;
