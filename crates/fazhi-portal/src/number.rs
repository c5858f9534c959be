//! Amounts and the many ways in which reports write them.

use crate::truth::TruthQuantity;

/// How an amount is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// Unit as it stands in the text.
    pub unit: String,
    /// Multiplier to use where the amount is large enough.
    pub scale: Scale,
    /// Mark that says how exact the number is.
    pub mark: Option<Mark>,
    /// Digits or Chinese numerals.
    pub numerals: Numerals,
}

/// The multiplier in front of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// None.
    One,
    /// 万.
    TenThousand,
    /// 亿.
    HundredMillion,
}

/// A mark of approximation and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Between number and unit: 余, 多.
    Between(&'static str),
    /// In front of the number: 近, 约, 超过, 逾, 不少于.
    Before(&'static str),
    /// Behind the unit: 以上, 左右.
    Behind(&'static str),
}

/// The digits in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numerals {
    /// `126`.
    Half,
    /// `１２６`.
    Full,
    /// 五; whole numbers from 1 to 10 only, others fall back to digits.
    Han,
}

impl Mark {
    /// The mark of this text.
    pub fn parse(text: &str) -> Option<Self> {
        let marks = [
            Self::Between("余"),
            Self::Between("多"),
            Self::Before("近"),
            Self::Before("约"),
            Self::Before("超过"),
            Self::Before("逾"),
            Self::Before("不少于"),
            Self::Behind("以上"),
            Self::Behind("左右"),
        ];
        marks.into_iter().find(|mark| mark.text() == text)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Between(text) | Self::Before(text) | Self::Behind(text) => text,
        }
    }

    fn precision(self) -> &'static str {
        match self.text() {
            "近" => "at_most",
            "约" | "左右" => "about",
            _ => "at_least",
        }
    }

    /// Marks that only make sense behind a round number.
    fn rounds(self) -> bool {
        matches!(self, Self::Between(_) | Self::Before("近" | "约") | Self::Behind("左右"))
    }
}

const TEN_THOUSAND: i64 = 10_000;
const HUNDRED_MILLION: i64 = 100_000_000;

/// Writes an amount, given in hundredths of its unit. The amount that is returned is the one written, which a
/// multiplier or a mark of approximation may have made rounder than the one given.
pub fn write(hundredths: i64, writing: &Writing) -> TruthQuantity {
    let rate = writing.unit.starts_with('%') || writing.unit == "个百分点";
    // "5余件" is no Chinese; small numbers are exact.
    let mark = writing.mark.filter(|mark| rate || !mark.rounds() || hundredths >= 2_000);
    let scale = scale_for(hundredths, writing.scale);
    let rounded = if rate { hundredths } else { round(hundredths, scale, mark.is_some_and(Mark::rounds)) };
    let digits = digits(rounded / scale.max(1), writing.numerals);
    let multiplier = match scale {
        TEN_THOUSAND => "万",
        HUNDRED_MILLION => "亿",
        _ => "",
    };
    TruthQuantity {
        text: assemble(&digits, multiplier, mark, &writing.unit, writing.numerals),
        value: plain(rounded),
        max: None,
        unit: writing.unit.clone(),
        precision: mark.map_or("exact", Mark::precision).to_owned(),
    }
}

/// Writes a range of whole numbers, e.g. `2-3名`.
pub fn write_range(low: i64, high: i64, unit: &str, numerals: Numerals) -> TruthQuantity {
    let (from, to) = (digits(low * 100, numerals), digits(high * 100, numerals));
    TruthQuantity {
        text: format!("{from}-{to}{unit}"),
        value: low.to_string(),
        max: Some(high.to_string()),
        unit: unit.to_owned(),
        precision: "exact".to_owned(),
    }
}

fn scale_for(hundredths: i64, scale: Scale) -> i64 {
    let value = hundredths / 100;
    match scale {
        Scale::HundredMillion if value >= HUNDRED_MILLION => HUNDRED_MILLION,
        Scale::HundredMillion | Scale::TenThousand if value >= TEN_THOUSAND => TEN_THOUSAND,
        _ => 1,
    }
}

/// Rounds down so that two decimals before the multiplier are enough, or to two significant digits.
fn round(hundredths: i64, scale: i64, roundly: bool) -> i64 {
    if roundly {
        let mut step = 100;
        while hundredths / step >= 100 {
            step *= 10;
        }
        return hundredths / step.max(1000) * step.max(1000);
    }
    hundredths / scale * scale
}

fn assemble(digits: &str, multiplier: &str, mark: Option<Mark>, unit: &str, numerals: Numerals) -> String {
    let unit = if numerals == Numerals::Full { unit.replace('%', "％") } else { unit.to_owned() };
    match mark {
        None => format!("{digits}{multiplier}{unit}"),
        Some(Mark::Before(mark)) => format!("{mark}{digits}{multiplier}{unit}"),
        Some(Mark::Behind(mark)) => format!("{digits}{multiplier}{unit}{mark}"),
        // Both places are usual; three digits before 万 read better with the mark between them.
        Some(Mark::Between(mark)) if digits.chars().count() >= 3 && !digits.contains(['.', '．']) => {
            format!("{digits}{mark}{multiplier}{unit}")
        }
        Some(Mark::Between(mark)) => format!("{digits}{multiplier}{mark}{unit}"),
    }
}

fn digits(hundredths: i64, numerals: Numerals) -> String {
    let whole = hundredths / 100;
    match numerals {
        Numerals::Full => plain(hundredths).chars().map(full_width).collect(),
        Numerals::Han if hundredths % 100 == 0 && (1..=10).contains(&whole) => {
            let names = ["一", "两", "三", "四", "五", "六", "七", "八", "九", "十"];
            names[usize::try_from(whole - 1).expect("1 to 10")].to_owned()
        }
        Numerals::Half | Numerals::Han => plain(hundredths),
    }
}

fn full_width(c: char) -> char {
    match c {
        '0'..='9' | '.' | '%' => char::from_u32(c as u32 + 0xfee0).expect("full-width forms mirror ASCII"),
        _ => c,
    }
}

/// Hundredths as a plain decimal number without needless zeros.
pub fn plain(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    let decimals = format!("{rest:02}");
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn writing(unit: &str, flags: &str) -> Writing {
        let scale = if flags.contains('万') { Scale::TenThousand } else { Scale::One };
        let mark = flags.split(' ').find_map(Mark::parse);
        Writing { unit: unit.to_owned(), scale, mark, numerals: Numerals::Half }
    }

    #[track_caller]
    fn check(hundredths: i64, unit: &str, flags: &str, text: &str, value: &str, precision: &str) {
        let written = write(hundredths, &writing(unit, flags));
        assert_eq!((&*written.text, &*written.value, &*written.precision), (text, value, precision));
    }

    #[test]
    fn amounts_as_reports_write_them() {
        check(12_600, "件", "", "126件", "126", "exact");
        check(15_090_000, "元", "万", "15.09万元", "150900", "exact");
        check(3_254_300, "人次", "万 余", "3.2万余人次", "32000", "at_least");
        check(1_300_000_000, "元", "万 余", "1300余万元", "13000000", "at_least");
        check(197_600, "家次", "余", "1900余家次", "1900", "at_least");
        check(600, "件", "余", "6件", "6", "exact");
        check(9_860, "%", "", "98.6%", "98.6", "exact");
        check(9_800, "%", "以上", "98%以上", "98", "at_least");
        check(29_900, "份", "近", "近290份", "290", "at_most");
        check(9_000, "场", "不少于", "不少于90场", "90", "at_least");
    }

    #[test]
    fn numerals() {
        let han = Writing { numerals: Numerals::Han, ..writing("次", "") };
        assert_eq!((write(200, &han).text, write(1200, &han).text), ("两次".to_owned(), "12次".to_owned()));
        let full = Writing { numerals: Numerals::Full, ..writing("%", "") };
        assert_eq!((write(9850, &full).text, write(9850, &full).value), ("９８．５％".to_owned(), "98.5".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_told(value in 1_i64..900_000_000, scaled in any::<bool>()) {
            let writing = writing("元", if scaled { "万" } else { "" });
            let written = write(value * 100, &writing);
            let number = written.text.trim_end_matches("元");
            let told: f64 = written.value.parse().unwrap();
            let read: f64 = match number.strip_suffix('万') {
                Some(number) => number.parse::<f64>().unwrap() * 10_000.0,
                None => number.parse().unwrap(),
            };
            prop_assert!((read - told).abs() < 0.01, "{written:?}");
        }
    }
}
