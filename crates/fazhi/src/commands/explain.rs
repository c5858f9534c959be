//! `fazhi crawl --explain URL`: how a list page is read, with nothing stored.

use std::io;

use anyhow::{Context as _, anyhow};
use fazhi_crawl::{Basis, ExplainedList, Explanation, Listing, Pipeline, explain as look_at};
use url::Url;

use crate::cli::CrawlArgs;
use crate::config::Config;
use crate::outcome::{Failure, Outcome};
use crate::pipelines;

/// Entries that are printed; the others are counted.
const SHOWN: usize = 20;

/// Looks at the page and prints what was found.
pub async fn explain(config: &Config, url: &Url, args: &CrawlArgs) -> Result<Outcome, Failure> {
    let pipeline = pipeline(config, url, args)?;
    let explanation =
        look_at(url, &pipeline, args.pipelines.conduct.reach()).await.context("cannot look at the page")?;
    let mut out = io::stdout().lock();
    write(&mut out, &explanation, &pipeline).context("cannot print the explanation")?;
    let found = explanation.list.as_ref().is_some_and(|list| !list.listing.items.is_empty());
    Ok(if found { Outcome::Clean } else { Outcome::Issues })
}

fn pipeline(config: &Config, url: &Url, args: &CrawlArgs) -> Result<Pipeline, Failure> {
    let chosen = &args.pipelines.chosen;
    if chosen.is_empty() {
        return Ok(Pipeline::for_page(url)?.signed(config.contact.as_ref())?);
    }
    match pipelines::ready(config, chosen)?.as_slice() {
        [pipeline] => Ok(pipeline.clone()),
        several => {
            let hint = "name the pipeline whose list it is";
            Err(Failure::hinted(anyhow!("`--explain` looks as one pipeline would, not {}", several.len()), hint))
        }
    }
}

fn write(out: &mut impl io::Write, explanation: &Explanation, pipeline: &Pipeline) -> io::Result<()> {
    writeln!(out, "robots    {} ({})", explanation.robots.outcome, explanation.robots.rule)?;
    for looked in &explanation.answers {
        writeln!(out, "answer    {} ({}), {} bytes: {}", looked.outcome, looked.rule, looked.bytes, looked.url)?;
    }
    let Some(ExplainedList { detection, listing }) = &explanation.list else {
        return writeln!(out, "list      none: the page was not read");
    };
    writeln!(out, "family    {} ({})", detection.family.as_str(), detection.sign)?;
    let wanted = listing.items.iter().filter(|item| pipeline.titles.selects(&item.title)).count();
    let total = listing.stated_total.map(|total| format!(", the list says {total} in all")).unwrap_or_default();
    writeln!(out, "entries   {} on the page, {wanted} wanted{total}", listing.items.len())?;
    if listing.foreign > 0 {
        writeln!(out, "          {} more lead to other hosts and are not followed", listing.foreign)?;
    }
    if let Some(damage) = listing.damage {
        writeln!(out, "damage    {damage}")?;
    }
    for item in listing.items.iter().take(SHOWN) {
        let date = item.date.map_or_else(|| "no date   ".to_owned(), |date| date.to_string());
        let mark = if pipeline.titles.selects(&item.title) { '+' } else { '-' };
        writeln!(out, "        {mark} {date} {} <{}>", item.title, item.url)?;
    }
    if listing.items.len() > SHOWN {
        writeln!(out, "          and {} more", listing.items.len() - SHOWN)?;
    }
    write_onward(out, listing)
}

fn write_onward(out: &mut impl io::Write, listing: &Listing) -> io::Result<()> {
    for list in &listing.lists {
        writeln!(out, "list      {list}")?;
    }
    if let Some(frame) = &listing.frame {
        writeln!(out, "frame     {frame}")?;
    }
    match &listing.next {
        Some(next) => {
            let basis = match next.basis {
                Basis::Linked => "the page links to it",
                Basis::Computed => "worked out; it counts only if it brings new entries of the same column",
                Basis::Shell => "this page is a shell; its list begins there",
                Basis::MayRepeat => "worked out; it may repeat this page",
            };
            writeln!(out, "next      {} ({}: {basis})", next.url, next.rule)
        }
        None => writeln!(out, "next      none"),
    }
}
