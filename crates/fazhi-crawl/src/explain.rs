//! A look at one list page, with nothing stored: which family it is, what it lists, and where it goes on.

use fazhi_model::{Outcome, Purpose};
use url::Url;

use crate::address::Reach;
use crate::client::{Answer, Client, ClientError, Question};
use crate::family::{Detection, FamilyChoice, ListPage, Listing, detect, read_list};
use crate::hosts::Hosts;
use crate::payload::{self, Body};
use crate::pipeline::Pipeline;
use crate::robots::{self, Rules};
use crate::verdict::{Asked, MAX_HOPS, Verdict, judge};

/// What was found at an address.
#[derive(Debug)]
pub struct Explanation {
    /// How asking for `robots.txt` ended, and whether the address may be asked for.
    pub robots: Looked,
    /// Each answer on the way to the page, redirects included; none if `robots.txt` refuses.
    pub answers: Vec<Looked>,
    /// What the page is as a list, if it could be read.
    pub list: Option<ExplainedList>,
}

/// How asking for one address ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The address.
    pub url: Url,
    /// How it ended.
    pub outcome: Outcome,
    /// The rule that decided that.
    pub rule: String,
    /// Bytes of the body as it came.
    pub bytes: usize,
}

/// A list page, explained.
#[derive(Debug)]
pub struct ExplainedList {
    /// The family it was read as, and the sign that told it.
    pub detection: Detection,
    /// What it says.
    pub listing: Listing,
}

/// Looks at the list page at `url` as the pipeline would: with its family, name, pace and hosts.
///
/// # Errors
/// Only the set-up of the client; whatever the portal does is part of the explanation.
pub async fn explain(url: &Url, pipeline: &Pipeline, reach: Reach) -> Result<Explanation, ClientError> {
    let look = Look { client: Client::new(pipeline, reach)?, pipeline, hosts: Hosts::new() };
    let (asked, file) = look.at(&robots::address(url), Purpose::Robots).await;
    let robots = asked.last().cloned().unwrap_or_else(|| Looked::refused(url, "not-asked"));
    let rules = match (&file, robots.outcome) {
        (Some(page), _) => Rules::from_file(&page.octets),
        (None, Outcome::Disallowed | Outcome::Unreachable | Outcome::Failed | Outcome::RateLimited) => {
            Rules::unreachable()
        }
        (None, _) => Rules::absent(),
    };
    if let Some(rule) = rules.refusal(url) {
        let robots = Looked { rule: format!("{} ({rule})", robots.rule), ..robots };
        return Ok(Explanation { robots, answers: Vec::new(), list: None });
    }
    let (answers, page) = look.at(url, Purpose::List).await;
    let list = page.zip(answers.last()).map(|(page, last)| look.explained(&last.url, &page));
    Ok(Explanation { robots, answers, list })
}

struct Look<'a> {
    client: Client,
    pipeline: &'a Pipeline,
    hosts: Hosts,
}

impl Look<'_> {
    /// Asks for an address and follows it; the page is that of the last answer, if it has one.
    async fn at(&self, url: &Url, purpose: Purpose) -> (Vec<Looked>, Option<Body>) {
        let (mut looked, mut hops, mut url) = (Vec::new(), Vec::new(), url.clone());
        loop {
            let Ok(turn) = self.hosts.of(&url).turn(self.pipeline.politeness.pace).await else { return (looked, None) };
            let result = self.client.get(&url, &Question::default(), |headers| payload::wanted(purpose, headers)).await;
            drop(turn);
            let answer = match result {
                Ok(answer) => answer,
                Err(reason) => {
                    let outcome = reason.cause.outcome();
                    let rule = format!("{}: {}", reason.cause.rule(), reason.detail);
                    looked.push(Looked { url, outcome, rule, bytes: 0 });
                    return (looked, None);
                }
            };
            let (verdict, page) = self.judged(&url, purpose, &hops, &answer);
            let bytes = answer.body.len();
            looked.push(Looked { url: url.clone(), outcome: verdict.outcome, rule: verdict.rule, bytes });
            match verdict.redirect_to {
                Some(next) if hops.len() < MAX_HOPS => hops.push(std::mem::replace(&mut url, next)),
                _ => return (looked, Some(page).filter(|_| verdict.outcome == Outcome::New)),
            }
        }
    }

    fn judged(&self, url: &Url, purpose: Purpose, hops: &[Url], answer: &Answer) -> (Verdict, Body) {
        let body = answer.read(purpose);
        let asked = Asked { url, purpose, hops, known: None, hosts: &self.pipeline.hosts };
        (judge(asked, answer, &body), body)
    }

    fn explained(&self, url: &Url, page: &Body) -> ExplainedList {
        let detection = match self.pipeline.family {
            FamilyChoice::Auto => detect(url, &page.text),
            FamilyChoice::Fixed(family) => Detection { family, sign: "the pipeline says so" },
        };
        let selectors = self.pipeline.selectors.as_ref();
        let hosts = Some(&self.pipeline.hosts);
        let list = ListPage { selectors, hosts, ..ListPage::new(url, &page.text) };
        ExplainedList { detection, listing: read_list(detection.family, &list) }
    }
}

impl Looked {
    fn refused(url: &Url, rule: &str) -> Self {
        Self { url: url.clone(), outcome: Outcome::Disallowed, rule: rule.to_owned(), bytes: 0 }
    }
}
