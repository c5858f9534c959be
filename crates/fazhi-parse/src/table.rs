//! Tables in the text of a report: numbers whose noun and unit stand in the headings of their rows and columns.
//!
//! The body holds a table as lines of cells parted by tabs, merged cells written once. [`grid`] finds those lines,
//! [`column`] tells headings from numbers and labels from units, [`align`] finds the columns of short rows, [`said`] works
//! out what headings say, and [`row`] gathers for each number the headings that name it. [`scan`] adds the numbers that have
//! a unit somewhere to the amounts of running text; [`headings`] tells which words each amount answers to. A number whose unit
//! nobody states is no amount, and [`glued`] numbers are refused.

mod align;
mod binding;
mod column;
mod glued;
mod grid;
mod heading;
mod row;
mod said;

use std::ops::Range;

use fazhi_model::{Issue, Quantity, Severity};

use crate::quantity::cell::{Figure, Measure, scaled};
use crate::quantity::reading::Reading;
use crate::quantity::{self, MAX_QUANTITIES};

pub(crate) use binding::{Headed, Says, headings};
use row::NumberCell;
pub(crate) use row::Share;

/// Tables are read up to so many cells of one text; reports have some hundreds.
const MOST_CELLS: usize = 50_000;
/// So many glued cells are told one by one.
const MOST_ISSUES: usize = 20;
/// Longest part of a cell that an issue quotes.
const LONGEST_QUOTE: usize = 40;

/// Every amount of a text with tables, in reading order, and the cells that were refused.
pub(crate) struct Scan {
    pub(crate) quantities: Vec<Quantity>,
    pub(crate) issues: Vec<Issue>,
}

/// The amounts of running text and of tables, at most [`MAX_QUANTITIES`].
pub(crate) fn scan(body: &str) -> Scan {
    let scanned = quantity::scan(body);
    let text = Reading::new(body);
    let tables = Tables::read(&text);
    if tables.rows.is_empty() {
        return Scan { quantities: scanned, issues: Vec::new() };
    }
    let kept = tables.keep_whole(&text, scanned);
    let ranges: Vec<Range<usize>> = kept.iter().map(|quantity| text.range(quantity.span)).collect();
    let mut added = Vec::new();
    for cell in tables.cells.iter().filter(|cell| !cell.is_glued) {
        let is_read = |figure: &&Figure| !overlaps(&ranges, &figure.range);
        added.extend(cell.figures.iter().filter(is_read).filter_map(|figure| amount(&text, cell, figure)));
    }
    let mut quantities = kept;
    quantities.extend(added);
    quantities.sort_by_key(|quantity| quantity.span);
    quantities.truncate(MAX_QUANTITIES);
    Scan { quantities, issues: tables.issues(&text) }
}

/// What the tables of a text hold.
struct Tables {
    rows: Vec<Range<usize>>,
    cells: Vec<NumberCell>,
}

impl Tables {
    fn read(text: &Reading) -> Self {
        let mut tables = Self { rows: Vec::new(), cells: Vec::new() };
        if (0..text.len()).any(|at| text.ends_cell(at)) {
            for block in grid::blocks(text, MOST_CELLS) {
                tables.cells.extend(row::numbers(text, &block));
                tables.rows.extend(block.lines.into_iter().filter(grid::Line::is_row).map(|row| row.range));
            }
        }
        tables
    }

    /// Leaves out what was read across the border of two cells (`3` of one, `件数` of the next) and what stands in glued ones.
    fn keep_whole(&self, text: &Reading, scanned: Vec<Quantity>) -> Vec<Quantity> {
        let glued: Vec<Range<usize>> =
            self.cells.iter().filter(|cell| cell.is_glued).map(|cell| cell.range.clone()).collect();
        let is_whole = |quantity: &Quantity| {
            let range = text.range(quantity.span);
            let crosses = range.clone().any(|at| text.ends_cell(at)) && overlaps(&self.rows, &range);
            !crosses && !overlaps(&glued, &range)
        };
        scanned.into_iter().filter(is_whole).collect()
    }

    fn issues(&self, text: &Reading) -> Vec<Issue> {
        let quote = |range: &Range<usize>| -> String { text.raw(range.clone()).chars().take(LONGEST_QUOTE).collect() };
        let glued = self.cells.iter().filter(|cell| cell.is_glued);
        let told = glued.clone().take(MOST_ISSUES).map(|cell| {
            let label = cell.label.as_ref().map_or(String::new(), |label| format!(" behind `{}`", quote(label)));
            format!("`{}`{label} is more than one number", quote(&cell.range))
        });
        let rest = glued.count().saturating_sub(MOST_ISSUES);
        let rest = (rest > 0).then(|| format!("{rest} more cells hold more than one number each"));
        told.chain(rest).map(|detail| Issue::interpret(Severity::Warning, "glued_cells", detail)).collect()
    }
}

/// Whether one of the ranges, which are in order and apart, shares a place with `range`.
fn overlaps(ranges: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = ranges.partition_point(|other| other.end <= range.start);
    ranges.get(next).is_some_and(|other| other.start < range.end)
}

/// The amount that a figure is with the unit in its cell or else in the headings.
fn amount(text: &Reading, cell: &NumberCell, figure: &Figure) -> Option<Quantity> {
    let measure: &Measure = figure.measure.as_ref().or(cell.measure.as_ref())?;
    let (value, max) = scaled(figure, measure)?;
    let names = cell.label.iter().chain(&cell.name).map(|range| text.folded(range.clone()));
    let subject = names.filter(|name| !heading::is_generic(name)).collect::<Vec<_>>().join(" ");
    Some(Quantity {
        text: text.raw(figure.range.clone()).to_owned(),
        value,
        max,
        unit: measure.written.clone(),
        unit_canonical: measure.canonical.clone(),
        precision: figure.precision,
        kind: measure.kind,
        subject: Some(subject).filter(|subject| !subject.is_empty()),
        span: text.span(&figure.range),
        sentence: text.raw(quantity::sentence(text, &figure.range)).trim().to_owned(),
    })
}
