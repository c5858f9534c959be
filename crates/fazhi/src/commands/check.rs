//! `fazhi check`: the checks of `sql/checks`. A row returned is a failure.

use fazhi_warehouse::CHECKS;

use crate::cli::Format;
use crate::config::Config;
use crate::outcome::{Failure, Outcome};
use crate::output;
use crate::progress::Stage;

/// Runs every check and prints the rows of those that fail.
pub async fn check(config: &Config) -> Result<Outcome, Failure> {
    let context = fazhi_warehouse::open(&config.data).await?;
    let mut outcome = Outcome::Clean;
    for check in CHECKS {
        let progress = Stage::start(format!("check {}", check.name));
        let rows = context.sql(check.sql).await?.cache().await?;
        let failures = rows.clone().count().await?;
        if failures > 0 {
            outcome = Outcome::Issues;
            output::print(rows, Format::Table).await?;
        }
        progress.finish(&format!("{failures} rows"));
    }
    Ok(outcome)
}
