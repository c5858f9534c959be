//! Amounts of tables: their headings stand for the words around an amount of running text.

use std::ops::Range;

use fazhi_model::{Quantity, QuantityKind};

use super::Fact;
use super::growth::Change;
use super::place::Place;
use crate::table::{Headed, Says};

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
    place.headed.as_ref().is_some_and(|headed| headed.is_total)
}
