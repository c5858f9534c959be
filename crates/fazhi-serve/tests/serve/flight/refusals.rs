use arrow_flight::sql::EndTransaction;
use arrow_flight::{Action, FlightData, FlightDescriptor, Ticket};
use tonic::Code;

use super::{client, number, query, refused, strings};
use crate::harness::Served;

#[tokio::test]
async fn what_writes_or_reaches_out_is_refused() {
    let served = Served::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let mut client = client(&served).await;
    let writes = [
        format!("COPY (SELECT 1) TO '{}'", file.display()),
        format!("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '{}'", file.display()),
        "INSERT INTO documents SELECT * FROM documents".to_owned(),
        "UPDATE documents SET title = ''".to_owned(),
        "DELETE FROM documents".to_owned(),
        "DROP TABLE documents".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "EXPLAIN ANALYZE DELETE FROM documents".to_owned(),
    ];
    for sql in writes {
        for status in [
            refused(client.execute(sql.clone(), None).await),
            refused(client.prepare(sql.clone(), None).await),
            refused(client.execute_update(sql.clone(), None).await),
        ] {
            assert_eq!(status.code(), Code::PermissionDenied, "{sql}: {status}");
            assert_eq!(status.metadata().get("sqlstate").unwrap(), "25006");
        }
    }
    let stacked = refused(client.execute("SELECT 1; SELECT 2".to_owned(), None).await);
    assert_eq!(stacked.code(), Code::InvalidArgument);
    let update = refused(client.execute_update("SELECT 1".to_owned(), None).await);
    assert!(update.message().contains("run it as a query"), "{update}");
    assert!(!file.exists());
    assert_eq!(number(&mut client, "SELECT count(*) FROM documents").await, 6);
    served.server.stop().await;
}

#[tokio::test]
async fn a_ticket_is_checked_like_a_statement() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let info = client.execute("SELECT count(*) FROM documents".to_owned(), None).await.unwrap();
    let ticket = super::ticket(&info).ticket;
    let place = ticket.windows(6).position(|window| window == b"SELECT").unwrap();
    let mut forged = ticket.to_vec();
    forged.splice(place..place + 30, *b"DELETE FROM documents         ");
    let status = refused(client.do_get(Ticket::new(forged)).await);
    assert_eq!(status.code(), Code::PermissionDenied, "{status}");

    let half = ticket[..place].to_vec();
    for garbage in [Vec::new(), vec![0xff; 100], b"SELECT 1".to_vec(), half, vec![0; 3 << 20]] {
        let status = refused(client.do_get(Ticket::new(garbage)).await);
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    }
    for garbage in [vec![0xff; 100], Vec::new(), vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
        let status = client.inner_mut().get_flight_info(FlightDescriptor::new_cmd(garbage)).await.unwrap_err();
        assert!(matches!(status.code(), Code::InvalidArgument | Code::Unimplemented), "{status}");
    }
    assert_eq!(number(&mut client, "SELECT count(*) FROM documents").await, 6);
    served.server.stop().await;
}

#[tokio::test]
async fn garbage_for_actions_and_parameters_is_refused() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    for kind in ["CreatePreparedStatement", "ClosePreparedStatement", "CancelFlightInfo", "CancelQuery", "Nonsense"] {
        let action = Action { r#type: kind.to_owned(), body: vec![0xf7; 50].into() };
        let status = refused(client.do_action(action).await);
        let codes = [Code::InvalidArgument, Code::NotFound, Code::Unimplemented];
        assert!(codes.contains(&status.code()), "{kind}: {status}");
    }
    let data = [FlightData::default(), FlightData { data_header: vec![7; 64].into(), ..FlightData::default() }];
    for first in data {
        let status = refused(client.do_put(futures::stream::iter([first])).await);
        assert!(matches!(status.code(), Code::InvalidArgument | Code::Unimplemented), "{status}");
    }
    served.server.stop().await;
}

#[tokio::test]
async fn mistakes_are_told_with_their_sqlstate() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    for (sql, sqlstate) in [
        ("SELEC 1", "42601"),
        ("SELECT '案件', casse FROM documents", "42703"),
        ("SELECT * FROM no_such_table", "42P01"),
    ] {
        let status = refused(client.execute(sql.to_owned(), None).await);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.metadata().get("sqlstate").unwrap(), sqlstate, "{status}");
        assert!(status.message().contains(sqlstate), "{status}");
    }
    // What fails while it runs is told in the stream.
    let status = refused(query(&mut client, "SELECT 1 / (report_year - report_year) FROM documents").await);
    assert_eq!(status.metadata().get("sqlstate").unwrap(), "22012", "{status}");
    served.server.stop().await;
}

#[tokio::test]
async fn too_large_is_refused_and_deep_is_survived() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let long = format!("SELECT '{}'", "长".repeat(100_000));
    assert_eq!(refused(client.execute(long, None).await).code(), Code::ResourceExhausted);
    let longer = format!("SELECT '{}'", "x".repeat(5 << 20));
    assert_eq!(refused(client.execute(longer, None).await).code(), Code::OutOfRange);
    let status = refused(query(&mut client, "SELECT repeat('x', 20000000)").await);
    assert_eq!(
        (status.code(), status.metadata().get("sqlstate").unwrap().to_str().unwrap()),
        (Code::ResourceExhausted, "54000")
    );
    let deep = format!("SELECT {}", vec!["1"; 300].join(" + "));
    assert_eq!(number(&mut client, &deep).await, 300);
    let nested = format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    refused(client.execute(nested, None).await);
    let (_, batches) = query(&mut client, "SELECT repeat('长', 1000000) AS text").await.unwrap();
    assert_eq!(strings(&batches, "text")[0].chars().count(), 1_000_000);
    served.server.stop().await;
}

#[tokio::test]
async fn a_transaction_begins_and_ends_and_keeps_nothing() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let transaction = client.begin_transaction().await.unwrap();
    let info = client.execute("SELECT 1".to_owned(), Some(transaction.clone())).await.unwrap();
    super::fetch(&mut client, info).await.unwrap();
    client.end_transaction(transaction.clone(), EndTransaction::Commit).await.unwrap();
    client.end_transaction(transaction, EndTransaction::Rollback).await.unwrap();
    let unknown = client.end_transaction("another".into(), EndTransaction::Commit).await;
    assert_eq!(refused(unknown).code(), Code::InvalidArgument);
    served.server.stop().await;
}
