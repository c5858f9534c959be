//! Every fault of the fault portal, on two days, against `fault_portal.toml`; the portal's log against our manners.

use std::collections::{BTreeMap, BTreeSet};

use fazhi_portal::{Day, Fault, FaultOptions, FaultServer, RobotsFault};
use futures::{StreamExt as _, stream};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    fault: BTreeMap<String, OfFault>,
    robots: BTreeMap<String, OfRobots>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfFault {
    first: Visit,
    second: Option<Visit>,
}

/// What comes of a fault on one day.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    outcome: Vec<String>,
    /// Least and most.
    requests: [usize; 2],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRobots {
    requests: usize,
    list: Vec<String>,
    private: Vec<String>,
    beyond: Vec<String>,
}

impl OfFault {
    fn second(&self) -> Visit {
        let again = || {
            let unchanged = |outcome: &String| if outcome == "new" { "unchanged".to_owned() } else { outcome.clone() };
            Visit { outcome: self.first.outcome.iter().map(unchanged).collect(), ..self.first.clone() }
        };
        self.second.clone().unwrap_or_else(again)
    }
}

fn expectations() -> Expectations {
    toml::from_str(include_str!("fault_portal.toml")).unwrap()
}

/// Most requests that a host may see at a time, unless its pipeline says otherwise.
const IN_PARALLEL: usize = 1;
/// Least time between two requests of the crawls below.
const DELAY: Duration = Duration::from_millis(20);

/// A portal with one fault in its list, and what was crawled of it.
struct Crawled {
    server: FaultServer,
    data: Data,
}

impl Crawled {
    async fn new(options: FaultOptions) -> Self {
        Self { server: FaultServer::start_with(options).await.unwrap(), data: Data::new() }
    }

    async fn run(&self, run_id: &str, politeness: &str) {
        let list = self.server.list_url();
        let text = format!("name = \"test\"\n[site]\nstart = [\"{list}\"]\n[politeness]\n{politeness}\n");
        self.data.crawl(&Pipeline::parse("test.toml", &text).unwrap(), run_id).await.unwrap();
    }

    /// Outcome of the last attempt of a run for the address that was asked for at first.
    fn outcome(&self, run_id: &str, path: &str) -> Option<String> {
        let url = self.server.base_url() + path;
        let notes = self.data.records().into_iter();
        let mut notes = notes.filter_map(|record| CaptureNote::from_fields(|name| record.field(name)).ok());
        let last = notes.rfind(|note| note.run_id == run_id && note.requested_url == url)?;
        Some(last.outcome.to_string())
    }

    /// What is not as it should be on one day.
    fn differences(&self, fault: Fault, day: Day, expected: &Visit) -> Vec<String> {
        let run_id = if day == Day::First { "r1" } else { "r2" };
        let requests = self.server.log().iter().filter(|r| r.fault == Some(fault) && r.day == day).count();
        let outcome = self.outcome(run_id, &fault.path());
        let right = match &outcome {
            Some(outcome) => expected.outcome.contains(outcome),
            None => expected.requests[0] == 0,
        };
        let counted = (expected.requests[0]..=expected.requests[1]).contains(&requests);
        let difference = format!("{} {day:?}: {outcome:?}, {requests} requests; {expected:?}", fault.name());
        if right && counted { Vec::new() } else { vec![difference] }
    }
}

/// Two days with one fault. Alone, since a host that is rate limited is asked for nothing else.
async fn two_days(fault: Fault, expected: &OfFault) -> Vec<String> {
    let crawled = Crawled::new(FaultOptions { listed: vec![fault], ..FaultOptions::default() }).await;
    let politeness = format!("delay-ms = {}\ndelay-factor = 0.1\ntimeout-ms = 2000", DELAY.as_millis());
    crawled.run("r1", &politeness).await;
    crawled.server.advance();
    crawled.run("r2", &politeness).await;
    let mut differences = crawled.differences(fault, Day::First, &expected.first);
    differences.extend(crawled.differences(fault, Day::Second, &expected.second()));
    let log = crawled.server.log();
    differences
        .extend(log.iter().filter(|r| r.path.starts_with("/private/")).map(|r| format!("forbidden: {}", r.path)));
    differences.extend(
        crawled.server.high_water().iter().filter(|(_, most)| **most > IN_PARALLEL).map(|mark| format!("{mark:?}")),
    );
    // The portal notes the end of an answer before its last bytes are on their way, so the pause it sees is never shorter.
    // Of an answer that the crawler gave up it knows the beginning alone.
    let mut within_a_day = log.windows(2).filter(|pair| pair[0].day == pair[1].day);
    let ended = |request: &fazhi_portal::LoggedRequest| request.ended.unwrap_or(request.began);
    let hurried = within_a_day.find(|pair| pair[1].began.saturating_sub(ended(&pair[0])) < DELAY);
    differences.extend(hurried.map(|pair| format!("{} came too soon after {}", pair[1].path, pair[0].path)));
    differences
}

/// The table goes stale when it misses a fault or names one that is gone.
#[test]
fn the_table_has_every_fault_and_no_other() {
    let expected = expectations();
    let sorted = |names: Vec<&'static str>| BTreeSet::from_iter(names);
    let faults = sorted(Fault::ALL.iter().map(|fault| fault.name()).collect());
    assert_eq!(expected.fault.keys().map(String::as_str).collect::<BTreeSet<_>>(), faults);
    let robots = sorted(RobotsFault::ALL.iter().map(|robots| robots.name()).collect());
    assert_eq!(expected.robots.keys().map(String::as_str).collect::<BTreeSet<_>>(), robots);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_has_its_outcome_on_both_days() {
    let expected = expectations().fault;
    let faults = stream::iter(Fault::ALL).map(|fault| two_days(*fault, &expected[fault.name()]));
    let differences: Vec<String> = faults.buffered(8).collect::<Vec<_>>().await.concat();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

async fn robots(fault: RobotsFault, expected: &OfRobots) -> Vec<String> {
    let options = FaultOptions { robots: fault, listed: vec![Fault::NotFound], ..FaultOptions::default() };
    let crawled = Crawled::new(options).await;
    crawled.run("r1", "delay-ms = 200\ntimeout-ms = 2000").await;
    let mut differences = Vec::new();
    let log = crawled.server.log();
    let requests = log.iter().filter(|request| request.path.starts_with("/robots")).count();
    if requests != expected.requests {
        differences.push(format!("{}: {requests} requests for robots.txt", fault.name()));
    }
    for (path, expected) in [
        ("/list/index.html", &expected.list),
        ("/private/content_90001.html", &expected.private),
        ("/beyond/content_90002.html", &expected.beyond),
    ] {
        let outcome = crawled.outcome("r1", path);
        let right = outcome.as_ref().map_or(expected.is_empty(), |outcome| expected.contains(outcome));
        let asked = log.iter().any(|request| request.path == path);
        let obeyed = !asked || expected.iter().any(|outcome| outcome != "disallowed");
        if !right || !obeyed {
            differences.push(format!("{} {path}: {outcome:?}, {expected:?}", fault.name()));
        }
    }
    let delay = Duration::from_millis(if fault == RobotsFault::CrawlDelay { 1_000 } else { 200 });
    // The delay of a host is known once its rules are. The portal may notice a request late, on a busy machine.
    let known: Vec<_> = log.iter().skip(requests).collect();
    let short =
        known.windows(2).filter(|pair| pair[1].began.saturating_sub(pair[0].began) < delay.mul_f64(0.8)).count();
    if short > 0 {
        differences.push(format!("{}: {short} pauses were too short", fault.name()));
    }
    differences
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_robots_file_is_obeyed() {
    let expected = expectations().robots;
    let faults = stream::iter(RobotsFault::ALL).map(|fault| robots(*fault, &expected[fault.name()]));
    let differences: Vec<String> = faults.buffered(4).collect::<Vec<_>>().await.concat();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
