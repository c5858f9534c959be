//! Orders the values of one indicator: the one a reader would quote comes first.

use std::cmp::Reverse;
use std::collections::HashMap;

use fazhi_model::{Indicator, Scope};
use rust_decimal::Decimal;

use super::Fact;
use crate::catalogue::{Catalogue, IndicatorKind};

/// Drops repetitions of a value and ranks what is left; the result is in reading order.
pub(super) fn order(facts: Vec<Fact>, catalogue: &Catalogue) -> Vec<Indicator> {
    let mut kept: Vec<Fact> = Vec::with_capacity(facts.len());
    let mut seen: HashMap<(usize, Decimal, Option<Decimal>), usize> = HashMap::new();
    for fact in facts {
        // One value stated twice is one fact; growth told only beside the second is kept.
        let key = (fact.entry, fact.indicator.value, fact.indicator.max);
        if let Some(first) = seen.get(&key).map(|at| &mut kept[*at].indicator) {
            first.yoy_pct = first.yoy_pct.or(fact.indicator.yoy_pct);
            first.yoy_pp = first.yoy_pp.or(fact.indicator.yoy_pp);
        } else {
            seen.insert(key, kept.len());
            kept.push(fact);
        }
    }
    for entry in 0..catalogue.entries().len() {
        let mut of_entry: Vec<&mut Fact> = kept.iter_mut().filter(|fact| fact.entry == entry).collect();
        let counts = matches!(catalogue.entries()[entry].kind, IndicatorKind::Count | IndicatorKind::Amount);
        of_entry.sort_by_key(|fact| {
            let indicator = &fact.indicator;
            let size = counts.then_some(indicator.value);
            (
                fact.part_of.is_some_and(|of| of == entry),
                indicator.scope == Scope::Region,
                Reverse(fact.is_total),
                Reverse(size),
                fact.quantity,
            )
        });
        for (rank, fact) in (1..).zip(of_entry) {
            fact.indicator.rank = rank;
        }
    }
    kept.into_iter().map(|fact| fact.indicator).collect()
}
