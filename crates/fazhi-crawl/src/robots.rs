//! `robots.txt`, as RFC 9309 wants it obeyed.

use std::time::Duration;

use robotxt::{AccessResult, Robots};
use url::Url;

/// The name that groups of a `robots.txt` call us by.
const AGENT: &str = "fazhi";
/// A longer `Crawl-delay` would stretch one crawl over weeks.
const LONGEST_CRAWL_DELAY: Duration = Duration::from_mins(1);

/// What a host allows.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    robots: Robots,
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
    pub(crate) fn from_file(text: &[u8]) -> Self {
        Self { robots: Robots::from_access(AccessResult::Successful(text), AGENT), basis: RulesBasis::File }
    }

    pub(crate) fn absent() -> Self {
        Self { robots: Robots::allow_all(), basis: RulesBasis::Absent }
    }

    pub(crate) fn unreachable() -> Self {
        Self { robots: Robots::disallow_all(), basis: RulesBasis::Unreachable }
    }

    pub(crate) fn basis(&self) -> RulesBasis {
        self.basis
    }

    /// Why an address must not be fetched, or nothing if it may be.
    pub(crate) fn refusal(&self, url: &Url) -> Option<&'static str> {
        match self.basis {
            _ if self.robots.is_url_allowed(url) => None,
            RulesBasis::Unreachable => Some("robots-unreachable"),
            RulesBasis::File | RulesBasis::Absent => Some("robots"),
        }
    }

    /// The pause between requests that the host asks for.
    pub(crate) fn delay(&self) -> Duration {
        self.robots.crawl_delay().unwrap_or_default().min(LONGEST_CRAWL_DELAY)
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
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: &Rules, path: &str, refusal: Option<&str>) {
        assert_eq!(rules.refusal(&Url::parse("http://a.cn/").unwrap().join(path).unwrap()), refusal, "{path}");
    }

    #[test]
    fn the_group_that_names_us_counts_alone() {
        let rules =
            Rules::from_file(b"User-agent: *\nDisallow: /\n\nUser-agent: Fazhi\nDisallow: /inner/\nCrawl-delay: 3\n");
        check(&rules, "/outer/1.html", None);
        check(&rules, "/inner/1.html", Some("robots"));
        assert_eq!(rules.delay(), Duration::from_secs(3));
    }

    #[test]
    fn no_file_allows_all_and_no_answer_nothing() {
        check(&Rules::absent(), "/x", None);
        check(&Rules::unreachable(), "/x", Some("robots-unreachable"));
        check(&Rules::from_file(b"<html>no robots here</html>"), "/x", None);
    }
}
