//! Parameters of prepared statements: which there are, and rows of values for them as clients send them.
//!
//! `arrow-ipc` reads messages of trusted writers: it panics on schemas and buffers that make no sense. Here each message is
//! checked before it is given to it, and only types that are one value per row are taken.

mod message;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow_flight::FlightData;
use datafusion::common::ScalarValue;
use futures::{Stream, StreamExt as _};
use tonic::Status;

use crate::error::{Failure, QueryError};
use crate::flight::status::status;

/// Rows of parameters; the statement runs once for each.
const ROWS: usize = 1_000;
/// Bytes of all messages with parameters.
const BYTES: usize = 4 << 20;
/// Parameters of one statement.
const PARAMETERS: usize = 1_000;

/// Rows of values, each for one execution.
#[derive(Debug)]
pub struct Bindings {
    /// Values in the order of the columns that were sent: the first is `$1`, whatever its name.
    pub rows: Vec<Vec<ScalarValue>>,
    /// What they take in memory.
    pub bytes: usize,
}

/// The columns that a client should send: `$1`, `$2` and so on. A parameter whose type does not show is a string, which the
/// engine reads as what is needed.
///
/// # Errors
/// Fails for parameters that have names, and for too many.
pub fn schema(types: &HashMap<String, Option<DataType>>) -> Result<Schema, QueryError> {
    let mut numbered = HashMap::new();
    for (name, data_type) in types {
        let number =
            name.strip_prefix('$').and_then(|number| number.parse::<usize>().ok()).filter(|number| *number > 0);
        let Some(number) = number else {
            let message = format!("parameter \"{name}\" has no number");
            return Err(QueryError::new(Failure::Unsupported, message).hinted("write parameters as $1, $2 and so on"));
        };
        numbered.insert(number, data_type.clone());
    }
    let count = numbered.keys().copied().max().unwrap_or_default();
    if count > PARAMETERS {
        let message = format!("parameter ${count} is one of more than the {PARAMETERS} allowed");
        return Err(QueryError::new(Failure::TooLarge, message));
    }
    let field = |number: usize| {
        let data_type = numbered.remove(&number).flatten().unwrap_or(DataType::Utf8);
        Field::new(format!("${number}"), data_type, true)
    };
    Ok(Schema::new((1..=count).map(field).collect::<Vec<_>>()))
}

/// Reads what a client sends to bind: a schema, and batches of rows.
///
/// # Errors
/// Fails when it is no such thing, too large, or of a type that parameters cannot have.
pub async fn read(mut messages: impl Stream<Item = Result<FlightData, Status>> + Unpin) -> Result<Bindings, Status> {
    let mut reader = Reader::default();
    while let Some(message) = messages.next().await {
        let message = message?;
        // The library's reader takes it for granted that buffers are as the schema needs them.
        let taken = catch_unwind(AssertUnwindSafe(|| reader.take(&message)));
        let taken = taken.unwrap_or_else(|_| Err(message::malformed("a batch is not as its schema says")));
        taken.map_err(|error| status(&error))?;
    }
    Ok(Bindings { bytes: reader.bytes + reader.values * size_of::<ScalarValue>(), rows: reader.rows })
}

#[derive(Default)]
struct Reader {
    schema: Option<SchemaRef>,
    rows: Vec<Vec<ScalarValue>>,
    bytes: usize,
    values: usize,
}

impl Reader {
    fn take(&mut self, data: &FlightData) -> Result<(), QueryError> {
        self.bytes += data.data_header.len() + data.data_body.len();
        if self.bytes > BYTES {
            return Err(too_large(&format!("{} MiB", BYTES >> 20)));
        }
        // The first message may hold the command alone.
        if data.data_header.is_empty() {
            return Ok(());
        }
        match (message::read(data)?, &self.schema) {
            (message::Message::Schema(schema), None) => self.schema = Some(Arc::new(schema)),
            (message::Message::Batch(batch), Some(schema)) => {
                let batch = batch.read(schema, ROWS)?;
                self.add(&batch)?;
            }
            _ => return Err(message::malformed("messages are not a schema followed by batches")),
        }
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        self.values += batch.num_rows() * batch.num_columns();
        if self.rows.len() + batch.num_rows() > ROWS || self.values > ROWS * PARAMETERS / 10 {
            return Err(too_large(&format!("{ROWS} rows")));
        }
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().map(|column| ScalarValue::try_from_array(column, row));
            let values = values.collect::<Result<_, _>>().map_err(|error| QueryError::from_engine(&error, ""))?;
            self.rows.push(values);
        }
        Ok(())
    }
}

fn too_large(bound: &str) -> QueryError {
    QueryError::new(Failure::TooLarge, format!("the parameters take more than {bound}"))
        .hinted("bind fewer rows at once, or join with a list of values")
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int32Type;
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use futures::{FutureExt as _, TryStreamExt as _, stream};
    use proptest::prelude::*;

    use super::*;

    fn batch() -> RecordBatch {
        let columns: [(&str, ArrayRef); 5] = [
            ("0", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
            ("1", Arc::new(StringArray::from(vec![Some("云溪县"), Some(""), None]))),
            ("2", Arc::new(Date32Array::from(vec![19_000, 19_001, 19_002]))),
            ("3", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            ("4", Arc::new(Decimal128Array::from(vec![125, 0, -1]).with_precision_and_scale(28, 1).unwrap())),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn sent(batch: RecordBatch) -> Vec<FlightData> {
        let encoder = FlightDataEncoderBuilder::new().build(stream::iter([Ok(batch)]));
        encoder.try_collect().now_or_never().unwrap().unwrap()
    }

    fn read_now(messages: Vec<FlightData>) -> Result<Bindings, Status> {
        read(stream::iter(messages.into_iter().map(Ok))).now_or_never().unwrap()
    }

    #[test]
    fn rows_are_read_as_they_were_sent() {
        let bindings = read_now(sent(batch())).unwrap();
        let texts: Vec<Vec<String>> =
            bindings.rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(texts[0], ["1", "云溪县", "2022-01-08", "true", "12.5"].map(str::to_owned));
        assert_eq!(texts[1][0], "NULL");
        assert_eq!(texts[2][1], "NULL");
        assert_eq!(bindings.rows.len(), 3);
    }

    #[test]
    fn lists_and_too_many_rows_are_refused() {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
        let error =
            read_now(sent(RecordBatch::try_from_iter([("a", Arc::new(list) as ArrayRef)]).unwrap())).unwrap_err();
        assert_eq!(error.code(), tonic::Code::Unimplemented);
        let many = Int64Array::from_iter_values(0..1_001);
        let error =
            read_now(sent(RecordBatch::try_from_iter([("a", Arc::new(many) as ArrayRef)]).unwrap())).unwrap_err();
        assert_eq!(error.code(), tonic::Code::ResourceExhausted);
    }

    #[test]
    fn parameters_are_columns_in_the_order_of_their_numbers() {
        let types = [("$2", Some(DataType::Int64)), ("$10", None)];
        let types = types.map(|(name, data_type)| (name.to_owned(), data_type)).into();
        let schema = schema(&types).unwrap();
        assert_eq!(schema.fields().len(), 10);
        assert_eq!(schema.field(1), &Field::new("$2", DataType::Int64, true));
        assert_eq!(schema.field(9), &Field::new("$10", DataType::Utf8, true));
        for (name, failure) in [("$x", Failure::Unsupported), ("$1000000", Failure::TooLarge)] {
            assert_eq!(super::schema(&HashMap::from([(name.to_owned(), None)])).unwrap_err().failure, failure);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever bytes of a message are changed or cut off, it is read or refused, without a panic.
        #[test]
        fn damaged_messages_are_refused(
            message in 0..2_usize,
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in proptest::option::of(any::<prop::sample::Index>()),
        ) {
            let mut messages = sent(batch());
            let mut header = messages[message].data_header.to_vec();
            for (place, byte) in changes {
                let place = place.index(header.len());
                header[place] = byte;
            }
            messages[message].data_header = header.into();
            if let Some(cut) = cut {
                let length = cut.index(messages[1].data_body.len());
                messages[1].data_body.truncate(length);
            }
            if let Ok(bindings) = read_now(messages) {
                prop_assert!(bindings.rows.len() <= ROWS);
            }
        }
    }
}
