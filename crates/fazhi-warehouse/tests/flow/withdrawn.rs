use fazhi_model::Outcome;
use fazhi_warehouse::{DataFolder, load, parse, versions};

use crate::by_hand::{Answer, archive, archive_answers, at, count, ingest, rules};
use crate::page;

const URL: &str = "http://127.0.0.1/1.html";

/// Days since 1970 of the 1st of January 2024, less one.
const DECEMBER_31: i64 = 19_722;

fn answer(outcome: Outcome, status: u16) -> Answer<'static> {
    Answer { url: URL, article: None, outcome, status, body: "" }
}

/// The day in January 2024 on which the one document was found to be gone; 0 while it is there.
async fn withdrawn_on(data: &DataFolder) -> i64 {
    let day = format!("SELECT coalesce(CAST(withdrawn_on AS INT) - {DECEMBER_31}, 0) AS day FROM reports");
    count(data, &format!("SELECT CAST(day AS BIGINT) FROM ({day})")).await
}

#[tokio::test]
async fn a_report_that_is_gone_keeps_its_facts_and_is_marked_with_the_first_day() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[(URL, &page("受理行政复议案件3件")), ("http://127.0.0.1/2.html", "<p>公告</p>")]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 0);

    // What proves nothing does not mark it.
    for (day, outcome, status) in
        [(2, Outcome::Blocked, 412), (3, Outcome::SoftNotFound, 200), (4, Outcome::Failed, 500)]
    {
        archive_answers(folder.path(), &format!("r{day}"), at(day), &[answer(outcome, status)]);
        ingest(&data).await;
        assert_eq!(withdrawn_on(&data).await, 0, "{outcome}");
    }
    // Half past four in the afternoon in Greenwich is the next day in China.
    let evening = at(5) + chrono::TimeDelta::minutes(8 * 60 + 30);
    archive_answers(folder.path(), "r5", evening, &[answer(Outcome::NotFound, 404)]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 6);
    assert_eq!(count(&data, "SELECT count(*) FROM indicator_values WHERE value = 3").await, 1);
    assert_eq!(count(&data, "SELECT count(*) FROM documents WHERE withdrawn_on IS NOT NULL").await, 1);

    let before = versions(&data).await.unwrap();
    archive_answers(folder.path(), "r7", at(7), &[answer(Outcome::NotFound, 410)]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 6, "the first day stays");
    assert_eq!(versions(&data).await.unwrap()["documents"], before["documents"], "and nothing is written for it");
}

#[tokio::test]
async fn a_report_that_is_back_is_marked_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[(URL, &page("受理行政复议案件3件"))]);
    archive_answers(folder.path(), "r2", at(2), &[answer(Outcome::NotFound, 404)]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 2, "captured and gone before the first load");
    archive_answers(folder.path(), "r3", at(3), &[answer(Outcome::Unchanged, 304)]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 0);
    archive_answers(folder.path(), "r4", at(4), &[answer(Outcome::NotFound, 404)]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 4);
    archive(folder.path(), "r5", 5, &[(URL, &page("受理行政复议案件33件"))]);
    ingest(&data).await;
    assert_eq!(withdrawn_on(&data).await, 0);
    assert_eq!(count(&data, "SELECT count(*) FROM indicator_values WHERE value = 33").await, 1);
}

/// Read anew by other rules, a report that is gone stays marked at every moment.
#[tokio::test]
async fn a_withdrawn_report_that_is_read_again_stays_marked() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[(URL, &page("受理行政复议案件3件"))]);
    archive_answers(folder.path(), "r2", at(2), &[answer(Outcome::NotFound, 404)]);
    ingest(&data).await;
    fs_err::remove_dir_all(data.table(fazhi_warehouse::Table::Texts)).unwrap();
    assert_eq!(parse(&data, &rules(), &|_| ()).await.unwrap().documents, 1);
    load(&data, &rules(), at(9)).await.unwrap();
    assert_eq!(withdrawn_on(&data).await, 2);
}
