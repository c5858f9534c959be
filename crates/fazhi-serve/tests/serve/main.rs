//! Servers on loopback over a warehouse made by hand, driven by real clients.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

#[path = "../../../fazhi-warehouse/tests/by_hand/mod.rs"]
#[allow(dead_code, reason = "not every test binary needs all of it")]
mod by_hand;

/// The warehouse and the server that tests ask.
mod harness;

/// What an address beyond this machine needs.
mod exposure;

/// Attacks, each refused.
mod attacks;
/// Flight SQL: statements, parameters, metadata, refusals.
mod flight;
/// Random messages, a hundred thousand of them.
mod fuzz;
/// Queries, tables and reports over HTTP.
mod http;
/// PostgreSQL's protocol.
mod postgres;
