//! WARC 1.1 archives (ISO 28500), one gzip member per record: write, read, recover.
//!
//! An archived record is never rewritten. A file grows by whole records that are on disk before a write returns or a
//! [`Batch`] is committed, so a crash can leave at most one torn record at its end; [`recover`] hands back the complete
//! ones and cuts the rest.
//! Records of other tools are read leniently, whatever bytes they hold: what cannot be read is an error that names file
//! and offset, and reading goes on behind it.
//!
//! Synchronous; knows nothing of what a page means.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect"))]

mod batch;
mod compose;
mod error;
mod file;
mod http;
mod layout;
mod pack;
mod reader;
mod record;
mod recovery;
mod resync;
mod write;
mod writer;

pub use batch::Batch;
pub use compose::{Attempt, Exchange, RevisitOf};
pub use error::ArchiveError;
pub use http::{HttpHead, HttpMessage};
pub use layout::{ArchiveFile, Location, files};
pub use reader::{DEFAULT_RECORD_CAP, RecordReader, read_at};
pub use record::{Original, Record, RecordKind};
pub use recovery::{Cut, Recovery, RecoveryTail, recover, recover_each};
pub use write::payload_digest;
pub use writer::{ArchiveWriter, Written};
