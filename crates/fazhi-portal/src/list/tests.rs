//! Lists as a client sees them that follows each family's protocol by hand.

use serde_json::Value;

use super::*;
use crate::date::day;
use crate::province::government;
use crate::query::percent_encoded;

const BASE: &str = "http://127.0.0.1:1";

fn site_of(ordinal: usize, count: usize) -> Listed {
    let government = government(ordinal);
    let row = |n: usize| Row {
        title: format!("标题{n}"),
        path: format!("/{}/x/{n}.html", government.slug),
        date: day(2024, 1, 28) - chrono::Days::new(n as u64),
    };
    Listed { rows: (0..count).map(row).collect(), government, entrance: Entrance::Direct }
}

/// The first body of the province that runs this software.
fn ordinal(family: Family) -> usize {
    (0..14).find(|ordinal| government(*ordinal).family == family).unwrap()
}

fn site(family: Family) -> Listed {
    site_of(ordinal(family), 25)
}

/// What a service answers to a path in the folder of the site, with a referer.
fn ask(site: &Listed, path: &str) -> String {
    let path_and_query = format!("/{}{path}", site.government.slug);
    let asked = Asked { path_and_query: &path_and_query, referer: Some(BASE), base_url: BASE };
    match answer(std::slice::from_ref(site), &asked) {
        Some(Answer::Text(_, text)) => text,
        other => panic!("{path_and_query}: {other:?}"),
    }
}

/// The paths of the rows that a page names, in order.
fn found(site: &Listed, text: &str) -> Vec<usize> {
    let held = |(n, row): (usize, &Row)| {
        let folder = format!("/{}/", site.government.slug);
        let ends = ["\"", "'", "<", "]"];
        let inner = row.path.trim_start_matches(&folder);
        ends.iter().any(|end| text.contains(&format!("/{inner}{end}"))).then_some(n)
    };
    site.rows.iter().enumerate().filter_map(held).collect()
}

#[track_caller]
fn assert_every_row_once(site: &Listed, pages: &[String]) {
    let all: Vec<usize> = pages.iter().flat_map(|page| found(site, page)).collect();
    assert_eq!(all, (0..site.rows.len()).collect::<Vec<_>>());
}

fn between<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(behind).map(|(inner, _)| inner)
}

#[track_caller]
fn ready(family: Family, expected: &[&str]) -> Listed {
    let site = site(family);
    let pages = ready_pages(&site);
    let folder = format!("/{}", site.government.slug);
    let paths: Vec<_> = pages.iter().map(|page| page.path.strip_prefix(&folder).unwrap()).collect();
    assert_eq!(paths, expected);
    assert_eq!(format!("{folder}{}", paths[0]), start_path(&site.government));
    assert_every_row_once(&site, &pages.into_iter().map(|page| page.text).collect::<Vec<_>>());
    site
}

#[test]
fn families_with_pages_turn_them_in_their_own_way() {
    let list = "/zwgk/fzzfjsndbg";
    ready(
        Family::Trs,
        &[&format!("{list}/index.html"), &format!("{list}/index_1.html"), &format!("{list}/index_2.html")],
    );
    ready(Family::Vsb, &["/zwgk/fzzfjs.htm", "/zwgk/fzzfjs/2.htm", "/zwgk/fzzfjs/1.htm"]);
    let list = "/fzzfjsndbg";
    ready(
        Family::Static,
        &[&format!("{list}/index.html"), &format!("{list}/list_2.html"), &format!("{list}/list_3.html")],
    );
    ready(Family::Ucap, &["/c100079/list.shtml", "/c100079/list_2.shtml", "/c100079/list_3.shtml"]);
    ready(Family::Selectors, &["/gov/index.asp", "/gov/index.asp?p=2", "/gov/index.asp?p=3"]);
    let site = ready(Family::Webplus, &["/fzzf/list.htm", "/fzzf/list2.htm", "/fzzf/list3.htm"]);
    assert_eq!(ask(&site, "/fzzf/list9.htm"), ready_pages(&site)[0].text);
}

#[test]
fn pagers_say_what_their_families_say() {
    let first = |family| ready_pages(&site(family)).remove(0).text;
    assert!(first(Family::Trs).contains("createPageHTML(3, 0, \"index\", \"html\")"));
    assert!(first(Family::Ucap).contains("createPageHTML('page_div',3,1,'list','shtml',25)"));
    assert!(first(Family::Vsb).contains("共25条　1/3"));
    assert!(first(Family::Webplus).contains("<em class=\"all_pages\">3</em>"));
    assert!(first(Family::Selectors).contains("?p=2\">▶</a>"));
}

#[test]
fn a_frame_may_stand_before_a_list() {
    let framed = Listed { entrance: Entrance::Framed, ..site(Family::Static) };
    let pages = ready_pages(&framed);
    assert!(
        pages[0].text.contains("<iframe id=\"list\" src=\"list.html\"") && found(&framed, &pages[0].text).is_empty()
    );
    assert_eq!(pages[0].path, start_path(&framed.government));
    assert!(pages[1].path.ends_with("/list.html") && pages[2].path.ends_with("/list_2.html"));
    assert_every_row_once(&framed, &pages.into_iter().map(|page| page.text).collect::<Vec<_>>());
}

#[test]
fn jpage_has_its_first_block_in_the_page() {
    let site = site(Family::HanwebJpage);
    let mut pages = vec![ready_pages(&site).remove(0).text];
    while let Some(next) = between(pages.last().unwrap(), "<nextgroup><![CDATA[<a href=\"", "\"") {
        let path = next.strip_prefix(&format!("/{}", site.government.slug)).unwrap().to_owned();
        pages.push(ask(&site, &path));
    }
    assert_eq!(pages.len(), 3);
    assert_every_row_once(&site, &pages);
    assert!(pages[1].contains("<totalrecord>25</totalrecord>") && pages[1].contains("<totalpage>3</totalpage>"));
    assert!(found(&site, &ask(&site, &hanweb_jpage::address(&site.government, 4))).is_empty());
}

#[test]
fn jpage_servers_heed_page_or_startrecord() {
    let records = |site: &Listed, page: usize| {
        let column = column(&site.government);
        let (first, last) = (page * 9 - 8, page * 9);
        let query = format!("?endrecord={last}&columnid={column}&startrecord={first}&perpage=9");
        found(site, &ask(site, &format!("{}{query}", hanweb_jpage::PROXY)))
    };
    let (by_page, by_record) = (site(Family::HanwebJpage), site_of(ordinal(Family::HanwebJpage) + 14, 25));
    assert_eq!((records(&by_page, 2), records(&by_record, 2)), ((0..9).collect(), (9..18).collect()));
    assert!(records(&by_record, 4).is_empty());
}

#[test]
fn jpaas_reads_its_page_in_param_json_and_wants_a_referer() {
    let site = site(Family::HanwebJpaas);
    let shell = ready_pages(&site).remove(0).text;
    assert!(found(&site, &shell).is_empty());
    let data = between(&shell, "queryData=\"", "\"").unwrap().replace('\'', "\"");
    let data: serde_json::Map<String, Value> = serde_json::from_str(&data).unwrap();
    let url = between(&shell, "url=\"", "\"").unwrap().strip_prefix(&format!("/{}", site.government.slug)).unwrap();
    let query: Vec<String> =
        data.iter().map(|(key, value)| format!("{key}={}", percent_encoded(value.as_str().unwrap()))).collect();
    let html = |more: &str| {
        let answer: Value = serde_json::from_str(&ask(&site, &format!("{url}?{}{more}", query.join("&")))).unwrap();
        answer["data"]["html"].as_str().unwrap().to_owned()
    };
    let page = |page: usize| {
        html(&format!("&paramJson={}", percent_encoded(&format!("{{\"pageNo\":{page},\"pageSize\":10}}"))))
    };
    assert_every_row_once(&site, &[page(1), page(2), page(3)]);
    assert!(found(&site, &page(4)).is_empty());
    assert_eq!(html("&pageNo=2"), html(""), "a bare number of a page is ignored");
    let path_and_query = format!("/{}{}", site.government.slug, hanweb_jpaas::address(&site.government, 1, 9));
    let asked = Asked { path_and_query: &path_and_query, referer: None, base_url: BASE };
    assert_eq!(answer(&[site], &asked), Some(Answer::Forbidden));
}

#[test]
fn gkmlpt_answers_a_catalogue_in_seconds_since_1970() {
    let site = site_of(ordinal(Family::Gkmlpt), 230);
    let shell = ready_pages(&site).remove(0).text;
    assert!(found(&site, &shell).is_empty());
    let sid = between(&shell, "SID: '", "'").unwrap();
    let page = |category: usize, page: usize| ask(&site, &format!("/gkmlpt/api/all/{category}?sid={sid}&page={page}"));
    assert_every_row_once(&site, &[page(0, 1), page(0, 2), page(0, 3)]);
    let first: Value = serde_json::from_str(&page(column(&site.government), 1)).unwrap();
    assert_eq!((first["total"].as_u64(), first["articles"].as_array().unwrap().len()), (Some(230), 100));
    for (article, row) in first["articles"].as_array().unwrap().iter().zip(&site.rows) {
        let seconds = article["first_publish_time"].as_i64().unwrap() + 8 * 3_600;
        assert_eq!(chrono::DateTime::from_timestamp(seconds, 0).unwrap().date_naive(), row.date);
    }
    assert!(found(&site, &page(0, 4)).is_empty() && found(&site, &page(5, 1)).is_empty());
    let unknown: Value = serde_json::from_str(&ask(&site, "/gkmlpt/api/all/0?page=1&sid=1")).unwrap();
    assert!(unknown["articles"].is_null() && unknown["errcode"] != 0);
}

#[test]
fn ucap_has_the_same_list_in_json() {
    let site = site_of(ordinal(Family::Ucap) + 14, 25);
    let shell = ready_pages(&site).remove(0).text;
    assert!(found(&site, &shell).is_empty());
    let channel = between(&shell, "channelId = '", "'").unwrap();
    let page =
        |page: usize| ask(&site, &format!("/searchList/{channel}?_isJson=true&_isAgg=true&page={page}&_pageSize=10"));
    assert_every_row_once(&site, &[page(1), page(2), page(3)]);
    let first: Value = serde_json::from_str(&page(1)).unwrap();
    assert_eq!(
        (first["data"]["total"].as_u64(), first["data"]["results"][0]["memo"].as_str()),
        (Some(25), Some("null"))
    );
    assert!(first["data"]["results"][0]["url"].as_str().unwrap().starts_with("//127.0.0.1:1/"));
    assert!(found(&site, &page(4)).is_empty());
}

#[test]
fn lonsun_answers_fragments_and_the_first_page_beyond_the_end() {
    let site = site(Family::Lonsun);
    let shell = ready_pages(&site).remove(0).text;
    assert!(found(&site, &shell).is_empty());
    let call = between(&shell, ".load(\"", "\"").unwrap();
    let call = call.strip_prefix(&format!("/{}", site.government.slug)).unwrap();
    let page = |page: usize| ask(&site, &call.replace("pageIndex=1", &format!("pageIndex={page}")));
    let pages = [page(1), page(2), page(3)];
    assert_every_row_once(&site, &pages);
    assert!(pages[0].contains("pageCount:3") && !pages[0].contains("<html"));
    assert_eq!(page(4), pages[0]);
    assert_eq!(found(&site, &ask(&site, &call.replace("pageSize=9", "pageSize=20"))), (0..20).collect::<Vec<_>>());
    assert!(ask(&site, &call.replace("siteId=", "siteId=9")).contains("暂无"));
}

#[test]
fn was5_answers_records() {
    let site = site(Family::Was5);
    let channel = was5::channel(&site.government);
    let page =
        |name: &str, page: usize| ask(&site, &format!("/was5/web/search?page={page}&{name}=9&channelid={channel}"));
    let pages = [page("perpage", 1), page("prepage", 2), page("perpage", 3)];
    assert_every_row_once(&site, &pages);
    assert!(pages[0].contains("<RECORDCOUNT>25</RECORDCOUNT>") && pages[0].matches("<REC>").count() == 9);
    assert_eq!(page("perpage", 4), pages[0]);
    assert!(ask(&site, "/was5/web/search?channelid=1&page=1").contains("<RECORDCOUNT>0</RECORDCOUNT>"));
}

#[test]
fn json_answers_the_last_page_beyond_the_end() {
    let site = site(Family::Json);
    let start = start_path(&site.government);
    let start = start.strip_prefix(&format!("/{}", site.government.slug)).unwrap();
    let page = |page: usize| ask(&site, &start.replace("pageNum=1", &format!("pageNum={page}")));
    let pages = [page(1), page(2), page(3)];
    assert_every_row_once(&site, &pages);
    assert_eq!(page(4), pages[2]);
    let unknown: Value = serde_json::from_str(&ask(&site, "/api/article/list?channelId=1")).unwrap();
    assert!(unknown["data"].is_null());
}

#[test]
fn feeds_name_the_next_part() {
    let site = site(Family::Rss);
    let mut pages =
        vec![ask(&site, start_path(&site.government).strip_prefix(&format!("/{}", site.government.slug)).unwrap())];
    while let Some(next) = between(pages.last().unwrap(), "rel=\"next\" type=\"application/rss+xml\" href=\"", "\"") {
        let path = next.strip_prefix(&format!("{BASE}/{}", site.government.slug)).unwrap().to_owned();
        pages.push(ask(&site, &path));
    }
    assert_eq!(pages.len(), 3);
    assert_every_row_once(&site, &pages);
    assert!(pages[0].contains("<pubDate>Sun, 28 Jan 2024 08:30:00 +0800</pubDate>"));
}

#[test]
fn a_sitemap_index_names_two_sitemaps() {
    let site = site(Family::Sitemap);
    let index = ask(&site, sitemap::INDEX);
    let named = index.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap());
    let folder = format!("{BASE}/{}", site.government.slug);
    let pages: Vec<String> = named.map(|url| ask(&site, url.strip_prefix(&folder).unwrap())).collect();
    assert_eq!((pages.len(), found(&site, &index).len()), (2, 0));
    assert_every_row_once(&site, &pages);
}

#[test]
fn services_are_at_the_root_of_the_server_as_well() {
    let sites: Vec<_> = (0..28).map(|ordinal| site_of(ordinal, 12)).collect();
    for site in &sites {
        for path in computed_paths(site) {
            let inner = path.strip_prefix(&format!("/{}", site.government.slug)).unwrap();
            let at = |path_and_query| answer(&sites, &Asked { path_and_query, referer: Some(BASE), base_url: BASE });
            let in_folder = at(&path);
            assert!(in_folder.is_some(), "{path}");
            if !matches!(site.government.family, Family::Rss | Family::Sitemap) {
                assert_eq!(in_folder, at(inner), "{inner}");
            }
        }
    }
}

#[test]
fn few_rows_still_fill_several_pages() {
    let counts: Vec<_> = [1, 2, 3, 4, 7, 25, 28].iter().map(|n| ready_pages(&site_of(0, *n)).len()).collect();
    assert_eq!(counts, [1, 2, 3, 2, 3, 3, 4]);
}
