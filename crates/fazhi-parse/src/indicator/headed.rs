//! Amounts of tables: their headings stand for the words around an amount of running text.

use std::collections::HashMap;
use std::ops::Range;

use fazhi_model::{Quantity, QuantityKind};

use super::Fact;
use super::growth::Change;
use super::place::Place;
use crate::table::{Headed, Says, Share};

/// Gives the amounts of tables the words of their headings.
pub(super) fn place(places: &mut [Place], headings: Vec<Option<Headed>>) {
    for (place, headed) in places.iter_mut().zip(headings) {
        let Some(headed) = headed else { continue };
        let start = place.amount.start;
        place.sentence =
            headed.near.first().filter(|near| near.start >= place.sentence.start).cloned().unwrap_or(start..start);
        place.clause = headed.near.first().cloned().unwrap_or(start..start);
        place.near = vec![headed.near.clone()];
        (place.after, place.later) = (place.amount.end..place.amount.end, place.amount.end..place.amount.end);
        place.behind = place.after.clone();
        place.lead = start..start;
        (place.total, place.respective, place.superseded, place.aside) = (None, None, None, false);
        place.headed = Some(headed);
    }
}

/// Whether an amount of a table states no value of its own; a change is added to the facts that its value states.
pub(super) fn is_no_value(place: &Place, quantity: &Quantity, facts: &mut [Fact]) -> bool {
    match place.headed.as_ref().map(|headed| headed.says) {
        Some(Says::Change { of, fell }) => {
            let relative = matches!(quantity.kind, QuantityKind::Rate | QuantityKind::Points);
            if let Some(of) = of.filter(|_| relative) {
                let value = if fell { -quantity.value.abs() } else { quantity.value };
                Change::new(value, quantity.kind == QuantityKind::Points).tell(facts, of);
            }
            true
        }
        Some(Says::Nothing) => true,
        Some(Says::Value) | None => false,
    }
}

/// Numbers beside a total of the same indicator in their table are parts of it, and so are those of several bodies where no
/// total is told: none of them is the publisher's own.
pub(super) fn parts(places: &[Place], facts: &mut [Fact]) {
    let headed = |fact: &Fact| places[fact.quantity].headed.as_ref();
    let mut totals: HashMap<(usize, usize), Totals> = HashMap::new();
    for (fact, headed) in facts.iter().filter_map(|fact| Some((fact, headed(fact)?))) {
        let totals = totals.entry((headed.table, fact.entry)).or_default();
        totals.told += usize::from(headed.share == Share::Total);
        totals.bodies += usize::from(headed.share == Share::OfBody);
    }
    for fact in facts {
        let Some(headed) = places[fact.quantity].headed.as_ref().filter(|headed| headed.share != Share::Total) else {
            continue;
        };
        let totals = &totals[&(headed.table, fact.entry)];
        if totals.told > 0 || headed.share == Share::OfBody && totals.bodies > 1 {
            fact.part_of.get_or_insert(fact.entry);
            fact.indicator.part_of.get_or_insert_with(|| fact.indicator.id.clone());
        }
    }
}

/// Facts of one indicator in one table: totals, and numbers of single bodies.
#[derive(Default)]
struct Totals {
    told: usize,
    bodies: usize,
}

/// The rest of the heading behind a word in it.
pub(super) fn rest(place: &Place, word: &Range<usize>) -> Option<Range<usize>> {
    let headed = place.headed.as_ref()?;
    let heading = headed.near.iter().find(|heading| heading.start <= word.start && word.end <= heading.end)?;
    Some(word.end..heading.end)
}

/// Words that were said for several rows or columns at once.
pub(super) fn context(place: &Place) -> &[Range<usize>] {
    place.headed.as_ref().map_or(&[], |headed| &headed.context)
}

pub(super) fn is_total(place: &Place) -> bool {
    place.headed.as_ref().is_some_and(|headed| headed.share == Share::Total)
}
