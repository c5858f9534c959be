//! The table of regions: codes through the years.

use std::collections::HashMap;

use fazhi_model::{RegionCode, TownshipCode};

use super::names::{Named, Names};
use super::spelling::stem;
use super::township::{Township, TownshipMatch, Townships};
use super::{Region, RegionLevel};

/// A region's successors are followed this far; the longest real chain has three.
const MAX_STEPS: usize = 8;

/// The table of regions.
#[derive(Debug)]
pub struct Regions {
    rows: Vec<Region>,
    by_code: HashMap<RegionCode, Vec<usize>>,
    /// Rows by the code that took them over.
    by_successor: HashMap<RegionCode, Vec<usize>>,
    names: Names,
    townships: Townships,
}

impl Regions {
    /// Reads the tables; lines that do not read are left out (the embedded tables have none, see the tests).
    pub(crate) fn parse(regions: &str, townships: &'static str) -> Self {
        let rows: Vec<Region> = regions.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect();
        let mut by_code: HashMap<RegionCode, Vec<usize>> = HashMap::new();
        let mut by_successor: HashMap<RegionCode, Vec<usize>> = HashMap::new();
        for (index, region) in rows.iter().enumerate() {
            by_code.entry(region.code).or_default().push(index);
            if let Some(successor) = region.successor {
                by_successor.entry(successor).or_default().push(index);
            }
        }
        let names = Names::of(&rows);
        Self { rows, by_code, by_successor, names, townships: Townships::parse(townships) }
    }

    /// All entries down to counties, by code and year: the warehouse's table `regions`.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.rows.iter()
    }

    /// All townships of mid-2023, by code.
    pub fn townships(&self) -> impl Iterator<Item = Township> + '_ {
        self.townships.iter()
    }

    /// The entry of a code in a year; without one, the newest entry of that code.
    pub fn get(&self, code: RegionCode, year: Option<i32>) -> Option<&Region> {
        let mut entries = self.by_code.get(&code)?.iter().map(|row| &self.rows[*row]);
        entries.clone().find(|region| region.is_valid_in(year)).or_else(|| entries.next_back())
    }

    /// The code under which a region of some year lives on now; none where it was split up or nobody knows the code.
    pub fn current(&self, code: RegionCode, year: Option<i32>) -> Option<RegionCode> {
        self.follow(self.get(code, year)?, |region| region.valid_to.is_none()).map(|region| region.code)
    }

    /// The code a region had in a year, told by the code of any year. Where the table knows none, the code itself.
    pub fn code_in(&self, code: RegionCode, year: i32) -> RegionCode {
        let Some(entry) = self.get(code, Some(year)) else { return code };
        let found = if entry.is_valid_in(Some(year)) {
            Some(entry)
        } else if entry.valid_to.is_some_and(|last| last < year) {
            self.follow(entry, |region| region.is_valid_in(Some(year)))
        } else {
            self.predecessor(entry, year)
        };
        found.map_or(code, |region| region.code)
    }

    /// The first entry along the line of successors for which this holds.
    fn follow<'a>(&'a self, mut entry: &'a Region, holds: impl Fn(&Region) -> bool) -> Option<&'a Region> {
        for _ in 0..MAX_STEPS {
            if holds(entry) {
                return Some(entry);
            }
            let next_year = entry.valid_to? + 1;
            let entries = self.by_code.get(&entry.successor?)?.iter().map(|row| &self.rows[*row]);
            // After a gap in the lists the next entry of the code.
            entry = entries
                .filter(|next| next.valid_to.is_none_or(|last| next_year <= last))
                .min_by_key(|next| (!next.is_valid_in(Some(next_year)), next.valid_from))?;
        }
        None
    }

    /// Who was in a year what this entry became: of several that merged, the one that gave the name.
    fn predecessor(&self, entry: &Region, year: i32) -> Option<&Region> {
        let mut entry = entry;
        for _ in 0..MAX_STEPS {
            let before: Vec<&Region> = self
                .by_successor
                .get(&entry.code)?
                .iter()
                .map(|row| &self.rows[*row])
                .filter(|region| region.valid_to < entry.valid_from)
                .collect();
            let namesakes = before.iter().filter(|region| stem(&region.name) == stem(&entry.name));
            let mut heirs: Vec<&Region> = namesakes.copied().collect();
            if heirs.is_empty() {
                heirs = before;
            }
            heirs.sort_by_key(|region| region.valid_to);
            let latest = heirs.pop()?;
            if heirs.iter().any(|region| region.valid_to == latest.valid_to) {
                return None;
            }
            if latest.is_valid_in(Some(year)) {
                return Some(latest);
            }
            entry = latest;
        }
        None
    }

    /// The region that a name such as `乐山市金口河区人民政府` means: the last full name in it, told apart by the
    /// names before it and, where the report year is known, by the names valid then.
    pub fn named_in(&self, text: &str, year: Option<i32>) -> Named<'_> {
        match self.names.named_in(text, year, &self.rows) {
            // One region under several codes of its past is no ambiguity: the latest stands for it.
            Named::Ambiguous(mut candidates) => {
                let now = |region: &Region| self.current(region.code, region.valid_to);
                let same =
                    now(candidates[0]).is_some() && candidates.iter().all(|region| now(region) == now(candidates[0]));
                candidates.sort_by_key(|region| region.valid_to.unwrap_or(i32::MAX));
                match candidates.last() {
                    Some(latest) if same => Named::One(latest),
                    _ => {
                        candidates.sort_by_key(|region| region.code);
                        Named::Ambiguous(candidates)
                    }
                }
            }
            named => named,
        }
    }

    /// Full names of regions in a running text with how often each occurs, most frequent first.
    pub(crate) fn counted_in(&self, text: &str, year: Option<i32>) -> Vec<(&Region, usize)> {
        self.names.counted_in(text, year, &self.rows)
    }

    /// The one township of a region that a text names. The region is of today.
    pub(crate) fn township_in(&self, text: &str, region: RegionCode) -> Option<TownshipMatch> {
        self.townships.named_in(text, region)
    }

    /// The townships of the whole country that the text may open with.
    pub(crate) fn townships_opening(&self, text: &str) -> Vec<TownshipCode> {
        self.townships.opening(text)
    }

    /// The region a township belongs to: the county it is listed under, or the city where that is a development zone or
    /// the stand-in of a city without counties.
    pub(crate) fn region_of(&self, township: TownshipCode) -> RegionCode {
        let county = township.county();
        match self.get(county, None) {
            Some(region) if region.level != RegionLevel::Devzone => county,
            _ => county.prefecture(),
        }
    }
}

fn row(line: &str) -> Option<Region> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let code = cell()?.parse().ok()?;
    let name = cell()?.to_owned();
    let level = match cell()? {
        "province" => RegionLevel::Province,
        "prefecture" => RegionLevel::Prefecture,
        "county" => RegionLevel::County,
        "devzone" => RegionLevel::Devzone,
        _ => return None,
    };
    let parent = cell()?.parse().ok();
    let valid_from = cell()?.parse().ok();
    let valid_to = cell()?.parse().ok();
    let successor = cell()?.parse().ok();
    Some(Region { code, name, level, parent, valid_from, valid_to, successor })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> &'static Regions {
        crate::Rules::embedded().regions()
    }

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    #[test]
    fn every_line_of_the_table_reads() {
        let text = include_str!("../../data/regions.tsv");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(regions().iter().count(), lines);
        assert_eq!(regions().iter().filter(|region| region.is_valid_in(None)).count(), 3342);
    }

    #[test]
    fn a_code_stands_for_the_code_of_the_year() {
        #[track_caller]
        fn check(any: &str, year: i32, then: &str) {
            assert_eq!(regions().code_in(code(any), year).to_string(), then, "{any} in {year}");
        }
        check("350405", 2016, "350427");
        check("350427", 2021, "350405");
        check("371200", 2018, "371200");
        check("371200", 2019, "370100");
        // Two steps: a prefecture got another code in 2011, the county became a city in 2021.
        check("520581", 2005, "522423");
        check("522423", 2024, "520581");
        // Of two that merged, the one whose name lived on.
        check("320613", 2015, "320602");
        check("370614", 2015, "370684");
        check("350404", 2015, "350403");
        // Split up: no code of today.
        check("341400", 2015, "341400");
        check("590102", 2015, "590102");
    }

    #[test]
    fn a_code_lives_on_under_the_code_of_today() {
        #[track_caller]
        fn check(then: &str, year: i32, now: Option<&str>) {
            assert_eq!(regions().current(code(then), Some(year)), now.map(code), "{then} of {year}");
        }
        check("110103", 2008, Some("110101"));
        check("522423", 2009, Some("520581"));
        check("110101", 2008, Some("110101"));
        check("341400", 2009, None);
        check("232701", 2007, Some("232761"));
        check("420607", 2008, Some("420607"));
        check("590102", 2015, None);
    }
}
