//! Which headings name the amounts of tables, and which of them state something about the year of the report.

use std::collections::HashMap;
use std::ops::Range;

use fazhi_model::{Quantity, ReportYear};

use super::Tables;
use super::heading::{self, Direction, Sort};
use super::row::{NumberCell, Share};
use crate::quantity::reading::Reading;

/// An amount of a table; ranges are places of the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Headed {
    /// The label of its row and the heading of its column: what stands near it.
    pub(crate) near: Vec<Range<usize>>,
    /// The title and headings that several rows or columns share: what was said earlier.
    pub(crate) context: Vec<Range<usize>>,
    pub(crate) share: Share,
    /// Where its table begins.
    pub(crate) table: usize,
    pub(crate) says: Says,
}

/// What an amount of a table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// A value of the report's year.
    Value,
    /// The change of another amount, if it is known which.
    Change { of: Option<usize>, fell: bool },
    /// Another year, a plan, or part of what is no number.
    Nothing,
}

/// For each of the amounts of a text, in reading order, its headings if it stands in a table. Empty without tables.
pub(crate) fn headings(text: &Reading, quantities: &[Quantity], year: Option<ReportYear>) -> Vec<Option<Headed>> {
    let tables = Tables::read(text);
    if tables.cells.is_empty() {
        return Vec::new();
    }
    let years = Years::new(&tables.cells, year);
    let mut values = Values::default();
    let mut cells = tables.cells.iter().peekable();
    let mut previous = None;
    let mut found = Vec::with_capacity(quantities.len());
    for (index, quantity) in quantities.iter().enumerate() {
        let amount = text.range(quantity.span);
        while cells.next_if(|cell| cell.range.end <= amount.start).is_some() {}
        let cell = cells.peek().filter(|cell| cell.range.start <= amount.start && amount.end <= cell.range.end);
        let headed = cell.and_then(|cell| {
            let says = values.says(cell, &years);
            // Behind the first amount of a cell stand others that its headings do not name.
            let opens = previous != Some(cell.range.start)
                && cell
                    .figures
                    .first()
                    .is_some_and(|figure| figure.range.start >= amount.start && figure.range.start < amount.end);
            previous = Some(cell.range.start);
            match says {
                Says::Nothing => Some(Headed::new(text, cell, says)),
                _ => opens.then(|| values.note(index, cell, says)).map(|()| Headed::new(text, cell, says)),
            }
        });
        found.push(headed.filter(|headed| headed.says != Says::Value || !headed.near.is_empty()));
    }
    found
}

impl Headed {
    fn new(text: &Reading, cell: &NumberCell, says: Says) -> Self {
        let name = cell.name.clone().filter(|name| !heading::is_generic(&text.folded(name.clone())));
        Self {
            near: cell.label.iter().cloned().chain(name).collect(),
            context: cell.context.clone(),
            share: cell.share,
            table: cell.table,
            says,
        }
    }
}

/// The year whose numbers are facts: the report's, else the newest that a table names.
struct Years {
    report: Option<i32>,
    newest: HashMap<usize, i32>,
}

impl Years {
    fn new(cells: &[NumberCell], report: Option<ReportYear>) -> Self {
        let mut newest = HashMap::new();
        for cell in cells.iter().filter(|cell| cell.sort == Sort::Value) {
            if let Some(year) = cell.years.iter().max() {
                let known = newest.entry(cell.table).or_insert(*year);
                *known = (*known).max(*year);
            }
        }
        Self { report: report.map(ReportYear::get), newest }
    }

    fn is_other(&self, cell: &NumberCell) -> bool {
        let Some(year) = self.report.or_else(|| self.newest.get(&cell.table).copied()) else { return false };
        let former_title = cell.title_years.iter().max().is_some_and(|newest| *newest < year);
        if cell.years.is_empty() { former_title } else { !cell.years.contains(&year) }
    }
}

/// The last values of a row and of each column, which changes are told of.
#[derive(Default)]
struct Values {
    table: usize,
    in_row: Option<(usize, usize)>,
    in_column: HashMap<usize, usize>,
}

impl Values {
    fn says(&self, cell: &NumberCell, years: &Years) -> Says {
        match cell.sort {
            _ if cell.is_glued => Says::Nothing,
            Sort::Elsewhen | Sort::NoAmount => Says::Nothing,
            Sort::Change(direction) => {
                let fell = direction == Direction::Fall || cell.figures.first().is_some_and(|figure| figure.fell);
                Says::Change { of: self.changed(cell), fell }
            }
            Sort::Value | Sort::Progress if years.is_other(cell) => Says::Nothing,
            Sort::Value | Sort::Progress => Says::Value,
        }
    }

    /// The value on the left of a change or, in a row of changes, above it.
    fn changed(&self, cell: &NumberCell) -> Option<usize> {
        if cell.is_change_row {
            return self.in_column.get(&cell.column).copied().filter(|_| self.table == cell.table);
        }
        self.in_row.filter(|(row, _)| *row == cell.row).map(|(_, value)| value)
    }

    fn note(&mut self, index: usize, cell: &NumberCell, says: Says) {
        if says != Says::Value {
            return;
        }
        if self.table != cell.table {
            self.in_column.clear();
            self.table = cell.table;
        }
        self.in_row = Some((cell.row, index));
        self.in_column.insert(cell.column, index);
    }
}
