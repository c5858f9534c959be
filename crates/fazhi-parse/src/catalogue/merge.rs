//! One catalogue out of several files: entries are added, and entries that are there are extended.

use std::collections::BTreeMap;

use fazhi_model::Area;
use toml::Spanned;

use super::raw::{RawCatalogue, RawEntry, RawExtension};
use super::source::{At, Fault, Place, Source, nearest};
use super::{IndicatorKind, Tally};

/// An entry as its files put it together, not checked yet.
pub(super) struct Draft {
    pub(super) id: At<String>,
    pub(super) name_zh: At<String>,
    pub(super) name_en: At<String>,
    pub(super) unit: At<String>,
    pub(super) accepted_units: Vec<At<String>>,
    pub(super) kept_units: Vec<At<String>>,
    pub(super) area: Area,
    pub(super) kind: IndicatorKind,
    pub(super) description: At<String>,
    pub(super) part_of: Option<At<String>>,
    pub(super) tally: Tally,
    pub(super) phrases: Vec<(String, At<String>)>,
}

/// A topic with the words each file names it by.
pub(super) struct DraftTopic {
    pub(super) name: String,
    pub(super) words: Vec<At<String>>,
}

/// All files as one.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) topics: Vec<DraftTopic>,
    pub(super) entries: Vec<Draft>,
}

impl Merged {
    /// Adds the file with this number to those before it.
    pub(super) fn add(&mut self, source: usize, raw: RawCatalogue, sources: &[Source]) -> Result<(), Fault> {
        for (name, words) in raw.topics {
            self.add_topic(name, at(source, words));
        }
        for entry in raw.indicator {
            self.add_entry(draft(source, entry), sources)?;
        }
        for extension in raw.extend {
            self.extend(source, extension)?;
        }
        Ok(())
    }

    fn add_topic(&mut self, name: String, words: At<String>) {
        match self.topics.iter_mut().find(|topic| topic.name == name) {
            Some(topic) => topic.words.push(words),
            None => self.topics.push(DraftTopic { name, words: vec![words] }),
        }
    }

    fn add_entry(&mut self, entry: Draft, sources: &[Source]) -> Result<(), Fault> {
        let Some(first) = self.entries.iter().find(|other| other.id.value == entry.id.value) else {
            self.entries.push(entry);
            return Ok(());
        };
        let first = first.id.place.shown(sources);
        let hint = format!("choose another id, or add to the one at {first} with `[[extend]]`");
        Err(Fault::new(entry.id.place, format!("indicator `{}` stands twice", entry.id.value), hint))
    }

    fn extend(&mut self, source: usize, extension: RawExtension) -> Result<(), Fault> {
        let id = at(source, extension.id);
        if extension.accepted_units.is_empty() && extension.phrases.is_empty() {
            let hint = "give it `accepted_units` or `phrases`, or remove it";
            return Err(Fault::new(id.place, format!("`[[extend]]` adds nothing to `{}`", id.value), hint));
        }
        let known = self.entries.iter().map(|entry| entry.id.value.as_str());
        let meant = nearest(&id.value, known).map(str::to_owned);
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id.value == id.value) else {
            let hint = meant.map_or_else(
                || "`[[extend]]` adds to an indicator that is there, `[[indicator]]` adds a new one".to_owned(),
                |meant| format!("did you mean `{meant}`?"),
            );
            return Err(Fault::new(id.place, format!("there is no indicator `{}` to extend", id.value), hint));
        };
        for unit in extension.accepted_units {
            // Two files may each add what the other adds as well.
            if entry.accepted_units.iter().all(|known| known.value != *unit.get_ref()) {
                entry.accepted_units.push(at(source, unit));
            }
        }
        for (name, written) in extension.phrases {
            let written = at(source, written);
            if entry.phrases.iter().any(|(known, _)| *known == name) {
                let what = format!("`{}` has a phrase `{name}` already", id.value);
                return Err(Fault::new(written.place, what, "choose another name: an extension replaces nothing"));
            }
            entry.phrases.push((name, written));
        }
        Ok(())
    }
}

fn draft(source: usize, raw: RawEntry) -> Draft {
    let list = |values: Vec<Spanned<String>>| values.into_iter().map(|value| at(source, value)).collect();
    let named = |phrases: BTreeMap<String, Spanned<String>>| {
        phrases.into_iter().map(|(name, written)| (name, at(source, written))).collect()
    };
    Draft {
        id: at(source, raw.id),
        name_zh: at(source, raw.name_zh),
        name_en: at(source, raw.name_en),
        unit: at(source, raw.unit),
        accepted_units: list(raw.accepted_units),
        kept_units: list(raw.kept_units),
        area: raw.area,
        kind: raw.kind,
        description: at(source, raw.description),
        part_of: raw.part_of.map(|whole| at(source, whole)),
        tally: raw.tally,
        phrases: named(raw.phrases),
    }
}

fn at<T>(source: usize, spanned: Spanned<T>) -> At<T> {
    let place = Place { source, byte: spanned.span().start };
    At { value: spanned.into_inner(), place }
}
