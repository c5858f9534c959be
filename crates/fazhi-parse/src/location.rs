//! Which region a document belongs to.
//!
//! Everything that may tell the region is a witness: the code of the site, the index number, names in the publisher,
//! the title, the owner of the site and the column. They are asked in this order. Two that agree settle it, and so does
//! one name that is unique in the country for the report year; the code of the site alone will do. A name that several
//! regions carry and nothing tells apart leaves the region open: its regions are candidates.

mod codes;
mod scores;
mod township;

use fazhi_model::{Issue, PublisherLevel, RegionCode, Severity, TownshipCode};

use crate::evidence::Decision;
use crate::publisher;
use crate::region::{Named, Region, RegionLevel, Regions, is_within};

use self::scores::{Source, Witness};
use self::township::Found;

/// What may tell the region, by order of trust.
#[derive(Debug, Clone, Copy)]
pub struct Clues<'a> {
    /// 网站标识码.
    pub site_id: Option<&'a str>,
    /// 索引号.
    pub index_number: Option<&'a str>,
    /// The body that published.
    pub publisher: Option<&'a str>,
    /// The title, for reports.
    pub title: Option<&'a str>,
    /// The body that runs the site.
    pub site_owner: Option<&'a str>,
    /// Column of the site and path to it.
    pub column: Option<&'a str>,
    /// The text, for reports: it confirms, or tells where nothing else does.
    pub body: Option<&'a str>,
    /// The year the document is about; none means now.
    pub year: Option<i32>,
}

/// A region that a document may belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The code of the report year.
    pub code: RegionCode,
    /// The name of that year.
    pub name: String,
    /// Belief in this region, of 100.
    pub score: u8,
}

/// The region found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The code of the report year.
    pub code: Option<RegionCode>,
    /// The name of that year; for a code that the table does not know, the name in the publisher or owner.
    pub name: Option<String>,
    /// The code under which the region lives on now.
    pub current: Option<RegionCode>,
    /// The township that published.
    pub township: Option<TownshipCode>,
    /// Belief in the region, of 100.
    pub score: Option<u8>,
    /// The regions it may be, where that is open; best first.
    pub candidates: Vec<Candidate>,
    /// Who said what.
    pub decision: Option<Decision>,
}

/// What the clues come to, before the year is considered.
#[derive(Debug)]
enum Finding {
    Settled { code: RegionCode, rule: &'static str },
    Open(Vec<RegionCode>),
    Unknown,
}

/// Finds the region by the clues; what contradicts and what stays open becomes an issue.
pub fn locate(clues: &Clues<'_>, regions: &Regions, issues: &mut Vec<Issue>) -> Location {
    let mut witnesses = scores::witnesses(clues, regions);
    let mut finding = weigh(clues, &witnesses, regions, issues);
    if let Finding::Unknown = finding {
        finding = otherwise(clues, &mut witnesses, regions);
    }
    let (mut location, rule) = match finding {
        Finding::Settled { code, rule } => settle(code, rule, clues, &mut witnesses, regions),
        Finding::Open(codes) => (open(&codes, clues, &witnesses, regions, issues), "several regions may be meant"),
        Finding::Unknown => (Location::default(), "nothing tells the region"),
    };
    location.decision = Some(scores::decision(location.code, rule, &witnesses, regions));
    location
}

/// The region, or the county inside it that its township tells; with the rule that decided.
fn settle<'a>(
    code: RegionCode,
    rule: &'static str,
    clues: &Clues<'a>,
    witnesses: &mut Vec<Witness<'a, '_>>,
    regions: &Regions,
) -> (Location, &'static str) {
    let township = township::find(clues, code, regions);
    let now = regions.current(code, None).unwrap_or(code);
    let (mut settled, mut decided_by) = (code, rule);
    if let Some(Found { says, region, .. }) = township.filter(|township| is_nearer(township.region, now)) {
        witnesses.push(Witness::of_codes(Source::Township, says, vec![region], regions));
        (settled, decided_by) = (region, "the one township of the name in the region");
    }
    let code = then(of_standard(settled, regions), clues.year, regions);
    let location = Location {
        code: Some(code),
        name: name_of(code, clues, regions),
        current: regions.current(code, clues.year),
        township: township.map(|township| township.code),
        score: Some(scores::score(code, witnesses, regions)),
        ..Location::default()
    };
    (location, decided_by)
}

fn open(
    codes: &[RegionCode],
    clues: &Clues<'_>,
    witnesses: &[Witness<'_, '_>],
    regions: &Regions,
    issues: &mut Vec<Issue>,
) -> Location {
    let mut codes: Vec<RegionCode> = codes.iter().map(|code| then(*code, clues.year, regions)).collect();
    codes.sort();
    codes.dedup();
    let candidates = scores::candidates(&codes, witnesses, clues.year, regions);
    issues.push(Issue::interpret(Severity::Info, "region_ambiguous", scores::listed(&candidates)));
    Location { candidates, ..Location::default() }
}

fn then(code: RegionCode, year: Option<i32>, regions: &Regions) -> RegionCode {
    year.map_or(code, |year| regions.code_in(code, year))
}

/// Whether a region lies inside another, and is not the same.
fn is_nearer(region: RegionCode, than: RegionCode) -> bool {
    region != than && is_within(region, than)
}

/// Site code, then region digits of the index number, then names. A name that lies inside the region of the code is
/// nearer (one portal carries many publishers); a name elsewhere is a conflict, and the document's own words win over a
/// known code.
fn weigh(clues: &Clues<'_>, witnesses: &[Witness<'_, '_>], regions: &Regions, issues: &mut Vec<Issue>) -> Finding {
    let code = codes::told(clues, regions);
    let settled = |code, rule| Finding::Settled { code, rule };
    match (code, named(witnesses, code, issues)) {
        (Some(code), Named::One(region)) => {
            settled(nearer(code, region, clues, regions, issues), "code and name, the nearer of the two")
        }
        (Some(code), Named::Ambiguous(candidates)) => {
            let codes = candidates.iter().map(|region| region.code);
            let inside: Vec<RegionCode> = codes.filter(|region| is_within(*region, code)).collect();
            match inside[..] {
                [] => settled(code, "the code: no region of the name is inside the code's"),
                [one] => settled(one, "the one region of the name inside the code's"),
                _ => Finding::Open(inside),
            }
        }
        (Some(code), Named::Nothing) => settled(code, "the code alone"),
        (None, Named::One(region)) => settled(region.code, "a name that means one region"),
        (None, Named::Ambiguous(candidates)) => Finding::Open(candidates.iter().map(|region| region.code).collect()),
        (None, Named::Nothing) => Finding::Unknown,
    }
}

/// What the names in publisher, title, owner and column come to: the first that means one region, unless it only tells
/// apart the namesakes of one before it. Beside a code the column does no more than that.
fn named<'r>(witnesses: &[Witness<'_, 'r>], code: Option<RegionCode>, issues: &mut Vec<Issue>) -> Named<'r> {
    let said = |source: Source| witnesses.iter().find(|witness| witness.source == source).map(|witness| &witness.named);
    if let (Some(Named::One(publisher)), Some(Named::One(title))) = (said(Source::Publisher), said(Source::Title)) {
        return Named::One(of_title(publisher, title, issues));
    }
    let mut open: Vec<&Region> = Vec::new();
    for source in [Source::Publisher, Source::Title, Source::SiteOwner, Source::Column] {
        match said(source) {
            None | Some(Named::Nothing) => {}
            Some(Named::One(region)) if open.is_empty() => {
                if source != Source::Column || code.is_none() {
                    return Named::One(region);
                }
            }
            Some(Named::One(region)) => {
                if let Some(one) = the_one(&open, |candidate| is_within(candidate.code, region.code)) {
                    return Named::One(one);
                }
            }
            Some(Named::Ambiguous(candidates)) if open.is_empty() => open.clone_from(candidates),
            Some(Named::Ambiguous(candidates)) => {
                if let Some(one) = the_one(&open, |candidate| candidates.contains(candidate)) {
                    return Named::One(one);
                }
            }
        }
    }
    if open.is_empty() { Named::Nothing } else { Named::Ambiguous(open) }
}

fn the_one<'r>(candidates: &[&'r Region], holds: impl Fn(&&'r Region) -> bool) -> Option<&'r Region> {
    let mut found = candidates.iter().filter(|candidate| holds(candidate));
    found.next().copied().filter(|_| found.next().is_none())
}

/// The publisher may be a body of the city whose district the title names; then the report is the district's.
fn of_title<'r>(publisher: &'r Region, title: &'r Region, issues: &mut Vec<Issue>) -> &'r Region {
    if is_within(title.code, publisher.code) {
        return title;
    }
    if !is_within(publisher.code, title.code) {
        let detail = format!(
            "the publisher is of {} {}, the title names {} {}",
            publisher.code, publisher.name, title.code, title.name
        );
        issues.push(Issue::interpret(Severity::Warning, "region_conflict", detail));
    }
    publisher
}

fn nearer(
    code: RegionCode,
    region: &Region,
    clues: &Clues<'_>,
    regions: &Regions,
    issues: &mut Vec<Issue>,
) -> RegionCode {
    let code_now = regions.current(code, None).unwrap_or(code);
    let region_now = regions.current(region.code, region.valid_to).unwrap_or(region.code);
    if is_within(region.code, code) || is_within(region_now, code_now) {
        return region.code;
    }
    if is_within(code, region.code) {
        // A district's site may carry the report of its city's government; a bureau of the city may work in a district.
        return if governs(clues, region) { region.code } else { code };
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

/// Whether the publisher is the government of a region.
fn governs(clues: &Clues<'_>, region: &Region) -> bool {
    let place = clues.publisher.map(|name| publisher::place_of_government(name).unwrap_or(name));
    place.is_some_and(|place| place.ends_with(&region.name))
}

/// Whether the words that name a region also name the province or prefecture it lies in.
fn names_parent(clues: &Clues<'_>, region: &Region, regions: &Regions) -> bool {
    let texts = [clues.publisher, clues.title, clues.site_owner];
    let parents = [region.code.prefecture(), region.code.province()].into_iter().filter(|code| *code != region.code);
    let mut names = parents.filter_map(|code| regions.get(code, None)).map(|parent| parent.name.as_str());
    names.any(|name| texts.into_iter().flatten().any(|text| text.contains(name)))
}

/// What is left to ask where neither a code nor a region's name tells: a report may speak of its region itself; a township
/// alone is a candidate, no more.
fn otherwise<'a, 'r>(clues: &Clues<'a>, witnesses: &mut Vec<Witness<'a, 'r>>, regions: &'r Regions) -> Finding {
    if let Some((body, region)) = clues.body.and_then(|body| Some((body, of_body(body, clues.year, regions)?))) {
        let says = body.find(&region.name).map_or("", |at| &body[at..at + region.name.len()]);
        witnesses.push(Witness::of_codes(Source::Body, says, vec![region.code], regions));
        return Finding::Settled { code: region.code, rule: "the region the text speaks of" };
    }
    match township::alone(clues, regions) {
        Some((says, codes)) => {
            witnesses.push(Witness::of_codes(Source::Township, says, codes.clone(), regions));
            Finding::Open(codes)
        }
        None => Finding::Unknown,
    }
}

/// A development zone has no code of the standard: its region is the city's.
fn of_standard(code: RegionCode, regions: &Regions) -> RegionCode {
    match regions.get(code, None) {
        Some(region) if region.level == RegionLevel::Devzone => region.parent.unwrap_or(code),
        _ => code,
    }
}

/// The region a report without any other sign speaks of: a name unique in the country, of the level at which the text
/// speaks of itself, named in the opening or more often than any other.
fn of_body<'r>(body: &str, year: Option<i32>, regions: &'r Regions) -> Option<&'r Region> {
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
    if let [(one, _)] = in_opening[..] {
        return Some(one).filter(|one| !is_example(&opening, &one.name));
    }
    let counted: Vec<(&Region, usize)> =
        regions.counted_in(body, year).into_iter().filter(|(region, _)| wanted(region)).collect();
    match &counted[..] {
        [(one, most), rest @ ..] if *most >= 2 && rest.iter().all(|(_, count)| count < most) => Some(one),
        _ => None,
    }
}

/// Whether a text names a region only to learn from it or to help it.
fn is_example(text: &str, name: &str) -> bool {
    const AROUND: usize = 12;
    const WORDS: &[&str] = &["学习", "借鉴", "支援", "对口", "协作", "帮扶", "经验", "做法", "考察"];
    text.match_indices(name).all(|(at, _)| {
        let before: String = text[..at].chars().rev().take(AROUND).collect::<Vec<_>>().into_iter().rev().collect();
        let after: String = text[at + name.len()..].chars().take(AROUND).collect();
        WORDS.iter().any(|word| before.contains(word) || after.contains(word))
    })
}

fn name_of(code: RegionCode, clues: &Clues<'_>, regions: &Regions) -> Option<String> {
    match regions.get(code, clues.year) {
        Some(region) => Some(region.name.clone()),
        None => [clues.publisher, clues.site_owner].into_iter().flatten().find_map(|body| codes::name_in(body, code)),
    }
}

#[cfg(test)]
mod tests;
