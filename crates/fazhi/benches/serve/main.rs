//! What serving costs, and whether it stands.
//!
//! Without a word: queries a second of a point lookup and an aggregate and rows a second of a long result, over each protocol with
//! 1, 8 and 64 clients, beside the same queries in this process and beside PostgreSQL with the same table, if
//! `FAZHI_BENCH_POSTGRESQL` names one that may be written to (`postgresql://user@host/database`). The server has a process of its own.
//! `FAZHI_BENCH_ROWS` (1000000) and `FAZHI_BENCH_SECONDS` (5, of each measurement) set the sizes.
//!
//! With `load`: 200 connections with mixed queries while reports are crawled, parsed and loaded beside them, for
//! `FAZHI_BENCH_SECONDS` (300); half of the clients are killed on the way. It fails when a client met an error, when memory passed its
//! limit, or when a query was left running.

#![allow(
    clippy::cast_precision_loss,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints rounded figures, and may stop where it cannot go on"
)]

/// One way to ask, for each protocol.
mod client;
/// Many connections beside a load.
mod load;
/// What is asked in the comparison.
mod question;
/// The server's process.
mod server;
/// The table that is asked.
mod table;
/// The comparison of protocols.
mod throughput;

use tokio::runtime::Runtime;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = Runtime::new().unwrap();
    match words.as_slice() {
        ["load"] => load::run(&runtime),
        ["client", protocol, address, connections, seconds] => {
            load::client(&runtime, protocol, address, connections.parse().unwrap(), seconds.parse().unwrap());
        }
        _ => throughput::run(&runtime),
    }
}

/// A size from the environment.
fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
