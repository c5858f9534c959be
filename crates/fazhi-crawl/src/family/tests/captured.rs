//! Pages and answers of portals beside the project, where they are present. The addresses of answers are not known; they
//! are made up.

use std::collections::HashSet;

use super::*;
use harness::shared;

#[track_caller]
fn check_answer(file: &str, url: &str, family: Family, entries: (usize, usize), total: Option<usize>) {
    let Some(path) = shared("real/api") else { return };
    let bytes = fs_err::read(path.join(file)).unwrap();
    let text = fazhi_page::decode(&bytes, Some("application/json")).text;
    let url = Url::parse(url).unwrap();
    assert_eq!(detect(&url, &text).family, family, "{file}");
    let listing = read_list(family, &ListPage::new(&url, &text));
    assert_eq!((listing.items.len(), listing.foreign), entries, "{file}");
    assert_eq!(listing.stated_total, total, "{file}");
    assert!(listing.items.iter().all(|item| item.date.is_some() && !item.title.is_empty()), "{file}");
}

#[test]
fn every_captured_answer_is_told_and_read() {
    let error = "http://www.cq.gov.cn/irs/front/list?pageNo=1";
    check_answer("CQProvince_error.json", error, Family::Json, (0, 0), None);
    check_answer(
        "CQProvince_success.json",
        "http://www.cq.gov.cn/irs/list?pageNo=50",
        Family::Json,
        (10, 0),
        Some(3800),
    );
    check_answer(
        "FJPronvince_success.json",
        "http://www.fujian.gov.cn/ssp/search?page=2",
        Family::Was5,
        (10, 0),
        Some(59),
    );
    check_answer("GDProvince_error.json", "http://search.gd.gov.cn/api/search/all?page=1", Family::Json, (0, 0), None);
    let search = "http://czt.gd.gov.cn/api/search/all?page=1";
    check_answer("GDProvince_success.json", search, Family::Gkmlpt, (4, 16), Some(245_264));
    let office = "http://zwgk.changchun.gov.cn/na/gkml.jsonp";
    check_answer("changchun_nongan_gkml.jsonp", office, Family::Json, (16, 0), None);
}

#[test]
fn a_list_of_easysite_is_read_by_its_links() {
    let Some(path) = shared("real/html/bjjs2015_164.html") else { return };
    let text = fazhi_page::decode(&fs_err::read(path).unwrap(), None).text;
    let url = Url::parse("http://www.bjjs.gov.cn/publish/portal0/tab1756/").unwrap();
    assert_eq!(detect(&url, &text).family, Family::Static);
    let listing = read_list(Family::Static, &ListPage::new(&url, &text));
    assert_eq!((listing.items.len(), listing.stated_total), (25, Some(1521)));
    assert!(listing.items.iter().all(|item| item.date.is_some() && item.url.path().contains("/tab662/info")));
    // The form of the page posts, but its pager links.
    let next = listing.next.unwrap();
    assert_eq!((next.url.path(), next.basis), ("/publish/portal0/tab1756/module9401/page2.htm", Basis::Linked));
}

#[test]
fn every_entry_of_the_sample_portals_is_found() {
    let Some(root) = shared("portal") else { return };
    let truth: serde_json::Value = serde_json::from_slice(&fs_err::read(root.join("truth.json")).unwrap()).unwrap();
    for (name, site) in truth["sites"].as_object().unwrap() {
        let pages: Vec<&str> = site["list_pages"].as_array().unwrap().iter().filter_map(|page| page.as_str()).collect();
        let mut next = Some(site["start"].as_str().unwrap().to_owned());
        let (mut walked, mut items, mut container) = (Vec::new(), HashSet::new(), None);
        while let Some(page) = next.take() {
            let url = Url::parse("http://localhost/").unwrap().join(&page).unwrap();
            let text = fazhi_page::decode(&fs_err::read(root.join(&page)).unwrap(), None).text;
            let family = detect(&url, &text).family;
            assert_eq!(family.as_str(), site["family"].as_str().unwrap(), "{name}");
            let listing =
                read_list(family, &ListPage { container: container.as_deref(), ..ListPage::new(&url, &text) });
            for item in listing.items {
                let expected = &truth["pages"][item.url.path().trim_start_matches('/')];
                assert!(expected.is_object(), "{name}: {} is no article", item.url);
                items.insert(item.url);
            }
            container = listing.container;
            next = listing.next.map(|next| next.url.path().trim_start_matches('/').to_owned());
            walked.push(page);
        }
        assert_eq!(walked, pages, "{name}");
        assert_eq!(Some(items.len() as u64), site["entries"].as_u64(), "{name}");
    }
}
