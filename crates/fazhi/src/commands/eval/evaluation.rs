//! Scores over all annotated pages, and the differences behind them.

use std::collections::BTreeMap;

use fazhi_model::{Area, Document};
use fazhi_parse::catalogue::Catalogue;
use serde::{Serialize, Serializer};

use super::body;
use super::facts::{self, Compared, Finding, List};
use super::field::{Field, Said};
use super::gold::{BodyChecks, Gold};
use super::score::{FieldScore, Presence, Score, Verdict};

/// What came out for a folder of gold files.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Annotated pages.
    pub documents: usize,
    /// Fields that at least one page has scored.
    pub fields: BTreeMap<Field, FieldScore>,
    /// Lists that at least one page has scored.
    pub lists: BTreeMap<List, ListScore>,
    /// Indicators by the area of the catalogue.
    pub areas: BTreeMap<Area, Score>,
    /// Fields that are not what the gold states.
    pub wrong: Vec<Wrong>,
    /// Entries of the gold that were not found.
    pub misses: Vec<Located>,
    /// Entries found that the gold does not hold.
    pub false_hits: Vec<Located>,
}

/// The score of a list.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ListScore {
    /// Pages whose list is annotated.
    pub documents: usize,
    /// Hits and errors.
    #[serde(flatten)]
    pub score: Score,
}

/// A field that is not what the gold states.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The page.
    pub file: String,
    pub field: Field,
    /// What it should say; of a text, only what fails.
    pub gold: Said,
    pub answer: Said,
}

/// A finding and the page it is on.
#[derive(Debug)]
pub struct Located {
    /// The page.
    pub file: String,
    pub list: List,
    pub finding: Finding,
}

impl Evaluation {
    /// Adds one page; `file` names it where it differs.
    pub fn add(&mut self, file: &str, gold: &Gold, document: &Document, catalogue: &Catalogue) {
        self.documents += 1;
        for (field, said) in &gold.fields {
            self.add_field(file, gold, (*field, said), document);
        }
        if let Some(checks) = &gold.body {
            self.add_body(file, checks, document);
        }
        if let Some(sections) = &gold.sections {
            self.add_list(file, List::Sections, facts::sections(sections, document));
        }
        if let Some(quantities) = &gold.quantities {
            self.add_list(file, List::Quantities, facts::quantities(quantities, document));
        }
        if let Some(indicators) = &gold.indicators {
            self.add_list(file, List::Indicators, facts::indicators(indicators, document, catalogue));
        }
    }

    /// The score over all fields of all pages.
    pub fn micro(&self) -> Score {
        let mut sum = Score::default();
        self.fields.values().for_each(|field| sum += field.score);
        sum
    }

    fn add_field(&mut self, file: &str, gold: &Gold, (field, said): (Field, &Said), document: &Document) {
        let answer = field.answer(document);
        let also_right = field == Field::Kind && gold.other_kinds.contains(&document.kind);
        let verdict = if also_right || said.same(&answer) { Verdict::Right } else { Verdict::Wrong };
        let presence = Presence { stated: said.is_something(), answered: answer.is_something() };
        self.fields.entry(field).or_default().add(presence, verdict);
        if verdict == Verdict::Wrong {
            self.wrong.push(Wrong { file: file.to_owned(), field, gold: said.clone(), answer });
        }
    }

    fn add_body(&mut self, file: &str, checks: &BodyChecks, document: &Document) {
        let faults = body::faults(checks, &document.body);
        let verdict = if faults.is_empty() { Verdict::Right } else { Verdict::Wrong };
        let presence = Presence { stated: true, answered: Field::Body.answer(document).is_something() };
        self.fields.entry(Field::Body).or_default().add(presence, verdict);
        if verdict == Verdict::Wrong {
            let (wanted, found) = faults.into_iter().map(|fault| (fault.wanted, fault.found)).unzip();
            self.wrong.push(Wrong {
                file: file.to_owned(),
                field: Field::Body,
                gold: Said(wanted),
                answer: Said(found),
            });
        }
    }

    fn add_list(&mut self, file: &str, list: List, compared: Compared) {
        let entry = self.lists.entry(list).or_default();
        entry.documents += 1;
        entry.score += compared.score();
        if list == List::Indicators {
            self.add_areas(&compared);
        }
        let located = |finding| Located { file: file.to_owned(), list, finding };
        self.misses.extend(compared.misses.into_iter().map(located));
        self.false_hits.extend(compared.false_hits.into_iter().map(located));
    }

    fn add_areas(&mut self, compared: &Compared) {
        for area in compared.hits.iter().flatten() {
            self.areas.entry(*area).or_default().hits += 1;
        }
        for area in compared.misses.iter().filter_map(|finding| finding.area) {
            self.areas.entry(area).or_default().misses += 1;
        }
        for area in compared.false_hits.iter().filter_map(|finding| finding.area) {
            self.areas.entry(area).or_default().false_hits += 1;
        }
    }
}

#[derive(Serialize)]
struct WrittenLocated<'a> {
    file: &'a str,
    list: List,
    id: Option<&'a str>,
    area: Option<Area>,
    entry: &'a str,
    sentences: &'a [String],
}

impl Serialize for Located {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Finding { id, area, entry, sentences } = &self.finding;
        let (file, list, id) = (&self.file, self.list, id.as_deref());
        WrittenLocated { file, list, id, area: *area, entry, sentences }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use fazhi_model::DocumentKind;

    use super::super::gold;
    use super::*;

    fn evaluated(json: &str, document: &Document) -> Evaluation {
        let mut evaluation = Evaluation::default();
        let gold = gold::parse(json, Catalogue::embedded()).unwrap().unwrap();
        evaluation.add("a.html", &gold, document, Catalogue::embedded());
        evaluation
    }

    fn report() -> Document {
        Document {
            title: Some("云溪县 2023 年报告".to_owned()),
            source: Some("云溪县司法局".to_owned()),
            topics: vec!["综合政务".to_owned()],
            body: "首页\n全县依法行政。\n".to_owned(),
            ..Document::new(DocumentKind::Report)
        }
    }

    #[test]
    fn fields_add_up_to_the_micro_average() {
        let json = r#"{"file": "a.html", "document": {"kind": "report", "title": "云溪县2023年报告", "publisher": "云溪县人民政府",
            "source": null, "topics": ["综合政务", "司法"], "validity": null}, "body": {"starts": "全县", "ends": "依法行政"}}"#;
        let evaluation = evaluated(json, &report());
        assert_eq!(evaluation.micro(), Score { hits: 2, false_hits: 3, misses: 3 });
        let wrong: Vec<Field> = evaluation.wrong.iter().map(|wrong| wrong.field).collect();
        assert_eq!(wrong, [Field::Publisher, Field::Topics, Field::Source, Field::Body]);
        assert_eq!(evaluation.wrong[3].gold, Said(vec!["starts 全县".to_owned()]));
        assert_eq!(evaluation.wrong[3].answer, Said(vec!["starts 首页".to_owned()]));
        assert_eq!(evaluation.fields[&Field::Validity].exact(), Some(1.0));
        assert!(evaluation.lists.is_empty() && evaluation.areas.is_empty());
    }

    #[test]
    fn another_kind_may_be_as_good() {
        let json = |any: &str| format!(r#"{{"file": "a", "document": {{"kind": "empty"}}, "kind_any": {any}}}"#);
        assert_eq!(evaluated(&json(r#"["empty", "report"]"#), &report()).wrong, []);
        assert_eq!(evaluated(&json("[]"), &report()).wrong.len(), 1);
    }

    #[test]
    fn indicators_count_in_their_area() {
        let json = r#"{"file": "a", "document": {}, "indicators": [{"id": "penalties", "value": "1"}]}"#;
        let evaluation = evaluated(json, &report());
        assert_eq!(evaluation.areas[&Area::A4], Score { hits: 0, false_hits: 0, misses: 1 });
        assert_eq!(evaluation.lists[&List::Indicators].score.misses, 1);
        assert_eq!(evaluation.misses[0].finding.entry, "penalties = 1");
    }
}
