//! What the fixtures say.

use std::collections::BTreeSet;

use super::*;
use harness::{all_fixtures, fixtures, root};

#[test]
fn every_fixture_says_what_is_expected() {
    let wrong: Vec<String> = all_fixtures()
        .filter(|fixture| fixture.found() != fixture.wanted())
        .map(|fixture| format!("{}\nfound {}\nwanted {}", fixture.name(), fixture.found(), fixture.wanted()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_family_has_a_plain_an_unusual_and_a_misleading_page() {
    for family in Family::ALL {
        let fixtures = fixtures(family);
        assert!(fixtures.len() >= 3, "{} has {} fixtures", family.as_str(), fixtures.len());
        for kind in ["normal", "odd", "trap"] {
            assert!(fixtures.iter().any(|page| page.file.starts_with(kind)), "{} has no {kind}", family.as_str());
        }
    }
}

#[test]
fn every_fixture_is_expected_to_say_something() {
    let names = |folder: &std::path::Path| -> BTreeSet<String> {
        let files = fs_err::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(&root()), Family::ALL.map(|family| family.as_str().to_owned()).into());
    for family in Family::ALL {
        let listed = fixtures(family).into_iter().map(|page| page.file).chain(["expected.toml".to_owned()]);
        let (listed, files) = (listed.collect::<Vec<_>>(), names(&root().join(family.as_str())));
        assert_eq!(listed.len(), files.len(), "{}: {listed:?}", family.as_str());
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), files, "{}", family.as_str());
    }
}

/// The last page of a list that is read to its end by its own directions.
#[test]
fn lists_end_where_they_say() {
    let ends = [
        (Family::Trs, "normal.html", "http://a.cn/x/index_2.html"),
        (Family::Ucap, "normal.shtml", "http://a.cn/x/fzzf_4.shtml"),
        (Family::Gkmlpt, "answer.json", "http://a.cn/gkmlpt/api/all/0?page=3&sid=1"),
        (Family::Was5, "normal.xml", "http://a.cn/was5/web/search?channelid=1&page=20&perpage=3"),
        (Family::HanwebJpaas, "answer.json", "http://a.cn/jpaas-publish-server/unit?paramJson=%7B%22pageNo%22%3A3%7D"),
        (Family::Json, "normal.json", "http://a.cn/list?pageNo=3&pageSize=2"),
        (Family::HanwebJpage, "trap_encoding.xml", "http://a.cn/dataproxy.jsp?page=1&startrecord=1&perpage=2"),
    ];
    for (family, file, url) in ends {
        let mut last = fixtures(family).into_iter().find(|page| page.file == file).unwrap();
        last.url = Url::parse(url).unwrap();
        assert_eq!(last.listing(&last.text).next, None, "{}", last.name());
    }
}
