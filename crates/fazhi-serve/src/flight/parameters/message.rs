//! One message of Arrow's stream format, checked so that reading it cannot panic.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::buffer::Buffer;
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL128_MAX_SCALE, DataType, Field, Schema, SchemaRef, TimeUnit as Unit,
};
use arrow::ipc::reader::read_record_batch;
use arrow::ipc::{self, DateUnit, MessageHeader, MetadataVersion, Precision, TimeUnit, Type};
use arrow::record_batch::RecordBatch;
use arrow_flight::FlightData;

use crate::error::{Failure, QueryError};

/// A message.
pub enum Message<'a> {
    /// The columns.
    Schema(Schema),
    /// Rows, not looked at yet.
    Batch(Batch<'a>),
}

/// Rows, not looked at yet.
pub struct Batch<'a> {
    header: ipc::RecordBatch<'a>,
    version: MetadataVersion,
    body: &'a [u8],
}

/// What kind of message it is, and what it says when it is a schema.
///
/// # Errors
/// Fails for every other kind, and for columns of types that parameters cannot have.
pub fn read(data: &FlightData) -> Result<Message<'_>, QueryError> {
    let message = ipc::root_as_message(&data.data_header).map_err(|_| malformed("a header cannot be read"))?;
    match message.header_type() {
        MessageHeader::Schema => {
            let schema = message.header_as_schema().ok_or_else(|| malformed("a schema cannot be read"))?;
            let fields = schema.fields().into_iter().flatten();
            let fields = fields.map(|field| {
                let name = field.name().unwrap_or_default();
                let data_type = data_type(field).ok_or_else(|| unsupported(name, field))?;
                Ok(Field::new(name, data_type, true))
            });
            Ok(Message::Schema(Schema::new(fields.collect::<Result<Vec<_>, QueryError>>()?)))
        }
        MessageHeader::RecordBatch => {
            let batch = message.header_as_record_batch().ok_or_else(|| malformed("a batch cannot be read"))?;
            Ok(Message::Batch(Batch { header: batch, version: message.version(), body: &data.data_body }))
        }
        _ => Err(malformed("a message is neither a schema nor a batch")),
    }
}

/// The error of parameters that are not as Arrow's format has them.
pub fn malformed(what: &str) -> QueryError {
    QueryError::new(Failure::Parameter, format!("the parameters cannot be read: {what}"))
}

fn unsupported(name: &str, field: ipc::Field<'_>) -> QueryError {
    let kind = field.type_type().variant_name().unwrap_or("of an unknown type");
    QueryError::new(Failure::Unsupported, format!("parameter \"{name}\" cannot be {kind}"))
        .hinted("numbers, strings, binary, booleans, dates, timestamps and decimals of up to 38 digits can be bound")
}

fn data_type(field: ipc::Field<'_>) -> Option<DataType> {
    if field.dictionary().is_some() {
        return None;
    }
    Some(match field.type_type() {
        Type::Null => DataType::Null,
        Type::Bool => DataType::Boolean,
        Type::Utf8 => DataType::Utf8,
        Type::LargeUtf8 => DataType::LargeUtf8,
        Type::Binary => DataType::Binary,
        Type::LargeBinary => DataType::LargeBinary,
        Type::Int => {
            let int = field.type_as_int()?;
            integer(int.bitWidth(), int.is_signed())?
        }
        Type::FloatingPoint => match field.type_as_floating_point()?.precision() {
            Precision::SINGLE => DataType::Float32,
            Precision::DOUBLE => DataType::Float64,
            _ => return None,
        },
        Type::Date => match field.type_as_date()?.unit() {
            DateUnit::DAY => DataType::Date32,
            DateUnit::MILLISECOND => DataType::Date64,
            _ => return None,
        },
        Type::Timestamp => {
            let timestamp = field.type_as_timestamp()?;
            DataType::Timestamp(time_unit(timestamp.unit())?, timestamp.timezone().map(Into::into))
        }
        Type::Decimal => {
            let decimal = field.type_as_decimal()?;
            let precision = u8::try_from(decimal.precision()).ok()?;
            let scale = i8::try_from(decimal.scale()).ok()?;
            let fits = (1..=DECIMAL128_MAX_PRECISION).contains(&precision)
                && (0..=DECIMAL128_MAX_SCALE).contains(&scale)
                && scale.unsigned_abs() <= precision;
            (fits && decimal.bitWidth() == 128).then_some(DataType::Decimal128(precision, scale))?
        }
        _ => return None,
    })
}

fn integer(bits: i32, is_signed: bool) -> Option<DataType> {
    Some(match (bits, is_signed) {
        (8, true) => DataType::Int8,
        (16, true) => DataType::Int16,
        (32, true) => DataType::Int32,
        (64, true) => DataType::Int64,
        (8, false) => DataType::UInt8,
        (16, false) => DataType::UInt16,
        (32, false) => DataType::UInt32,
        (64, false) => DataType::UInt64,
        _ => return None,
    })
}

fn time_unit(unit: TimeUnit) -> Option<Unit> {
    Some(match unit {
        TimeUnit::SECOND => Unit::Second,
        TimeUnit::MILLISECOND => Unit::Millisecond,
        TimeUnit::MICROSECOND => Unit::Microsecond,
        TimeUnit::NANOSECOND => Unit::Nanosecond,
        _ => return None,
    })
}

impl Batch<'_> {
    /// Its rows, of which there may be so many.
    ///
    /// # Errors
    /// Fails when its parts do not fit together or to the schema.
    pub fn read(&self, schema: &SchemaRef, at_most: usize) -> Result<RecordBatch, QueryError> {
        self.check(schema, at_most).ok_or_else(|| malformed("a batch does not fit its schema"))?;
        let dictionaries = HashMap::new();
        // Copied, because the body is not aligned to what it holds.
        let body = Buffer::from(self.body);
        read_record_batch(&body, self.header, Arc::clone(schema), &dictionaries, None, &self.version)
            .map_err(|error| malformed(&error.to_string()))
    }

    /// None when something is not as the format has it. What values mean (UTF-8, order of offsets) the reader checks itself.
    fn check(&self, schema: &Schema, at_most: usize) -> Option<()> {
        let batch = &self.header;
        let rows = usize::try_from(batch.length()).ok()?;
        let variadic = batch.variadicBufferCounts().is_some_and(|counts| !counts.is_empty());
        if rows > at_most.saturating_add(1) || batch.compression().is_some() || variadic {
            return None;
        }
        let (nodes, mut buffers) = (batch.nodes()?, batch.buffers()?.iter());
        if nodes.len() != schema.fields().len() {
            return None;
        }
        for (node, field) in nodes.iter().zip(schema.fields()) {
            let nulls = usize::try_from(node.null_count()).ok().filter(|nulls| *nulls <= rows)?;
            if usize::try_from(node.length()).ok()? != rows {
                return None;
            }
            for (nth, least) in lengths(field.data_type(), rows, nulls)?.into_iter().enumerate() {
                let buffer = buffers.next()?;
                let (start, length) = (usize::try_from(buffer.offset()).ok()?, usize::try_from(buffer.length()).ok()?);
                let fits = start.checked_add(length)? <= self.body.len() && length >= least;
                fits.then_some(nth)?;
            }
        }
        buffers.next().is_none().then_some(())
    }
}

/// The least bytes of each buffer of a column.
fn lengths(data_type: &DataType, rows: usize, nulls: usize) -> Option<Vec<usize>> {
    let validity = if nulls > 0 { rows.div_ceil(8) } else { 0 };
    let offsets = |width: usize| if rows > 0 { (rows + 1) * width } else { 0 };
    Some(match data_type {
        DataType::Null => Vec::new(),
        DataType::Boolean => vec![validity, rows.div_ceil(8)],
        DataType::Utf8 | DataType::Binary => vec![validity, offsets(4), 0],
        DataType::LargeUtf8 | DataType::LargeBinary => vec![validity, offsets(8), 0],
        fixed => vec![validity, rows * fixed.primitive_width()?],
    })
}
