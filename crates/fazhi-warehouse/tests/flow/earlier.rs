use fazhi_model::Outcome;
use fazhi_warehouse::{DataFolder, Table, parse, versions};

use crate::by_hand::{Answer, archive, archive_answers, at, count, ingest, rules};
use crate::page;

/// Tables as the version before wrote them: the columns that came later are taken out of their logs.
fn as_written_before(data: &DataFolder, table: Table, later: &[&str]) {
    let log = data.table(table).join("_delta_log");
    for entry in fs_err::read_dir(log).unwrap() {
        let path = entry.unwrap().path();
        let text = fs_err::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            let mut action: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(schema) = action.pointer_mut("/metaData/schemaString") {
                let mut fields: serde_json::Value = serde_json::from_str(schema.as_str().unwrap()).unwrap();
                let kept = |field: &serde_json::Value| !later.contains(&field["name"].as_str().unwrap());
                fields["fields"].as_array_mut().unwrap().retain(kept);
                *schema = fields.to_string().into();
            }
            action.to_string() + "\n"
        });
        let text: String = lines.collect();
        fs_err::write(&path, text).unwrap();
    }
}

#[tokio::test]
async fn columns_that_came_later_are_added_to_tables_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    let url = "http://127.0.0.1/1.html";
    archive(folder.path(), "r1", 1, &[(url, &page("受理行政复议案件3件"))]);
    ingest(&data).await;
    as_written_before(&data, Table::Documents, &["withdrawn_on", "part_captures"]);
    as_written_before(&data, Table::Captures, &["part"]);

    // Reading asks for no load.
    assert_eq!(count(&data, "SELECT count(*) FROM reports WHERE withdrawn_on IS NULL").await, 1);
    assert_eq!(parse(&data, &rules(), &|_| ()).await.unwrap().documents, 0);
    let gone = Answer { outcome: Outcome::NotFound, status: 404, ..Answer::page(url, "") };
    archive_answers(folder.path(), "r2", at(2), &[gone]);
    ingest(&data).await;
    assert_eq!(count(&data, "SELECT count(*) FROM reports WHERE withdrawn_on = DATE '2024-01-02'").await, 1);
    assert_eq!(count(&data, "SELECT count(*) FROM captures WHERE part IS NULL").await, 2);
    assert_eq!(count(&data, "SELECT count(*) FROM indicator_values WHERE value = 3").await, 1);
    let before = versions(&data).await.unwrap();
    ingest(&data).await;
    assert_eq!(versions(&data).await.unwrap(), before, "they are added once");
}
