//! Regions: codes and names of provinces, prefectures and counties, current and retired since 2002.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use fazhi_model::RegionCode;

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
    /// Code under which a retired region lives on, where there is one.
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

/// What names in a text say about the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named<'a> {
    /// No known region is named.
    Nothing,
    /// One region is meant.
    One(&'a Region),
    /// A name is carried by several regions and nothing decides between them.
    Ambiguous(Vec<&'a Region>),
}

/// The table of regions.
#[derive(Debug)]
pub struct Regions {
    rows: Vec<Region>,
    by_code: HashMap<RegionCode, Vec<usize>>,
    names: AhoCorasick,
    named: Vec<NamedRows>,
}

/// What one spelling may mean.
#[derive(Debug)]
struct NamedRows {
    rows: Vec<usize>,
    standing: Standing,
}

/// Whether a spelling may stand for a region alone or only tells the parent of the name after it (`河北承德县`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Name,
    ParentOnly,
}

impl Regions {
    /// Reads the table; lines that do not read are left out (the embedded table has none, see the tests).
    pub(crate) fn parse(text: &str) -> Self {
        let rows: Vec<Region> = text.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect();
        let mut by_code: HashMap<RegionCode, Vec<usize>> = HashMap::new();
        let mut spellings: HashMap<String, NamedRows> = HashMap::new();
        for (index, region) in rows.iter().enumerate() {
            by_code.entry(region.code).or_default().push(index);
            for (spelling, standing) in spellings_of(region) {
                let entry = spellings.entry(spelling).or_insert(NamedRows { rows: Vec::new(), standing });
                entry.rows.push(index);
                if standing == Standing::Name {
                    entry.standing = Standing::Name;
                }
            }
        }
        let mut spellings: Vec<(String, NamedRows)> = spellings.into_iter().collect();
        spellings.sort_by(|a, b| a.0.cmp(&b.0));
        let (patterns, named): (Vec<String>, Vec<NamedRows>) = spellings.into_iter().unzip();
        let matcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns)
            .expect("a few thousand short names");
        Self { rows, by_code, names: matcher, named }
    }

    /// All entries, by code and year: the warehouse's table `regions`.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.rows.iter()
    }

    /// The entry of a code in a year; without one, the newest entry of that code.
    pub fn get(&self, code: RegionCode, year: Option<i32>) -> Option<&Region> {
        let rows = self.by_code.get(&code)?;
        let mut entries = rows.iter().map(|row| &self.rows[*row]);
        entries.clone().find(|region| region.is_valid_in(year)).or_else(|| entries.next_back())
    }

    /// The region that a name such as `乐山市金口河区人民政府` means: the last full name in it, told apart by the
    /// names before it and, where the report year is known, by the names valid then.
    pub fn named_in(&self, text: &str, year: Option<i32>) -> Named<'_> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let mut found: Vec<&NamedRows> = Vec::new();
        let mut end = 0;
        for name in self.names.find_iter(&text) {
            if name.start() == end || may_precede(text[..name.start()].chars().next_back()) {
                found.push(&self.named[name.pattern().as_usize()]);
            }
            end = name.end();
        }
        let Some(last) = found.iter().rposition(|named| named.standing == Standing::Name) else {
            return Named::Nothing;
        };
        let parents: Vec<&Region> =
            found[..last].iter().flat_map(|named| &named.rows).map(|row| &self.rows[*row]).collect();
        self.decide(&found[last].rows, &parents, year)
    }

    fn decide(&self, rows: &[usize], parents: &[&Region], year: Option<i32>) -> Named<'_> {
        let mut candidates: Vec<&Region> = rows.iter().map(|row| &self.rows[*row]).collect();
        if candidates.iter().any(|region| region.is_valid_in(year)) {
            candidates.retain(|region| region.is_valid_in(year));
        }
        let under = |region: &Region| {
            parents.iter().filter(|parent| parent.code != region.code && is_within(region.code, parent.code)).count()
        };
        let most = candidates.iter().map(|region| under(region)).max().unwrap_or(0);
        candidates.retain(|region| under(region) == most);
        candidates.sort_by_key(|region| (region.code, region.valid_to.is_some()));
        candidates.dedup_by_key(|region| region.code);
        match candidates[..] {
            [] => Named::Nothing,
            [one] => Named::One(one),
            _ => Named::Ambiguous(candidates),
        }
    }

    /// Full names of regions in a running text with how often each occurs, most frequent first.
    pub(crate) fn counted_in(&self, text: &str, year: Option<i32>) -> Vec<(&Region, usize)> {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for found in self.names.find_iter(text) {
            let named = &self.named[found.pattern().as_usize()];
            if named.standing == Standing::Name {
                *counts.entry(found.pattern().as_usize()).or_default() += 1;
            }
        }
        let mut regions: Vec<(&Region, usize)> = counts
            .into_iter()
            .filter_map(|(pattern, count)| match self.decide(&self.named[pattern].rows, &[], year) {
                Named::One(region) => Some((region, count)),
                _ => None,
            })
            .collect();
        regions.sort_by_key(|(region, count)| (usize::MAX - count, region.code));
        regions
    }
}

/// Whether a name may start after this character. Inside a word it is no name: `山市` of `青山市` is none.
fn may_precede(before: Option<char>) -> bool {
    const WORDS_BEFORE: &str = "省市县区州盟旗共于对在的和及与、（(《“";
    before.is_none_or(|c| !c.is_alphabetic() || WORDS_BEFORE.contains(c))
}

/// Whether a code lies in the region of another (or is the same).
pub fn is_within(code: RegionCode, parent: RegionCode) -> bool {
    code == parent || code.prefecture() == parent || code.province() == parent
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

/// Names of peoples as they stand in the names of autonomous regions; long ones first where one ends another.
const PEOPLES: &[&str] = &[
    "维吾尔",
    "蒙古族",
    "满族",
    "回族",
    "藏族",
    "壮族",
    "土家族",
    "苗族",
    "侗族",
    "瑶族",
    "彝族",
    "白族",
    "傣族",
    "哈尼族",
    "傈僳族",
    "景颇族",
    "布依族",
    "朝鲜族",
    "羌族",
    "畲族",
    "黎族",
    "水族",
    "仡佬族",
    "土族",
    "撒拉族",
    "东乡族",
    "保安族",
    "裕固族",
    "哈萨克族",
    "哈萨克",
    "柯尔克孜",
    "塔吉克",
    "锡伯",
    "蒙古",
    "达斡尔族",
    "鄂温克族",
    "鄂伦春",
    "拉祜族",
    "佤族",
    "布朗族",
    "纳西族",
    "普米族",
    "怒族",
    "独龙族",
    "仫佬族",
    "毛南族",
    "各族",
];

fn spellings_of(region: &Region) -> Vec<(String, Standing)> {
    let mut spellings = vec![(region.name.clone(), Standing::Name)];
    let name = region.name.as_str();
    for (suffix, short) in [("自治县", "县"), ("自治州", "州"), ("自治旗", "旗"), ("自治区", "")] {
        let Some(stem) = name.strip_suffix(suffix) else { continue };
        let stem = without_peoples(stem);
        if stem.chars().count() >= 2 && short.is_empty() {
            spellings.push((stem.to_owned(), Standing::ParentOnly));
        } else if stem.chars().count() >= 2 {
            spellings.push((format!("{stem}{short}"), Standing::Name));
        }
    }
    if matches!(region.level, RegionLevel::Province | RegionLevel::Prefecture) {
        for suffix in ["省", "市", "地区"] {
            let stem = name.strip_suffix(suffix).filter(|stem| stem.chars().count() >= 2);
            spellings.extend(stem.map(|stem| (stem.to_owned(), Standing::ParentOnly)));
        }
    }
    spellings
}

fn without_peoples(mut stem: &str) -> &str {
    while let Some(shorter) = PEOPLES.iter().find_map(|people| stem.strip_suffix(people)) {
        if shorter.is_empty() {
            break;
        }
        stem = shorter;
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> &'static Regions {
        crate::Rules::embedded().regions()
    }

    #[track_caller]
    fn check(text: &str, year: i32, expected: &[&str]) {
        let codes: Vec<String> = match regions().named_in(text, Some(year)) {
            Named::Nothing => Vec::new(),
            Named::One(region) => vec![region.code.to_string()],
            Named::Ambiguous(candidates) => candidates.iter().map(|region| region.code.to_string()).collect(),
        };
        assert_eq!(codes, expected, "{text}");
    }

    #[test]
    fn every_line_of_the_table_reads() {
        let text = include_str!("../data/regions.tsv");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(regions().iter().count(), lines);
        assert_eq!(regions().iter().filter(|region| region.is_valid_in(None)).count(), 3342);
    }

    #[test]
    fn names_lead_to_codes() {
        check("围场满族蒙古族自治县人民政府办公室", 2023, &["130828"]);
        check("围场县人民政府", 2023, &["130828"]);
        check("乐山市金口河区人民政府", 2023, &["511113"]);
        check("北京市大兴区旧宫镇人民政府", 2022, &["110115"]);
        check("信阳市司法局", 2023, &["411500"]);
        check("河北省司法厅", 2023, &["130000"]);
        check("恩施州人民政府", 2023, &["422800"]);
        check("某某县人民政府", 2023, &[]);
    }

    #[test]
    fn parents_tell_namesakes_apart() {
        check("鼓楼区人民政府", 2023, &["320106", "320302", "350102", "410204"]);
        check("福州市鼓楼区人民政府", 2023, &["350102"]);
        check("河南开封市鼓楼区人民政府", 2023, &["410204"]);
    }

    #[test]
    fn retired_names_stand_for_the_code_of_their_time() {
        check("北京市崇文区人民政府", 2008, &["110103"]);
        check("莱芜市人民政府", 2015, &["371200"]);
        check("沙县人民政府", 2016, &["350427"]);
    }

    #[test]
    fn a_retired_region_names_its_successor() {
        let row = regions().get("350427".parse().unwrap(), Some(2016)).unwrap();
        assert_eq!((row.name.as_str(), row.successor), ("沙县", "350405".parse().ok()));
    }
}
