//! Posts of one report, from the archive to the views.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

mod by_hand;

use arrow::util::pretty::pretty_format_batches;
use fazhi_warehouse::{CHECKS, DataFolder, Table, versions};

use by_hand::{archive, count, ingest};

const OWN: &str = "http://sfj.chengxi.gov.cn/1.html";
const CORRECTED: &str = "http://sfj.chengxi.gov.cn/2.html";
const LAST_YEAR: &str = "http://sfj.chengxi.gov.cn/3.html";
const PORTAL: &str = "http://www.chengxi.gov.cn/4.html";
const COPY: &str = "http://chengxi-news.example/5.html";
const COPY_OF_CORRECTED: &str = "http://chengxi-news.example/6.html";
const NEIGHBOUR: &str = "http://sfj.songlai.gov.cn/7.html";

/// A page: who runs the site, whose report it is, its year, when it was posted, and how many cases it tells of.
fn page(owner: &str, place: &str, year: i32, posted: &str, cases: u32) -> String {
    let training: Vec<String> = (1..25)
        .map(|n| {
            format!("<p>第{n}季度开展执法培训{}期，覆盖行政执法人员{}人次，规范执法行为。</p>", n + 2, n * 17 + 40)
        })
        .collect();
    format!(
        "<html><head><meta name=\"SiteName\" content=\"{owner}\"><meta name=\"PubDate\" content=\"{posted}\">
         <title>{place}司法局{year}年法治政府建设年度报告</title></head><body><h1>{place}司法局{year}年法治政府建设年度报告</h1>
         <div class=\"TRS_Editor\"><p>一、主要工作</p><p>{place}全年受理行政复议案件{cases}件。</p>{}
         <p>二、存在的不足</p><p>基层执法力量还比较薄弱。</p><p>三、下一步打算</p><p>继续抓好执法规范化建设。</p></div></body></html>",
        training.concat()
    )
}

fn posts() -> Vec<(&'static str, String)> {
    let corrected = |owner| page(owner, "澄溪县", 2022, "2023-03-01", 86).replace("年度报告", "年度报告（更正）");
    vec![
        (OWN, page("澄溪县司法局", "澄溪县", 2022, "2023-01-20", 85)),
        (CORRECTED, corrected("澄溪县司法局")),
        (LAST_YEAR, page("澄溪县司法局", "澄溪县", 2021, "2022-01-20", 85)),
        (PORTAL, page("澄溪县人民政府", "澄溪县", 2022, "2023-01-20", 85)),
        (COPY, page("澄溪县司法局", "澄溪县", 2022, "2023-01-01", 85)),
        (COPY_OF_CORRECTED, corrected("新闻网")),
        (NEIGHBOUR, page("松濑县司法局", "松濑县", 2022, "2023-01-20", 85)),
    ]
}

const LINKED: [(&str, &str, &str); 7] = [
    (COPY, OWN, "-"),
    (COPY_OF_CORRECTED, CORRECTED, "-"),
    (OWN, "-", "-"),
    (CORRECTED, "-", OWN),
    (LAST_YEAR, "-", "-"),
    (NEIGHBOUR, "-", "-"),
    (PORTAL, OWN, "-"),
];

/// Addresses with those of the posts that they lead to, in order.
async fn links(data: &DataFolder) -> Vec<(String, String, String)> {
    let context = fazhi_warehouse::open(data).await.unwrap();
    let sql = "SELECT concat_ws(' ', d.url, coalesce(p.url, '-'), coalesce(e.url, '-')) FROM documents d
               LEFT JOIN documents p ON p.document_id = d.duplicate_of
               LEFT JOIN documents e ON e.document_id = d.version_of ORDER BY d.url";
    let rows = pretty_format_batches(&context.sql(sql).await.unwrap().collect().await.unwrap()).unwrap().to_string();
    let cells = rows.lines().filter(|line| line.contains("http")).map(|line| line.trim_matches(['|', ' ']).to_owned());
    cells
        .map(|cells| {
            let mut cells = cells.split(' ').map(str::to_owned);
            (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap())
        })
        .collect()
}

fn owned(links: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    links
        .iter()
        .map(|(url, duplicate, version)| (url.to_string(), duplicate.to_string(), version.to_string()))
        .collect()
}

async fn assert_checks(data: &DataFolder) {
    let context = fazhi_warehouse::open(data).await.unwrap();
    for check in CHECKS {
        assert_eq!(context.sql(check.sql).await.unwrap().count().await.unwrap(), 0, "{}", check.name);
    }
}

#[tokio::test]
async fn the_links_do_not_depend_on_the_order_of_arrival() {
    let posts = posts();
    let orders: [&[&[usize]]; 3] =
        [&[&[0, 1, 2, 3, 4, 5, 6]], &[&[6, 5], &[4], &[3], &[2, 1], &[0]], &[&[1, 4, 3], &[0, 6, 2, 5]]];
    for order in orders {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::new(folder.path().to_owned());
        for (day, batch) in (1..).zip(order) {
            let pages: Vec<_> = batch.iter().map(|place| (posts[*place].0, posts[*place].1.as_str())).collect();
            archive(folder.path(), &format!("r{day}"), day, &pages);
            ingest(&data).await;
        }
        assert_eq!(links(&data).await, owned(&LINKED), "{order:?}");
        assert_checks(&data).await;
        // The texts of the year before, of the neighbour, and the corrected one.
        assert_eq!(count(&data, "SELECT count(*) FROM reports").await, 3);
        let cases = "FROM indicator_values WHERE indicator_id = 'reconsider_accepted'";
        assert_eq!(count(&data, &format!("SELECT CAST(sum(value) AS BIGINT) {cases}")).await, 85 + 85 + 86);
        let evidence = "SELECT count(*) FROM evidence WHERE indicator_id = 'reconsider_accepted'";
        assert_eq!(count(&data, evidence).await, 7, "every post is evidence");
    }
}

#[tokio::test]
async fn a_post_that_changes_is_linked_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let (own, copy, portal) = (posts()[0].1.clone(), posts()[4].1.clone(), posts()[3].1.clone());
    archive(folder.path(), "r1", 1, &[(OWN, &own), (COPY, &copy), (PORTAL, &portal)]);
    ingest(&data).await;
    assert_eq!(links(&data).await, owned(&[(COPY, OWN, "-"), (OWN, "-", "-"), (PORTAL, OWN, "-")]));
    let before = versions(&data).await.unwrap();
    ingest(&data).await;
    assert_eq!(versions(&data).await.unwrap(), before, "nothing new, no new version");

    // The same text under other bytes: the row is written, its links and those of the others stay.
    archive(folder.path(), "r2", 2, &[(OWN, &own.replace("<body>", "<body><!-- 12:01 -->"))]);
    ingest(&data).await;
    assert_eq!(links(&data).await, owned(&[(COPY, OWN, "-"), (OWN, "-", "-"), (PORTAL, OWN, "-")]));

    // A page that breaks keeps its last reading, and with it its place.
    archive(folder.path(), "r3", 3, &[(OWN, "<html><body></body></html>")]);
    ingest(&data).await;
    assert_eq!(links(&data).await, owned(&[(COPY, OWN, "-"), (OWN, "-", "-"), (PORTAL, OWN, "-")]));

    // Now it tells of another number, without saying so in the title; the portal still has the old text, of the same day.
    let before = versions(&data).await.unwrap();
    archive(folder.path(), "r4", 4, &[(OWN, &own.replace("85件", "90件").replace("2023-01-20", "2023-02-20"))]);
    ingest(&data).await;
    assert_eq!(links(&data).await, owned(&[(COPY, PORTAL, "-"), (OWN, "-", PORTAL), (PORTAL, "-", "-")]));
    assert_checks(&data).await;
    let after = versions(&data).await.unwrap();
    for table in [Table::Documents, Table::Texts, Table::Indicators] {
        assert_eq!(after[table.name()], before[table.name()] + 1, "{}", table.name());
    }
    let relinked = "SELECT count(*) FROM documents WHERE loaded_at = (SELECT max(loaded_at) FROM documents)";
    assert_eq!(count(&data, relinked).await, 1, "a post that is only relinked keeps the time of its revision");

    // It becomes the report of another year: the others are left to themselves.
    archive(folder.path(), "r5", 5, &[(OWN, &own.replace("2022年", "2020年"))]);
    ingest(&data).await;
    assert_eq!(links(&data).await, owned(&[(COPY, PORTAL, "-"), (OWN, "-", "-"), (PORTAL, "-", "-")]));
    assert_checks(&data).await;
}
