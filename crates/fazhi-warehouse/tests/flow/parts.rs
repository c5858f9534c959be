use fazhi_model::Outcome;
use fazhi_warehouse::{DataFolder, parse};

use crate::by_hand::{Answer, archive_answers, at, count, ingest, rules};

const ARTICLE: &str = "http://127.0.0.1/a.html";
const SECOND: &str = "http://127.0.0.1/a_1.html";
const THIRD: &str = "http://127.0.0.1/a_2.html";
const TITLE: &str = "云溪县人民政府2022年法治政府建设年度报告";

/// The article: it says of how many pages it consists.
fn first(pages: usize) -> String {
    format!(
        "<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div class=\"TRS_Editor\"><p>一、主要工作</p>\
         <p>全年受理行政复议案件3件。</p></div><script>createPageHTML({pages}, 0, \"a\", \"html\");</script></body></html>"
    )
}

/// A further page, with its title and the way to the others.
fn further(sentence: &str) -> String {
    format!(
        "<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div class=\"TRS_Editor\"><p>{sentence}。</p>\
         <p>首页 上一页 1 2 3 下一页 尾页</p></div></body></html>"
    )
}

fn part<'a>(url: &'a str, number: u32, body: &'a str) -> Answer<'a> {
    Answer { article: Some((ARTICLE, number)), ..Answer::page(url, body) }
}

async fn text_is(data: &DataFolder, body: &str) -> bool {
    let sql = format!(
        "SELECT count(*) FROM reports r JOIN texts t ON t.document_id = r.document_id AND t.revision = r.revision WHERE t.body = '{body}'"
    );
    count(data, &sql).await == 1
}

/// Issues of the reading as it stands.
async fn missing(data: &DataFolder) -> i64 {
    let current = "FROM issues i JOIN documents d ON d.document_id = i.document_id AND d.revision = i.revision";
    count(data, &format!("SELECT count(*) {current} WHERE i.kind = 'parts_missing'")).await
}

#[tokio::test]
async fn pages_are_joined_in_their_order_and_a_changed_one_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let (one, two, three) = (first(3), further("办理行政应诉案件5件"), further("开展执法检查7次"));
    let answers = [part(THIRD, 3, &three), Answer::page(ARTICLE, &one), part(SECOND, 2, &two)];
    archive_answers(folder.path(), "r1", at(1), &answers);
    ingest(&data).await;
    let opening = "一、主要工作\n全年受理行政复议案件3件。\n";
    assert!(text_is(&data, &format!("{opening}办理行政应诉案件5件。\n开展执法检查7次。\n")).await);
    assert_eq!(missing(&data).await, 0);
    assert_eq!(count(&data, "SELECT count(*) FROM documents").await, 1);
    let of_the_first =
        "SELECT count(*) FROM evidence e JOIN captures c ON c.capture_id = e.capture_id AND c.part IS NULL";
    assert!(count(&data, &format!("{of_the_first} WHERE e.url = '{ARTICLE}'")).await > 0);
    let spans = "SELECT count(*) FROM quantities q JOIN texts t ON t.revision = q.revision
                 WHERE substr(t.body, q.char_start + 1, q.char_end - q.char_start) = q.text";
    assert_eq!(count(&data, spans).await, 3);
    let named = "SELECT count(*) FROM documents d JOIN captures b ON b.part = 2 JOIN captures c ON c.part = 3
                 WHERE d.part_captures = concat(b.capture_id, ' ', c.capture_id)";
    assert_eq!(count(&data, named).await, 1);
    assert_eq!(parse(&data, &rules(), &|_| ()).await.unwrap().documents, 0, "it is not read again and again");

    let changed = further("开展执法检查17次");
    archive_answers(folder.path(), "r2", at(2), &[part(THIRD, 3, &changed)]);
    ingest(&data).await;
    assert!(text_is(&data, &format!("{opening}办理行政应诉案件5件。\n开展执法检查17次。\n")).await);
    assert_eq!(count(&data, "SELECT count(DISTINCT revision) FROM texts").await, 2);
    assert_eq!(parse(&data, &rules(), &|_| ()).await.unwrap().documents, 0);
}

#[tokio::test]
async fn a_missing_page_is_an_issue_until_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let (one, two, three) = (first(3), further("办理行政应诉案件5件"), further("开展执法检查7次"));
    archive_answers(folder.path(), "r1", at(1), &[Answer::page(ARTICLE, &one), part(THIRD, 3, &three)]);
    ingest(&data).await;
    let opening = "一、主要工作\n全年受理行政复议案件3件。\n";
    assert!(text_is(&data, &format!("{opening}开展执法检查7次。\n")).await);
    assert_eq!(missing(&data).await, 1);
    archive_answers(folder.path(), "r2", at(2), &[part(SECOND, 2, &two)]);
    ingest(&data).await;
    assert!(text_is(&data, &format!("{opening}办理行政应诉案件5件。\n开展执法检查7次。\n")).await);
    assert_eq!(missing(&data).await, 0);
}

/// What belonged to an earlier state of the article is no part of the present one.
#[tokio::test]
async fn an_article_that_became_shorter_loses_its_last_page() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let (one, two) = (first(2), further("办理行政应诉案件5件"));
    archive_answers(folder.path(), "r1", at(1), &[Answer::page(ARTICLE, &one), part(SECOND, 2, &two)]);
    ingest(&data).await;
    let opening = "一、主要工作\n全年受理行政复议案件3件。\n";
    assert!(text_is(&data, &format!("{opening}办理行政应诉案件5件。\n")).await);

    // The banner changed, and the second page was asked for in vain: its text stays.
    let same = one.replace("<body>", "<body><!-- 2 -->");
    let refused = Answer { outcome: Outcome::Failed, status: 500, ..part(SECOND, 2, "") };
    archive_answers(folder.path(), "r2", at(2), &[Answer::page(ARTICLE, &same), refused]);
    ingest(&data).await;
    assert!(text_is(&data, &format!("{opening}办理行政应诉案件5件。\n")).await);

    // It says no more that there are others, and nobody asked for them.
    let whole = first(1);
    archive_answers(folder.path(), "r3", at(3), &[Answer::page(ARTICLE, &whole)]);
    ingest(&data).await;
    assert!(text_is(&data, opening).await);
    assert_eq!(missing(&data).await, 0);
}
