//! A body as the rules read it: one folded character per character, each knowing its place in the raw text.
//!
//! Folding never changes the number of characters except that zero-width ones are left out, so that a place
//! in the folded text leads back to exactly one place in the body.

use std::collections::HashMap;
use std::ops::Range;

use fazhi_model::Span;
use unicode_normalization::UnicodeNormalization;

/// Folded characters with the way back to the body.
pub(crate) struct Reading<'a> {
    body: &'a str,
    /// Folded characters.
    pub(crate) chars: Vec<char>,
    /// Character index in the body of each folded character.
    places: Vec<usize>,
    /// Byte offset in the body of each folded character.
    bytes: Vec<usize>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(body: &'a str) -> Self {
        let mut reading = Self { body, chars: Vec::new(), places: Vec::new(), bytes: Vec::new() };
        for (place, (byte, raw)) in body.char_indices().enumerate() {
            if let Some(folded) = fold(raw) {
                reading.chars.push(folded);
                reading.places.push(place);
                reading.bytes.push(byte);
            }
        }
        reading
    }

    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at a place; NUL past the end, which no rule asks for.
    pub(crate) fn at(&self, place: usize) -> char {
        self.chars.get(place).copied().unwrap_or('\0')
    }

    /// The character before a place; a line break before the first.
    pub(crate) fn before(&self, place: usize) -> char {
        place.checked_sub(1).map_or('\n', |previous| self.at(previous))
    }

    /// Whether a cell of a table row ends at a place.
    pub(crate) fn ends_cell(&self, place: usize) -> bool {
        self.bytes.get(place).is_some_and(|byte| self.body.as_bytes()[*byte] == b'\t')
    }

    /// Whether the text goes on with `word` at `place`.
    pub(crate) fn starts_with(&self, place: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(offset, wanted)| self.at(place + offset) == wanted)
    }

    /// Whether `word` ends right before `place`.
    pub(crate) fn ends_with(&self, place: usize, word: &str) -> bool {
        place.checked_sub(word.chars().count()).is_some_and(|start| self.starts_with(start, word))
    }

    /// The first of the `|`-separated words that the text goes on with at `place`.
    pub(crate) fn one_of<'w>(&self, place: usize, words: &'w str) -> Option<&'w str> {
        words.split('|').find(|word| self.starts_with(place, word))
    }

    /// The place after any blanks (not line breaks), at most two of them.
    pub(crate) fn skip_blanks(&self, place: usize) -> usize {
        (place..place + 2).find(|&at| self.at(at) != ' ').unwrap_or(place + 2)
    }

    /// The body's own text of a range.
    pub(crate) fn raw(&self, range: Range<usize>) -> &'a str {
        let (start, end) = (self.byte(range.start), self.end_byte(&range));
        &self.body[start..end.max(start)]
    }

    /// The range as characters of the body.
    pub(crate) fn span(&self, range: &Range<usize>) -> Span {
        let start = self.places.get(range.start).copied().unwrap_or_default();
        let end = range.end.checked_sub(1).and_then(|last| self.places.get(last)).map_or(start, |last| last + 1);
        Span { start: i64::try_from(start).unwrap_or(i64::MAX), end: i64::try_from(end).unwrap_or(i64::MAX) }
    }

    /// The folded range that a span of the body covers.
    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        let place = |at: i64| self.places.partition_point(|&p| i64::try_from(p).is_ok_and(|p| p < at));
        place(span.start)..place(span.end)
    }

    /// The folded text of a range.
    pub(crate) fn folded(&self, range: Range<usize>) -> String {
        self.chars.get(range).unwrap_or_default().iter().collect()
    }

    fn byte(&self, place: usize) -> usize {
        self.bytes.get(place).copied().unwrap_or(self.body.len())
    }

    fn end_byte(&self, range: &Range<usize>) -> usize {
        let Some(last) = range.end.checked_sub(1) else { return 0 };
        let start = self.byte(last);
        start + self.body[start..].chars().next().map_or(0, char::len_utf8)
    }
}

/// Words that are looked for at one place, by their first character: a list of hundreds costs one lookup.
pub(crate) struct WordList {
    by_first: HashMap<char, Vec<Box<[char]>>>,
}

impl WordList {
    /// Reads `|`-separated words.
    pub(crate) fn new(words: &str) -> Self {
        let mut by_first: HashMap<char, Vec<Box<[char]>>> = HashMap::new();
        for word in words.split('|') {
            let word: Box<[char]> = word.trim().chars().collect();
            if let Some(first) = word.first() {
                by_first.entry(*first).or_default().push(word);
            }
        }
        for words in by_first.values_mut() {
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        }
        Self { by_first }
    }

    /// Characters of the longest word that the text goes on with at `place`; 0 where it goes on with none.
    pub(crate) fn longest(&self, text: &Reading, place: usize) -> usize {
        let rest = text.chars.get(place..).unwrap_or_default();
        let words = rest.first().and_then(|first| self.by_first.get(first));
        words.into_iter().flatten().find(|word| rest.starts_with(word)).map_or(0, |word| word.len())
    }
}

fn fold(raw: char) -> Option<char> {
    Some(match raw {
        '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => return None,
        '\u{0}'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{fe63}' => '-',
        '\u{223c}' | '\u{301c}' | '\u{ff5e}' => '~',
        // Circled and bracketed numbers are list marks and superscripts are parts of units: neither may become a digit.
        '\u{20}'..='\u{7e}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{b2}'
        | '\u{b3}'
        | '\u{b9}'
        | '\u{2070}'..='\u{209f}'
        | '\u{2460}'..='\u{24ff}'
        | '\u{2776}'..='\u{2793}'
        | '\u{3200}'..='\u{33ff}' => raw,
        _ => {
            let mut folded = std::iter::once(raw).nfkc();
            match (folded.next(), folded.next()) {
                (Some(single), None) => single,
                _ => raw,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_leads_back_to_the_raw_text() {
        let body = "共\u{200b}１２件（次）。";
        let reading = Reading::new(body);
        assert_eq!(reading.folded(0..reading.len()), "共12件(次)。");
        assert_eq!(reading.raw(1..7), "１２件（次）");
        assert_eq!(reading.span(&(1..7)), Span { start: 2, end: 8 });
        assert_eq!(reading.span(&(1..7)).of(body), Some("１２件（次）"));
        assert_eq!(reading.range(Span { start: 2, end: 8 }), 1..7);
    }

    #[test]
    fn list_marks_and_superscripts_stay_what_they_are() {
        assert_eq!(Reading::new("①3m²⑵").folded(0..5), "①3m²⑵");
    }
}
