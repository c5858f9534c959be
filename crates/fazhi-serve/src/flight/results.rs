//! Rows on their way to a client: one execution after the other, cut into messages of a size that clients take.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::Array as _;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::encode::{FlightDataEncoder, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use datafusion::common::{ParamValues, ScalarValue};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;
use tonic::Status;

use crate::engine::{Caller, Engine, Prepared, Rows};
use crate::error::{Failure, QueryError};
use crate::flight::running::Cancellable;
use crate::flight::status::status;

/// Bytes of rows that one message should not exceed.
const MESSAGE: usize = 1 << 20;
/// Bytes of one row that a message can hold, with room for its header.
const ROW: usize = super::SENT - (64 << 10);

/// What a client reads.
pub type Messages = BoxStream<'static, Result<FlightData, Status>>;

/// Batches as messages, after their schema.
pub fn messages(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, Status>> + Send + 'static,
) -> Messages {
    encoder(schema, batches).map_err(Status::from).boxed()
}

/// The schema as clients get it: dictionaries are sent as what they stand for.
pub fn announced(schema: SchemaRef) -> SchemaRef {
    let known = encoder(Arc::clone(&schema), stream::empty()).known_schema();
    known.unwrap_or(schema)
}

/// The columns of executions with several rows of parameters: each row has nulls of its own.
pub fn of_all_rows(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| Field::clone(field).with_nullable(true));
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

fn encoder(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, Status>> + Send + 'static,
) -> FlightDataEncoder {
    // Batches are cut before they come here.
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_max_flight_data_size(usize::MAX)
        .build(batches.map_err(FlightError::from))
}

/// The rows of a statement; of one with parameters, those of each execution after the other. Turns, time and rows are limited
/// as of one query.
pub struct Results {
    engine: Arc<Engine>,
    caller: Caller,
    statement: Prepared,
    bindings: VecDeque<Vec<ScalarValue>>,
    schema: SchemaRef,
    rows: Option<Rows>,
    slices: Slices,
    rows_left: u64,
    deadline: Instant,
    cancellable: Cancellable,
}

impl Results {
    /// Starts the first execution, with the first of the rows of parameters when there are any.
    ///
    /// # Errors
    /// Fails when it cannot be run.
    pub async fn start(
        engine: Arc<Engine>,
        caller: Caller,
        statement: Prepared,
        bindings: Option<Vec<Vec<ScalarValue>>>,
        cancellable: Cancellable,
    ) -> Result<Self, QueryError> {
        let (rows_left, deadline) = (engine.limits().rows, Instant::now() + engine.limits().time);
        let is_bound = bindings.is_some();
        let (bindings, schema) = (bindings.unwrap_or_default().into(), statement.schema());
        let slices = Slices::default();
        let mut results =
            Self { engine, caller, statement, bindings, schema, rows: None, slices, rows_left, deadline, cancellable };
        results.rows = if is_bound { results.execute_next().await? } else { Some(results.execute(None).await?) };
        if let (true, Some(rows)) = (is_bound, &results.rows) {
            results.schema = of_all_rows(rows.schema());
        }
        Ok(results)
    }

    /// As messages. Dropping them stops what runs.
    pub fn into_messages(self) -> Messages {
        let schema = Arc::clone(&self.schema);
        let batches = stream::try_unfold(self, |mut results| async move {
            let slice = results.next().await.map_err(|error| status(&error))?;
            Ok(slice.map(|slice| (slice, results)))
        });
        messages(schema, batches)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        loop {
            if let Some(slice) = self.slices.next()? {
                return Ok(Some(slice));
            }
            let Some(rows) = &mut self.rows else { return Ok(None) };
            let batch = tokio::select! {
                () = self.cancellable.cancelled() => return Err(cancelled()),
                batch = rows.next() => batch,
            };
            match batch {
                Some(batch) => self.slices = self.counted(batch?)?,
                None => self.rows = self.execute_next().await?,
            }
        }
    }

    fn counted(&mut self, batch: RecordBatch) -> Result<Slices, QueryError> {
        let rows = batch.num_rows() as u64;
        self.rows_left = self.rows_left.checked_sub(rows).ok_or_else(|| {
            let limit = self.engine.limits().rows;
            let message = format!("the results have more than {limit} rows, which is as many as one query may return");
            QueryError::new(Failure::TooLarge, message).hinted("bind fewer rows of parameters at once")
        })?;
        Ok(Slices::of(batch))
    }

    async fn execute_next(&mut self) -> Result<Option<Rows>, QueryError> {
        match self.bindings.pop_front() {
            Some(values) => self.execute(Some(values)).await.map(Some),
            None => Ok(None),
        }
    }

    async fn execute(&self, values: Option<Vec<ScalarValue>>) -> Result<Rows, QueryError> {
        let work = async {
            let statement = match values {
                Some(values) => self.engine.bind(&self.caller, &self.statement, ParamValues::from(values)).await?,
                None => self.statement.clone(),
            };
            let left = self.deadline.saturating_duration_since(Instant::now());
            self.engine.run(&self.caller, &statement, Some(left)).await
        };
        tokio::select! {
            () = self.cancellable.cancelled() => Err(cancelled()),
            rows = work => rows,
        }
    }
}

fn cancelled() -> QueryError {
    QueryError::new(Failure::Cancelled, "canceling statement due to user request")
}

/// A batch, cut into pieces for one message each. They are encoded one by one, as the client reads them.
#[derive(Default)]
struct Slices {
    batch: Option<RecordBatch>,
    from: usize,
    rows: usize,
}

impl Slices {
    fn of(batch: RecordBatch) -> Self {
        let rows = (batch.num_rows() * MESSAGE).checked_div(size(&batch)).unwrap_or(usize::MAX).max(1);
        Self { batch: Some(batch), from: 0, rows }
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        let Some(batch) = &self.batch else { return Ok(None) };
        let left = batch.num_rows() - self.from;
        if left == 0 {
            self.batch = None;
            return Ok(None);
        }
        let mut slice = batch.slice(self.from, self.rows.min(left));
        // Rows differ in size: an average says nothing of a single one.
        while slice.num_rows() > 1 && size(&slice) > 2 * MESSAGE {
            slice = slice.slice(0, slice.num_rows() / 2);
        }
        self.from += slice.num_rows();
        let bytes = size(&slice);
        if slice.num_rows() == 1 && bytes > ROW {
            let message = format!("a row has {bytes} bytes, more than the {ROW} that one message holds");
            return Err(
                QueryError::new(Failure::TooLarge, message).hinted("ask for fewer columns, or for parts of texts")
            );
        }
        Ok(Some(slice))
    }
}

/// Bytes of the rows of a batch, not of the buffers that they are a part of.
fn size(batch: &RecordBatch) -> usize {
    let of_column = |column: &arrow::array::ArrayRef| {
        column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_buffer_memory_size())
    };
    batch.columns().iter().map(of_column).sum()
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    fn batch(lengths: &[usize]) -> RecordBatch {
        let texts = StringArray::from_iter_values(lengths.iter().map(|length| "x".repeat(*length)));
        RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap()
    }

    fn cut(batch: RecordBatch) -> Vec<RecordBatch> {
        let mut slices = Slices::of(batch);
        std::iter::from_fn(|| slices.next().unwrap()).collect()
    }

    #[test]
    fn batches_are_cut_by_what_they_hold() {
        assert_eq!(cut(batch(&[10; 1_000])).len(), 1);
        let mut uneven = vec![10; 2_000];
        uneven[0] = 5 << 20;
        uneven[1_999] = 5 << 20;
        let slices = cut(batch(&uneven));
        assert_eq!(slices.iter().map(RecordBatch::num_rows).sum::<usize>(), 2_000);
        assert!(slices.iter().all(|slice| slice.num_rows() == 1 || size(slice) <= 2 * MESSAGE));
        assert!(slices.len() < 30, "{}", slices.len());
    }

    #[test]
    fn a_part_of_a_large_batch_counts_as_the_part() {
        let part = batch(&vec![1_000; 50_000]).slice(10, 500);
        assert_eq!(cut(part).len(), 1);
    }

    #[test]
    fn a_row_that_no_message_holds_is_an_error() {
        let mut slices = Slices::of(batch(&[10, 17 << 20]));
        assert_eq!(slices.next().unwrap().unwrap().num_rows(), 1);
        assert_eq!(slices.next().unwrap_err().failure, Failure::TooLarge);
    }
}
