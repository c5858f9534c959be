//! The rules of the hosts a pipeline asks: fetched before anything else is, once per host and day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fazhi_model::{Outcome, Purpose};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;
use url::Url;

use super::{Fetched, Session, Target, Visit};
use crate::CrawlError;
use crate::hosts::HostKey;
use crate::payload::Body;
use crate::robots::{self, Rules, RulesBasis};

const LIFETIME: Duration = Duration::from_hours(24);

/// The rules of hosts, as far as they have been asked for.
#[derive(Debug, Default)]
pub(crate) struct RulesOfHosts {
    known: Mutex<HashMap<HostKey, Arc<RulesOfHost>>>,
    /// How asking for them ended, for the report.
    asked: Mutex<Vec<RulesAsked>>,
}

#[derive(Debug, Default)]
struct RulesOfHost {
    /// Held while the rules are fetched, so that they are fetched once.
    fetching: AsyncMutex<()>,
    rules: Mutex<Option<(Instant, Arc<Rules>)>>,
}

/// How asking a host for its rules ended.
#[derive(Debug, Clone)]
pub(crate) struct RulesAsked {
    pub(crate) url: Url,
    pub(crate) outcome: Outcome,
    pub(crate) rule: String,
    pub(crate) requests: u32,
    pub(crate) basis: RulesBasis,
}

impl RulesOfHosts {
    /// The pause between requests that a host asks for.
    pub(super) fn delay(&self, host: &HostKey) -> Duration {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(host).and_then(|host| host.get()).map(|rules| rules.delay()).unwrap_or_default()
    }

    /// What has been asked since the last call.
    pub(crate) fn take_asked(&self) -> Vec<RulesAsked> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn of(&self, host: HostKey) -> Arc<RulesOfHost> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(host).or_default())
    }
}

impl RulesOfHost {
    fn get(&self) -> Option<Arc<Rules>> {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.as_ref().filter(|(since, _)| since.elapsed() < LIFETIME).map(|(_, rules)| Arc::clone(rules))
    }
}

impl Session<'_> {
    /// The rules of the host of an address.
    pub(super) async fn rules_of(&self, url: &Url) -> Result<Arc<Rules>, CrawlError> {
        let host = self.rules.of(HostKey::of(url));
        if let Some(rules) = host.get() {
            return Ok(rules);
        }
        let _fetching = host.fetching.lock().await;
        if let Some(rules) = host.get() {
            return Ok(rules);
        }
        let rules = Arc::new(self.ask_for_rules(url).await?);
        let mut known = host.rules.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((Instant::now(), Arc::clone(&rules)));
        Ok(rules)
    }

    async fn ask_for_rules(&self, url: &Url) -> Result<Rules, CrawlError> {
        let target = Target::new(robots::address(url), Purpose::Robots);
        // Asking for rules needs none; the future would contain itself without the box.
        let (visit, page) = Box::pin(self.fetch_readable(&target)).await?;
        let (rules, asked) = match visit {
            Visit::Fetched(fetched) => {
                let rules = rules(&fetched, page);
                let Fetched { outcome, rule, requests, .. } = *fetched;
                let basis = rules.basis();
                (rules, RulesAsked { url: url.clone(), outcome, rule, requests, basis })
            }
            Visit::Left(parked) => {
                let (outcome, basis) = (Outcome::Unreachable, RulesBasis::Unreachable);
                let asked = RulesAsked { url: url.clone(), outcome, rule: parked.0.to_string(), requests: 0, basis };
                (Rules::unreachable(), asked)
            }
        };
        self.rules.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        Ok(rules)
    }
}

fn rules(fetched: &Fetched, file: Option<Body>) -> Rules {
    if let Some(file) = file {
        return Rules::from_file(&file.octets);
    }
    match (fetched.outcome, fetched.status) {
        (Outcome::Redirected, _) => Rules::absent(),
        // 429 is a 4xx, but a host that wants fewer requests has not said that everything is allowed.
        (Outcome::RateLimited, _) => Rules::unreachable(),
        (_, Some(status)) if (400..500).contains(&status) => Rules::absent(),
        _ => Rules::unreachable(),
    }
}
