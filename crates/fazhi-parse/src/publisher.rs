//! Who issued a document, and at which level.

use std::sync::LazyLock;

use fazhi_model::{PublisherLevel, RegionCode, ReportYear};
use regex::Regex;

use crate::evidence::{Ballot, Outcome};
use crate::region::RegionLevel;
use crate::title::squeeze;

/// The issuing body that a title opens with: `青山县司法局` of `青山县司法局关于2023年…的报告`.
pub(crate) fn of_title(title: &str) -> Option<String> {
    let title = squeeze(title);
    let title = title.trim_start_matches("关于印发").trim_start_matches("关于报送").trim_start_matches(['《', '“']);
    let title = LEADING_YEAR.replace(title, "");
    let end = CUT.find(&title).map_or(title.len(), |cut| cut.start());
    let name = title[..end].trim_end_matches(['的', '：', ':', '—', '-']);
    (is_body(name) && !is_anonymous(name)).then(|| name.to_owned())
}

static LEADING_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:(?:19|20)[0-9]{2}|二[〇○零][〇○零一二三四五六七八九]{2})年(?:度)?").expect("the pattern is valid")
});

static CUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("关于|(?:19|20)[0-9]{2}|二[〇○零][〇○零一二三四五六七八九]{2}年|(?:推进|加强|深化|全面)?(?:依法行政|法治政府)|年度")
        .expect("the pattern is valid")
});

/// Endings of the names of bodies and regions.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:政府|办公室|办公厅|局|委员会|委|厅|处|队|中心|街道|办事处|镇|乡|管委会|院|署|部|社|省|市|县|区|旗|州|盟|司|海关|公署|行署|指挥部|集团)(?:[（(].{2,20}[）)])?$")
        .expect("the pattern is valid")
});

/// Whether a text can be the name of a body: short, without digits, ending as such names do.
pub(crate) fn is_body(name: &str) -> bool {
    let name = squeeze(name);
    let length = name.chars().count();
    (3..=40).contains(&length)
        && name.chars().all(|c| c.is_alphabetic() || "（）()·、".contains(c))
        && BODY.is_match(&name)
}

/// Names that say no more than 我县, or that a template leaves open.
fn is_anonymous(name: &str) -> bool {
    let generic = matches!(
        name,
        "我县"
            | "我市"
            | "我区"
            | "我镇"
            | "全县"
            | "全市"
            | "全区"
            | "本局"
            | "县政府"
            | "市政府"
            | "区政府"
            | "人民政府"
    );
    generic || name.contains('某') || name.contains("XX") || name.contains("xx") || name.contains("××")
}

/// Whether a name stands for a region only, no body (`金口河区`).
pub(crate) fn is_bare_region(name: &str) -> bool {
    static REGION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("(?:省|市|县|区|旗|州|盟|镇|乡|街道)$").expect("the pattern is valid"));
    REGION.is_match(name) && !name.contains("政府")
}

/// What a government or its general office governs: `青山县` of `青山县人民政府办公室`.
pub(crate) fn place_of_government(name: &str) -> Option<&str> {
    [
        "人民政府办公室",
        "人民政府办公厅",
        "政府办公室",
        "政府办公厅",
        "政府办",
        "府办",
        "人民政府",
        "政府",
        "行政公署",
        "行署",
    ]
    .iter()
    .find_map(|office| name.strip_suffix(office))
}

/// Level of a body by its name; `region` tells a prefecture-level city from one of county level.
pub(crate) fn level(publisher: &str, region: Option<RegionCode>) -> Option<PublisherLevel> {
    let name = squeeze(publisher);
    let government = place_of_government(&name);
    let by_region = |region: RegionCode| match RegionLevel::of_code(region) {
        RegionLevel::Province => PublisherLevel::Province,
        RegionLevel::Prefecture => PublisherLevel::Prefecture,
        RegionLevel::County | RegionLevel::Devzone => PublisherLevel::County,
    };
    if DEVZONE.is_match(&name) {
        return Some(PublisherLevel::Devzone);
    }
    if name.ends_with("街道办事处")
        || name.ends_with("街道办")
        || name.ends_with("街道")
        || name.ends_with("地区办事处")
    {
        return Some(PublisherLevel::Township);
    }
    let place = match government {
        Some(place) => place,
        None if is_bare_region(&name) => name.as_str(),
        None if name.starts_with("国务院") && name.ends_with("办公厅") => return Some(PublisherLevel::National),
        None => return Some(PublisherLevel::Department),
    };
    match place.chars().last() {
        Some('镇' | '乡' | '道') => Some(PublisherLevel::Township),
        Some('省') => Some(PublisherLevel::Province),
        Some('州' | '盟') => Some(PublisherLevel::Prefecture),
        Some('区') if place.ends_with("自治区") => Some(PublisherLevel::Province),
        Some('区') if place.ends_with("地区") => Some(PublisherLevel::Prefecture),
        Some('县' | '旗' | '区') => Some(PublisherLevel::County),
        Some('市') if MUNICIPALITIES.contains(&place) => Some(PublisherLevel::Province),
        // A city is of prefecture level unless its code says otherwise; a county's code can be its own only.
        Some('市') => Some(region.map_or(PublisherLevel::Prefecture, by_region)),
        Some(_) if place.ends_with("中央") || place.ends_with("国务院") => Some(PublisherLevel::National),
        _ => region.map(by_region),
    }
}

const MUNICIPALITIES: [&str; 4] = ["北京市", "天津市", "上海市", "重庆市"];

static DEVZONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:开发区|高新区|新区|园区|保税区|示范区|度假区|试验区|经开区|产业区|合作区|自贸区|工业区|风景区|名胜区|景区|经济区|新城|片区|综保区)(?:管理委员会|管委会|党工委管委会|管理委员会办公室|管委会办公室)?$|管委会$")
        .expect("the pattern is valid")
});

/// Level that a text without a named publisher tells by how it speaks of itself: 我区, 全县.
pub(crate) fn level_of_speaker(body: &str, region: Option<RegionCode>) -> Option<PublisherLevel> {
    let count = |words: &[&str]| words.iter().map(|word| body.matches(word).count()).sum::<usize>();
    let county = count(&["我县", "全县", "我旗", "我区"]);
    let township = count(&["我镇", "我乡", "我街道", "全镇", "全乡"]);
    let department = count(&["我局", "我委", "全局"]);
    let city = count(&["我市", "全市"]);
    let province = count(&["我省", "全省"]);
    let most = [county, township, department, city, province].into_iter().max().filter(|most| *most >= 2)?;
    if most == department {
        Some(PublisherLevel::Department)
    } else if most == township {
        Some(PublisherLevel::Township)
    } else if most == county {
        Some(PublisherLevel::County)
    } else if most == city {
        region.map(|region| match RegionLevel::of_code(region) {
            RegionLevel::Province => PublisherLevel::Province,
            RegionLevel::Prefecture => PublisherLevel::Prefecture,
            RegionLevel::County | RegionLevel::Devzone => PublisherLevel::County,
        })
    } else {
        Some(PublisherLevel::Province)
    }
}

/// The year a report is about. Order of trust: the title, `现将2023年度…`, the most frequent year in headings, the year
/// before publication.
pub(crate) fn report_year(
    title: Option<&str>,
    body: &str,
    headings: &[&str],
    published: Option<i32>,
) -> Outcome<ReportYear> {
    let mut ballot = Ballot::new("report_year");
    let year = |year: i32| ReportYear::new(year);
    if let Some(title) = title {
        ballot.stated("title", title, first_year(&crate::title::squeeze(title)).and_then(year));
    }
    if let Some((says, found)) = announced_year(body) {
        ballot.hinted("opening of the text", &says, year(found));
    }
    if let Some(found) = frequent_year(headings) {
        ballot.hinted("headings", &found.to_string(), year(found));
    }
    if let Some(published) = published {
        ballot.hinted("year before publication", &published.to_string(), year(published - 1));
    }
    ballot.decide("title, opening of the text, headings, publication", ToString::to_string)
}

static YEAR: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?:19|20)[0-9]{2}").expect("the pattern is valid"));

fn first_year(text: &str) -> Option<i32> {
    let arabic = YEAR.find_iter(text).find(|found| {
        let before = text[..found.start()].chars().next_back();
        let after = text[found.end()..].chars().next();
        !before.is_some_and(|c| c.is_ascii_digit()) && !after.is_some_and(|c| c.is_ascii_digit())
    });
    arabic.and_then(|found| found.as_str().parse().ok()).or_else(|| crate::date::chinese_year(text))
}

/// The year that the opening announces, and the words.
fn announced_year(body: &str) -> Option<(String, i32)> {
    static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("现(?:就|将|对)?[^。\n]{0,40}?((?:19|20)[0-9]{2})年").expect("the pattern is valid")
    });
    static OPENING: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("((?:19|20)[0-9]{2})年(?:度)?(?:以来)?[，,]").expect("the pattern is valid"));
    let opening: String = body.chars().take(1500).collect();
    let found = ANNOUNCED.captures(&opening).or_else(|| OPENING.captures(&opening))?;
    Some((found[0].to_owned(), found[1].parse().ok()?))
}

fn frequent_year(headings: &[&str]) -> Option<i32> {
    let mut years: Vec<i32> = headings
        .iter()
        .flat_map(|heading| YEAR.find_iter(heading))
        .filter_map(|year| year.as_str().parse().ok())
        .collect();
    years.sort_unstable();
    let runs = years.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| (run.len(), std::cmp::Reverse(run[0]))).map(|run| run[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: Option<&str>) {
        assert_eq!(of_title(title).as_deref(), expected, "{title}");
    }

    #[test]
    fn titles_open_with_their_publisher() {
        check("围场满族蒙古族自治县人民政府2023年法治政府建设工作报告", Some("围场满族蒙古族自治县人民政府"));
        check("信阳市司法局关于2023年法治政府建设情况的报告", Some("信阳市司法局"));
        check("2023年金口河区法治政府建设情况报告", Some("金口河区"));
        check("青山县自然资源和规划局推进法治政府建设2023年度情况报告", Some("青山县自然资源和规划局"));
    }

    #[test]
    fn titles_without_a_publisher() {
        for title in [
            "2023年度法治政府建设工作报告",
            "县法治政府建设情况的报告",
            "关于2023年法治政府建设情况的报告",
            "XX县2023年法治政府建设报告",
        ] {
            check(title, None);
        }
    }

    #[track_caller]
    fn check_level(publisher: &str, region: &str, expected: PublisherLevel) {
        assert_eq!(level(publisher, region.parse().ok()), Some(expected), "{publisher}");
    }

    #[test]
    fn levels_by_name_and_code() {
        check_level("围场满族蒙古族自治县人民政府办公室", "130828", PublisherLevel::County);
        check_level("北京市大兴区旧宫镇人民政府", "110115", PublisherLevel::Township);
        check_level("信阳市人民政府", "411500", PublisherLevel::Prefecture);
        check_level("峨眉山市人民政府", "511181", PublisherLevel::County);
        check_level("北京市人民政府", "110000", PublisherLevel::Province);
        check_level("宁夏回族自治区人民政府", "640000", PublisherLevel::Province);
        check_level("信阳市司法局", "411500", PublisherLevel::Department);
        check_level("万盛经济技术开发区管理委员会", "500110", PublisherLevel::Devzone);
        check_level("河南省国有资产监督管理委员会", "410000", PublisherLevel::Department);
        check_level("北京市城市管理委员会", "110000", PublisherLevel::Department);
        check_level("青山县府办", "430103", PublisherLevel::County);
        check_level("坡子街街道办", "430103", PublisherLevel::Township);
        check_level("坡子街街道办事处", "430103", PublisherLevel::Township);
        check_level("乐山市发展和改革委员会", "511100", PublisherLevel::Department);
        check_level("阿拉善盟行政公署", "152900", PublisherLevel::Prefecture);
        check_level("恩施土家族苗族自治州人民政府", "422800", PublisherLevel::Prefecture);
    }

    #[test]
    fn the_year_of_a_report() {
        let year = |title, body, published| report_year(title, body, &[], published).value.map(ReportYear::get);
        assert_eq!(year(Some("二〇二二年法治政府建设报告"), "", Some(2024)), Some(2022));
        assert_eq!(year(Some("2023年报告和2024年计划"), "", None), Some(2023));
        assert_eq!(year(None, "现将我区2021年度工作报告如下", Some(2024)), Some(2021));
        assert_eq!(year(Some("法治政府建设报告"), "", Some(2024)), Some(2023));
        assert_eq!(
            report_year(None, "", &["2022年成效", "2023年安排", "2022年不足"], None).value.map(ReportYear::get),
            Some(2022)
        );
    }
}
