//! Codes of regions in the code of a site and in an index number.

use std::sync::LazyLock;

use fazhi_model::RegionCode;
use regex::Regex;

use super::{Clues, of_standard};
use crate::region::{RegionLevel, Regions, is_within};

/// What the codes of a page come to: the site's, unless the index number names a place inside it.
pub(super) fn told(clues: &Clues<'_>, regions: &Regions) -> Option<RegionCode> {
    let site = clues.site_id.and_then(of_site).map(|code| of_standard(code, regions));
    let index = clues.index_number.and_then(|index| of_index(index, regions)).map(|code| of_standard(code, regions));
    match (site, index) {
        (Some(site), Some(index)) if is_within(index, site) => Some(index),
        (site, index) => site.or(index),
    }
}

/// The first six digits of 网站标识码.
pub(super) fn of_site(digits: &str) -> Option<RegionCode> {
    digits.get(..6)?.parse().ok()
}

/// Region digits of an index number: of a social credit code (third to eighth character), or of `dddddd0000`.
pub(super) fn of_index(index: &str, regions: &Regions) -> Option<RegionCode> {
    static FRONT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:[0-9A-Z]{2}(\d{6})[0-9A-Z]{10}|\d{2}(\d{6})\d{4,9}|(\d{6})0000)/")
            .expect("the pattern is valid")
    });
    let found = FRONT.captures(index)?;
    let code: RegionCode = found.iter().skip(1).flatten().next()?.as_str().parse().ok()?;
    // A front code is often a default of the system, so that only a region that exists counts.
    regions.get(code, None).map(|_| code)
}

/// The last region in the name of a body, if its ending fits the level of the code: `青山县` of `青岚省青山县人民政府`.
pub(super) fn name_in(body: &str, code: RegionCode) -> Option<String> {
    static PART: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\p{Han}{1,12}?(?:自治州|自治县|自治旗|自治区|省|市|县|区|旗|州|盟)").expect("the pattern is valid")
    });
    let endings: &[char] = match RegionLevel::of_code(code) {
        RegionLevel::Province => &['省', '市', '区'],
        RegionLevel::Prefecture => &['市', '州', '盟', '区'],
        RegionLevel::County | RegionLevel::Devzone => &['县', '市', '区', '旗'],
    };
    let parts: Vec<&str> = PART.find_iter(body).map(|part| part.as_str()).collect();
    let name = *parts.last()?;
    // One part alone may be a city that runs the county-level code's district; two tell the order.
    (name.chars().count() >= 2 && name.ends_with(endings)).then(|| name.to_owned())
}
