//! Measured amounts and their place in the text.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::names::named_enum;

/// A half-open range of Unicode characters (not bytes) of a document's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    #[serde(rename = "char_start")]
    pub start: i64,
    /// One past the last character.
    #[serde(rename = "char_end")]
    pub end: i64,
}

impl Span {
    /// The text of this range, or nothing if it reaches past the end.
    ///
    /// ```
    /// let span = fazhi_model::Span { start: 2, end: 4 };
    /// assert_eq!(span.of("受理3件"), Some("3件"));
    /// ```
    pub fn of(self, body: &str) -> Option<&str> {
        let start = usize::try_from(self.start).ok()?;
        let length = usize::try_from(self.end.checked_sub(self.start)?).ok()?;
        let mut bounds = body.char_indices().map(|(at, _)| at).chain([body.len()]);
        let from = bounds.nth(start)?;
        let to = if length == 0 { from } else { bounds.nth(length - 1)? };
        Some(&body[from..to])
    }
}

named_enum! {
    /// How exact a stated number is.
    pub enum Precision {
        /// As it stands.
        Exact = "exact",
        /// 余, 多, 以上, 超, 逾, 不少于: a lower bound.
        AtLeast = "at_least",
        /// 近, 不足, 以下: an upper bound.
        AtMost = "at_most",
        /// 约, 左右.
        About = "about",
    }
}

named_enum! {
    /// What sort of amount it is.
    pub enum QuantityKind {
        /// Things counted.
        Count = "count",
        /// Per cent.
        Rate = "rate",
        /// Money.
        Money = "money",
        /// Percentage points.
        Points = "points",
        /// 倍.
        Multiple = "multiple",
        /// Length, area, weight and other measures.
        Measure = "measure",
    }
}

/// One measured amount in the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// The amount as written: the shortest span with number, multiplier, approximation mark and unit.
    pub text: String,
    /// Value with 万, 亿 and Chinese numerals worked out; the low end of a range.
    pub value: Decimal,
    /// High end of a range.
    pub max: Option<Decimal>,
    /// Unit as written, without multiplier and approximation mark.
    pub unit: String,
    /// Unit in which amounts of this sort are compared.
    pub unit_canonical: String,
    /// How exact the number is.
    pub precision: Precision,
    /// What sort of amount it is; not part of `extract`'s output.
    #[serde(skip_serializing)]
    pub kind: QuantityKind,
    /// The words that say what is counted; not part of `extract`'s output.
    #[serde(skip_serializing)]
    pub subject: Option<String>,
    /// Where `text` stands in the body.
    #[serde(flatten)]
    pub span: Span,
    /// The sentence it stands in.
    pub sentence: String,
}
