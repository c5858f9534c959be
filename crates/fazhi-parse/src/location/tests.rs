//! Clues and what they come to.

use super::*;
use crate::evidence::Verdict::{self, Agrees, Believed, Differs, Refused};

const NONE: Clues<'_> = Clues {
    site_id: None,
    index_number: None,
    publisher: None,
    title: None,
    site_owner: None,
    column: None,
    body: None,
    year: Some(2023),
};

fn located(clues: &Clues<'_>) -> (Location, Vec<Issue>) {
    let mut issues = Vec::new();
    let location = locate(clues, crate::Rules::embedded().regions(), &mut issues);
    (location, issues)
}

#[track_caller]
fn check(clues: &Clues<'_>, code: Option<&str>, name: Option<&str>, issues: &[&str]) -> Location {
    let (location, met) = located(clues);
    let met: Vec<&str> = met.iter().map(|issue| issue.kind.as_ref()).collect();
    let found = (location.code.map(|code| code.to_string()), location.name.as_deref(), &met[..]);
    assert_eq!(found, (code.map(str::to_owned), name, issues));
    location
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
    let clues = Clues { site_id: Some("3501000001"), title: Some("鼓楼区2023年法治政府建设报告"), ..NONE };
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
    check(&Clues { index_number: Some("11440115MB2D065126/2020-00071"), ..NONE }, Some("440115"), Some("南沙区"), &[]);
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

#[test]
fn a_retired_name_leads_to_the_code_of_the_year_and_of_today() {
    let clues = Clues { publisher: Some("宝鸡市凤翔县人民政府"), ..NONE };
    for (year, code, name) in [(2015, "610322", "凤翔县"), (2020, "610322", "凤翔县"), (2023, "610305", "凤翔区")]
    {
        let location = check(&Clues { year: Some(year), ..clues }, Some(code), Some(name), &[]);
        assert_eq!(location.current, "610305".parse().ok());
    }
}

#[test]
fn agreement_raises_the_score() {
    let score = |clues: &Clues<'_>| located(clues).0.score.unwrap();
    let site = Clues { site_id: Some("5111130001"), ..NONE };
    let name = Clues { publisher: Some("金口河区人民政府"), ..NONE };
    let both = Clues { publisher: name.publisher, ..site };
    assert_eq!((score(&site), score(&name), score(&both)), (70, 80, 94));
    assert_eq!(score(&Clues { site_id: Some("5901020003"), ..NONE }), 50);
}

#[test]
fn candidates_have_scores() {
    let (location, issues) = located(&Clues { publisher: Some("鼓楼区人民政府"), ..NONE });
    let candidates: Vec<(String, u8)> =
        location.candidates.iter().map(|candidate| (candidate.code.to_string(), candidate.score)).collect();
    let expected = ["320106", "320302", "350102", "410204"].map(|code| (code.to_owned(), 20));
    assert_eq!(candidates, expected);
    assert_eq!(issues[0].detail, "320106 鼓楼区 20, 320302 鼓楼区 20, 350102 鼓楼区 20, 410204 鼓楼区 20");
    assert_eq!(location.score, None);
}

#[test]
fn a_province_wide_portal_does_not_choose_among_namesakes() {
    let clues = Clues { site_id: Some("3200000001"), title: Some("鼓楼区2023年法治政府建设报告"), ..NONE };
    let location = check(&clues, None, None, &["region_ambiguous"]);
    let codes: Vec<String> = location.candidates.iter().map(|candidate| candidate.code.to_string()).collect();
    assert_eq!(codes, ["320106", "320302"]);
    check(&Clues { column: Some("市县报告 > 徐州市"), ..clues }, Some("320302"), Some("鼓楼区"), &[]);
}

#[test]
fn the_column_speaks_where_nothing_else_does() {
    check(&Clues { column: Some("金口河区 > 法治政府建设年度报告"), ..NONE }, Some("511113"), Some("金口河区"), &[]);
    let clues = Clues { site_id: Some("1308280001"), column: Some("金口河区"), ..NONE };
    check(&clues, Some("130828"), Some("围场满族蒙古族自治县"), &[]);
}

#[test]
fn the_title_may_be_nearer_than_the_publisher() {
    let clues = Clues {
        publisher: Some("乐山市司法局"), title: Some("金口河区2023年法治政府建设报告"), ..NONE
    };
    check(&clues, Some("511113"), Some("金口河区"), &[]);
    let clues = Clues { title: Some("武平县2023年法治政府建设报告"), ..clues };
    check(&clues, Some("511100"), Some("乐山市"), &["region_conflict"]);
}

#[test]
fn a_development_zone_is_of_its_city() {
    let clues = Clues { publisher: Some("合肥高新技术产业开发区管委会"), ..NONE };
    let location = check(&clues, Some("340100"), Some("合肥市"), &[]);
    assert_eq!(location.score, Some(80));
    check(&Clues { publisher: Some("乐山高新区管委会"), ..NONE }, Some("511100"), Some("乐山市"), &[]);
    check(&Clues { site_id: Some("3401760001"), ..NONE }, Some("340100"), Some("合肥市"), &[]);
}

#[track_caller]
fn check_township(clues: &Clues<'_>, code: &str, township: Option<&str>) {
    let (location, _) = located(clues);
    let found = (location.code.map(|code| code.to_string()), location.township.map(|code| code.to_string()));
    assert_eq!(found, (Some(code.to_owned()), township.map(str::to_owned)));
}

#[test]
fn a_township_of_the_region_is_recognised() {
    let site = Clues { site_id: Some("1101150001"), ..NONE };
    check_township(&Clues { publisher: Some("北京市大兴区旧宫镇人民政府"), ..NONE }, "110115", Some("110115006"));
    check_township(&Clues { publisher: Some("旧宫镇人民政府"), ..site }, "110115", Some("110115006"));
    check_township(
        &Clues { title: Some("关于旧宫镇2023年度法治政府建设情况的报告"), ..site },
        "110115",
        Some("110115006"),
    );
    check_township(&Clues { site_owner: Some("旧宫地区办事处"), ..site }, "110115", Some("110115006"));
    let clues = Clues { publisher: Some("大兴区人民政府"), site_owner: Some("旧宫地区办事处"), ..site };
    check_township(&clues, "110115", None);
    check_township(&Clues { publisher: Some("大兴区旧宫村"), ..site }, "110115", None);
}

#[test]
fn a_township_tells_its_county_inside_a_prefecture() {
    let clues = Clues { site_id: Some("5111000001"), publisher: Some("金河镇人民政府"), ..NONE };
    check_township(&clues, "511113", Some("511113101"));
    let decision = located(&clues).0.decision.unwrap();
    assert_eq!(decision.believed().map(|claim| claim.source.as_str()), Some("township"));
    check_township(
        &Clues { publisher: Some("旧宫镇人民政府"), site_id: Some("1100000001"), ..NONE },
        "110115",
        Some("110115006"),
    );
    // Not in a province at large.
    let clues = Clues { site_id: Some("5100000001"), ..clues };
    check_township(&clues, "510000", None);
}

#[test]
fn a_township_keeps_its_code_of_today_in_a_county_of_the_past() {
    let clues = Clues { publisher: Some("沙县高砂镇人民政府"), year: Some(2016), ..NONE };
    check_township(&clues, "350427", Some("350405102"));
    // The prefecture had another code, and the county with it.
    let clues = Clues { publisher: Some("山南地区桑耶镇人民政府"), year: Some(2010), ..NONE };
    check_township(&clues, "542222", Some("540521101"));
}

#[test]
fn a_township_alone_is_a_candidate_only() {
    let location = check(&Clues { publisher: Some("旧宫镇人民政府"), ..NONE }, None, None, &["region_ambiguous"]);
    let [one] = &location.candidates[..] else { panic!("{:?}", location.candidates) };
    assert_eq!((one.code.to_string(), one.score), ("110115".to_owned(), 30));
    let (location, issues) = located(&Clues { publisher: Some("城关镇人民政府"), ..NONE });
    assert!(location.code.is_none() && location.candidates.len() > 80);
    assert!(issues[0].detail.ends_with(" more"), "{}", issues[0].detail);
}

#[test]
fn the_decision_tells_who_said_what() {
    let clues = Clues {
        site_id: Some("5111000001"),
        index_number: Some("000014349/2017-00110"),
        publisher: Some("金口河区人民政府"),
        site_owner: Some("围场县人民政府"),
        ..NONE
    };
    let decision = located(&clues).0.decision.unwrap();
    let claims: Vec<(&str, Verdict)> =
        decision.claims.iter().map(|claim| (claim.source.as_str(), claim.verdict)).collect();
    let expected = [("site code", Agrees), ("index number", Refused), ("publisher", Believed), ("site owner", Differs)];
    assert_eq!((decision.value.as_deref(), &claims[..]), (Some("511113"), &expected[..]));
}
