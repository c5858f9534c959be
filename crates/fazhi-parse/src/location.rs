//! Which region a document belongs to.

use std::sync::LazyLock;

use fazhi_model::{Issue, PublisherLevel, RegionCode, Severity};
use regex::Regex;

use crate::region::{Named, Region, RegionLevel, Regions, is_within};

/// What may tell the region, by order of trust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clues<'a> {
    pub site_id: Option<&'a str>,
    pub index_number: Option<&'a str>,
    pub publisher: Option<&'a str>,
    pub title: Option<&'a str>,
    pub site_owner: Option<&'a str>,
    /// The text, for reports: it confirms, or tells where nothing else does.
    pub body: Option<&'a str>,
    pub year: Option<i32>,
}

/// The region found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Location {
    pub code: Option<RegionCode>,
    pub name: Option<String>,
}

/// Site code, then region digits of the index number, then names. A name that lies inside the region of the code is
/// nearer (one portal carries many publishers); a name elsewhere is a conflict, and the document's own words win over a
/// known code.
pub(crate) fn locate(clues: &Clues<'_>, regions: &Regions, issues: &mut Vec<Issue>) -> Location {
    let code =
        clues.site_id.and_then(leading_code).or_else(|| clues.index_number.and_then(|index| of_index(index, regions)));
    let named = named(clues, regions);
    let found = match (code, named) {
        (Some(code), Named::One(region)) => Some(nearer(code, region, clues, regions, issues)),
        (Some(code), Named::Ambiguous(candidates)) => {
            let inside: Vec<&&Region> = candidates.iter().filter(|region| is_within(region.code, code)).collect();
            if let [one] = inside[..] { Some(one.code) } else { Some(code) }
        }
        (Some(code), Named::Nothing) => Some(code),
        (None, Named::One(region)) => Some(region.code),
        (None, Named::Ambiguous(candidates)) => {
            let codes: Vec<String> =
                candidates.iter().map(|region| format!("{} {}", region.code, region.name)).collect();
            issues.push(Issue::interpret(Severity::Info, "region_ambiguous", codes.join(", ")));
            None
        }
        (None, Named::Nothing) => clues.body.and_then(|body| of_body(body, clues.year, regions)),
    };
    let code = found.map(|code| valid_then(code, clues.year, regions));
    let name = code.and_then(|code| match regions.get(code, clues.year) {
        Some(region) => Some(region.name.clone()),
        None => [clues.publisher, clues.site_owner].into_iter().flatten().find_map(|body| name_of_body(body, code)),
    });
    Location { code, name }
}

fn leading_code(digits: &str) -> Option<RegionCode> {
    digits.get(..6)?.parse().ok()
}

/// Region digits of an index number: of a social credit code (third to eighth character), or of `dddddd0000`.
fn of_index(index: &str, regions: &Regions) -> Option<RegionCode> {
    static FRONT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:[0-9A-Z]{2}(\d{6})[0-9A-Z]{10}|\d{2}(\d{6})\d{4,9}|(\d{6})0000)/")
            .expect("the pattern is valid")
    });
    let found = FRONT.captures(index)?;
    let code: RegionCode = found.iter().skip(1).flatten().next()?.as_str().parse().ok()?;
    // A front code is often a default of the system, so that only a region that exists counts.
    regions.get(code, None).map(|_| code)
}

fn named<'r>(clues: &Clues<'_>, regions: &'r Regions) -> Named<'r> {
    let texts = [clues.publisher, clues.title, clues.site_owner];
    let mut ambiguous = Named::Nothing;
    for text in texts.into_iter().flatten() {
        match regions.named_in(text, clues.year) {
            Named::Nothing => {}
            Named::One(region) => match &ambiguous {
                // The owner of the site may tell which of several namesakes the title means.
                Named::Ambiguous(candidates) => {
                    let inside: Vec<&&Region> =
                        candidates.iter().filter(|candidate| is_within(candidate.code, region.code)).collect();
                    return if let [one] = inside[..] { Named::One(one) } else { ambiguous };
                }
                _ => return Named::One(region),
            },
            several if ambiguous == Named::Nothing => ambiguous = several,
            Named::Ambiguous(_) => {}
        }
    }
    ambiguous
}

fn nearer(
    code: RegionCode,
    region: &Region,
    clues: &Clues<'_>,
    regions: &Regions,
    issues: &mut Vec<Issue>,
) -> RegionCode {
    if is_within(region.code, code) || region.successor == Some(code) {
        return region.code;
    }
    if is_within(code, region.code) {
        return code;
    }
    let code_is_known = regions.get(code, None).is_some();
    let told_in_full = names_parent(clues, region, regions);
    // A code that no table knows may be newer than the table: a namesake elsewhere proves nothing against it, unless it
    // is told together with the province or prefecture it lies in.
    if code_is_known || told_in_full || code.province() == region.code.province() {
        let detail = format!("site or index number says {code}, the document names {} {}", region.code, region.name);
        issues.push(Issue::interpret(Severity::Warning, "region_conflict", detail));
    }
    if code_is_known || told_in_full { region.code } else { code }
}

/// Whether the words that name a region also name the province or prefecture it lies in.
fn names_parent(clues: &Clues<'_>, region: &Region, regions: &Regions) -> bool {
    let texts = [clues.publisher, clues.title, clues.site_owner];
    let parents = [region.code.prefecture(), region.code.province()].into_iter().filter(|code| *code != region.code);
    let mut names = parents.filter_map(|code| regions.get(code, None)).map(|parent| parent.name.as_str());
    names.any(|name| texts.into_iter().flatten().any(|text| text.contains(name)))
}

/// The code under which the region was known in the report year.
fn valid_then(code: RegionCode, year: Option<i32>, regions: &Regions) -> RegionCode {
    let Some(current) = regions.get(code, year) else { return code };
    if year.is_none() || current.is_valid_in(year) {
        return code;
    }
    let mut before = regions.iter().filter(|region| region.successor == Some(code) && region.is_valid_in(year));
    match (before.next(), before.next()) {
        (Some(one), None) => one.code,
        _ => code,
    }
}

/// The region a report without any other sign speaks of: a name unique in the country, of the level at which the text
/// speaks of itself, named in the opening or more often than any other.
fn of_body(body: &str, year: Option<i32>, regions: &Regions) -> Option<RegionCode> {
    let level = crate::publisher::level_of_speaker(body, None);
    let wanted = |region: &Region| match level {
        Some(PublisherLevel::Province) => region.level == RegionLevel::Province,
        Some(PublisherLevel::County | PublisherLevel::Township) => region.level == RegionLevel::County,
        // 我市 may be a prefecture-level city or one of county level.
        None => region.level == RegionLevel::Prefecture || region.name.ends_with('市'),
        _ => false,
    };
    let opening: String = body.chars().take(400).collect();
    let in_opening: Vec<(&Region, usize)> =
        regions.counted_in(&opening, year).into_iter().filter(|(region, _)| wanted(region)).collect();
    let counted: Vec<(&Region, usize)> =
        regions.counted_in(body, year).into_iter().filter(|(region, _)| wanted(region)).collect();
    match (&in_opening[..], &counted[..]) {
        ([(one, _)], _) => Some(one.code),
        (_, [(one, most), rest @ ..]) if *most >= 2 && rest.iter().all(|(_, count)| count < most) => Some(one.code),
        _ => None,
    }
}

/// The last region in the name of a body, if its ending fits the level of the code: `青山县` of `青岚省青山县人民政府`.
fn name_of_body(body: &str, code: RegionCode) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Clues<'_> = Clues {
        site_id: None,
        index_number: None,
        publisher: None,
        title: None,
        site_owner: None,
        body: None,
        year: Some(2023),
    };

    #[track_caller]
    fn check(clues: &Clues<'_>, code: Option<&str>, name: Option<&str>, issues: &[&str]) {
        let mut met = Vec::new();
        let location = locate(clues, crate::Rules::embedded().regions(), &mut met);
        let met: Vec<&str> = met.iter().map(|issue| issue.kind.as_ref()).collect();
        let code = code.map(|code| code.parse().unwrap());
        assert_eq!((location, &met[..]), (Location { code, name: name.map(str::to_owned) }, issues));
    }

    #[test]
    fn the_code_of_the_site_comes_first() {
        check(&Clues { site_id: Some("1308280001"), ..NONE }, Some("130828"), Some("围场满族蒙古族自治县"), &[]);
        let clues = Clues { site_id: Some("5901020003"), site_owner: Some("青山县人民政府"), ..NONE };
        check(&clues, Some("590102"), Some("青山县"), &[]);
        check(&Clues { site_owner: None, ..clues }, Some("590102"), None, &[]);
    }

    #[test]
    fn a_name_inside_the_region_of_the_site_is_nearer() {
        let clues =
            Clues { site_id: Some("5111000001"), title: Some("金口河区2023年法治政府建设报告"), ..NONE };
        check(&clues, Some("511113"), Some("金口河区"), &[]);
        let clues =
            Clues { site_id: Some("3501000001"), title: Some("鼓楼区2023年法治政府建设报告"), ..NONE };
        check(&clues, Some("350102"), Some("鼓楼区"), &[]);
    }

    #[test]
    fn a_name_elsewhere_is_a_conflict() {
        let clues = Clues { site_id: Some("1308280001"), publisher: Some("乐山市金口河区人民政府"), ..NONE };
        check(&clues, Some("511113"), Some("金口河区"), &["region_conflict"]);
    }

    #[test]
    fn a_namesake_elsewhere_says_nothing_against_a_new_code() {
        let clues = Clues { site_id: Some("5901020001"), publisher: Some("青岚省武平县人民政府"), ..NONE };
        check(&clues, Some("590102"), Some("武平县"), &[]);
    }

    #[test]
    fn a_name_told_in_full_speaks_against_an_unknown_code() {
        let clues = Clues { site_id: Some("5901020001"), publisher: Some("福建省武平县人民政府"), ..NONE };
        check(&clues, Some("350824"), Some("武平县"), &["region_conflict"]);
        let clues = Clues { site_id: Some("3508990001"), publisher: Some("武平县人民政府"), ..NONE };
        check(&clues, Some("350899"), Some("武平县"), &["region_conflict"]);
    }

    #[test]
    fn index_numbers_hold_region_digits() {
        check(&Clues { index_number: Some("6107280000/2024-001005"), ..NONE }, Some("610728"), Some("镇巴县"), &[]);
        check(
            &Clues { index_number: Some("11440115MB2D065126/2020-00071"), ..NONE },
            Some("440115"),
            Some("南沙区"),
            &[],
        );
        check(&Clues { index_number: Some("000014349/2017-00110"), ..NONE }, None, None, &[]);
    }

    #[test]
    fn a_name_that_several_carry_is_left_open() {
        check(&Clues { publisher: Some("鼓楼区人民政府"), ..NONE }, None, None, &["region_ambiguous"]);
    }

    #[test]
    fn a_report_may_tell_its_region_itself() {
        let body = "2023年，我区坚持依法行政，为金口河区发展提供法治保障。我区各部门认真履职，乐山市给予肯定。";
        check(&Clues { body: Some(body), ..NONE }, Some("511113"), Some("金口河区"), &[]);
    }

    #[test]
    fn the_code_is_that_of_the_report_year() {
        let clues = Clues {
            site_id: Some("3504050001"),
            title: Some("沙县人民政府2016年法治政府建设报告"),
            year: Some(2016),
            ..NONE
        };
        check(&clues, Some("350427"), Some("沙县"), &[]);
    }
}
