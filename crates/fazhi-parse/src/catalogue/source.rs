//! Where a catalogue comes from, and what is told when it does not read.

/// A catalogue as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// What messages call it: the path of the file.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A catalogue that does not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct CatalogueError {
    /// Name of the source.
    pub file: String,
    /// Line of its text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// A place in one of the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) byte: usize,
}

impl Place {
    /// `file:line`, for messages that point at a second place.
    pub(super) fn shown(self, sources: &[Source]) -> String {
        let source = sources[self.source];
        format!("{}:{}", source.name, line_of(source.text, self.byte))
    }
}

/// A value and where it is written.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Something wrong at a place.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) what: String,
    pub(super) hint: String,
}

impl Fault {
    pub(super) fn new(place: Place, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place, what: what.into(), hint: hint.into() }
    }

    pub(super) fn told(self, sources: &[Source]) -> CatalogueError {
        let source = sources[self.place.source];
        CatalogueError {
            file: source.name.to_owned(),
            line: line_of(source.text, self.place.byte),
            what: self.what,
            hint: self.hint,
        }
    }
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count() + 1
}

/// The candidate that differs least from a word, if it differs little enough to be what was meant.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A slip in a short word leaves little in common, but it stays one slip.
    let slips = (word.chars().count() / 3).max(1);
    let alike = |known: &str| strsim::jaro_winkler(word, known);
    let meant = |known: &&str| alike(known) >= 0.75 || strsim::osa_distance(word, known) <= slips;
    candidates.filter(meant).max_by(|a, b| alike(a).total_cmp(&alike(b)))
}
