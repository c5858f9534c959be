//! What each clue says, how much it weighs, and the record of who was believed.

use fazhi_model::RegionCode;

use super::{Candidate, Clues, codes, of_standard};
use crate::evidence::{Claim, Decision, Verdict};
use crate::region::{Named, Regions, is_within};

/// Longer lists of candidates are cut in the issue; nobody reads all 88 towns called 城关.
const LISTED: usize = 10;

/// Where a clue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    SiteCode,
    IndexNumber,
    Publisher,
    Title,
    SiteOwner,
    Column,
    Township,
    Body,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::SiteCode => "site code",
            Self::IndexNumber => "index number",
            Self::Publisher => "publisher",
            Self::Title => "title",
            Self::SiteOwner => "site owner",
            Self::Column => "column",
            Self::Township => "township",
            Self::Body => "text",
        }
    }

    /// How sure this clue alone makes, of 100.
    const fn weight(self) -> u32 {
        match self {
            Self::Publisher => 80,
            Self::SiteCode | Self::Title => 70,
            Self::IndexNumber | Self::SiteOwner => 60,
            Self::Column | Self::Body => 40,
            Self::Township => 30,
        }
    }
}

/// A clue and the regions it may mean.
#[derive(Debug)]
pub(super) struct Witness<'a, 'r> {
    pub source: Source,
    pub says: &'a str,
    pub means: Vec<RegionCode>,
    /// What those are now.
    now: Vec<RegionCode>,
    /// How a name was understood; nothing for codes.
    pub named: Named<'r>,
}

impl<'a, 'r> Witness<'a, 'r> {
    pub fn of_codes(source: Source, says: &'a str, means: Vec<RegionCode>, regions: &Regions) -> Self {
        let means: Vec<RegionCode> = means.into_iter().map(|code| of_standard(code, regions)).collect();
        let now = means.iter().map(|code| now(*code, regions)).collect();
        Self { source, says, means, now, named: Named::Nothing }
    }

    fn of_name(source: Source, says: &'a str, year: Option<i32>, regions: &'r Regions) -> Self {
        let named = regions.named_in(says, year);
        let means = match &named {
            Named::Nothing => Vec::new(),
            Named::One(region) => vec![region.code],
            Named::Ambiguous(candidates) => candidates.iter().map(|region| region.code).collect(),
        };
        Self { named, ..Self::of_codes(source, says, means, regions) }
    }

    /// What this clue adds to the belief in a region, of 100: half for a region it lies in.
    fn weight_for(&self, code: RegionCode, regions: &Regions) -> u32 {
        let weight = match self.source {
            // A code that no table knows may be new, or a slip.
            Source::SiteCode if self.means.iter().all(|code| regions.get(*code, None).is_none()) => 50,
            source => source.weight(),
        };
        match self.standing_to(code, regions) {
            Standing::Means => weight,
            Standing::Contains => weight / 2,
            Standing::Else | Standing::Nothing => 0,
        }
    }

    fn standing_to(&self, code: RegionCode, regions: &Regions) -> Standing {
        let code_now = now(code, regions);
        if self.means.is_empty() {
            Standing::Nothing
        } else if self.means.contains(&code) || self.now.contains(&code_now) {
            Standing::Means
        } else if self.means.iter().any(|told| is_within(code, *told))
            || self.now.iter().any(|told| is_within(code_now, *told))
        {
            Standing::Contains
        } else {
            Standing::Else
        }
    }
}

fn now(code: RegionCode, regions: &Regions) -> RegionCode {
    regions.current(code, None).unwrap_or(code)
}

/// How what a clue says stands to a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Means,
    Contains,
    Else,
    Nothing,
}

/// All clues of a page but the body, in order of trust.
pub(super) fn witnesses<'a, 'r>(clues: &Clues<'a>, regions: &'r Regions) -> Vec<Witness<'a, 'r>> {
    let site = clues.site_id.map(|says| (Source::SiteCode, says, codes::of_site(says)));
    let index = clues.index_number.map(|says| (Source::IndexNumber, says, codes::of_index(says, regions)));
    let told = [site, index].into_iter().flatten();
    let mut witnesses: Vec<Witness<'a, 'r>> =
        told.map(|(source, says, code)| Witness::of_codes(source, says, code.into_iter().collect(), regions)).collect();
    let texts = [
        (Source::Publisher, clues.publisher),
        (Source::Title, clues.title),
        (Source::SiteOwner, clues.site_owner),
        (Source::Column, clues.column),
    ];
    let texts = texts.into_iter().filter_map(|(source, text)| Some((source, text?)));
    witnesses.extend(texts.map(|(source, text)| Witness::of_name(source, text, clues.year, regions)));
    witnesses
}

/// Belief in a region that was settled on, of 100: each clue takes its share of the doubt that the others leave.
pub(super) fn score(code: RegionCode, witnesses: &[Witness<'_, '_>], regions: &Regions) -> u8 {
    combined(witnesses.iter().map(|witness| witness.weight_for(code, regions)))
}

/// The regions that are open, best first. A clue that may mean several of them gives each its part.
pub(super) fn candidates(
    codes: &[RegionCode],
    witnesses: &[Witness<'_, '_>],
    year: Option<i32>,
    regions: &Regions,
) -> Vec<Candidate> {
    let among = |witness: &Witness<'_, '_>| {
        let meant = codes.iter().filter(|code| witness.standing_to(**code, regions) == Standing::Means).count();
        u32::try_from(meant).unwrap_or(u32::MAX).max(1)
    };
    let parts: Vec<u32> = witnesses.iter().map(among).collect();
    let candidate = |code: RegionCode| Candidate {
        code,
        name: regions.get(code, year).map(|region| region.name.clone()).unwrap_or_default(),
        score: combined(witnesses.iter().zip(&parts).map(|(witness, among)| witness.weight_for(code, regions) / among)),
    };
    let mut candidates: Vec<Candidate> = codes.iter().copied().map(candidate).collect();
    candidates.sort_by_key(|candidate| (u8::MAX - candidate.score, candidate.code));
    candidates
}

fn combined(weights: impl Iterator<Item = u32>) -> u8 {
    let doubt = weights.fold(10_000, |doubt, weight| doubt * (100 - weight.min(100)) / 100);
    u8::try_from(100 - doubt / 100).unwrap_or(100)
}

/// The candidates as an issue tells them: `320106 鼓楼区 20, …`.
pub(super) fn listed(candidates: &[Candidate]) -> String {
    let named = candidates.iter().take(LISTED).map(|it| format!("{} {} {}", it.code, it.name, it.score));
    let named = named.collect::<Vec<_>>().join(", ");
    match candidates.len().saturating_sub(LISTED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The record of what every clue said.
pub(super) fn decision(
    settled: Option<RegionCode>,
    rule: &'static str,
    witnesses: &[Witness<'_, '_>],
    regions: &Regions,
) -> Decision {
    let standings: Vec<Standing> = witnesses
        .iter()
        .map(|witness| settled.map_or(Standing::Nothing, |code| witness.standing_to(code, regions)))
        .collect();
    let believed = standings.iter().position(|standing| *standing == Standing::Means);
    let verdict = |at: usize| match standings[at] {
        _ if believed == Some(at) => Verdict::Believed,
        Standing::Means | Standing::Contains => Verdict::Agrees,
        Standing::Else => Verdict::Differs,
        Standing::Nothing => Verdict::Refused,
    };
    let claim = |(at, witness): (usize, &Witness<'_, '_>)| Claim {
        source: witness.source.name().to_owned(),
        says: witness.says.to_owned(),
        verdict: verdict(at),
    };
    Decision {
        field: "region_code",
        value: settled.map(|code| code.to_string()),
        rule,
        claims: witnesses.iter().enumerate().map(claim).collect(),
    }
}
