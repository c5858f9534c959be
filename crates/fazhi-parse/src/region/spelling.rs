//! How a region's name may be written.

use super::{Region, RegionLevel};

/// Whether a spelling may stand for a region alone or only tells the parent of the name after it (`河北承德县`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Name,
    ParentOnly,
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

/// Short names in official use that no rule gives. The corps (兵团) has no code of its own; its cities have.
const ALIASES: &[(&str, &str)] = &[
    ("新疆维吾尔自治区", "新疆生产建设兵团"),
    ("达尔罕茂明安联合旗", "达茂旗"),
    ("土默特左旗", "土左旗"),
    ("土默特右旗", "土右旗"),
    ("科尔沁左翼中旗", "科左中旗"),
    ("科尔沁左翼后旗", "科左后旗"),
    ("科尔沁右翼前旗", "科右前旗"),
    ("科尔沁右翼中旗", "科右中旗"),
    ("察哈尔右翼前旗", "察右前旗"),
    ("察哈尔右翼中旗", "察右中旗"),
    ("察哈尔右翼后旗", "察右后旗"),
    ("鄂温克族自治旗", "鄂温克旗"),
    ("喀喇沁左翼蒙古族自治县", "喀左县"),
    ("阜新蒙古族自治县", "阜蒙县"),
    ("前郭尔罗斯蒙古族自治县", "前郭县"),
    ("博尔塔拉蒙古自治州", "博州"),
    ("克孜勒苏柯尔克孜自治州", "克州"),
];

/// The spellings under which a region is looked for anywhere in a text.
pub(super) fn spellings(region: &Region) -> Vec<(String, Standing)> {
    let name = region.name.as_str();
    let mut spellings = vec![(name.to_owned(), Standing::Name)];
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
    let aliases = ALIASES.iter().filter(|(full, _)| *full == name);
    spellings.extend(aliases.map(|(_, alias)| ((*alias).to_owned(), Standing::Name)));
    spellings
}

/// The name without 省, 市, 县 … and peoples, if two characters remain; else the name.
pub(super) fn stem(name: &str) -> &str {
    let autonomous = ["自治县", "自治州", "自治旗", "自治区"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let stem = match autonomous {
        Some(stem) => without_peoples(stem),
        None => ["地区", "省", "市", "区", "县", "旗", "盟"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name),
    };
    if stem.chars().count() >= 2 { stem } else { name }
}

/// The name without the peoples at its end; a name of peoples alone stays.
pub(super) fn without_peoples(mut stem: &str) -> &str {
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

    #[test]
    fn stems_keep_two_characters() {
        let cases = [
            ("围场满族蒙古族自治县", "围场"),
            ("金口河区", "金口河"),
            ("恩施土家族苗族自治州", "恩施"),
            ("沙县", "沙县"),
            ("大兴安岭地区", "大兴安岭"),
            ("阿拉善盟", "阿拉善"),
        ];
        for (name, expected) in cases {
            assert_eq!(stem(name), expected);
        }
    }
}
