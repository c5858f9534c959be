//! Holds the words around an amount against the phrases of the catalogue.

use std::ops::Range;

use fazhi_model::Quantity;
use rust_decimal::Decimal;

use super::headed;
use super::place::{Place, strip};
use crate::catalogue::{Catalogue, Entry, IndicatorKind, Phrase};
use crate::quantity::reading::Reading;

/// Furthest distance, in characters, between an amount and a word that touches it.
const TOUCH: usize = 9;

/// A word of the catalogue in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    range: Range<usize>,
    term: usize,
}

/// All words of the catalogue in the text, by place.
pub(super) struct Words {
    hits: Vec<Hit>,
}

impl Words {
    pub(super) fn find(text: &Reading, catalogue: &Catalogue) -> Self {
        let folded: String = text.chars.iter().collect();
        let mut starts = vec![0; folded.len() + 1];
        for (place, (byte, _)) in folded.char_indices().enumerate() {
            starts[byte] = place;
        }
        starts[folded.len()] = text.len();
        let mut hits: Vec<Hit> = catalogue
            .matcher()
            .find_overlapping_iter(&folded)
            .map(|hit| Hit { range: starts[hit.start()]..starts[hit.end()], term: hit.pattern().as_usize() })
            .collect();
        hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
        Self { hits }
    }

    /// Whether a range names what an entry counts: holds a leading word of one of its phrases.
    pub(super) fn name(&self, range: &Range<usize>, entry: usize, catalogue: &Catalogue) -> bool {
        let mut hits = self.inside(range);
        hits.any(|hit| catalogue.phrases_near(hit.term).iter().any(|(named, _)| *named == entry))
    }

    fn inside(&self, range: &Range<usize>) -> impl Iterator<Item = &Hit> {
        let first = self.hits.partition_point(|hit| hit.range.start < range.start);
        let end = range.end;
        self.hits[first..].iter().take_while(move |hit| hit.range.start < end).filter(move |hit| hit.range.end <= end)
    }
}

/// An indicator that won an amount.
pub(super) struct Matched {
    pub(super) entry: usize,
    pub(super) rule: String,
    pub(super) confidence: f64,
}

impl Matched {
    /// The growth of another indicator, which an entry of its own records.
    pub(super) fn growth(entry: usize, of: &Entry) -> Self {
        Self { entry, rule: format!("{}.growth", of.id), confidence: 0.9 }
    }
}

/// The indicators an amount belongs to: at most one for each name it has.
pub(super) fn best(
    text: &Reading,
    words: &Words,
    place: &Place,
    quantity: &Quantity,
    catalogue: &Catalogue,
    total: Option<usize>,
) -> Vec<Matched> {
    let mut found: Vec<Matched> = Vec::new();
    for near in &place.near {
        let winner = considered(text, words, (place, near), quantity, catalogue)
            .filter(|(entry, _, _)| Some(*entry) != total)
            .filter_map(|(entry, phrase, verdict)| Some((verdict.ok()?, entry, phrase)))
            .max_by(|(a, x, _), (b, y, _)| a.score.total_cmp(&b.score).then(y.cmp(x)));
        if let Some((weight, entry, phrase)) = winner
            && found.iter().all(|other| other.entry != entry)
        {
            found.push(Matched { entry, rule: phrase.rule.clone(), confidence: weight.confidence });
        }
    }
    found
}

/// Every phrase whose leading word stands near an amount, with its weight or what speaks against it.
pub(super) fn considered<'a>(
    text: &'a Reading,
    words: &'a Words,
    (place, near): (&'a Place, &'a [Range<usize>]),
    quantity: &'a Quantity,
    catalogue: &'a Catalogue,
) -> impl Iterator<Item = (usize, &'a Phrase, Result<Weight, Refusal>)> {
    let surroundings = Surroundings::new(words, place, near, catalogue);
    candidates(&surroundings, catalogue).into_iter().map(move |(entry, phrase)| {
        let phrase = &catalogue.entries()[entry].phrases[phrase];
        let verdict = if fits(&catalogue.entries()[entry], phrase, quantity) {
            surroundings.weigh(text, place, phrase, catalogue)
        } else {
            Err(Refusal::Unit)
        };
        (entry, phrase, verdict)
    })
}

/// Why a phrase does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The unit is not one of its units, or the value is none it can have.
    Unit,
    /// A word that it forbids, by its number, is there.
    Forbidden(usize),
    /// One of these words should be there.
    Missing(usize),
    /// Another topic was named last.
    Topic,
}

fn candidates(surroundings: &Surroundings, catalogue: &Catalogue) -> Vec<(usize, usize)> {
    let mut phrases: Vec<(usize, usize)> =
        surroundings.near.iter().flat_map(|hit| catalogue.phrases_near(hit.term).iter().copied()).collect();
    phrases.sort_unstable();
    phrases.dedup();
    phrases
}

/// The unit must be one of the entry's, and a share cannot exceed the whole.
fn fits(entry: &Entry, phrase: &Phrase, quantity: &Quantity) -> bool {
    let units = if phrase.units.is_empty() { &entry.accepted_units } else { &phrase.units };
    let is_share = entry.kind != IndicatorKind::Rate || quantity.value <= Decimal::ONE_HUNDRED;
    // 场(次) and 场/次 count what 场次 counts.
    let joined = quantity.unit.replace("(次)", "次").replace("/次", "次");
    // 册(份) counts what 册 counts.
    let single = joined.split('(').next().unwrap_or_default();
    let accepted = |unit: &str| units.iter().any(|accepted| accepted == unit);
    is_share && quantity.value >= Decimal::ZERO && (accepted(&quantity.unit) || accepted(single))
}

/// The unit a value is given in: the entry's, unless it keeps the one written.
pub(super) fn stated_unit(entry: &Entry, quantity: &Quantity) -> String {
    let written = [&quantity.unit, &quantity.unit_canonical].into_iter().find(|unit| entry.kept_units.contains(unit));
    written.unwrap_or(&entry.unit).clone()
}

/// How well a phrase holds.
pub(super) struct Weight {
    pub(super) score: f64,
    confidence: f64,
}

/// The catalogue's words around one amount.
struct Surroundings<'a> {
    near: Vec<&'a Hit>,
    earlier: Vec<&'a Hit>,
    later: Vec<&'a Hit>,
    behind: Vec<&'a Hit>,
    topic: Option<(usize, Named)>,
}

/// Where the topic was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    InSentence,
    Before,
}

impl<'a> Surroundings<'a> {
    fn new(words: &'a Words, place: &Place, near: &[Range<usize>], catalogue: &Catalogue) -> Self {
        let near: Vec<&Hit> = near.iter().flat_map(|range| words.inside(range)).collect();
        let earlier = words.inside(&place.sentence).chain(words.inside(&place.after));
        let earlier: Vec<&Hit> =
            earlier.chain(headed::context(place).iter().flat_map(|range| words.inside(range))).collect();
        let last = |hits: &mut dyn Iterator<Item = &'a Hit>| {
            hits.filter_map(|hit| Some((hit.range.end, hit.range.len(), catalogue.topic_of(hit.term)?)))
                .max_by_key(|(end, length, _)| (*end, *length))
                .map(|(_, _, topic)| topic)
        };
        let before = |hit: &&&Hit| hit.range.end <= place.amount.start;
        let topic = last(&mut near.iter().filter(before).copied())
            .or_else(|| last(&mut near.iter().copied()))
            .or_else(|| last(&mut earlier.iter().filter(before).copied()))
            .map(|topic| (topic, Named::InSentence))
            .or_else(|| last(&mut words.inside(&place.lead)).map(|topic| (topic, Named::Before)));
        Self {
            near,
            earlier,
            later: words.inside(&place.later).collect(),
            behind: words.inside(&place.behind).collect(),
            topic,
        }
    }

    fn weigh(&self, text: &Reading, place: &Place, phrase: &Phrase, catalogue: &Catalogue) -> Result<Weight, Refusal> {
        let length = |hit: &Hit| f64::from(u16::try_from(catalogue.word(hit.term).chars().count()).unwrap_or(u16::MAX));
        self.nothing_forbidden(phrase)?;
        let mut score = 0.0;
        let mut nearest = usize::MAX;
        for group in &phrase.near {
            let hits = self.near.iter().filter(|hit| group.terms.contains(&hit.term));
            let hits =
                hits.filter(|hit| !group.touching || place.is_own_name(hit.range.end) || touches(text, hit, place));
            let best = hits.min_by_key(|hit| (distance(hit, place), usize::MAX - hit.range.len()));
            let best = best.ok_or_else(|| missing(&group.terms))?;
            nearest = nearest.min(distance(best, place));
            score += 2.0 * length(best) + if group.touching { 1.0 } else { 0.0 };
        }
        let mut confidence = 0.95;
        for group in &phrase.earlier {
            let hit = self
                .earlier
                .iter()
                .chain(&self.near)
                .chain(&self.later)
                .filter(|hit| group.terms.contains(&hit.term))
                .max_by_key(|hit| hit.range.end)
                .ok_or_else(|| missing(&group.terms))?;
            score += 1.2 * length(hit);
            confidence -= 0.05;
        }
        let behind = |hit: &&&Hit| hit.range.start >= place.amount.end;
        for group in &phrase.behind {
            let hits = self.near.iter().filter(behind).chain(&self.behind);
            let hit = hits.filter(|hit| group.terms.contains(&hit.term)).min_by_key(|hit| hit.range.start);
            let hit = hit.ok_or_else(|| missing(&group.terms))?;
            score += 2.0 * length(hit);
        }
        if let Some(topic) = phrase.topic {
            match self.topic.filter(|(named, _)| *named == topic).ok_or(Refusal::Topic)?.1 {
                Named::InSentence => score += 3.0,
                Named::Before => {
                    score += 1.5;
                    confidence -= 0.15;
                }
            }
        }
        let far = f64::from(u8::try_from(nearest.min(40)).unwrap_or(40));
        Ok(Weight { score: score - 0.15 * far, confidence: ((confidence - 0.005 * far) * 100.0).round() / 100.0 })
    }

    /// A forbidden word near, or one that is forbidden anywhere in the sentence.
    fn nothing_forbidden(&self, phrase: &Phrase) -> Result<(), Refusal> {
        let near = self.near.iter().find(|hit| phrase.not_near.contains(&hit.term));
        let mut anywhere = self.earlier.iter().chain(&self.near).chain(&self.later);
        let found = near.or_else(|| anywhere.find(|hit| phrase.not_earlier.contains(&hit.term)));
        found.map_or(Ok(()), |hit| Err(Refusal::Forbidden(hit.term)))
    }
}

fn missing(terms: &[usize]) -> Refusal {
    Refusal::Missing(terms.first().copied().unwrap_or_default())
}

fn distance(hit: &Hit, place: &Place) -> usize {
    if let Some(rest) = headed::rest(place, &hit.range) {
        return rest.len();
    }
    let amount = &place.amount;
    if hit.range.end <= amount.start {
        amount.start - hit.range.end
    } else {
        hit.range.start.saturating_sub(amount.end) + 1
    }
}

/// Nothing but fillers between the word and the amount.
fn touches(text: &Reading, hit: &Hit, place: &Place) -> bool {
    let amount = &place.amount;
    let between = if hit.range.end <= amount.start { hit.range.end..amount.start } else { amount.end..hit.range.start };
    let gap = headed::rest(place, &hit.range).unwrap_or(between);
    gap.len() <= TOUCH && strip(&text.folded(gap)).is_empty()
}
