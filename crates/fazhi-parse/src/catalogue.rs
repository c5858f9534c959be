//! The catalogue: which facts a report can state, in which units, and with which words.
//!
//! It is data (`data/catalogue.toml`), checked when it is read. Each entry has named phrases; a phrase is a line of
//! conditions on the words around a number:
//!
//! | written | means |
//! |---|---|
//! | `受理\|立案` | one of these words stands near the number: in its own part of the clause |
//! | `受理$\|立案$` | as above, and nothing but fillers (共, 达, 约 …) stands between the word and the number |
//! | `<复议` | one of these words stands near or earlier in the sentence |
//! | `>受理` | one of these words stands behind the number: in its noun or the rest of its clause |
//! | `#复议` | the topic last named before the number is this one |
//! | `!不予受理` | none of these words stands near |
//! | `!<仲裁` | none of these words stands near or earlier in the sentence |
//! | `=次\|场` | the amount has one of these units (else any accepted unit of the entry) |

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use fazhi_model::Area;
use serde::Deserialize;
use toml::Spanned;

static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::parse(include_str!("../data/catalogue.toml")).expect("a test reads the embedded catalogue")
});

/// What sort of value an indicator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndicatorKind {
    /// Things counted.
    Count,
    /// A share in per cent.
    Rate,
    /// Money.
    Amount,
    /// Growth against the year before in per cent.
    Yoy,
}

impl IndicatorKind {
    /// The name used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Rate => "rate",
            Self::Amount => "amount",
            Self::Yoy => "yoy",
        }
    }
}

/// Whether an indicator counts what happens in a year or what there is at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tally {
    /// Cases, documents, events.
    #[default]
    Flow,
    /// People, bodies, items on a list: 现有, once said, covers all of a list of them.
    Stock,
}

/// One indicator.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Identifier, e.g. `fines_amount`.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Unit its values are given in.
    pub unit: String,
    /// Units an amount may be written in; each counts the same thing one to one.
    pub accepted_units: Vec<String>,
    /// Units that an amount keeps where it is written in them, instead of [`Entry::unit`].
    pub kept_units: Vec<String>,
    /// Task area it belongs to.
    pub area: Area,
    /// What sort of value it has.
    pub kind: IndicatorKind,
    /// What it counts, in one sentence.
    pub description: String,
    /// Indicator of which it is always a part.
    pub part_of: Option<String>,
    /// What it counts over time.
    pub tally: Tally,
    pub(crate) phrases: Vec<Phrase>,
}

/// Words of which one must be there.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) terms: Vec<usize>,
    pub(crate) touching: bool,
}

/// One way to say an indicator.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phrase {
    /// `indicator.phrase`, shown with every fact it finds.
    pub(crate) rule: String,
    pub(crate) near: Vec<Words>,
    pub(crate) earlier: Vec<Words>,
    pub(crate) behind: Vec<Words>,
    pub(crate) topic: Option<usize>,
    pub(crate) not_near: Vec<usize>,
    pub(crate) not_earlier: Vec<usize>,
    pub(crate) units: Vec<String>,
}

/// The catalogue, ready to be matched.
#[derive(Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
    terms: Terms,
    /// Topic of each term that names one.
    topic_of: HashMap<usize, usize>,
    matcher: AhoCorasick,
    /// Phrases (entry, phrase) that a near word may lead to.
    by_term: HashMap<usize, Vec<(usize, usize)>>,
}

/// A catalogue that does not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("catalogue line {line}: {what}")]
pub struct CatalogueError {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl Catalogue {
    /// Reads and checks a catalogue.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let fault = |span: Range<usize>, what: String| CatalogueError { line: line_of(text, span.start), what };
        let raw: RawCatalogue = toml::from_str(text)
            .map_err(|error| fault(error.span().unwrap_or_default(), error.message().to_owned()))?;
        let mut terms = Terms::default();
        let mut topics = Vec::new();
        let mut topic_of = HashMap::new();
        for (topic, (name, words)) in raw.topics.iter().enumerate() {
            topics.push(name.clone());
            for word in words.split('|') {
                topic_of.insert(terms.id(word), topic);
            }
        }
        let mut entries: Vec<Entry> = Vec::new();
        for raw in raw.indicator {
            let at = raw.id.span();
            if entries.iter().any(|entry| entry.id == *raw.id.as_ref()) {
                return Err(fault(at, format!("indicator `{}` stands twice", raw.id.as_ref())));
            }
            entries.push(raw.check(&mut terms, &topics).map_err(|(span, what)| fault(span, what))?);
        }
        if let Some(entry) =
            entries.iter().find(|entry| entry.part_of.as_ref().is_some_and(|of| !entries.iter().any(|e| e.id == *of)))
        {
            return Err(CatalogueError { line: 0, what: format!("`{}` is part of an unknown indicator", entry.id) });
        }
        let matcher = AhoCorasick::new(&terms.words)
            .map_err(|error| CatalogueError { line: 0, what: format!("too many words: {error}") })?;
        Ok(Self { by_term: phrases_by_term(&entries), entries, terms, topic_of, matcher })
    }

    /// The catalogue of this version.
    pub fn embedded() -> &'static Catalogue {
        &EMBEDDED
    }

    /// Its entries, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn matcher(&self) -> &AhoCorasick {
        &self.matcher
    }

    pub(crate) fn word(&self, term: usize) -> &str {
        &self.terms.words[term]
    }

    pub(crate) fn topic_of(&self, term: usize) -> Option<usize> {
        self.topic_of.get(&term).copied()
    }

    pub(crate) fn phrases_near(&self, term: usize) -> &[(usize, usize)] {
        self.by_term.get(&term).map_or(&[], Vec::as_slice)
    }
}

/// Each phrase is listed under the words of its first near condition: without one of them it cannot hold.
fn phrases_by_term(entries: &[Entry]) -> HashMap<usize, Vec<(usize, usize)>> {
    let mut by_term: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
    for (e, entry) in entries.iter().enumerate() {
        for (p, phrase) in entry.phrases.iter().enumerate() {
            for term in phrase.near.first().map_or(&[][..], |words| &words.terms) {
                by_term.entry(*term).or_default().push((e, p));
            }
        }
    }
    by_term
}

/// All words of all phrases, each once.
#[derive(Debug, Default)]
struct Terms {
    words: Vec<String>,
    ids: HashMap<String, usize>,
}

impl Terms {
    fn id(&mut self, word: &str) -> usize {
        *self.ids.entry(word.to_owned()).or_insert_with(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    topics: BTreeMap<String, String>,
    indicator: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: Spanned<String>,
    name_zh: String,
    name_en: String,
    unit: String,
    accepted_units: Vec<String>,
    #[serde(default)]
    kept_units: Vec<String>,
    area: Area,
    kind: IndicatorKind,
    description: String,
    part_of: Option<String>,
    #[serde(default)]
    tally: Tally,
    phrases: BTreeMap<String, Spanned<String>>,
}

type Fault = (Range<usize>, String);

impl RawEntry {
    fn check(self, terms: &mut Terms, topics: &[String]) -> Result<Entry, Fault> {
        let at = self.id.span();
        if self.phrases.is_empty() || self.accepted_units.is_empty() {
            return Err((at, format!("`{}` has no phrase or no unit", self.id.as_ref())));
        }
        let mut phrases = Vec::with_capacity(self.phrases.len());
        for (name, written) in &self.phrases {
            let mut phrase = phrase(written.as_ref(), terms, topics).map_err(|what| (written.span(), what))?;
            phrase.rule = format!("{}.{name}", self.id.as_ref());
            if let Some(unit) = phrase.units.iter().find(|unit| !self.accepted_units.contains(unit)) {
                return Err((written.span(), format!("unit `{unit}` is not accepted by `{}`", self.id.as_ref())));
            }
            phrases.push(phrase);
        }
        Ok(Entry {
            id: self.id.into_inner(),
            name_zh: self.name_zh,
            name_en: self.name_en,
            unit: self.unit,
            accepted_units: self.accepted_units,
            kept_units: self.kept_units,
            area: self.area,
            kind: self.kind,
            description: self.description,
            part_of: self.part_of,
            tally: self.tally,
            phrases,
        })
    }
}

fn phrase(written: &str, terms: &mut Terms, topics: &[String]) -> Result<Phrase, String> {
    let mut phrase = Phrase::default();
    for condition in written.split_whitespace() {
        let mut ids = |words: &str| -> Result<Vec<usize>, String> {
            let words: Vec<&str> = words.split('|').map(|word| word.strip_suffix('$').unwrap_or(word)).collect();
            if words.iter().any(|word| word.is_empty()) {
                return Err(format!("`{condition}` has an empty word"));
            }
            Ok(words.into_iter().map(|word| terms.id(word)).collect())
        };
        if let Some(words) = condition.strip_prefix("!<") {
            phrase.not_earlier.extend(ids(words)?);
        } else if let Some(words) = condition.strip_prefix('!') {
            phrase.not_near.extend(ids(words)?);
        } else if let Some(words) = condition.strip_prefix('<') {
            phrase.earlier.push(Words { terms: ids(words)?, touching: false });
        } else if let Some(words) = condition.strip_prefix('>') {
            phrase.behind.push(Words { terms: ids(words)?, touching: false });
        } else if let Some(units) = condition.strip_prefix('=') {
            phrase.units.extend(units.split('|').map(str::to_owned));
        } else if let Some(name) = condition.strip_prefix('#') {
            let topic = topics.iter().position(|topic| topic == name);
            phrase.topic = Some(topic.ok_or_else(|| format!("topic `{name}` is not in [topics]"))?);
        } else {
            phrase.near.push(Words { terms: ids(condition)?, touching: condition.ends_with('$') });
        }
    }
    if phrase.near.is_empty() { Err("a phrase needs a word near the number".to_owned()) } else { Ok(phrase) }
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[topics]\n\"复议\" = \"复议\"\n[[indicator]]\nid = \"a\"\nname_zh = \"甲\"\nname_en = \"A\"\nunit = \"件\"\narea = \"A6\"\nkind = \"count\"\ndescription = \"d\"\n";

    #[track_caller]
    fn check(rest: &str, message: &str) {
        let error = Catalogue::parse(&format!("{HEAD}{rest}")).expect_err("the fixture is faulty");
        assert!(error.to_string().starts_with(message), "{error}");
    }

    #[test]
    fn a_fault_names_its_line() {
        check(
            "accepted_units = [\"件\"]\n[indicator.phrases]\nx = \"受理 #诉讼\"\n",
            "catalogue line 13: topic `诉讼` is not in [topics]",
        );
        check(
            "accepted_units = [\"件\"]\n[indicator.phrases]\nx = \"<复议\"\n",
            "catalogue line 13: a phrase needs a word near the number",
        );
        check(
            "accepted_units = [\"件\"]\n[indicator.phrases]\nx = \"受理 =起\"\n",
            "catalogue line 13: unit `起` is not accepted by `a`",
        );
        check(
            "accepted_units = []\n[indicator.phrases]\nx = \"受理\"\n",
            "catalogue line 4: `a` has no phrase or no unit",
        );
        check("acepted_units = [\"件\"]\n", "catalogue line 11: unknown field `acepted_units`");
    }

    #[test]
    fn the_embedded_catalogue_is_whole() {
        let catalogue =
            Catalogue::parse(include_str!("../data/catalogue.toml")).unwrap_or_else(|error| panic!("{error}"));
        for entry in catalogue.entries() {
            let rate = matches!(entry.kind, IndicatorKind::Rate | IndicatorKind::Yoy);
            assert_eq!(entry.unit == "%", rate, "{}", entry.id);
            assert_eq!(entry.unit == "元", entry.kind == IndicatorKind::Amount, "{}", entry.id);
            assert!(entry.accepted_units.contains(&entry.unit), "{}", entry.id);
        }
        assert_eq!(catalogue.entries().len(), 90);
    }
}
