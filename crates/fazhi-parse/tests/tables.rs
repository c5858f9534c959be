//! Tables of reports: their amounts and the facts that headings and numbers state together.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use fazhi_model::{Document, Indicator, Precision, Quantity};
use fazhi_parse::quantity::MAX_QUANTITIES;
use fazhi_parse::{Capture, Page, Rules, TitleCandidate, interpret, read, read_text, revision};
use proptest::prelude::*;

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

#[test]
fn an_amount_of_a_table_carries_its_evidence() {
    let document = report(
        "<table><tr><td>项目</td><td>数量（万件）</td></tr><tr><td>受理行政复议案件</td><td>约１.2</td></tr></table>",
    );
    let [quantity] = document.quantities.as_slice() else { panic!("{:?}", document.quantities) };
    let [fact] = document.indicators.as_slice() else { panic!("{:?}", document.indicators) };
    assert_eq!((quantity.text.as_str(), quantity.sentence.as_str()), ("约１.2", "受理行政复议案件\t约１.2"));
    assert_eq!((quantity.unit.as_str(), quantity.unit_canonical.as_str()), ("件", "件"));
    assert_eq!(quantity.subject.as_deref(), Some("受理行政复议案件"));
    assert_eq!(
        (fact.id.as_str(), fact.value.to_string(), fact.span),
        ("reconsider_accepted", "12000".to_owned(), quantity.span)
    );
    assert_eq!((&fact.sentence, fact.rule.split('.').next()), (&quantity.sentence, Some("reconsider_accepted")));
}

#[test]
fn the_total_ranks_first_and_has_parts() {
    let parts = "<tr><td>东城镇</td><td>700</td></tr><tr><td>西城镇</td><td>500</td></tr>";
    let total = "<tr><td>合计</td><td>1200</td></tr>";
    let head = "<tr><td>乡镇</td><td>行政处罚案件（件）</td></tr>";
    for table in [format!("<table>{head}{parts}{total}</table>"), format!("<table>{head}{total}{parts}</table>")] {
        let document = report(&table);
        let first = document.indicators.iter().find(|fact| fact.rank == 1).map(|fact| fact.value.to_string());
        assert_eq!(first.as_deref(), Some("1200"));
        let parts = document.indicators.iter().filter(|fact| fact.part_of.as_deref() == Some("penalties"));
        assert_eq!(parts.map(|part| part.value.to_string()).collect::<Vec<_>>(), ["700", "500"]);
    }
    // Without a total the numbers of two towns are still none of the county's, and that of one is.
    let parts_of = |rows: &str| {
        let document = report(&format!("<table>{head}{rows}</table>"));
        document.indicators.iter().map(|fact| fact.part_of.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(parts_of(parts), [true, true]);
    assert_eq!(parts_of("<tr><td>东城镇</td><td>700</td></tr>"), [false]);
    // A total of other things makes no part of what it adds up.
    let sum = "<tr><td>项目</td><td>数量（件）</td></tr><tr><td>收到行政复议申请</td><td>96</td></tr>\
               <tr><td>行政应诉案件</td><td>41</td></tr><tr><td>合计</td><td>137</td></tr>";
    let document = report(&format!("<table>{sum}</table>"));
    assert_eq!(document.indicators.iter().map(|fact| fact.part_of.is_some()).collect::<Vec<_>>(), [false, false]);
    // A column of totals, whose values may be smaller than those of another row.
    let document = report(
        "<table><tr><td>案件（件）</td><td>县直</td><td>乡镇</td><td>合计</td></tr>\
         <tr><td>行政处罚案件</td><td>700</td><td>500</td><td>1200</td></tr></table>",
    );
    let ranked: Vec<_> = document.indicators.iter().map(|fact| (fact.rank, fact.value.to_string())).collect();
    assert_eq!(ranked, [(2, "700".to_owned()), (3, "500".to_owned()), (1, "1200".to_owned())]);
}

#[test]
fn a_refused_cell_is_quoted() {
    let document = report(
        "<table><tr><td>项目</td><td>数量（件）</td></tr><tr><td>结果维持 纠正 其他 尚未审结 总计</td><td>713000074</td></tr></table>",
    );
    let details: Vec<&str> =
        document.issues.iter().filter(|issue| issue.kind == "glued_cells").map(|issue| issue.detail.as_str()).collect();
    assert_eq!(details, ["`713000074` behind `结果维持 纠正 其他 尚未审结 总计` is more than one number"]);
}

#[test]
fn a_page_of_refused_cells_has_few_issues() {
    let row = "<tr><td>结果维持 纠正 其他 尚未审结 总计</td><td>713000074</td></tr>".repeat(500);
    let document = report(&format!("<table><tr><td>项目</td><td>数量（件）</td></tr>{row}</table>"));
    let glued: Vec<&str> =
        document.issues.iter().filter(|issue| issue.kind == "glued_cells").map(|issue| issue.detail.as_str()).collect();
    assert_eq!((glued.len(), glued.last().copied()), (21, Some("480 more cells hold more than one number each")));
}

/// A report with this text.
fn report_of(body: &str) -> Page {
    let title = TitleCandidate {
        origin: "heading".to_owned(), text: "青山县2023年法治政府建设情况报告".to_owned()
    };
    let opening =
        "2023年，青山县扎实推进依法行政，法治政府建设取得新的成效，现将有关情况报告如下。\n一、主要工作成效\n";
    Page { titles: vec![title], body: format!("{opening}{body}\n二、下一步打算\n"), ..Page::default() }
}

/// Megabytes of rows, a row of 100,000 cells, rows of very different lengths: what costs more than linear time never ends.
#[test]
fn tables_of_any_shape_are_read_in_linear_time() {
    let head = "项目\t单位\t2022年\t2023年\t同比\t备注\n";
    let rows = head.to_owned() + &"受理行政复议案件\t件\t85\t96\t12.9%\t\n审结\t79\n".repeat(100_000);
    let ragged: String = (0..5_000).map(|row| "85\t".repeat(row % 70) + "96件\n").collect();
    let wide = "收到行政复议申请（件）\t".repeat(100_000) + "\n" + &"85\t".repeat(100_000);
    let texts = "行政复议\t行政应诉\n".repeat(100_000);
    let headings = "行政复议（件）\t行政应诉\n（件）\t收到\n".repeat(20_000);
    let amounts = |body: &str| interpret(&[report_of(body)], Rules::embedded()).quantities.len();
    assert_eq!(amounts(&rows), MAX_QUANTITIES);
    assert_eq!(amounts(&ragged), 5_000);
    assert_eq!((amounts(&wide), amounts(&texts), amounts(&headings)), (0, 0, 0));
}

/// Pieces that make arbitrary text look like tables.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "\t",
        3 => "\n",
        3 => "[0-9]{1,10}",
        2 => "(单位：)?[（(](件|万元|家次|%|人、件)[)）]",
        2 => "项目|指标|序号|单位|数量|202[0-9]年?|同比增减|目标值|合计|备注|件|人次|万元|—|/|注：",
        2 => "收到行政复议申请|审结|行政处罚案件|罚没款|维持 纠正 其他|调解成功率",
        1 => "[0-9.,]{1,6}(件|%|万余|以上|（其中驳回3）)",
        1 => "[↑↓+－-]|百分之|下降|近|余|\u{a0}|\u{200b}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_table_is_survived(body in pieces()) {
        for page in [report_of(&body), read_text("a.txt", &body)] {
            let document = interpret(std::slice::from_ref(&page), Rules::embedded());
            let mut end = 0;
            for quantity in &document.quantities {
                prop_assert_eq!(quantity.span.of(&document.body), Some(quantity.text.as_str()));
                prop_assert!(quantity.span.start >= end, "amounts do not overlap: {:?}", document.quantities);
                prop_assert!(quantity.sentence.contains(quantity.text.trim()));
                end = quantity.span.end;
            }
            for fact in &document.indicators {
                prop_assert!(document.quantities.iter().any(|quantity| quantity.span == fact.span));
            }
            let again = interpret(&[page], Rules::embedded());
            prop_assert_eq!(revision(&document, Rules::embedded()), revision(&again, Rules::embedded()));
        }
    }
}
