//! One address: asked politely, conditionally and at most as often as it takes; followed where it leads; recorded.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use fazhi_archive::read_at;
use fazhi_model::{CaptureNote, Outcome, Purpose};
use tracing::{debug, instrument, warn};
use url::Url;

use crate::client::{Answer, Client, NoAnswer, Validators};
use crate::crawl::CrawlSite;
use crate::hosts::HostKey;
use crate::payload::{self, Page};
use crate::recorder::{Answered, Recorder, Unanswered};
use crate::robots::Rules;
use crate::state::{Content, Cycle, Key, Known};
use crate::verdict::{Asked, MAX_HOPS, judge};
use crate::{CrawlError, Pipeline};

/// Attempts for one address: the first and two more.
const ATTEMPTS: u32 = 3;

/// What is to be fetched.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) purpose: Purpose,
    pub(crate) listed_title: Option<String>,
    pub(crate) listed_date: Option<NaiveDate>,
}

impl Target {
    pub(crate) fn new(url: Url, purpose: Purpose) -> Self {
        Self { url, purpose, listed_title: None, listed_date: None }
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
    /// Requests it took; none if this cycle had already dealt with it.
    pub(crate) requests: u32,
}

/// Everything it takes to fetch for one pipeline.
pub(crate) struct Session<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) site: &'a CrawlSite<'a>,
    pub(crate) cycle: &'a Cycle,
    pub(crate) client: Client,
    pub(crate) recorder: Recorder,
    pub(crate) rules: HashMap<HostKey, Rules>,
}

impl Session<'_> {
    /// Fetches an address unless this cycle has already dealt with it.
    #[instrument(skip_all, fields(url = %target.url, purpose = %target.purpose))]
    pub(crate) async fn fetch(&self, target: &Target) -> Result<Fetched, CrawlError> {
        let mut hops: Vec<Url> = Vec::new();
        let mut url = target.url.clone();
        let mut requests = 0;
        loop {
            let mut step = self.hop(target, &url, &hops).await?;
            requests += step.fetched.requests;
            // Hops are judged against the ones before, so this ends; the state could have been edited.
            let next = step.redirect_to.take().filter(|next| !hops.contains(next) && hops.len() < MAX_HOPS);
            let Some(next) = next else {
                debug!(outcome = %step.fetched.outcome, rule = step.fetched.rule, "fetched");
                return Ok(Fetched { requests, ..step.fetched });
            };
            hops.push(std::mem::replace(&mut url, next));
        }
    }

    /// Fetches an address and reads its page back from the archive, where it has one. "Not modified" helps nobody who
    /// has lost the page; so one that does not read is asked for once more, as if it were new.
    pub(crate) async fn fetch_readable(&self, target: &Target) -> Result<(Fetched, Option<Page>), CrawlError> {
        let first = self.fetch(target).await?;
        let Some(content) = &first.content else { return Ok((first, None)) };
        if let Some(page) = self.read(content).await? {
            return Ok((first, Some(page)));
        }
        let key = Key { pipeline: &self.pipeline.name, purpose: target.purpose, url: first.url.as_str() };
        self.site.state.forget(key)?;
        let again = self.fetch(target).await?;
        let page = match &again.content {
            Some(content) => self.read(content).await?,
            None => None,
        };
        Ok((Fetched { requests: first.requests + again.requests, ..again }, page))
    }

    async fn read(&self, content: &Content) -> Result<Option<Page>, CrawlError> {
        let (root, location) = (self.site.archive_root.to_owned(), content.location.clone());
        crate::blocking(move || {
            let record = match read_at(&root, &location) {
                Ok(record) => record,
                Err(error) => {
                    warn!(%error, file = location.file, offset = location.offset, "archived page does not read");
                    return Ok(None);
                }
            };
            let read = |http: fazhi_archive::HttpMessage<'_>| {
                Page::read(&http.body, http.header("content-encoding"), http.header("content-type"))
            };
            Ok(record.http().map(read))
        })
        .await
    }

    async fn hop(&self, target: &Target, url: &Url, hops: &[Url]) -> Result<Step, CrawlError> {
        let key = Key { pipeline: &self.pipeline.name, purpose: target.purpose, url: url.as_str() };
        let known = self.site.state.known(key)?;
        if let Some(known) = known.as_ref().filter(|known| known.last_cycle == Some(self.cycle.id)) {
            return Ok(Step::of_known(url, known));
        }
        if let Some(rule) = self.refusal(target.purpose, url) {
            return self.refuse(target, url, rule).await;
        }
        let content = known.and_then(|known| known.content);
        self.attempts(target, url, hops, content).await
    }

    async fn attempts(
        &self,
        target: &Target,
        url: &Url,
        hops: &[Url],
        known: Option<Content>,
    ) -> Result<Step, CrawlError> {
        let validators = known.as_ref().map_or_else(Validators::default, |content| Validators {
            etag: content.etag.clone(),
            last_modified: content.last_modified.clone(),
        });
        let host = self.site.hosts.of(url);
        let mut attempt = 1;
        loop {
            host.turn(self.delay(url)).await;
            let result = self.client.get(url, &validators, payload::cap(target.purpose)).await;
            let next = if attempt == ATTEMPTS { Next::Settle } else { Next::Repeat };
            let asked = Asked { url, purpose: target.purpose, hops, known: known.as_ref() };
            let (mut step, next) = match result {
                Ok(answer) => self.answered(target, asked, answer, next).await?,
                Err(reason) => self.unanswered(target, url, reason, next).await?,
            };
            step.fetched.requests = attempt;
            if next == Next::Settle {
                return Ok(step);
            }
            warn!(attempt, rule = step.fetched.rule, "fetch failed, will retry");
            tokio::time::sleep(self.site.backoff * 2u32.pow(attempt - 1)).await;
            attempt += 1;
        }
    }

    async fn answered(
        &self,
        target: &Target,
        asked: Asked<'_>,
        answer: Answer,
        next: Next,
    ) -> Result<(Step, Next), CrawlError> {
        let digest = payload::digest(&answer.body, answer.header("content-encoding"));
        let verdict = judge(asked, &answer, &digest);
        let repeatable = answer.status >= 500 && verdict.outcome == Outcome::Failed;
        let next = if repeatable { next } else { Next::Settle };
        if verdict.outcome == Outcome::RateLimited {
            // Without a stated time, ten turns.
            let stated = retry_after(answer.header("retry-after"), Utc::now());
            self.site.hosts.of(asked.url).pause(stated.unwrap_or_else(|| self.delay(asked.url) * 10)).await;
        }
        let mut step = Step::new(asked.url, verdict.outcome, &verdict.rule);
        step.fetched.status = Some(answer.status);
        step.redirect_to.clone_from(&verdict.redirect_to);
        let answered = Answered {
            url: asked.url.to_string(),
            note: self.note(target, verdict.outcome, &verdict.rule),
            answer,
            digest,
            verdict,
            known: asked.known.cloned(),
            settled: self.settled(next),
        };
        step.fetched.content = self.recorder.answer(answered).await?;
        Ok((step, next))
    }

    async fn unanswered(
        &self,
        target: &Target,
        url: &Url,
        reason: NoAnswer,
        next: Next,
    ) -> Result<(Step, Next), CrawlError> {
        // A certificate does not get better by asking again.
        let next = if reason.rule == "tls" { Next::Settle } else { next };
        let step = Step::new(url, Outcome::Unreachable, reason.rule);
        let note = self.note(target, Outcome::Unreachable, reason.rule);
        let unanswered = Unanswered { url: url.to_string(), note, reason, settled: self.settled(next) };
        self.recorder.no_answer(unanswered).await?;
        Ok((step, next))
    }

    fn settled(&self, next: Next) -> Option<i64> {
        (next == Next::Settle).then_some(self.cycle.id)
    }

    fn refusal(&self, purpose: Purpose, url: &Url) -> Option<&'static str> {
        if purpose == Purpose::Robots {
            return None;
        }
        // Only hosts whose rules are known are ever asked.
        self.rules.get(&HostKey::of(url)).map_or(Some("robots-unknown"), |rules| rules.refusal(url))
    }

    async fn refuse(&self, target: &Target, url: &Url, rule: &'static str) -> Result<Step, CrawlError> {
        let reason = NoAnswer { fetched_at: Utc::now(), rule, detail: format!("not requested: {rule}") };
        let note = self.note(target, Outcome::Disallowed, rule);
        let settled = Some(self.cycle.id);
        self.recorder.no_answer(Unanswered { url: url.to_string(), note, reason, settled }).await?;
        Ok(Step::new(url, Outcome::Disallowed, rule))
    }

    fn delay(&self, url: &Url) -> Duration {
        let asked = self.rules.get(&HostKey::of(url)).map(Rules::delay).unwrap_or_default();
        self.pipeline.delay.max(asked)
    }

    fn note(&self, target: &Target, outcome: Outcome, rule: &str) -> CaptureNote {
        CaptureNote {
            pipeline: self.pipeline.name.clone(),
            run_id: self.site.run_id.to_owned(),
            purpose: target.purpose,
            outcome,
            rule: rule.to_owned(),
            requested_url: target.url.to_string(),
            listed_title: target.listed_title.clone(),
            listed_date: target.listed_date.map(|date| date.to_string()),
        }
    }
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It is the last for this address and cycle.
    Settle,
    /// Another one.
    Repeat,
}

/// One hop of a chain of redirects.
struct Step {
    fetched: Fetched,
    redirect_to: Option<Url>,
}

impl Step {
    fn new(url: &Url, outcome: Outcome, rule: &str) -> Self {
        let (url, rule) = (url.clone(), rule.to_owned());
        Self { fetched: Fetched { url, outcome, rule, status: None, content: None, requests: 0 }, redirect_to: None }
    }

    fn of_known(url: &Url, known: &Known) -> Self {
        let mut step = Self::new(url, known.outcome, &known.rule);
        step.fetched.status = known.http_status;
        let readable = matches!(known.outcome, Outcome::New | Outcome::Unchanged | Outcome::TooLarge);
        step.fetched.content = known.content.clone().filter(|_| readable);
        step.redirect_to = known.redirect_to.as_deref().and_then(|text| Url::parse(text).ok());
        step
    }
}

/// How long a host asks to be left alone: seconds, or a date.
fn retry_after(value: Option<&str>, now: DateTime<Utc>) -> Option<Duration> {
    let text = value?.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    let until = || DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc() - now);
    seconds.or_else(|| until().map(|wait| wait.to_std().unwrap_or_default()))
}
