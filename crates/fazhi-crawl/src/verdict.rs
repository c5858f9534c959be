//! How an attempt ended, and the rule that says so.

use fazhi_model::{Outcome, Purpose};
use fazhi_page::Recognition;
use url::Url;

use crate::client::{Answer, Extent};
use crate::hosts::same_host;
use crate::payload::{Body, Inflated};
use crate::pipeline::HostList;
use crate::state::urls::Content;

/// Most redirects that are followed for one address.
pub(crate) const MAX_HOPS: usize = 5;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) rule: String,
    /// Where to go on, for a redirect that is followed.
    pub(crate) redirect_to: Option<Url>,
}

/// What was asked, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) url: &'a Url,
    pub(crate) purpose: Purpose,
    /// Addresses that have led here, this one not included.
    pub(crate) hops: &'a [Url],
    /// The last body, if the request asked whether it has changed.
    pub(crate) known: Option<&'a Content>,
    /// Hosts that redirects may lead to.
    pub(crate) hosts: &'a HostList,
}

/// Judges an answer with this body.
pub(crate) fn judge(asked: Asked<'_>, answer: &Answer, body: &Body) -> Verdict {
    let status = answer.status;
    let plain = |outcome| Verdict { outcome, rule: format!("http-{status}"), redirect_to: None };
    match status {
        304 if asked.known.is_some() => return plain(Outcome::Unchanged),
        304 => return verdict(Outcome::Failed, "http-304-unasked"),
        300..=399 => return redirect(asked, answer),
        _ => {}
    }
    if let Some(unreadable) = unreadable(answer, body) {
        return unreadable;
    }
    match recognise(asked.purpose, answer, body) {
        Recognition::Challenge { rule } => return verdict(Outcome::Blocked, rule),
        Recognition::SoftNotFound { rule } => return verdict(Outcome::SoftNotFound, rule),
        Recognition::Page => {}
    }
    if let Some(rule) = stands_for_nothing(asked, answer) {
        return verdict(Outcome::SoftNotFound, rule);
    }
    match status {
        200..=299 if asked.known.is_some_and(|known| known.digest == body.digests.content) => {
            verdict(Outcome::Unchanged, "same-digest")
        }
        200..=299 => plain(Outcome::New),
        404 | 410 => plain(Outcome::NotFound),
        429 => plain(Outcome::RateLimited),
        503 if answer.header("retry-after").is_some() => plain(Outcome::RateLimited),
        _ => plain(Outcome::Failed),
    }
}

/// What keeps a body from being read, whatever it says. Only a success promises a body worth its name: an error page that
/// breaks off is still an error.
fn unreadable(answer: &Answer, body: &Body) -> Option<Verdict> {
    if !(200..300).contains(&answer.status) {
        return None;
    }
    if let Some(rule) = body.misfit {
        return Some(verdict(Outcome::WrongType, rule));
    }
    match (answer.extent, body.inflated) {
        (Extent::Cut, _) => Some(verdict(Outcome::TooLarge, "size-cap")),
        (Extent::BrokenOff, _) => Some(verdict(Outcome::Damaged, "body-broken-off")),
        (Extent::OutOfTime, _) => Some(verdict(Outcome::Damaged, "body-timeout")),
        (Extent::Whole, Inflated::BeyondCap(rule)) => Some(verdict(Outcome::TooLarge, rule)),
        (Extent::Whole, Inflated::Broken) => Some(verdict(Outcome::Damaged, "content-coding-broken")),
        (Extent::Whole, Inflated::Whole) => None,
    }
}

/// The rule by which a success is none: an article that leads to the front page, or a body of no bytes.
fn stands_for_nothing(asked: Asked<'_>, answer: &Answer) -> Option<&'static str> {
    if asked.purpose == Purpose::Robots || !(200..300).contains(&answer.status) {
        return None;
    }
    let article = matches!(asked.purpose, Purpose::Page | Purpose::Part) && !asked.hops.is_empty();
    let front = matches!(asked.url.path(), "/" | "/index.html" | "/index.htm" | "/index.shtml" | "/index.jsp");
    match () {
        () if article && front => Some("redirect-home"),
        () if answer.body.is_empty() => Some("empty-body"),
        () => None,
    }
}

/// What a `robots.txt` looks like does not matter: its status alone counts.
fn recognise(purpose: Purpose, answer: &Answer, body: &Body) -> Recognition {
    if purpose == Purpose::Robots {
        return Recognition::Page;
    }
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let header = |name: &str| match name {
        "set-cookie" if cookies.is_empty() => None,
        "set-cookie" => Some(cookies.as_str()),
        _ => answer.header(name),
    };
    fazhi_page::recognise(answer.status, header, &body.text, answer.body.len())
}

fn redirect(asked: Asked<'_>, answer: &Answer) -> Verdict {
    let Some(location) = answer.header("location") else {
        return verdict(Outcome::Failed, "redirect-without-target");
    };
    let Ok(mut target) = asked.url.join(location) else {
        return verdict(Outcome::Failed, "redirect-without-target");
    };
    target.set_fragment(None);
    // RFC 9309 §2.3.1.2: redirects of `robots.txt` are followed across hosts.
    let followed = asked.purpose == Purpose::Robots || same_host(&target, asked.url) || asked.hosts.allows(&target);
    if !followed || !matches!(target.scheme(), "http" | "https") {
        verdict(Outcome::Redirected, "redirect-elsewhere")
    } else if target == *asked.url || asked.hops.contains(&target) {
        verdict(Outcome::Redirected, "redirect-loop")
    } else if asked.hops.len() >= MAX_HOPS {
        verdict(Outcome::Redirected, "too-many-redirects")
    } else {
        let rule = format!("http-{}", answer.status);
        Verdict { outcome: Outcome::Redirected, rule, redirect_to: Some(target) }
    }
}

fn verdict(outcome: Outcome, rule: &str) -> Verdict {
    Verdict { outcome, rule: rule.to_owned(), redirect_to: None }
}
