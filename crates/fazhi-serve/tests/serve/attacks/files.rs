//! Ways to read what is no table: files, addresses, the machine.

use datafusion::logical_expr::ScalarUDF;

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

/// Functions whose results are no larger than their arguments, but for what is added to each value. Those that can grow have bounds.
#[rustfmt::skip]
const GROW_LITTLE: &[&str] = &[
    "_pg_expandarray", "abs", "acos", "acosh", "array_add", "array_any_value", "array_avg", "array_compact",
    "array_contains", "array_dims", "array_distance", "array_distinct", "array_element", "array_empty",
    "array_except", "array_extract", "array_has", "array_indexof", "array_intersect", "array_length", "array_lower",
    "array_max", "array_min", "array_ndims", "array_normalize", "array_pop_back", "array_pop_front", "array_position",
    "array_positions", "array_product", "array_remove", "array_remove_all", "array_remove_n", "array_reverse",
    "array_scale", "array_slice", "array_sort", "array_subtract", "array_sum", "array_upper", "arrow_field",
    "arrow_metadata", "arrow_typeof", "ascii", "asin", "asinh", "atan", "atan2", "atanh", "bit_length", "btrim",
    "cardinality", "cast_to_type", "cbrt", "ceil", "char_length", "character_length", "chr", "coalesce",
    "col_description", "contains", "cos", "cosh", "cosine_distance", "cot", "current_database", "current_date",
    "current_schema", "current_schemas", "current_setting", "current_time", "current_timestamp", "date_bin",
    "date_part", "date_trunc", "datepart", "datetrunc", "decode", "degrees", "digest", "dot_product", "element_at",
    "empty", "ends_with", "exp", "factorial", "file_row_index", "find_in_set", "flatten", "floor", "format_type",
    "from_unixtime", "gcd", "generate_subscripts", "get_field", "getdatabaseencoding", "greatest",
    "has_any_column_privilege", "has_column_privilege", "has_database_privilege", "has_function_privilege",
    "has_schema_privilege", "has_sequence_privilege", "has_table_privilege", "has_tablespace_privilege",
    "has_type_privilege", "ifnull", "inet_client_addr", "inet_server_addr", "inet_server_port", "initcap",
    "inner_product", "input_file_name", "instr", "isnan", "iszero", "lcm", "least", "left", "length", "list_add",
    "list_any_value", "list_avg", "list_compact", "list_contains", "list_dims", "list_distance", "list_distinct",
    "list_element", "list_empty", "list_except", "list_extract", "list_has", "list_indexof", "list_intersect",
    "list_length", "list_max", "list_ndims", "list_normalize", "list_pop_back", "list_pop_front", "list_position",
    "list_positions", "list_product", "list_remove", "list_remove_all", "list_remove_n", "list_reverse", "list_scale",
    "list_slice", "list_sort", "list_subtract", "list_sum", "ln", "log", "log10", "log2", "lower", "ltrim",
    "make_date", "make_time", "map_entries", "map_extract", "map_keys", "map_values", "md5", "nanvl", "now", "nullif",
    "nvl", "nvl2", "obj_description", "octet_length", "parse_ident", "pi", "position", "pow", "power", "radians",
    "rand", "random", "regexp_count", "regexp_instr", "regexp_like", "regexp_match", "reverse", "right", "round",
    "rtrim", "session_user", "sha224", "sha256", "sha384", "sha512", "shobj_description", "signum", "sin", "sinh",
    "split_part", "sqrt", "starts_with", "strpos", "substr", "substr_index", "substring", "substring_index", "tan",
    "tanh", "to_date", "to_hex", "to_local_time", "to_regclass", "to_regnamespace", "to_regproc", "to_regtype",
    "to_time", "to_timestamp", "to_timestamp_micros", "to_timestamp_millis", "to_timestamp_nanos",
    "to_timestamp_seconds", "to_unixtime", "today", "trim", "trunc", "try_cast_to_type", "union_extract", "union_tag",
    "upper", "uuid", "version", "with_metadata",
];

/// A function that is new has to be looked at before it is served: what its result can be, and whether it reaches out.
#[tokio::test]
async fn scalar_functions_are_known() {
    let besieged = Besieged::start().await;
    let snapshot = besieged.served.server.engine().snapshot().await.unwrap();
    let state = snapshot.context().state();
    let is_bounded = |function: &ScalarUDF| format!("{:?}", function.inner()).starts_with("Bounded");
    let unknown = state.scalar_functions().iter().filter(|(name, function)| {
        !name.starts_with("pg_") && !GROW_LITTLE.contains(&name.as_str()) && !is_bounded(function)
    });
    assert_eq!(unknown.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<&String>::new());
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
