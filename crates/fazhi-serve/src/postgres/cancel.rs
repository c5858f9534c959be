//! Cancelling a running query over another connection, by the key that the session was given.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion_postgres::pgwire::messages::ProtocolVersion;
use datafusion_postgres::pgwire::messages::startup::{BackendKeyData, SecretKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;

/// The sessions that can be asked to stop what they do.
#[derive(Debug)]
pub struct Cancels {
    sessions: Mutex<HashMap<i32, Session>>,
    next: AtomicI32,
}

#[derive(Debug)]
struct Session {
    secret: Vec<u8>,
    requests: watch::Sender<()>,
}

/// A session's own end: tells when it is asked to stop. Dropping it forgets the session.
#[derive(Debug)]
pub struct Cancellable {
    cancels: Arc<Cancels>,
    number: i32,
    requests: watch::Receiver<()>,
}

impl Cancels {
    /// None yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { sessions: Mutex::default(), next: AtomicI32::new(1) })
    }

    /// Registers a session; the key goes to its client. None when the system has no random bytes.
    pub fn register(self: &Arc<Self>, version: ProtocolVersion) -> Option<(BackendKeyData, Cancellable)> {
        let length = if version == ProtocolVersion::PROTOCOL3_0 { 4 } else { 32 };
        let mut secret = vec![0; length];
        SystemRandom::new().fill(&mut secret).ok()?;
        let key = match <[u8; 4]>::try_from(secret.as_slice()) {
            Ok(bytes) => SecretKey::I32(i32::from_be_bytes(bytes)),
            Err(_) => SecretKey::Bytes(secret.clone().into()),
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, requests) = watch::channel(());
        let session = Session { secret, requests: sender };
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(number, session);
        Some((BackendKeyData::new(number, key), Cancellable { cancels: Arc::clone(self), number, requests }))
    }

    /// Asks a session to stop, if the key is its own. The sender is told nothing either way.
    pub fn cancel(&self, number: i32, key: &SecretKey) {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let sent: &[u8] = match key {
            SecretKey::I32(number) => &number.to_be_bytes(),
            SecretKey::Bytes(bytes) => bytes,
        };
        if let Some(session) = sessions.get(&number)
            && bool::from(session.secret.ct_eq(sent))
        {
            session.requests.send_replace(());
        }
    }
}

impl Cancellable {
    /// Forgets requests that came when nothing ran, and gives what waits for the next.
    pub fn arm(&mut self) -> watch::Receiver<()> {
        self.requests.mark_unchanged();
        self.requests.clone()
    }
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        self.cancels.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
