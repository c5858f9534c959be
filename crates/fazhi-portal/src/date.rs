//! The written forms of dates.

use chrono::{Datelike, NaiveDate};

/// A form in which portals write dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateForm {
    /// `2024-01-09`.
    Dashed,
    /// `2024/01/09`.
    Slashed,
    /// `2024.1.9`.
    Dotted,
    /// `2024年1月9日`.
    Chinese,
    /// `2024年01月09日`.
    ChinesePadded,
    /// `二〇二四年一月九日`.
    Numerals,
    /// `二○二四年一月九日`, with the circle U+25CB.
    NumeralsCircle,
}

/// Writes a date.
pub fn write_date(date: NaiveDate, form: DateForm) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match form {
        DateForm::Dashed => format!("{year}-{month:02}-{day:02}"),
        DateForm::Slashed => format!("{year}/{month:02}/{day:02}"),
        DateForm::Dotted => format!("{year}.{month}.{day}"),
        DateForm::Chinese => format!("{year}年{month}月{day}日"),
        DateForm::ChinesePadded => format!("{year}年{month:02}月{day:02}日"),
        DateForm::Numerals => numerals(date, '〇'),
        DateForm::NumeralsCircle => numerals(date, '○'),
    }
}

fn numerals(date: NaiveDate, zero: char) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(0) | None => zero,
        Some(digit) => han(digit).chars().next().expect("one character per digit"),
    };
    let year: String = date.year().to_string().chars().map(digit).collect();
    format!("{year}年{}月{}日", han(date.month()), han(date.day()))
}

fn han(number: u32) -> String {
    let ones = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let one = |digit: u32| ones.get(digit as usize).copied().unwrap_or_default();
    match number / 10 {
        0 => one(number).to_owned(),
        1 => format!("十{}", one(number % 10)),
        tens => format!("{}十{}", one(tens), one(number % 10)),
    }
}

/// `YYYY-MM-DD`, as the truth tells dates.
pub fn iso(date: NaiveDate) -> String {
    write_date(date, DateForm::Dashed)
}

/// A date that exists; days past the end of the month become its 28th.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day)
        .or_else(|| NaiveDate::from_ymd_opt(year, month.clamp(1, 12), 28))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let written: Vec<_> = [DateForm::Dotted, DateForm::Chinese, DateForm::Numerals, DateForm::NumeralsCircle]
            .into_iter()
            .map(|form| write_date(day(2024, 1, 20), form))
            .collect();
        assert_eq!(written, ["2024.1.20", "2024年1月20日", "二〇二四年一月二十日", "二○二四年一月二十日"]);
        assert_eq!(write_date(day(2020, 11, 31), DateForm::Numerals), "二〇二〇年十一月二十八日");
    }
}
