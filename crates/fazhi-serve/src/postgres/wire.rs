//! Messages over a socket: their lengths are judged before they are waited for, so that nobody makes the server hold more.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, BytesMut};
use datafusion_postgres::pgwire::error::PgWireError;
use datafusion_postgres::pgwire::messages::{
    DecodeContext, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;
use tokio_util::codec::{Decoder, Encoder, Framed};

use crate::net::Socket;

/// A connection, encrypted or not.
#[derive(Debug)]
pub enum Stream {
    /// As it came.
    Plain(Socket),
    /// Under TLS.
    Encrypted(Box<TlsStream<Socket>>),
}

/// Messages of the protocol over a connection.
pub type Wire = Framed<Stream, Codec>;

/// Bytes of answers that are gathered before they are sent.
const GATHERED: usize = 64 << 10;

/// A connection as messages.
pub fn wire(stream: Stream, phase: Phase, statement_bytes: usize) -> Wire {
    let context = DecodeContext::new(ProtocolVersion::default());
    let mut wire = Framed::new(stream, Codec { phase, context, statement_bytes });
    wire.set_backpressure_boundary(GATHERED);
    wire
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A request for encryption, or what starts a session.
    Opening,
    /// What starts a session or cancels a query.
    Startup,
    /// Passwords.
    Login,
    /// Queries.
    Session,
}

/// Reads and writes messages.
#[derive(Debug)]
pub struct Codec {
    phase: Phase,
    context: DecodeContext,
    statement_bytes: usize,
}

/// PostgreSQL's own bound for the first message (`MAX_STARTUP_PACKET_LENGTH`).
const STARTUP_BYTES: usize = 10_000;
/// A password or a message of SCRAM.
const LOGIN_BYTES: usize = 8 << 10;
/// Parameters of a statement on top of its text.
const PARAMETER_BYTES: usize = 4 << 20;
/// Messages that hold no statement: names and numbers.
const OTHER_BYTES: usize = 64 << 10;

impl Codec {
    /// Says what may come next.
    pub fn expect(&mut self, phase: Phase, version: ProtocolVersion) {
        self.phase = phase;
        self.context.protocol_version = version;
    }

    /// Whether there is a message of this type.
    fn may_begin_with(&self, first: u8) -> bool {
        match self.phase {
            Phase::Opening | Phase::Startup => true,
            Phase::Login => first == b'p',
            Phase::Session => b"QPBDECHSXdcfpF".contains(&first),
        }
    }

    /// Where the length stands, and how large it may be.
    fn bounds(&self, first: u8) -> (usize, usize) {
        match (self.phase, first) {
            (Phase::Opening | Phase::Startup, _) => (0, STARTUP_BYTES),
            (Phase::Login, _) => (1, LOGIN_BYTES),
            (Phase::Session, b'Q' | b'P') => (1, self.statement_bytes + OTHER_BYTES),
            (Phase::Session, b'B') => (1, PARAMETER_BYTES),
            (Phase::Session, _) => (1, OTHER_BYTES),
        }
    }
}

impl Decoder for Codec {
    type Item = PgWireFrontendMessage;
    type Error = PgWireError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<PgWireFrontendMessage>, PgWireError> {
        let Some(first) = source.first() else { return Ok(None) };
        if !self.may_begin_with(*first) {
            // Its length is nothing to wait for.
            return Err(PgWireError::InvalidStartupMessage);
        }
        let (offset, most) = self.bounds(*first);
        if source.len() < offset + 4 {
            return Ok(None);
        }
        let length = usize::try_from((&source[offset..]).get_u32()).unwrap_or(usize::MAX);
        if !(4..=most).contains(&length) {
            return Err(PgWireError::MessageTooLarge(most, length));
        }
        let whole = offset + length;
        if source.len() < whole {
            source.reserve(whole - source.len());
            return Ok(None);
        }
        // Each message is read from bytes of its own: a wrong count inside cannot reach into the next one.
        let mut message = source.split_to(whole);
        self.context.awaiting_frontend_ssl = self.phase == Phase::Opening;
        self.context.awaiting_frontend_startup = matches!(self.phase, Phase::Opening | Phase::Startup);
        let mut decode = || PgWireFrontendMessage::decode(&mut message, &self.context);
        // The library's readers take it for granted that what is announced is there.
        match catch_unwind(AssertUnwindSafe(&mut decode)) {
            Ok(Ok(Some(PgWireFrontendMessage::SslNegotiation(negotiation)))) => self.negotiated(negotiation, message),
            Ok(Ok(Some(message))) => Ok(Some(message)),
            Ok(Err(error)) => Err(error),
            Ok(Ok(None)) | Err(_) => Err(PgWireError::InvalidStartupMessage),
        }
    }
}

impl Codec {
    /// No request for encryption: the same bytes are what starts a session.
    fn negotiated(
        &mut self,
        negotiation: datafusion_postgres::pgwire::messages::SslNegotiationMetaMessage,
        mut message: BytesMut,
    ) -> Result<Option<PgWireFrontendMessage>, PgWireError> {
        use datafusion_postgres::pgwire::messages::SslNegotiationMetaMessage as Negotiation;
        if !matches!(negotiation, Negotiation::None) {
            return Ok(Some(PgWireFrontendMessage::SslNegotiation(negotiation)));
        }
        self.context.awaiting_frontend_ssl = false;
        let decoded = catch_unwind(AssertUnwindSafe(|| PgWireFrontendMessage::decode(&mut message, &self.context)));
        match decoded {
            Ok(Ok(Some(message))) => Ok(Some(message)),
            Ok(Err(error)) => Err(error),
            Ok(Ok(None)) | Err(_) => Err(PgWireError::InvalidStartupMessage),
        }
    }
}

impl Encoder<PgWireBackendMessage> for Codec {
    type Error = io::Error;

    fn encode(&mut self, message: PgWireBackendMessage, buffer: &mut BytesMut) -> io::Result<()> {
        message.encode(buffer).map_err(io::Error::from)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Self::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
