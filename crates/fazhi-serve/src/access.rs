//! Who may ask: users with hashed passwords, or nobody but this machine.

mod attempt;
mod basic;
mod digest;
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
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::{Failure, QueryError, ServeError};
use crate::limits;
use crate::metrics::{Metrics, Protocol};

use throttle::Throttle;
use verifier::Setup;

pub use attempt::Attempt;
pub use basic::Credentials;
pub use digest::sha256;
pub use scram::{ClientFinal, Exchange, MECHANISM, ScramError};
pub use tokens::{Token, Tokens};
pub use verifier::{NoVerifier, Verifier};

/// The user that everybody is while none is configured.
pub const ANYBODY: &str = "fazhi";

/// How long a password that was checked once is known to be right without the work of checking it.
const REMEMBERED: Duration = Duration::from_mins(5);
/// Passwords that are remembered at once.
const REMEMBERED_AT_MOST: usize = 1_000;

/// How long an attempt waits for those before it, from the same address or of everybody.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a login was not let in.
#[derive(Debug)]
pub enum Denied {
    /// There is no such user, or the password is wrong.
    Wrong,
    /// It was not looked at, as too many others are.
    Busy(QueryError),
}

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
    /// How the verifiers of users were made.
    setups: Vec<Setup>,
    throttle: Arc<Throttle>,
    /// Passwords that are checked at once: each takes a core for tens of milliseconds.
    hashing: Arc<Semaphore>,
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
        let setups = match &users {
            Users::Nobody => Vec::new(),
            Users::Known(known) => known.values().map(Verifier::setup).collect(),
        };
        Ok(Arc::new(Self {
            users,
            setups,
            throttle: Arc::default(),
            hashing: Arc::new(Semaphore::new(limits::cores())),
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

    /// A token for a user who has logged in; none when the system has no random bytes.
    pub fn token(&self, user: &Arc<str>) -> Option<Token> {
        if self.is_open() { Some(Token::of_anybody()) } else { self.tokens.issue(user) }
    }

    /// Whose token it is. One that is nobody's is counted and logged, and not delayed as a password is: nobody guesses 32 bytes,
    /// and the old token of one client must not hold up the logins of others behind its address.
    pub fn holder(&self, protocol: Protocol, peer: IpAddr, token: &str) -> Option<Arc<str>> {
        let holder = self.tokens.holder(token);
        if holder.is_none() {
            self.metrics.login_failed(protocol);
            if let Some(failures) = self.throttle.to_be_logged(peer) {
                tracing::warn!(protocol = protocol.name(), %peer, failures, "an unknown or expired token was refused");
            }
        }
        holder
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
            _ => Verifier::unknown(&self.key, user, &self.setups),
        }
    }

    /// Checks a password that came in the clear (under TLS, or on this machine). Takes long when it is wrong.
    ///
    /// # Errors
    /// Fails when it is wrong, or when too many others are looked at.
    pub async fn login(&self, protocol: Protocol, peer: IpAddr, given: &Credentials) -> Result<Arc<str>, Denied> {
        let Users::Known(known) = &self.users else {
            return Ok(ANYBODY.into());
        };
        let name = known.get_key_value(given.user.as_str()).map(|(name, _)| Arc::clone(name));
        let mark = self.mark(given);
        if self.is_remembered(&mark) {
            return name.ok_or(Denied::Wrong);
        }
        let attempt = self.attempt(protocol, peer, &given.user).await?;
        // The same password may have come with several requests, of which the first was checked meanwhile.
        if self.is_remembered(&mark) {
            return name.ok_or(Denied::Wrong);
        }
        let (attempt, fits) = self.checked(attempt, given).await?;
        let Some(name) = name.filter(|_| fits) else {
            attempt.answered_late().await;
            return Err(Denied::Wrong);
        };
        self.remember(mark);
        attempt.succeeded();
        Ok(name)
    }

    /// Derives the key of a password on a thread for it. The turn of the attempt, and that of the work, last as long as that
    /// takes, also when the client does not wait for the end; and the failure is noted there.
    async fn checked(&self, mut attempt: Attempt, given: &Credentials) -> Result<(Attempt, bool), Denied> {
        let permit = in_time(Arc::clone(&self.hashing).acquire_owned()).await?.map_err(|_| Denied::Wrong)?;
        let (verifier, secret) = (self.verifier(&given.user), given.password.clone());
        let work = tokio::task::spawn_blocking(move || {
            let fits = verifier.fits(&secret);
            if !fits {
                attempt.failed();
            }
            drop(permit);
            (attempt, fits)
        });
        work.await.map_err(|_| Denied::Wrong)
    }

    /// An attempt to log in, once those before it from the same address are over.
    ///
    /// # Errors
    /// Fails when those take too long.
    pub async fn attempt(&self, protocol: Protocol, peer: IpAddr, user: &str) -> Result<Attempt, Denied> {
        let turn = in_time(self.throttle.turn(peer, user)).await?;
        let metrics = Arc::clone(&self.metrics);
        Ok(Attempt::new(turn, Arc::clone(&self.throttle), metrics, attempt::Who::new(protocol, peer, user)))
    }

    fn mark(&self, Credentials { user, password }: &Credentials) -> [u8; 32] {
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

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Denied> {
    timeout(PATIENCE, work).await.map_err(|_| {
        let message = "too many logins from this address fail or wait; this one was not looked at";
        Denied::Busy(QueryError::new(Failure::TooMany, message).hinted("try again in a while"))
    })
}
