//! Which facts of the catalogue the amounts of a report state.
//!
//! Every amount is placed in its sentence ([`place`]), the words around it are held against the phrases of the
//! catalogue ([`matching`]), and at most one indicator wins it. Then growth rates are bound to the value on their left
//! ([`growth`]) and values of one indicator are ranked. Nothing is added up or averaged, and plans and shortcomings
//! state no facts ([`standing`]).

mod cue;
mod explain;
mod growth;
mod headed;
mod list;
mod matching;
mod place;
mod rank;
mod standing;

use std::collections::HashSet;

use fazhi_model::{Indicator, PublisherLevel, Quantity, ReportYear, Role, Section};

use rust_decimal::Decimal;

use crate::catalogue::{Catalogue, IndicatorKind};
use crate::quantity::reading::Reading;
use crate::table;
pub use explain::{Candidate, Explanation, explain};
use growth::{Change, Growth};
use matching::{Matched, Words};
use place::Place;

/// What is known about the document besides its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// Level of the publisher: a department may quote the numbers of its whole region.
    pub publisher_level: Option<PublisherLevel>,
    /// The year the report is about: numbers of earlier years are not its facts.
    pub report_year: Option<ReportYear>,
}

/// The facts that `quantities` (the amounts of `body`, in reading order) state, in reading order.
///
/// `sections` are in reading order; with none the whole body counts as results.
pub fn find(
    body: &str,
    sections: &[Section],
    quantities: &[Quantity],
    context: &Context,
    catalogue: &Catalogue,
) -> Vec<Indicator> {
    let text = Reading::new(body);
    let words = Words::find(&text, catalogue);
    let mut places = place::all(&text, quantities);
    headed::place(&mut places, table::headings(&text, quantities, context.report_year));
    let mut found = Found { facts: Vec::new(), catalogue };
    let roles = standing::Roles::new(sections);
    let mut stated = HashSet::new();
    let mut previous = Growth::default();
    let mut announced = None;
    for (index, place) in places.iter().enumerate() {
        let quantity = &quantities[index];
        if headed::is_no_value(place, quantity, &mut found.facts) {
            announced = None;
            continue;
        }
        let evidence = Evidence { text: &text, place, index, quantity, context };
        if let Some(change) = growth::read(&text, place, quantity, context.report_year) {
            announced = places.get(index + 1).filter(|next| growth::leads_to(&text, place, next)).map(|_| change);
            if announced.is_none() {
                let names = |index: usize| found.of(index).any(|fact| words.name(&place.clause, fact.entry, catalogue));
                let owner = previous.owner(&text, place, names);
                found.grow(owner, change, &evidence, &words);
            }
            continue;
        }
        let announced = announced.take();
        let former = standing::is_of_another_year(&text, place, context.report_year) || place.superseded.is_some();
        if !former {
            previous.value(index, place);
        }
        if former || standing::refusal(&text, place, quantity, &roles, context.report_year).is_some() {
            continue;
        }
        let total_id = place.total.and_then(|total| found.of(total).next()).map(|fact| fact.entry);
        for matched in matching::best(&text, &words, place, quantity, catalogue, total_id) {
            let part_of =
                total_id.or_else(|| whole_of(catalogue, matched.entry).filter(|whole| stated.contains(whole)));
            stated.insert(matched.entry);
            found.facts.push(Fact::new(&evidence, matched, part_of, catalogue));
        }
        if let Some(change) = announced {
            let told =
                Evidence { place: &places[index - 1], index: index - 1, quantity: &quantities[index - 1], ..evidence };
            found.grow(Some(index), change, &told, &words);
        }
    }
    headed::parts(&places, &mut found.facts);
    found.settle_parts(&places);
    rank::order(found.facts, catalogue)
}

/// One amount with all that is known of it.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    text: &'a Reading<'a>,
    place: &'a Place,
    index: usize,
    quantity: &'a Quantity,
    context: &'a Context,
}

/// The facts so far, in reading order.
struct Found<'a> {
    facts: Vec<Fact>,
    catalogue: &'a Catalogue,
}

impl Found<'_> {
    /// Those that an amount states.
    fn of(&self, quantity: usize) -> impl Iterator<Item = &Fact> {
        let first = self.facts.partition_point(|fact| fact.quantity < quantity);
        self.facts[first..].iter().take_while(move |fact| fact.quantity == quantity)
    }

    /// Adds a change to the facts of its owner. Where the catalogue has an indicator for that growth, the change is a fact too.
    fn grow(&mut self, owner: Option<usize>, change: Change, told: &Evidence, words: &Words) {
        if let Some(owner) = owner {
            change.tell(&mut self.facts, owner);
        }
        // A fall is told with the value alone: as a fact of its own its sign would be anybody's guess.
        let Some(value) = change.per_cent().filter(Decimal::is_sign_positive) else { return };
        let entries = self.catalogue.entries();
        let of_owner = |fact: &Fact| {
            let id = Some(entries[fact.entry].id.as_str());
            entries.iter().position(|entry| entry.kind == IndicatorKind::Yoy && entry.part_of.as_deref() == id)
        };
        let matched = match owner.and_then(|owner| self.of(owner).find_map(of_owner)) {
            Some(entry) => Some(Matched::growth(entry, &entries[entry])),
            None if owner.is_some() => None,
            None => matching::best(told.text, words, told.place, told.quantity, self.catalogue, None)
                .into_iter()
                .find(|matched| entries[matched.entry].kind == IndicatorKind::Yoy),
        };
        let Some(matched) = matched else { return };
        let mut fact = Fact::new(told, matched, None, self.catalogue);
        fact.indicator.value = value;
        let at = self.facts.partition_point(|fact| fact.quantity <= told.index);
        self.facts.insert(at, fact);
    }

    /// Parts that were told before their total: those of the total's own indicator are no facts, the others name it.
    fn settle_parts(&mut self, places: &[Place]) {
        let totals: Vec<Option<usize>> = self
            .facts
            .iter()
            .map(|fact| places[fact.quantity].total.filter(|total| *total > fact.quantity))
            .map(|total| self.of(total?).next().map(|fact| fact.entry))
            .collect();
        let mut totals = totals.into_iter();
        self.facts.retain_mut(|fact| {
            let Some(total) = totals.next().flatten() else { return true };
            if total != fact.entry {
                fact.part_of = Some(total);
                fact.indicator.part_of = Some(self.catalogue.entries()[total].id.clone());
            }
            total != fact.entry
        });
    }
}

/// The indicator an entry is always a part of.
fn whole_of(catalogue: &Catalogue, entry: usize) -> Option<usize> {
    let whole = catalogue.entries()[entry].part_of.as_deref()?;
    catalogue.entries().iter().position(|other| other.id == whole)
}

/// An amount bound to an entry of the catalogue.
struct Fact {
    quantity: usize,
    entry: usize,
    part_of: Option<usize>,
    is_total: bool,
    kind: IndicatorKind,
    indicator: Indicator,
}

impl Fact {
    fn new(evidence: &Evidence, matched: Matched, part_of: Option<usize>, catalogue: &Catalogue) -> Self {
        let Evidence { text, place, index, quantity, context } = *evidence;
        let entry = &catalogue.entries()[matched.entry];
        let name = |entry: usize| catalogue.entries()[entry].id.clone();
        let indicator = Indicator {
            id: entry.id.clone(),
            rank: 1,
            value: quantity.value,
            max: quantity.max,
            unit: matching::stated_unit(entry, quantity),
            precision: quantity.precision,
            period: standing::period(text, place, entry.tally),
            scope: standing::scope(text, place, context.publisher_level),
            part_of: part_of.map(name),
            yoy_pct: None,
            yoy_pp: None,
            role: Role::Result,
            text: quantity.text.clone(),
            span: quantity.span,
            sentence: quantity.sentence.clone(),
            rule: matched.rule,
            confidence: matched.confidence,
        };
        let is_total = standing::says_total(text, place) || headed::is_total(place);
        Self { quantity: index, entry: matched.entry, part_of, is_total, kind: entry.kind, indicator }
    }
}
