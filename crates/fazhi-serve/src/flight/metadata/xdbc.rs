//! Types of columns, in the terms of JDBC and ODBC.

use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{Nullable, Searchable, XdbcDataType as Xdbc, XdbcDatetimeSubcode};

/// The types that columns and results have, or the one with this number.
///
/// # Errors
/// Fails when the batch cannot be made, which would be a defect.
pub fn types(data_type: Option<i32>) -> Result<RecordBatch, FlightError> {
    let mut types = XdbcTypeInfoDataBuilder::new();
    for info in numbers().into_iter().chain(others()) {
        types.append(info);
    }
    types.build()?.record_batch(data_type)
}

fn numbers() -> [XdbcTypeInfo; 6] {
    let number = |name, data_type, digits, radix| XdbcTypeInfo {
        column_size: Some(digits),
        unsigned_attribute: Some(false),
        auto_increment: Some(false),
        num_prec_radix: Some(radix),
        ..plain(name, data_type)
    };
    let decimal = XdbcTypeInfo {
        create_params: Some(vec!["precision".to_owned(), "scale".to_owned()]),
        minimum_scale: Some(0),
        maximum_scale: Some(38),
        ..number("numeric", Xdbc::XdbcNumeric, 38, 10)
    };
    [
        number("bigint", Xdbc::XdbcBigint, 19, 10),
        number("integer", Xdbc::XdbcInteger, 10, 10),
        number("smallint", Xdbc::XdbcSmallint, 5, 10),
        number("double precision", Xdbc::XdbcDouble, 53, 2),
        number("real", Xdbc::XdbcReal, 24, 2),
        decimal,
    ]
}

fn others() -> [XdbcTypeInfo; 5] {
    let quoted =
        |info| XdbcTypeInfo { literal_prefix: Some("'".to_owned()), literal_suffix: Some("'".to_owned()), ..info };
    let datetime = |name, data_type, size, subcode| XdbcTypeInfo {
        column_size: Some(size),
        sql_data_type: Xdbc::XdbcDatetime,
        datetime_subcode: Some(subcode),
        ..quoted(plain(name, data_type))
    };
    let text = XdbcTypeInfo { case_sensitive: true, ..quoted(plain("text", Xdbc::XdbcVarchar)) };
    [
        text,
        plain("boolean", Xdbc::XdbcBit),
        plain("bytea", Xdbc::XdbcVarbinary),
        datetime("date", Xdbc::XdbcDate, 10, XdbcDatetimeSubcode::XdbcSubcodeYear),
        datetime("timestamp", Xdbc::XdbcTimestamp, 26, XdbcDatetimeSubcode::XdbcSubcodeTimestamp),
    ]
}

fn plain(name: &str, data_type: Xdbc) -> XdbcTypeInfo {
    XdbcTypeInfo {
        type_name: name.to_owned(),
        local_type_name: Some(name.to_owned()),
        data_type,
        sql_data_type: data_type,
        nullable: Nullable::NullabilityNullable,
        searchable: Searchable::Full,
        ..XdbcTypeInfo::default()
    }
}

/// The name of a type in SQL, as PostgreSQL has it.
pub fn name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::UInt8 | DataType::Int16 => "smallint",
        DataType::UInt16 | DataType::Int32 => "integer",
        DataType::UInt32 | DataType::Int64 => "bigint",
        DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => "numeric",
        DataType::Float16 | DataType::Float32 => "real",
        DataType::Float64 => "double precision",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Timestamp(_, None) => "timestamp",
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone",
        DataType::Interval(_) | DataType::Duration(_) => "interval",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "bytea",
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "array",
        DataType::Struct(_) | DataType::Map(..) => "record",
        _ => "text",
    }
}

/// Digits in all and behind the point, of types that have them.
pub fn precision(data_type: &DataType) -> Option<(u8, i8)> {
    Some(match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => (*precision, *scale),
        DataType::Int8 => (3, 0),
        DataType::Int16 => (5, 0),
        DataType::Int32 => (10, 0),
        DataType::Int64 => (19, 0),
        _ => return None,
    })
}
