//! The warehouse: the archive as a table, parsing as a plan, Delta tables, views and checks.
//!
//! This crate knows nothing of HTTP or terminals. Parsing (`fazhi-parse`) is pure; everything that touches disk on its
//! behalf is here.

mod error;
mod layout;
mod schema;
mod session;

mod archive_table;
mod captures;
mod functions;
mod rows;

mod duplicates;
mod filters;
mod load;
mod parse;
mod reference;
mod runs;
mod staging;
mod superseded;
mod tables;
mod views;
mod withdrawn;

pub use error::WarehouseError;
pub use layout::DataFolder;
pub use load::{LoadMetrics, load};
pub use parse::{ParseMetrics, ParseProgress, parse};
pub use runs::{Run, record as record_run};
pub use schema::Table;
pub use tables::{versions, writer_properties};
pub use views::{CHECKS, NamedQuery, Pinned, VIEWS, open, register};
