//! What a crawl says while it runs and when it is done.

use std::collections::BTreeMap;

use fazhi_model::{Outcome, Purpose, SourceIssue};
use url::Url;

use crate::state::Origin;

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
    /// Requests sent, repeats and redirects included.
    pub requests: u64,
    /// Addresses by what they were asked for and how that ended, those of the interrupted run included.
    pub outcomes: BTreeMap<(Purpose, Outcome), usize>,
    /// What was noticed about the source.
    pub issues: Vec<SourceIssue>,
}

impl CrawlReport {
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

    /// Articles that gave neither new bytes nor the assurance that nothing has changed.
    pub fn failed_pages(&self) -> usize {
        let pages = self.outcomes.iter().filter(|((purpose, _), _)| *purpose == Purpose::Page);
        pages.filter(|((_, outcome), _)| !matches!(outcome, Outcome::New | Outcome::Unchanged)).map(|(_, n)| n).sum()
    }
}
