//! Commands that ask for metadata, and what each gives. The ticket of such a command is the command.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::{Any, Command};
use bytes::Bytes;
use tonic::Status;

use crate::engine::Engine;
use crate::flight::metadata::{self, keys};
use crate::flight::protobuf;
use crate::flight::status::status;
use crate::limits::Limits;

/// The command that a descriptor or a ticket is; none when it cannot be read.
pub fn command(message: &[u8]) -> Option<Command> {
    let type_url = std::str::from_utf8(protobuf::values(message, 1).last()?).ok()?.to_owned();
    let value = protobuf::values(message, 2).last().map(Bytes::copy_from_slice).unwrap_or_default();
    Command::try_from(Any { type_url, value }).ok()
}

/// The columns of what a command gives; none of one that asks for something else.
///
/// # Errors
/// Fails when they cannot be made, which would be a defect.
pub fn schema(command: Command, limits: &Limits) -> Result<Option<SchemaRef>, FlightError> {
    use Command as C;
    Ok(Some(match command {
        C::CommandGetCatalogs(query) => query.into_builder().schema(),
        C::CommandGetDbSchemas(query) => query.into_builder().schema(),
        C::CommandGetTables(query) => query.into_builder().schema(),
        C::CommandGetTableTypes(query) => query.into_builder().schema(),
        C::CommandGetSqlInfo(_) => metadata::sql_info(&[], limits)?.schema(),
        C::CommandGetXdbcTypeInfo(_) => metadata::types(None)?.schema(),
        C::CommandGetPrimaryKeys(_) => keys::primary(),
        C::CommandGetExportedKeys(_) | C::CommandGetImportedKeys(_) | C::CommandGetCrossReference(_) => keys::foreign(),
        _ => return Ok(None),
    }))
}

/// What a command gives; none of one that asks for something else.
///
/// # Errors
/// Fails for patterns that are too long, and when a table cannot be read.
pub async fn answer(command: Command, engine: &Engine) -> Result<Option<RecordBatch>, Status> {
    use Command as C;
    let batch = match command {
        C::CommandGetCatalogs(_) => metadata::catalogs(),
        C::CommandGetDbSchemas(query) => metadata::schemas(query)?,
        C::CommandGetTables(query) => {
            let snapshot = engine.snapshot().await.map_err(|error| status(&error))?;
            metadata::tables(&snapshot, query).await?
        }
        C::CommandGetTableTypes(query) => metadata::table_types(query),
        C::CommandGetSqlInfo(query) => metadata::sql_info(&query.info, engine.limits()),
        C::CommandGetXdbcTypeInfo(query) => metadata::types(query.data_type),
        C::CommandGetPrimaryKeys(_) => Ok(RecordBatch::new_empty(keys::primary())),
        C::CommandGetExportedKeys(_) | C::CommandGetImportedKeys(_) | C::CommandGetCrossReference(_) => {
            Ok(RecordBatch::new_empty(keys::foreign()))
        }
        _ => return Ok(None),
    };
    Ok(Some(batch.map_err(Status::from)?))
}
