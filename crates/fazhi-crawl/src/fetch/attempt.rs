//! The attempts for one address: how often, how far apart, and what each of them leaves.

use std::time::Duration;

use chrono::{DateTime, Utc};
use fazhi_model::{Outcome, Purpose};
use tracing::{debug, trace, warn};
use url::Url;

use super::{Hop, Session, Step, Target};
use crate::CrawlError;
use crate::client::{Answer, Cause, Extent, NoAnswer, Question};
use crate::family::parts;
use crate::hosts::{Health, Host, Turn};
use crate::payload;
use crate::recorder::{Answered, Unanswered};
use crate::state::urls::Known;
use crate::verdict::{Asked, judge};

/// Attempts for one address: the first and two more.
const ATTEMPTS: u32 = 3;

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It is the last for this address and cycle.
    Settle,
    /// Another one.
    Repeat,
    /// The host is asked for nothing more; the address is left for the next run.
    Leave,
}

impl Session<'_> {
    pub(super) async fn attempts(
        &self,
        target: &Target,
        url: &Url,
        hops: &[Url],
        known: Option<Known>,
    ) -> Result<Hop, CrawlError> {
        let (content, parts) = known.map_or_else(Default::default, |known| (known.content, known.parts));
        let question = Question {
            etag: content.as_ref().and_then(|content| content.etag.clone()),
            last_modified: content.as_ref().and_then(|content| content.last_modified.clone()),
            referer: target.referer.clone(),
        };
        let host = self.site.hosts.of(url);
        let asked = Asked { url, purpose: target.purpose, hops, known: content.as_ref(), hosts: &self.pipeline.hosts };
        let mut attempt = 1;
        loop {
            let turn = match host.turn(self.pace(url)).await {
                Ok(turn) => turn,
                Err(parked) => return Ok(Hop::Left(parked)),
            };
            trace!(target: "fazhi::checkpoint", point = "next-request");
            let result = self.client.get(url, &question, |headers| payload::wanted(target.purpose, headers)).await;
            trace!(target: "fazhi::checkpoint", point = "answer-received");
            let last = if attempt == ATTEMPTS { Next::Settle } else { Next::Repeat };
            let (mut step, next) = match result {
                Ok(answer) => self.answered(target, asked, answer, turn, last).await?,
                Err(reason) => {
                    drop(turn);
                    self.unanswered(target, url, reason, last).await?
                }
            };
            step.fetched.requests = attempt;
            match next {
                Next::Settle => {
                    host.note(health(&step));
                    if step.fetched.parts.is_empty() && step.fetched.outcome == Outcome::Unchanged {
                        step.fetched.parts = parts;
                    }
                    return Ok(Hop::Step(Box::new(step)));
                }
                Next::Leave => return Ok(host.is_parked().map_or_else(|| Hop::Step(Box::new(step)), Hop::Left)),
                Next::Repeat => {
                    warn!(attempt, rule = step.fetched.rule, "fetch failed, will retry");
                    tokio::time::sleep(self.backoff(attempt)).await;
                    attempt += 1;
                }
            }
        }
    }

    /// Twice as long after each attempt, give or take a half: what failed together is not repeated together.
    fn backoff(&self, attempt: u32) -> Duration {
        (self.site.conduct.backoff * 2u32.pow(attempt - 1)).mul_f64(0.5 + fastrand::f64())
    }

    async fn answered(
        &self,
        target: &Target,
        asked: Asked<'_>,
        answer: Answer,
        turn: Turn,
        last: Next,
    ) -> Result<(Step, Next), CrawlError> {
        let body = answer.read(target.purpose);
        let verdict = judge(asked, &answer, &body);
        let next = self.next(&answer, verdict.outcome, turn.host(), last);
        // Not before the host's wish for a pause is known, and not as late as the record is on disk.
        drop(turn);
        let mut step = Step::new(asked.url, verdict.outcome, &verdict.rule);
        step.fetched.status = Some(answer.status);
        step.redirect_to.clone_from(&verdict.redirect_to);
        let fresh = target.purpose == Purpose::Page && verdict.outcome == Outcome::New;
        step.fetched.parts = if fresh { parts::of(asked.url, &body.text) } else { Vec::new() };
        let answered = Answered {
            url: asked.url.to_string(),
            note: self.note(target, verdict.outcome, &verdict.rule),
            answer,
            digests: body.digests,
            verdict,
            known: asked.known.cloned(),
            parts: step.fetched.parts.clone(),
            settled: self.settled(next),
        };
        step.fetched.content = self.recorder.answer(answered).await?;
        Ok((step, next))
    }

    /// What follows an answer. A host that asks to be left alone is; for longer than a run can wait, it is parked.
    fn next(&self, answer: &Answer, outcome: Outcome, host: &Host, last: Next) -> Next {
        match outcome {
            Outcome::RateLimited => {
                let stated = retry_after(answer.header("retry-after"), Utc::now());
                let wanted = stated.unwrap_or(self.site.conduct.unstated_pause);
                debug!(seconds = wanted.as_secs(), "host asks to be left alone");
                if wanted > self.site.conduct.longest_pause {
                    host.park(&format!("it asks to be left alone for {} s", wanted.as_secs()));
                    return Next::Leave;
                }
                host.pause(wanted);
                last
            }
            Outcome::Failed if answer.status >= 500 => last,
            // What came whole and does not read would not read the next time either.
            Outcome::Damaged if answer.extent != Extent::Whole => last,
            _ => Next::Settle,
        }
    }

    async fn unanswered(
        &self,
        target: &Target,
        url: &Url,
        reason: NoAnswer,
        last: Next,
    ) -> Result<(Step, Next), CrawlError> {
        let next = match reason.cause {
            // Neither an address nor a certificate gets better by asking again.
            Cause::Refused(_) | Cause::Failed("tls") => Next::Settle,
            Cause::Failed(_) => last,
        };
        let (outcome, rule) = (reason.cause.outcome(), reason.cause.rule());
        let step = Step::new(url, outcome, rule);
        let note = self.note(target, outcome, rule);
        self.recorder.no_answer(Unanswered { url: url.to_string(), note, reason, settled: self.settled(next) }).await?;
        Ok((step, next))
    }

    fn settled(&self, next: Next) -> Option<i64> {
        (next == Next::Settle).then_some(self.cycle.id)
    }
}

fn health(step: &Step) -> Health {
    match step.fetched.outcome {
        Outcome::Unreachable | Outcome::RateLimited | Outcome::Blocked | Outcome::Damaged => Health::Failed,
        Outcome::Failed if step.fetched.status.is_some_and(|status| status >= 500) => Health::Failed,
        _ => Health::Answered,
    }
}

/// How long a host asks to be left alone (RFC 9110 §10.2.3): seconds, or a date.
fn retry_after(value: Option<&str>, now: DateTime<Utc>) -> Option<Duration> {
    let text = value?.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    let until = || DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc() - now);
    seconds.or_else(|| until().map(|wait| wait.to_std().unwrap_or_default()))
}
