//! The year of list rows that only say month and day.
//!
//! Rows stand in order of their dates. So a row between two that state their year can be of one year only, if the two are
//! close enough, and then it is of that one. A row outside of such a pair stays without a date: what day it is today, and
//! whether the list is up to date, is not known here.

use chrono::{Datelike, NaiveDate};

use super::date::{self, RowDate};

/// The dates of the rows of one list, in page order.
pub(super) fn fill(rows: &[RowDate]) -> Vec<Option<NaiveDate>> {
    let stated: Vec<Option<NaiveDate>> = rows.iter().map(|row| row.full()).collect();
    if !rows.iter().any(|row| matches!(row, RowDate::WithoutYear { .. })) || !is_ordered(&stated) {
        return stated;
    }
    let above = carried(stated.iter().copied());
    let mut below = carried(stated.iter().rev().copied());
    below.reverse();
    let bounds = above.into_iter().zip(below);
    let filled: Vec<Option<NaiveDate>> = rows.iter().zip(bounds).map(|(row, (a, b))| dated(*row, a, b)).collect();
    if is_ordered(&filled) { filled } else { stated }
}

fn dated(row: RowDate, above: Option<NaiveDate>, below: Option<NaiveDate>) -> Option<NaiveDate> {
    let RowDate::WithoutYear { month, day } = row else { return row.full() };
    let (above, below) = (above?, below?);
    let (from, to) = (above.min(below), above.max(below));
    let years = (from.year()..=to.year()).filter_map(|year| date::valid(year, month, day));
    let mut possible = years.filter(|date| (from..=to).contains(date));
    let only = possible.next()?;
    possible.next().is_none().then_some(only)
}

/// For each row the date of the nearest row before it that has one.
fn carried(dates: impl Iterator<Item = Option<NaiveDate>>) -> Vec<Option<NaiveDate>> {
    let last = dates.scan(None, |last, date| {
        let before = *last;
        *last = date.or(before);
        Some(before)
    });
    last.collect()
}

/// Whether the dates fall or rise all the way.
fn is_ordered(dates: &[Option<NaiveDate>]) -> bool {
    let dates = || dates.iter().flatten();
    dates().is_sorted() || dates().rev().is_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &str, expected: &str) {
        let row = |text: &str| match text.split('-').collect::<Vec<_>>()[..] {
            [year, month, day] => {
                RowDate::Full(date::valid(year.parse().unwrap(), month.parse().unwrap(), day.parse().unwrap()).unwrap())
            }
            [month, day] => RowDate::WithoutYear { month: month.parse().unwrap(), day: day.parse().unwrap() },
            _ => RowDate::None,
        };
        let rows: Vec<RowDate> = rows.split(' ').map(row).collect();
        let found = fill(&rows).into_iter().map(|date| date.map_or("x".to_owned(), |date| date.to_string()));
        assert_eq!(found.collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn a_row_between_two_dates_is_of_the_one_year_that_fits() {
        check("2024-02-01 01-05 12-20 2023-11-30", "2024-02-01 2024-01-05 2023-12-20 2023-11-30");
        check("2023-11-30 12-20 01-05 x 2024-02-01", "2023-11-30 2023-12-20 2024-01-05 x 2024-02-01");
        check("2024-01-29 01-29 2024-01-29", "2024-01-29 2024-01-29 2024-01-29");
    }

    #[test]
    fn what_is_not_certain_stays_without_a_year() {
        // Nothing above, nothing below, two years that fit, none that fits, and lists without an order.
        check("03-01 2024-02-01", "x 2024-02-01");
        check("2024-02-01 01-05", "2024-02-01 x");
        check("2024-12-31 06-01 2022-01-01", "2024-12-31 x 2022-01-01");
        check("2024-02-01 06-01 2024-01-01", "2024-02-01 x 2024-01-01");
        check("2024-02-01 01-05 2023-01-01 2024-03-01", "2024-02-01 x 2023-01-01 2024-03-01");
        check("2024-03-01 01-05 02-05 2024-01-01", "2024-03-01 x x 2024-01-01");
        check("2024-03-01 02-30 2024-01-01", "2024-03-01 x 2024-01-01");
    }
}
