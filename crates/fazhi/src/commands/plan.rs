//! `fazhi crawl --plan`: what a crawl would ask for, before anything is asked.

use std::io;
use std::time::Duration;

use anyhow::Context as _;
use fazhi_crawl::{CrawlPlan, Expected, PlanBasis, State, plan as plan_crawl};

use crate::config::Config;
use crate::outcome::{Failure, Outcome};
use crate::pipelines;

/// Prints the plan of each pipeline.
pub fn plan(config: &Config, chosen: &[String]) -> Result<Outcome, Failure> {
    let pipelines = pipelines::choose(config, chosen)?;
    let file = config.data.state();
    // A plan makes no files: where nothing has been crawled there is nothing to go by.
    let state = file.exists().then(|| State::open(&file)).transpose().context("cannot plan")?;
    let mut out = io::stdout().lock();
    for pipeline in &pipelines {
        let plan = plan_crawl(pipeline, state.as_ref()).context("cannot plan")?;
        write(&mut out, &plan).context("cannot print the plan")?;
    }
    Ok(Outcome::Clean)
}

fn write(out: &mut impl io::Write, plan: &CrawlPlan) -> io::Result<()> {
    writeln!(out, "{}", plan.pipeline)?;
    writeln!(out, "  hosts     {}", plan.hosts.join(", "))?;
    writeln!(out, "  robots    one request for each host")?;
    writeln!(out, "  lists     {}", expected(plan.lists))?;
    writeln!(out, "  articles  {}", expected(plan.articles))?;
    let least = plan.time().map_or_else(|| "unknown".to_owned(), |time| format!("{} or more", duration(time)));
    writeln!(out, "  time      {least}, at one request every {} ms", plan.pace.as_millis())?;
    let basis = match plan.basis {
        PlanBasis::Nothing => "nothing: it has never been crawled".to_owned(),
        PlanBasis::LastCrawl(at) => format!("the crawl of {}", at.format("%Y-%m-%d %H:%M UTC")),
        PlanBasis::Unfinished(at) => format!("what the crawl of {} has left", at.format("%Y-%m-%d %H:%M UTC")),
    };
    writeln!(out, "  based on  {basis}\n")
}

fn expected(count: Expected) -> String {
    match count {
        Expected::About(count) => format!("about {count} requests"),
        Expected::AtMost(count) => format!("at most {count} requests"),
        Expected::Unknown => "as many as the lists name".to_owned(),
    }
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}
