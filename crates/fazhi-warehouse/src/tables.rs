//! Delta tables: open, create, append.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::context::SessionContext;
use datafusion::prelude::lit;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel as _;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{StructField, StructType, Transaction};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError};

use crate::error::WarehouseError;
use crate::filters::Filtered;
use crate::layout::DataFolder;
use crate::schema::Table;

/// Name under which loads identify themselves in the tables' logs; the version is the sequence of the staged batch.
const LOAD: &str = "fazhi-load";

/// A table pinned at its newest version; none if it was never written.
///
/// # Errors
/// Fails when the log exists and cannot be read.
pub async fn open(folder: &DataFolder, table: Table) -> Result<Option<DeltaTable>, WarehouseError> {
    if !folder.table(table).join("_delta_log").is_dir() {
        return Ok(None);
    }
    let opened = DeltaTable::try_from_url(folder.table_url(table)?).await.map_err(failed(table))?;
    Ok(opened.version().is_some().then_some(opened))
}

/// A table pinned at its newest version, made empty first if it was never written, and given the columns that it lacks if an
/// earlier version of the program wrote it.
///
/// # Errors
/// Fails when the table cannot be read or created.
pub async fn open_or_create(folder: &DataFolder, table: Table) -> Result<DeltaTable, WarehouseError> {
    if let Some(opened) = open(folder, table).await? {
        return widened(opened, table).await;
    }
    fs_err::create_dir_all(folder.table(table))?;
    let schema = kernel_schema(&table.schema(), table)?;
    DeltaTable::try_from_url(folder.table_url(table)?)
        .await
        .map_err(failed(table))?
        .create()
        .with_table_name(table.name())
        .with_columns(schema.fields().cloned())
        .with_partition_columns(table.partitions().iter().copied())
        .await
        .map_err(failed(table))
}

fn kernel_schema(schema: &Schema, table: Table) -> Result<StructType, WarehouseError> {
    schema.try_into_kernel().map_err(|error| failed(table)(DeltaTableError::Arrow { source: error }))
}

/// Columns that came after a table was written can be null, and are in its rows.
async fn widened(delta: DeltaTable, table: Table) -> Result<DeltaTable, WarehouseError> {
    let there = delta.snapshot().map_err(failed(table))?.schema();
    let later = later_columns(table, |name| there.field(name).is_some());
    if later.is_empty() {
        return Ok(delta);
    }
    let fields = kernel_schema(&Schema::new(later), table)?;
    let fields: Vec<StructField> = fields.fields().cloned().collect();
    delta.add_columns().with_fields(fields).await.map_err(failed(table))
}

/// The columns of a table that an earlier version did not write.
fn later_columns(table: Table, is_there: impl Fn(&str) -> bool) -> Vec<FieldRef> {
    let schema = table.schema();
    schema.fields().iter().filter(|field| field.is_nullable() && !is_there(field.name())).cloned().collect()
}

/// Makes a table known to a session under its name and tells its version; one that was never written is empty and has none, and
/// columns that it lacks because an earlier version of the program wrote it are null.
///
/// # Errors
/// Fails when the table cannot be read.
pub async fn register(
    context: &SessionContext,
    folder: &DataFolder,
    table: Table,
) -> Result<Option<u64>, WarehouseError> {
    let Some(delta) = open(folder, table).await? else {
        context.register_table(table.name(), Arc::new(EmptyTable::new(table.schema())))?;
        return Ok(None);
    };
    let version = delta.version();
    let session = Arc::new(context.state());
    let provider = Filtered::over(delta.table_provider().with_session(session).await?);
    let there = provider.schema();
    let later = later_columns(table, |name| there.field_with_name(name).is_ok());
    if later.is_empty() {
        context.register_table(table.name(), provider)?;
        return Ok(version);
    }
    let mut frame = context.read_table(provider)?;
    for column in later {
        frame = frame.with_column(column.name(), lit(ScalarValue::try_from(column.data_type())?))?;
    }
    context.register_table(table.name(), frame.into_view())?;
    Ok(version)
}

/// Sequence of the newest staged batch that reached a table; 0 before the first.
///
/// # Errors
/// Fails when the table's log cannot be read.
pub async fn loaded_sequence(delta: &DeltaTable, table: Table) -> Result<i64, WarehouseError> {
    let log = delta.log_store();
    let snapshot = delta.snapshot().map_err(failed(table))?;
    let version = snapshot.transaction_version(log.as_ref(), LOAD).await.map_err(failed(table))?;
    Ok(version.unwrap_or(0))
}

/// What identifies a commit of a load.
pub fn load_commit(sequence: i64) -> CommitProperties {
    CommitProperties::default().with_application_transaction(Transaction::new(LOAD, sequence))
}

/// Appends rows in the table's sort order, in one commit. No rows, no commit.
///
/// # Errors
/// Fails when the rows cannot be computed or written; the table is then as it was.
pub async fn append(
    context: &SessionContext,
    delta: DeltaTable,
    table: Table,
    rows: DataFrame,
    commit: CommitProperties,
) -> Result<(), WarehouseError> {
    if rows.clone().limit(0, Some(1))?.collect().await?.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(());
    }
    let order = table.sort_order().iter().map(|name| datafusion::prelude::col(*name).sort(true, true)).collect();
    let plan = rows.sort(order)?.into_optimized_plan()?;
    delta
        .write(Vec::new())
        .with_input_plan(plan)
        .with_session_state(Arc::new(context.state()))
        .with_save_mode(SaveMode::Append)
        .with_writer_properties(writer_properties())
        .with_commit_properties(commit)
        .await
        .map_err(failed(table))?;
    Ok(())
}

/// Parquet settings of every table: zstd, and row groups small enough that a filter skips most of them.
pub fn writer_properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(64 * 1024))
        .build()
}

/// Versions of the tables that exist, by name.
///
/// # Errors
/// Fails when a table's log cannot be read.
pub async fn versions(folder: &DataFolder) -> Result<HashMap<&'static str, u64>, WarehouseError> {
    let mut versions = HashMap::new();
    for table in Table::ALL {
        if let Some(version) = open(folder, table).await?.and_then(|delta| delta.version()) {
            versions.insert(table.name(), version);
        }
    }
    Ok(versions)
}

pub(crate) fn failed(table: Table) -> impl Fn(DeltaTableError) -> WarehouseError {
    move |source| WarehouseError::Table { table: table.name(), source }
}
