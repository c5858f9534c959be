//! From an archive written by hand to rows, without a crawler.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

#[path = "../by_hand/mod.rs"]
mod by_hand;

/// Tables and staged files of an earlier version.
mod earlier;
/// Articles that are split over several pages.
mod parts;
/// Answers that repeat an archived one.
mod revisits;
/// Articles that are taken down.
mod withdrawn;

use std::path::Path;

use chrono::{TimeZone as _, Utc};
use fazhi_warehouse::{DataFolder, Table, load, parse, versions};

use by_hand::{archive, count, ingest, rules};

const FACTS: [Table; 5] = [Table::Documents, Table::Texts, Table::Sections, Table::Quantities, Table::Indicators];

#[tokio::test]
async fn a_changed_page_becomes_a_new_revision_and_an_unchanged_one_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(
        folder.path(),
        "r1",
        1,
        &[
            ("http://127.0.0.1/1.html", &page("受理行政复议案件3件")),
            ("http://127.0.0.1/2.html", &page("受理行政复议案件3件")),
        ],
    );
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM documents").await, 2);
    assert_eq!(count(&data, "SELECT count(*) FROM quantities").await, 2);
    assert_eq!(count(&data, "SELECT count(*) FROM captures").await, 2);
    let before = versions(&data).await.unwrap();

    ingest(&data).await;
    assert_eq!(versions(&data).await.unwrap(), before, "nothing new, no new version");

    // The same text under a new clock in the banner: another capture, the same revision.
    let same = page("受理行政复议案件3件").replace("<body>", "<body><!-- 12:01 -->");
    archive(
        folder.path(),
        "r2",
        2,
        &[("http://127.0.0.1/1.html", &same), ("http://127.0.0.1/2.html", &page("受理行政复议案件33件，3件未结"))],
    );
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM documents").await, 2);
    assert_eq!(count(&data, "SELECT count(DISTINCT revision) FROM texts WHERE document_id IN (SELECT document_id FROM documents WHERE url LIKE '%/1.html')").await, 1);
    let current = "SELECT count(*) FROM quantities q JOIN documents d ON d.document_id = q.document_id AND d.revision = q.revision";
    assert_eq!(count(&data, &format!("{current} WHERE d.url LIKE '%/2.html'")).await, 2);
    assert_eq!(count(&data, &format!("{current} WHERE d.url LIKE '%/1.html'")).await, 1);
    assert_eq!(
        count(
            &data,
            "SELECT count(*) FROM documents d JOIN captures c ON c.capture_id = d.capture_id WHERE c.run_id = 'r2'"
        )
        .await,
        2
    );
    let after = versions(&data).await.unwrap();
    for table in FACTS {
        assert_eq!(after[table.name()], before[table.name()] + 1, "{}: one commit for one new revision", table.name());
    }
}

/// No row has a year that equals null; the Delta reader alone would give all of them.
#[tokio::test]
async fn a_filter_that_can_be_true_of_no_row_keeps_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[("http://127.0.0.1/1.html", &page("受理行政复议案件3件"))]);
    ingest(&data).await;
    for filter in
        ["report_year = CAST(NULL AS INT)", "url = NULL", "kind = 'report' AND report_year > NULL", "NULL", "false"]
    {
        assert_eq!(count(&data, &format!("SELECT count(*) FROM documents WHERE {filter}")).await, 0, "{filter}");
    }
    assert_eq!(count(&data, "SELECT count(*) FROM documents WHERE report_year = 2022 AND true").await, 1);
}

#[tokio::test]
async fn a_revision_that_comes_back_is_not_added_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    for (day, text) in [(1, "受理行政复议案件3件"), (2, "受理行政复议案件33件"), (3, "受理行政复议案件3件")]
    {
        archive(folder.path(), &format!("r{day}"), day, &[("http://127.0.0.1/1.html", &page(text))]);
        ingest(&data).await;
    }
    assert_eq!(count(&data, "SELECT count(*) FROM texts").await, 2);
    let sql = "SELECT count(*) FROM texts t JOIN documents d ON d.document_id = t.document_id AND d.revision = t.revision WHERE t.body LIKE '%案件3件%'";
    assert_eq!(count(&data, sql).await, 1);
}

#[tokio::test]
async fn superseded_rows_go_after_the_grace_period() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let day = |day: u32| Utc.with_ymd_and_hms(2024, 1, day, 9, 0, 0).unwrap();
    for (on, text) in [(1, "受理行政复议案件3件"), (2, "受理行政复议案件33件")] {
        archive(folder.path(), &format!("r{on}"), on, &[("http://127.0.0.1/1.html", &page(text))]);
        parse(&data, &rules(), &|_| ()).await.unwrap();
        load(&data, &rules(), day(on)).await.unwrap();
    }
    load(&data, &rules(), day(8)).await.unwrap();
    assert_eq!(count(&data, "SELECT count(*) FROM texts").await, 2, "within the grace period");
    load(&data, &rules(), day(10)).await.unwrap();
    assert_eq!(count(&data, "SELECT count(*) FROM texts").await, 1);
    assert_eq!(count(&data, "SELECT count(*) FROM quantities WHERE value = 33").await, 1);
    assert_eq!(count(&data, "SELECT count(*) FROM quantities WHERE value = 3").await, 0);
}

/// A load that died between facts and `documents`, repeated long after the revision before it: the facts it had appended
/// must not be taken for superseded ones.
#[tokio::test]
async fn facts_appended_before_a_crash_survive_the_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let day = |day: u32| Utc.with_ymd_and_hms(2024, 1, day, 9, 0, 0).unwrap();
    archive(folder.path(), "r1", 1, &[("http://127.0.0.1/1.html", &page("受理行政复议案件3件"))]);
    parse(&data, &rules(), &|_| ()).await.unwrap();
    load(&data, &rules(), day(1)).await.unwrap();
    let documents = data.table(Table::Documents);
    let before = copy_of(&documents);
    archive(folder.path(), "r2", 20, &[("http://127.0.0.1/1.html", &page("受理行政复议案件33件"))]);
    parse(&data, &rules(), &|_| ()).await.unwrap();
    let staged: Vec<_> = staged(&data).into_iter().map(|path| (path.clone(), fs_err::read(path).unwrap())).collect();
    load(&data, &rules(), day(20)).await.unwrap();
    // As after a crash: the facts are in, the merge and all that followed are not.
    fs_err::remove_dir_all(&documents).unwrap();
    for (path, bytes) in before.into_iter().chain(staged) {
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
    load(&data, &rules(), day(20)).await.unwrap();
    let current = "FROM indicators i JOIN documents d ON d.document_id = i.document_id AND d.revision = i.revision";
    assert_eq!(count(&data, &format!("SELECT count(*) {current}")).await, 1);
    assert_eq!(count(&data, &format!("SELECT CAST(max(value) AS BIGINT) {current}")).await, 33);
}

/// A portal that sends an empty or broken page today does not take back what it published.
#[tokio::test]
async fn a_broken_page_does_not_erase_the_report_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let url = "http://127.0.0.1/1.html";
    archive(folder.path(), "r1", 1, &[(url, &page("受理行政复议案件3件"))]);
    ingest(&data).await;
    archive(folder.path(), "r2", 2, &[(url, "<html><body></body></html>")]);
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM indicator_values WHERE value = 3").await, 1);
    assert_eq!(
        count(&data, "SELECT count(*) FROM issues WHERE severity <> 'info' AND document_id IS NOT NULL").await,
        1
    );
    assert_eq!(
        parse(&data, &rules(), &|_| ()).await.unwrap().documents,
        0,
        "the broken page is not read again and again"
    );
    archive(folder.path(), "r3", 3, &[(url, &page("受理行政复议案件33件"))]);
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM indicator_values WHERE value = 33").await, 1);
}

/// Facts that somebody deleted come back with the next run.
#[tokio::test]
async fn a_lost_table_is_filled_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[("http://127.0.0.1/1.html", &page("受理行政复议案件3件"))]);
    ingest(&data).await;
    for table in [Table::Indicators, Table::Texts] {
        fs_err::remove_dir_all(data.table(table)).unwrap();
        ingest(&data).await;
        assert_eq!(count(&data, &format!("SELECT count(*) FROM {}", table.name())).await, 1);
        assert_eq!(count(&data, "SELECT count(*) FROM quantities").await, 1);
    }
}

/// One page with very many numbers is a large document, not a problem of all others.
#[tokio::test]
async fn a_page_full_of_numbers_loads_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let many: Vec<String> = (1..=12_000).map(|n| format!("第{n}组办理案件{n}件，")).collect();
    archive(
        folder.path(),
        "r1",
        1,
        &[
            ("http://127.0.0.1/1.html", &page(&many.concat())),
            ("http://127.0.0.1/2.html", &page("受理行政复议案件3件")),
        ],
    );
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM documents WHERE kind = 'report'").await, 2);
    assert!(count(&data, "SELECT count(*) FROM quantities").await > 10_000);
}

/// An archived record that rots after it was scanned costs its own document a new reading, and nobody else's.
#[tokio::test]
async fn a_record_that_cannot_be_read_any_more_is_an_issue() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    for (number, day) in [(1, 1), (2, 2)] {
        let url = format!("http://127.0.0.1/{number}.html");
        archive(folder.path(), &format!("r{number}"), day, &[(&url, &page("受理行政复议案件3件"))]);
    }
    ingest(&data).await;
    let lost = fazhi_archive::files(&data.archive()).unwrap().remove(0);
    fs_err::remove_file(data.archive().join(&lost.file)).unwrap();
    fs_err::remove_dir_all(data.table(Table::Documents)).unwrap();
    ingest(&data).await;
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM documents").await, 1);
    assert_eq!(
        count(
            &data,
            "SELECT count(*) FROM issues WHERE kind = 'archive_damaged' AND pipeline = 'test' AND url IS NULL"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn a_batch_loaded_again_writes_no_version() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[("http://127.0.0.1/1.html", &page("受理行政复议案件3件"))]);
    parse(&data, &rules(), &|_| ()).await.unwrap();
    let copies: Vec<_> = staged(&data).into_iter().map(|path| (path.clone(), fs_err::read(path).unwrap())).collect();
    assert_eq!(copies.len(), 2);
    load(&data, &rules(), Utc::now()).await.unwrap();
    let before = versions(&data).await.unwrap();
    for (path, bytes) in copies {
        fs_err::write(path, bytes).unwrap();
    }
    load(&data, &rules(), Utc::now()).await.unwrap();
    assert_eq!(versions(&data).await.unwrap(), before);
    assert_eq!(staged(&data), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn damaged_bytes_in_the_archive_become_an_issue() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    archive(folder.path(), "r1", 1, &[("http://127.0.0.1/1.html", &page("受理行政复议案件3件"))]);
    let file = fazhi_archive::files(&data.archive()).unwrap().remove(0);
    let path = data.archive().join(&file.file);
    let mut bytes = fs_err::read(&path).unwrap();
    bytes.extend_from_slice(b"\x1f\x8b\x08 this is no gzip member");
    fs_err::write(&path, bytes).unwrap();
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM documents").await, 1);
    assert_eq!(
        count(&data, "SELECT count(*) FROM issues WHERE kind = 'archive_damaged' AND stage = 'archive'").await,
        1
    );
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM issues WHERE kind = 'archive_damaged'").await, 1);
}

fn staged(data: &DataFolder) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = fs_err::read_dir(data.staging()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Every file below a folder with its bytes.
fn copy_of(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(copy_of(&path));
        } else {
            files.push((path.clone(), fs_err::read(&path).unwrap()));
        }
    }
    files
}

fn page(sentence: &str) -> String {
    format!(
        "<html><head><title>云溪县人民政府2022年法治政府建设年度报告</title></head><body><h1>云溪县人民政府2022年法治政府建设年度报告</h1>\
         <div class=\"TRS_Editor\"><p>一、主要工作</p><p>全年{sentence}。</p><p>云溪县人民政府</p><p>2023年1月20日</p></div></body></html>"
    )
}
