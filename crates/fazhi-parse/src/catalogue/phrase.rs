//! A phrase as written, read into its conditions.

use super::source::{At, Fault, Place, nearest};
use super::{Phrase, Terms, Words};
use crate::quantity::reading::Reading;

/// Reads a phrase and refuses one that no text can fulfil.
pub(super) fn phrase(written: &At<String>, terms: &mut Terms, topics: &[&str]) -> Result<Phrase, Fault> {
    let place = written.place;
    let mut phrase = Phrase { written: written.value.clone(), ..Phrase::default() };
    for condition in written.value.split_whitespace() {
        let folded = fold(condition);
        if folded != condition {
            let hint = format!("texts are compared in half-width form: write `{folded}`");
            return Err(Fault::new(place, format!("`{condition}` is written in full-width characters"), hint));
        }
        let mut ids = |words: &str| ids(words, terms).map_err(|what| no_words(place, condition, what));
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
            phrase.topic = Some(topic(place, name, topics)?);
        } else {
            phrase.near.push(Words { terms: ids(condition)?, touching: condition.ends_with('$') });
        }
    }
    if phrase.near.is_empty() {
        let hint = "begin it with a word that stands beside the number, e.g. `受理|立案`";
        return Err(Fault::new(place, format!("`{}` has no word near the number", written.value), hint));
    }
    match contradiction(&phrase) {
        None => Ok(phrase),
        Some(term) => {
            let what = format!("`{}` is demanded and forbidden near the number", terms.words[term]);
            Err(Fault::new(place, what, "remove it from one of the two: with it the phrase never holds"))
        }
    }
}

/// A condition in the form in which texts are compared with it.
fn fold(condition: &str) -> String {
    Reading::new(condition).chars.iter().collect()
}

fn ids(words: &str, terms: &mut Terms) -> Result<Vec<usize>, &'static str> {
    let words: Vec<&str> = words.split('|').map(|word| word.strip_suffix('$').unwrap_or(word)).collect();
    if words.iter().any(|word| word.is_empty()) {
        return Err("has an empty word");
    }
    Ok(words.into_iter().map(|word| terms.id(word)).collect())
}

fn no_words(place: Place, condition: &str, what: &str) -> Fault {
    Fault::new(place, format!("`{condition}` {what}"), "there is one word on each side of a `|`, without blanks")
}

fn topic(place: Place, name: &str, topics: &[&str]) -> Result<usize, Fault> {
    topics.iter().position(|topic| *topic == name).ok_or_else(|| {
        let hint = match nearest(name, topics.iter().copied()) {
            Some(meant) => format!("did you mean `#{meant}`? else name its words in `[topics]`"),
            None => format!("name its words in `[topics]`: `\"{name}\" = \"{name}|…\"`"),
        };
        Fault::new(place, format!("topic `{name}` is not in `[topics]`"), hint)
    })
}

/// A word that one condition wants near the number and another refuses there.
fn contradiction(phrase: &Phrase) -> Option<usize> {
    let refused = |term: &&usize| phrase.not_near.contains(term) || phrase.not_earlier.contains(term);
    phrase.near.iter().flat_map(|words| &words.terms).find(refused).copied()
}
