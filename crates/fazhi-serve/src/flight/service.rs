//! The calls of Flight SQL that are about statements, each given to what answers it.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionBeginTransactionRequest, ActionBeginTransactionResult, ActionCancelQueryRequest, ActionCancelQueryResult,
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    ActionEndTransactionRequest, Any, Command, CommandPreparedStatementQuery, CommandPreparedStatementUpdate,
    CommandStatementIngest, CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult, SqlInfo,
    TicketStatementQuery,
};
use arrow_flight::{
    Action, CancelStatus, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest, IpcMessage, SchemaAsIpc,
    Ticket,
};
use bytes::Bytes;
use futures::stream;
use ring::rand::{SecureRandom as _, SystemRandom};
use tonic::{Request, Response, Status, Streaming};

use crate::access::Access;
use crate::engine::{Caller, Engine, Prepared};
use crate::error::{Failure, QueryError};
use crate::flight::plans::Plans;
use crate::flight::prepared::{Statement, Statements};
use crate::flight::results::{self, Messages, Results};
use crate::flight::running::Running;
use crate::flight::status::status;
use crate::flight::{login, parameters, protobuf};

/// The action that cancels a query by what described it.
pub const CANCEL_FLIGHT_INFO: &str = "CancelFlightInfo";
/// The one transaction there is. Nothing is ever written, so that there is nothing to keep or to undo.
const TRANSACTION: &[u8] = b"read-only";
/// Bytes before the statement in a ticket, which make it differ from every other.
const NONCE: usize = 16;

type Got<T> = Result<Response<T>, Status>;

/// Answers Flight SQL.
#[derive(Debug)]
pub struct Service {
    engine: Arc<Engine>,
    access: Arc<Access>,
    plans: Plans,
    statements: Statements,
    running: Arc<Running>,
}

impl Service {
    /// A service over an engine.
    pub fn new(engine: Arc<Engine>, access: Arc<Access>) -> Self {
        let statements = Statements::new(engine.limits().prepared_statements);
        Self { engine, access, plans: Plans::default(), statements, running: Arc::default() }
    }

    async fn plan(&self, caller: &Caller, sql: &str) -> Result<Prepared, Status> {
        self.plans.plan(&self.engine, caller, sql).await.map_err(|error| status(&error))
    }

    /// Plans a prepared statement anew; its columns have to be those that were described.
    async fn plan_prepared(&self, caller: &Caller, statement: &Statement) -> Result<Prepared, Status> {
        let plan = self.plan(caller, &statement.sql).await?;
        if plan.schema() == statement.schema {
            return Ok(plan);
        }
        let changed = QueryError::new(Failure::Unsupported, "cached plan must not change result type");
        Err(status(&changed.hinted("prepare the statement again: the tables have changed")))
    }

    async fn run(
        &self,
        caller: Caller,
        ticket: &[u8],
        plan: Prepared,
        bindings: Option<&parameters::Bindings>,
    ) -> Got<Messages> {
        let cancellable = self.running.start(&caller.user, ticket);
        let rows = bindings.map(|bindings| bindings.rows.clone());
        let results = Results::start(Arc::clone(&self.engine), caller, plan, rows, cancellable).await;
        Ok(Response::new(results.map_err(|error| status(&error))?.into_messages()))
    }

    /// Every statement that is an update is refused; the error tells whether it writes or should be asked as a query.
    async fn refuse_update(&self, caller: &Caller, sql: &str) -> Status {
        match self.plans.plan(&self.engine, caller, sql).await {
            Err(error) => status(&error),
            Ok(_) => status(&query_as_update()),
        }
    }

    fn cancel(&self, caller: &Caller, info: &[u8]) -> Result<usize, Status> {
        // FlightInfo.endpoint = 3, FlightEndpoint.ticket = 1, Ticket.ticket = 1.
        let endpoints = protobuf::values(info, 3);
        let tickets = endpoints.flat_map(|endpoint| protobuf::values(endpoint, 1)).flat_map(|t| protobuf::values(t, 1));
        match tickets.take(16).map(|ticket| self.running.cancel(&caller.user, ticket)).sum() {
            0 => Err(Status::not_found("no such query runs")),
            cancelled => Ok(cancelled),
        }
    }
}

#[tonic::async_trait]
impl FlightSqlService for Service {
    type FlightService = Self;

    async fn do_handshake(&self, request: Request<Streaming<HandshakeRequest>>) -> Got<login::Answers> {
        login::handshake(&self.access, self.engine.limits().login_time, request).await
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Got<FlightInfo> {
        let plan = self.plan(&caller(&request)?, &query.query).await?;
        let mut handle = random::<NONCE>()?.to_vec();
        handle.extend_from_slice(query.query.as_bytes());
        let ticket = protobuf::packed(&TicketStatementQuery { statement_handle: handle.into() });
        described(plan.schema(), ticket, request.into_inner())
    }

    async fn do_get_statement(&self, ticket: TicketStatementQuery, request: Request<Ticket>) -> Got<Messages> {
        let caller = caller(&request)?;
        let sql = ticket.statement_handle.get(NONCE..).and_then(|sql| std::str::from_utf8(sql).ok());
        let sql = sql.ok_or_else(|| Status::invalid_argument("the ticket is none of this server"))?;
        let plan = self.plan(&caller, sql).await?;
        self.run(caller, &request.get_ref().ticket, plan, None).await
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let caller = caller(&request)?;
        let plan = self.plan(&caller, &query.query).await?;
        let types = self.engine.parameter_types(&plan).await.map_err(|error| status(&error))?;
        let parameters = parameters::schema(&types).map_err(|error| status(&error))?;
        let handle = Bytes::from(random::<NONCE>()?.to_vec());
        let schema = plan.schema();
        let statement = Statement { sql: query.query.into(), schema: Arc::clone(&schema), bindings: None };
        self.statements.open(&caller.user, handle.clone(), statement).map_err(|error| status(&error))?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: handle,
            dataset_schema: ipc(&results::announced(schema))?,
            parameter_schema: ipc(&parameters)?,
        })
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        self.statements.close(&caller(&request)?.user, &query.prepared_statement_handle);
        Ok(())
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let caller = caller(&request)?;
        let handle = query.prepared_statement_handle;
        self.statements.get(&caller.user, &handle).map_err(|error| status(&error))?;
        let bindings = parameters::read(request.into_inner()).await?;
        self.statements.bind(&caller.user, &handle, bindings).map_err(|error| status(&error))?;
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(handle) })
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Got<FlightInfo> {
        let caller = caller(&request)?;
        let found = self.statements.get(&caller.user, &query.prepared_statement_handle);
        let statement = found.map_err(|error| status(&error))?;
        let plan = self.plan_prepared(&caller, &statement).await?;
        let schema = match statement.bindings.as_ref().and_then(|bindings| bindings.rows.first()) {
            Some(values) => {
                let bound = self.engine.bind(&caller, &plan, values.clone().into()).await;
                results::of_all_rows(&bound.map_err(|error| status(&error))?.schema())
            }
            None => plan.schema(),
        };
        let descriptor = request.into_inner();
        described(schema, descriptor.cmd.clone(), descriptor)
    }

    async fn do_get_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<Ticket>,
    ) -> Got<Messages> {
        let caller = caller(&request)?;
        let found = self.statements.get(&caller.user, &query.prepared_statement_handle);
        let statement = found.map_err(|error| status(&error))?;
        let plan = self.plan_prepared(&caller, &statement).await?;
        self.run(caller, &request.get_ref().ticket, plan, statement.bindings.as_deref()).await
    }

    async fn do_put_statement_update(
        &self,
        update: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        Err(self.refuse_update(&caller(&request)?, &update.query).await)
    }

    async fn do_put_prepared_statement_update(
        &self,
        update: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let found = self.statements.get(&caller(&request)?.user, &update.prepared_statement_handle);
        Err(status(&found.map_or_else(|error| error, |_| query_as_update())))
    }

    async fn do_put_statement_ingest(
        &self,
        _: CommandStatementIngest,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let refused = QueryError::new(Failure::ReadOnly, "cannot execute a bulk ingestion in a read-only transaction");
        Err(status(&refused.hinted("this server only reads; `fazhi load` is what writes to the warehouse")))
    }

    async fn do_action_begin_transaction(
        &self,
        _: ActionBeginTransactionRequest,
        _: Request<Action>,
    ) -> Result<ActionBeginTransactionResult, Status> {
        Ok(ActionBeginTransactionResult { transaction_id: Bytes::from_static(TRANSACTION) })
    }

    async fn do_action_end_transaction(
        &self,
        query: ActionEndTransactionRequest,
        _: Request<Action>,
    ) -> Result<(), Status> {
        if query.transaction_id != TRANSACTION {
            return Err(Status::invalid_argument("there is no such transaction"));
        }
        Ok(())
    }

    async fn do_action_cancel_query(
        &self,
        query: ActionCancelQueryRequest,
        request: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        self.cancel(&caller(&request)?, &query.info)?;
        // Both enumerations have the same numbers.
        Ok(ActionCancelQueryResult { result: CancelStatus::Cancelled as i32 })
    }

    async fn do_action_fallback(&self, request: Request<Action>) -> Got<<Self as FlightService>::DoActionStream> {
        if request.get_ref().r#type != CANCEL_FLIGHT_INFO {
            return Err(Status::unimplemented("there is no such action"));
        }
        // CancelFlightInfoRequest.info = 1.
        let info = protobuf::values(&request.get_ref().body, 1).last().unwrap_or_default();
        self.cancel(&caller(&request)?, info)?;
        // CancelFlightInfoResult.status = 1, a number.
        let body = Bytes::from_static(&[0x08, CancelStatus::Cancelled as u8]);
        Ok(Response::new(Box::pin(stream::iter([Ok(arrow_flight::Result { body })]))))
    }

    async fn get_flight_info_fallback(&self, _: Command, _: Request<FlightDescriptor>) -> Got<FlightInfo> {
        Err(Status::unimplemented("there is no such command"))
    }

    async fn do_get_fallback(&self, _: Request<Ticket>, _: Any) -> Got<Messages> {
        Err(Status::invalid_argument("the ticket is none of this server"))
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}

fn query_as_update() -> QueryError {
    QueryError::new(Failure::Invalid, "the statement returns rows and updates none")
        .hinted("run it as a query (in Python: `execute` and `fetch…`)")
}

/// The caller that the door let in.
fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    request.extensions().get::<Caller>().cloned().ok_or_else(|| Status::unauthenticated("log in first"))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Status> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Status::internal("the system has no random bytes"))?;
    Ok(bytes)
}

fn ipc(schema: &Schema) -> Result<Bytes, Status> {
    let message = IpcMessage::try_from(SchemaAsIpc::new(schema, &IpcWriteOptions::default()));
    message.map(|message| message.0).map_err(|error| Status::internal(error.to_string()))
}

/// What is to be had for a ticket.
pub fn described(schema: SchemaRef, ticket: Bytes, descriptor: FlightDescriptor) -> Got<FlightInfo> {
    let info = FlightInfo::new()
        .try_with_schema(&results::announced(schema))
        .map_err(|error| Status::internal(error.to_string()))?
        .with_endpoint(FlightEndpoint::new().with_ticket(Ticket { ticket }))
        .with_descriptor(descriptor);
    Ok(Response::new(info))
}
