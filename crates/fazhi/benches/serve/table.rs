use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::arrow::record_batch::RecordBatch;
use deltalake::DeltaTable;
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel as _;
use deltalake::protocol::SaveMode;
use fazhi_warehouse::{DataFolder, Table, writer_properties};
use url::Url;

/// The years of the reports; each is a partition.
pub const YEARS: Range<i32> = 2015..2025;
/// Indicators of each report.
pub const INDICATORS: u64 = 40;

/// Regions, each of which has a report of each year.
pub fn regions(rows: u64) -> u64 {
    (rows / INDICATORS / YEARS.len() as u64).max(1)
}

pub fn indicator(number: u64) -> String {
    format!("indicator_{number:02}")
}

pub fn region(number: u64) -> String {
    format!("{:06}", 110_000 + number)
}

/// A row, by what tells it from others.
#[derive(Clone, Copy)]
struct Row {
    year: i32,
    indicator: u64,
    region: u64,
}

/// Writes an `indicators` table of so many rows, as a load does: partitions of years, sorted, zstd, small row groups.
pub async fn write(data: &DataFolder, rows: u64) {
    let table = Table::Indicators;
    fs_err::create_dir_all(data.table(table)).unwrap();
    let url = Url::from_directory_path(data.table(table)).unwrap();
    let schema: StructType = table.schema().as_ref().try_into_kernel().unwrap();
    let mut delta = DeltaTable::try_from_url(url)
        .await
        .unwrap()
        .create()
        .with_table_name(table.name())
        .with_columns(schema.fields().cloned())
        .with_partition_columns(table.partitions().iter().copied())
        .await
        .unwrap();
    for year in YEARS {
        delta = delta
            .write(vec![of_year(table, year, regions(rows))])
            .with_save_mode(SaveMode::Append)
            .with_writer_properties(writer_properties())
            .await
            .unwrap();
    }
}

/// In the order of a load: by indicator, then by region.
fn of_year(table: Table, year: i32, regions: u64) -> RecordBatch {
    let of_indicator = |indicator| (0..regions).map(move |region| Row { year, indicator, region });
    let rows: Vec<Row> = (0..INDICATORS).flat_map(of_indicator).collect();
    let schema = table.schema();
    let columns = schema.fields().iter().map(|field| column(field, &rows)).collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

fn column(field: &Field, rows: &[Row]) -> ArrayRef {
    let texts =
        |text: &dyn Fn(&Row) -> String| Arc::new(StringArray::from_iter_values(rows.iter().map(text))) as ArrayRef;
    match (field.name().as_str(), field.data_type()) {
        ("document_id", _) => texts(&document),
        ("indicator_id", _) => texts(&|row| indicator(row.indicator)),
        ("region_code", _) => texts(&|row| region(row.region)),
        ("province_code", _) => texts(&|row| region(row.region)[..2].to_owned()),
        ("unit", _) => texts(&|row| ["件", "人次", "万元"][index(row.indicator % 3)].to_owned()),
        ("text", _) => texts(&|row| format!("{}件", count(row))),
        ("sentence", _) => {
            texts(&|row| format!("全年共办理第{}类案件{}件，按期办结率为百分之百。", row.indicator, count(row)))
        }
        ("report_year", _) => Arc::new(rows.iter().map(|row| Some(row.year)).collect::<Int32Array>()),
        ("value", DataType::Decimal128(precision, scale)) => {
            let values = rows.iter().map(|row| Some(i128::from(count(row)) * 1_000_000)).collect::<Decimal128Array>();
            Arc::new(values.with_precision_and_scale(*precision, *scale).unwrap())
        }
        (_, data_type) if field.is_nullable() => new_null_array(data_type, rows.len()),
        (_, DataType::Utf8) => texts(&|_| "own".to_owned()),
        (_, DataType::Int32) => Arc::new(Int32Array::from_value(1, rows.len())),
        (_, DataType::Int64) => Arc::new(rows.iter().map(|row| Some(i64::from(count(row)))).collect::<Int64Array>()),
        (_, DataType::Float64) => Arc::new(Float64Array::from_value(0.9, rows.len())),
        (name, data_type) => panic!("`{name}` is of {data_type}"),
    }
}

fn document(row: &Row) -> String {
    format!(
        "{:032x}",
        (u128::from(row.region) << 64 | u128::from(row.year.unsigned_abs())).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    )
}

/// A number that looks like any.
fn count(row: &Row) -> u32 {
    let mixed =
        (row.region * 31 + row.indicator * 7 + u64::from(row.year.unsigned_abs())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as u32
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}
