//! The rows of a table: each number with the headings that name it and the unit they state.

use std::ops::Range;

use fazhi_model::QuantityKind;

use super::align::{Shape, align};
use super::column::{Column, Kind, Layout};
use super::glued::{self, Around};
use super::grid::{Block, Cell, Content, Line};
use super::heading::{self, Sort};
use crate::quantity::cell::{Figure, Measure};
use crate::quantity::reading::Reading;

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
    pub(super) is_total: bool,
    pub(super) is_glued: bool,
    /// The heading of the column speaks of a fall: 降幅.
    pub(super) fell: bool,
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
    /// The words and the sort of each column.
    headings: Vec<(String, Sort)>,
    start: usize,
    /// Titles without their units, and the unit that holds for the whole table.
    titles: Vec<Range<usize>>,
    measure: Option<Measure>,
    title_years: Vec<i32>,
    is_plan: bool,
    has_values: bool,
    longest: Option<usize>,
    /// The last heading of rows, with its unit.
    band: Option<(Range<usize>, Option<Measure>)>,
    /// The last cell of each column: merged cells are written in their first row only.
    labels: Vec<Option<Range<usize>>>,
    units: Vec<Option<Measure>>,
}

impl<'a> Table<'a> {
    fn new(text: &'a Reading<'a>, block: &Block, layout: &'a Layout) -> Self {
        let width = layout.columns.len();
        let titles: Vec<_> = block.titles.iter().map(|title| heading::unit(text, title)).collect();
        let corner = layout.columns.iter().filter(|column| column.kind == Kind::Label);
        let corner = corner.filter_map(|column| column.measure.clone()).next();
        let captions: String = titles.iter().map(|(title, _)| text.folded(title.clone()) + "\n").collect();
        let says: Vec<&str> = captions.lines().filter(|line| heading::has(line, "表|情况|统计|数据")).collect();
        let headings: Vec<(String, Sort)> = layout
            .columns
            .iter()
            .map(|column| column.words(text))
            .map(|words| (words.clone(), heading::sort(&words)))
            .collect();
        let loose = layout.loose.iter().map(|range| text.folded(range.clone()));
        let unclear =
            loose.into_iter().any(|words| heading::sort(&words) != Sort::Value || !heading::years(&words).is_empty());
        Self {
            text,
            layout,
            kinds: layout.columns.iter().map(|column| column.kind).collect(),
            has_values: headings.iter().zip(&layout.columns).any(|((words, sort), column)| {
                column.kind == Kind::Number && *sort == Sort::Value && !heading::is_progress(words)
            }),
            headings,
            start: block.lines[0].range.start,
            measure: corner.or_else(|| titles.iter().rev().find_map(|(_, measure)| measure.clone())),
            title_years: says.iter().flat_map(|line| heading::years(line)).collect(),
            is_plan: unclear || says.iter().any(|line| heading::is_title_of_plan(line)),
            titles: titles.into_iter().map(|(title, _)| title).filter(|title| !title.is_empty()).collect(),
            longest: longest(text, block, layout),
            band: None,
            labels: vec![None; width],
            units: vec![None; width],
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
        let lost = (0..self.kinds.len())
            .filter(|column| self.kinds[*column] == Kind::Number && !places.contains(column))
            .count();
        for (cell, column) in line.cells.iter().zip(&places).filter(|(_, column)| **column < self.kinds.len()) {
            let is_silent = self.headings[*column].1 != Sort::Value;
            let speaks = match &cell.content {
                Content::Number(_) | Content::Digits => self.kinds[*column] == Kind::Number,
                Content::Text => is_silent && cell.range.clone().any(|at| self.text.at(at).is_ascii_digit()),
                _ => false,
            };
            if speaks {
                found.extend(self.number(line, cell, *column, &Short { last, lost }));
            }
        }
    }

    /// Notes the cells of a row; a merged cell stays, an empty one at the end does not.
    fn carry(&mut self, line: &Line, places: &[usize]) {
        let last = places.last().copied().unwrap_or(0);
        for column in 0..self.kinds.len() {
            let cell = places.iter().position(|place| *place == column).map(|at| &line.cells[at]);
            let is_merged = cell.map_or(column < last, |cell| cell.range.is_empty() && column == 0);
            if is_merged {
                continue;
            }
            self.labels[column] = cell
                .filter(|cell| !cell.range.is_empty() && !matches!(cell.content, Content::Blank))
                .map(|cell| cell.range.clone());
            self.units[column] = cell.and_then(|cell| match &cell.content {
                Content::Unit(measure) => Some(measure.clone()),
                _ => None,
            });
        }
    }

    fn number(&self, line: &Line, cell: &Cell, column: usize, short: &Short) -> Option<NumberCell> {
        let text = self.text;
        let heading = &self.layout.columns[column];
        let (words, sort) = &self.headings[column];
        let (label, mut context) = self.label(column, short);
        let label_words = label.as_ref().map_or(String::new(), |label| text.folded(label.clone()));
        let row_sort = heading::sort_of_row(&label_words);
        let (name, row_measure) = label.map_or((None, None), |label| {
            let (name, measure) = heading::unit(text, &label);
            (Some(name).filter(|name| !name.is_empty()), measure)
        });
        let measure = self.measure(heading, words, column, (&label_words, row_measure));
        let figures = match &cell.content {
            Content::Number(figures) => figures.clone(),
            _ => Vec::new(),
        };
        let own = figures.first().and_then(|figure| figure.measure.as_ref()).or(measure.as_ref());
        let around = Around { label: &label_words, lost: short.lost, longest: self.longest, measure: own };
        let sort = match (sort, row_sort) {
            _ if self.is_plan => Sort::Elsewhen,
            (Sort::Value, _) if heading::is_progress(words) && self.has_values => Sort::Elsewhen,
            (Sort::Value, row) => row,
            (sort, _) => *sort,
        };
        context.extend(heading.above.iter().cloned());
        context.extend(self.band.iter().map(|(band, _)| band.clone()).filter(|band| !band.is_empty()));
        context.extend(self.corner());
        context.extend(self.titles.iter().cloned());
        let is_glued = *sort_of(&self.headings[column]) != Sort::NoAmount && glued::is_glued(text, cell, &around);
        if own.is_none() && !is_glued && sort == Sort::Value {
            return None;
        }
        let years = heading::years(words);
        Some(NumberCell {
            range: cell.range.clone(),
            figures,
            table: self.start,
            row: line.range.start,
            column,
            is_total: heading::says_total(&label_words) || heading::says_total(words),
            name: heading.name.clone(),
            label: name,
            context,
            measure: measure.filter(|_| sort != Sort::NoAmount),
            sort,
            years: if years.is_empty() { heading::years(&label_words) } else { years },
            title_years: self.title_years.clone(),
            is_glued,
            fell: heading::is_fall(words) || heading::is_fall(&label_words) && row_sort == Sort::Change,
            is_change_row: row_sort == Sort::Change,
        })
    }

    /// The label that names the numbers of a column, and other labels of the row that stand with it.
    fn label(&self, column: usize, short: &Short) -> (Option<Range<usize>>, Vec<Range<usize>>) {
        let is_label = |at: &usize| self.kinds[*at] == Kind::Label;
        let nearest = (0..column).rev().find(|at| is_label(at) && self.label_at(*at, short).is_some());
        let Some(nearest) = nearest else { return (None, Vec::new()) };
        let group: Vec<usize> = (0..=nearest)
            .rev()
            .take_while(|at| self.kinds[*at] != Kind::Number)
            .filter(|at| is_label(at) && self.label_at(*at, short).is_some())
            .collect();
        let named = group.iter().find(|at| heading::names_labels(&self.headings[**at].0));
        let chosen = named.copied().unwrap_or(nearest);
        let others = group.iter().filter(|at| **at != chosen).filter_map(|at| self.label_at(*at, short)).collect();
        (self.label_at(chosen, short), others)
    }

    fn label_at(&self, column: usize, short: &Short) -> Option<Range<usize>> {
        self.labels[column].clone().filter(|_| column <= short.last)
    }

    /// Headings over the labels name what the whole table is about.
    fn corner(&self) -> impl Iterator<Item = Range<usize>> {
        let labels = self.layout.columns.iter().filter(|column| column.kind == Kind::Label);
        labels.filter_map(|column| column.name.clone())
    }

    /// The unit of a number without one: what stands nearest to it counts.
    fn measure(
        &self,
        heading: &Column,
        words: &str,
        column: usize,
        (label, of_label): (&str, Option<Measure>),
    ) -> Option<Measure> {
        let of_column = heading.measure.clone();
        let is_count = |measure: &Measure| measure.kind == QuantityKind::Count;
        // A column of shares or of changes has its own unit or none.
        if heading::sort(words) == Sort::Change
            || of_column.as_ref().is_some_and(|measure| measure.kind == QuantityKind::Rate)
        {
            return of_column;
        }
        if let Some(units) = self.unit_column(column) {
            return self.units[units].clone();
        }
        let around = of_label.or(of_column).or_else(|| self.band.as_ref().and_then(|(_, measure)| measure.clone()));
        let stated = around.or_else(|| self.measure.clone());
        let implied = || heading::implied_unit(label).or_else(|| heading::implied_unit(words));
        let measure = stated.or_else(implied)?;
        let is_share = heading::is_share(label) || heading::is_share(words);
        (!is_share || !is_count(&measure)).then_some(measure)
    }

    /// The column of units that belongs to a column of numbers: the nearest, to its left where there are two.
    fn unit_column(&self, column: usize) -> Option<usize> {
        let units = (0..self.kinds.len()).filter(|at| self.kinds[*at] == Kind::Unit);
        units.min_by_key(|at| (at.abs_diff(column), *at))
    }
}

/// What a row does not have: columns behind its last cell, and columns of numbers.
struct Short {
    last: usize,
    lost: usize,
}

fn sort_of(heading: &(String, Sort)) -> &Sort {
    &heading.1
}

fn shape(cell: &Cell) -> Shape {
    match cell.content {
        Content::Blank => Shape::Blank,
        Content::Text => Shape::Words,
        Content::Unit(_) => Shape::Unit,
        Content::Number(_) | Content::Digits => Shape::Number,
    }
}

/// Digits of the longest whole number in rows that lack no cell.
fn longest(text: &Reading, block: &Block, layout: &Layout) -> Option<usize> {
    let whole = block.lines[layout.first..].iter().filter(|line| line.cells.len() >= layout.columns.len());
    let numbers = whole.flat_map(|line| &line.cells).filter(|cell| matches!(cell.content, Content::Number(_)));
    numbers.map(|cell| glued::digits(text, cell)).max()
}
