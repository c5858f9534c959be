//! Pages in the layouts of several portal families, written for this test: the whole document is the assertion.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
#![expect(clippy::disallowed_methods, reason = "the test reads files, the crate does not")]

use fazhi_model::{DocumentKind, Severity};
use fazhi_parse::{Capture, Page, Rules, interpret, read, revision};

fn page_of(url: &str, body: &[u8]) -> Page {
    read(&Capture {
        url,
        content_type: Some("text/html"),
        content_encoding: None,
        listed_title: None,
        listed_date: None,
        body,
    })
}

#[test]
fn documents() {
    insta::glob!("fixtures/*.html", |path| {
        let page = page_of("http://www.example.gov.cn/202402/t20240207_1.html", &std::fs::read(path).unwrap());
        let mut document = interpret(&[page], Rules::embedded());
        // Facts have tests of their own.
        document.quantities.clear();
        document.indicators.clear();
        insta::assert_json_snapshot!(document);
    });
}

#[test]
fn the_pages_of_a_split_article_are_one_document() {
    let first = "<h1>青山县2023年法治政府建设情况报告</h1><script>createPageHTML(2, 0, \"a\", \"html\");</script>\
                 <div class=TRS_Editor><p>现将2023年法治政府建设情况报告如下。</p>\
                 <p>一、成效</p><p>全县各级各部门认真履行职责，办理行政复议案件三十五件。</p></div>";
    let second = "<h1>青山县2023年法治政府建设情况报告</h1><div class=TRS_Editor><p>二、存在的问题</p>\
                  <p>一些乡镇执法力量不足，人员业务能力有待提高，执法装备有待改善。</p></div>";
    let pages = [first, second].map(|body| page_of("http://www.example.gov.cn/a.html", body.as_bytes()));
    let document = interpret(&pages, Rules::embedded());
    assert_eq!(
        document.body,
        "现将2023年法治政府建设情况报告如下。\n一、成效\n全县各级各部门认真履行职责，办理行政复议案件三十五件。\n\
         二、存在的问题\n一些乡镇执法力量不足，人员业务能力有待提高，执法装备有待改善。\n"
    );
    assert_eq!(document.kind, DocumentKind::Report);
    let missing = |parts: &[Page]| {
        let issues = interpret(parts, Rules::embedded()).issues;
        issues.iter().any(|issue| issue.kind == "parts_missing" && issue.severity == Severity::Warning)
    };
    assert!(missing(&pages[..1]) && !missing(&pages));
    assert_eq!(pages[0].more, ["http://www.example.gov.cn/a_1.html"]);
}

#[test]
fn what_does_not_read_is_an_issue() {
    let body = "<meta name=PubDate content='2024-01-29'><h1>青山县2023年法治政府建设情况报告</h1>\
                <p>发布日期：2024-01-30</p><p>发文字号：青政〔20241号</p>\
                <div id=zoom><p>全县各级各部门认真履行职责，依法行政水平稳步提升，办理行政复议案件三十五件。</p></div>";
    let document = interpret(&[page_of("http://www.example.gov.cn/a.html", body.as_bytes())], Rules::embedded());
    let issues: Vec<(&str, Severity, &str)> =
        document.issues.iter().map(|issue| (issue.kind.as_ref(), issue.severity, issue.detail.as_str())).collect();
    assert_eq!(
        issues,
        [
            ("document_number_malformed", Severity::Warning, "`青政〔20241号`"),
            (
                "date_conflict",
                Severity::Info,
                "published_on: meta PubDate says `2024-01-29`, above 发布日期 says `2024-01-30`"
            ),
        ]
    );
}

#[test]
fn a_click_counter_makes_no_new_revision() {
    let revision_of = |clicks: &str| {
        let body = format!(
            "<h1>青山县2023年法治政府建设情况报告</h1><p>来源：县司法局 点击：<span id=dynclicks_1>{clicks}</span></p>\
             <div class=v_news_content><p>全县各级各部门认真履行职责，依法行政水平稳步提升，办理行政复议案件三十五件。</p></div>"
        );
        let document = interpret(&[page_of("http://www.example.gov.cn/a.html", body.as_bytes())], Rules::embedded());
        revision(&document, Rules::embedded())
    };
    assert_eq!(revision_of("17"), revision_of("18"));
}
