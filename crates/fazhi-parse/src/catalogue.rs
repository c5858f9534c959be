//! The catalogue: which facts a report can state, in which units, and with which words.
//!
//! It is data (`data/catalogue.toml`, and files that extend it), checked when it is read. Each entry has named phrases; a
//! phrase is a line of conditions on the words around a number:
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
//!
//! A file that extends a catalogue has the same form. Its `[[indicator]]` are new entries, its `[[extend]]` add
//! `accepted_units` and `phrases` to the entry with that `id`, and its `[topics]` are new topics or more words of known ones.

mod check;
mod merge;
mod phrase;
mod raw;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use fazhi_model::Area;
use serde::Deserialize;

use crate::rules::Rules;
use merge::Merged;
use source::Fault;

pub use source::{CatalogueError, Source};

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

impl Tally {
    /// The name used in catalogues.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Stock => "stock",
        }
    }
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

impl Entry {
    /// Its phrases as written: name and conditions.
    pub fn phrases(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        // A rule is `indicator.phrase`.
        self.phrases.iter().map(|phrase| (&phrase.rule[self.id.len() + 1..], phrase.written.as_str()))
    }
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
    /// Its conditions as they stand in the file.
    pub(crate) written: String,
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

impl Catalogue {
    /// Reads a catalogue and the files that extend it, in this order, and checks what they come to.
    pub fn parse(sources: &[Source<'_>]) -> Result<Self, CatalogueError> {
        Self::read(sources).map_err(|fault| fault.told(sources))
    }

    fn read(sources: &[Source]) -> Result<Self, Fault> {
        let mut merged = Merged::default();
        for (number, source) in sources.iter().enumerate() {
            merged.add(number, raw::read(number, source.text)?, sources)?;
        }
        check::wholes(&merged.entries)?;
        let mut terms = Terms::default();
        let topic_of = check::topics(&merged.topics, &mut terms)?;
        let topics: Vec<&str> = merged.topics.iter().map(|topic| topic.name.as_str()).collect();
        let entries = merged.entries.into_iter().map(|draft| check::entry(draft, &mut terms, &topics));
        let entries = entries.collect::<Result<Vec<Entry>, Fault>>()?;
        let matcher = AhoCorasick::new(&terms.words).expect("words that fit into memory fit into an automaton");
        Ok(Self { by_term: phrases_by_term(&entries), entries, terms, topic_of, matcher })
    }

    /// The catalogue of this version, without extensions.
    pub fn embedded() -> &'static Catalogue {
        Rules::embedded().catalogue()
    }

    /// The entry with this identifier.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The identifier that looks most like a word, if one looks enough like it to be what was meant.
    pub fn nearest(&self, word: &str) -> Option<&str> {
        source::nearest(word, self.entries.iter().map(|entry| entry.id.as_str()))
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
