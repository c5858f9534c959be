use arrow::array::AsArray as _;
use arrow::datatypes::{Schema, UInt32Type};
use arrow::record_batch::RecordBatch;
use arrow_flight::IpcMessage;
use arrow_flight::sql::{
    CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetTables, CommandGetXdbcTypeInfo, SqlInfo,
};
use tonic::Code;

use super::{Client, client, fetch, query, refused, strings};
use crate::harness::Served;

fn in_public(table: &str) -> CommandGetTables {
    CommandGetTables {
        catalog: Some("fazhi".to_owned()),
        db_schema_filter_pattern: Some("public".to_owned()),
        table_name_filter_pattern: Some(table.to_owned()),
        ..CommandGetTables::default()
    }
}

async fn tables(client: &mut Client, command: CommandGetTables) -> Vec<RecordBatch> {
    let info = client.get_tables(command).await.unwrap();
    fetch(client, info).await.unwrap().1
}

#[tokio::test]
async fn catalogues_schemas_and_types_of_tables() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let info = client.get_catalogs().await.unwrap();
    let (_, catalogs) = fetch(&mut client, info).await.unwrap();
    assert_eq!(strings(&catalogs, "catalog_name"), ["fazhi"]);

    let info = client.get_db_schemas(CommandGetDbSchemas::default()).await.unwrap();
    let (_, schemas) = fetch(&mut client, info).await.unwrap();
    assert_eq!(strings(&schemas, "db_schema_name"), ["information_schema", "pg_catalog", "public"]);
    let some = CommandGetDbSchemas { catalog: None, db_schema_filter_pattern: Some("p%c".to_owned()) };
    let info = client.get_db_schemas(some).await.unwrap();
    let (_, schemas) = fetch(&mut client, info).await.unwrap();
    assert_eq!(strings(&schemas, "db_schema_name"), ["public"]);

    let info = client.get_table_types().await.unwrap();
    let (_, types) = fetch(&mut client, info).await.unwrap();
    assert_eq!(strings(&types, "table_type"), ["SYSTEM TABLE", "TABLE", "VIEW"]);
    served.server.stop().await;
}

#[tokio::test]
async fn tables_and_views_are_found_by_pattern_and_type() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let all = strings(&tables(&mut client, in_public("%")).await, "table_name");
    for table in ["documents", "texts", "indicators", "runs"] {
        assert!(all.iter().any(|name| name == table), "{table} is not in {all:?}");
    }
    assert_eq!(strings(&tables(&mut client, in_public("doc_ments")).await, "table_name"), ["documents"]);
    let mut views = in_public("%");
    views.table_types = vec!["VIEW".to_owned(), "VIEW".to_owned()];
    let views = tables(&mut client, views).await;
    assert!(strings(&views, "table_type").iter().all(|kind| kind == "VIEW"));
    assert!(!strings(&views, "table_name").is_empty());
    for nothing in [
        CommandGetTables { table_types: vec!["INDEX".to_owned()], ..in_public("%") },
        CommandGetTables { catalog: Some("other".to_owned()), ..in_public("%") },
        in_public("no-such-table"),
    ] {
        assert_eq!(tables(&mut client, nothing).await.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
    }
    let info = client.get_tables(in_public(&"%".repeat(300))).await.unwrap();
    assert_eq!(refused(fetch(&mut client, info).await).code(), Code::InvalidArgument);
    served.server.stop().await;
}

#[tokio::test]
async fn columns_of_a_table_are_those_of_a_query() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let found = tables(&mut client, CommandGetTables { include_schema: true, ..in_public("documents") }).await;
    let bytes = found[0].column_by_name("table_schema").unwrap().as_binary::<i32>().value(0).to_vec();
    let schema = Schema::try_from(IpcMessage(bytes.into())).unwrap();
    let (queried, _) = query(&mut client, "SELECT * FROM documents").await.unwrap();
    let plain = |schema: &Schema| -> Vec<_> {
        schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect()
    };
    assert_eq!(plain(&schema), plain(&queried));
    let year = schema.field_with_name("report_year").unwrap();
    assert_eq!(year.metadata()["ARROW:FLIGHT:SQL:TABLE_NAME"], "documents");

    // Every relation can be described, those of the catalogue too.
    let everything = CommandGetTables { include_schema: true, ..CommandGetTables::default() };
    let everything = tables(&mut client, everything).await;
    assert!(strings(&everything, "table_name").iter().any(|name| name == "pg_class"));

    // What is listed is what can be asked, with the columns that it has then.
    let information = CommandGetTables {
        db_schema_filter_pattern: Some("information_schema".to_owned()),
        ..CommandGetTables::default()
    };
    let listed = strings(&tables(&mut client, information).await, "table_name");
    assert!(listed.iter().any(|name| name == "key_column_usage"), "{listed:?}");
    for name in listed {
        query(&mut client, &format!("SELECT * FROM information_schema.{name}")).await.unwrap();
    }
    served.server.stop().await;
}

#[tokio::test]
async fn the_server_says_what_it_is() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let info = client.get_sql_info(Vec::new()).await.unwrap();
    let (_, all) = fetch(&mut client, info).await.unwrap();
    assert!(all[0].num_rows() > 50, "{}", all[0].num_rows());
    let asked = vec![SqlInfo::FlightSqlServerName, SqlInfo::FlightSqlServerReadOnly];
    let info = client.get_sql_info(asked).await.unwrap();
    let (_, some) = fetch(&mut client, info).await.unwrap();
    assert_eq!(some[0].column(0).as_primitive::<UInt32Type>().values(), &[0, 3]);
    let values = some[0].column(1).as_union();
    assert_eq!(values.value(0).as_string::<i32>().value(0), "fazhi");
    assert!(values.value(1).as_boolean().value(0), "it is read-only");
    served.server.stop().await;
}

#[tokio::test]
async fn types_are_listed_all_or_one() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let info = client.get_xdbc_type_info(CommandGetXdbcTypeInfo { data_type: None }).await.unwrap();
    let (_, all) = fetch(&mut client, info).await.unwrap();
    assert!(strings(&all, "type_name").iter().any(|name| name == "numeric"));
    let info = client.get_xdbc_type_info(CommandGetXdbcTypeInfo { data_type: Some(91) }).await.unwrap();
    let (_, dates) = fetch(&mut client, info).await.unwrap();
    assert_eq!(strings(&dates, "type_name"), ["date"]);
    served.server.stop().await;
}

#[tokio::test]
async fn there_are_no_keys() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    let infos = [
        client.get_primary_keys(CommandGetPrimaryKeys { table: "documents".to_owned(), ..Default::default() }).await,
        client.get_exported_keys(CommandGetExportedKeys::default()).await,
        client.get_imported_keys(CommandGetImportedKeys::default()).await,
        client.get_cross_reference(CommandGetCrossReference::default()).await,
    ];
    for (info, columns) in infos.into_iter().zip([6, 13, 13, 13]) {
        let (schema, batches) = fetch(&mut client, info.unwrap()).await.unwrap();
        assert_eq!(schema.fields().len(), columns);
        assert!(batches.iter().all(|batch| batch.num_rows() == 0));
    }
    served.server.stop().await;
}
