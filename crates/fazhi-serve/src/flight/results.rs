//! Rows on their way to a client: one execution after the other, cut into messages of a size that clients take.

use std::collections::VecDeque;
use std::sync::Arc;

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

use crate::engine::{Caller, Engine, Prepared, Rows, timed_out};
use crate::error::{Failure, QueryError};
use crate::flight::running::Cancellable;
use crate::flight::slices::Slices;
use crate::flight::status::status;
use crate::limits::Limits;

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
        let first = if is_bound { results.execute_next().await } else { results.execute(None).await.map(Some) };
        results.rows = first.map_err(|error| in_all(error, results.engine.limits()))?;
        if let (true, Some(rows)) = (is_bound, &results.rows) {
            results.schema = of_all_rows(rows.schema());
        }
        Ok(results)
    }

    /// As messages. Dropping them stops what runs.
    pub fn into_messages(self) -> Messages {
        let schema = Arc::clone(&self.schema);
        let batches = stream::try_unfold(self, |mut results| async move {
            let next = results.next().await;
            let slice = next.map_err(|error| status(&in_all(error, results.engine.limits())))?;
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

/// The limit is of all executions together; the last had only what the others left of it, which is no limit to be told of.
fn in_all(error: QueryError, limits: &Limits) -> QueryError {
    if error.failure == Failure::Timeout { timed_out(limits.time) } else { error }
}

fn cancelled() -> QueryError {
    QueryError::new(Failure::Cancelled, "canceling statement due to user request")
}
