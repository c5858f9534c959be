//! `robots.txt`, as RFC 9309 wants it obeyed.
//!
//! The rules are read and matched here and not by a library. Of the 310 checks that `tests/robots` has for the RFC and
//! for Google's list, robotxt 0.7 fails 12, robotstxt 0.3 19 and texting_robots 0.2 26: each ends a group at a
//! `Crawl-delay` line, which §2.2.4 forbids, and none matches `%2A` against a star (§2.2.3) or knows the second row of the
//! table of §2.2.2.

mod groups;
mod pattern;

use std::time::Duration;

use groups::{Access, Group};
use url::{Position, Url};

/// The name that groups of a `robots.txt` call us by.
const AGENT: &str = "fazhi";

/// Bytes of a file that count; §2.5 asks for at least this much. Whoever cuts a file has to leave one byte more, or the
/// rule that the cut goes through is taken for a whole one.
pub(crate) const LIMIT: usize = 500 << 10;

/// What a host allows.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    group: Group,
    basis: RulesBasis,
}

/// Where the rules come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RulesBasis {
    /// The host's file.
    File,
    /// The host has no file (4xx, endless redirects): everything is allowed (§2.3.1.3).
    Absent,
    /// The host cannot be asked (5xx, no answer): nothing is allowed (§2.3.1.4).
    Unreachable,
}

impl Rules {
    /// The rules of a file, from its bytes as they are without content coding: paths are octets, and a file in GBK names
    /// those that links in GBK lead to. What cannot be read as a rule is none; of a file longer than 500 KiB, the rules
    /// that begin and end within the limit count.
    pub(crate) fn from_file(file: &[u8]) -> Self {
        Self::for_agent(file, AGENT)
    }

    fn for_agent(file: &[u8], agent: &str) -> Self {
        Self { group: groups::read(file, agent), basis: RulesBasis::File }
    }

    pub(crate) fn absent() -> Self {
        Self { group: Group::default(), basis: RulesBasis::Absent }
    }

    pub(crate) fn unreachable() -> Self {
        Self { group: Group::default(), basis: RulesBasis::Unreachable }
    }

    pub(crate) fn basis(&self) -> RulesBasis {
        self.basis
    }

    /// Whether an address of this host may be fetched. Its path and query are looked at, not its host.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        // §2.2.2: "The /robots.txt URI is implicitly allowed."
        url.path() == "/robots.txt"
            || match self.basis {
                RulesBasis::Absent => true,
                RulesBasis::Unreachable => false,
                RulesBasis::File => self.allows_path(&url[Position::BeforePath..Position::AfterQuery]),
            }
    }

    fn allows_path(&self, path: &str) -> bool {
        if self.group.rules.is_empty() {
            return true;
        }
        let path = pattern::spell_path(path);
        // Sorted by precedence, so the first match is the one that decides; without one the path is allowed.
        self.group
            .rules
            .iter()
            .find(|rule| rule.pattern.matches(&path))
            .is_none_or(|rule| rule.access == Access::Allowed)
    }

    /// Why an address must not be fetched, or nothing if it may be.
    pub(crate) fn refusal(&self, url: &Url) -> Option<&'static str> {
        match self.basis {
            _ if self.allows(url) => None,
            RulesBasis::Unreachable => Some("robots-unreachable"),
            RulesBasis::File | RulesBasis::Absent => Some("robots"),
        }
    }

    /// The pause between requests that the host asks for, at most a minute; zero if it asks for none.
    pub(crate) fn delay(&self) -> Duration {
        self.group.delay
    }
}

/// Where a host keeps its rules.
pub(crate) fn address(url: &Url) -> Url {
    let mut robots = url.clone();
    robots.set_path("/robots.txt");
    robots.set_query(None);
    robots.set_fragment(None);
    robots
}

#[cfg(test)]
mod tests;
