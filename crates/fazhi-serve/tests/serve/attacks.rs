//! Attacks on a server, each refused, with the server still answering after it.

/// A server under attack, and the proof that it is unharmed.
mod besieged;
/// PostgreSQL's protocol, byte by byte.
pub mod raw;

/// Connections and guesses, many at a time.
mod crowds;
/// Ways to read what is no table: files, addresses, the machine.
mod files;
/// Ways to get in.
mod logins;
/// Messages that are wrong, too large, or never end.
mod messages;
/// Ways to take all memory, all stack, or all time.
mod resources;
/// What the library's own server does with the same.
mod stock;
/// Ways to change something.
mod writes;

pub use besieged::Besieged;
