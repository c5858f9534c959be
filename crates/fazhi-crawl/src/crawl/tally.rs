//! Addresses by what they were asked for and how that ended.

use std::collections::BTreeMap;

use fazhi_model::{Outcome, Purpose, Severity};

use crate::lists::Lists;

/// What a crawl has counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: u64,
    pub(super) outcomes: BTreeMap<(Purpose, Outcome), usize>,
}

impl Tally {
    pub(super) fn add(&mut self, purpose: Purpose, outcome: Outcome, requests: u32) {
        self.requests += u64::from(requests);
        *self.outcomes.entry((purpose, outcome)).or_default() += 1;
    }

    pub(super) fn add_lists(&mut self, lists: &Lists) {
        for (outcome, requests) in &lists.fetched {
            self.add(Purpose::List, *outcome, *requests);
        }
    }

    /// How much it matters that articles gave no page, and what became of them; nothing if all did.
    pub(super) fn missing_pages(&self) -> Option<(Severity, String)> {
        let pages = || self.outcomes.iter().filter(|((purpose, _), _)| *purpose == Purpose::Page);
        let missing = |outcome: Outcome| !matches!(outcome, Outcome::New | Outcome::Unchanged | Outcome::Redirected);
        let counted: Vec<String> = pages()
            .filter(|((_, outcome), _)| missing(*outcome))
            .map(|((_, outcome), count)| format!("{count} {outcome}"))
            .collect();
        if counted.is_empty() {
            return None;
        }
        let asked: usize = pages().map(|(_, count)| count).sum();
        let arrived = pages().any(|((_, outcome), _)| !missing(*outcome));
        let withheld_only = pages().all(|((_, outcome), _)| !missing(*outcome) || *outcome == Outcome::Disallowed);
        let severity = match (withheld_only, arrived) {
            (true, true) => Severity::Info,
            (_, true) => Severity::Warning,
            (_, false) => Severity::Error,
        };
        Some((severity, format!("of {asked} articles asked for some gave no page: {}", counted.join(", "))))
    }
}
