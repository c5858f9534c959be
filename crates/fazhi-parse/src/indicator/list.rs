//! Amounts that belong together: lists after 分别, and a total with its parts after 其中.

use std::ops::Range;

use fazhi_model::Quantity;
use rust_decimal::Decimal;

use super::place::{Place, Respective, clause_before, find_last, split_names, strip};
use crate::quantity::reading::Reading;

/// Longest name that is a verb alone.
const BARE: usize = 6;
/// How many amounts back a list may begin.
const LONGEST_LIST: usize = 32;

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
            && let Some(word) = ["分别", "依次"].iter().find_map(|word| find_last(text, &clause, word))
        {
            let mut names = split_names(text, &(clause.start..word));
            if names.is_empty() {
                let head = clause_before(text, &clause, &places[first].sentence, None);
                names = split_names(text, &head);
            }
            let verb = word + 2..places[first].amount.start;
            for index in 0..count {
                places[first + index].respective = Some(Respective { index, count });
            }
            if names.len() >= count {
                let names = &names[names.len() - count..];
                for (place, name) in places[first..first + count].iter_mut().zip(names) {
                    answer_to(place, name, names, &verb);
                }
            }
        }
        first += count;
    }
}

/// The i-th amount answers to the i-th name. A bare verb shares what the first name says before its own verb (规范性文件保留、
/// 修改、废止) and what the last says behind it (新办、注销执法证件); the other names are none of its business.
fn answer_to(place: &mut Place, name: &Range<usize>, names: &[Range<usize>], verb: &Range<usize>) {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return };
    let bare = |other: &Range<usize>| name.len() <= BARE && other.len() > name.len() + 1;
    let mut near = vec![name.clone(), verb.clone()];
    if bare(last) {
        near.push(last.start + name.len()..last.end);
    }
    place.near = vec![near];
    place.sentence.end = if bare(first) { first.end } else { first.start.max(place.sentence.start) };
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
            let before = || {
                (0..index).rev().take(LONGEST_LIST).take_while(|&i| places[i].amount.end > places[index].sentence.start)
            };
            let total = before()
                .find(|&i| sort(&quantities[i]) == sort(&quantities[index]))
                .or_else(|| before().find(|&i| sort(&quantities[i]) != "%"))
                .unwrap_or(index - 1);
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

/// Amounts whose sum the sentence then tells (85件、190件、263件,共538件) are its parts.
pub(super) fn parts_told_first(text: &Reading, quantities: &[Quantity], places: &mut [Place]) {
    for index in 2..places.len() {
        let gap = places[index - 1].amount.end..places[index].amount.start;
        let one_sentence = places[index].sentence.start < places[index - 1].amount.end;
        if !one_sentence || !["共", "合计", "总计", "总数"].iter().any(|word| find_last(text, &gap, word).is_some())
        {
            continue;
        }
        let sentence = places[index].sentence.start;
        let mut sum = Decimal::ZERO;
        for first in (0..index).rev().take(LONGEST_LIST) {
            if places[first].amount.start < sentence || sort(&quantities[first]) != sort(&quantities[index]) {
                break;
            }
            sum += quantities[first].value;
            if sum == quantities[index].value && first + 1 < index {
                for place in &mut places[first..index] {
                    place.total.get_or_insert(index);
                }
                // 刑事、民事案件分别215件、489件,合计704件: the list says what is added up.
                let named = places[first].sentence.start..places[first].clause.end;
                if strip(&text.folded(gap.clone())).chars().count() < 2
                    && let Some(near) = places[index].near.first_mut()
                {
                    near.push(named);
                }
            }
            if sum >= quantities[index].value {
                break;
            }
        }
    }
}

/// 件 and 件次 add up, 件 and 人 do not.
fn sort(quantity: &Quantity) -> &str {
    quantity.unit_canonical.strip_suffix('次').filter(|unit| !unit.is_empty()).unwrap_or(&quantity.unit_canonical)
}
