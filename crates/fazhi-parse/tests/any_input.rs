//! Any bytes end as a document, in linear time.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use fazhi_model::DocumentKind;
use fazhi_parse::quantity::MAX_QUANTITIES;
use fazhi_parse::{Capture, Page, Rules, interpret, read, read_text, revision};
use proptest::prelude::*;

fn page_of(body: &[u8]) -> Page {
    read(&Capture {
        url: "http://www.example.gov.cn/a.html",
        content_type: Some("text/html; charset=utf-8"),
        content_encoding: None,
        listed_title: Some("青山县2023年法治政府建设情况报告"),
        listed_date: Some("2024-01-09"),
        body,
    })
}

fn check(page: &Page) {
    let document = interpret(std::slice::from_ref(page), Rules::embedded());
    for quantity in &document.quantities {
        assert_eq!(quantity.span.of(&document.body), Some(quantity.text.as_str()));
    }
    for section in &document.sections {
        assert!(section.span.of(&document.body).unwrap().starts_with(&section.label));
    }
    let again = interpret(std::slice::from_ref(page), Rules::embedded());
    assert_eq!(revision(&document, Rules::embedded()), revision(&again, Rules::embedded()));
}

/// Pieces that pages are made of, in any order and never closed properly.
const PIECES: &str = "(<p>|</p>|<div class=TRS_Editor>|<table><tr><td>|</td>|<br>|索引号：|发布机构|2024-01-09|一、|\\(一\\)|1\\.|\
                      法治政府|报告|。|\n|\t|　|[0-9]{1,9}件|X件|<!--|-->|&nbsp;|<title>|<h1>|\\PC){0,80}";

proptest! {
    #[test]
    fn arbitrary_bytes_become_a_document(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
        check(&page_of(&body));
    }

    #[test]
    fn pieces_of_pages_in_any_order_become_a_document(body in PIECES) {
        check(&page_of(body.as_bytes()));
        check(&read_text("a.txt", &body));
    }
}

#[test]
fn nothing_is_an_empty_document() {
    assert_eq!(interpret(&[], Rules::embedded()).kind, DocumentKind::Empty);
    assert_eq!(interpret(&[page_of(b"")], Rules::embedded()).kind, DocumentKind::Empty);
}

#[test]
fn a_page_that_nests_two_hundred_thousand_deep_is_read() {
    let text = "<p>全县各级各部门认真履行职责，依法行政水平稳步提升，办理行政复议案件三十五件。</p>";
    let body = format!("{}{text}", "<div class=TRS_Editor>".repeat(200_000));
    let page = page_of(body.as_bytes());
    let kinds: Vec<&str> = page.issues.iter().map(|issue| issue.kind.as_str()).collect();
    assert_eq!(kinds, ["too_deep"]);
    assert_eq!(page.body, "全县各级各部门认真履行职责，依法行政水平稳步提升，办理行政复议案件三十五件。\n");
}

#[test]
fn many_headings_and_containers_cost_linear_time() {
    let body = "<div class=TRS_Editor><h1>标题标题标题</h1><p>一、工作成效，索引号：1/2，发布机构：青山县。</p></div>"
        .repeat(5_000);
    let document = interpret(&[page_of(body.as_bytes())], Rules::embedded());
    assert_eq!(document.sections.len(), 5_000);
}

#[test]
fn a_body_that_does_not_inflate_is_damaged() {
    let page = read(&Capture {
        url: "http://www.example.gov.cn/a.html",
        content_type: None,
        content_encoding: Some("br"),
        listed_title: None,
        listed_date: None,
        body: b"no brotli",
    });
    let document = interpret(&[page], Rules::embedded());
    assert_eq!(document.kind, DocumentKind::Damaged);
    assert_eq!(document.issues.iter().map(|issue| issue.kind.as_ref()).collect::<Vec<_>>(), ["undecodable_body"]);
}

/// A gzip stream of one stored block, broken off before the next.
fn broken_gzip(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("the text fits a stored block");
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    [&header[..], &[0], &length.to_le_bytes(), &(!length).to_le_bytes(), text.as_bytes()].concat()
}

#[test]
fn a_body_that_breaks_off_keeps_what_came() {
    let text = "<html><head><meta charset=utf-8><title>青山县2023年法治政府建设情况报告</title></head><body><div class=TRS_Editor>\
                <p>青山县2023年法治政府建设情况报告</p><p>一、主要工作成效</p><p>全县持续推进依法行政，全面落实各项制度，全年办理行政处罚案件345件，同比增长12%。</p>\
                <p>二、下一步打算</p>";
    let page = read(&Capture {
        url: "http://www.example.gov.cn/a.html",
        content_type: None,
        content_encoding: Some("gzip"),
        listed_title: None,
        listed_date: None,
        body: &broken_gzip(text),
    });
    let document = interpret(&[page], Rules::embedded());
    let issues: Vec<_> = document.issues.iter().map(|issue| (issue.kind.as_ref(), issue.severity.as_str())).collect();
    assert_eq!((document.kind, &issues[..]), (DocumentKind::Report, &[("broken_body", "warning")][..]));
    let facts: Vec<_> = document.indicators.iter().map(|fact| (fact.id.as_str(), fact.value.to_string())).collect();
    assert_eq!(facts, [("penalties", "345".to_owned())]);
}

#[test]
fn a_broken_body_of_nothing_is_damaged() {
    let page = read(&Capture {
        url: "http://www.example.gov.cn/a.html",
        content_type: None,
        content_encoding: Some("gzip"),
        listed_title: None,
        listed_date: None,
        body: &broken_gzip("")[..10],
    });
    assert_eq!(page.hint.as_deref(), Some("damaged"));
    assert_eq!(page.issues.iter().map(|issue| issue.kind.as_str()).collect::<Vec<_>>(), ["undecodable_body"]);
}

#[test]
fn more_amounts_than_are_read_leave_an_issue() {
    let kinds = |amounts: usize| {
        let document = interpret(&[page_of("<p>办理案件3件，</p>".repeat(amounts).as_bytes())], Rules::embedded());
        let kinds: Vec<String> = document.issues.iter().map(|issue| issue.kind.to_string()).collect();
        (document.quantities.len(), kinds.contains(&"too_many_quantities".to_owned()))
    };
    assert_eq!(kinds(MAX_QUANTITIES - 1), (MAX_QUANTITIES - 1, false));
    assert_eq!(kinds(MAX_QUANTITIES + 1), (MAX_QUANTITIES, true));
}

#[test]
fn a_text_longer_than_any_report_is_cut_with_an_issue() {
    let paragraph = "<p>全年受理行政复议申请85件。</p>\n";
    let page = page_of(
        format!("<html><body><div class=TRS_Editor>{}</div></body></html>", paragraph.repeat(40_000)).as_bytes(),
    );
    assert!(page.body.len() <= 1 << 20, "{} bytes", page.body.len());
    assert!(page.issues.iter().any(|issue| issue.kind == "text_too_long"), "{:?}", page.issues);
    assert_eq!(interpret(&[page], Rules::embedded()).quantities.len(), MAX_QUANTITIES);
}
