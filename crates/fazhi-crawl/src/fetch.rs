//! One address: asked politely, conditionally and at most as often as it takes; followed where it leads; recorded.

mod attempt;
mod rules;

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta, Utc};
use fazhi_archive::read_at;
use fazhi_model::{CaptureNote, Outcome, Purpose};
use tokio::time::Instant;
use tracing::{debug, instrument, warn};
use url::Url;

use crate::client::{Cause, Client, NoAnswer};
use crate::crawl::CrawlSite;
use crate::hosts::{HostKey, Pace, Parked};
use crate::payload::Body;
use crate::recorder::{Recorder, Unanswered};
use crate::state::cycle::Cycle;
use crate::state::urls::{Content, Key, Known};
use crate::verdict::MAX_HOPS;
use crate::{CrawlError, Pipeline};

pub(crate) use rules::RulesOfHosts;

/// RFC 9309 §2.4: a `robots.txt` is not used longer than this.
const ROBOTS_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What is to be fetched.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) purpose: Purpose,
    pub(crate) listed_title: Option<String>,
    pub(crate) listed_date: Option<NaiveDate>,
    pub(crate) referer: Option<Url>,
    /// For a further page of an article: the article, and the number of the page.
    pub(crate) part_of: Option<(Url, u32)>,
}

impl Target {
    pub(crate) fn new(url: Url, purpose: Purpose) -> Self {
        Self { url, purpose, listed_title: None, listed_date: None, referer: None, part_of: None }
    }
}

/// How fetching an address ended, after redirects.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The address that answered last.
    pub(crate) url: Url,
    pub(crate) outcome: Outcome,
    pub(crate) rule: String,
    pub(crate) status: Option<u16>,
    /// Where its body lies, if it has one worth reading.
    pub(crate) content: Option<Content>,
    /// Further pages, for an article that is split.
    pub(crate) parts: Vec<Url>,
    /// Requests it took; none if this cycle had already dealt with it.
    pub(crate) requests: u32,
}

/// What became of an address.
#[derive(Debug)]
pub(crate) enum Visit {
    Fetched(Box<Fetched>),
    /// Its host is asked for nothing more in this run.
    Left(Parked),
}

/// Everything it takes to fetch for one pipeline.
pub(crate) struct Session<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) site: &'a CrawlSite<'a>,
    pub(crate) cycle: &'a Cycle,
    pub(crate) client: Client,
    pub(crate) recorder: Recorder,
    pub(crate) rules: RulesOfHosts,
    /// When the run's time is up.
    pub(crate) deadline: Option<Instant>,
}

impl Session<'_> {
    /// Whether the run's time is up.
    pub(crate) fn is_out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Fetches an address unless this cycle has already dealt with it.
    #[instrument(skip_all, fields(host = target.url.host_str(), url = %target.url, purpose = %target.purpose))]
    pub(crate) async fn fetch(&self, target: &Target) -> Result<Visit, CrawlError> {
        let mut hops: Vec<Url> = Vec::new();
        let mut url = target.url.clone();
        let mut requests = 0;
        loop {
            let mut step = match self.hop(target, &url, &hops).await? {
                Hop::Step(step) => step,
                Hop::Left(parked) => return Ok(Visit::Left(parked)),
            };
            requests += step.fetched.requests;
            // Hops are judged against the ones before, so this ends; the state could have been edited.
            let next = step.redirect_to.take().filter(|next| !hops.contains(next) && hops.len() < MAX_HOPS);
            let Some(next) = next else {
                debug!(outcome = %step.fetched.outcome, rule = step.fetched.rule, "fetched");
                return Ok(Visit::Fetched(Box::new(Fetched { requests, ..step.fetched })));
            };
            hops.push(std::mem::replace(&mut url, next));
        }
    }

    /// Fetches an address and reads its page back from the archive, where it has one. "Not modified" helps nobody who
    /// has lost the page; so one that does not read is asked for once more, as if it were new.
    pub(crate) async fn fetch_readable(&self, target: &Target) -> Result<(Visit, Option<Body>), CrawlError> {
        let first = match self.fetch(target).await? {
            Visit::Fetched(first) => first,
            left @ Visit::Left(_) => return Ok((left, None)),
        };
        let Some(content) = &first.content else { return Ok((Visit::Fetched(first), None)) };
        if let Some(page) = self.read(target.purpose, content).await? {
            return Ok((Visit::Fetched(first), Some(page)));
        }
        let key = Key { pipeline: &self.pipeline.name, purpose: target.purpose, url: first.url.as_str() };
        self.site.state.forget(key)?;
        let mut again = match self.fetch(target).await? {
            Visit::Fetched(again) => again,
            left @ Visit::Left(_) => return Ok((left, None)),
        };
        let page = match &again.content {
            Some(content) => self.read(target.purpose, content).await?,
            None => None,
        };
        again.requests += first.requests;
        Ok((Visit::Fetched(again), page))
    }

    async fn read(&self, purpose: Purpose, content: &Content) -> Result<Option<Body>, CrawlError> {
        let (root, location) = (self.recorder.root().to_owned(), content.location.clone());
        crate::blocking(move || {
            let record = match read_at(&root, &location) {
                Ok(record) => record,
                Err(error) => {
                    warn!(%error, file = location.file, offset = location.offset, "archived page does not read");
                    return Ok(None);
                }
            };
            let read = |http: fazhi_archive::HttpMessage<'_>| {
                Body::read(purpose, &http.body, http.header("content-encoding"), http.header("content-type"))
            };
            Ok(record.http().map(read))
        })
        .await
    }

    async fn hop(&self, target: &Target, url: &Url, hops: &[Url]) -> Result<Hop, CrawlError> {
        let key = Key { pipeline: &self.pipeline.name, purpose: target.purpose, url: url.as_str() };
        let known = self.site.state.known(key)?;
        if let Some(known) = known.as_ref().filter(|known| self.has_dealt_with(target.purpose, known)) {
            return Ok(Hop::Step(Box::new(Step::of_known(url, known))));
        }
        if let Some(rule) = self.refusal(target, url).await? {
            return self.refuse(target, url, rule).await.map(|step| Hop::Step(Box::new(step)));
        }
        self.attempts(target, url, hops, known).await
    }

    fn has_dealt_with(&self, purpose: Purpose, known: &Known) -> bool {
        let fresh = purpose != Purpose::Robots || Utc::now() - known.fetched_at < ROBOTS_LIFETIME;
        fresh && known.last_cycle == Some(self.cycle.id)
    }

    /// Why an address is not asked for: its host is not the pipeline's, or does not want to be asked for it.
    async fn refusal(&self, target: &Target, url: &Url) -> Result<Option<&'static str>, CrawlError> {
        if target.purpose == Purpose::Robots {
            return Ok(None);
        }
        if !self.pipeline.hosts.allows(url) {
            return Ok(Some("host-not-listed"));
        }
        Ok(self.rules_of(url).await?.refusal(url))
    }

    async fn refuse(&self, target: &Target, url: &Url, rule: &'static str) -> Result<Step, CrawlError> {
        let detail = format!("not requested: {rule}");
        let reason = NoAnswer { fetched_at: Utc::now(), cause: Cause::Refused(rule), detail };
        let note = self.note(target, Outcome::Disallowed, rule);
        let settled = Some(self.cycle.id);
        self.recorder.no_answer(Unanswered { url: url.to_string(), note, reason, settled }).await?;
        Ok(Step::new(url, Outcome::Disallowed, rule))
    }

    /// The pace of a host: what the pipeline says, or more slowly where the host's rules say so.
    fn pace(&self, url: &Url) -> Pace {
        let asked = self.rules.delay(&HostKey::of(url));
        let pace = self.pipeline.politeness.pace;
        let floor = pace.floor.max(asked);
        let parallel = if asked > Duration::ZERO { 1 } else { pace.parallel };
        Pace { floor, longest: pace.longest.max(floor), parallel, ..pace }
    }

    fn note(&self, target: &Target, outcome: Outcome, rule: &str) -> CaptureNote {
        let requested = target.part_of.as_ref().map_or(&target.url, |(article, _)| article);
        CaptureNote {
            pipeline: self.pipeline.name.clone(),
            run_id: self.site.run_id.to_owned(),
            purpose: target.purpose,
            outcome,
            rule: rule.to_owned(),
            requested_url: requested.to_string(),
            listed_title: target.listed_title.clone(),
            listed_date: target.listed_date.map(|date| date.to_string()),
            part: target.part_of.as_ref().map(|(_, number)| *number),
        }
    }
}

/// One hop of a chain of redirects, or none because the host is parked.
enum Hop {
    Step(Box<Step>),
    Left(Parked),
}

/// One hop of a chain of redirects.
struct Step {
    fetched: Fetched,
    redirect_to: Option<Url>,
}

impl Step {
    fn new(url: &Url, outcome: Outcome, rule: &str) -> Self {
        let (url, rule) = (url.clone(), rule.to_owned());
        let (content, parts) = (None, Vec::new());
        Self { fetched: Fetched { url, outcome, rule, status: None, content, parts, requests: 0 }, redirect_to: None }
    }

    fn of_known(url: &Url, known: &Known) -> Self {
        let mut step = Self::new(url, known.outcome, &known.rule);
        step.fetched.status = known.http_status;
        let readable = matches!(known.outcome, Outcome::New | Outcome::Unchanged | Outcome::TooLarge);
        step.fetched.content = known.content.clone().filter(|_| readable);
        step.fetched.parts.clone_from(&known.parts);
        step.redirect_to = known.redirect_to.as_deref().and_then(|text| Url::parse(text).ok());
        step
    }
}
