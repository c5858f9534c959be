//! The words that say what an amount counts.

use std::ops::Range;

use super::reading::Reading;

/// Longest subject, in characters.
const LONGEST: usize = 24;
/// Words between the noun and its number.
const FILLERS: &str = "共计|累计|合计|总计|达到|共有|一共|总共|突破|超过|分别|共|计|达|为|有|约|近|超|了|均|总数|数";

/// The noun phrase before the amount or, where the amount opens its clause, the one after it.
pub(super) fn of(text: &Reading, amount: &Range<usize>, floor: usize) -> Option<String> {
    let stop = |at: &usize| matches!(text.at(*at), ',' | '、' | '。' | ';' | ':' | '!' | '?' | '\n' | '(' | ')');
    let first = amount.start.saturating_sub(LONGEST).max(floor);
    let start = (first..amount.start).rev().find(stop).map_or(first, |at| at + 1);
    let before = strip_fillers(&text.folded(start..amount.start));
    if before.chars().count() >= 2 {
        return Some(before);
    }
    let last = (amount.end + LONGEST / 2).min(text.len());
    let end = (amount.end..last).find(|at| stop(at) || text.at(*at).is_ascii_digit()).unwrap_or(last);
    let after = text.folded(amount.end..end).trim().trim_matches(['“', '”', '"']).to_owned();
    (after.chars().count() >= 2).then_some(after)
}

fn strip_fillers(phrase: &str) -> String {
    let mut phrase = phrase.trim();
    while let Some(shorter) = FILLERS.split('|').find_map(|filler| phrase.strip_suffix(filler)) {
        phrase = shorter.trim_end();
    }
    phrase.trim_matches(['“', '”', '"', ' ']).to_owned()
}
