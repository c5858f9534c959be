//! The sample portal offers every family: each of its pipelines brings exactly what the portal says it lists.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use fazhi_crawl::Family;
use fazhi_model::{CanonicalUrl, Outcome, Purpose, Severity};
use fazhi_portal::{Portal, PortalOptions, Traps, Truth};

use super::*;

/// Reports of a sample with a site of every family.
const REPORTS: usize = 84;

struct Sample {
    server: fazhi_portal::Server,
    truth: Truth,
    pipelines: Vec<Pipeline>,
}

impl Sample {
    async fn start(traps: Traps) -> Self {
        let portal = Portal::generate(&PortalOptions { reports: REPORTS, traps });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = fazhi_portal::Server::start(portal.clone(), address).await.unwrap();
        let parse = |sample: fazhi_portal::SamplePipeline| Pipeline::parse(&sample.name, &sample.toml).unwrap();
        let pipelines = fazhi_portal::pipelines(&server.base_url(), &portal).into_iter().map(parse).collect();
        let truth = portal.truth(&server.base_url());
        Self { server, truth, pipelines }
    }

    /// Addresses that a pipeline should bring, in their one form.
    fn listed(&self, pipeline: &str) -> BTreeSet<String> {
        let documents = self.truth.documents.iter();
        let listed = documents.filter(|document| document.pipeline == pipeline && document.listed);
        listed.map(|document| canonical(&document.url)).collect()
    }
}

fn canonical(url: &str) -> String {
    url.parse::<CanonicalUrl>().unwrap().to_string()
}

/// Articles that a crawl has brought, in their one form.
fn fetched(data: &Data, pipeline: &str) -> BTreeSet<String> {
    let notes = data.records().into_iter();
    let notes = notes.filter_map(|record| CaptureNote::from_fields(|name| record.field(name)).ok());
    let pages =
        notes.filter(|note| note.pipeline == pipeline && note.purpose == Purpose::Page && note.outcome == Outcome::New);
    pages.map(|note| canonical(&note.requested_url)).collect()
}

async fn every_site_is_read(traps: Traps) {
    let sample = Sample::start(traps).await;
    let families: BTreeSet<&str> =
        sample.pipelines.iter().filter_map(|pipeline| pipeline.selectors.as_ref().map(|_| "selectors")).collect();
    assert_eq!(families.len(), 1, "one site needs selectors");
    let data = Data::new();
    for pipeline in &sample.pipelines {
        let report = data.crawl(pipeline, "r1").await.unwrap();
        assert_eq!(fetched(&data, &pipeline.name), sample.listed(&pipeline.name), "{}", pipeline.name);
        let serious: Vec<_> = report.issues.iter().filter(|issue| issue.severity >= Severity::Warning).collect();
        assert!(serious.is_empty(), "{}: {serious:?}", pipeline.name);
    }
    let disallowed = &sample.truth.disallowed;
    let asked = sample.server.requests();
    assert!(asked.iter().all(|request| !disallowed.iter().any(|path| path.ends_with(&request.path_and_query))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_family_brings_what_its_site_lists() {
    every_site_is_read(Traps::Absent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traps_bring_nothing_twice_and_lose_nothing() {
    every_site_is_read(Traps::Present).await;
}

#[tokio::test]
async fn the_pages_of_a_split_article_are_fetched_as_its_parts() {
    let sample = Sample::start(Traps::Present).await;
    let data = Data::new();
    let report = data.crawl(&sample.pipelines[0], "r1").await.unwrap();
    assert_eq!(report.count(Purpose::Part, Outcome::New), 2);
    let notes: Vec<CaptureNote> =
        data.records().iter().filter_map(|record| CaptureNote::from_fields(|name| record.field(name)).ok()).collect();
    let parts: Vec<_> = notes.iter().filter(|note| note.purpose == Purpose::Part).collect();
    assert_eq!(parts.iter().map(|note| note.part).collect::<Vec<_>>(), [Some(2), Some(3)]);
    assert!(notes.iter().any(|note| note.purpose == Purpose::Page && note.requested_url == parts[0].requested_url));
    // "Not modified" says nothing of the parts; they are remembered.
    let again = data.sweep(&sample.pipelines[0], "r2").await.unwrap();
    assert_eq!(again.count(Purpose::Part, Outcome::Unchanged), 2);
}

#[tokio::test]
async fn auto_tells_every_family_of_the_sample() {
    let sample = Sample::start(Traps::Absent).await;
    let mut told = BTreeSet::new();
    for pipeline in &sample.pipelines {
        let explained = fazhi_crawl::explain(&pipeline.start[0], pipeline, Reach::PublicAndLoopback).await.unwrap();
        told.insert(explained.list.unwrap().detection.family.as_str());
    }
    assert_eq!(told, Family::ALL.map(Family::as_str).into_iter().collect());
}
