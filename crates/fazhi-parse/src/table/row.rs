//! The rows of a table: each number with the headings that name it and the unit they state.

use std::ops::Range;

use fazhi_model::QuantityKind;

use super::align::{Shape, align};
use super::column::{Kind, Layout};
use super::glued::{self, Around};
use super::grid::{Block, Cell, Content, Line};
use super::heading::{self, Sort};
use super::said::{Said, Titles};
use crate::quantity::cell::{Figure, Measure};
use crate::quantity::reading::Reading;

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Nothing says that it is a part or a total.
    Own,
    /// Its row or its column is one of totals.
    Total,
    /// Its row is that of a body or a field, of which there may be others.
    OfBody,
}

/// A cell with a number, or with words about another time.
#[derive(Debug)]
pub(super) struct NumberCell {
    pub(super) range: Range<usize>,
    pub(super) figures: Vec<Figure>,
    /// Where its table and its row begin.
    pub(super) table: usize,
    pub(super) row: usize,
    pub(super) column: usize,
    /// The label of its row.
    pub(super) label: Option<Range<usize>>,
    /// The heading of its column.
    pub(super) name: Option<Range<usize>>,
    /// Headings that several rows or columns share, labels of groups and the title.
    pub(super) context: Vec<Range<usize>>,
    /// The unit that the table states for it.
    pub(super) measure: Option<Measure>,
    pub(super) sort: Sort,
    /// The years that its column, else its row, is about.
    pub(super) years: Vec<i32>,
    pub(super) title_years: Vec<i32>,
    pub(super) share: Share,
    pub(super) is_glued: bool,
    /// The row, not the column, is one of changes.
    pub(super) is_change_row: bool,
}

/// The cells of a table that hold numbers, in reading order.
pub(super) fn numbers(text: &Reading, block: &Block) -> Vec<NumberCell> {
    let layout = Layout::of(text, block);
    let mut table = Table::new(text, block, &layout);
    let mut found = Vec::new();
    for line in &block.lines[layout.first..] {
        if line.is_row() {
            table.read(line, &mut found);
        } else {
            table.between(line);
        }
    }
    found
}

struct Table<'a> {
    text: &'a Reading<'a>,
    layout: &'a Layout,
    kinds: Vec<Kind>,
    columns: Vec<Said>,
    /// The column of units that belongs to each column of numbers.
    unit_of: Vec<Option<usize>>,
    titles: Titles,
    start: usize,
    has_values: bool,
    /// Digits of the longest number in rows that lack no cell.
    longest: Option<usize>,
    /// The last heading of rows, with its unit.
    band: Option<(Range<usize>, Option<Measure>)>,
    /// The last cell of each column: merged cells are written in their first row only.
    labels: Vec<Option<Range<usize>>>,
    units: Vec<Option<Measure>>,
    /// The label last read.
    label: Option<(Range<usize>, Said)>,
}

impl<'a> Table<'a> {
    fn new(text: &'a Reading<'a>, block: &Block, layout: &'a Layout) -> Self {
        let kinds: Vec<Kind> = layout.columns.iter().map(|column| column.kind).collect();
        let columns: Vec<Said> = layout.columns.iter().map(|column| Said::by_column(text, column)).collect();
        let is_value = |(said, kind): (&Said, &Kind)| *kind == Kind::Number && said.sort == Sort::Value;
        Self {
            text,
            layout,
            has_values: columns.iter().zip(&kinds).any(is_value),
            unit_of: (0..kinds.len()).map(|column| nearest_units(&kinds, column)).collect(),
            titles: Titles::of(text, block, layout),
            start: block.lines[0].range.start,
            longest: longest(text, block, layout),
            band: None,
            labels: vec![None; kinds.len()],
            units: vec![None; kinds.len()],
            label: None,
            kinds,
            columns,
        }
    }

    /// A line between the rows names those below it; a note does not.
    fn between(&mut self, line: &Line) {
        let words = self.text.folded(line.range.clone());
        if !words.starts_with('注') && !heading::has(&words, "备注|说明:|来源:") {
            self.band = Some(heading::unit(self.text, &line.range));
        }
    }

    fn read(&mut self, line: &Line, found: &mut Vec<NumberCell>) {
        let shapes: Vec<Shape> = line.cells.iter().map(shape).collect();
        let places = align(&shapes, &self.kinds);
        self.carry(line, &places);
        let last = places.iter().copied().max().unwrap_or(0);
        let is_lost = |column: &usize| self.kinds[*column] == Kind::Number && places.binary_search(column).is_err();
        let lacks = Lacks { last, lost: (0..self.kinds.len()).filter(is_lost).count() };
        let width = self.kinds.len();
        for (cell, column) in line.cells.iter().zip(&places).filter(|(_, column)| **column < width) {
            let is_silent = self.columns[*column].sort != Sort::Value;
            let speaks = match &cell.content {
                Content::Number(_) | Content::Digits => self.kinds[*column] == Kind::Number,
                Content::Text => is_silent && cell.range.clone().any(|at| self.text.at(at).is_ascii_digit()),
                _ => false,
            };
            if speaks {
                let labels = self.labels_of(*column, &lacks);
                let label = labels.first().and_then(|chosen| self.labels[*chosen].clone());
                self.read_label(label.as_ref());
                found.extend(self.number(line, cell, *column, &lacks, &labels));
            }
        }
    }

    /// Notes the cells of a row; a merged cell stays, an empty one at the end does not.
    fn carry(&mut self, line: &Line, places: &[usize]) {
        let last = places.last().copied().unwrap_or(0);
        for column in 0..self.kinds.len() {
            let cell = places.binary_search(&column).ok().map(|at| &line.cells[at]);
            let is_merged = cell.map_or(column < last, |cell| cell.range.is_empty() && column == 0);
            if is_merged {
                continue;
            }
            let written = cell.filter(|cell| cell.content != Content::Blank);
            self.labels[column] = written.map(|cell| cell.range.clone());
            self.units[column] = written.and_then(|cell| match &cell.content {
                Content::Unit(measure) => Some(measure.clone()),
                _ => None,
            });
        }
    }

    fn read_label(&mut self, label: Option<&Range<usize>>) {
        if self.label.as_ref().map(|(range, _)| range) != label {
            self.label = label.map(|label| (label.clone(), Said::by_label(self.text, label)));
        }
    }

    fn number(&self, line: &Line, cell: &Cell, column: usize, lacks: &Lacks, labels: &[usize]) -> Option<NumberCell> {
        let nothing = Said::default();
        let label = self.label.as_ref().map_or(&nothing, |(_, said)| said);
        let heading = &self.columns[column];
        let measure = self.measure(column, heading, label);
        let figures = match &cell.content {
            Content::Number(figures) => figures.clone(),
            _ => Vec::new(),
        };
        let own = figures.first().and_then(|figure| figure.measure.as_ref()).or(measure.as_ref());
        let around = Around { label: &label.words, lost: lacks.lost, longest: self.longest, measure: own };
        let is_glued = heading.sort != Sort::NoAmount && glued::is_glued(self.text, cell, &around);
        let sort = self.sort(heading, label);
        if own.is_none() && !is_glued && sort == Sort::Value {
            return None;
        }
        let years = if heading.years.is_empty() { &label.years } else { &heading.years };
        Some(NumberCell {
            range: cell.range.clone(),
            figures,
            table: self.start,
            row: line.range.start,
            column,
            label: label.name.clone(),
            name: heading.name.clone(),
            context: self.context(column, labels),
            measure: measure.filter(|_| sort != Sort::NoAmount),
            sort,
            years: years.clone(),
            title_years: self.titles.years.clone(),
            share: self.share(heading, label, labels),
            is_glued,
            is_change_row: matches!(label.sort, Sort::Change(_)),
        })
    }

    fn share(&self, heading: &Said, label: &Said, labels: &[usize]) -> Share {
        let over = |chosen: &usize| heading::names_body(&label.words, &self.columns[*chosen].words);
        match labels.first() {
            _ if label.is_total || heading.is_total => Share::Total,
            Some(chosen) if over(chosen) => Share::OfBody,
            _ => Share::Own,
        }
    }

    fn sort(&self, heading: &Said, label: &Said) -> Sort {
        match heading.sort {
            _ if self.titles.is_elsewhen => Sort::Elsewhen,
            // Beside the values themselves a completion rate tells nothing of them.
            Sort::Progress if self.has_values => Sort::Elsewhen,
            Sort::Value | Sort::Progress => label.sort,
            other => other,
        }
    }

    /// What several rows or columns share: labels beside the first, headings above that of the column, titles.
    fn context(&self, column: usize, labels: &[usize]) -> Vec<Range<usize>> {
        let others = labels.iter().skip(1).filter_map(|at| self.labels[*at].as_ref());
        let band = self.band.iter().map(|(band, _)| band).filter(|band| !band.is_empty());
        let shared = self.layout.columns[column].above.iter().chain(band).chain(&self.titles.ranges);
        others.chain(shared).cloned().collect()
    }

    /// The column of the label that names the numbers of a column, and those of other labels that stand with it.
    fn labels_of(&self, column: usize, lacks: &Lacks) -> Vec<usize> {
        let written = |at: &usize| self.kinds[*at] == Kind::Label && self.labels[*at].is_some() && *at <= lacks.last;
        let Some(nearest) = (0..column).rev().find(written) else { return Vec::new() };
        let beside = (0..=nearest).rev().take_while(|at| self.kinds[*at] != Kind::Number);
        let mut labels: Vec<usize> = beside.filter(written).collect();
        if let Some(named) = labels.iter().position(|at| heading::names_labels(&self.columns[*at].words)) {
            labels.swap(0, named);
        }
        labels
    }

    /// The unit of a number without one: what stands nearest to it counts.
    fn measure(&self, column: usize, heading: &Said, label: &Said) -> Option<Measure> {
        let is_rate = |measure: &Measure| matches!(measure.kind, QuantityKind::Rate | QuantityKind::Points);
        // A column of shares or of changes has its own unit or none.
        if matches!(heading.sort, Sort::Change(_)) || heading.measure.as_ref().is_some_and(is_rate) {
            return heading.measure.clone();
        }
        if let Some(units) = self.unit_of[column] {
            return self.units[units].clone();
        }
        let band = self.band.as_ref().and_then(|(_, measure)| measure.as_ref());
        let stated = label.measure.as_ref().or(heading.measure.as_ref()).or(band).or(self.titles.measure.as_ref());
        let measure = stated.or(label.implied.as_ref()).or(heading.implied.as_ref())?;
        let is_share = label.is_share || heading.is_share;
        (!is_share || measure.kind != QuantityKind::Count).then(|| measure.clone())
    }
}

/// What a row does not have: columns behind its last cell, and columns of numbers.
struct Lacks {
    last: usize,
    lost: usize,
}

/// The nearest column of units, to the left where there are two.
fn nearest_units(kinds: &[Kind], column: usize) -> Option<usize> {
    (0..kinds.len()).filter(|at| kinds[*at] == Kind::Unit).min_by_key(|at| (at.abs_diff(column), *at))
}

fn shape(cell: &Cell) -> Shape {
    match cell.content {
        Content::Blank => Shape::Blank,
        Content::Text => Shape::Words,
        Content::Unit(_) => Shape::Unit,
        Content::Number(_) | Content::Digits => Shape::Number,
    }
}

fn longest(text: &Reading, block: &Block, layout: &Layout) -> Option<usize> {
    let whole = block.lines[layout.first..].iter().filter(|line| line.cells.len() >= layout.columns.len());
    let numbers = whole.flat_map(|line| &line.cells).filter(|cell| matches!(cell.content, Content::Number(_)));
    numbers.map(|cell| glued::digits(text, cell)).max()
}
