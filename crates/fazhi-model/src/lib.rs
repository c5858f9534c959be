//! The words of the domain as Rust types: identifiers, documents, sections, quantities, indicators, issues.
//!
//! Pure data and its written forms. This crate knows nothing of files, network, clocks, async or Arrow.
//! Every enum of states prints (and reads) the one name that tables, JSON and documentation use.

mod names;
mod width;

pub mod capture;
pub mod credit_code;
pub mod document;
pub mod document_number;
pub mod identity;
pub mod index_number;
pub mod indicator;
pub mod issue;
pub mod organisation_code;
pub mod quantity;
pub mod region;
pub mod section;

pub use capture::{CaptureNote, Outcome, Purpose, SourceIssue};
pub use credit_code::CreditCode;
pub use document::{Document, DocumentKind, PublisherLevel, ReportYear, Validity};
pub use document_number::{DocumentNumber, DocumentNumberKind};
pub use identity::{CanonicalUrl, DocumentId, Revision};
pub use index_number::{Check, IndexNumber, IndexScheme};
pub use indicator::{Indicator, Period, Scope};
pub use issue::{Issue, Severity, Stage};
pub use organisation_code::OrganisationCode;
pub use quantity::{Precision, Quantity, QuantityKind, Span};
pub use region::{RegionCode, SiteIdCode, TownshipCode};
pub use section::{Area, Role, Section};
