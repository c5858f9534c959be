use std::fmt;

use crate::table::{INDICATORS, YEARS, indicator, region, regions};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The value of one indicator, in one region and year.
    Lookup,
    /// Sums of every indicator and year, over all rows.
    Aggregate,
    /// Five columns of every row.
    Stream,
}

impl Question {
    pub const ALL: [Self; 3] = [Self::Lookup, Self::Aggregate, Self::Stream];

    /// The statement; that of the lookup has the parameters of a [`Key`].
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Lookup => {
                "SELECT value, unit, document_id FROM indicators \
                 WHERE report_year = $1 AND indicator_id = $2 AND region_code = $3"
            }
            Self::Aggregate => {
                "SELECT report_year, indicator_id, count(*), sum(value), max(value) FROM indicators GROUP BY 1, 2 ORDER BY 1, 2"
            }
            Self::Stream => "SELECT document_id, indicator_id, report_year, value, unit FROM indicators",
        }
    }

    /// What is counted.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Lookup | Self::Aggregate => "queries/s",
            Self::Stream => "rows/s",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lookup => "point lookup",
            Self::Aggregate => "aggregate",
            Self::Stream => "stream",
        })
    }
}

/// What a lookup looks for.
#[derive(Debug, Clone)]
pub struct Key {
    pub year: i32,
    pub indicator: String,
    pub region: String,
}

impl Key {
    /// One of those that there are.
    pub fn random(rows: u64) -> Self {
        Self {
            year: fastrand::i32(YEARS),
            indicator: indicator(fastrand::u64(0..INDICATORS)),
            region: region(fastrand::u64(0..regions(rows))),
        }
    }
}
