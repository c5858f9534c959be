//! Lists of pipelines that may ask further hosts.

use super::*;
use harness::host_list;

#[track_caller]
fn check(family: Family, text: &str, foreign: usize, read: fn(Listing) -> Vec<Url>) {
    let url = Url::parse("http://www.a.example/x/list.html?page=1").unwrap();
    let hosts = host_list(&["*.b.example"]);
    let own = read_list(family, &ListPage::new(&url, text));
    assert_eq!(own.foreign, foreign, "{family:?}");
    assert_eq!(read(own), [], "{family:?}");
    let both = read_list(family, &ListPage { hosts: Some(&hosts), ..ListPage::new(&url, text) });
    assert_eq!(both.foreign, 0, "{family:?}");
    let hosts: Vec<Option<String>> = read(both).iter().map(|url| url.host_str().map(str::to_owned)).collect();
    assert_eq!(hosts, [Some("www.b.example".to_owned())], "{family:?}");
}

fn items(listing: Listing) -> Vec<Url> {
    listing.items.into_iter().map(|item| item.url).collect()
}

fn next(listing: Listing) -> Vec<Url> {
    listing.next.into_iter().map(|next| next.url).collect()
}

#[test]
fn entries_on_hosts_of_the_pipeline_are_entries() {
    let row =
        "<ul><li><a href=http://www.b.example/202401/t20240102_1.html>法治政府建设年度报告</a>2024-01-02</li></ul>";
    for family in [Family::Lonsun, Family::Static, Family::Trs, Family::Vsb, Family::Webplus, Family::Ucap] {
        check(family, row, 1, items);
    }
    let json = r#"{"list":[{"title":"法治政府建设年度报告","url":"http://www.b.example/1.html","date":"2024-01-02"}]}"#;
    check(Family::Json, json, 1, items);
    let catalogue = r#"{"articles":[{"title":"法治政府建设年度报告","url":"http://www.b.example/gkmlpt/content/1/1/post_1.html"}]}"#;
    check(Family::Gkmlpt, catalogue, 1, items);
    let records = "<REC><TITLE>法治政府建设年度报告</TITLE><URL>http://www.b.example/1.html</URL></REC>";
    check(Family::Was5, records, 1, items);
    let feed = "<rss><item><title>年度报告</title><link>http://www.b.example/1.html</link></item></rss>";
    check(Family::Rss, feed, 1, items);
    check(Family::Sitemap, "<urlset><url><loc>http://www.b.example/1.html</loc></url></urlset>", 1, items);
}

#[test]
fn entries_of_both_hosts_stand_side_by_side() {
    let url = Url::parse("http://www.a.example/x/").unwrap();
    let hosts = host_list(&["www.b.example"]);
    let selectors = Selectors { item: Selectors::selector("li").unwrap(), link: None, date: None, next: None };
    let rows = "<ul><li><a href=/1.html>甲县年度报告</a></li><li><a href=http://www.b.example/2.html>乙县年度报告</a></li></ul>";
    let record =
        |host: &str| format!("<record><![CDATA[<a href={host}/art/2024/1/2/art_1_2.html>年度报告</a>]]></record>");
    let store = format!("<datastore>{}{}</datastore>", record(""), record("http://www.b.example"));
    for (family, text) in [(Family::Selectors, rows), (Family::HanwebJpage, store.as_str())] {
        let page = ListPage { selectors: Some(&selectors), ..ListPage::new(&url, text) };
        let own = read_list(family, &page);
        assert_eq!((own.items.len(), own.foreign), (1, 1), "{family:?}");
        let both = read_list(family, &ListPage { hosts: Some(&hosts), ..page });
        assert_eq!((both.items.len(), both.foreign), (2, 0), "{family:?}");
    }
}

#[test]
fn lists_go_on_at_hosts_of_the_pipeline() {
    for family in [Family::Lonsun, Family::Static, Family::Trs, Family::Vsb, Family::Webplus, Family::HanwebJpage] {
        check(family, "<a href=http://www.b.example/x/2.html>下一页</a>", 0, next);
    }
    check(Family::Rss, "<feed><link rel='next' href='http://www.b.example/atom?p=2'/></feed>", 0, next);
    check(Family::Ucap, "<script>'http://www.b.example/searchList/a1?_pageSize=9'</script>", 0, next);
    check(Family::Lonsun, "<script>'http://www.b.example/site/label/8888?labelName=publicInfoList'</script>", 0, next);
    let part = "<script>queryData = {'webId':'1','pageId':'2','tplSetId':'3'}; 'http://www.b.example/jpaas-publish-server/front/page/build/unit'</script>";
    check(Family::HanwebJpaas, part, 0, next);
}

#[test]
fn lists_and_frames_at_hosts_of_the_pipeline_are_read() {
    let index = "<sitemapindex><sitemap><loc>http://www.b.example/1.xml</loc></sitemap></sitemapindex>";
    check(Family::Sitemap, index, 1, |listing| listing.lists);
    let frame = "<iframe src=http://www.b.example/list.html></iframe>";
    check(Family::Static, frame, 0, |listing| listing.frame.into_iter().collect());
}

#[test]
fn a_page_follows_its_own_host_and_those_of_its_pipeline() {
    let url = Url::parse("http://www.a.example:8080/x/").unwrap();
    let hosts = host_list(&["*.b.example", "c.example"]);
    let follows = |page: ListPage<'_>, other: &str| page.follows(&Url::parse(other).unwrap());
    let (own, page) = (ListPage::new(&url, ""), ListPage { hosts: Some(&hosts), ..ListPage::new(&url, "") });
    for other in ["http://www.a.example:8080/y", "https://www.a.example:8080/"] {
        assert!(follows(own, other) && follows(page, other), "{other}");
    }
    for other in ["http://x.b.example/", "http://c.example/1"] {
        assert!(!follows(own, other) && follows(page, other), "{other}");
    }
    for other in ["http://www.a.example/", "http://b.example/", "http://x.c.example/", "mailto:a@c.example"] {
        assert!(!follows(own, other) && !follows(page, other), "{other}");
    }
}
