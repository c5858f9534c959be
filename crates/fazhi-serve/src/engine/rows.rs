//! The rows of a running query: a stream that holds its turn, keeps its limits, and stops its query when it is dropped.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::engine::Turn;
use crate::error::{Failure, QueryError};
use crate::metrics::QueryObserved;

/// The batches of a result, each at most as large as the engine's batch size.
#[derive(Debug)]
pub struct Rows {
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch, QueryError>>,
    /// None once its end was seen.
    task: Option<AbortOnDrop<()>>,
    /// When the query has to be at its end even if its thread does not see to that, and its limit.
    overdue: (Pin<Box<Sleep>>, Duration),
}

/// How long after its limit a query may take to notice it. Some operators of the engine (joins without an equation) come to no
/// pause for minutes: then the client is told, and the turn is given back when they do.
const NOTICE: Duration = Duration::from_secs(1);

impl Rows {
    pub(super) fn spawn(workers: &Handle, schema: SchemaRef, task: Task, observed: QueryObserved) -> Self {
        // One batch is read by the client while the next is computed.
        let (sender, batches) = mpsc::channel(1);
        let overdue = (Box::pin(sleep_until(task.deadline + NOTICE)), task.limit);
        let task = workers.spawn(task.run(sender, observed));
        Self { schema, batches, task: Some(AbortOnDrop(task)), overdue }
    }

    /// Columns of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next batch; none at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, QueryError>> {
        std::future::poll_fn(|context| self.poll_batch(context)).await
    }

    fn poll_batch(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<RecordBatch, QueryError>>> {
        match self.batches.poll_recv(context) {
            Poll::Ready(Some(batch)) => return Poll::Ready(Some(batch)),
            Poll::Ready(None) => {}
            Poll::Pending => {
                let (overdue, limit) = &mut self.overdue;
                ready!(overdue.as_mut().poll(context));
                let error = timed_out(*limit);
                self.task = None;
                self.batches.close();
                return Poll::Ready(Some(Err(error)));
            }
        }
        // A task that was stopped or panicked closes the channel too; rows that are missing must not look like the last.
        let Some(task) = &mut self.task else { return Poll::Ready(None) };
        let ended = ready!(Pin::new(task).poll(context));
        self.task = None;
        Poll::Ready(ended.err().map(|error| Err(stopped(&error))))
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_batch(context)
    }
}

/// The error of work on the engine's threads that did not come to its end.
pub(super) fn stopped(error: &JoinError) -> QueryError {
    if error.is_panic() {
        tracing::error!(%error, "a query panicked");
        return QueryError::new(Failure::Internal, "the engine failed on this statement; the server's log has more");
    }
    QueryError::new(Failure::Shutdown, "the server is being shut down")
}

/// What runs a query.
pub(super) struct Task {
    pub(super) stream: SendableRecordBatchStream,
    pub(super) turn: Turn,
    pub(super) deadline: Instant,
    pub(super) limit: Duration,
    pub(super) row_limit: u64,
    pub(super) sql: Arc<str>,
}

impl Task {
    async fn run(self, sender: mpsc::Sender<Result<RecordBatch, QueryError>>, observed: QueryObserved) {
        let Self { stream, turn, deadline, limit, row_limit, sql } = self;
        // Last, so that what is stopped is counted before its turn is another's.
        let mut observed = observed;
        let ended = tokio::time::timeout_at(deadline, send(stream, row_limit, &sql, &sender, &mut observed)).await;
        let error = match ended.unwrap_or_else(|_| Err(timed_out(limit))) {
            Ok(End::Complete) => return observed.succeeded(),
            Ok(End::ClientGone) => return,
            Err(error) => error,
        };
        observed.failed(error.failure);
        // The turn is another's from here on, also when the client does not come for the error; it may have gone.
        drop(turn);
        let _ = sender.send(Err(error)).await;
    }
}

enum End {
    Complete,
    ClientGone,
}

async fn send(
    mut stream: SendableRecordBatchStream,
    row_limit: u64,
    sql: &str,
    sender: &mpsc::Sender<Result<RecordBatch, QueryError>>,
    observed: &mut QueryObserved,
) -> Result<End, QueryError> {
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| QueryError::from_engine(&error, sql))?;
        rows += batch.num_rows() as u64;
        if rows > row_limit {
            let message =
                format!("the result has more than {row_limit} rows, which is as many as one query may return");
            let hint = "ask for less with a filter or LIMIT, or raise `rows` in `[serve.limits]`";
            return Err(QueryError::new(Failure::TooLarge, message).hinted(hint));
        }
        observed.rows(batch.num_rows());
        if sender.send(Ok(batch)).await.is_err() {
            return Ok(End::ClientGone);
        }
    }
    Ok(End::Complete)
}

/// The error of a query that took longer than `limit`.
pub fn timed_out(limit: Duration) -> QueryError {
    let message =
        format!("canceling statement due to statement timeout: it took longer than {} s", limit.as_secs_f64());
    QueryError::new(Failure::Timeout, message)
        .hinted("raise `time-seconds` in `[serve.limits]`, or `statement_timeout` where the session set a shorter one")
}

/// A task that ends when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct AbortOnDrop<T>(pub(super) JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll(context)))
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
