//! Bearer tokens of clients that logged in once: 32 random bytes, of which only a digest is kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};

/// A token is good for so long after its last use.
const IDLE: Duration = Duration::from_hours(12);
/// Tokens at once; of more, the one longest unused goes.
const AT_MOST: usize = 10_000;

/// A token, to be shown to its client once.
pub struct Token(String);

impl Token {
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

#[derive(Debug)]
struct Holder {
    user: Arc<str>,
    last_use: Instant,
}

/// The tokens that are good.
#[derive(Debug, Default)]
pub struct Tokens {
    holders: Mutex<HashMap<[u8; 32], Holder>>,
}

impl Tokens {
    /// A token for a user; none when the system has no random bytes.
    pub fn issue(&self, user: &Arc<str>) -> Option<Token> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let token = Token(BASE64URL_NOPAD.encode(&bytes));
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders.len() >= AT_MOST {
            let oldest = holders.iter().min_by_key(|(_, holder)| holder.last_use).map(|(digest, _)| *digest);
            oldest.and_then(|digest| holders.remove(&digest));
        }
        holders.insert(digest_of(token.reveal()), Holder { user: Arc::clone(user), last_use: Instant::now() });
        Some(token)
    }

    /// Whose token it is. Looking up by digest tells nothing of how much of a token was right.
    pub fn holder(&self, token: &str) -> Option<Arc<str>> {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = digest_of(token);
        let holder = holders.get_mut(&digest)?;
        if holder.last_use.elapsed() >= IDLE {
            holders.remove(&digest);
            return None;
        }
        holder.last_use = Instant::now();
        Some(Arc::clone(&holder.user))
    }
}

fn digest_of(token: &str) -> [u8; 32] {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes")
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
    fn old_tokens_make_room() {
        let tokens = Tokens::default();
        let first = tokens.issue(&"lin".into()).unwrap();
        let others: Vec<_> = (0..AT_MOST).map(|_| tokens.issue(&"lin".into()).unwrap()).collect();
        assert_eq!(tokens.holder(first.reveal()), None);
        assert!(tokens.holder(others[AT_MOST - 1].reveal()).is_some());
    }
}
