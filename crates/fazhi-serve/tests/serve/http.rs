//! The HTTP front end, as clients see it.

mod client;

/// Routes, and paging over them.
mod data;
/// Who is let in: pages, users, methods, sizes.
mod doors;
/// Every type in every format.
mod formats;
/// Statements of clients: parameters, errors, limits, ends.
mod statements;
