//! Tables of reports: their amounts and the facts that headings and numbers state together.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use fazhi_model::{Document, Indicator, Precision, Quantity};
use fazhi_parse::{Capture, Rules, interpret, read};

/// Written by somebody who had not seen the rules.
const MARKED: &str = include_str!("tables/marked.html");
/// One or more tables for each rule.
const RULES: &str = include_str!("tables/rules.html");

/// A report of 2023 that holds `table`.
fn report(table: &str) -> Document {
    let page = format!(
        "<html><head><title>青山县2023年法治政府建设情况报告</title></head><body><div class=TRS_Editor>\
         <p>青山县2023年法治政府建设情况报告</p>\
         <p>2023年，青山县坚持以习近平法治思想为指导，扎实推进依法行政，法治政府建设取得新的成效。</p>\
         <p>一、主要工作成效</p><p>各项工作持续推进，主要数据见下表。</p>{table}\
         <p>二、下一步工作打算</p><p>继续推进依法行政，不断提高法治政府建设水平。</p></div></body></html>"
    );
    let page = read(&Capture {
        url: "http://www.example.gov.cn/a.html",
        content_type: Some("text/html; charset=utf-8"),
        content_encoding: None,
        listed_title: None,
        listed_date: Some("2024-01-09"),
        body: page.as_bytes(),
    });
    interpret(&[page], Rules::embedded())
}

/// A table with what a reader finds in it.
struct Case<'a> {
    name: &'a str,
    expected: Vec<(&'a str, &'a str)>,
    table: &'a str,
}

impl<'a> Case<'a> {
    fn all(fixture: &'a str) -> Vec<Self> {
        let cases = fixture.split("<!-- ").skip(2).map(|case| {
            let (words, table) = case.split_once("-->").unwrap();
            let mut lines = words.lines();
            Self {
                name: lines.next().unwrap(),
                expected: lines.filter_map(|line| line.split_once(':')).collect(),
                table,
            }
        });
        cases.collect()
    }

    fn listed(&self, what: &str) -> Vec<String> {
        let listed = self.expected.iter().filter(|(key, _)| *key == what);
        listed
            .flat_map(|(_, list)| list.split(','))
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect()
    }
}

fn precision(precision: Precision) -> String {
    if precision == Precision::Exact { String::new() } else { format!("~{precision}") }
}

fn stated(fact: &Indicator) -> String {
    let growth = fact.yoy_pct.map_or(String::new(), |growth| format!("/{growth}"));
    let points = fact.yoy_pp.map_or(String::new(), |points| format!("/pp{points}"));
    format!("{}={}{growth}{points}{}", fact.id, fact.value, precision(fact.precision))
}

fn written(quantity: &Quantity) -> String {
    let heading =
        if quantity.text.ends_with(|c: char| c.is_ascii_digit() || "万余亿".contains(c)) { "[h]" } else { "" };
    format!("{} {}{}{heading}", quantity.value, quantity.unit, precision(quantity.precision))
}

fn check(fixture: &str) {
    let mut wrong = Vec::new();
    for case in Case::all(fixture) {
        let document = report(case.table);
        for quantity in &document.quantities {
            assert_eq!(quantity.span.of(&document.body), Some(quantity.text.as_str()), "{}", case.name);
            assert!(quantity.sentence.contains(&quantity.text), "{}", case.name);
        }
        let doubtful = case.listed("doubtful");
        let mut facts: Vec<String> =
            document.indicators.iter().map(stated).filter(|fact| !doubtful.contains(fact)).collect();
        let amounts: Vec<String> = document.quantities.iter().map(written).collect();
        facts.sort();
        let issues: Vec<String> =
            document.issues.iter().map(|issue| issue.kind.to_string()).filter(|kind| kind == "glued_cells").collect();
        for (what, found) in [("facts", facts), ("amounts", amounts), ("issues", issues)] {
            let mut expected = case.listed(what);
            if what == "facts" {
                expected.sort();
            }
            if found != expected {
                wrong.push(format!("{}\n  {what} expected {expected:?}\n  {what} found    {found:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} tables:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn marked_tables_are_read() {
    check(MARKED);
}

#[test]
fn every_rule_of_tables_holds() {
    check(RULES);
}
