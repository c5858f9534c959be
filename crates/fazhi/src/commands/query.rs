//! `fazhi query`: SQL over the tables and views. Read-only.

use std::io::{self, Read as _};

use anyhow::{Context as _, anyhow};
use datafusion::execution::context::SQLOptions;
use fs_err as fs;

use crate::cli::QueryArgs;
use crate::config::Config;
use crate::outcome::{Failure, Outcome};
use crate::output;

/// Prints the rows of a query.
pub async fn query(config: &Config, args: &QueryArgs) -> Result<Outcome, Failure> {
    let sql = text(args)?;
    let context = fazhi_warehouse::open(&config.data).await?;
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let hint = "`fazhi query \"show tables\"` lists tables and views, `describe NAME` their columns";
    let rows = context.sql_with_options(&sql, read_only).await;
    let rows =
        rows.map_err(|error| Failure::hinted(anyhow!("cannot run the query: {}", error.strip_backtrace()), hint))?;
    output::print(rows, args.format).await?;
    Ok(Outcome::Clean)
}

fn text(args: &QueryArgs) -> anyhow::Result<String> {
    match (&args.sql, &args.file) {
        (Some(sql), _) => Ok(sql.clone()),
        // Editors on Windows put a byte order mark before the text.
        (None, Some(path)) => Ok(fs::read_to_string(path)?.trim_start_matches('\u{feff}').to_owned()),
        (None, None) => {
            let mut sql = String::new();
            io::stdin().read_to_string(&mut sql).context("cannot read the query from stdin")?;
            Ok(sql)
        }
    }
}
