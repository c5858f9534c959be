//! Relations of `pg_catalog` that the library lacks, or that it answers with fewer columns or other
//! types than PostgreSQL 15. Each is a query over the library's; what it returns at the start stays, as relations and columns do.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::{MemTable, TableProvider};
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;

/// A relation of ours by name.
pub type Relations = HashMap<&'static str, Arc<dyn TableProvider>>;

/// Relations that the library does not know at all.
pub const ADDED: &[&str] = &[
    "pg_available_extensions",
    "pg_cursors",
    "pg_indexes",
    "pg_locks",
    "pg_policies",
    "pg_prepared_statements",
    "pg_rules",
    "pg_sequences",
    "pg_stat_activity",
    "pg_stat_all_tables",
    "pg_stat_database",
    "pg_stats",
    "pg_timezone_names",
    "pg_user",
];

/// Runs queries and keeps what they return.
///
/// # Errors
/// Fails when a query does.
pub async fn relations(context: &SessionContext, queries: &[(&'static str, &str)]) -> Result<Relations> {
    let mut relations = Relations::new();
    for (name, sql) in queries {
        let rows = context.sql(&written_out(sql)).await?;
        let schema = Arc::new(rows.schema().as_arrow().clone());
        let batches = rows.collect().await?;
        relations.insert(name, Arc::new(MemTable::try_new(schema, vec![batches])?));
    }
    Ok(relations)
}

/// `TEXTS`, `NUMBERS`: null lists; `TEXT`, `NUMBER`, `FLAG`, `TIME`: null values, of which the engine has no shorter form.
fn written_out(sql: &str) -> String {
    let nulls = [
        ("$TEXTS", "arrow_cast(NULL, 'List(Utf8)')"),
        ("$NUMBERS", "arrow_cast(NULL, 'List(Int32)')"),
        ("$SHORTS", "arrow_cast(NULL, 'List(Int16)')"),
        ("$TEXT", "CAST(NULL AS VARCHAR)"),
        ("$NUMBER", "CAST(NULL AS INT)"),
        ("$LONG", "CAST(NULL AS BIGINT)"),
        ("$FLAG", "CAST(NULL AS BOOLEAN)"),
        ("$TIME", "arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))')"),
    ];
    nulls.iter().fold(sql.to_owned(), |sql, (short, long)| sql.replace(short, long))
}

/// The queries, but for what is said of single relations.
pub const CATALOGUE: &[(&str, &str)] = &[
    ("pg_class", "SELECT *, $TEXTS AS relacl, $TEXTS AS reloptions FROM pg_catalog.pg_class"),
    ("pg_database", "SELECT *, $TEXT AS datcollversion FROM pg_catalog.pg_database WHERE datname = 'fazhi'"),
    ("pg_namespace", "SELECT oid, nspname, nspowner, $TEXTS AS nspacl FROM pg_catalog.pg_namespace"),
    // Of constraints and indexes only those of PostgreSQL's own catalogue are known: tables here have none.
    (
        "pg_constraint",
        "SELECT * EXCEPT (conkey, confkey, conpfeqop, conppeqop, conffeqop, confdelsetcols, conexclop, conbin), $SHORTS AS conkey, \
         $SHORTS AS confkey, $NUMBERS AS conpfeqop, $NUMBERS AS conppeqop, $NUMBERS AS conffeqop, $SHORTS AS confdelsetcols, \
         $NUMBERS AS conexclop, $TEXT AS conbin, 2606 AS tableoid FROM pg_catalog.pg_constraint WHERE false",
    ),
    (
        "pg_index",
        "SELECT * EXCEPT (indkey, indcollation, indclass, indoption), $SHORTS AS indkey, $NUMBERS AS indcollation, \
         $NUMBERS AS indclass, $SHORTS AS indoption FROM pg_catalog.pg_index WHERE false",
    ),
    (
        "pg_extension",
        "SELECT * EXCEPT (extconfig, extcondition), $NUMBERS AS extconfig, $TEXTS AS extcondition \
         FROM pg_catalog.pg_extension WHERE false",
    ),
    ("pg_language", "SELECT * EXCEPT (lanacl), $TEXTS AS lanacl, 2612 AS tableoid FROM pg_catalog.pg_language"),
    (
        "pg_tablespace",
        "SELECT * EXCEPT (spcacl, spcoptions), $TEXTS AS spcacl, $TEXTS AS spcoptions FROM pg_catalog.pg_tablespace",
    ),
    ("pg_collation", "SELECT *, colllocale AS colliculocale FROM pg_catalog.pg_collation"),
    ("pg_opclass", "SELECT *, 2616 AS tableoid FROM pg_catalog.pg_opclass"),
    ("pg_opfamily", "SELECT *, 2753 AS tableoid FROM pg_catalog.pg_opfamily"),
    ("pg_rewrite", "SELECT *, 2618 AS tableoid FROM pg_catalog.pg_rewrite WHERE false"),
    ("pg_trigger", "SELECT *, 2620 AS tableoid FROM pg_catalog.pg_trigger WHERE false"),
    ("pg_tables", "SELECT *, false AS hasindexes FROM pg_catalog.pg_tables"),
    ("pg_policy", "SELECT * EXCEPT (polroles), $NUMBERS AS polroles FROM pg_catalog.pg_policy"),
    ("pg_event_trigger", "SELECT * EXCEPT (evttags), $TEXTS AS evttags FROM pg_catalog.pg_event_trigger"),
    ("pg_db_role_setting", "SELECT * EXCEPT (setconfig), $TEXTS AS setconfig FROM pg_catalog.pg_db_role_setting"),
    ("pg_default_acl", "SELECT * EXCEPT (defaclacl), $TEXTS AS defaclacl FROM pg_catalog.pg_default_acl"),
    (
        "pg_foreign_data_wrapper",
        "SELECT * EXCEPT (fdwacl, fdwoptions), $TEXTS AS fdwacl, $TEXTS AS fdwoptions FROM pg_catalog.pg_foreign_data_wrapper",
    ),
    (
        "pg_foreign_server",
        "SELECT * EXCEPT (srvacl, srvoptions), $TEXTS AS srvacl, $TEXTS AS srvoptions FROM pg_catalog.pg_foreign_server",
    ),
    ("pg_foreign_table", "SELECT * EXCEPT (ftoptions), $TEXTS AS ftoptions FROM pg_catalog.pg_foreign_table"),
    // Nobody's functions are listed but PostgreSQL's own; how they are called is not told.
    (
        "pg_proc",
        "SELECT * EXCEPT (proacl, proallargtypes, proargmodes, proargnames, proconfig, protrftypes), $TEXTS AS proacl, \
         $NUMBERS AS proallargtypes, $TEXTS AS proargmodes, $TEXTS AS proargnames, $TEXTS AS proconfig, $NUMBERS AS protrftypes \
         FROM pg_catalog.pg_proc",
    ),
    ("pg_type", "SELECT * EXCEPT (typacl), $TEXTS AS typacl FROM pg_catalog.pg_type"),
    (
        "pg_roles",
        "SELECT 'postgres' AS rolname, false AS rolsuper, true AS rolinherit, false AS rolcreaterole, false AS rolcreatedb, \
         true AS rolcanlogin, false AS rolreplication, -1 AS rolconnlimit, '********' AS rolpassword, $TIME AS rolvaliduntil, \
         false AS rolbypassrls, $TEXTS AS rolconfig, 10 AS oid",
    ),
    (
        "pg_user",
        "SELECT 'postgres' AS usename, 10 AS usesysid, false AS usecreatedb, false AS usesuper, false AS userepl, \
         false AS usebypassrls, '********' AS passwd, $TIME AS valuntil, $TEXTS AS useconfig",
    ),
    (
        "pg_stat_activity",
        "SELECT $NUMBER AS datid, $TEXT AS datname, $NUMBER AS pid, $NUMBER AS leader_pid, $NUMBER AS usesysid, $TEXT AS usename, \
         $TEXT AS application_name, $TEXT AS client_addr, $TEXT AS client_hostname, $NUMBER AS client_port, $TIME AS backend_start, \
         $TIME AS xact_start, $TIME AS query_start, $TIME AS state_change, $TEXT AS wait_event_type, $TEXT AS wait_event, \
         $TEXT AS state, $NUMBER AS backend_xid, $NUMBER AS backend_xmin, $LONG AS query_id, $TEXT AS query, \
         $TEXT AS backend_type WHERE false",
    ),
    (
        "pg_stat_database",
        "SELECT $NUMBER AS datid, $TEXT AS datname, $NUMBER AS numbackends, $LONG AS xact_commit, $LONG AS xact_rollback, \
         $LONG AS blks_read, $LONG AS blks_hit, $LONG AS tup_returned, $LONG AS tup_fetched, $LONG AS tup_inserted, \
         $LONG AS tup_updated, $LONG AS tup_deleted WHERE false",
    ),
    (
        "pg_stat_all_tables",
        "SELECT $NUMBER AS relid, $TEXT AS schemaname, $TEXT AS relname, $LONG AS seq_scan, $LONG AS seq_tup_read, \
         $LONG AS idx_scan, $LONG AS n_live_tup, $LONG AS n_dead_tup, $TIME AS last_vacuum, $TIME AS last_analyze WHERE false",
    ),
    (
        "pg_stats",
        "SELECT $TEXT AS schemaname, $TEXT AS tablename, $TEXT AS attname, $FLAG AS inherited, CAST(NULL AS REAL) AS null_frac, \
         $NUMBER AS avg_width, CAST(NULL AS REAL) AS n_distinct, CAST(NULL AS REAL) AS correlation WHERE false",
    ),
    (
        "pg_indexes",
        "SELECT $TEXT AS schemaname, $TEXT AS tablename, $TEXT AS indexname, $TEXT AS tablespace, $TEXT AS indexdef WHERE false",
    ),
    (
        "pg_sequences",
        "SELECT $TEXT AS schemaname, $TEXT AS sequencename, $TEXT AS sequenceowner, $TEXT AS data_type, $LONG AS start_value, \
         $LONG AS min_value, $LONG AS max_value, $LONG AS increment_by, $FLAG AS cycle, $LONG AS cache_size, \
         $LONG AS last_value WHERE false",
    ),
    ("pg_rules", "SELECT $TEXT AS schemaname, $TEXT AS tablename, $TEXT AS rulename, $TEXT AS definition WHERE false"),
    (
        "pg_policies",
        "SELECT $TEXT AS schemaname, $TEXT AS tablename, $TEXT AS policyname, $TEXT AS permissive, $TEXTS AS roles, $TEXT AS cmd, \
         $TEXT AS qual, $TEXT AS with_check WHERE false",
    ),
    (
        "pg_locks",
        "SELECT $TEXT AS locktype, $NUMBER AS database, $NUMBER AS relation, $NUMBER AS pid, $TEXT AS mode, $FLAG AS granted \
         WHERE false",
    ),
    (
        "pg_cursors",
        "SELECT $TEXT AS name, $TEXT AS statement, $FLAG AS is_holdable, $FLAG AS is_binary, $FLAG AS is_scrollable, \
         $TIME AS creation_time WHERE false",
    ),
    (
        "pg_prepared_statements",
        "SELECT $TEXT AS name, $TEXT AS statement, $TIME AS prepare_time, $TEXTS AS parameter_types, $FLAG AS from_sql WHERE false",
    ),
    (
        "pg_available_extensions",
        "SELECT $TEXT AS name, $TEXT AS default_version, $TEXT AS installed_version, $TEXT AS comment WHERE false",
    ),
    (
        "pg_timezone_names",
        "SELECT column1 AS name, column2 AS abbrev, column3 AS utc_offset, false AS is_dst \
         FROM (VALUES ('UTC', 'UTC', '00:00:00'), ('Asia/Shanghai', 'CST', '08:00:00'))",
    ),
];
