//! The second tier of indicators: an extension that is built in and used only where it is named.

use fazhi_model::Indicator;
use fazhi_parse::Rules;
use fazhi_parse::indicator::{Context, find};
use fazhi_parse::quantity::scan;
use fazhi_parse::rules::SECOND_TIER;

const SENTENCES: &str = include_str!("second_tier/sentences.txt");
const FIRST_TIER_SENTENCES: &str = include_str!("phrasing/sentences.txt");

fn extended() -> Rules {
    Rules::extended(&[SECOND_TIER]).unwrap_or_else(|error| panic!("{error}\nhint: {}", error.hint))
}

fn facts(sentence: &str, rules: &Rules) -> Vec<Indicator> {
    find(sentence, &[], &scan(sentence), &Context::default(), rules.catalogue())
}

/// Sentences with what is expected of them, as written.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once("=>").expect("each line has an arrow")).map(|(s, facts)| (s.trim(), facts.trim()))
}

fn listed(facts: &str) -> Vec<&str> {
    facts.split(',').map(str::trim).filter(|fact| !fact.is_empty()).collect()
}

#[test]
fn every_sentence_states_its_facts_of_the_second_tier() {
    let rules = extended();
    let mut wrong = Vec::new();
    for (sentence, expected) in lines(SENTENCES) {
        let of_second_tier = |fact: &&Indicator| Rules::embedded().catalogue().entry(&fact.id).is_none();
        let found = facts(sentence, &rules);
        let mut found: Vec<String> =
            found.iter().filter(of_second_tier).map(|fact| format!("{}={}", fact.id, fact.value)).collect();
        found.sort();
        let mut expected = listed(expected);
        expected.sort_unstable();
        if found != expected {
            wrong.push(format!("{sentence}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} sentences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_entry_has_sentences() {
    let expected: Vec<&str> = lines(SENTENCES).flat_map(|(_, facts)| listed(facts)).collect();
    for entry in extended().catalogue().entries().iter().skip(Rules::embedded().catalogue().entries().len()) {
        let sentences = expected.iter().filter(|fact| fact.split('=').next() == Some(&entry.id)).count();
        assert!(sentences >= 4, "`{}` has {sentences} sentences", entry.id);
    }
}

/// An amount states one fact, so that a phrase of the second tier could take one from the first.
#[test]
fn the_first_tier_loses_no_fact_to_the_second() {
    let rules = extended();
    let mut lost = Vec::new();
    for (sentence, _) in lines(FIRST_TIER_SENTENCES) {
        let with = facts(sentence, &rules);
        let missing = facts(sentence, Rules::embedded()).into_iter().filter(|fact| !with.contains(fact));
        lost.extend(missing.map(|fact| format!("{sentence}\n  {}={} by {}", fact.id, fact.value, fact.rule)));
    }
    assert!(lost.is_empty(), "{} facts:\n{}", lost.len(), lost.join("\n"));
}
