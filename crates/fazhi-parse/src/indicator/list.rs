//! Amounts that belong together: lists after 分别, and a total with its parts after 其中.

use fazhi_model::Quantity;
use rust_decimal::Decimal;

use super::place::{Place, Respective, clause_before, find_last, split_names};
use crate::quantity::reading::Reading;

/// Distributes 行政处罚、行政检查分别办理120件、340次 by position.
pub(super) fn respective(text: &Reading, places: &mut [Place]) {
    let mut first = 0;
    while first < places.len() {
        let mut count = 1;
        while first + count < places.len() && joins(text, &places[first + count - 1], &places[first + count]) {
            count += 1;
        }
        let clause = places[first].clause.clone();
        if count > 1
            && let Some(word) = find_last(text, &clause, "分别")
        {
            let mut names = split_names(text, &(clause.start..word));
            if names.is_empty() {
                let head = clause_before(text, &clause, &places[first].sentence, None);
                names = split_names(text, &head);
            }
            let verb = word + 2..places[first].amount.start;
            for index in 0..count {
                let place = &mut places[first + index];
                place.respective = Some(Respective { index, count });
                if names.len() >= count {
                    place.near = vec![vec![names[names.len() - count + index].clone(), verb.clone()]];
                    place.sentence.end = place.amount.start;
                }
            }
        }
        first += count;
    }
}

/// Whether only a joint stands between two amounts.
fn joins(text: &Reading, left: &Place, right: &Place) -> bool {
    let between = text.folded(left.amount.end..right.amount.start);
    let between = between.trim();
    let bare = ["增长", "下降", "上升", "减少", "增加", "提高", "降低"]
        .iter()
        .find_map(|word| between.strip_suffix(word))
        .unwrap_or(between);
    matches!(bare, "、" | "和" | "," | "及" | "与" | "以及")
}

/// Amounts after 其中 that do not exceed the amount before it are its parts.
pub(super) fn parts(text: &Reading, quantities: &[Quantity], places: &mut [Place]) {
    let mut group: Option<(usize, usize, Decimal)> = None; // place of 其中, total, sum of the parts so far
    for index in 1..places.len() {
        let gap = places[index - 1].amount.end.max(places[index].sentence.start)..places[index].amount.start;
        if places[index].sentence.start >= places[index - 1].amount.end {
            group = None;
        }
        let opened = ["其中", "包括", "(含", ",含"].iter().find_map(|word| find_last(text, &gap, word));
        if let Some(at) = opened.filter(|_| places[index].sentence.start < places[index - 1].amount.end) {
            let total = (0..index).rev().take(32).find(|&i| sort(&quantities[i]) != "%").unwrap_or(index - 1);
            group = (places[total].amount.start >= places[index].sentence.start).then_some((at, total, Decimal::ZERO));
        }
        let Some((_, total, sum)) = group.as_mut() else { continue };
        let same_sort = sort(&quantities[index]) == sort(&quantities[*total]);
        if !same_sort {
            continue;
        }
        if *sum + quantities[index].value > quantities[*total].value {
            group = None;
            continue;
        }
        *sum += quantities[index].value;
        places[index].total = Some(*total);
    }
}

/// 件 and 件次 add up, 件 and 人 do not.
fn sort(quantity: &Quantity) -> &str {
    quantity.unit_canonical.strip_suffix('次').filter(|unit| !unit.is_empty()).unwrap_or(&quantity.unit_canonical)
}
