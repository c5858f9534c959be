//! How an attempt ended, and the rule that says so.

use fazhi_model::{Outcome, Purpose};
use fazhi_page::Recognition;
use url::Url;

use crate::client::{Answer, Extent};
use crate::hosts::same_host;
use crate::payload;
use crate::state::Content;

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
}

/// Judges a complete answer; `digest` is that of its body.
pub(crate) fn judge(asked: Asked<'_>, answer: &Answer, digest: &str) -> Verdict {
    let status = answer.status;
    let plain = |outcome| Verdict { outcome, rule: format!("http-{status}"), redirect_to: None };
    match status {
        304 if asked.known.is_some() => return plain(Outcome::Unchanged),
        304 => return verdict(Outcome::Failed, "http-304-unasked"),
        300..=399 => return redirect(asked, answer),
        _ => {}
    }
    if answer.extent == Extent::Cut {
        return verdict(Outcome::TooLarge, "size-cap");
    }
    let page = payload::Page::read(&answer.body, answer.header("content-encoding"), answer.header("content-type"));
    if page.inflated == payload::Inflated::BeyondCap {
        return verdict(Outcome::TooLarge, "inflated-size-cap");
    }
    match recognise(asked.purpose, answer, &page) {
        Recognition::Challenge { rule } => return verdict(Outcome::Blocked, rule),
        Recognition::SoftNotFound { rule } => return verdict(Outcome::SoftNotFound, rule),
        Recognition::Page => {}
    }
    match status {
        200..=299 if asked.known.is_some_and(|known| known.digest == digest) => {
            verdict(Outcome::Unchanged, "same-digest")
        }
        200..=299 => plain(Outcome::New),
        404 | 410 => plain(Outcome::NotFound),
        429 => plain(Outcome::RateLimited),
        503 if answer.header("retry-after").is_some() => plain(Outcome::RateLimited),
        _ => plain(Outcome::Failed),
    }
}

/// What a `robots.txt` looks like does not matter: its status alone counts.
fn recognise(purpose: Purpose, answer: &Answer, page: &payload::Page) -> Recognition {
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
    fazhi_page::recognise(answer.status, header, &page.text, answer.body.len())
}

fn redirect(asked: Asked<'_>, answer: &Answer) -> Verdict {
    let Some(location) = answer.header("location") else {
        return verdict(Outcome::Failed, "redirect-without-target");
    };
    let Ok(mut target) = asked.url.join(location) else {
        return verdict(Outcome::Failed, "redirect-without-target");
    };
    target.set_fragment(None);
    if !same_host(&target, asked.url) {
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
