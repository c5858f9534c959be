use std::collections::BTreeMap;

use fazhi_portal::TruthKind;

use crate::harness::{Sample, text};

/// Enough reports for all kinds of reposts.
const REPORTS: usize = 36;

#[test]
fn reposts_are_linked_in_whatever_order_the_portals_are_read() {
    let at_once = Sample::generate(REPORTS);
    at_once.run();
    let in_turn = Sample::generate(REPORTS);
    let mut pipelines: Vec<String> = in_turn.truth.documents.iter().map(|document| document.pipeline.clone()).collect();
    pipelines.dedup();
    assert!(pipelines.len() >= 6);
    // Those that repeat the reports of others come before them.
    let (reposting, others): (Vec<_>, Vec<_>) =
        pipelines.into_iter().rev().partition(|pipeline| matches!(pipeline.as_str(), "chengxi" | "yunya"));
    for group in [reposting, others] {
        let arguments: Vec<&str> = std::iter::once("run").chain(group.iter().map(String::as_str)).collect();
        in_turn.expect(&[0, 1], &arguments);
    }
    let links = links(&at_once);
    assert_eq!(links, expected(&at_once));
    assert_eq!(links.values().filter(|(duplicate, _)| duplicate.is_some()).count(), 3);
    assert_eq!(links.values().filter(|(_, version)| version.is_some()).count(), 1);
    assert_eq!(self::links(&in_turn), links);
}

#[test]
fn views_count_a_report_once_and_as_corrected() {
    let sample = Sample::generate(REPORTS);
    sample.run();
    let reports: Vec<_> = sample
        .truth
        .documents
        .iter()
        .filter(|document| document.listed && document.kind == TruthKind::Report)
        .collect();
    let posts = sample.number("SELECT count(*) FROM documents WHERE kind = 'report'");
    assert_eq!(posts, i64::try_from(reports.len()).unwrap());
    assert_eq!(sample.number("SELECT count(*) FROM reports"), i64::try_from(REPORTS).unwrap());
    for view in ["indicator_values", "indicator_yearly"] {
        let twice = sample.query(&format!(
            "SELECT publisher, report_year FROM {view} GROUP BY publisher, report_year HAVING count(DISTINCT document_id) > 1"
        ));
        assert_eq!(twice, [], "{view}");
    }
    let corrected = reports.iter().find(|document| document.version_of.is_some()).unwrap();
    let shown = sample.query("SELECT url FROM reports WHERE version_of IS NOT NULL");
    assert_eq!(text(&shown[0], "url"), Some(corrected.url.as_str()));
    assert_eq!(sample.expect(&[0], &["check"]).stdout, b"");
}

type Links = BTreeMap<String, (Option<String>, Option<String>)>;

/// Links of reports, by the paths of their pages.
fn links(sample: &Sample) -> Links {
    let rows = sample.query(
        "SELECT d.url, p.url AS duplicate_of, e.url AS version_of FROM documents d
         LEFT JOIN documents p ON p.document_id = d.duplicate_of
         LEFT JOIN documents e ON e.document_id = d.version_of WHERE d.kind = 'report'",
    );
    let path = |url: &str| url.trim_start_matches(&sample.base_url).to_owned();
    let link = |row, column| text(row, column).map(path);
    rows.iter().map(|row| (link(row, "url").unwrap(), (link(row, "duplicate_of"), link(row, "version_of")))).collect()
}

fn expected(sample: &Sample) -> Links {
    let path = |url: &String| url.trim_start_matches(&sample.base_url).to_owned();
    let reports =
        sample.truth.documents.iter().filter(|document| document.listed && document.kind == TruthKind::Report);
    reports
        .map(|document| {
            let link = (document.duplicate_of.as_ref().map(path), document.version_of.as_ref().map(path));
            (path(&document.url), link)
        })
        .collect()
}
