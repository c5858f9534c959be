use fazhi_archive::{ArchiveWriter, Exchange, RevisitOf};
use fazhi_model::{CaptureNote, Outcome, Purpose};
use fazhi_warehouse::{DataFolder, parse};

use crate::by_hand::{at, count, ingest, rules};
use crate::page;

const URL: &str = "http://127.0.0.1/1.html";

/// The same body twice: the second time only its head is stored, under a note that takes it for `outcome`.
fn archive_twice(data: &DataFolder, outcome: Outcome) {
    let body = page("受理行政复议案件3件");
    let mut writer = ArchiveWriter::create(&data.archive(), "test", "r1", at(1)).unwrap();
    let note = |outcome| CaptureNote {
        pipeline: "test".into(),
        run_id: "r1".into(),
        purpose: Purpose::Page,
        outcome,
        rule: "http-200".into(),
        requested_url: URL.into(),
        listed_title: None,
        listed_date: None,
        part: None,
    };
    let (first, again) = (note(Outcome::New).to_fields(), note(outcome).to_fields());
    let exchange = Exchange {
        url: URL,
        fetched_at: at(1),
        request_head: b"GET /1.html HTTP/1.1\r\n\r\n",
        response_head: b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        body: body.as_bytes(),
        fields: &first,
    };
    let mut batch = writer.batch();
    let original = batch.exchange(&exchange).unwrap();
    let of = RevisitOf { record_id: &original.record_id, url: URL, date: at(1) };
    batch.unchanged(&Exchange { fetched_at: at(2), fields: &again, ..exchange }, &of).unwrap();
    batch.commit().unwrap();
}

#[tokio::test]
async fn a_revisit_is_never_read_as_a_page() {
    for outcome in [Outcome::Unchanged, Outcome::New] {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::new(folder.path().to_owned());
        archive_twice(&data, outcome);
        ingest(&data).await;
        assert_eq!(
            count(&data, "SELECT count(*) FROM captures WHERE outcome = 'unchanged' AND http_status = 200").await,
            1
        );
        assert_eq!(count(&data, "SELECT count(DISTINCT digest) FROM captures").await, 1);
        assert_eq!(count(&data, "SELECT count(*) FROM indicator_values WHERE value = 3").await, 1);
        let of_the_original =
            "SELECT count(*) FROM documents d JOIN captures c ON c.capture_id = d.capture_id WHERE c.outcome = 'new'";
        assert_eq!(count(&data, of_the_original).await, 1);
        assert_eq!(parse(&data, &rules(), &|_| ()).await.unwrap().documents, 0);
    }
}
