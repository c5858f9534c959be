//! The calls of Flight itself: those about statements are for Flight SQL, whose dispatch is `arrow-flight`'s; those about metadata
//! are answered here, and so are some that it leaves out and clients use.

use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, PollInfo,
    SchemaResult, Ticket,
};
use futures::{StreamExt as _, stream};
use tokio::time::timeout;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::engine::Engine;
use crate::flight::metadata::calls;
use crate::flight::results;
use crate::flight::service::{CANCEL_FLIGHT_INFO, Service, described};

/// What there is to do, with the words that clients show.
const ACTIONS: [(&str, &str); 6] = [
    ("CreatePreparedStatement", "prepares a statement that reads"),
    ("ClosePreparedStatement", "closes a prepared statement"),
    ("BeginTransaction", "begins a transaction that reads what is committed"),
    ("EndTransaction", "ends a transaction, in which nothing was written"),
    (CANCEL_FLIGHT_INFO, "cancels a query by its FlightInfo"),
    ("CancelQuery", "cancels a query, as older clients do"),
];

/// Flight over a service of Flight SQL.
#[derive(Debug)]
pub struct Endpoint {
    service: Service,
    engine: Arc<Engine>,
    /// How long a client may take to send parameters.
    patience: Duration,
}

impl Endpoint {
    /// Flight over a service.
    pub fn new(service: Service, engine: Arc<Engine>) -> Self {
        let patience = engine.limits().time;
        Self { service, engine, patience }
    }
}

/// `arrow-flight` takes a command that cannot be read for a failure of the server.
fn blamed(status: Status) -> Status {
    if status.code() == Code::Internal && status.message().starts_with("ParseError(") {
        return Status::invalid_argument("the command cannot be read");
    }
    status
}

#[tonic::async_trait]
impl FlightService for Endpoint {
    type HandshakeStream = <Service as FlightService>::HandshakeStream;
    type ListFlightsStream = <Service as FlightService>::ListFlightsStream;
    type DoGetStream = <Service as FlightService>::DoGetStream;
    type DoPutStream = <Service as FlightService>::DoPutStream;
    type DoActionStream = <Service as FlightService>::DoActionStream;
    type ListActionsStream = <Service as FlightService>::ListActionsStream;
    type DoExchangeStream = <Service as FlightService>::DoExchangeStream;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        self.service.handshake(request).await
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        // Results are there for those who ask a query; none lie ready.
        Ok(Response::new(stream::empty().boxed()))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        if let Some(command) = calls::command(&request.get_ref().cmd)
            && let Some(schema) = calls::schema(command, self.engine.limits()).map_err(Status::from)?
        {
            let descriptor = request.into_inner();
            return described(schema, descriptor.cmd.clone(), descriptor);
        }
        self.service.get_flight_info(request).await.map_err(blamed)
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        // Rows are computed while they are read, so that the first answer is the last.
        let info = self.get_flight_info(request).await?.into_inner();
        Ok(Response::new(PollInfo::new().with_info(info)))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        let info = self.get_flight_info(request).await?.into_inner();
        Ok(Response::new(SchemaResult { schema: info.schema }))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        if let Some(command) = calls::command(&request.get_ref().ticket)
            && let Some(batch) = calls::answer(command, &self.engine).await?
        {
            return Ok(Response::new(results::messages(batch.schema(), stream::iter([Ok(batch)]))));
        }
        self.service.do_get(request).await.map_err(blamed)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        let done = timeout(self.patience, self.service.do_put(request)).await;
        done.map_err(|_| Status::deadline_exceeded("the parameters took too long"))?.map_err(blamed)
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(Status::unimplemented("there is nothing to exchange"))
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        self.service.do_action(request).await.map_err(blamed)
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        let actions = ACTIONS
            .map(|(name, description)| Ok(ActionType { r#type: name.to_owned(), description: description.to_owned() }));
        Ok(Response::new(stream::iter(actions).boxed()))
    }
}
