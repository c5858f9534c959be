//! Bearer tokens of clients that logged in once: 32 random bytes, of which only a digest is kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::access::digest::sha256;

/// A token is good for so long after its last use.
const IDLE: Duration = Duration::from_hours(12);
/// Tokens of one user at once; of more, the one of his that is longest unused goes.
const PER_USER: usize = 100;

/// A token, to be shown to its client once.
pub struct Token(String);

impl Token {
    /// What clients get that need none: nobody looks at it.
    pub fn of_anybody() -> Self {
        Self("anybody".to_owned())
    }

    /// The text that the client sends.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

type Digest = [u8; 32];

#[derive(Debug)]
struct Holder {
    user: Arc<str>,
    last_use: Instant,
}

/// The tokens that are good.
#[derive(Debug, Default)]
pub struct Tokens {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    holders: HashMap<Digest, Holder>,
    of_users: HashMap<Arc<str>, Vec<Digest>>,
}

impl Tokens {
    /// A token for a user; none when the system has no random bytes.
    pub fn issue(&self, user: &Arc<str>) -> Option<Token> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let token = Token(BASE64URL_NOPAD.encode(&bytes));
        let digest = sha256(token.reveal().as_bytes());
        self.known.lock().unwrap_or_else(PoisonError::into_inner).add(digest, user);
        Some(token)
    }

    /// Whose token it is. Looking up by digest tells nothing of how much of a token was right.
    pub fn holder(&self, token: &str) -> Option<Arc<str>> {
        let digest = sha256(token.as_bytes());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = known.holders.get_mut(&digest)?;
        if holder.last_use.elapsed() >= IDLE {
            known.remove(digest);
            return None;
        }
        holder.last_use = Instant::now();
        Some(Arc::clone(&holder.user))
    }
}

impl Known {
    fn add(&mut self, digest: Digest, user: &Arc<str>) {
        let own = self.of_users.entry(Arc::clone(user)).or_default();
        if own.len() >= PER_USER
            && let Some(oldest) = own.iter().copied().min_by_key(|digest| self.holders.get(digest).map(|h| h.last_use))
        {
            self.remove(oldest);
        }
        self.of_users.entry(Arc::clone(user)).or_default().push(digest);
        self.holders.insert(digest, Holder { user: Arc::clone(user), last_use: Instant::now() });
    }

    fn remove(&mut self, digest: Digest) {
        if let Some(holder) = self.holders.remove(&digest)
            && let Some(own) = self.of_users.get_mut(&holder.user)
        {
            own.retain(|known| *known != digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_holder_and_nothing_else_does() {
        let tokens = Tokens::default();
        let token = tokens.issue(&"lin".into()).unwrap();
        assert_eq!(tokens.holder(token.reveal()).as_deref(), Some("lin"));
        assert_eq!(tokens.holder(&token.reveal()[1..]), None);
        assert_eq!(tokens.holder(""), None);
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn the_users_own_token_that_is_longest_unused_makes_room() {
        let tokens = Tokens::default();
        let of_another = tokens.issue(&"wang".into()).unwrap();
        let (used, unused) = (tokens.issue(&"lin".into()).unwrap(), tokens.issue(&"lin".into()).unwrap());
        assert!(tokens.holder(used.reveal()).is_some());
        let others: Vec<_> = (0..PER_USER - 1).map(|_| tokens.issue(&"lin".into()).unwrap()).collect();
        assert_eq!(tokens.holder(unused.reveal()), None);
        assert!(tokens.holder(used.reveal()).is_some() && tokens.holder(others[0].reveal()).is_some());
        assert!(tokens.holder(of_another.reveal()).is_some());
        let known = tokens.known.lock().unwrap();
        assert_eq!((known.holders.len(), known.of_users["lin"].len()), (PER_USER + 1, PER_USER));
    }
}
