//! Who may ask: users with hashed passwords, or nobody but this machine.

mod scram;
mod throttle;
mod tokens;
mod verifier;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;
use ring::rand::SystemRandom;

use crate::error::ServeError;
use crate::metrics::{Metrics, Protocol};

pub use scram::{ClientFinal, Exchange, MECHANISM, ScramError};
pub use throttle::Throttle;
pub use tokens::Tokens;
pub use verifier::{NoVerifier, Verifier};

/// The user that everybody is while none is configured.
pub const ANYBODY: &str = "fazhi";

/// How long a password that was checked once is known to be right without the work of checking it.
const REMEMBERED: Duration = Duration::from_mins(5);
/// Passwords that are remembered at once.
const REMEMBERED_AT_MOST: usize = 1_000;

/// Whose passwords are asked for.
#[derive(Debug)]
pub enum Users {
    /// Nobody's: no user is configured, and only this machine is served.
    Nobody,
    /// Those of these users.
    Known(HashMap<Arc<str>, Verifier>),
}

/// Checks logins of every front end.
#[derive(Debug)]
pub struct Access {
    users: Users,
    throttle: Throttle,
    tokens: Tokens,
    /// Makes salts for users that do not exist, and marks of passwords that were right.
    key: hmac::Key,
    remembered: Mutex<HashMap<[u8; 32], Instant>>,
    metrics: Arc<Metrics>,
}

impl Access {
    /// Access for these users.
    ///
    /// # Errors
    /// Fails when the system has no random bytes to give.
    pub fn new(users: Users, metrics: Arc<Metrics>) -> Result<Arc<Self>, ServeError> {
        let no_random = |_| ServeError::Io(std::io::Error::other("the system has no random bytes"));
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(no_random)?;
        Ok(Arc::new(Self {
            users,
            throttle: Throttle::default(),
            tokens: Tokens::default(),
            key,
            remembered: Mutex::default(),
            metrics,
        }))
    }

    /// Whether anybody on this machine is let in without a password.
    pub fn is_open(&self) -> bool {
        matches!(self.users, Users::Nobody)
    }

    /// Tokens of sessions that logged in.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Names of the users, in order.
    pub fn names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = match &self.users {
            Users::Nobody => vec![ANYBODY.into()],
            Users::Known(known) => known.keys().cloned().collect(),
        };
        names.sort();
        names
    }

    /// The verifier of a user; of one that does not exist, one that no password fits and that looks the same at every call.
    pub fn verifier(&self, user: &str) -> Verifier {
        match &self.users {
            Users::Known(known) if known.contains_key(user) => known[user].clone(),
            _ => Verifier::unknown(&self.key, user),
        }
    }

    /// Checks a password that came in the clear (under TLS, or on this machine). Takes long when it is wrong.
    pub async fn login(&self, protocol: Protocol, peer: IpAddr, user: &str, password: &str) -> Option<Arc<str>> {
        let Users::Known(known) = &self.users else {
            return Some(ANYBODY.into());
        };
        let mark = self.mark(user, password);
        if self.is_remembered(&mark) {
            return known.get_key_value(user).map(|(name, _)| Arc::clone(name));
        }
        self.throttle.wait(peer).await;
        let (verifier, secret) = (self.verifier(user), password.to_owned());
        // Deriving the key takes a core tens of milliseconds, which must not be those of the network.
        let fits = tokio::task::spawn_blocking(move || verifier.fits(&secret)).await.unwrap_or(false);
        match known.get_key_value(user) {
            Some((name, _)) if fits => {
                self.remember(mark);
                self.throttle.succeeded(peer);
                Some(Arc::clone(name))
            }
            _ => {
                self.failed(protocol, peer, user).await;
                None
            }
        }
    }

    /// A login failed: it is logged, counted, and the answer delayed.
    pub async fn failed(&self, protocol: Protocol, peer: IpAddr, user: &str) {
        self.metrics.login_failed(protocol);
        let shown: String = user.chars().take(64).collect();
        tracing::warn!(protocol = protocol.name(), %peer, user = ?shown, "login failed");
        self.throttle.failed(peer).await;
    }

    /// Waits as long as earlier failures of this peer ask for.
    pub async fn wait(&self, peer: IpAddr) {
        self.throttle.wait(peer).await;
    }

    /// A login succeeded.
    pub fn succeeded(&self, peer: IpAddr) {
        self.throttle.succeeded(peer);
    }

    fn mark(&self, user: &str, password: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.key, format!("{}\0{user}\0{password}", user.len()).as_bytes());
        tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }

    fn is_remembered(&self, mark: &[u8; 32]) -> bool {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(mark).is_some_and(|since| since.elapsed() < REMEMBERED)
    }

    fn remember(&self, mark: [u8; 32]) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_AT_MOST {
            remembered.clear();
        }
        remembered.insert(mark, Instant::now());
    }
}
