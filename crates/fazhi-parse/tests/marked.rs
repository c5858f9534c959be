//! Sentences of the hard classes with every amount and fact marked where it stands, written before the rules that read
//! them. A line that is not read as marked yet begins with `~`; one that is read again must lose its mark.
//!
//! `⟦written|value unit precision|fact; fact⟧`: a value may be `low..high`, the precision is left out where it is exact;
//! behind the id of a fact may stand `yoy=12.5`, `pp=-2`, `part_of=id`, `@as_of`; `id?` may be found or not.

use std::collections::BTreeSet;
use std::path::Path;

use fazhi_model::{Indicator, Quantity};
use fazhi_parse::catalogue::Catalogue;
use fazhi_parse::indicator::{Context, find};
use fazhi_parse::quantity::scan;

/// A line of a file: its text, its amounts as `written value..max unit precision`, and what it says of facts.
#[derive(Debug, Default)]
struct Line {
    text: String,
    amounts: Vec<String>,
    sure: BTreeSet<String>,
    doubtful: BTreeSet<String>,
    notes: Vec<(String, String)>,
}

impl Line {
    fn parse(written: &str) -> Self {
        let mut line = Self::default();
        let mut rest = written;
        while let Some((before, after)) = rest.split_once('⟦') {
            let (inner, tail) = after.split_once('⟧').expect("each mark is closed");
            line.text.push_str(before);
            line.mark(inner);
            rest = tail;
        }
        line.text.push_str(rest);
        line
    }

    fn mark(&mut self, inner: &str) {
        let mut parts = inner.split('|');
        let (text, measure) = (parts.next().expect("text"), parts.next().expect("value and unit"));
        let mut measure: Vec<&str> = measure.split_whitespace().collect();
        if measure.len() == 2 {
            measure.push("exact");
        }
        self.text.push_str(text);
        self.amounts.push(format!("{} {}", squeeze(text), measure.join(" ")));
        let value = measure[0].split("..").next().expect("a value");
        for fact in parts.next().unwrap_or_default().split(';').filter(|fact| !fact.trim().is_empty()) {
            let mut words = fact.split_whitespace();
            let id = words.next().expect("an id");
            let key = format!("{}={value}", id.trim_end_matches('?'));
            self.notes.extend(words.map(|note| (key.clone(), note.to_owned())));
            if id.ends_with('?') {
                self.doubtful.insert(key)
            } else {
                self.sure.insert(key)
            };
        }
    }

    /// How what is read differs from what is marked.
    fn differences(&self) -> Vec<String> {
        let quantities = scan(&self.text);
        let facts = find(&self.text, &[], &quantities, &Context::default(), Catalogue::embedded());
        let amounts: Vec<String> = quantities.iter().map(amount).collect();
        let found: BTreeSet<String> = facts.iter().map(key).collect();
        let mut differences = Vec::new();
        if amounts != self.amounts {
            differences.push(format!("amounts {amounts:?}, marked {:?}", self.amounts));
        }
        differences.extend(self.sure.difference(&found).map(|fact| format!("missed {fact}")));
        let known = |fact: &&String| !self.sure.contains(*fact) && !self.doubtful.contains(*fact);
        differences.extend(found.iter().filter(known).map(|fact| format!("falsely found {fact}")));
        let told = |(of, note): &&(String, String)| facts.iter().any(|fact| key(fact) == *of && !tells(fact, note));
        differences.extend(self.notes.iter().filter(told).map(|(fact, note)| format!("{fact} does not say {note}")));
        differences
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

fn amount(quantity: &Quantity) -> String {
    let max = quantity.max.map_or(String::new(), |max| format!("..{max}"));
    // A unit is compared as written in half width.
    format!("{} {}{max} {} {}", squeeze(&quantity.text), quantity.value, quantity.unit, quantity.precision)
}

fn key(fact: &Indicator) -> String {
    format!("{}={}", fact.id, fact.value)
}

fn tells(fact: &Indicator, note: &str) -> bool {
    let number = |told: Option<rust_decimal::Decimal>| told.map(|told| told.to_string());
    match note.split_once('=') {
        Some(("yoy", value)) => number(fact.yoy_pct).as_deref() == Some(value),
        Some(("pp", value)) => number(fact.yoy_pp).as_deref() == Some(value),
        Some(("part_of", id)) => fact.part_of.as_deref() == Some(id),
        _ => note.strip_prefix('@') == Some(fact.period.as_str()),
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads files, the crate does not")]
fn every_line_is_read_as_marked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/marked");
    let mut wrong = Vec::new();
    let mut classes = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert!(lines.len() >= 40, "{} has {} lines", path.display(), lines.len());
        classes += 1;
        for line in lines {
            let (open, marked) = line.strip_prefix("~ ").map_or((false, line), |marked| (true, marked));
            let parsed = Line::parse(marked);
            let differences = parsed.differences();
            match (open, differences.is_empty()) {
                (true, true) => wrong.push(format!("{}: read as marked, the `~` can go", parsed.text)),
                (false, false) => wrong.push(format!("{}\n  {}", parsed.text, differences.join("\n  "))),
                _ => {}
            }
        }
    }
    assert_eq!(classes, 8);
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}
