//! Which township of its region a document is from.

use fazhi_model::{RegionCode, TownshipCode};

use super::{Clues, of_standard};
use crate::publisher;
use crate::region::{Fit, RegionLevel, Regions};
use crate::title::squeeze;

/// A township that a document names as its issuer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// The text that names it.
    pub says: &'a str,
    pub code: TownshipCode,
    /// The region it belongs to.
    pub region: RegionCode,
}

/// The township of a region that the publisher, the title or the owner of the site names. In a county every way to write
/// the name will do; in a prefecture or municipality the name must be that of the list, and be there once.
pub(super) fn find<'a>(clues: &Clues<'a>, region: RegionCode, regions: &Regions) -> Option<Found<'a>> {
    let now = regions.current(of_standard(region, regions), None)?;
    let least = match RegionLevel::of_code(now) {
        RegionLevel::County | RegionLevel::Devzone => Fit::Upgraded,
        RegionLevel::Prefecture => Fit::Alias,
        RegionLevel::Province if is_municipality(now) => Fit::Alias,
        RegionLevel::Province => return None,
    };
    issuers(clues).into_iter().find_map(|(says, issuer)| {
        let found = regions.township_in(&issuer, now).filter(|found| found.fit >= least)?;
        Some(Found { says, code: found.code, region: regions.region_of(found.code) })
    })
}

/// The regions of the townships that a document may be from when nothing names a region, with the text that says so.
pub(super) fn alone<'a>(clues: &Clues<'a>, regions: &Regions) -> Option<(&'a str, Vec<RegionCode>)> {
    issuers(clues).into_iter().find_map(|(says, issuer)| {
        let mut regions: Vec<RegionCode> =
            regions.townships_opening(&issuer).into_iter().map(|code| regions.region_of(code)).collect();
        regions.sort();
        regions.dedup();
        (!regions.is_empty()).then_some((says, regions))
    })
}

/// The bodies that may have issued the document, each with the text it was read from. The owner of the site counts where
/// no publisher is named.
fn issuers<'a>(clues: &Clues<'a>) -> Vec<(&'a str, String)> {
    let publisher = clues.publisher.map(|says| (says, squeeze(says)));
    let of_title = |says: &'a str| Some((says, publisher::of_title(says.trim_start().trim_start_matches("关于"))?));
    let owner = clues.site_owner.filter(|_| clues.publisher.is_none()).map(|says| (says, squeeze(says)));
    [publisher, clues.title.and_then(of_title), owner].into_iter().flatten().collect()
}

/// 北京, 天津, 上海, 重庆: provinces that are cities.
fn is_municipality(code: RegionCode) -> bool {
    ["110000", "120000", "310000", "500000"].contains(&code.to_string().as_str())
}
