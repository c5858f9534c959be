//! One engine under all front ends: it plans statements that read, runs them within limits, and shows each query one snapshot.
//!
//! Front ends know nothing of tables or limits; the engine knows nothing of protocols. Plans are made and run on threads of
//! their own, with deep stacks, so that neither a nested statement nor a busy query holds up the network.

mod admission;
mod batch;
mod decimal;
mod functions;
mod grouping;
mod introspection;
mod policy;
mod rows;
mod snapshot;
mod templates;
mod text;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ParamValues;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::Statement;
use fazhi_warehouse::DataFolder;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::error::{Failure, QueryError, ServeError};
use crate::limits::{Limits, cores};
use crate::metrics::{Counted, Metrics, Protocol};

pub use admission::Admission;
pub use decimal::{exact, exact_or_scientific};
pub use policy::stacked;
pub use rows::{Rows, timed_out};
pub use snapshot::{DATABASE, SCHEMA, Snapshot, Snapshots};
pub use text::Text;

/// Stack of a thread that plans: parsers, optimisers and destructors recurse as deep as a statement is nested.
pub const STACK: usize = 128 << 20;

/// Who asks, and how.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user; all share one name while no user is configured.
    pub user: Arc<str>,
    /// The protocol.
    pub protocol: Protocol,
}

/// Plans and runs queries.
#[derive(Debug)]
pub struct Engine {
    snapshots: Snapshots,
    running: Admission,
    planning: Admission,
    limits: Limits,
    workers: Handle,
    text: Text,
    metrics: Arc<Metrics>,
}

/// A statement planned over a snapshot, to be run any number of times. Its schema stays as it was described to the client.
#[derive(Debug, Clone)]
pub struct Prepared {
    sql: Arc<str>,
    statement: Arc<Statement>,
    snapshot: Arc<Snapshot>,
    plan: Arc<LogicalPlan>,
    /// Values that are in the plan already; they go into the next plan too, when a newer snapshot asks for one.
    parameters: Option<ParamValues>,
    window: Option<Window>,
}

/// Types of the parameters of a statement by name (`$1`), where the engine can tell.
pub type ParameterTypes = HashMap<String, Option<DataType>>;

/// The turn of a query, and that it is counted as running.
#[derive(Debug)]
struct Turn {
    _permit: admission::Permit,
    _running: Counted,
}

/// A part of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Rows passed over.
    pub offset: usize,
    /// Rows at most.
    pub rows: usize,
}

impl Prepared {
    /// The text it was planned from.
    pub fn sql(&self) -> &Arc<str> {
        &self.sql
    }

    /// Whether this is the snapshot that it was planned over.
    pub fn is_over(&self, snapshot: &Arc<Snapshot>) -> bool {
        Arc::ptr_eq(&self.snapshot, snapshot)
    }

    /// Columns of the result.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(self.plan.schema().as_arrow().clone())
    }

    /// The plan, for what a front end has to know of parameters.
    pub fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// Whether it reads nothing but catalogues (`pg_catalog`, `information_schema`), as tools do when they connect.
    pub fn reads_catalogues_alone(&self) -> bool {
        policy::reads_catalogues_alone(&self.plan)
    }

    /// The same statement, to give a part of its result.
    ///
    /// # Errors
    /// Fails when its result has no parts: of EXPLAIN and its like.
    pub fn within(self, window: Window) -> Result<Self, QueryError> {
        match self.plan.as_ref() {
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_) => {
                Err(QueryError::new(Failure::Unsupported, "a description of a plan or table has no pages")
                    .hinted("ask without `limit` and `offset`"))
            }
            _ => Ok(Self { window: Some(window), ..self }),
        }
    }
}

impl Engine {
    /// An engine over the warehouse in a folder; `workers` is the runtime that plans and runs.
    ///
    /// # Errors
    /// Fails when there is no warehouse, or a table cannot be read.
    pub async fn open(
        folder: DataFolder,
        limits: Limits,
        workers: Handle,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, ServeError> {
        let snapshots = Snapshots::open(folder, Arc::clone(&metrics)).await?;
        let (running, planning) = (Admission::to_run(&limits), Admission::to_plan(&limits, cores()));
        Ok(Arc::new(Self { snapshots, running, planning, limits, workers, text: Text::new(), metrics }))
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What is counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The warehouse as it is now.
    ///
    /// # Errors
    /// Fails when the tables cannot be read.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, QueryError> {
        self.snapshots.current().await
    }

    /// The statements of a text, at most as long as is allowed, with what PostgreSQL's dialect means to this engine.
    ///
    /// # Errors
    /// Fails when it is too long or cannot be parsed.
    pub async fn parse(self: &Arc<Self>, sql: &str) -> Result<Vec<Statement>, QueryError> {
        let (engine, sql) = (Arc::clone(self), sql.to_owned());
        self.on_worker(async move { engine.text.parse(&sql, &engine.limits) }).await
    }

    /// Plans the only statement of a text.
    ///
    /// # Errors
    /// Fails when there is none, or more than one, and as [`Engine::prepare`] does.
    pub async fn prepare_text(self: &Arc<Self>, caller: &Caller, sql: &str) -> Result<Prepared, QueryError> {
        let mut statements = self.parse(sql).await?;
        match (statements.pop(), statements.is_empty()) {
            (Some(statement), true) => self.prepare(caller, sql, statement).await,
            (None, _) => Err(QueryError::new(Failure::Syntax, "there is no statement in the text")),
            (Some(_), false) => Err(policy::stacked()),
        }
    }

    /// Plans a statement over the warehouse as it is now. `sql` is its text, for positions in errors.
    ///
    /// # Errors
    /// Fails when it does anything but read, or when it cannot be planned.
    pub async fn prepare(
        self: &Arc<Self>,
        caller: &Caller,
        sql: &str,
        statement: Statement,
    ) -> Result<Prepared, QueryError> {
        let snapshot = self.snapshots.current().await?;
        let sql: Arc<str> = sql.into();
        self.in_turn(caller, Box::pin(plan(snapshot, sql, Arc::new(statement)))).await
    }

    /// The same statement with values for its parameters, and with the columns that it has then: those of `SELECT $1` are of
    /// the type of what is given.
    ///
    /// # Errors
    /// Fails when a parameter gets no value, or one that does not fit.
    pub async fn bind(
        &self,
        caller: &Caller,
        prepared: &Prepared,
        parameters: ParamValues,
    ) -> Result<Prepared, QueryError> {
        let prepared = prepared.clone();
        self.in_turn(caller, async move { bound(prepared, parameters) }).await
    }

    /// Types of the parameters of a statement by name (`$1`), where the engine can tell.
    ///
    /// # Errors
    /// Fails when a parameter is used as two types.
    pub async fn parameter_types(&self, prepared: &Prepared) -> Result<ParameterTypes, QueryError> {
        let (plan, sql) = (Arc::clone(&prepared.plan), Arc::clone(&prepared.sql));
        let types = async move { plan.get_parameter_types().map_err(|error| QueryError::from_engine(&error, &sql)) };
        self.on_worker(types).await
    }

    /// Runs a planned statement whose parameters have values, over the warehouse as it is now. `timeout` is the client's own limit;
    /// the server's holds too.
    ///
    /// # Errors
    /// Fails when the queue is full, the wait too long, or the physical plan cannot be made.
    pub async fn run(
        self: &Arc<Self>,
        caller: &Caller,
        prepared: &Prepared,
        timeout: Option<Duration>,
    ) -> Result<Rows, QueryError> {
        let observed = self.metrics.query_begins(caller.protocol);
        let limit = timeout.map_or(self.limits.time, |own| own.min(self.limits.time));
        let deadline = Instant::now() + limit;
        let started = self.start(caller, prepared, limit, deadline).await;
        match started {
            Ok((stream, turn)) => {
                let task = rows::Task {
                    stream,
                    turn,
                    deadline,
                    limit,
                    row_limit: self.limits.rows,
                    sql: Arc::clone(&prepared.sql),
                };
                Ok(Rows::spawn(&self.workers, prepared.schema(), task, observed))
            }
            Err(error) => {
                observed.failed(error.failure);
                Err(error)
            }
        }
    }

    async fn start(
        self: &Arc<Self>,
        caller: &Caller,
        prepared: &Prepared,
        limit: Duration,
        deadline: Instant,
    ) -> Result<(datafusion::execution::SendableRecordBatchStream, Turn), QueryError> {
        let work = async {
            let turn = self.turn(caller).await?;
            let snapshot = self.snapshots.current().await?;
            let (prepared, limits) = (prepared.clone(), self.limits.clone());
            // The turn goes along: a plan that takes long to make is given up by who asked, but not yet by the thread.
            self.on_worker(async move {
                // A statement that was planned before a load is planned again: the next query sees what was loaded.
                let prepared = if Arc::ptr_eq(&prepared.snapshot, &snapshot) {
                    prepared
                } else {
                    replanned(prepared, snapshot).await?
                };
                let stream = execute(&prepared, &limits).await;
                Ok((stream.map_err(|error| QueryError::from_engine(&error, &prepared.sql))?, turn))
            })
            .await
        };
        tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| Err(rows::timed_out(limit)))
    }

    async fn turn(&self, caller: &Caller) -> Result<Turn, QueryError> {
        let _waiting = self.metrics.query_waits();
        let permit = self.running.admit(&caller.user).await?;
        Ok(Turn { _permit: permit, _running: self.metrics.query_runs() })
    }

    /// Plans in turn: the work of planning one statement cannot be stopped, and there are many who ask. The turn goes along with it.
    async fn in_turn<T: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl Future<Output = Result<T, QueryError>> + Send + 'static,
    ) -> Result<T, QueryError> {
        let permit = self.planning.admit(&caller.user).await?;
        self.on_worker(async move {
            let _permit = permit;
            work.await
        })
        .await
    }

    /// Does work on the threads that plan, for as long as a query may take; dropping the future stops it at its next await.
    async fn on_worker<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, QueryError>> + Send + 'static,
    ) -> Result<T, QueryError> {
        let task = rows::AbortOnDrop(self.workers.spawn(work));
        match tokio::time::timeout(self.limits.time, task).await {
            Ok(done) => done.unwrap_or_else(|error| Err(rows::stopped(&error))),
            Err(_) => Err(rows::timed_out(self.limits.time)),
        }
    }
}

async fn plan(snapshot: Arc<Snapshot>, sql: Arc<str>, statement: Arc<Statement>) -> Result<Prepared, QueryError> {
    policy::check_statement(&statement, &sql)?;
    let state = snapshot.context().state();
    let parsed = EngineStatement::Statement(Box::new(statement.as_ref().clone()));
    let plan = state.statement_to_plan(parsed).await.map_err(|error| QueryError::from_engine(&error, &sql))?;
    policy::check_plan(&plan, &snapshot)?;
    Ok(Prepared { sql, statement, snapshot, plan: Arc::new(plan), parameters: None, window: None })
}

fn bound(prepared: Prepared, parameters: ParamValues) -> Result<Prepared, QueryError> {
    let plan = prepared.plan.as_ref().clone().replace_params_with_values(&parameters);
    let plan = plan.map_err(|error| QueryError::from_engine(&error, &prepared.sql))?;
    Ok(Prepared { plan: Arc::new(plan), parameters: Some(parameters), ..prepared })
}

async fn replanned(prepared: Prepared, snapshot: Arc<Snapshot>) -> Result<Prepared, QueryError> {
    let again = plan(snapshot, prepared.sql, prepared.statement).await?;
    let again = match prepared.parameters {
        Some(parameters) => bound(again, parameters)?,
        None => again,
    };
    let again = Prepared { window: prepared.window, ..again };
    if again.plan.schema().as_arrow() == prepared.plan.schema().as_arrow() {
        return Ok(again);
    }
    // What PostgreSQL says in this case, so that drivers prepare the statement anew.
    Err(QueryError::new(Failure::Unsupported, "cached plan must not change result type"))
}

async fn execute(
    prepared: &Prepared,
    limits: &Limits,
) -> EngineResult<datafusion::execution::SendableRecordBatchStream> {
    let plan = prepared.plan.as_ref().clone();
    let plan = match prepared.window {
        Some(Window { offset, rows }) => LogicalPlanBuilder::from(plan).limit(offset, Some(rows))?.build()?,
        None => plan,
    };
    let state = prepared.snapshot.for_one_query(limits)?;
    let plan = state.optimize(&plan)?;
    let state = batch::fitted(state, &plan);
    let plan = state.query_planner().create_physical_plan(&plan, &state).await?;
    execute_stream(plan, state.task_ctx())
}
