//! Which facts of the catalogue the amounts of a report state.
//!
//! Every amount is placed in its sentence ([`place`]), the words around it are held against the phrases of the
//! catalogue ([`matching`]), and at most one indicator wins it. Then growth rates are bound to the value on their left
//! ([`growth`]) and values of one indicator are ranked. Nothing is added up or averaged, and plans and shortcomings
//! state no facts ([`standing`]).

mod growth;
mod headed;
mod list;
mod matching;
mod place;
mod rank;
mod standing;

use std::collections::HashSet;

use fazhi_model::{Indicator, PublisherLevel, Quantity, ReportYear, Role, Section};

use crate::catalogue::Catalogue;
use crate::quantity::reading::Reading;
use crate::table;
use growth::Growth;
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
    let roles = standing::Roles::new(sections);
    let mut facts: Vec<Fact> = Vec::new();
    let mut stated = HashSet::new();
    let mut previous = Growth::default();
    let mut announced = None;
    for (index, place) in places.iter().enumerate() {
        let quantity = &quantities[index];
        if headed::is_no_value(place, quantity, &mut facts) {
            announced = None;
            continue;
        }
        if let Some(change) = growth::read(&text, place, quantity) {
            announced = places.get(index + 1).filter(|next| growth::leads_to(&text, place, next)).map(|_| change);
            if announced.is_none() {
                previous.bind(&mut facts, place, change);
            }
            continue;
        }
        let announced = announced.take();
        previous.value(index, place);
        if !matches!(roles.at(quantity.span), Role::Result | Role::Responsibility | Role::Other)
            || place.superseded.is_some()
            || standing::is_per_unit(&text, place)
            || standing::is_plan(&text, place)
            || standing::is_of_another_year(&text, place, context.report_year)
        {
            continue;
        }
        let of_total = |total: usize| {
            facts.get(facts.partition_point(|fact| fact.quantity < total)).filter(|fact| fact.quantity == total)
        };
        let total_id = place.total.and_then(of_total).map(|fact| fact.entry);
        for matched in matching::best(&text, &words, place, quantity, catalogue, total_id) {
            let part_of =
                total_id.or_else(|| whole_of(catalogue, matched.entry).filter(|whole| stated.contains(whole)));
            stated.insert(matched.entry);
            facts.push(Fact::new(&text, place, (index, quantity), matched, part_of, context, catalogue));
        }
        if let Some(change) = announced {
            change.tell(&mut facts, index);
        }
    }
    headed::parts(&places, &mut facts);
    rank::order(facts, catalogue)
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
    indicator: Indicator,
}

impl Fact {
    fn new(
        text: &Reading,
        place: &Place,
        (index, quantity): (usize, &Quantity),
        matched: Matched,
        part_of: Option<usize>,
        context: &Context,
        catalogue: &Catalogue,
    ) -> Self {
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
        Self { quantity: index, entry: matched.entry, part_of, is_total, indicator }
    }
}
