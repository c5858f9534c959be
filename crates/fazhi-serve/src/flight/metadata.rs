//! What the warehouse has: its one catalogue, schemas, tables, and what the server says of itself and of its types.

pub mod calls;

mod keys;
mod server;
mod type_info;

use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{GetCatalogsBuilder, GetTablesBuilder};
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};
use datafusion::catalog::SchemaProvider;
use fazhi_warehouse::Table;
use std::sync::Arc;
use tonic::Status;

use crate::engine::{DATABASE, SCHEMA, Snapshot};
use crate::error::QueryError;
use crate::flight::results;
use crate::flight::status::status;
use crate::postgres::{Catalogue, Information};

pub use server::sql_info;
pub use type_info::types;

/// The schemas, in order.
const SCHEMAS: [&str; 3] = [Information::SCHEMA, Catalogue::SCHEMA, SCHEMA];

const TABLE: &str = "TABLE";
const VIEW: &str = "VIEW";
const SYSTEM_TABLE: &str = "SYSTEM TABLE";
const TABLE_TYPES: [&str; 3] = [TABLE, VIEW, SYSTEM_TABLE];

/// Bytes of a pattern that names are compared with; names have some dozens.
const PATTERN: usize = 256;

type Batch = Result<RecordBatch, FlightError>;

/// The catalogues.
pub fn catalogs() -> Batch {
    let mut catalogs = GetCatalogsBuilder::new();
    catalogs.append(DATABASE);
    catalogs.build()
}

/// The schemas that fit.
///
/// # Errors
/// Fails for patterns that are too long.
pub fn schemas(query: CommandGetDbSchemas) -> Result<Batch, Status> {
    check_pattern(query.db_schema_filter_pattern.as_deref())?;
    let mut schemas = query.into_builder();
    for schema in SCHEMAS {
        schemas.append(DATABASE, schema);
    }
    Ok(schemas.build())
}

/// Types of tables.
pub fn table_types(query: CommandGetTableTypes) -> Batch {
    let mut types = query.into_builder();
    for table_type in TABLE_TYPES {
        types.append(table_type);
    }
    types.build()
}

/// The tables that fit, with their columns when those are asked for.
///
/// # Errors
/// Fails for patterns that are too long, and when a table cannot be read.
pub async fn tables(snapshot: &Snapshot, mut query: CommandGetTables) -> Result<Batch, Status> {
    check_pattern(query.db_schema_filter_pattern.as_deref())?;
    check_pattern(query.table_name_filter_pattern.as_deref())?;
    if !query.table_types.is_empty() {
        // The builder compares every table with every type that is named, however often.
        let named = std::mem::take(&mut query.table_types);
        let known = TABLE_TYPES.into_iter().filter(|known| named.iter().any(|named| named == known));
        query.table_types = known.map(str::to_owned).collect();
        if query.table_types.is_empty() {
            return Ok(Ok(RecordBatch::new_empty(query.into_builder().schema())));
        }
    }
    let mut tables = query.into_builder();
    for (name, schema) in providers(snapshot) {
        append(&mut tables, name, schema.as_ref()).await?;
    }
    Ok(tables.build())
}

fn providers(snapshot: &Snapshot) -> Vec<(&'static str, Arc<dyn SchemaProvider>)> {
    let database = snapshot.context().catalog(DATABASE);
    let found = SCHEMAS.into_iter().filter_map(|name| Some((name, database.as_ref()?.schema(name)?)));
    found.collect()
}

async fn append(tables: &mut GetTablesBuilder, schema: &str, provider: &dyn SchemaProvider) -> Result<(), Status> {
    for name in provider.table_names() {
        let columns = if tables.include_schema() {
            let found = provider.table(&name).await.map_err(|error| status(&QueryError::from_engine(&error, "")))?;
            // Dropped since it was listed.
            let Some(table) = found else { continue };
            columns(&results::announced(table.schema()), schema, &name)
        } else {
            Schema::empty()
        };
        tables.append(DATABASE, schema, &name, table_type(schema, &name), &columns).map_err(Status::from)?;
    }
    Ok(())
}

fn table_type(schema: &str, name: &str) -> &'static str {
    if schema != SCHEMA {
        SYSTEM_TABLE
    } else if Table::ALL.into_iter().any(|table| table.name() == name) {
        TABLE
    } else {
        VIEW
    }
}

/// Columns with what Flight SQL says of a column: `FlightSql.proto` lists the keys.
fn columns(schema: &Schema, schema_name: &str, table: &str) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        let mut metadata = field.metadata().clone();
        let mut say = |key: &str, value: &str| metadata.insert(format!("ARROW:FLIGHT:SQL:{key}"), value.to_owned());
        say("CATALOG_NAME", DATABASE);
        say("SCHEMA_NAME", schema_name);
        say("TABLE_NAME", table);
        say("TYPE_NAME", type_info::name(field.data_type()));
        say("IS_READ_ONLY", "1");
        say("IS_SEARCHABLE", "1");
        say("IS_AUTO_INCREMENT", "0");
        if let Some((precision, scale)) = type_info::precision(field.data_type()) {
            say("PRECISION", &precision.to_string());
            say("SCALE", &scale.to_string());
        }
        Field::clone(field).with_metadata(metadata)
    });
    Schema::new(fields.collect::<Vec<_>>())
}

fn check_pattern(pattern: Option<&str>) -> Result<(), Status> {
    match pattern {
        Some(pattern) if pattern.len() > PATTERN => {
            Err(Status::invalid_argument(format!("a pattern for names has more than {PATTERN} bytes")))
        }
        _ => Ok(()),
    }
}
