//! Words of the grammar that are looked for in clauses: one automaton for each list, so that a list of fifty costs what one
//! word costs.

use aho_corasick::AhoCorasick;

/// A list of words with one meaning.
pub(super) struct Cue(AhoCorasick);

impl Cue {
    pub(super) fn new(words: &[&str]) -> Self {
        Self(AhoCorasick::new(words).expect("a short list of fixed words builds"))
    }

    /// Whether one of them stands in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The byte at which the last of them begins.
    pub(super) fn last(&self, text: &str) -> Option<usize> {
        self.0.find_overlapping_iter(text).map(|hit| hit.start()).max()
    }

    /// The text behind each of them.
    pub(super) fn behind<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.0.find_overlapping_iter(text).map(move |hit| &text[hit.end()..])
    }
}
