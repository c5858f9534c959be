//! Rows as JSON objects. Nothing is lost on the way: decimals are strings, because most readers of JSON take a number for a
//! double; dates and times are ISO 8601; what JSON has no number for (`NaN`, `Infinity`) is a string.

use std::sync::{Arc, OnceLock};

use ::arrow::array::{Array, ArrowPrimitiveType, AsArray as _, PrimitiveArray, RecordBatch};
use ::arrow::datatypes::{DataType, FieldRef, Float32Type, Float64Type, Schema};
use ::arrow::error::ArrowError;
use ::arrow::json::writer::{Encoder, EncoderFactory, EncoderOptions, NullableEncoder, make_encoder};
use ::arrow::util::display::{ArrayFormatter, FormatOptions};

/// Why a value has no text, such as a time so far off that it has no date. Encoders cannot fail, so it is noted here.
#[derive(Debug, Clone, Default)]
pub struct Unwritten(Arc<OnceLock<String>>);

impl Unwritten {
    /// How values are written, also those within lists, with a note here of the first that cannot be.
    pub fn options(&self) -> EncoderOptions {
        EncoderOptions::default().with_explicit_nulls(true).with_encoder_factory(Arc::new(Exact(self.clone())))
    }

    /// Fails once there was such a value.
    pub fn check(&self) -> Result<(), ArrowError> {
        self.0.get().map_or(Ok(()), |reason| Err(ArrowError::CastError(reason.clone())))
    }
}

/// Names of columns, each once: a column that is called like one before it gets a number.
pub fn names(schema: &Schema) -> Vec<String> {
    let mut taken = std::collections::HashSet::new();
    let mut names = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let candidates =
            (1..).map(|nth| if nth == 1 { field.name().clone() } else { format!("{}_{nth}", field.name()) });
        names.extend(candidates.filter(|name| taken.insert(name.clone())).take(1));
    }
    names
}

/// A type as PostgreSQL calls it.
pub fn type_name(kind: &DataType) -> String {
    use DataType as D;
    let name = match kind {
        D::Null => "unknown",
        D::Boolean => "boolean",
        D::Int8 | D::Int16 | D::UInt8 => "smallint",
        D::Int32 | D::UInt16 => "integer",
        D::Int64 | D::UInt32 => "bigint",
        D::UInt64 => "numeric(20,0)",
        D::Float16 | D::Float32 => "real",
        D::Float64 => "double precision",
        D::Utf8 | D::LargeUtf8 | D::Utf8View => "text",
        D::Binary | D::LargeBinary | D::BinaryView | D::FixedSizeBinary(_) => "bytea",
        D::Date32 | D::Date64 => "date",
        D::Time32(_) | D::Time64(_) => "time",
        D::Timestamp(_, None) => "timestamp",
        D::Timestamp(_, Some(_)) => "timestamp with time zone",
        D::Interval(_) | D::Duration(_) => "interval",
        D::Decimal32(precision, scale)
        | D::Decimal64(precision, scale)
        | D::Decimal128(precision, scale)
        | D::Decimal256(precision, scale) => return format!("numeric({precision},{scale})"),
        D::List(item) | D::LargeList(item) | D::ListView(item) | D::LargeListView(item) | D::FixedSizeList(item, _) => {
            return format!("{}[]", type_name(item.data_type()));
        }
        D::Dictionary(_, value) => return type_name(value),
        D::RunEndEncoded(_, value) => return type_name(value.data_type()),
        D::Struct(_) | D::Map(_, _) | D::Union(_, _) => "json",
    };
    name.to_owned()
}

/// Writes rows as objects.
#[derive(Debug)]
pub struct Objects {
    /// `"name":` of every column.
    keys: Vec<Vec<u8>>,
    options: EncoderOptions,
    unwritten: Unwritten,
}

impl Objects {
    /// For rows of these columns.
    pub fn new(schema: &Schema) -> Self {
        let key = |name: String| [serde_json::Value::String(name).to_string().as_bytes(), b":"].concat();
        let unwritten = Unwritten::default();
        Self { keys: names(schema).into_iter().map(key).collect(), options: unwritten.options(), unwritten }
    }

    /// Writes every row behind what `before` writes for it.
    ///
    /// # Errors
    /// Fails when a column is of a type that cannot be written, or a time so far off that it has no date.
    pub fn write(
        &self,
        batch: &RecordBatch,
        mut before: impl FnMut(&mut Vec<u8>),
        out: &mut Vec<u8>,
    ) -> Result<(), ArrowError> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let mut cells = columns
            .map(|(field, column)| make_encoder(field, column.as_ref(), &self.options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            before(out);
            let mut joint = b'{';
            for (key, cell) in self.keys.iter().zip(&mut cells) {
                out.push(joint);
                joint = b',';
                out.extend_from_slice(key);
                value(cell, row, out);
            }
            out.extend_from_slice(if joint == b'{' { b"{}" } else { b"}" });
        }
        self.unwritten.check()
    }
}

/// Writes one value.
pub fn value(cell: &mut NullableEncoder<'_>, row: usize, out: &mut Vec<u8>) {
    if cell.is_null(row) {
        out.extend_from_slice(b"null");
    } else {
        cell.encode(row, out);
    }
}

/// Writes what the library would write with a loss.
#[derive(Debug)]
struct Exact(Unwritten);

impl EncoderFactory for Exact {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            DataType::Float32 => Box::new(Double(array.as_primitive::<Float32Type>())),
            DataType::Float64 => Box::new(Double(array.as_primitive::<Float64Type>())),
            kind if kind.is_decimal() || kind.is_temporal() => {
                Box::new(Text(ArrayFormatter::try_new(array, &FormatOptions::new())?, self.0.clone()))
            }
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

struct Double<'a, T: ArrowPrimitiveType>(&'a PrimitiveArray<T>);

impl<T: ArrowPrimitiveType<Native: Into<f64> + serde::Serialize>> Encoder for Double<'_, T> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let number = self.0.value(row);
        let double: f64 = number.into();
        if double.is_finite() {
            serde_json::to_writer(out, &number).expect("a vector takes all that is written");
        } else if double.is_nan() {
            out.extend_from_slice(b"\"NaN\"");
        } else {
            out.extend_from_slice(if double > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
        }
    }
}

struct Text<'a>(ArrayFormatter<'a>, Unwritten);

impl Encoder for Text<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        match self.0.value(row).try_to_string() {
            Ok(text) => serde_json::to_writer(out, &text).expect("a vector takes all that is written"),
            Err(error) => {
                self.1.0.get_or_init(|| match error {
                    ArrowError::CastError(reason) => reason,
                    other => other.to_string(),
                });
                out.extend_from_slice(b"null");
            }
        }
    }
}
