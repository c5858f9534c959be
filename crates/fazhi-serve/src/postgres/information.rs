//! `information_schema` as PostgreSQL shows it (its manual, chapter 37): SQL's names of types, and no constraint. The engine's own
//! has the engine's names.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;

use crate::postgres::overlay::{Relations, relations};

/// The schema; empty until it is filled.
#[derive(Debug, Default)]
pub struct Information {
    relations: RwLock<Relations>,
}

impl Information {
    /// The name of the schema.
    pub const SCHEMA: &'static str = "information_schema";

    /// Reads `pg_catalog`, once.
    ///
    /// # Errors
    /// Fails when it cannot be read.
    pub async fn fill(&self, context: &SessionContext) -> Result<()> {
        let found = relations(context, QUERIES).await?;
        *self.relations.write().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }
}

#[async_trait]
impl SchemaProvider for Information {
    fn table_names(&self) -> Vec<String> {
        self.relations.read().unwrap_or_else(PoisonError::into_inner).keys().map(|name| (*name).to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.relations.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.relations.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

const QUERIES: &[(&str, &str)] = &[
    (
        "schemata",
        "SELECT 'fazhi' AS catalog_name, nspname AS schema_name, 'postgres' AS schema_owner, $TEXT AS default_character_set_catalog, \
         $TEXT AS default_character_set_schema, $TEXT AS default_character_set_name, $TEXT AS sql_path FROM pg_catalog.pg_namespace \
         UNION ALL SELECT 'fazhi', 'information_schema', 'postgres', NULL, NULL, NULL, NULL",
    ),
    (
        "tables",
        "SELECT 'fazhi' AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, \
         CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type, $TEXT AS self_referencing_column_name, \
         $TEXT AS reference_generation, $TEXT AS user_defined_type_catalog, $TEXT AS user_defined_type_schema, \
         $TEXT AS user_defined_type_name, 'NO' AS is_insertable_into, 'NO' AS is_typed, $TEXT AS commit_action \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    ),
    (
        "views",
        "SELECT 'fazhi' AS table_catalog, v.schemaname AS table_schema, v.viewname AS table_name, \
         v.definition AS view_definition, 'NONE' AS check_option, 'NO' AS is_updatable, 'NO' AS is_insertable_into, \
         'NO' AS is_trigger_updatable, 'NO' AS is_trigger_deletable, 'NO' AS is_trigger_insertable_into FROM pg_catalog.pg_views v",
    ),
    (
        "columns",
        "SELECT 'fazhi' AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name, \
         CAST(a.attnum AS INT) AS ordinal_position, $TEXT AS column_default, \
         CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, \
         CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' ELSE format_type(a.atttypid, CAST(NULL AS INT)) END AS data_type, \
         $NUMBER AS character_maximum_length, \
         CASE WHEN t.typname IN ('text', 'varchar') THEN 1073741824 END AS character_octet_length, \
         CASE t.typname WHEN 'int2' THEN 16 WHEN 'int4' THEN 32 WHEN 'int8' THEN 64 WHEN 'float4' THEN 24 WHEN 'float8' THEN 53 \
         WHEN 'numeric' THEN CASE WHEN a.atttypmod > 4 THEN (a.atttypmod - 4) / 65536 END END AS numeric_precision, \
         CASE WHEN t.typname IN ('int2', 'int4', 'int8', 'float4', 'float8') THEN 2 WHEN t.typname = 'numeric' THEN 10 END \
         AS numeric_precision_radix, \
         CASE WHEN t.typname IN ('int2', 'int4', 'int8') THEN 0 \
         WHEN t.typname = 'numeric' AND a.atttypmod > 4 THEN (a.atttypmod - 4) % 65536 END AS numeric_scale, \
         CASE t.typname WHEN 'date' THEN 0 WHEN 'timestamp' THEN 6 WHEN 'timestamptz' THEN 6 END AS datetime_precision, \
         $TEXT AS interval_type, $NUMBER AS interval_precision, $TEXT AS character_set_catalog, $TEXT AS character_set_schema, \
         $TEXT AS character_set_name, $TEXT AS collation_catalog, $TEXT AS collation_schema, $TEXT AS collation_name, \
         $TEXT AS domain_catalog, $TEXT AS domain_schema, $TEXT AS domain_name, 'fazhi' AS udt_catalog, 'pg_catalog' AS udt_schema, \
         t.typname AS udt_name, $TEXT AS scope_catalog, $TEXT AS scope_schema, $TEXT AS scope_name, $NUMBER AS maximum_cardinality, \
         CAST(a.attnum AS VARCHAR) AS dtd_identifier, 'NO' AS is_self_referencing, 'NO' AS is_identity, $TEXT AS identity_generation, \
         $TEXT AS identity_start, $TEXT AS identity_increment, $TEXT AS identity_maximum, $TEXT AS identity_minimum, \
         'NO' AS identity_cycle, 'NEVER' AS is_generated, $TEXT AS generation_expression, 'NO' AS is_updatable \
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         WHERE a.attnum > 0 ORDER BY table_schema, table_name, ordinal_position",
    ),
    (
        "character_sets",
        "SELECT $TEXT AS character_set_catalog, $TEXT AS character_set_schema, 'UTF8' AS character_set_name, \
         'UCS' AS character_repertoire, 'UTF8' AS form_of_use, 'fazhi' AS default_collate_catalog, \
         'pg_catalog' AS default_collate_schema, 'C.UTF-8' AS default_collate_name",
    ),
    (
        "table_constraints",
        "SELECT $TEXT AS constraint_catalog, $TEXT AS constraint_schema, $TEXT AS constraint_name, $TEXT AS table_catalog, \
         $TEXT AS table_schema, $TEXT AS table_name, $TEXT AS constraint_type, $TEXT AS is_deferrable, $TEXT AS initially_deferred, \
         $TEXT AS enforced, $TEXT AS nulls_distinct WHERE false",
    ),
    (
        "key_column_usage",
        "SELECT $TEXT AS constraint_catalog, $TEXT AS constraint_schema, $TEXT AS constraint_name, $TEXT AS table_catalog, \
         $TEXT AS table_schema, $TEXT AS table_name, $TEXT AS column_name, $NUMBER AS ordinal_position, \
         $NUMBER AS position_in_unique_constraint WHERE false",
    ),
    (
        "constraint_column_usage",
        "SELECT $TEXT AS table_catalog, $TEXT AS table_schema, $TEXT AS table_name, $TEXT AS column_name, \
         $TEXT AS constraint_catalog, $TEXT AS constraint_schema, $TEXT AS constraint_name WHERE false",
    ),
    (
        "referential_constraints",
        "SELECT $TEXT AS constraint_catalog, $TEXT AS constraint_schema, $TEXT AS constraint_name, \
         $TEXT AS unique_constraint_catalog, $TEXT AS unique_constraint_schema, $TEXT AS unique_constraint_name, \
         $TEXT AS match_option, $TEXT AS update_rule, $TEXT AS delete_rule WHERE false",
    ),
    (
        "routines",
        "SELECT $TEXT AS specific_catalog, $TEXT AS specific_schema, $TEXT AS specific_name, $TEXT AS routine_catalog, \
         $TEXT AS routine_schema, $TEXT AS routine_name, $TEXT AS routine_type, $TEXT AS data_type, \
         $TEXT AS routine_definition WHERE false",
    ),
    (
        "parameters",
        "SELECT $TEXT AS specific_catalog, $TEXT AS specific_schema, $TEXT AS specific_name, $NUMBER AS ordinal_position, \
         $TEXT AS parameter_mode, $TEXT AS parameter_name, $TEXT AS data_type WHERE false",
    ),
    (
        "sequences",
        "SELECT $TEXT AS sequence_catalog, $TEXT AS sequence_schema, $TEXT AS sequence_name, $TEXT AS data_type WHERE false",
    ),
    (
        "triggers",
        "SELECT $TEXT AS trigger_catalog, $TEXT AS trigger_schema, $TEXT AS trigger_name, $TEXT AS event_manipulation, \
         $TEXT AS event_object_schema, $TEXT AS event_object_table, $TEXT AS action_statement, $TEXT AS action_timing WHERE false",
    ),
    (
        "table_privileges",
        "SELECT 'postgres' AS grantor, 'PUBLIC' AS grantee, 'fazhi' AS table_catalog, n.nspname AS table_schema, \
         c.relname AS table_name, 'SELECT' AS privilege_type, 'NO' AS is_grantable, 'YES' AS with_hierarchy \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    ),
];
