//! Messages over a socket: their lengths are judged before they are waited for, so that nobody makes the server hold more.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, BytesMut};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};
use datafusion_postgres::pgwire::messages::{
    DecodeContext, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion,
    SslNegotiationMetaMessage as Negotiation,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;
use tokio_util::codec::{Decoder, Encoder, Framed};

use crate::net::Socket;
use crate::postgres::settings::ONLY_UTF8;

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
        // A text without its end would be taken for none, and the library replaces what is no text.
        if self.phase == Phase::Session && matches!(first, b'Q' | b'P') {
            check_text(*first, &source[offset + 4..whole])?;
        }
        // Each message is read from bytes of its own: a wrong count inside cannot reach into the next one.
        let mut message = source.split_to(whole);
        self.context.awaiting_frontend_ssl = self.phase == Phase::Opening;
        self.context.awaiting_frontend_startup = matches!(self.phase, Phase::Opening | Phase::Startup);
        match self.read(&mut message)? {
            PgWireFrontendMessage::SslNegotiation(Negotiation::None) => {
                // No request for encryption: the same bytes are what starts a session.
                self.context.awaiting_frontend_ssl = false;
                self.read(&mut message).map(Some)
            }
            message => Ok(Some(message)),
        }
    }
}

impl Codec {
    /// The library's readers take it for granted that what is announced is there.
    fn read(&self, message: &mut BytesMut) -> Result<PgWireFrontendMessage, PgWireError> {
        let decoded = catch_unwind(AssertUnwindSafe(|| PgWireFrontendMessage::decode(message, &self.context)));
        decoded.unwrap_or(Ok(None))?.ok_or(PgWireError::InvalidStartupMessage)
    }
}

/// Checks the texts of a query, or of a statement that is prepared: they end, and are UTF-8.
fn check_text(kind: u8, body: &[u8]) -> Result<(), PgWireError> {
    let mut ends = body.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(place, _)| place);
    let end = if kind == b'Q' { body.len().checked_sub(1).filter(|last| body[*last] == 0) } else { ends.nth(1) };
    let texts = end.and_then(|end| body.get(..end)).ok_or(PgWireError::InvalidMessageType(kind))?;
    std::str::from_utf8(texts).map_err(|_| not_utf8())?;
    Ok(())
}

/// In PostgreSQL's words; the session ends with it, as nothing tells what the client meant.
fn not_utf8() -> PgWireError {
    let message = "invalid byte sequence for encoding \"UTF8\"".to_owned();
    let mut info = ErrorInfo::new("FATAL".to_owned(), "22021".to_owned(), message);
    info.hint = Some(ONLY_UTF8.to_owned());
    PgWireError::UserError(Box::new(info))
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
