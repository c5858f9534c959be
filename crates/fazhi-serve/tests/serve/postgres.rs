use std::time::{Duration, Instant};

use fazhi_serve::{Config, Limits};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config as Connect, NoTls, SimpleQueryMessage};

use crate::harness::{Served, users};

/// A session as `user`.
async fn connect(served: &Served, user: &str, password: Option<&str>) -> Result<Client, tokio_postgres::Error> {
    let mut connect = Connect::new();
    connect.host("127.0.0.1").port(served.postgres().port()).user(user).dbname("fazhi");
    if let Some(password) = password {
        connect.password(password);
    }
    let (client, connection) = connect.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn session(served: &Served) -> Client {
    connect(served, "anybody", None).await.unwrap()
}

/// SQLSTATE, message and position of the error of a query.
async fn refusal(client: &Client, sql: &str) -> (String, String, Option<u32>) {
    let error = client.simple_query(sql).await.unwrap_err();
    let error = error.as_db_error().unwrap();
    let position = error.position().map(|position| match position {
        ErrorPosition::Original(position) | ErrorPosition::Internal { position, .. } => *position,
    });
    (error.code().code().to_owned(), error.message().to_owned(), position)
}

/// The first value of the first row, as text.
async fn one(client: &Client, sql: &str) -> String {
    let messages = client.simple_query(sql).await.unwrap();
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    });
    row.unwrap()
}

/// Polls until no query runs: a query that its client left must not go on.
pub async fn no_query_runs(served: &Served) {
    let metrics = served.server.engine().metrics();
    let deadline = Instant::now() + Duration::from_secs(20);
    while metrics.queries_waiting() + metrics.queries_running() > 0 {
        assert!(Instant::now() < deadline, "{} queries still run", metrics.queries_running());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_as_their_types() {
    let served = Served::start().await;
    let client = session(&served).await;
    let sql = "SELECT r.report_year, r.written_on, r.topics, i.value, i.yoy_pct, r.title, r.document_number, i.confidence \
               FROM reports r JOIN indicators i ON i.document_id = r.document_id AND i.revision = r.revision \
               WHERE r.publisher = $1 AND r.report_year = $2 AND i.indicator_id = $3";
    let rows = client.query(sql, &[&"云溪县人民政府", &2022_i32, &"reconsider_accepted"]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, i32>(0), 2022);
    assert_eq!(rows[0].get::<_, chrono::NaiveDate>(1).to_string(), "2023-01-15");
    assert_eq!(rows[0].get::<_, Vec<String>>(2), ["政务公开", "法治"]);
    assert_eq!(rows[0].get::<_, rust_decimal::Decimal>(3).to_string(), "33.000000");
    assert_eq!(rows[0].get::<_, rust_decimal::Decimal>(4).to_string(), "12.500000");
    assert_eq!(rows[0].get::<_, String>(5), "云溪县人民政府2022年法治政府建设年度报告");
    assert_eq!(rows[0].get::<_, Option<String>>(6), None);
    assert!(rows[0].get::<_, f64>(7) > 0.0);
    let captured = client.query_one("SELECT min(fetched_at) FROM captures", &[]).await.unwrap();
    assert_eq!(captured.get::<_, chrono::DateTime<chrono::Utc>>(0).to_rfc3339(), "2024-01-01T08:00:00+00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_neither_rounded_nor_cut() {
    let served = Served::start().await;
    let client = session(&served).await;
    let later = "SELECT count(*) FROM reports WHERE report_year >= $1";
    let later = client.prepare_typed(later, &[Type::FLOAT8]).await.unwrap();
    for (year, reports) in [(2020.5, 4), (2021.0, 4), (2022.5, 0), (3e9, 0)] {
        assert_eq!(client.query_one(&later, &[&year]).await.unwrap().get::<_, i64>(0), reports, "{year}");
    }
    let exact = "SELECT count(*) FROM indicators WHERE indicator_id = 'reconsider_accepted' AND value = $1";
    let exact = client.prepare_typed(exact, &[Type::NUMERIC]).await.unwrap();
    for (value, found) in [("31", 1), ("31.000000", 1), ("31.0000004", 0), ("1000000000000000000000000", 0)] {
        let value: rust_decimal::Decimal = value.parse().unwrap();
        assert_eq!(client.query_one(&exact, &[&value]).await.unwrap().get::<_, i64>(0), found, "{value}");
    }
    let square = "SELECT CAST(300000000 AS decimal(28, 6)) * CAST(300000000 AS decimal(28, 6))";
    assert_eq!(one(&client, square).await, "90000000000000000.000000000000");
    assert_eq!(one(&client, "SELECT CAST(NULL AS interval)").await, "NULL");
    let number = client.query_one("SELECT row_number() OVER (ORDER BY url) FROM documents LIMIT 1", &[]).await.unwrap();
    assert_eq!(number.get::<_, i64>(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_alone_has_the_type_that_was_said() {
    let served = Served::start().await;
    let client = session(&served).await;
    let day = client.prepare_typed("SELECT $1", &[Type::DATE]).await.unwrap();
    assert_eq!(day.columns()[0].type_(), &Type::DATE);
    let leap: chrono::NaiveDate = "2024-02-29".parse().unwrap();
    assert_eq!(client.query_one(&day, &[&leap]).await.unwrap().get::<_, chrono::NaiveDate>(0), leap);
    let number = client.prepare_typed("SELECT $1", &[Type::INT8]).await.unwrap();
    assert_eq!(client.query_one(&number, &[&7_i64]).await.unwrap().get::<_, i64>(0), 7);
    let amount = client.prepare_typed("SELECT $1", &[Type::NUMERIC]).await.unwrap();
    let half: rust_decimal::Decimal = "-0.50".parse().unwrap();
    assert_eq!(client.query_one(&amount, &[&half]).await.unwrap().get::<_, rust_decimal::Decimal>(0), half);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_their_code_and_place() {
    let served = Served::start().await;
    let client = session(&served).await;
    assert_eq!(refusal(&client, "SELECT 1,\n  FROM").await.0, "42601");
    assert_eq!(refusal(&client, "SELEC 1").await.0, "42601");
    let (code, message, position) = refusal(&client, "SELECT 1 FROM WHERE").await;
    assert_eq!((code.as_str(), position), ("42601", Some(15)), "{message}");
    assert_eq!(refusal(&client, "SELEC 1").await.2, Some(1));
    let (code, message, position) = refusal(&client, "SELECT 法治, report_yea FROM reports").await;
    assert_eq!((code.as_str(), position), ("42703", Some(8)), "{message}");
    assert_eq!(refusal(&client, "SELECT title, report_yea FROM reports").await.2, Some(15));
    assert_eq!(refusal(&client, "SELECT * FROM nothing").await.0, "42P01");
    assert_eq!(refusal(&client, "SELECT frobnicate(1)").await.0, "42883");
    assert_eq!(refusal(&client, "SELECT 1/0").await.0, "22012");
    assert_eq!(refusal(&client, "SELECT CAST('x' AS int)").await.0, "22P02");
    assert_eq!(refusal(&client, "DELETE FROM reports").await.0, "25006");
    assert_eq!(refusal(&client, "SELECT * FROM reports; SELECT 2 FROM texts").await.0, "42601");
    assert_eq!(one(&client, "SELECT count(*) FROM reports").await, "6", "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_seen_by_the_next_query_and_not_by_the_running_one() {
    let served = Served::start().await;
    let client = session(&served).await;
    let statement = client.prepare("SELECT count(*) FROM reports").await.unwrap();
    assert_eq!(client.query_one(&statement, &[]).await.unwrap().get::<_, i64>(0), 6);
    client.batch_execute("BEGIN; DECLARE c CURSOR FOR SELECT title FROM reports").await.unwrap();
    assert_eq!(client.simple_query("FETCH 1 FROM c").await.unwrap().len(), 3, "columns, a row, the end");
    served.load("南屏县", 2022, 77).await;
    assert_eq!(client.query_one(&statement, &[]).await.unwrap().get::<_, i64>(0), 7, "prepared before the load");
    assert_eq!(client.simple_query("FETCH ALL FROM c").await.unwrap().len(), 7, "five rows are left of six");
    client.batch_execute("COMMIT").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_table_is_an_error_and_no_empty_answer() {
    let served = Served::start().await;
    let client = session(&served).await;
    assert_eq!(one(&client, "SELECT count(*) FROM sections").await, "30");
    fs_err::remove_dir_all(served.data().tables().join("sections")).unwrap();
    let (code, message, _) = refusal(&client, "SELECT count(*) FROM sections").await;
    assert_eq!(code, "42P01", "{message}");
    assert!(message.contains("\"sections\" was dropped"), "{message}");
    assert_eq!(one(&client, "SELECT count(*) FROM reports").await, "6", "others are served on");
}

/// Longer than any test waits.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 1000000000000) AS a(n)";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_cancelled_timed_out_or_left() {
    let served = Served::start().await;
    let client = session(&served).await;
    let token = client.cancel_token();
    let cancel = async {
        while served.server.engine().metrics().queries_running() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        token.cancel_query(NoTls).await.unwrap();
    };
    let ((code, message, _), ()) = tokio::join!(refusal(&client, ENDLESS), cancel);
    assert_eq!((code.as_str(), message.as_str()), ("57014", "canceling statement due to user request"));
    no_query_runs(&served).await;

    client.batch_execute("SET statement_timeout = '300ms'").await.unwrap();
    let (code, message, _) = refusal(&client, ENDLESS).await;
    assert_eq!(code, "57014");
    assert!(message.starts_with("canceling statement due to statement timeout"), "{message}");
    no_query_runs(&served).await;

    client.batch_execute("RESET statement_timeout").await.unwrap();
    // A client that is killed: its end of the connection closes with it.
    let mut connect = Connect::new();
    connect.host("127.0.0.1").port(served.postgres().port()).user("anybody").dbname("fazhi");
    let (killed, connection) = connect.connect(NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let left = tokio::time::timeout(Duration::from_millis(500), killed.simple_query(ENDLESS)).await;
    assert!(left.is_err(), "it does not end by itself");
    connection.abort();
    no_query_runs(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_say_which_and_how_to_raise_them() {
    let limits = Limits { rows: 1_000, query_memory: 16 << 20, query_spill: 1 << 20, ..Limits::for_cores(2) };
    let served = Served::start_with(|config: &mut Config| config.limits = limits).await;
    let client = session(&served).await;
    let (code, message, _) = refusal(&client, "SELECT * FROM generate_series(1, 100000)").await;
    assert_eq!(code, "54000", "{message}");
    assert!(message.contains("more than 1000 rows"), "{message}");
    let hungry = "SELECT count(*) FROM (SELECT n * 7919 % 5000011 AS m, count(*) FROM generate_series(1, 5000000) AS a(n) GROUP BY m)";
    let (code, message, _) = refusal(&client, hungry).await;
    assert!(matches!(code.as_str(), "53200" | "53100"), "{code}: {message}");
    let (code, message, _) = refusal(&client, "SELECT repeat('法', 100000000)").await;
    assert_eq!(code, "54000", "{message}");
    assert_eq!(one(&client, "SELECT count(*) FROM reports").await, "6");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_log_in_with_their_passwords_alone() {
    let served = Served::start_with(|config: &mut Config| config.users = users()).await;
    let client = connect(&served, "lin", Some("葱花 & pancakes")).await.unwrap();
    assert_eq!(one(&client, "SELECT count(*) FROM reports").await, "6");
    for (user, password) in [("lin", "tea"), ("nobody", "tea"), ("wang", "")] {
        let error = connect(&served, user, Some(password)).await.unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!(error.code().code(), "28P01");
        assert_eq!(error.message(), format!("password authentication failed for user \"{user}\""));
    }
    connect(&served, "wang", Some("tea")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_knows_its_user_and_its_settings() {
    let served = Served::start_with(|config: &mut Config| config.users = users()).await;
    let client = connect(&served, "wang", Some("tea")).await.unwrap();
    for (sql, expected) in [
        ("SELECT current_user", "wang"),
        ("SELECT current_user || session_user", "wangwang"),
        ("SELECT set_config('application_name', 'a tool', false)", "a tool"),
        ("SELECT current_setting('application_name')", "a tool"),
        ("SHOW application_name", "a tool"),
        ("SELECT set_config('statement_timeout', '2000', false)", "2s"),
        ("SELECT set_config('default_transaction_read_only', 'off', false)", "on"),
    ] {
        assert_eq!(one(&client, sql).await, expected, "{sql}");
    }
    let row = client.query_one("SELECT current_user, session_user", &[]).await.unwrap();
    assert_eq!((row.get::<_, String>(0), row.get::<_, String>(1)), ("wang".to_owned(), "wang".to_owned()));
    let set = client.query_one("SELECT set_config('application_name', 'other', false)", &[]).await.unwrap();
    assert_eq!((set.columns()[0].name(), set.get::<_, String>(0)), ("set_config", "other".to_owned()));
    assert_eq!(refusal(&client, "SELECT set_config('server_version', '9', false)").await.0, "55P02");

    client.batch_execute("BEGIN; SET LOCAL statement_timeout = 7").await.unwrap();
    assert_eq!(one(&client, "SHOW statement_timeout").await, "7ms");
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(one(&client, "SHOW statement_timeout").await, "2s");
    client.batch_execute("SET LOCAL statement_timeout = 7").await.unwrap();
    assert_eq!(one(&client, "SHOW statement_timeout").await, "2s", "it ended with its own transaction");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_behave_as_tools_expect() {
    let served = Served::start().await;
    let client = session(&served).await;
    for sql in [
        "SET application_name = 'Metabase'",
        "SET search_path TO public, pg_catalog",
        "SET TIME ZONE 'Asia/Shanghai'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET extra_float_digits = 3; SET client_min_messages TO warning",
        "BEGIN READ ONLY; SELECT 1; COMMIT",
        "BEGIN; SAVEPOINT a; RELEASE SAVEPOINT a; ROLLBACK",
        "DISCARD ALL",
        "DEALLOCATE ALL",
        "UNLISTEN *",
        "CLOSE ALL",
        "RESET ALL",
        "",
        ";",
    ] {
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {:?}", error.as_db_error()));
    }
    assert_eq!(one(&client, "SHOW server_version").await, "16.6");
    assert_eq!(one(&client, "SHOW TRANSACTION ISOLATION LEVEL").await, "repeatable read");
    assert_eq!(refusal(&client, "SET no_such_setting = 1").await.0, "42704");
    assert_eq!(refusal(&client, "SET datafusion.execution.batch_size = 1").await.0, "42704");
    assert_eq!(refusal(&client, "SHOW datafusion.execution.batch_size").await.0, "42704");

    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(refusal(&client, "SELECT nope").await.0, "42703");
    assert_eq!(refusal(&client, "SELECT 1").await.0, "25P02");
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(one(&client, "SELECT 1").await, "1");
}
