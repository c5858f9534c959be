//! Ways to change something. Each is tried through every front end and in every disguise that the protocol has.

use super::Besieged;
use super::raw::{self, Raw};

/// It would change something.
const READ_ONLY: &str = "25006";
/// It is no SQL of this dialect.
const SYNTAX: &str = "42601";
/// The engine has no such thing.
const UNSUPPORTED: &str = "0A000";

/// Statements that write, with `{}` for a path that is watched.
const WRITES: &[&str] = &[
    "COPY (SELECT 1) TO '{}'",
    "COPY reports TO '{}' STORED AS CSV",
    "COPY (SELECT 1) TO '{}' WITH (FORMAT csv)",
    "COPY reports TO PROGRAM 'touch {}'",
    "COPY reports FROM '{}'",
    "COPY reports FROM STDIN",
    "COPY reports FROM PROGRAM 'cat {}'",
    "CREATE TABLE stolen AS SELECT * FROM reports",
    "CREATE TABLE stolen (a int)",
    "CREATE TEMP TABLE stolen (a int)",
    "CREATE VIEW stolen AS SELECT 1",
    "CREATE MATERIALIZED VIEW stolen AS SELECT 1",
    "CREATE SCHEMA stolen",
    "CREATE DATABASE stolen",
    "CREATE UNLOGGED TABLE stolen (a int)",
    "CREATE EXTERNAL TABLE stolen STORED AS CSV LOCATION '{}'",
    "CREATE UNBOUNDED EXTERNAL TABLE stolen (a int) STORED AS CSV LOCATION '{}'",
    "CREATE FUNCTION f(int) RETURNS int AS 'select 1' LANGUAGE sql",
    "CREATE FUNCTION f(int) RETURNS int RETURN $1 + 1",
    "CREATE EXTENSION dblink",
    "CREATE SERVER s FOREIGN DATA WRAPPER w",
    "CREATE INDEX i ON reports (report_year)",
    "CREATE ROLE thief SUPERUSER",
    "CREATE USER thief",
    "CREATE TRIGGER t BEFORE INSERT ON reports EXECUTE FUNCTION f()",
    "DROP TABLE reports",
    "DROP VIEW IF EXISTS reports",
    "DROP SCHEMA public CASCADE",
    "DROP DATABASE fazhi",
    "DROP FUNCTION repeat",
    "INSERT INTO reports VALUES (1)",
    "INSERT INTO reports SELECT * FROM reports",
    "INSERT INTO reports SELECT * FROM reports RETURNING *",
    "UPDATE reports SET report_year = 1",
    "DELETE FROM reports",
    "MERGE INTO reports USING reports AS s ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE reports",
    "TRUNCATE TABLE reports CASCADE",
    "SELECT * INTO stolen FROM reports",
    "SELECT 1 AS a INTO TEMP stolen",
    "SELECT 1 UNION SELECT 2 INTO stolen",
    "WITH gone AS (DELETE FROM reports RETURNING *) SELECT * FROM gone",
    "WITH new AS (INSERT INTO reports SELECT * FROM reports RETURNING *) SELECT * FROM new",
    "WITH new AS (UPDATE reports SET report_year = 1 RETURNING *) SELECT count(*) FROM new",
    "WITH old AS (SELECT 1) INSERT INTO reports SELECT * FROM old",
    "SELECT * FROM (WITH gone AS (DELETE FROM reports RETURNING *) SELECT * FROM gone) AS hidden",
    "SELECT (WITH gone AS (DELETE FROM reports RETURNING *) SELECT 1)",
    "SELECT 1 WHERE EXISTS (WITH gone AS (DELETE FROM reports RETURNING *) SELECT 1)",
    "EXPLAIN INSERT INTO reports SELECT * FROM reports",
    "EXPLAIN ANALYZE INSERT INTO reports SELECT * FROM reports",
    "EXPLAIN (ANALYZE) DELETE FROM reports",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{}'",
    "EXPLAIN ANALYZE CREATE TABLE stolen AS SELECT 1",
    "EXPLAIN EXPLAIN ANALYZE DELETE FROM reports",
    "PREPARE p AS INSERT INTO reports SELECT * FROM reports",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXECUTE IMMEDIATE 'DROP TABLE reports'",
    "SELECT * FROM reports FOR UPDATE",
    "SELECT * FROM (SELECT * FROM reports FOR SHARE) AS locked",
    "LOCK TABLE reports",
    "ALTER TABLE reports ADD COLUMN a int",
    "ALTER ROLE fazhi SUPERUSER",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "ALTER USER fazhi PASSWORD 'x'",
    "GRANT ALL ON reports TO public",
    "REVOKE ALL ON reports FROM public",
    "COMMENT ON TABLE reports IS 'x'",
    "DO $$ BEGIN DELETE FROM reports; END $$",
    "CALL f()",
    "VACUUM",
    "VACUUM FULL reports",
    "ANALYZE reports",
    "OPTIMIZE reports",
    "ATTACH DATABASE '{}' AS stolen",
    "LOAD '{}'",
    "INSTALL httpfs",
    "NOTIFY channel, 'x'",
    "CLUSTER reports",
    "REINDEX TABLE reports",
    "REFRESH MATERIALIZED VIEW reports",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "USE stolen",
    "KILL 1",
    "UNLOAD ('SELECT 1') TO '{}'",
    "EXPORT DATA OPTIONS (uri='{}') AS SELECT 1",
    // Disguises.
    "/* SELECT 1 */ DROP TABLE reports -- SELECT 1",
    "--\nDROP/**/TABLE/**/reports",
    "/*/*nested*/*/DELETE FROM reports",
    "\u{feff}DROP TABLE reports",
    "DR\u{200b}OP TABLE reports",
    "\u{ff24}ROP TABLE reports",
    "dRoP tAbLe reports",
    "(DELETE FROM reports)",
    "TABLE reports; DROP TABLE reports",
    "SELECT 1; DROP TABLE reports",
    "SELECT 1; SELECT count(*) FROM reports",
    "SELECT ';'; DROP TABLE reports",
    "SELECT $$;$$; DROP TABLE reports",
    "SELECT $a$;$b$;$a$; DELETE FROM reports",
    "SELECT '\\'; DROP TABLE reports; --'; DROP TABLE reports",
    "SELECT E'\\''; DROP TABLE reports; --'",
    "SELECT U&'\\0027'; DROP TABLE reports",
    "; DROP TABLE reports",
    "BEGIN; DROP TABLE reports; COMMIT",
    "SET application_name = 'x'; SELECT 1 FROM texts; SELECT count(*) FROM reports",
];

#[tokio::test]
async fn nothing_is_written() {
    let besieged = Besieged::start().await;
    for write in WRITES {
        let sql = write.replace("{}", &besieged.path("written.csv"));
        besieged.refused_everywhere(&sql, &[READ_ONLY, SYNTAX, UNSUPPORTED]).await;
    }
    besieged.unharmed("all writes").await;
    for sql in ["SELECT * FROM stolen", "SELECT f(1)"] {
        besieged.refused_everywhere(sql, &["42P01", "42883"]).await;
    }
}

/// What is refused above is refused for what it is, so that the table tests the policy and not the parser.
#[tokio::test]
async fn writes_that_can_be_parsed_are_refused_because_they_write() {
    let besieged = Besieged::start().await;
    for sql in [
        "DROP TABLE reports",
        "INSERT INTO reports SELECT * FROM reports",
        "WITH gone AS (DELETE FROM reports RETURNING *) SELECT * FROM gone",
        "EXPLAIN ANALYZE INSERT INTO reports SELECT * FROM reports",
        "CREATE TABLE stolen AS SELECT 1",
        "SELECT * INTO stolen FROM reports",
        "SELECT * FROM reports FOR UPDATE",
        "PREPARE p AS INSERT INTO reports SELECT * FROM reports",
    ] {
        besieged.refused_everywhere(sql, &[READ_ONLY]).await;
    }
    besieged.unharmed("writes").await;
}

#[tokio::test]
async fn options_of_the_engine_cannot_be_set() {
    let besieged = Besieged::start().await;
    for name in [
        "datafusion.execution.batch_size",
        "datafusion.execution.target_partitions",
        "datafusion.runtime.memory_limit",
        "datafusion.runtime.temp_directory",
        "datafusion.catalog.create_default_catalog_and_schema",
        "datafusion.sql_parser.dialect",
        "data_directory",
        "log_directory",
        "session_preload_libraries",
    ] {
        for sql in [format!("SET {name} = '1'"), format!("SET {name} TO 1"), format!("SET LOCAL {name} = 1")] {
            let Err(code) = besieged.simple(&sql).await else { panic!("`{sql}` was done") };
            assert!(["42704", "55P02"].contains(&code.as_str()), "`{sql}` ended with {code}");
            assert!(besieged.http(&sql).await.is_err(), "{sql}");
            assert!(besieged.flight(&sql).await.is_err(), "{sql}");
        }
        let options = format!("-c {name}=1");
        let mut raw = Raw::connect(besieged.served.postgres()).await;
        raw.send(&raw::startup(&[("user", "fazhi"), ("database", "fazhi"), ("options", &options)])).await;
        assert_eq!(raw::code(&raw.until_closed().await).as_deref(), Some("42704"), "{options}");
    }
    // Setting the limits of a session never lifts those of the server, and read-only stays.
    for sql in ["SET default_transaction_read_only = off", "SET statement_timeout = 0", "SET transaction_timeout = 0"] {
        assert!(besieged.simple(sql).await.is_ok(), "{sql}");
        let stacked = format!("{sql}; DROP TABLE reports");
        assert_eq!(besieged.simple(&stacked).await, Err(READ_ONLY.to_owned()));
    }
    let shown = besieged.simple("SET default_transaction_read_only = off; SHOW transaction_read_only").await;
    assert_eq!(shown.as_deref(), Ok("on"));
    besieged.unharmed("options").await;
}

/// In a transaction, through a cursor, and in the messages of the extended protocol.
#[tokio::test]
async fn no_disguise_of_the_protocol_helps() {
    let besieged = Besieged::start().await;
    for sql in [
        "DECLARE c CURSOR FOR WITH gone AS (DELETE FROM reports RETURNING *) SELECT * FROM gone",
        "BEGIN; DECLARE c CURSOR FOR SELECT * FROM reports FOR UPDATE; FETCH ALL c; COMMIT",
        "BEGIN; DECLARE c CURSOR FOR DELETE FROM reports; FETCH ALL c; COMMIT",
        "COPY (DELETE FROM reports RETURNING *) TO STDOUT",
        "COPY (WITH gone AS (DELETE FROM reports RETURNING *) SELECT * FROM gone) TO STDOUT",
        "COPY (SELECT * INTO stolen FROM reports) TO STDOUT",
    ] {
        let ended = besieged.simple(sql).await;
        assert!(ended == Err(READ_ONLY.to_owned()) || ended == Err(SYNTAX.to_owned()), "`{sql}` gave {ended:?}");
    }
    let path = besieged.path("written.csv");
    for sql in [
        format!("COPY (SELECT 1) TO '{path}'"),
        "DELETE FROM reports".to_owned(),
        "SELECT 1; SELECT count(*) FROM reports".to_owned(),
    ] {
        let mut session = Raw::session(besieged.served.postgres()).await;
        let messages = [
            raw::parse("s", &sql),
            raw::bind("p", "s", &[0; 6]),
            raw::execute("p", 0),
            raw::execute("p", 1),
            raw::sync(),
        ];
        session.send(&messages.concat()).await;
        let answers = session.until_ready().await;
        assert_eq!(raw::kinds(&answers), "EZ", "`{sql}`: everything up to Sync is passed over");
        session.send(&raw::query("SELECT count(*) FROM reports")).await;
        assert_eq!(session.until_ready().await[1].value(), "6");
    }
    let mut session = Raw::session(besieged.served.postgres()).await;
    session.send(&raw::query("COPY (SELECT count(*) FROM reports) TO STDOUT")).await;
    assert_eq!(raw::kinds(&session.until_ready().await), "HdcCZ", "rows may be copied to the client");
    besieged.unharmed("the extended protocol").await;
}
