//! Arrow Flight SQL: what ADBC and JDBC drivers of Arrow speak, over gRPC.
//!
//! Tickets of statements hold the statement itself, so that nothing is kept between the calls of a client; what a ticket says is
//! checked again. What is kept is bounded: prepared statements per user, plans by number, parameters by size.

mod login;
mod status;

mod endpoint;
mod service;

mod parameters;
mod plans;
mod prepared;
mod results;
mod running;
mod slices;

mod metadata;
mod protobuf;

use std::sync::Arc;

use arrow_flight::flight_service_server::FlightServiceServer;
use axum::middleware;
use tonic::service::Routes;

use crate::metrics::Protocol;
use crate::net::{Listener, serve_requests};
use crate::server::Shared;

use endpoint::Endpoint;
use service::Service;

/// Bytes of one message of a client.
const RECEIVED: usize = 4 << 20;
/// Bytes of one message to a client. ADBC's driver takes 16 MiB unless it is told otherwise.
const SENT: usize = 16 << 20;

/// Serves until the server stops.
pub async fn serve(listener: Listener, shared: Shared) {
    let service = Service::new(Arc::clone(&shared.engine), Arc::clone(&shared.access));
    let server = FlightServiceServer::new(Endpoint::new(service, Arc::clone(&shared.engine)))
        .max_decoding_message_size(RECEIVED)
        .max_encoding_message_size(SENT);
    let door = middleware::from_fn_with_state(Arc::clone(&shared.access), login::admit);
    let app = Routes::new(server).into_axum_router().layer(door);
    serve_requests(listener, shared, Protocol::Flight, app, &[b"h2"]).await;
}
