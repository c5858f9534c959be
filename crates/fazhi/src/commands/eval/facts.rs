//! What a document has many of: headings, amounts and catalogue facts, laid beside the gold.

use std::collections::HashSet;

use fazhi_model::{Area, Document, Indicator, Precision, Quantity, Role, Section};
use fazhi_parse::catalogue::Catalogue;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::field::plain;
use super::gold::{GoldIndicator, GoldQuantity, GoldSection};
use super::score::{Pairs, Score, pair};

/// A list of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    Sections,
    Quantities,
    Indicators,
}

impl List {
    /// Every list, in the order of `extract`.
    pub const ALL: [Self; 3] = [Self::Sections, Self::Quantities, Self::Indicators];

    /// The name in gold files and in what is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sections => "sections",
            Self::Quantities => "quantities",
            Self::Indicators => "indicators",
        }
    }
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// An entry of a list that was missed or falsely found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Indicators only.
    pub id: Option<String>,
    /// Area of the indicator or heading.
    pub area: Option<Area>,
    /// The entry in words.
    pub entry: String,
    /// Where it stands; several where the gold does not tell which of them it means.
    pub sentences: Vec<String>,
}

/// How one list of one document compares.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Area of each hit, for lists that have areas.
    pub hits: Vec<Option<Area>>,
    pub misses: Vec<Finding>,
    pub false_hits: Vec<Finding>,
}

impl Compared {
    /// What it comes to.
    pub fn score(&self) -> Score {
        Score { hits: self.hits.len(), false_hits: self.false_hits.len(), misses: self.misses.len() }
    }
}

/// Whether an entry of the gold counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Sure,
    /// Ignored, whether it was found or not.
    Doubtful,
}

impl Standing {
    fn of(doubtful: bool) -> Self {
        if doubtful { Self::Doubtful } else { Self::Sure }
    }
}

/// Compares headings by level, label, words, role and area. A gold list is complete for the levels it has entries of, and
/// says nothing about the others.
pub fn sections(gold: &[GoldSection], document: &Document) -> Compared {
    let key = |level: i32, label: &str, heading: &str, role: Role, area: Option<Area>| {
        (level, plain(label), plain(heading), role, area)
    };
    let of_gold = |gold: &GoldSection| key(gold.level, &gold.label, &gold.heading, gold.role, gold.area);
    let of_answer = |read: &Section| key(read.level, &read.label, &read.heading, read.role, read.area);
    let finding = |(level, label, heading, role, area): (i32, String, String, Role, Option<Area>)| Finding {
        id: None,
        area,
        entry: format!("{label}{heading} (level {level}, {role}, {})", area.map_or("no area", Area::as_str)),
        sentences: Vec::new(),
    };
    let is_scored = |read: &&Section| gold.iter().any(|gold| gold.level == read.level);
    let answers: Vec<&Section> = document.sections.iter().filter(is_scored).collect();
    let laid = lay(gold, &answers, |gold| Standing::of(gold.doubtful), |gold, read| of_gold(gold) == of_answer(read));
    Compared {
        hits: laid.hits.iter().map(|(gold, _)| gold.area).collect(),
        misses: laid.misses.iter().map(|gold| finding(of_gold(gold))).collect(),
        false_hits: laid.false_hits.iter().map(|read| finding(of_answer(read))).collect(),
    }
}

/// Compares amounts by text, value, high end, unit and precision.
pub fn quantities(gold: &[GoldQuantity], document: &Document) -> Compared {
    let same = |gold: &GoldQuantity, read: &&Quantity| {
        gold.value == read.value
            && gold.max == read.max
            && gold.precision == read.precision
            && plain(&gold.unit) == plain(&read.unit)
            && plain(&gold.text) == plain(&read.text)
    };
    let answers: Vec<&Quantity> = document.quantities.iter().collect();
    let laid = lay(gold, &answers, |gold| Standing::of(gold.doubtful), same);
    let miss = |gold: &&GoldQuantity| Finding {
        id: None,
        area: None,
        entry: amount_in_words(&gold.text, (gold.value, gold.max), &gold.unit, gold.precision),
        sentences: gold.sentence_part.iter().cloned().collect(),
    };
    let false_hit = |read: &&&Quantity| Finding {
        id: None,
        area: None,
        entry: amount_in_words(&read.text, (read.value, read.max), &read.unit, read.precision),
        sentences: vec![read.sentence.clone()],
    };
    Compared {
        hits: vec![None; laid.hits.len()],
        misses: laid.misses.iter().map(miss).collect(),
        false_hits: laid.false_hits.iter().map(false_hit).collect(),
    }
}

/// Compares results by indicator, value and, where the gold states it, unit. A value stated twice is one fact.
pub fn indicators(gold: &[GoldIndicator], document: &Document, catalogue: &Catalogue) -> Compared {
    let area = |id: &str| catalogue.entry(id).map(|entry| entry.area);
    let mut facts: Vec<&GoldIndicator> =
        gold.iter().filter(|fact| fact.section.unwrap_or(Role::Result) == Role::Result).collect();
    // The more is stated of a fact, the fewer answers it can be.
    facts.sort_by_key(|fact| fact.unit.is_none());
    let mut seen = HashSet::new();
    let answers: Vec<&Indicator> = document
        .indicators
        .iter()
        .filter(|fact| fact.role == Role::Result && seen.insert((&fact.id, fact.value, &fact.unit)))
        .collect();
    let same = |gold: &&GoldIndicator, read: &&Indicator| {
        gold.id == read.id
            && gold.value == read.value
            && gold.unit.as_ref().is_none_or(|unit| plain(unit) == plain(&read.unit))
    };
    let laid = lay(&facts, &answers, |gold| Standing::of(gold.doubtful), same);
    let miss = |gold: &&&GoldIndicator| Finding {
        id: Some(gold.id.clone()),
        area: area(&gold.id),
        entry: fact_in_words(&gold.id, &gold.value.to_string(), gold.unit.as_deref(), gold.text.as_deref()),
        sentences: sentences(gold, document),
    };
    let false_hit = |read: &&&Indicator| Finding {
        id: Some(read.id.clone()),
        area: area(&read.id),
        entry: fact_in_words(&read.id, &read.value.to_string(), Some(&read.unit), Some(&read.text)),
        sentences: vec![read.sentence.clone()],
    };
    Compared {
        hits: laid.hits.iter().map(|(gold, _)| area(&gold.id)).collect(),
        misses: laid.misses.iter().map(miss).collect(),
        false_hits: laid.false_hits.iter().map(false_hit).collect(),
    }
}

fn amount_in_words(text: &str, (low, high): (Decimal, Option<Decimal>), unit: &str, precision: Precision) -> String {
    let high = high.map(|high| format!(" to {high}")).unwrap_or_default();
    format!("{text} ({low}{high} {unit}, {precision})")
}

fn fact_in_words(id: &str, value: &str, unit: Option<&str>, text: Option<&str>) -> String {
    let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let text = text.map(|text| format!(" ({text})")).unwrap_or_default();
    format!("{id} = {value}{unit}{text}")
}

/// The words the gold gives, else every sentence in which an amount stands that is written like the fact's.
fn sentences(gold: &GoldIndicator, document: &Document) -> Vec<String> {
    if let Some(part) = &gold.sentence_part {
        return vec![part.clone()];
    }
    let Some(text) = gold.text.as_deref().map(plain) else { return Vec::new() };
    let mut seen = HashSet::new();
    let stands = document.quantities.iter().filter(|quantity| plain(&quantity.text) == text);
    stands.map(|quantity| quantity.sentence.clone()).filter(|sentence| seen.insert(sentence.clone())).collect()
}

/// Gold and answers laid side by side, without what is doubtful.
struct Laid<'a, G, A> {
    hits: Vec<(&'a G, &'a A)>,
    misses: Vec<&'a G>,
    false_hits: Vec<&'a A>,
}

/// An answer goes to a sure entry before a doubtful one.
fn lay<'a, G, A>(
    gold: &'a [G],
    answers: &'a [A],
    standing: impl Fn(&G) -> Standing,
    same: impl Fn(&G, &A) -> bool,
) -> Laid<'a, G, A> {
    let (sure, doubtful): (Vec<&G>, Vec<&G>) = gold.iter().partition(|entry| standing(entry) == Standing::Sure);
    let first: Pairs = pair(&sure, answers, |gold, answer| same(gold, answer));
    let left: Vec<&A> = first.false_hits.iter().map(|at| &answers[*at]).collect();
    let second = pair(&doubtful, &left, |gold, answer| same(gold, answer));
    Laid {
        hits: first.hits.iter().map(|(gold, answer)| (sure[*gold], &answers[*answer])).collect(),
        misses: first.misses.iter().map(|at| sure[*at]).collect(),
        false_hits: second.false_hits.iter().map(|at| left[*at]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use fazhi_model::{DocumentKind, Period, QuantityKind, Scope, Span};

    use super::*;

    const SPAN: Span = Span { start: 0, end: 0 };

    fn gold<T: serde::de::DeserializeOwned>(json: &str) -> Vec<T> {
        serde_json::from_str(json).unwrap()
    }

    fn quantity(text: &str, value: &str, unit: &str, precision: Precision) -> Quantity {
        Quantity {
            text: text.to_owned(),
            value: value.parse().unwrap(),
            max: None,
            unit: unit.to_owned(),
            unit_canonical: unit.to_owned(),
            precision,
            kind: QuantityKind::Count,
            subject: None,
            span: SPAN,
            sentence: format!("办理{text}。"),
        }
    }

    fn indicator(id: &str, value: &str, unit: &str, role: Role) -> Indicator {
        Indicator {
            id: id.to_owned(),
            rank: 1,
            value: value.parse().unwrap(),
            max: None,
            unit: unit.to_owned(),
            precision: Precision::Exact,
            period: Period::Annual,
            scope: Scope::Own,
            part_of: None,
            yoy_pct: None,
            yoy_pp: None,
            role,
            text: format!("{value}{unit}"),
            span: SPAN,
            sentence: format!("办理{value}{unit}。"),
            rule: String::new(),
            confidence: 1.0,
        }
    }

    fn read(quantities: Vec<Quantity>, indicators: Vec<Indicator>, sections: Vec<Section>) -> Document {
        Document { quantities, indicators, sections, ..Document::new(DocumentKind::Report) }
    }

    /// Hits, then the entries missed, then those falsely found.
    #[track_caller]
    fn check(compared: &Compared, hits: usize, misses: &[&str], false_hits: &[&str]) {
        let entries = |findings: &[Finding]| findings.iter().map(|found| found.entry.clone()).collect::<Vec<_>>();
        assert_eq!(compared.hits.len(), hits);
        assert_eq!(entries(&compared.misses), misses);
        assert_eq!(entries(&compared.false_hits), false_hits);
    }

    #[test]
    fn amounts_are_a_multiset_of_text_value_unit_and_precision() {
        let gold = gold(
            r#"[{"text": "10万余份", "value": "100000", "max": null, "unit": "份", "precision": "at_least"},
                {"text": "2 名", "value": "2", "unit": "名", "precision": "exact"},
                {"text": "2名", "value": "2", "unit": "名", "precision": "exact", "sentence_part": "配备2名"},
                {"text": "2-3名", "value": "2", "max": "3", "unit": "名", "precision": "exact"}]"#,
        );
        let answers = vec![
            quantity("2名", "2.0", "名", Precision::Exact),
            quantity("10万余份", "100000", "份", Precision::Exact),
            quantity("2-3名", "2", "名", Precision::Exact),
        ];
        let compared = quantities(&gold, &read(answers, vec![], vec![]));
        check(
            &compared,
            1,
            &["10万余份 (100000 份, at_least)", "2名 (2 名, exact)", "2-3名 (2 to 3 名, exact)"],
            &["10万余份 (100000 份, exact)", "2-3名 (2 名, exact)"],
        );
        assert_eq!(compared.misses[1].sentences, ["配备2名"]);
        assert_eq!(compared.false_hits[1].sentences, ["办理2-3名。"]);
        assert_eq!(compared.score(), Score { hits: 1, false_hits: 2, misses: 3 });
    }

    #[test]
    fn doubtful_entries_are_ignored_found_or_not() {
        let gold = gold(
            r#"[{"text": "3件", "value": "3", "unit": "件", "precision": "exact", "doubtful": true},
                {"text": "3件", "value": "3", "unit": "件", "precision": "exact"},
                {"text": "5次", "value": "5", "unit": "次", "precision": "exact", "doubtful": true}]"#,
        );
        let three = || quantity("3件", "3", "件", Precision::Exact);
        check(&quantities(&gold, &read(vec![three()], vec![], vec![])), 1, &[], &[]);
        check(&quantities(&gold, &read(vec![three(), three()], vec![], vec![])), 1, &[], &[]);
        let third = quantities(&gold, &read(vec![three(), three(), three()], vec![], vec![]));
        check(&third, 1, &[], &["3件 (3 件, exact)"]);
    }

    #[test]
    fn indicators_are_results_by_id_value_and_stated_unit() {
        let gold = gold(
            r#"[{"id": "penalties", "value": "206"},
                {"id": "penalties", "value": "206", "unit": "件"},
                {"id": "reconsider_accepted", "value": "85", "unit": "件", "text": "85件", "section": "result"},
                {"id": "reconsider_received", "value": "9", "unit": "件", "section": "problem"}]"#,
        );
        let answers = vec![
            indicator("penalties", "206", "件", Role::Result),
            indicator("penalties", "206", "宗", Role::Result),
            indicator("reconsider_accepted", "86", "件", Role::Result),
            indicator("reconsider_received", "7", "件", Role::Plan),
        ];
        let amounts = vec![quantity("85件", "85", "件", Precision::Exact)];
        let compared = indicators(&gold, &read(amounts, answers, vec![]), Catalogue::embedded());
        check(&compared, 2, &["reconsider_accepted = 85 件 (85件)"], &["reconsider_accepted = 86 件 (86件)"]);
        assert_eq!(compared.hits, [Some(Area::A4), Some(Area::A4)]);
        assert_eq!(compared.misses[0].area, Some(Area::A6));
        assert_eq!(compared.misses[0].sentences, ["办理85件。"]);
    }

    #[test]
    fn a_value_stated_twice_is_one_fact() {
        let gold = gold(r#"[{"id": "penalties", "value": "206", "unit": "件"}]"#);
        let twice = vec![
            indicator("penalties", "206", "件", Role::Result),
            indicator("penalties", "206.0", "件", Role::Result),
        ];
        check(&indicators(&gold, &read(vec![], twice, vec![]), Catalogue::embedded()), 1, &[], &[]);
    }

    #[test]
    fn headings_are_compared_whole() {
        let gold = gold(
            r#"[{"level": 1, "label": "一、", "heading": "主要工作", "role": "result", "area": null},
                {"level": 2, "label": "（一）", "heading": "规范执法", "role": "result", "area": "A4"}]"#,
        );
        let section = |level, label: &str, heading: &str, area| Section {
            level,
            label: label.to_owned(),
            heading: heading.to_owned(),
            area,
            role: Role::Result,
            span: SPAN,
        };
        let answers = vec![
            section(2, "(一)", "规范执法", Some(Area::A4)),
            section(1, "一、", "主要工作", Some(Area::A9)),
            section(3, "1.", "其他", None),
        ];
        check(
            &sections(&gold, &read(vec![], vec![], answers)),
            1,
            &["一、主要工作 (level 1, result, no area)"],
            &["一、主要工作 (level 1, result, A9)"],
        );
    }
}
