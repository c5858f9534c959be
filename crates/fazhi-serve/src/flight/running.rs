//! Queries that run, by the ticket that started them, so that their user can cancel them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::access::sha256;

/// Queries that run.
#[derive(Debug, Default)]
pub struct Running {
    queries: Mutex<Queries>,
}

#[derive(Debug, Default)]
struct Queries {
    /// How many there were ever; the key of the next.
    count: u64,
    running: HashMap<u64, Query>,
}

#[derive(Debug)]
struct Query {
    user: Arc<str>,
    ticket: [u8; 32],
    cancel: Arc<Notify>,
}

/// A query that can be cancelled until this is dropped.
#[derive(Debug)]
pub struct Cancellable {
    running: Arc<Running>,
    key: u64,
    cancel: Arc<Notify>,
}

impl Running {
    /// A query of a user starts.
    pub fn start(self: &Arc<Self>, user: &Arc<str>, ticket: &[u8]) -> Cancellable {
        let cancel = Arc::new(Notify::new());
        let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        queries.count += 1;
        let key = queries.count;
        let query = Query { user: Arc::clone(user), ticket: sha256(ticket), cancel: Arc::clone(&cancel) };
        queries.running.insert(key, query);
        drop(queries);
        Cancellable { running: Arc::clone(self), key, cancel }
    }

    /// Cancels what a user runs with a ticket; says how many queries that were.
    pub fn cancel(&self, user: &str, ticket: &[u8]) -> usize {
        let ticket = sha256(ticket);
        let queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = queries.running.values().filter(|query| query.ticket == ticket && query.user.as_ref() == user);
        meant.map(|query| query.cancel.notify_one()).count()
    }
}

impl Cancellable {
    /// Returns once the query was cancelled.
    pub async fn cancelled(&self) {
        self.cancel.notified().await;
    }
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        self.running.queries.lock().unwrap_or_else(PoisonError::into_inner).running.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_user_cancels_what_he_runs_and_nothing_else() {
        let running = Arc::new(Running::default());
        let (lin, wang) = ("lin".into(), "wang".into());
        let mine = running.start(&lin, b"1");
        let other = running.start(&lin, b"2");
        let theirs = running.start(&wang, b"1");
        assert_eq!(running.cancel("lin", b"1"), 1);
        assert!(mine.cancelled().now_or_never().is_some());
        assert!(other.cancelled().now_or_never().is_none());
        assert!(theirs.cancelled().now_or_never().is_none());
        drop(mine);
        assert_eq!(running.cancel("lin", b"1"), 0);
    }
}
