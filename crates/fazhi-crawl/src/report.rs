//! What a crawl says while it runs and when it is done.

use std::collections::BTreeMap;

use fazhi_model::{Outcome, Purpose, SourceIssue};
use url::Url;

use crate::state::cycle::Origin;

/// Something that has just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A list page has been read.
    ListRead {
        /// Its address.
        url: Url,
        /// Entries it added.
        added: usize,
    },
    /// All lists have been read: so many articles are to be fetched.
    Selected {
        /// Articles.
        pages: usize,
    },
    /// An article has been dealt with.
    PageDone {
        /// Its address.
        url: Url,
        /// How it ended.
        outcome: Outcome,
    },
}

/// What a crawl of one pipeline did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// Whether it continued a crawl that was interrupted.
    pub origin: Origin,
    /// Records of an interrupted run that were taken over into the state.
    pub adopted: usize,
    /// List pages that could be read.
    pub lists: usize,
    /// Different articles listed.
    pub listed: usize,
    /// Articles whose titles are wanted.
    pub selected: usize,
    /// Wanted articles that are left for the next run.
    pub left: usize,
    /// Requests sent, repeats and redirects included.
    pub requests: u64,
    /// Addresses that this run dealt with, by what they were asked for and how that ended.
    pub outcomes: BTreeMap<(Purpose, Outcome), usize>,
    /// What was noticed about the source.
    pub issues: Vec<SourceIssue>,
}

impl CrawlReport {
    /// This crawl and the one after it as one.
    pub(crate) fn followed_by(mut self, next: Self) -> Self {
        for (key, count) in next.outcomes {
            *self.outcomes.entry(key).or_default() += count;
        }
        self.issues.extend(next.issues);
        Self {
            lists: self.lists + next.lists,
            listed: self.listed + next.listed,
            selected: self.selected + next.selected,
            left: next.left,
            requests: self.requests + next.requests,
            ..self
        }
    }

    /// Addresses of this purpose that ended so.
    pub fn count(&self, purpose: Purpose, outcome: Outcome) -> usize {
        self.outcomes.get(&(purpose, outcome)).copied().unwrap_or(0)
    }

    /// Articles whose bytes had not been seen before.
    pub fn new_pages(&self) -> usize {
        self.count(Purpose::Page, Outcome::New)
    }

    /// Articles that are as they were.
    pub fn unchanged_pages(&self) -> usize {
        self.count(Purpose::Page, Outcome::Unchanged)
    }

    /// Articles that were not asked for, by the wish of their host or for their address.
    pub fn refused_pages(&self) -> usize {
        self.count(Purpose::Page, Outcome::Disallowed)
    }

    /// Articles behind a challenge or firewall.
    pub fn blocked_pages(&self) -> usize {
        self.count(Purpose::Page, Outcome::Blocked)
    }

    /// Articles that gave no page for another reason.
    pub fn failed_pages(&self) -> usize {
        self.missing_pages() - self.refused_pages() - self.blocked_pages()
    }

    /// Articles that gave neither new bytes nor the assurance that nothing has changed.
    pub fn missing_pages(&self) -> usize {
        let pages = self.outcomes.iter().filter(|((purpose, _), _)| *purpose == Purpose::Page);
        pages.filter(|((_, outcome), _)| !matches!(outcome, Outcome::New | Outcome::Unchanged)).map(|(_, n)| n).sum()
    }
}
