//! `fazhi`: annual law-based-government reports, from portals to SQL.
//!
//! The binary only: arguments, configuration, progress and output. What reports mean is decided in the libraries.

mod checkpoint;
mod cli;
mod commands;
mod config;
mod extension;
mod lock;
mod logging;
mod outcome;
mod output;
mod pipelines;
mod progress;
mod serving;

use std::process::ExitCode;

use clap::Parser as _;
use tracing::Level;

use crate::cli::Cli;
use crate::outcome::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::install(cli.log_format);
    match commands::run(cli) {
        Ok(outcome) => outcome.into(),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    let hint = failure.hint.as_ref().map(|hint| format!("\n\nhint: {hint}")).unwrap_or_default();
    logging::say(Level::ERROR, "error", &format!("{:#}{hint}", failure.error));
    ExitCode::from(failure.code())
}
