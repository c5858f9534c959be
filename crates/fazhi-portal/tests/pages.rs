//! The pages and the truth about them, read back from the bytes that are served.
#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use encoding_rs::{GB18030, UTF_8};
use fazhi_portal::{Portal, PortalOptions, Server, Traps, Truth, TruthDocument, TruthKind, pipelines};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const EVERY_FAMILY: PortalOptions = PortalOptions { reports: 84, traps: Traps::Absent };

/// Bodies of the answers to these paths, in order.
async fn bodies(portal: &Portal, paths: &[String]) -> Vec<Vec<u8>> {
    let server = Server::start(portal.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let address = server.base_url().trim_start_matches("http://").to_owned();
    let mut bodies = Vec::new();
    for path in paths {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        bodies.push(bytes.split_off(end + 4));
    }
    server.stop().await;
    bodies
}

fn paths(truth: &Truth) -> Vec<String> {
    truth.documents.iter().map(|document| document.url.clone()).collect()
}

/// Text without tags. The pages hold no entities but spaces.
fn text(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, behind)| behind));
    }
    text.replace("&nbsp;", "\u{a0}")
}

fn decoded(document: &TruthDocument, body: &[u8]) -> String {
    let encoding = if document.charset == "gb18030" { GB18030 } else { UTF_8 };
    let (text, damaged) = encoding.decode_without_bom_handling(body);
    assert!(!damaged, "{}", document.url);
    text.into_owned()
}

#[tokio::test]
async fn every_amount_heading_and_field_stands_in_the_page() {
    let portal = Portal::generate(&EVERY_FAMILY);
    let truth = portal.truth("");
    for (document, body) in truth.documents.iter().zip(bodies(&portal, &paths(&truth)).await) {
        let html = decoded(document, &body);
        let page = text(&html);
        let mut rest = page.as_str();
        for section in &document.sections {
            let line = format!("{}{}", section.label, section.heading);
            let at = rest.find(&line).unwrap_or_else(|| panic!("{line} not in {}", document.url));
            rest = &rest[at + line.len()..];
        }
        let start = document.sections.first().map_or(0, |s| page.find(&s.heading).unwrap() + s.heading.len());
        let mut rest = &page[start..];
        for quantity in document.quantities.iter().flatten() {
            let at = rest.find(&quantity.text).unwrap_or_else(|| panic!("{} not in {}", quantity.text, document.url));
            rest = &rest[at + quantity.text.len()..];
        }
        for field in [&document.index_number, &document.publisher, &document.source].into_iter().flatten() {
            assert!(page.contains(field.as_str()), "{field} not in {}", document.url);
        }
        assert!(page.contains(&document.title), "{}", document.url);
        assert!(document.topics.iter().all(|topic| page.contains(topic.as_str())), "{}", document.url);
    }
}

#[tokio::test]
async fn pages_have_the_weight_of_real_ones() {
    let portal = Portal::generate(&EVERY_FAMILY);
    let truth = portal.truth("");
    for (document, body) in truth.documents.iter().zip(bodies(&portal, &paths(&truth)).await) {
        assert!((38_000..=62_000).contains(&body.len()), "{} bytes in {}", body.len(), document.url);
    }
}

#[tokio::test]
async fn one_family_calls_gb18030_gb2312() {
    let portal = Portal::generate(&PortalOptions::default());
    let truth = portal.truth("");
    let mut four_bytes = 0;
    for (document, body) in truth.documents.iter().zip(bodies(&portal, &paths(&truth)).await) {
        if document.charset == "gb18030" {
            let html = decoded(document, &body);
            assert!(html.contains("charset=gb2312") && std::str::from_utf8(&body).is_err());
            let (again, _, _) = GB18030.encode(&html);
            assert_eq!(again, body);
            // A character outside the two-byte plane of GBK.
            four_bytes += usize::from(html.contains('㼆'));
        }
    }
    assert!(four_bytes > 0);
}

#[tokio::test]
async fn the_same_options_give_the_same_bytes() {
    let (first, second) = (
        Portal::generate(&PortalOptions { reports: 7, ..PortalOptions::default() }),
        Portal::generate(&PortalOptions { reports: 7, ..PortalOptions::default() }),
    );
    let truth = first.truth("http://a");
    assert_eq!(truth, second.truth("http://a"));
    let paths = paths(&first.truth(""));
    assert_eq!(bodies(&first, &paths).await, bodies(&second, &paths).await);
}

#[test]
fn the_truth_is_consistent() {
    let portal = Portal::generate(&PortalOptions::default());
    let truth = portal.truth("http://127.0.0.1:1");
    let names: BTreeSet<_> = pipelines("http://127.0.0.1:1", &portal).into_iter().map(|p| p.name).collect();
    for document in &truth.documents {
        assert!(names.contains(&document.pipeline));
        let report = document.kind == TruthKind::Report;
        assert_eq!(report, document.report_year.is_some() && document.publisher_level.is_some(), "{}", document.url);
        assert!(report || document.indicators.is_empty());
        // Every fact is one of the amounts.
        for fact in &document.indicators {
            let amounts: Vec<_> = document.quantities.iter().flatten().filter(|q| q.text == fact.text).collect();
            assert!(amounts.iter().any(|q| q.value == fact.value && q.precision == fact.precision), "{fact:?}");
        }
    }
    let listed = truth.documents.iter().filter(|document| document.listed);
    let left_out = truth.documents.iter().filter(|document| !document.listed);
    assert!(left_out.clone().all(|document| document.kind != TruthKind::Report));
    assert!(listed.clone().any(|document| document.kind == TruthKind::Other) && left_out.count() > 20);
    assert_eq!(listed.filter(|document| document.kind == TruthKind::Report).count(), 48 + 4);
}
