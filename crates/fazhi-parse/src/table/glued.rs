//! Cells in which several numbers run together because the borders between them were lost.
//!
//! Such a run reads like one large number and is none. It is told by what surrounds it, by any of these:
//!
//! - The row's label lists three or more names parted by blanks, and the run has a digit for each of them and two to spare,
//!   because not all of the numbers have one digit.
//! - It counts things, its row lacks cells that other rows have, it has a digit for each of them, and it is longer by three
//!   digits or more than any number of a whole row.
//! - It has nine digits or more and counts things: a hundred million of them would be written with 亿, or in groups.
//! - It begins with a zero, or is longer than any number.

use fazhi_model::QuantityKind;

use super::grid::{Cell, Content};
use crate::quantity::cell::Measure;
use crate::quantity::reading::Reading;

const MOST_DIGITS_COUNTED: usize = 8;
const MOST_DIGITS_MEASURED: usize = 12;
/// So much longer than any other number of its table is implausible.
const LONGER: usize = 3;
/// A shorter run that begins with a zero numbers something.
const SHORTEST: usize = 3;

/// What stands around a run of digits.
pub(super) struct Around<'a> {
    /// The label of its row.
    pub(super) label: &'a str,
    /// Columns of numbers in which its row has no cell.
    pub(super) lost: usize,
    /// Digits of the longest number in the whole rows of its table.
    pub(super) longest: Option<usize>,
    /// The unit it would have.
    pub(super) measure: Option<&'a Measure>,
}

pub(super) fn is_glued(text: &Reading, cell: &Cell, around: &Around<'_>) -> bool {
    let digits = digits(text, cell);
    if digits == 0 {
        return false;
    }
    let names = around.label.split_whitespace().filter(|name| name.chars().count() > 1).count();
    if names >= 3 && digits >= names + 2 {
        return true;
    }
    let Some(measure) = around.measure else { return false };
    let counts = measure.kind == QuantityKind::Count;
    let most = if counts { MOST_DIGITS_COUNTED } else { MOST_DIGITS_MEASURED };
    let is_longest = around.longest.is_some_and(|longest| digits >= longest + LONGER);
    digits > most
        || cell.content == Content::Digits && digits >= SHORTEST
        || counts && around.lost > 0 && digits > around.lost && is_longest
}

/// The digits of a cell that holds nothing else but a unit; none where they are grouped or have a point.
pub(super) fn digits(text: &Reading, cell: &Cell) -> usize {
    let digits = cell.range.clone().take_while(|at| text.at(*at).is_ascii_digit()).count();
    let next = cell.range.start + digits;
    let goes_on = next < cell.range.end && matches!(text.at(next), ',' | '.' | '万' | '亿' | '-' | '余' | '多');
    if goes_on { 0 } else { digits }
}
