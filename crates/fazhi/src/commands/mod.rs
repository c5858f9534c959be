//! One file per command; dispatch is a table.

mod catalogue;
mod check;
mod crawl;
mod demo;
mod eval;
mod explain;
mod extract;
mod history;
mod import;
mod load;
mod parse;
mod plan;
mod query;
mod run;
mod serve;
mod show;

use anyhow::Context as _;

use crate::cli::{Cli, Command};
use crate::config::{self, Config};
use crate::extension;
use crate::outcome::{Failure, Outcome};

/// Runs the command that was asked for.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    match &cli.command {
        Command::Extract(args) => return extract::extract(args, config::rules(&cli)?.as_ref()),
        Command::Eval(args) => return eval::eval(args, config::rules(&cli)?.as_ref()),
        Command::Serve(args) if args.hash_password => return serve::hash_password(),
        _ => {}
    }
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    // The demo stays out of the user's own data: it has no configuration.
    if let Command::Demo(args) = &cli.command {
        let rules = extension::rules(&cli.catalogue)?;
        return runtime.block_on(demo::demo(args, &rules, cli.data.as_deref()));
    }
    if let Command::Catalogue(args) = &cli.command {
        return runtime.block_on(catalogue::catalogue(args, config::rules(&cli)?.catalogue()));
    }
    let config = Config::load(&cli)?;
    match cli.command {
        Command::Extract(_) | Command::Eval(_) | Command::Demo(_) | Command::Catalogue(_) => {
            unreachable!("handled before the configuration is read")
        }
        Command::Run(args) => runtime.block_on(run::run(&config, &args)),
        Command::Crawl(args) => match &args.explain {
            Some(url) => runtime.block_on(explain::explain(&config, url, &args)),
            None if args.plan => plan::plan(&config, &args.pipelines.chosen),
            None => runtime.block_on(crawl::crawl(&config, &args.pipelines)),
        },
        Command::Import(args) => runtime.block_on(import::import(&config, &args)),
        Command::Parse => runtime.block_on(parse::parse(&config)),
        Command::Load => runtime.block_on(load::load(&config)),
        Command::Query(args) => runtime.block_on(query::query(&config, &args)),
        Command::Check => runtime.block_on(check::check(&config)),
        Command::Serve(args) => runtime.block_on(serve::serve(&config, &args)),
        Command::Show(args) => runtime.block_on(show::show(&config, &args)),
    }
}
