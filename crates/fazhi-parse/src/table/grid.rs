//! Where tables stand in a text: runs of lines that are cut into cells, with the lines above them and between their rows.

use std::ops::Range;

use super::heading;
use crate::quantity::cell::{Figure, Measure, figures};
use crate::quantity::reading::Reading;

/// Rows with more cells than this are no table that a reader could follow.
pub(super) const MOST_COLUMNS: usize = 64;
/// Cells longer than this hold prose: the article stands in a layout table.
const LONGEST_CELL: usize = 100;
/// A line above a table or between its rows that may be a title, a caption or a heading of rows.
const LONGEST_TITLE: usize = 60;
/// The longest unit in parentheses: （万平方公里）.
const LONGEST_UNIT: usize = 8;
/// So many lines above a table are looked at.
const MOST_TITLES: usize = 3;
/// More lines than this between two rows part two tables.
const MOST_BETWEEN: usize = 2;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// Nothing, or a dash that stands for nothing.
    Blank,
    /// Words.
    Text,
    /// A unit alone.
    Unit(Measure),
    /// Figures, of which the first opens the cell.
    Number(Vec<Figure>),
    /// Digits that are no number: too many, or with a leading zero.
    Digits,
}

/// A cell without the blanks around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) range: Range<usize>,
    pub(super) content: Content,
}

/// A line of a table: a row, or a line of one cell between the rows.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) range: Range<usize>,
    pub(super) cells: Vec<Cell>,
}

impl Line {
    pub(super) fn is_row(&self) -> bool {
        self.cells.len() > 1
    }

    fn written(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.range.is_empty()).count()
    }

    pub(super) fn holds_number(&self) -> bool {
        self.cells.iter().any(|cell| matches!(cell.content, Content::Number(_) | Content::Digits))
    }
}

/// A table: its lines, and the short lines above the first row.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) titles: Vec<Range<usize>>,
    pub(super) lines: Vec<Line>,
}

/// The tables of a text in reading order, until `most` cells were seen.
pub(super) fn blocks(text: &Reading, most: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = Open::default();
    let mut cells = 0;
    for line in lines(text) {
        if cells >= most {
            break;
        }
        let mut line = cut(text, line);
        cells += line.cells.len();
        if let Some(begun) = goes_on(text, &line).then(|| open.take_broken()).flatten() {
            line = joined(text, begun, line);
        }
        let written = line.written();
        if written == 0 {
            continue;
        }
        let inside = !open.block.lines.is_empty();
        // Outside of tables a lone cell behind a tab is an indented line.
        if is_table(&line) && (inside && line.is_row() || written > 1) {
            if open.begins_anew(text, &line) {
                open.close(&mut blocks);
            }
            open.row(line);
        } else if written == 1 && is_short(text, &line.range) {
            open.between
                .push(Line { cells: line.cells.into_iter().filter(|cell| !cell.range.is_empty()).collect(), ..line });
            if open.between.len() > MOST_BETWEEN && inside {
                open.close(&mut blocks);
            }
        } else {
            open.close(&mut blocks);
            open.between.clear();
        }
    }
    open.close(&mut blocks);
    blocks
}

/// The table being read, and the short lines since its last row.
#[derive(Default)]
struct Open {
    block: Block,
    between: Vec<Line>,
    has_numbers: bool,
}

impl Open {
    fn row(&mut self, line: Line) {
        if self.block.lines.is_empty() {
            let first = self.between.len().saturating_sub(MOST_TITLES);
            self.block.titles.extend(self.between.drain(..).skip(first).map(|line| line.range));
        }
        self.has_numbers |= line.holds_number();
        self.block.lines.append(&mut self.between);
        self.block.lines.push(line);
    }

    /// A row of headings below rows of numbers opens another table.
    fn begins_anew(&self, text: &Reading, line: &Line) -> bool {
        let is_parted = || !self.between.is_empty() || heading::is_row_of_headings(text, line);
        self.has_numbers && is_heading(line) && is_parted()
    }

    /// The line above, to be read again with the one below it.
    fn take_broken(&mut self) -> Option<Line> {
        self.between.pop().or_else(|| self.block.lines.pop())
    }

    fn close(&mut self, blocks: &mut Vec<Block>) {
        let block = std::mem::take(&mut self.block);
        if std::mem::take(&mut self.has_numbers) {
            blocks.push(block);
        }
        let first = self.between.len().saturating_sub(MOST_TITLES);
        self.between.drain(..first);
    }
}

/// Whether a row can only be a heading: words, units and years in all its cells. A dash stands for a value.
pub(super) fn is_heading(line: &Line) -> bool {
    let years = line.cells.iter().filter_map(bare_year).collect::<Vec<_>>();
    let numbers = line.cells.iter().filter(|cell| matches!(cell.content, Content::Number(_) | Content::Digits)).count();
    let are_years = years.len() == numbers && numbers != 1 && years.windows(2).all(|two| two[0].abs_diff(two[1]) == 1);
    let has_words = line.cells.iter().any(|cell| matches!(cell.content, Content::Text | Content::Unit(_)));
    let has_dash = line.cells.iter().any(|cell| cell.content == Content::Blank && !cell.range.is_empty());
    are_years && has_words && !has_dash
}

/// The year that a cell of four digits may be.
pub(super) fn bare_year(cell: &Cell) -> Option<i32> {
    let Content::Number(figures) = &cell.content else { return None };
    let [figure] = figures.as_slice() else { return None };
    let year: i32 = figure.value.try_into().ok()?;
    ((1949..2100).contains(&year) && figure.measure.is_none() && figure.range == cell.range && cell.range.len() == 4)
        .then_some(year)
}

/// Whether a line begins with a unit in parentheses: a line break in the source has cut the heading 行政处罚（件） in two.
fn goes_on(text: &Reading, line: &Line) -> bool {
    let Some(first) = line.cells.first().filter(|cell| text.at(cell.range.start) == '(') else { return false };
    first.range.len() <= LONGEST_UNIT && matches!(content(text, &first.range), Content::Unit(_))
}

fn joined(text: &Reading, mut begun: Line, line: Line) -> Line {
    let mut rest = line.cells.into_iter();
    if let (Some(broken), Some(end)) = (begun.cells.last_mut(), rest.next()) {
        broken.range.end = end.range.end;
        broken.content = content(text, &broken.range);
    }
    begun.cells.extend(rest);
    begun.range.end = line.range.end;
    begun
}

fn is_table(line: &Line) -> bool {
    line.cells.len() <= MOST_COLUMNS && line.cells.iter().all(|cell| cell.range.len() <= LONGEST_CELL)
}

fn is_short(text: &Reading, line: &Range<usize>) -> bool {
    line.len() <= LONGEST_TITLE && !matches!(text.before(line.end), '。' | ';' | ',')
}

fn lines<'a>(text: &'a Reading<'_>) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut start = 0;
    std::iter::from_fn(move || {
        (start < text.len()).then(|| {
            let end = (start..text.len()).find(|at| text.at(*at) == '\n').unwrap_or(text.len());
            let line = start..end;
            start = end + 1;
            line
        })
    })
}

/// Cuts a line into cells; empty ones at its end are none. A line of one cell is that cell.
fn cut(text: &Reading, line: Range<usize>) -> Line {
    let mut cells = Vec::new();
    let mut start = line.start;
    for at in line.clone().filter(|at| text.ends_cell(*at)).chain([line.end]) {
        cells.push(trimmed(text, start..at));
        start = at + 1;
    }
    while cells.last().is_some_and(Range::is_empty) {
        cells.pop();
    }
    let is_row = (2..=MOST_COLUMNS).contains(&cells.len());
    let read =
        |range: Range<usize>| Cell { content: if is_row { content(text, &range) } else { Content::Text }, range };
    let range = trimmed(text, line);
    Line { range, cells: cells.into_iter().map(read).collect() }
}

fn trimmed(text: &Reading, range: Range<usize>) -> Range<usize> {
    let start = range.clone().find(|at| text.at(*at) != ' ').unwrap_or(range.end);
    let end = (start..range.end).rev().find(|at| text.at(*at) != ' ').map_or(start, |at| at + 1);
    start..end
}

fn content(text: &Reading, cell: &Range<usize>) -> Content {
    let all = |accept: fn(char) -> bool| cell.clone().all(|at| accept(text.at(at)));
    if all(|c| "-—/\\.·~*一无 ".contains(c)) && cell.len() <= 4 {
        return Content::Blank;
    }
    if cell.len() > LONGEST_CELL {
        return Content::Text;
    }
    let figures = figures(text, cell);
    if !figures.is_empty() {
        return Content::Number(figures);
    }
    if all(|c| c.is_ascii_digit()) {
        return Content::Digits;
    }
    let written = text.folded(cell.clone());
    let bare = written.strip_prefix('(').and_then(|unit| unit.strip_suffix(')')).unwrap_or(&written);
    Measure::read(bare).map_or(Content::Text, Content::Unit)
}
