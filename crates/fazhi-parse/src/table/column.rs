//! The columns of a table: what they hold, and what the rows of headings say about them.

use std::ops::Range;

use super::align::{Shape, align};
use super::grid::{self, Block, Cell, Content, Line};
use super::heading;
use crate::quantity::cell::Measure;
use crate::quantity::reading::Reading;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Label,
    Remark,
    Unit,
    Number,
    Serial,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) kind: Kind,
    /// The heading right above its cells, without the unit.
    pub(super) name: Option<Range<usize>>,
    /// Headings above that one.
    pub(super) above: Vec<Range<usize>>,
    /// The unit that its headings state.
    pub(super) measure: Option<Measure>,
}

impl Column {
    fn new(kind: Kind) -> Self {
        Self { kind, name: None, above: Vec::new(), measure: None }
    }

    /// All its headings, the topmost first.
    pub(super) fn words(&self, text: &Reading) -> String {
        let mut words: Vec<String> =
            self.above.iter().chain(&self.name).map(|range| text.folded(range.clone())).collect();
        words.dedup();
        words.join(" ")
    }
}

/// The columns, the line where the rows of numbers begin, and headings of which it is not known what they cover.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    pub(super) first: usize,
    pub(super) loose: Vec<Range<usize>>,
}

impl Layout {
    pub(super) fn of(text: &Reading, block: &Block) -> Self {
        let until = block.lines.iter().position(|line| line.is_row() && !grid::is_heading(line)).unwrap_or(0);
        let headings: Vec<usize> = (0..until).filter(|at| block.lines[*at].is_row()).collect();
        let width = width(block, &headings);
        let chosen = chosen(text, block, &headings, width);
        let first = chosen.last().map_or(0, |last| last + 1);
        let rows: Vec<&Line> = chosen.iter().map(|at| &block.lines[*at]).collect();
        let mut layout = Self { columns: Vec::new(), first, loose: Vec::new() };
        layout.columns = (0..width)
            .map(|at| {
                let heading = whole_heading(text, &rows, width, at).map(|cell| cell.range.clone());
                Column::new(kind(text, &block.lines[first..], width, at, heading.as_ref()))
            })
            .collect();
        layout.read_headings(text, &rows);
        layout
    }

    fn read_headings(&mut self, text: &Reading, rows: &[&Line]) {
        let width = self.columns.len();
        for (at, row) in rows.iter().enumerate() {
            let below = rows.get(at + 1).filter(|row| !is_of_units(text, row));
            match below {
                Some(below) if row.cells.len() < width => self.read_groups(text, row, below),
                _ => {
                    let above = at.checked_sub(1).map(|above| rows[above]).filter(|above| above.cells.len() < width);
                    self.read_bottom(text, row, above);
                }
            }
        }
    }

    /// Headings that each cover some of those below: those are repeated under each of them, or there is only one.
    fn read_groups(&mut self, text: &Reading, row: &Line, below: &Line) {
        let split = Split::of(text, row, below, self.columns.len());
        let last = self.columns.len() - split.trailing;
        let behind = row.cells.iter().skip(row.cells.len() - split.trailing).zip(last..);
        for (cell, column) in row.cells.iter().take(split.leading).zip(0..).chain(behind) {
            self.name(text, column, cell);
        }
        let groups = &row.cells[split.leading..row.cells.len() - split.trailing];
        let covered = self.columns.len() - split.leading - split.trailing;
        let even = !groups.is_empty()
            && covered.is_multiple_of(groups.len())
            && is_periodic(text, below, covered / groups.len());
        if !even {
            self.loose.extend(groups.iter().map(|cell| cell.range.clone()));
            return;
        }
        let reach = covered / groups.len();
        for at in 0..covered {
            let (name, measure) = heading::unit(text, &groups[at / reach].range);
            let column = &mut self.columns[split.leading + at];
            column.above.push(name);
            column.measure = measure.or(column.measure.take());
        }
    }

    fn read_bottom(&mut self, text: &Reading, row: &Line, above: Option<&Line>) {
        let width = self.columns.len();
        let split = above.map(|above| Split::of(text, above, row, width)).filter(|_| row.cells.len() < width);
        let places: Vec<usize> = match split {
            Some(split) if row.cells.len() + split.leading + split.trailing == width => {
                (split.leading..split.leading + row.cells.len()).collect()
            }
            _ => {
                let shapes: Vec<Shape> = row.cells.iter().map(|cell| shape_of_heading(text, cell)).collect();
                let kinds: Vec<Kind> = self.columns.iter().map(|column| column.kind).collect();
                align(&shapes, &kinds)
            }
        };
        for (cell, column) in row.cells.iter().zip(places).filter(|(_, column)| *column < width) {
            self.name(text, column, cell);
        }
    }

    fn name(&mut self, text: &Reading, column: usize, cell: &Cell) {
        let column = &mut self.columns[column];
        if let Content::Unit(measure) = &cell.content
            && column.kind != Kind::Unit
        {
            column.measure = Some(measure.clone());
            return;
        }
        let (name, measure) = heading::unit(text, &cell.range);
        column.measure = measure.or(column.measure.take());
        if !name.is_empty() {
            column.above.extend(column.name.replace(name));
        }
    }
}

/// How many cells of a row of group headings at either end cover one column each, down to the rows of numbers.
struct Split {
    leading: usize,
    trailing: usize,
}

impl Split {
    fn of(text: &Reading, row: &Line, below: &Line, width: usize) -> Self {
        let alone = width.saturating_sub(below.cells.len()).min(row.cells.len().saturating_sub(1));
        let is_remark = |cell: &Cell| heading::is_remark(&text.folded(cell.range.clone()));
        let trailing = row.cells.iter().rev().take(alone).take_while(|cell| is_remark(cell)).count();
        Self { leading: alone - trailing, trailing }
    }
}

/// The heading of a column as far as it is known before the columns are: in a row that names them all, or beside groups.
fn whole_heading<'a>(text: &Reading, rows: &[&'a Line], width: usize, at: usize) -> Option<&'a Cell> {
    if let Some(full) = rows.iter().rev().find(|row| row.cells.len() == width) {
        return full.cells.get(at);
    }
    let (top, below) = (rows.first()?, rows.get(1)?);
    let split = Split::of(text, top, below, width);
    let behind = (at + split.trailing).checked_sub(width).map(|behind| top.cells.len() - split.trailing + behind);
    if at < split.leading { top.cells.get(at) } else { top.cells.get(behind?) }
}

/// Whether the headings of a row repeat after every `period` cells.
fn is_periodic(text: &Reading, row: &Line, period: usize) -> bool {
    let words: Vec<String> = row.cells.iter().map(|cell| text.folded(cell.range.clone())).collect();
    period > 0 && (words.len() <= period || (period..words.len()).all(|at| words[at] == words[at - period]))
}

/// The number of columns: that of most rows, or of the widest row of headings.
fn width(block: &Block, headings: &[usize]) -> usize {
    let mut counts = [0_usize; grid::MOST_COLUMNS + 1];
    let first = headings.last().map_or(0, |last| last + 1);
    for line in block.lines[first..].iter().filter(|line| line.is_row()) {
        counts[line.cells.len()] += 1;
    }
    let common = (2..counts.len()).max_by_key(|cells| (counts[*cells], *cells)).filter(|cells| counts[*cells] > 0);
    headings.iter().map(|at| block.lines[*at].cells.len()).chain(common).max().unwrap_or(2)
}

/// The rows that are headings of the columns: the one that names them all with those above it, and one of units below.
fn chosen(text: &Reading, block: &Block, headings: &[usize], width: usize) -> Vec<usize> {
    let row = |at: &usize| &block.lines[*at];
    let names = |at: &&usize| row(at).cells.len() == width && !is_of_units(text, row(at));
    let full = headings.iter().rposition(|at| names(&at) && heading::is_row_of_headings(text, row(at)));
    let full = full.or_else(|| headings.iter().position(|at| names(&at)));
    let (from, to) = match full {
        Some(full) => {
            (full - headings[..full].iter().rev().take(2).take_while(|at| row(at).cells.len() < width).count(), full)
        }
        None => (headings.len().saturating_sub(2), headings.len().saturating_sub(1)),
    };
    let units = headings.get(to + 1).filter(|at| is_of_units(text, row(at)));
    headings.get(from..=to).unwrap_or_default().iter().chain(units).copied().collect()
}

fn is_of_units(text: &Reading, row: &Line) -> bool {
    let is_unit = |cell: &Cell| matches!(cell.content, Content::Unit(_));
    row.cells.iter().any(is_unit)
        && row.cells.iter().all(|cell| {
            is_unit(cell) || cell.content == Content::Blank || heading::names_units(&text.folded(cell.range.clone()))
        })
}

/// What a column is: what most cells of its full rows are, else what its heading says.
fn kind(text: &Reading, lines: &[Line], width: usize, at: usize, heading: Option<&Range<usize>>) -> Kind {
    let cells: Vec<&Cell> =
        lines.iter().filter(|line| line.is_row() && line.cells.len() == width).map(|line| &line.cells[at]).collect();
    let words = heading.map_or(String::new(), |heading| text.folded(heading.clone()));
    let count = |of: fn(&Content) -> bool| cells.iter().filter(|cell| of(&cell.content)).count();
    let numbers = count(|content| matches!(content, Content::Number(_) | Content::Digits));
    let units = count(|content| matches!(content, Content::Unit(_)));
    let texts = count(|content| matches!(content, Content::Text));
    let has_unit = heading.is_some_and(|heading| heading::unit(text, heading).1.is_some());
    if heading::is_serial(&words) {
        Kind::Serial
    } else if heading::is_remark(&words) && numbers <= texts {
        Kind::Remark
    } else if numbers + units + texts == 0 {
        kind_by_words(&words, has_unit)
    } else if numbers >= units.max(texts) {
        kind_of_numbers(&cells, at, &words, has_unit)
    } else if units >= texts {
        Kind::Unit
    } else {
        Kind::Label
    }
}

fn kind_by_words(words: &str, has_unit: bool) -> Kind {
    match () {
        () if heading::names_units(words) => Kind::Unit,
        () if has_unit && !heading::names_labels(words) || heading::names_values(words) => Kind::Number,
        () => Kind::Label,
    }
}

/// Numbers in the first column may number the rows, or be the years the rows are about.
fn kind_of_numbers(cells: &[&Cell], at: usize, words: &str, has_unit: bool) -> Kind {
    if at > 0 || has_unit {
        return Kind::Number;
    }
    let years = cells.iter().filter(|cell| grid::bare_year(cell).is_some()).count();
    if years == cells.len() && (years > 1 || heading::has(words, "年|时间|时期")) {
        return Kind::Label;
    }
    let counts_rows = cells.iter().zip(1_u32..).all(|(cell, row)| {
        matches!(&cell.content, Content::Number(figures) if figures[0].value == row.into() && figures[0].measure.is_none())
    });
    if counts_rows && cells.len() > 1 && heading::is_generic(words) { Kind::Serial } else { Kind::Number }
}

/// What a heading says the cells below it look like.
fn shape_of_heading(text: &Reading, cell: &Cell) -> Shape {
    let words = text.folded(cell.range.clone());
    if heading::names_units(&words) {
        return Shape::Unit;
    }
    if heading::is_serial(&words) {
        return Shape::Serial;
    }
    if heading::is_remark(&words) {
        return Shape::Remark;
    }
    let has_unit = heading::unit(text, &cell.range).1.is_some();
    match kind_by_words(&words, has_unit) {
        Kind::Number => Shape::Number,
        _ if words.is_empty() => Shape::Blank,
        _ => Shape::Words,
    }
}
