//! A fact of the catalogue that a report states.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::names::named_enum;
use crate::{Precision, Role, Span};

named_enum! {
    /// Which span of time a value covers.
    pub enum Period {
        /// The report year.
        Annual = "annual",
        /// A running total or a stock (累计, 截至, 现有).
        AsOf = "as_of",
    }
}

named_enum! {
    /// Whose work a value describes.
    pub enum Scope {
        /// The publisher's own.
        Own = "own",
        /// The whole region's, quoted by a department.
        Region = "region",
    }
}

/// One value of one catalogue indicator, with the evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Identifier in the catalogue, e.g. `fines_amount`.
    pub id: String,
    /// 1 is the value a reader would quote; further values of the same indicator follow.
    pub rank: i32,
    /// Value; the low end of a range.
    pub value: Decimal,
    /// High end of a range.
    pub max: Option<Decimal>,
    /// Unit in which the catalogue counts.
    pub unit: String,
    /// How exact the stated number is.
    pub precision: Precision,
    /// Which time it covers.
    pub period: Period,
    /// Whose work it describes.
    pub scope: Scope,
    /// Indicator of which this one is a part (其中).
    pub part_of: Option<String>,
    /// Growth against the year before in per cent; negative when it fell.
    pub yoy_pct: Option<Decimal>,
    /// Difference to the year before in percentage points.
    pub yoy_pp: Option<Decimal>,
    /// Role of the section it stands in.
    pub role: Role,
    /// The quantity as written.
    pub text: String,
    /// Where `text` stands in the body.
    #[serde(flatten)]
    pub span: Span,
    /// The sentence it stands in.
    pub sentence: String,
    /// The phrase rule that bound the number to the indicator.
    pub rule: String,
    /// 0 to 1.
    pub confidence: f64,
}
