//! What headings, labels and titles were read to say, each worked out once.

use std::ops::Range;

use super::column::{Column, Kind, Layout};
use super::grid::Block;
use super::heading::{self, Sort};
use crate::quantity::cell::Measure;
use crate::quantity::reading::Reading;

/// What the headings of a column or the label of a row say.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) words: String,
    /// The words that name something, without the unit.
    pub(super) name: Option<Range<usize>>,
    pub(super) sort: Sort,
    /// The unit stated, and the one that the last word implies.
    pub(super) measure: Option<Measure>,
    pub(super) implied: Option<Measure>,
    pub(super) years: Vec<i32>,
    pub(super) is_total: bool,
    pub(super) is_share: bool,
}

impl Said {
    pub(super) fn by_column(text: &Reading, column: &Column) -> Self {
        let words = column.words(text);
        let sort = heading::sort(&words);
        Self { name: column.name.clone(), sort, measure: column.measure.clone(), ..Self::of(words) }
    }

    pub(super) fn by_label(text: &Reading, label: &Range<usize>) -> Self {
        let (name, measure) = heading::unit(text, label);
        let words = text.folded(label.clone());
        let sort = heading::sort_of_row(&words);
        Self { name: Some(name).filter(|name| !name.is_empty()), sort, measure, ..Self::of(words) }
    }

    fn of(words: String) -> Self {
        Self {
            implied: heading::implied_unit(&words),
            years: heading::years(&words),
            is_total: heading::says_total(&words),
            is_share: heading::is_share(&words),
            words,
            ..Self::default()
        }
    }
}

/// What holds for a whole table.
#[derive(Debug)]
pub(super) struct Titles {
    /// The lines above it, without their units, and the headings over the labels.
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) measure: Option<Measure>,
    pub(super) years: Vec<i32>,
    /// It is one of plans, or it cannot be told which of its columns are of other years.
    pub(super) is_elsewhen: bool,
}

impl Titles {
    pub(super) fn of(text: &Reading, block: &Block, layout: &Layout) -> Self {
        let titles: Vec<_> = block.titles.iter().map(|title| heading::unit(text, title)).collect();
        // A heading over the labels names what the whole table is about: 指标（单位：件）.
        let corners = || layout.columns.iter().filter(|column| column.kind == Kind::Label);
        let corner = corners().find_map(|column| column.measure.clone());
        let words = |range: &Range<usize>| text.folded(range.clone());
        let captions: Vec<String> = titles
            .iter()
            .map(|(title, _)| words(title))
            .filter(|line| heading::has(line, "表|情况|统计|数据"))
            .collect();
        let is_unclear = |said: &String| heading::sort(said) != Sort::Value || !heading::years(said).is_empty();
        Self {
            measure: corner.or_else(|| titles.iter().rev().find_map(|(_, measure)| measure.clone())),
            years: captions.iter().flat_map(|line| heading::years(line)).collect(),
            is_elsewhen: layout.loose.iter().map(words).any(|said| is_unclear(&said))
                || captions.iter().any(|line| heading::is_title_of_plan(line)),
            ranges: corners()
                .filter_map(|column| column.name.clone())
                .chain(titles.into_iter().map(|(title, _)| title).filter(|title| !title.is_empty()))
                .collect(),
        }
    }
}
