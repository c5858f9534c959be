//! Regions: codes and names of provinces, prefectures and counties, current and retired since 2002, and of the townships
//! of today.
//!
//! [`Regions`] answers three questions: what a code stood for in a year and stands for now, which region a text names, and
//! which township of a region it names. It decides nothing about documents.

mod names;
mod spelling;
mod table;
mod township;

use fazhi_model::RegionCode;

pub use names::Named;
pub use table::Regions;
pub(crate) use township::Fit;
pub use township::Township;

/// Level of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RegionLevel {
    /// Province, autonomous region, municipality, special administrative region.
    Province,
    /// Prefecture-level city, prefecture, autonomous prefecture, league.
    Prefecture,
    /// County, district, county-level city, banner.
    County,
    /// Development zone with a code of the statistical office only.
    Devzone,
}

impl RegionLevel {
    /// The name used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::Prefecture => "prefecture",
            Self::County => "county",
            Self::Devzone => "devzone",
        }
    }

    /// The level that the form of a code tells.
    pub fn of_code(code: RegionCode) -> Self {
        if code == code.province() {
            Self::Province
        } else if code == code.prefecture() {
            Self::Prefecture
        } else {
            Self::County
        }
    }
}

/// One name under one code for one span of years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Code of GB/T 2260.
    pub code: RegionCode,
    /// Full name.
    pub name: String,
    /// Level.
    pub level: RegionLevel,
    /// Code of the region above; the province for what a province runs directly.
    pub parent: Option<RegionCode>,
    /// First year; none for 2002 and before.
    pub valid_from: Option<i32>,
    /// Last year; none while valid.
    pub valid_to: Option<i32>,
    /// Code under which a retired region lived on the year after, where one took all of it or nearly all.
    pub successor: Option<RegionCode>,
}

impl Region {
    /// Whether this entry was valid in a year; without a year, whether it is valid now.
    pub fn is_valid_in(&self, year: Option<i32>) -> bool {
        match year {
            None => self.valid_to.is_none(),
            Some(year) => self.valid_from.is_none_or(|from| from <= year) && self.valid_to.is_none_or(|to| year <= to),
        }
    }
}

/// Whether a code lies in the region of another (or is the same).
pub fn is_within(code: RegionCode, parent: RegionCode) -> bool {
    code == parent || code.prefecture() == parent || code.province() == parent
}
