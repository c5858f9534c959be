//! Drives the built binary against the sample portal on loopback.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]
#![expect(clippy::print_stderr, reason = "a test that cannot run here says why")]

mod harness;

/// What the sample portal states is in the tables, and nothing else is.
mod truth;

/// The commands as a user types them: `extract`, `query`, `show`, `check`, errors and exit codes.
mod commands;

/// Indicators of the user's own.
mod catalogue;

/// Scores against annotated pages.
mod eval;

/// What is read from pages that nobody tuned the parser on, and from what is no page at all.
mod reading;

/// WARC files and saved pages from elsewhere.
mod import;

/// Runs on pages from a folder.
mod pages;

/// A second run, and a rebuild from the archive.
mod rerun;

/// Posts of one report.
mod duplicates;

/// Runs that die and are started again.
mod crash;

/// A crawl that is killed again and again.
mod kills;

/// A frontier of very many addresses.
mod frontier;

/// Portals, files and disks that misbehave.
mod bad_input;

/// Other engines read the tables.
mod clients;
