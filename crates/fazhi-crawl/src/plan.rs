//! What a crawl is expected to ask for, before it asks for anything.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::Pipeline;
use crate::state::cycle::{Lists, open_cycle};
use crate::state::{State, StateError, parsed_time};

/// What a crawl of one pipeline is expected to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlPlan {
    /// The pipeline's name.
    pub pipeline: String,
    /// Hosts it may ask.
    pub hosts: Vec<String>,
    /// List pages.
    pub lists: Expected,
    /// Articles, pages of split articles included.
    pub articles: Expected,
    /// What the numbers rest on.
    pub basis: PlanBasis,
    /// Least time between two requests to one host. Hosts are asked beside each other.
    pub pace: Duration,
}

/// A number of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// About so many.
    About(u64),
    /// Not more than this.
    AtMost(u64),
    /// Whatever the lists name.
    Unknown,
}

/// What a plan rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanBasis {
    /// The pipeline has never been crawled.
    Nothing,
    /// The last complete crawl, begun then.
    LastCrawl(DateTime<Utc>),
    /// What a crawl begun then has left to fetch.
    Unfinished(DateTime<Utc>),
}

impl CrawlPlan {
    /// Requests in all, `robots.txt` included, as far as they are known.
    pub fn requests(&self) -> Expected {
        let robots = self.hosts.len() as u64;
        match (self.lists, self.articles) {
            (Expected::Unknown, _) | (_, Expected::Unknown) => Expected::Unknown,
            (Expected::About(lists), Expected::About(articles)) => Expected::About(robots + lists + articles),
            (
                Expected::About(lists) | Expected::AtMost(lists),
                Expected::About(articles) | Expected::AtMost(articles),
            ) => Expected::AtMost(robots + lists + articles),
        }
    }

    /// Least time for that at the pace of the pipeline, if all of it goes to one host.
    pub fn time(&self) -> Option<Duration> {
        match self.requests() {
            Expected::About(count) | Expected::AtMost(count) => {
                Some(self.pace.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX)))
            }
            Expected::Unknown => None,
        }
    }
}

/// Plans a crawl from what earlier crawls have noted; `state` is absent where there was none.
pub fn plan(pipeline: &Pipeline, state: Option<&State>) -> Result<CrawlPlan, StateError> {
    let starts = pipeline.start.len() as u64;
    let mut plan = CrawlPlan {
        pipeline: pipeline.name.clone(),
        hosts: pipeline.hosts.names().map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect(),
        lists: Expected::AtMost(starts * u64::from(pipeline.reading.max_pages.get())),
        articles: pipeline.budget.articles.map_or(Expected::Unknown, |count| Expected::AtMost(count.get() as u64)),
        basis: PlanBasis::Nothing,
        pace: pipeline.politeness.pace.floor,
    };
    let Some(state) = state else { return Ok(plan) };
    let budget = pipeline.budget.articles.map_or(u64::MAX, |count| count.get() as u64);
    if let Some(open) = state.read(|connection| open_cycle(connection, &pipeline.name))?
        && open.lists == Lists::Read
    {
        let waiting = state.frontier(&open)?.waiting as u64;
        plan.lists = Expected::About(0);
        plan.articles = Expected::About(waiting.min(budget));
        plan.basis = PlanBasis::Unfinished(open.started_at);
        return Ok(plan);
    }
    if let Some(last) = state.last_crawl(&pipeline.name)? {
        plan.lists = Expected::About(last.lists);
        plan.articles = Expected::About(last.articles.min(budget));
        plan.basis = PlanBasis::LastCrawl(last.started_at);
    }
    Ok(plan)
}

struct LastCrawl {
    started_at: DateTime<Utc>,
    lists: u64,
    articles: u64,
}

impl State {
    fn last_crawl(&self, pipeline: &str) -> Result<Option<LastCrawl>, StateError> {
        self.read(|connection| {
            let sql = "SELECT cycle, started_at FROM cycles WHERE pipeline = ?1 AND ended_at IS NOT NULL \
                       AND listed_at IS NOT NULL ORDER BY cycle DESC LIMIT 1";
            let last = connection.query_row(sql, [pipeline], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
            let Some((cycle, started_at)) = last.optional()? else { return Ok(None) };
            let sql = "SELECT count(*) FILTER (WHERE purpose = 'list'), count(*) FILTER (WHERE purpose IN ('page', 'part')) \
                       FROM urls WHERE pipeline = ?1 AND last_cycle = ?2";
            let (lists, articles): (i64, i64) =
                connection.query_row(sql, params![pipeline, cycle], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Some(LastCrawl {
                started_at: parsed_time(&started_at),
                lists: lists.unsigned_abs(),
                articles: articles.unsigned_abs(),
            }))
        })
    }
}
