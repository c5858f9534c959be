//! Sentences with the facts they state, written for this test: no report says them in these words.

use fazhi_model::{Indicator, Period};
use fazhi_parse::catalogue::Catalogue;
use fazhi_parse::indicator::{Context, find};
use fazhi_parse::quantity::scan;

const SENTENCES: &str = include_str!("phrasing/sentences.txt");

/// The facts of a sentence, each with the time it covers.
fn stated(sentence: &str) -> Vec<(String, Period)> {
    let facts = find(sentence, &[], &scan(sentence), &Context::default(), Catalogue::embedded());
    let growth = |pct: Option<_>, pp: Option<_>| match (pct, pp) {
        (Some(pct), _) => format!("/{pct}"),
        (None, Some(pp)) => format!("/pp{pp}"),
        (None, None) => String::new(),
    };
    let stated =
        |fact: &Indicator| (format!("{}={}{}", fact.id, fact.value, growth(fact.yoy_pct, fact.yoy_pp)), fact.period);
    let mut facts: Vec<_> = facts.iter().map(stated).collect();
    facts.sort();
    facts
}

/// Reads `id=value/growth @period`, where the period may be left out.
fn expected(fact: &str) -> (String, Option<Period>) {
    match fact.split_once('@') {
        Some((fact, period)) => (fact.trim().to_owned(), Some(period.trim().parse().expect("a period is named"))),
        None => (fact.trim().to_owned(), None),
    }
}

#[test]
fn every_sentence_states_its_facts_and_no_other() {
    let mut wrong = Vec::new();
    for line in SENTENCES.lines().filter(|line| !line.starts_with('#')) {
        let (sentence, facts) = line.split_once("=>").expect("each line has an arrow");
        let facts = facts.split(',').filter(|fact| !fact.trim().is_empty());
        let mut expected: Vec<(String, Option<Period>)> = facts.map(expected).collect();
        expected.sort();
        let found = stated(sentence.trim());
        let agrees = |((fact, period), (other, told)): (&(String, Period), &(String, Option<Period>))| {
            fact == other && told.is_none_or(|told| told == *period)
        };
        if found.len() != expected.len() || !found.iter().zip(&expected).all(agrees) {
            wrong.push(format!("{sentence}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} sentences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn full_width_text_states_the_same() {
    let widen = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).expect("the full-width block covers ASCII"),
        _ => c,
    };
    for line in SENTENCES.lines().filter(|line| !line.starts_with('#')) {
        let sentence = line.split_once("=>").expect("each line has an arrow").0.trim();
        // Straight quotation marks have no full-width form that pairs.
        if !sentence.contains('"') {
            assert_eq!(stated(&sentence.chars().map(widen).collect::<String>()), stated(sentence), "{sentence}");
        }
    }
}

#[test]
fn a_fact_carries_its_evidence() {
    let body = "一、成效\n2023年,全县累计办理行政复议案件中,受理１,２３０件(其中驳回3件),同比下降5.6%。";
    let facts = find(body, &[], &scan(body), &Context::default(), Catalogue::embedded());
    let [fact] = facts.as_slice() else { panic!("{facts:?}") };
    let seen = (fact.id.as_str(), fact.value.to_string(), fact.unit.as_str(), fact.text.as_str(), fact.rank);
    assert_eq!(seen, ("reconsider_accepted", "1230".to_owned(), "件", "１,２３０件", 1));
    assert_eq!(fact.span.of(body), Some("１,２３０件"));
    assert_eq!(fact.sentence, body.lines().nth(1).unwrap());
    assert_eq!(fact.yoy_pct.map(|pct| pct.to_string()).as_deref(), Some("-5.6"));
    assert_eq!(fact.rule, "reconsider_accepted.a");
}

#[test]
fn parts_name_their_whole_and_repetitions_are_one() {
    let body = "收到行政复议申请85件,其中受理70件。\n办理人大代表建议27件。\n人大代表建议27件全部办结。";
    let facts = find(body, &[], &scan(body), &Context::default(), Catalogue::embedded());
    let seen: Vec<_> = facts.iter().map(|fact| (fact.id.as_str(), fact.part_of.as_deref())).collect();
    assert_eq!(
        seen,
        [
            ("reconsider_received", None),
            ("reconsider_accepted", Some("reconsider_received")),
            ("npc_suggestions", None)
        ]
    );
}

#[test]
fn plans_shortcomings_and_other_years_state_nothing() {
    use fazhi_model::{Area, ReportYear, Role, Section, Span};
    let body = "行政处罚案件500件。";
    let section = |role| Section {
        level: 1,
        label: "三、".into(),
        heading: "安排".into(),
        area: Some(Area::A4),
        role,
        span: Span { start: 0, end: 99 },
    };
    let count = |sections: &[Section], body: &str, year| {
        let context = Context { publisher_level: None, report_year: ReportYear::new(year) };
        find(body, sections, &scan(body), &context, Catalogue::embedded()).len()
    };
    assert_eq!(count(&[section(Role::Result)], body, 2023), 1);
    assert_eq!(count(&[section(Role::Responsibility)], body, 2023), 1);
    assert_eq!(count(&[section(Role::Plan)], body, 2023), 0);
    assert_eq!(count(&[section(Role::Problem)], body, 2023), 0);
    assert_eq!(count(&[], "2022年办理行政处罚案件500件。", 2023), 0);
    assert_eq!(count(&[], "2023年办理行政处罚案件500件。", 2023), 1);
}

proptest::proptest! {
    #[test]
    fn shuffled_words_never_break_the_rules(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
        let body = words.concat();
        let quantities = scan(&body);
        for fact in find(&body, &[], &quantities, &Context::default(), Catalogue::embedded()) {
            let entry = Catalogue::embedded().entries().iter().find(|entry| entry.id == fact.id);
            let id = fact.rule.split_once('.').map(|(id, _)| id);
            proptest::prop_assert_eq!(id, entry.map(|entry| entry.id.as_str()));
            proptest::prop_assert_eq!(fact.span.of(&body), Some(fact.text.as_str()));
            proptest::prop_assert!(fact.rank >= 1 && fact.confidence > 0.0 && fact.confidence <= 1.0);
        }
    }
}

const WORDS: &[&str] = &[
    "行政复议",
    "受理",
    "收到",
    "案件",
    "85件",
    "5.6%",
    "同比增长",
    "其中",
    "分别",
    "和",
    "、",
    "，",
    "。",
    "（",
    "）",
    "由",
    "至",
    "2.1个百分点",
    "法律援助",
    "调解",
    "成功",
    "纠纷",
    "规范性文件",
    "制定",
    "合法性审查",
    "率",
    "均达",
    "100%",
    "12场",
    "普法",
    "宣传活动",
    "3万余份",
    "资料",
    "发放",
    "；",
    "\n",
    "上年",
    "2022年",
    "截至目前",
];

#[test]
fn a_text_of_facts_without_end_stays_cheap() {
    let body = "办理行政处罚案件1件(2件)(3件)同比增长5%,其中4%分别5件、6件,".repeat(4_000);
    let facts = find(&body, &[], &scan(&body), &Context::default(), Catalogue::embedded());
    assert!(facts.iter().any(|fact| fact.id == "penalties"));
}

#[test]
fn growth_is_written_without_idle_zeros() {
    for (told, growth) in [("同比增长12.50%", "12.5"), ("同比增长1.50倍", "150"), ("同比下降3.0%", "-3")] {
        let body = format!("办理行政处罚案件345件，{told}。");
        let facts = find(&body, &[], &scan(&body), &Context::default(), Catalogue::embedded());
        let seen: Vec<_> = facts.iter().map(|fact| fact.yoy_pct.map(|pct| pct.to_string())).collect();
        assert_eq!(seen, [Some(growth.to_owned())]);
    }
}
