//! The table of regions and what names lead to, over samples of the whole table.
#![expect(clippy::unwrap_used, reason = "the test may stop at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};

use fazhi_model::RegionCode;
use fazhi_parse::Rules;
use fazhi_parse::location::{Clues, Location, locate};
use fazhi_parse::region::{Named, Region, RegionLevel, Regions, Township, is_within};

/// The year whose names are sampled.
const YEAR: i32 = 2024;
const SAMPLES: usize = 500;

const NONE: Clues<'_> = Clues {
    site_id: None,
    index_number: None,
    publisher: None,
    title: None,
    site_owner: None,
    column: None,
    body: None,
    year: Some(YEAR),
};

fn regions() -> &'static Regions {
    Rules::embedded().regions()
}

fn located(clues: &Clues<'_>) -> Location {
    locate(clues, regions(), &mut Vec::new())
}

fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

/// The same sample on every run: a linear congruential generator, constants of Knuth's MMIX.
fn sample<T>(all: &[T], seed: u64) -> impl Iterator<Item = &T> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (state >> 33) % u64::try_from(all.len()).unwrap();
        &all[usize::try_from(at).unwrap()]
    })
    .take(SAMPLES)
}

/// The regions of the year that have a code in the standard.
fn valid() -> Vec<&'static Region> {
    let of_standard = |region: &&Region| region.level != RegionLevel::Devzone;
    regions().iter().filter(|region| region.is_valid_in(Some(YEAR))).filter(of_standard).collect()
}

fn by_name() -> BTreeMap<&'static str, Vec<RegionCode>> {
    let mut names: BTreeMap<&str, Vec<RegionCode>> = BTreeMap::new();
    for region in valid() {
        names.entry(&region.name).or_default().push(region.code);
    }
    names
}

/// Full names from the province down.
fn with_parents(region: &Region) -> String {
    let parent = region.parent.and_then(|parent| regions().get(parent, Some(YEAR)));
    format!("{}{}", parent.map(with_parents).unwrap_or_default(), region.name)
}

#[test]
fn spans_of_a_code_do_not_overlap() {
    let mut codes: BTreeMap<RegionCode, Vec<&Region>> = BTreeMap::new();
    for region in regions().iter() {
        codes.entry(region.code).or_default().push(region);
    }
    for spans in codes.values_mut() {
        spans.sort_by_key(|region| region.valid_from);
        for region in spans.iter() {
            assert!(region.valid_to.is_none_or(|to| region.valid_from.is_none_or(|from| from <= to)), "{region:?}");
        }
        for two in spans.windows(2) {
            assert!(two[0].valid_to.is_some_and(|to| two[1].valid_from.is_some_and(|from| to < from)), "{two:?}");
        }
    }
}

#[test]
fn parents_and_successors_are_in_the_table() {
    for region in regions().iter() {
        let parent = region.parent.map(|parent| regions().get(parent, None).unwrap());
        match region.level {
            RegionLevel::Province => assert_eq!(parent, None),
            _ => assert!(parent.is_some_and(|parent| parent.level < region.level), "{region:?}"),
        }
        let Some(successor) = region.successor else { continue };
        let last = region.valid_to.unwrap_or_else(|| panic!("{region:?} is valid"));
        let mut later = regions().iter().filter(|next| next.code == successor);
        assert!(later.any(|next| next.valid_to.is_none_or(|to| last < to)), "{region:?}");
        assert!(regions().current(region.code, Some(last)).is_some() || ends_split(region), "{region:?}");
    }
}

/// Whether the line of successors ends in a region that was split up.
fn ends_split(region: &Region) -> bool {
    let next = region.successor.and_then(|next| regions().get(next, region.valid_to.map(|last| last + 1)));
    next.is_none_or(|next| next.successor.is_none() && next.valid_to.is_some() || next != region && ends_split(next))
}

#[test]
fn the_units_of_2024_are_counted() {
    let count = |wanted: RegionLevel| valid().iter().filter(|region| region.level == wanted).count();
    // 2846 of the standard; 加格达奇区 and three more, and 大柴旦, have codes of the statistical office only.
    let found = [RegionLevel::Province, RegionLevel::Prefecture, RegionLevel::County].map(count);
    assert_eq!(found, [34, 333, 2846 + 5]);
    assert_eq!(regions().townships().count(), 41_352);
    let names: BTreeMap<String, usize> = regions().townships().fold(BTreeMap::new(), |mut names, township| {
        *names.entry(township.name).or_default() += 1;
        names
    });
    assert_eq!((names["城关镇"], names["太平镇"]), (88, 50));
}

#[test]
fn names_and_clues_lead_to_codes() {
    let publisher = |publisher: &'static str| Clues { publisher: Some(publisher), ..NONE };
    let cases: &[(Clues<'_>, i32, Option<&str>, Option<&str>)] = &[
        (publisher("围场满族蒙古族自治县人民政府"), 2023, Some("130828"), None),
        (publisher("围场县人民政府办公室"), 2023, Some("130828"), None),
        (publisher("金口河区司法局"), 2023, Some("511113"), None),
        (publisher("北京市大兴区旧宫镇人民政府"), 2022, Some("110115"), Some("110115006")),
        (publisher("信阳市司法局"), 2023, Some("411500"), None),
        (publisher("南京市鼓楼区人民政府"), 2023, Some("320106"), None),
        (publisher("徐州市鼓楼区人民政府"), 2023, Some("320302"), None),
        (publisher("福州市鼓楼区人民政府"), 2023, Some("350102"), None),
        (publisher("开封市鼓楼区人民政府"), 2023, Some("410204"), None),
        (publisher("鼓楼区人民政府"), 2023, None, None),
        (publisher("朝阳区人民政府"), 2023, None, None),
        (publisher("市中区人民政府"), 2023, None, None),
        (publisher("城关镇人民政府"), 2023, None, None),
        (publisher("崇文区人民政府"), 2008, Some("110103"), None),
        (publisher("崇文区人民政府"), 2010, Some("110101"), None),
        (publisher("莱芜市人民政府"), 2018, Some("371200"), None),
        (publisher("莱芜市人民政府"), 2019, Some("370100"), None),
        (publisher("沙县人民政府"), 2020, Some("350427"), None),
        (publisher("沙县人民政府"), 2021, Some("350405"), None),
        (publisher("凤翔县人民政府"), 2020, Some("610322"), None),
        (publisher("凤翔区人民政府"), 2021, Some("610305"), None),
        (publisher("祁阳县人民政府"), 2020, Some("431121"), None),
        (publisher("祁阳市人民政府"), 2021, Some("431181"), None),
        (publisher("国家税务总局凤翔县税务局"), 2020, Some("610322"), None),
        (publisher("仙桃市人民政府"), 2023, Some("429004"), None),
        (publisher("新疆生产建设兵团司法局"), 2023, Some("650000"), None),
        (publisher("东莞市虎门镇人民政府"), 2023, Some("441900"), Some("441900121")),
        (Clues { site_id: Some("1101020002"), ..NONE }, 2023, Some("110102"), None),
        (Clues { site_id: Some("5001070012"), ..NONE }, 2023, Some("500107"), None),
        (Clues { site_id: Some("bm07000001"), ..NONE }, 2023, None, None),
        (Clues { index_number: Some("11440115MB2D065126/2020-00071"), ..NONE }, 2019, Some("440115"), None),
        (Clues { index_number: Some("11620300013909010R/2025-48086"), ..NONE }, 2024, Some("620300"), None),
        (Clues { index_number: Some("11370000004501/2023-00012"), ..NONE }, 2022, Some("370000"), None),
        (Clues { index_number: Some("6107280000/2024-001005"), ..NONE }, 2023, Some("610728"), None),
        (Clues { index_number: Some("000014348/2020-35428"), ..NONE }, 2019, None, None),
    ];
    for (clues, year, region, township) in cases {
        let found = located(&Clues { year: Some(*year), ..*clues });
        assert_eq!(found.code, region.map(code), "{clues:?} {year}");
        assert_eq!(found.township.as_deref(), *township, "{clues:?} {year}");
    }
}

#[test]
fn retired_regions_have_a_code_of_today() {
    for (then, year, now) in [
        ("110103", 2008, "110101"),
        ("371200", 2015, "370100"),
        ("350427", 2016, "350405"),
        ("610322", 2016, "610305"),
        ("431121", 2016, "431181"),
    ] {
        assert_eq!(regions().current(code(then), Some(year)), Some(code(now)));
    }
}

#[test]
fn sampled_names_with_their_parents_lead_to_their_codes() {
    let valid = valid();
    for region in sample(&valid, 20_241_231) {
        let publisher = format!("{}司法局", with_parents(region));
        let found = located(&Clues { publisher: Some(&publisher), ..NONE });
        assert_eq!(found.code, Some(region.code), "{publisher}");
        assert_eq!(found.name.as_deref(), Some(region.name.as_str()));
    }
}

#[test]
fn sampled_names_without_parents_are_never_guessed() {
    let (names, valid) = (by_name(), valid());
    let (mut unique, mut repeated) = (0, 0);
    for region in sample(&valid, 7) {
        let title = format!("{}{YEAR}年度法治政府建设情况报告", region.name);
        let found = located(&Clues { title: Some(&title), ..NONE });
        let candidates: BTreeSet<RegionCode> = found.candidates.iter().map(|candidate| candidate.code).collect();
        match &names[region.name.as_str()][..] {
            [one] => {
                unique += 1;
                assert_eq!((found.code, candidates.len()), (Some(*one), 0), "{title}");
            }
            several => {
                repeated += 1;
                assert_eq!((found.code, candidates), (None, several.iter().copied().collect()), "{title}");
            }
        }
    }
    assert!(unique > 400 && repeated > 0, "{unique} {repeated}");
}

#[test]
fn every_name_that_several_counties_carry_stays_open() {
    let repeated: Vec<(&str, Vec<RegionCode>)> = by_name().into_iter().filter(|(_, codes)| codes.len() > 1).collect();
    let units: usize = repeated.iter().map(|(_, codes)| codes.len()).sum();
    assert_eq!((repeated.len(), units), (29, 66));
    for (name, codes) in repeated {
        let publisher = format!("{name}人民政府");
        let open = located(&Clues { publisher: Some(&publisher), ..NONE });
        let candidates: Vec<RegionCode> = open.candidates.iter().map(|candidate| candidate.code).collect();
        assert_eq!((open.code, &candidates), (None, &codes), "{name}");
        assert!(open.candidates.iter().all(|candidate| candidate.score <= 40 && candidate.score > 0));
        for one in &codes {
            let site = format!("{one}0001");
            let parent = with_parents(regions().get(*one, Some(YEAR)).unwrap());
            for clues in [
                Clues { publisher: Some(&publisher), site_id: Some(&site), ..NONE },
                Clues { publisher: Some(&publisher), site_owner: Some(&parent), ..NONE },
                Clues { publisher: Some(&parent), ..NONE },
            ] {
                assert_eq!(located(&clues).code, Some(*one), "{clues:?}");
            }
        }
    }
}

/// Townships of counties in the standard: subdistricts, towns and townships, no farms and no placeholders of the list.
fn proper_townships() -> Vec<Township> {
    let listed = regions().townships().filter(|township| !township.name.ends_with("区划"));
    let usual = listed.filter(|township| (1..400).contains(&township.code[6..].parse::<u16>().unwrap()));
    usual
        .filter(|township| regions().get(township.county, None).is_some_and(|it| it.level == RegionLevel::County))
        .collect()
}

#[test]
fn sampled_townships_with_their_county_lead_to_their_codes() {
    let townships = proper_townships();
    for township in sample(&townships, 99) {
        let county = regions().get(township.county, Some(YEAR)).unwrap();
        let office = if township.name.ends_with("街道") { "办事处" } else { "人民政府" };
        let publisher = format!("{}{}{office}", with_parents(county), township.name);
        let found = located(&Clues { publisher: Some(&publisher), ..NONE });
        assert_eq!(found.township, Some(township.code), "{publisher}");
        assert_eq!(found.code, Some(regions().code_in(township.county, YEAR)), "{publisher}");
        assert!(is_within(found.code.unwrap(), county.code.prefecture()), "{publisher}");
    }
}

#[test]
fn sampled_townships_alone_tell_no_county() {
    let townships = proper_townships();
    for township in sample(&townships, 1) {
        let publisher = format!("{}人民政府", township.name);
        let found = located(&Clues { publisher: Some(&publisher), ..NONE });
        // Some carry the name of a county elsewhere, which then is what the words say.
        if !matches!(regions().named_in(&publisher, Some(YEAR)), Named::Nothing) {
            continue;
        }
        assert_eq!((found.code, found.township), (None, None), "{publisher}");
        assert!(found.candidates.iter().any(|candidate| candidate.code == township.county), "{publisher}");
    }
}
