//! 青岚省: the bodies of a province that does not exist.

use crate::date::DateForm;
use crate::dice::Dice;
use crate::facts::Size;
use crate::government::{Family, Government, Habits, HeaderLayout, Headings, IndexScheme, MetaTags};
use crate::number::Numerals;
use crate::words::Words;

/// Name of the province, whose code is 590000.
pub const PROVINCE: &str = "青岚省";

/// The body of this number. The first eight are drawn by hand, the others are counties with made-up names.
pub fn government(ordinal: usize) -> Government {
    let (name, place, source, level, region, code, slug) = match NAMED.get(ordinal) {
        Some(named) => {
            let owned = [named.0, named.1, named.2, named.4, named.5, named.6].map(str::to_owned);
            let [name, place, source, region, code, slug] = owned;
            (name, place, source, named.3, region, code, slug)
        }
        None => invented(ordinal),
    };
    let (tier, own, above, size) = tiers(level, &place, ordinal);
    let words = Words { tier, own, above, issuer: name.clone(), place, year: 0 };
    let (family, habits) = (FAMILIES[ordinal % FAMILIES.len()], HABITS[ordinal % HABITS.len()]);
    Government { ordinal, slug, name, source, level, region, code, words, size, family, habits }
}

type Named = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Name, region, byline, level, code of the region, 机关代字, slug.
const NAMED: [Named; 8] = [
    ("澄溪县人民政府", "澄溪县", "澄溪县人民政府办公室", "county", "590121", "澄政", "chengxi"),
    ("云崖市雾屏区人民政府", "雾屏区", "雾屏区政府办公室", "county", "590102", "雾政", "wuping"),
    ("松濑县人民政府", "松濑县", "松濑县人民政府", "county", "590122", "濑政发", "songlai"),
    ("澄溪县司法局", "澄溪县", "澄溪县司法局", "department", "590121", "澄司", "chengxi-sfj"),
    ("云崖市人民政府", "云崖市", "云崖市人民政府办公室", "prefecture", "590100", "云政", "yunya"),
    ("霁州市棠浦区人民政府", "棠浦区", "棠浦区司法局", "county", "590202", "棠政", "tangpu"),
    ("柘坪县人民政府", "柘坪县", "柘坪县政府网", "county", "590221", "柘政字", "zheping"),
    ("云崖市雾屏区石埠滩镇人民政府", "石埠滩镇", "石埠滩镇", "township", "590102", "石政发", "shibutan"),
];

fn tiers(level: &str, place: &str, ordinal: usize) -> (&'static str, &'static str, &'static str, Size) {
    match level {
        "department" => ("县", "局", "市", Size::County),
        "prefecture" => ("市", "市", "省", Size::Prefecture),
        "township" => ("镇", "镇", "区", Size::Town),
        _ if place.ends_with('区') => ("区", "区", "市", Size::County),
        _ => ("县", "县", if ordinal.is_multiple_of(2) { "市" } else { "州" }, Size::County),
    }
}

fn invented(ordinal: usize) -> (String, String, String, &'static str, String, String, String) {
    let first = ["澄", "柘", "棠", "苇", "砚", "霁", "岚", "濑", "汀", "葭", "蓼", "荻", "苕", "筠", "榉", "楠"];
    let second = ["屏", "埠", "湾", "垭", "峪", "坳", "堰", "湫", "汧", "埂", "渚", "碛", "畈", "墩", "漩", "崮"];
    let mut dice = Dice::new(&format!("place {ordinal}"));
    let place = format!("{}{}县", dice.pick(&first), second[ordinal % second.len()]);
    // Prefectures from 5903 on, sixty counties each, in a block that wraps around long before it ends.
    let number = ordinal - NAMED.len();
    let region = format!("59{:02}{:02}", 3 + number / 60 % 97, 21 + number % 60);
    let name = format!("{place}人民政府");
    let code = format!("{}政", place.trim_end_matches('县'));
    (name.clone(), place, name, "county", region, code, format!("county{ordinal}"))
}

/// Software by the number of the body. A sitemap tells no titles, so it belongs to a body that takes every link.
const FAMILIES: [Family; 14] = [
    Family::Trs,
    Family::HanwebJpage,
    Family::Vsb,
    Family::Static,
    Family::HanwebJpaas,
    Family::Gkmlpt,
    Family::Ucap,
    Family::Lonsun,
    Family::Was5,
    Family::Webplus,
    Family::Json,
    Family::Rss,
    Family::Sitemap,
    Family::Selectors,
];

const REJECT: &[&str] = &["要点", "解读", "会", "意见"];

const HABITS: [Habits; 8] = [
    Habits {
        header: HeaderLayout::TableTwo,
        labels: 0,
        meta: MetaTags::Present,
        headings: Headings::OwnLine,
        numerals: Numerals::Half,
        index: IndexScheme::Organisation,
        brackets: ("〔", "〕"),
        written: DateForm::Chinese,
        signed: DateForm::Chinese,
        listed: DateForm::Dashed,
        title_rule: Some("法治政府"),
        reject: REJECT,
    },
    Habits {
        header: HeaderLayout::List,
        labels: 1,
        meta: MetaTags::Present,
        headings: Headings::RunIn,
        numerals: Numerals::Half,
        index: IndexScheme::Credit,
        brackets: ("[", "]"),
        written: DateForm::Dashed,
        signed: DateForm::Chinese,
        listed: DateForm::Dashed,
        title_rule: None,
        reject: &[],
    },
    Habits {
        header: HeaderLayout::TableFour,
        labels: 2,
        meta: MetaTags::Absent,
        headings: Headings::OwnLine,
        numerals: Numerals::Half,
        index: IndexScheme::Short,
        brackets: ("（", "）"),
        written: DateForm::Numerals,
        signed: DateForm::NumeralsCircle,
        listed: DateForm::Slashed,
        title_rule: Some("法治政府"),
        reject: &[],
    },
    Habits {
        header: HeaderLayout::Byline,
        labels: 0,
        meta: MetaTags::Absent,
        headings: Headings::RunIn,
        numerals: Numerals::Half,
        index: IndexScheme::Short,
        brackets: ("〔", "〕"),
        written: DateForm::Dashed,
        signed: DateForm::Chinese,
        listed: DateForm::Dashed,
        title_rule: None,
        reject: &[],
    },
    Habits {
        header: HeaderLayout::Emphasis,
        labels: 3,
        meta: MetaTags::Present,
        headings: Headings::RunIn,
        numerals: Numerals::Half,
        index: IndexScheme::Region,
        brackets: ("［", "］第"),
        written: DateForm::Dotted,
        signed: DateForm::Chinese,
        listed: DateForm::Dashed,
        title_rule: None,
        reject: &[],
    },
    Habits {
        header: HeaderLayout::Byline,
        labels: 0,
        meta: MetaTags::Absent,
        headings: Headings::OwnLine,
        numerals: Numerals::Half,
        index: IndexScheme::Short,
        brackets: ("〔", "〕"),
        written: DateForm::Dashed,
        signed: DateForm::Numerals,
        listed: DateForm::Dashed,
        title_rule: Some("法治政府"),
        reject: REJECT,
    },
    Habits {
        header: HeaderLayout::OneCell,
        labels: 4,
        meta: MetaTags::Absent,
        headings: Headings::RunIn,
        numerals: Numerals::Full,
        index: IndexScheme::Alias,
        brackets: ("【", "】 0"),
        written: DateForm::ChinesePadded,
        signed: DateForm::Chinese,
        listed: DateForm::ChinesePadded,
        title_rule: None,
        reject: &[],
    },
    Habits {
        header: HeaderLayout::Byline,
        labels: 0,
        meta: MetaTags::Present,
        headings: Headings::OwnLine,
        numerals: Numerals::Half,
        index: IndexScheme::Short,
        brackets: ("(", ") "),
        written: DateForm::Dashed,
        signed: DateForm::Chinese,
        listed: DateForm::ChinesePadded,
        title_rule: Some("法治政府"),
        reject: REJECT,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slugs_and_regions_are_distinct() {
        let governments: Vec<_> = (0..300).map(government).collect();
        let slugs: BTreeSet<_> = governments.iter().map(|g| g.slug.as_str()).collect();
        let regions: BTreeSet<_> = governments[8..].iter().map(|g| g.region.as_str()).collect();
        assert_eq!((slugs.len(), regions.len()), (300, 292));
        assert!(governments.iter().all(|g| g.site_code().len() == 10 && g.site_code().starts_with("59")));
    }

    #[test]
    fn fourteen_bodies_have_every_family() {
        let families: BTreeSet<_> = (0..14).map(|ordinal| government(ordinal).family).collect();
        assert_eq!(families.len(), FAMILIES.len());
        let untitled = (0..14).map(government).find(|government| government.family == Family::Sitemap).unwrap();
        assert!(untitled.habits.title_rule.is_none() && untitled.habits.reject.is_empty());
    }

    #[test]
    fn title_rules() {
        let selects = |ordinal, title| government(ordinal).selects(title);
        assert!(selects(0, "澄溪县人民政府2021年法治政府建设工作报告"));
        assert!(!selects(0, "澄溪县2021年法治政府建设工作要点"));
        assert!(selects(2, "松濑县2021年法治政府建设工作要点"));
        assert!(selects(1, "雾屏区2020年行政执法数据公开"));
    }
}
