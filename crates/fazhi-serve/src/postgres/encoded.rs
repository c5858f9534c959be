//! Rows as the protocol sends them. Most values are a library's to write; what it would lose is written here.

use std::sync::Arc;

use arrow::array::{Array, AsArray as _};
use arrow::datatypes::{DataType, Decimal128Type, DecimalType as _, UInt64Type};
use arrow::record_batch::RecordBatch;
use datafusion_postgres::arrow_pg::encoder::{Encoder, encode_value};
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::results::{DataRowEncoder, FieldFormat, FieldInfo};
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::data::DataRow;

use crate::postgres::answer::Stop;
use crate::postgres::numeric;

/// The rows of a batch, one after the other.
pub struct Encoded {
    batch: RecordBatch,
    fields: Arc<Vec<FieldInfo>>,
    next: usize,
    encoder: DataRowEncoder,
}

impl Encoded {
    /// A batch with the columns that were described.
    pub fn new(batch: RecordBatch, fields: &Arc<Vec<FieldInfo>>) -> Self {
        Self { batch, fields: Arc::clone(fields), next: 0, encoder: DataRowEncoder::new(Arc::clone(fields)) }
    }

    fn row(&mut self, row: usize) -> Result<DataRow, Stop> {
        let schema = self.batch.schema_ref();
        for ((array, field), described) in self.batch.columns().iter().zip(schema.fields()).zip(self.fields.iter()) {
            let encoder = &mut self.encoder;
            if array.is_null(row) {
                Encoder::encode_field(encoder, &None::<i32>, described)?;
                continue;
            }
            match field.data_type() {
                DataType::Decimal128(precision, scale) => {
                    let value = array.as_primitive::<Decimal128Type>().value(row);
                    decimal(encoder, &Decimal128Type::format_decimal(value, *precision, *scale), described.format())?;
                }
                DataType::UInt64 => {
                    let value = array.as_primitive::<UInt64Type>().value(row);
                    let value = i64::try_from(value).map_err(|_| Stop::error("22003", "bigint out of range"))?;
                    Encoder::encode_field(encoder, &value, described)?;
                }
                _ => encode_value(encoder, array, row, field, described)?,
            }
        }
        Ok(self.encoder.take_row())
    }
}

impl Iterator for Encoded {
    type Item = Result<DataRow, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.next;
        (row < self.batch.num_rows()).then(|| {
            self.next += 1;
            self.row(row)
        })
    }
}

/// A decimal with all of its digits: as text, or as bytes that are `numeric`'s.
fn decimal(encoder: &mut DataRowEncoder, number: &str, format: FieldFormat) -> PgWireResult<()> {
    let options = Arc::default();
    match format {
        FieldFormat::Text => encoder.encode_field_with_type_and_format(&number, &Type::TEXT, format, &options),
        FieldFormat::Binary => {
            let bytes = numeric::binary(number);
            encoder.encode_field_with_type_and_format(&bytes.as_slice(), &Type::BYTEA, format, &options)
        }
    }
}
