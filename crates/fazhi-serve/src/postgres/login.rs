//! From the first byte to the first query: encryption, who it is, and what a session starts with.

use std::net::SocketAddr;
use std::sync::Arc;

use datafusion_postgres::pgwire::messages::response::{GssEncResponse, ReadyForQuery, SslResponse, TransactionStatus};
use datafusion_postgres::pgwire::messages::startup::{
    Authentication, BackendKeyData, NegotiateProtocolVersion, ParameterStatus, PasswordMessageFamily, Startup,
};
use datafusion_postgres::pgwire::messages::{
    PgWireBackendMessage as Answer, PgWireFrontendMessage as Message, ProtocolVersion, SslNegotiationMetaMessage,
};
use futures::{SinkExt as _, StreamExt as _};
use ring::rand::SystemRandom;
use tokio_rustls::TlsAcceptor;

use crate::access::{ANYBODY, ClientFinal, Denied, Exchange, MECHANISM, ScramError};
use crate::engine::DATABASE;
use crate::metrics::Protocol;
use crate::net::{Connection, Socket};
use crate::postgres::answer::Stop;
use crate::postgres::cancel::{Cancellable, Cancels};
use crate::postgres::command::Lasts;
use crate::postgres::settings::{Refused, Settings};
use crate::postgres::wire::{Phase, Stream, Wire, wire};
use crate::server::Shared;

/// ALPN name of the protocol, for clients that start with TLS at once.
pub const ALPN: &[u8] = b"postgresql";
/// First byte of a TLS record that begins a handshake (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// Requests for encryption that a client may make before it goes on without.
const NEGOTIATIONS: usize = 4;

/// What begins on a connection.
pub enum Begins {
    /// A session.
    Session(Box<(Wire, Startup)>),
    /// Nothing: the connection was for cancelling another one's query.
    Cancelled,
}

/// A session whose user is known.
pub struct LoggedIn {
    /// The user.
    pub user: Arc<str>,
    /// Parameters as the client set them at the start.
    pub settings: Settings,
    /// Hears requests to cancel.
    pub cancellable: Cancellable,
}

/// Agrees on encryption and reads the first message.
pub async fn open(
    socket: Socket,
    first: u8,
    acceptor: Option<&TlsAcceptor>,
    shared: &Shared,
    cancels: &Cancels,
) -> Result<Begins, Stop> {
    let statement_bytes = shared.engine.limits().statement_bytes;
    if first == TLS_HANDSHAKE {
        let Some(acceptor) = acceptor else { return Err(Stop::Gone) };
        let encrypted = acceptor.accept(socket).await?;
        if encrypted.get_ref().1.alpn_protocol() != Some(ALPN) {
            return Err(Stop::Gone);
        }
        let wire = wire(Stream::Encrypted(Box::new(encrypted)), Phase::Startup, statement_bytes);
        return start(wire, cancels).await;
    }
    let mut plain = wire(Stream::Plain(socket), Phase::Opening, statement_bytes);
    for _ in 0..NEGOTIATIONS {
        match next(&mut plain).await? {
            Message::SslNegotiation(SslNegotiationMetaMessage::PostgresGss(_)) => {
                plain.send(Answer::GssEncResponse(GssEncResponse::Refuse)).await?;
            }
            Message::SslNegotiation(_) => match acceptor {
                None => plain.send(Answer::SslResponse(SslResponse::Refuse)).await?,
                Some(acceptor) => {
                    let encrypted = encrypted(plain, acceptor).await?;
                    return start(wire(encrypted, Phase::Startup, statement_bytes), cancels).await;
                }
            },
            message => return begins(plain, message, cancels),
        }
    }
    Err(Stop::Gone)
}

/// The stream that goes on encrypted, as the client asked.
async fn encrypted(mut plain: Wire, acceptor: &TlsAcceptor) -> Result<Stream, Stop> {
    plain.send(Answer::SslResponse(SslResponse::Accept)).await?;
    let parts = plain.into_parts();
    // What was sent in the clear after the request is none of the session's (CVE-2021-23214).
    let (Stream::Plain(socket), true) = (parts.io, parts.read_buf.is_empty()) else {
        return Err(Stop::Gone);
    };
    Ok(Stream::Encrypted(Box::new(acceptor.accept(socket).await?)))
}

async fn start(mut wire: Wire, cancels: &Cancels) -> Result<Begins, Stop> {
    let message = next(&mut wire).await?;
    begins(wire, message, cancels)
}

fn begins(wire: Wire, message: Message, cancels: &Cancels) -> Result<Begins, Stop> {
    match message {
        Message::Startup(startup) => Ok(Begins::Session(Box::new((wire, startup)))),
        Message::CancelRequest(request) => {
            cancels.cancel(request.pid, &request.secret_key);
            Ok(Begins::Cancelled)
        }
        _ => Err(Stop::Gone),
    }
}

async fn next(wire: &mut Wire) -> Result<Message, Stop> {
    match wire.next().await {
        Some(message) => Ok(message?),
        None => Err(Stop::Gone),
    }
}

/// Finds out who it is, and tells the client what a session starts with.
pub async fn login(
    wire: &mut Wire,
    startup: &Startup,
    peer: SocketAddr,
    connection: &Connection,
    shared: &Shared,
    cancels: &Arc<Cancels>,
) -> Result<LoggedIn, Stop> {
    let version = version(wire, startup).await?;
    wire.codec_mut().expect(Phase::Login, version);
    if shared.tls.is_some() && !peer.ip().is_loopback() && matches!(wire.get_ref(), Stream::Plain(_)) {
        return Err(
            Stop::fatal("28000", "this server takes encrypted connections only").hinted("connect with sslmode=require")
        );
    }
    let named = startup.parameters.get("user").map(String::as_str).unwrap_or_default();
    if named.is_empty() {
        return Err(Stop::fatal("28000", "no PostgreSQL user name specified in startup packet"));
    }
    let user = if shared.access.is_open() { ANYBODY.into() } else { scram(wire, named, peer, shared).await? };
    // Only now, so that nobody learns of databases or limits without a password.
    let database = startup.parameters.get("database").map_or(named, String::as_str);
    if database != DATABASE {
        let message = format!("database \"{database}\" does not exist");
        return Err(Stop::fatal("3D000", message).hinted("the only database is `fazhi`: connect with dbname=fazhi"));
    }
    connection.belongs_to(&user).map_err(|error| fatal(&error))?;
    let settings = settings(startup)?;
    let (key, cancellable) =
        cancels.register(version).ok_or_else(|| Stop::fatal("58000", "the system has no random bytes"))?;
    wire.codec_mut().expect(Phase::Session, version);
    let logged_in = LoggedIn { user, settings, cancellable };
    greet(wire, &logged_in, key).await?;
    Ok(logged_in)
}

/// Tells the client what a session starts with.
async fn greet(wire: &mut Wire, LoggedIn { user, settings, .. }: &LoggedIn, key: BackendKeyData) -> Result<(), Stop> {
    wire.feed(Answer::Authentication(Authentication::Ok)).await?;
    for (name, value) in settings.reported() {
        wire.feed(Answer::ParameterStatus(ParameterStatus::new(name.to_owned(), value.to_owned()))).await?;
    }
    let authorization = ParameterStatus::new("session_authorization".to_owned(), user.as_ref().to_owned());
    wire.feed(Answer::ParameterStatus(authorization)).await?;
    wire.feed(Answer::BackendKeyData(key)).await?;
    Ok(wire.send(Answer::ReadyForQuery(ReadyForQuery::new(TransactionStatus::Idle))).await?)
}

fn fatal(error: &crate::error::QueryError) -> Stop {
    let stop = Stop::fatal(error.failure.sqlstate(), error.message.clone());
    match &error.hint {
        Some(hint) => stop.hinted(hint),
        None => stop,
    }
}

async fn version(wire: &mut Wire, startup: &Startup) -> Result<ProtocolVersion, Stop> {
    let (major, minor) = (startup.protocol_number_major, startup.protocol_number_minor);
    let known = ProtocolVersion::from_version_number(major, minor);
    let options = startup.parameters.keys().filter(|name| name.starts_with("_pq_.")).cloned().collect::<Vec<_>>();
    if let Some(version) = known.filter(|_| options.is_empty()) {
        return Ok(version);
    }
    if major != 3 {
        let message = format!("unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.2");
        return Err(Stop::fatal("0A000", message));
    }
    let spoken = known.unwrap_or_default();
    let answer = NegotiateProtocolVersion::new(spoken.into(), options);
    wire.send(Answer::NegotiateProtocolVersion(answer)).await?;
    Ok(spoken)
}

/// SASL with SCRAM-SHA-256; every failure is answered late.
async fn scram(wire: &mut Wire, named: &str, peer: SocketAddr, shared: &Shared) -> Result<Arc<str>, Stop> {
    wire.send(Answer::Authentication(Authentication::SASL(vec![MECHANISM.to_owned()]))).await?;
    let first = password(wire).await?.into_sasl_initial_response()?;
    let malformed = |error: ScramError| Stop::fatal("08P01", error.to_string());
    if first.auth_method != MECHANISM {
        return Err(Stop::fatal("08P01", "client selected an invalid SASL authentication mechanism"));
    }
    let verifier = shared.access.verifier(named);
    let exchange =
        Exchange::begin(&first.data.unwrap_or_default(), verifier, &SystemRandom::new()).map_err(malformed)?;
    let challenge = exchange.server_first().to_owned().into_bytes();
    wire.send(Answer::Authentication(Authentication::SASLContinue(challenge.into()))).await?;
    let last = password(wire).await?.into_sasl_response()?;
    // Only now, so that a client that leaves the challenge unanswered holds up nobody of the same address.
    let attempt = shared.access.attempt(Protocol::Postgres, peer.ip(), named).await;
    let mut attempt = attempt.map_err(|denied| match denied {
        Denied::Busy(error) => fatal(&error),
        Denied::Wrong => wrong(named),
    })?;
    let user = shared.access.names().into_iter().find(|name| name.as_ref() == named);
    if let (ClientFinal::Proven(signature), Some(user)) = (exchange.finish(&last.data).map_err(malformed)?, user) {
        attempt.succeeded();
        wire.feed(Answer::Authentication(Authentication::SASLFinal(signature.into_bytes().into()))).await?;
        return Ok(user);
    }
    attempt.failed();
    attempt.answered_late().await;
    Err(wrong(named))
}

fn wrong(named: &str) -> Stop {
    Stop::fatal("28P01", format!("password authentication failed for user \"{named}\""))
}

async fn password(wire: &mut Wire) -> Result<PasswordMessageFamily, Stop> {
    match next(wire).await? {
        Message::PasswordMessageFamily(message) => Ok(message),
        _ => Err(Stop::fatal("08P01", "expected a password message")),
    }
}

/// Parameters of the startup message, and of its `options` (`-c name=value`).
fn settings(startup: &Startup) -> Result<Settings, Stop> {
    let mut settings = Settings::default();
    let options = startup.parameters.get("options").map(String::as_str).unwrap_or_default();
    let given = options
        .split_whitespace()
        .filter_map(|word| word.trim_start_matches("-c").trim_start_matches("--").split_once('='));
    let named = startup.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let not_settings = ["user", "database", "options", "replication"];
    for (name, value) in
        named.filter(|(name, _)| !not_settings.contains(name) && !name.starts_with("_pq_.")).chain(given)
    {
        match settings.set(name, value, Lasts::Session) {
            Ok(_) => {}
            Err(refused @ Refused::Invalid) => {
                let error = Stop::fatal("22023", format!("invalid value for parameter \"{name}\": \"{value}\""));
                return Err(match refused.hint(name) {
                    Some(hint) => error.hinted(hint),
                    None => error,
                });
            }
            Err(Refused::Fixed | Refused::Unknown) => {
                return Err(Stop::fatal("42704", format!("parameter \"{name}\" cannot be set here")));
            }
        }
    }
    Ok(settings)
}
