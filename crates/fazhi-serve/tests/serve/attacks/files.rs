//! Ways to read what is no table: files, addresses, the machine.

use super::Besieged;

/// Statements that read outside of the warehouse, with `{}` for a file that is there.
const READS: &[&str] = &[
    "SELECT * FROM '{}'",
    "SELECT * FROM \"{}\"",
    "SELECT * FROM \"file://{}\"",
    "SELECT * FROM 'file://{}'",
    "SELECT * FROM 'https://example.invalid/secret.csv'",
    "SELECT * FROM 's3://bucket/secret.csv'",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_csv('{}')",
    "SELECT * FROM read_csv_auto('{}')",
    "SELECT * FROM read_parquet('{}')",
    "SELECT * FROM read_json('{}')",
    "SELECT * FROM read_text('{}')",
    "SELECT * FROM read_blob('{}')",
    "SELECT * FROM parquet_metadata('{}')",
    "SELECT * FROM metadata_cache()",
    "SELECT * FROM statistics_cache()",
    "SELECT * FROM list_files_cache()",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM deltalake('{}')",
    "SELECT * FROM delta_scan('{}')",
    "SELECT * FROM dblink('dbname=fazhi', 'SELECT 1') AS t(a int)",
    "SELECT * FROM pg_ls_dir('/etc')",
    "SELECT pg_ls_dir('/etc')",
    "SELECT pg_read_file('{}')",
    "SELECT pg_read_binary_file('{}')",
    "SELECT pg_stat_file('{}')",
    "SELECT pg_file_write('{}', 'x', true)",
    "SELECT lo_import('{}')",
    "SELECT lo_export(1, '{}')",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT xpath('//a', '<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>')",
    "SELECT load_extension('{}')",
    "SELECT current_setting('data_directory')",
    "SELECT pg_reload_conf()",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_sleep(100000)",
    "SELECT set_config('data_directory', '/', false)",
    "SELECT getenv('HOME')",
    "SELECT rolpassword FROM pg_catalog.pg_authid",
    "SELECT * FROM pg_catalog.pg_shadow",
    "SELECT * FROM \"../secret.csv\"",
    "SELECT * FROM fazhi.public.\"{}\"",
    "SELECT * FROM delta.`{}`",
    "DESCRIBE '{}'",
    "SHOW COLUMNS FROM \"{}\"",
    "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{}'",
    "SELECT 1 FROM LATERAL FLATTEN(input => '{}')",
    "SELECT * FROM TABLE(read_csv('{}'))",
];

/// Read-only, syntax, no such table, function, setting or thing, no sense.
const REFUSED: &[&str] = &["25006", "42601", "42P01", "42883", "42704", "0A000", "42000"];

#[tokio::test]
async fn nothing_outside_of_the_warehouse_is_read() {
    let besieged = Besieged::start().await;
    for read in READS {
        let sql = read.replace("{}", &besieged.path("secret.csv"));
        // Where a name of PostgreSQL's is known at all, it has to tell nothing.
        for (name, ended) in besieged.everywhere(&sql).await {
            match ended {
                Ok(value) => assert!(value.is_empty() || value == "null", "{name}: `{sql}` gave {value:?}"),
                Err(code) => assert!(REFUSED.contains(&code.as_str()), "{name}: `{sql}` ended with {code}"),
            }
        }
    }
    besieged.unharmed("all reads").await;
}

/// Every table function there is only counts: a new one has to be looked at before it is served.
#[tokio::test]
async fn table_functions_are_known() {
    let besieged = Besieged::start().await;
    let snapshot = besieged.served.server.engine().snapshot().await.unwrap();
    let mut names: Vec<String> = snapshot.context().state().table_functions().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["generate_series", "pg_get_keywords", "range"]);
}
