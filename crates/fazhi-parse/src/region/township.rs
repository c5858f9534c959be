//! Townships: codes and names of mid-2023, and how texts write them.
//!
//! The list is read where it is asked, county by county; only the index over the whole country is built, on first use.

use std::collections::HashMap;
use std::sync::OnceLock;

use fazhi_model::{RegionCode, TownshipCode};

use super::is_within;
use super::names::may_precede;
use super::spelling::without_peoples;

/// A township, town or subdistrict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Township {
    /// Code of the statistical list.
    pub code: TownshipCode,
    /// Full name.
    pub name: String,
    /// The county it is listed under; a development zone or a city without counties may stand for one.
    pub county: RegionCode,
}

/// How well a text fits the name in the list, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// Another kind, as townships become towns and towns subdistricts: `太平镇` for 太平乡.
    Upgraded,
    /// Another word for the same kind: `旧宫镇` for 旧宫地区, `东风办事处` for 东风街道.
    Alias,
    /// The name in the list.
    Exact,
}

/// A township that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TownshipMatch {
    pub code: TownshipCode,
    pub fit: Fit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// 街道
    Street,
    /// 镇
    Town,
    /// 乡
    Township,
    /// 地区: in Beijing the office of what is a town or township as well.
    Area,
    /// 苏木, the township of Inner Mongolia.
    Sumu,
    /// 办事处, of whatever kind.
    Office,
    /// 农场, 林场 …, and 团 of the corps: the name is the whole word.
    Farm,
}

/// How texts and the list end a name; long endings before those they end in.
const ENDINGS: [(&str, Kind); 11] = [
    ("街道办事处", Kind::Street),
    ("地区办事处", Kind::Area),
    ("街道办", Kind::Street),
    ("街道", Kind::Street),
    ("街", Kind::Street),
    ("地区", Kind::Area),
    ("办事处", Kind::Office),
    ("民族乡", Kind::Township),
    ("苏木", Kind::Sumu),
    ("镇", Kind::Town),
    ("乡", Kind::Township),
];

fn fit(listed: Kind, told: Kind) -> Option<Fit> {
    use Kind::{Area, Office, Street, Sumu, Town, Township};
    match (listed, told) {
        _ if listed == told => Some(Fit::Exact),
        (Street | Area, Office)
        | (Office, Street)
        | (Area, Town | Township)
        | (Town | Township, Area)
        | (Sumu, Township) => Some(Fit::Alias),
        (Town, Township) | (Township, Town) | (Town | Township | Area, Street) | (Street, Town | Township | Area) => {
            Some(Fit::Upgraded)
        }
        _ => None,
    }
}

/// The list, as lines of counties.
#[derive(Debug)]
pub(super) struct Townships {
    /// By county.
    lines: Vec<(RegionCode, &'static str)>,
    /// Of the whole country by name without ending, built when a text names nothing else.
    by_stem: OnceLock<HashMap<&'static str, Vec<(TownshipCode, Kind)>>>,
}

/// A word of a line: `3兴丰.`.
#[derive(Debug, Clone, Copy)]
struct Entry {
    county: RegionCode,
    number: u16,
    /// The name without its ending, or all of it where it has no usual one (farms, zones).
    stem: &'static str,
    ending: Option<(&'static str, Kind)>,
}

impl Townships {
    pub(super) fn parse(text: &'static str) -> Self {
        let line = |line: &'static str| {
            let (county, words) = line.split_once(' ')?;
            Some((county.parse().ok()?, words))
        };
        let lines = text.lines().filter_map(line).collect();
        Self { lines, by_stem: OnceLock::new() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Township> + '_ {
        self.lines.iter().flat_map(|(county, words)| entries(*county, words)).filter_map(|entry| {
            let name = format!("{}{}", entry.stem, entry.ending.map_or("", |(ending, _)| ending));
            Some(Township { code: entry.code()?, name, county: entry.county })
        })
    }

    /// The townships in a county, prefecture or province, of the counties where one could be meant.
    fn within<'t>(&'t self, region: RegionCode, offices: &'t [Office<'t>]) -> impl Iterator<Item = Entry> + 't {
        let first = self.lines.partition_point(|(county, _)| *county < region);
        let lines = self.lines[first..].iter().take_while(move |(county, _)| is_within(*county, region));
        // Reading a line costs more than looking for a character in it.
        let lines = lines.filter(|(_, words)| {
            offices.iter().any(|office| office.before.chars().next_back().is_some_and(|last| words.contains(last)))
        });
        lines.flat_map(|(county, words)| entries(*county, words))
    }

    /// The one township of a region that a text names: the best fit, of those the longest name. Several are none.
    pub(super) fn named_in(&self, text: &str, region: RegionCode) -> Option<TownshipMatch> {
        let offices = offices(text);
        if offices.is_empty() {
            return None;
        }
        let mut best: Option<(Fit, usize)> = None;
        let mut found: Vec<Entry> = Vec::new();
        for entry in self.within(region, &offices) {
            let Some(rank) = entry.fit_among(&offices) else { continue };
            if best.is_none_or(|best| best < rank) {
                best = Some(rank);
                found.clear();
            }
            if best == Some(rank) {
                found.push(entry);
            }
        }
        match found[..] {
            [entry] => best.and_then(|(fit, _)| Some(TownshipMatch { code: entry.code()?, fit })),
            _ => None,
        }
    }

    /// The townships of the whole country that a text opens with the name of: those of the best fit, none upgraded.
    pub(super) fn opening(&self, text: &str) -> Vec<TownshipCode> {
        const LONGEST: usize = 14;
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST);
        let mut found: Vec<(Fit, TownshipCode)> = Vec::new();
        for end in ends {
            let Some(told) = kind_at(&text[end..]) else { continue };
            let listed = self.index().get(&text[..end]).into_iter().flatten();
            found.extend(listed.filter_map(|(code, kind)| Some((fit(*kind, told)?, *code))));
        }
        let best = found.iter().map(|(fit, _)| *fit).max().filter(|best| *best > Fit::Upgraded);
        found.into_iter().filter(|(fit, _)| Some(*fit) == best).map(|(_, code)| code).collect()
    }

    fn index(&self) -> &HashMap<&'static str, Vec<(TownshipCode, Kind)>> {
        self.by_stem.get_or_init(|| {
            let mut index: HashMap<&'static str, Vec<(TownshipCode, Kind)>> = HashMap::new();
            for entry in self.lines.iter().flat_map(|(county, words)| entries(*county, words)) {
                if let (Some((_, kind)), Some(code)) = (entry.ending, entry.code()) {
                    index.entry(entry.stem).or_default().push((code, kind));
                }
            }
            index
        })
    }
}

impl Entry {
    fn code(&self) -> Option<TownshipCode> {
        TownshipCode::new(self.county, self.number)
    }

    /// The best fit of this name to one of the offices a text names, with the length of the name.
    fn fit_among(&self, offices: &[Office<'_>]) -> Option<(Fit, usize)> {
        let of = |name: &str| {
            let told = offices.iter().filter(|office| office.is_of(name));
            let fits = told.filter_map(|office| match self.ending {
                Some((_, listed)) => fit(listed, office.kind),
                None => (office.kind == Kind::Farm).then_some(Fit::Exact),
            });
            fits.max().map(|fit| (fit, name.len()))
        };
        let without = || self.stem.ends_with('族').then(|| without_peoples(self.stem.trim_end_matches("民族")));
        of(self.stem).or_else(|| of(without().filter(|short| !short.is_empty())?))
    }
}

/// A place in a text where the name of a township may end.
#[derive(Debug, Clone, Copy)]
struct Office<'t> {
    /// The text up to the end of the name: `大兴区旧宫` before 镇.
    before: &'t str,
    kind: Kind,
}

impl Office<'_> {
    fn is_of(&self, name: &str) -> bool {
        let lead = self.before.strip_suffix(name);
        lead.is_some_and(|lead| may_precede(lead.chars().next_back()))
    }
}

/// Where the names of townships may end in a text; one of a body's name has two or three such places.
fn offices(text: &str) -> Vec<Office<'_>> {
    const MOST: usize = 32;
    let office = |(at, c): (usize, char)| match c {
        // Farms and the regiments of the corps act as townships; zones, ports and camps in the list do not.
        '场' | '团' => Some(Office { before: &text[..at + c.len_utf8()], kind: Kind::Farm }),
        _ => kind_at(&text[at..]).map(|kind| Office { before: &text[..at], kind }),
    };
    text.char_indices().filter_map(office).take(MOST).collect()
}

/// The townships of a line: a number is left out where it follows the one before, `.` is the usual ending of the number.
fn entries(county: RegionCode, words: &'static str) -> impl Iterator<Item = Entry> {
    let mut last = 0;
    words.split(' ').filter_map(move |word| {
        let name = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: u16 = match &word[..word.len() - name.len()] {
            "" => last + 1,
            digits => digits.parse().ok()?,
        };
        last = number;
        let usual = match number / 100 {
            0 => ("街道", Kind::Street),
            1 => ("镇", Kind::Town),
            _ => ("乡", Kind::Township),
        };
        let (stem, ending) = match name.strip_suffix('.') {
            Some(stem) => (stem, Some(usual)),
            None => split_ending(name),
        };
        Some(Entry { county, number, stem, ending })
    })
}

fn split_ending(name: &'static str) -> (&'static str, Option<(&'static str, Kind)>) {
    let found = ENDINGS.iter().find_map(|(ending, kind)| Some((name.strip_suffix(ending)?, (*ending, *kind))));
    match found {
        Some((stem, ending)) if !stem.is_empty() => (stem, Some(ending)),
        _ => (name, None),
    }
}

/// The kind that the text goes on with.
fn kind_at(text: &str) -> Option<Kind> {
    ENDINGS.iter().find(|(ending, _)| text.starts_with(ending)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, region: &str, expected: Option<(&str, Fit)>) {
        let found = crate::Rules::embedded().regions().township_in(text, region.parse().unwrap());
        let found = found.map(|found| (found.code.to_string(), found.fit));
        assert_eq!(found, expected.map(|(code, fit)| (code.to_owned(), fit)), "{text}");
    }

    #[test]
    fn lines_say_what_is_not_usual() {
        let line = "1兴丰. 清源. 4亦庄地区 100魏善庄. 200向阳回族. 400南郊农场";
        let found: Vec<(String, String)> =
            Townships { lines: vec![("110115".parse().unwrap(), line)], by_stem: OnceLock::new() }
                .iter()
                .map(|township| (township.code[6..].to_owned(), township.name))
                .collect();
        let expected = [
            ("001", "兴丰街道"),
            ("002", "清源街道"),
            ("004", "亦庄地区"),
            ("100", "魏善庄镇"),
            ("200", "向阳回族乡"),
            ("400", "南郊农场"),
        ];
        assert_eq!(found, expected.map(|(number, name)| (number.to_owned(), name.to_owned())));
    }

    #[test]
    fn every_word_of_the_list_reads() {
        let text = include_str!("../../data/townships.txt");
        let words: usize =
            text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').count() - 1).sum();
        let townships: Vec<Township> = crate::Rules::embedded().regions().townships().collect();
        assert_eq!((townships.len(), words), (41_352, 41_352));
        assert!(townships.is_sorted_by_key(|township| township.code));
    }

    #[test]
    fn offices_are_written_in_several_ways() {
        check("北京市大兴区旧宫镇人民政府", "110115", Some(("110115006", Fit::Alias)));
        check("大兴区旧宫地区办事处", "110115", Some(("110115006", Fit::Exact)));
        check("兴丰办事处", "110115", Some(("110115001", Fit::Alias)));
        check("兴丰街道办", "110115", Some(("110115001", Fit::Exact)));
        check("武汉市东西湖区吴家山街道办事处", "420112", Some(("420112001", Fit::Exact)));
        check("大兴区司法局", "110115", None);
        check("大兴区新旧宫镇", "110115", None);
    }

    #[test]
    fn a_town_that_was_a_township_is_the_weaker_reading() {
        check("魏善庄乡人民政府", "110115", Some(("110115110", Fit::Upgraded)));
        // Where both are listed, each is itself, and a subdistrict of the name may be either.
        check("封丘县城关镇人民政府", "410727", Some(("410727100", Fit::Exact)));
        check("封丘县城关乡人民政府", "410727", Some(("410727200", Fit::Exact)));
        check("封丘县城关街道办事处", "410727", None);
    }

    #[test]
    fn a_name_listed_twice_in_a_prefecture_names_none() {
        check("金河镇人民政府", "511100", Some(("511113101", Fit::Exact)));
        check("城关镇人民政府", "620100", None);
    }
}
