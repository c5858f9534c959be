//! One file per command; dispatch is a table.

mod check;
mod crawl;
mod demo;
mod extract;
mod load;
mod parse;
mod query;
mod run;
mod show;

use anyhow::Context as _;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::outcome::{Failure, Outcome};

/// Runs the command that was asked for.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    let config = Config::load(&cli)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    match cli.command {
        Command::Extract(args) => extract::extract(&args),
        Command::Demo(args) => runtime.block_on(demo::demo(&args, cli.data.as_deref())),
        Command::Run(args) => runtime.block_on(run::run(&config, &args.chosen)),
        Command::Crawl(args) => runtime.block_on(crawl::crawl(&config, &args.chosen)),
        Command::Parse => runtime.block_on(parse::parse(&config)),
        Command::Load => runtime.block_on(load::load(&config)),
        Command::Query(args) => runtime.block_on(query::query(&config, &args)),
        Command::Check => runtime.block_on(check::check(&config)),
        Command::Show(args) => runtime.block_on(show::show(&config, &args)),
    }
}
