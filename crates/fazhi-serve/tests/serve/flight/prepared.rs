use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Int64Array, ListArray, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use arrow_flight::sql::client::PreparedStatement;
use tonic::Code;
use tonic::transport::Channel;

use super::{Client, client, fetch, refused, strings};
use crate::harness::{Served, users};

fn values(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    RecordBatch::try_from_iter(columns.iter().cloned()).unwrap()
}

async fn run(client: &mut Client, statement: &mut PreparedStatement<Channel>) -> Vec<RecordBatch> {
    let info = statement.execute().await.unwrap();
    fetch(client, info).await.unwrap().1
}

#[tokio::test]
async fn parameters_are_described_and_bound_again_and_again() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let sql = "SELECT title FROM documents WHERE publisher = $2 AND report_year = $1 ORDER BY title";
    let mut statement = client.prepare(sql.to_owned(), None).await.unwrap();
    let described = statement.parameter_schema().unwrap();
    assert_eq!(described.field(0).name(), "$1");
    assert!(described.field(0).data_type().is_integer(), "{described}");
    assert_eq!(described.field(1), &Field::new("$2", DataType::Utf8, true));
    assert_eq!(statement.dataset_schema().unwrap().field(0).name(), "title");
    for (year, publisher) in [(2020, "云溪县"), (2022, "石泉县")] {
        let publisher_name = format!("{publisher}人民政府");
        let bound = values(&[
            ("year", Arc::new(Int64Array::from(vec![year]))),
            ("publisher", Arc::new(StringArray::from(vec![publisher_name]))),
        ]);
        statement.set_parameters(bound).unwrap();
        let titles = strings(&run(&mut client, &mut statement).await, "title");
        assert_eq!(titles, [format!("{publisher}人民政府{year}年法治政府建设年度报告")]);
    }
    statement.close().await.unwrap();
    served.server.stop().await;
}

#[tokio::test]
async fn a_statement_runs_once_for_each_row_of_parameters() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let mut statement = client.prepare("SELECT $1 AS n, $2 AS text".to_owned(), None).await.unwrap();
    let numbers = Int64Array::from(vec![Some(1), None, Some(3)]);
    let texts = StringArray::from(vec![Some("一"), Some("二"), None]);
    statement.set_parameters(values(&[("a", Arc::new(numbers.clone())), ("b", Arc::new(texts))])).unwrap();
    let rows = run(&mut client, &mut statement).await;
    let rows = arrow::compute::concat_batches(&rows[0].schema(), &rows).unwrap();
    assert_eq!(rows.column(0).as_primitive::<Int64Type>(), &numbers);
    assert_eq!(rows.schema().field(1).data_type(), &DataType::Utf8);

    let none = RecordBatch::new_empty(Arc::new(Schema::new(vec![
        Field::new("a", DataType::Int64, true),
        Field::new("b", DataType::Utf8, true),
    ])));
    statement.set_parameters(none).unwrap();
    assert_eq!(run(&mut client, &mut statement).await.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
    served.server.stop().await;
}

#[tokio::test]
async fn a_statement_sees_what_was_loaded_since() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let sql = "SELECT count(*) AS n FROM documents WHERE report_year > $1";
    let mut statement = client.prepare(sql.to_owned(), None).await.unwrap();
    statement.set_parameters(values(&[("year", Arc::new(Int64Array::from(vec![2000])))])).unwrap();
    let counted = run(&mut client, &mut statement).await;
    assert_eq!(counted[0].column(0).as_primitive::<Int64Type>().value(0), 6);
    served.load("云溪县", 2023, 51).await;
    let counted = run(&mut client, &mut statement).await;
    assert_eq!(counted[0].column(0).as_primitive::<Int64Type>().value(0), 7);
    served.server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_bound_is_told() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let mut statement = client.prepare("SELECT $1 + $2".to_owned(), None).await.unwrap();
    let info = statement.execute().await.unwrap();
    let unbound = refused(fetch(&mut client, info).await);
    assert_eq!(unbound.code(), Code::InvalidArgument);
    statement.set_parameters(values(&[("a", Arc::new(Int64Array::from(vec![1])))])).unwrap();
    assert_eq!(refused(statement.execute().await).code(), Code::InvalidArgument);
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
    statement.set_parameters(values(&[("a", Arc::new(list))])).unwrap();
    let refusal = refused(statement.execute().await);
    assert_eq!(refusal.code(), Code::Unimplemented);
    assert!(refusal.message().contains("cannot be List"), "{}", refusal.message());
    served.server.stop().await;
}

#[tokio::test]
async fn a_handle_is_good_for_its_user_and_until_it_is_closed() {
    let served = Served::start_with(|config| {
        config.users = users();
        config.limits.prepared_statements = 2;
    })
    .await;
    let (mut lin, mut wang) = (client(&served).await, client(&served).await);
    lin.handshake("lin", "葱花 & pancakes").await.unwrap();
    wang.handshake("wang", "tea").await.unwrap();
    let mut first = lin.prepare("SELECT 1 AS n".to_owned(), None).await.unwrap();
    let mut second = lin.prepare("SELECT 2 AS n".to_owned(), None).await.unwrap();
    first.execute().await.unwrap();
    lin.prepare("SELECT 3 AS n".to_owned(), None).await.unwrap();
    let gone = refused(second.execute().await);
    assert!(gone.message().contains("prepared-statements"), "{}", gone.message());
    wang.prepare("SELECT 4 AS n".to_owned(), None).await.unwrap();

    let info = first.execute().await.unwrap();
    assert_eq!(refused(fetch(&mut wang, info.clone()).await).code(), Code::InvalidArgument);
    fetch(&mut lin, info.clone()).await.unwrap();
    first.close().await.unwrap();
    assert_eq!(refused(fetch(&mut lin, info).await).code(), Code::InvalidArgument);
    lin.prepare("SELECT 3 AS n".to_owned(), None).await.unwrap();
    served.server.stop().await;
}

/// The limit is of all rows of parameters together, and it is what the message names.
#[tokio::test]
async fn a_statement_with_parameters_is_told_its_limit() {
    let served = Served::start_with(|config| config.limits.time = std::time::Duration::from_millis(700)).await;
    let mut client = client(&served).await;
    let sql = "SELECT count(*) FROM generate_series(1, 1000000000000) WHERE value > $1";
    let mut statement = client.prepare(sql.to_owned(), None).await.unwrap();
    statement.set_parameters(values(&[("a", Arc::new(Int64Array::from(vec![1, 2])))])).unwrap();
    let info = statement.execute().await.unwrap();
    let late = refused(fetch(&mut client, info).await);
    assert_eq!(late.code(), Code::DeadlineExceeded);
    assert!(late.message().contains("longer than 0.7 s"), "{}", late.message());
    served.server.stop().await;
}
