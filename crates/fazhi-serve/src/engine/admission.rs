//! Who runs next. A query needs a turn of its user and one of the server; both are given in the order in which they were asked
//! for, so that a user with many queries waits for himself and not others for him.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Failure, QueryError};
use crate::limits::Limits;

/// Gives turns to queries.
#[derive(Debug)]
pub struct Admission {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    users: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
    queries: usize,
    per_user: usize,
    queue: usize,
    patience: Duration,
}

/// A turn; dropping it gives it to the next.
#[derive(Debug)]
pub struct Permit {
    _user: OwnedSemaphorePermit,
    _server: OwnedSemaphorePermit,
}

impl Admission {
    /// Turns as the limits say.
    pub fn new(limits: &Limits) -> Self {
        Self {
            running: Arc::new(Semaphore::new(limits.queries)),
            waiting: Arc::new(Semaphore::new(limits.queue)),
            users: Mutex::default(),
            queries: limits.queries,
            per_user: limits.queries_per_user,
            queue: limits.queue,
            patience: limits.queue_wait,
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// Fails when too many wait already, or when the wait is too long.
    pub async fn admit(&self, user: &Arc<str>) -> Result<Permit, QueryError> {
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| {
            let message = format!("too many queries: {} wait for their turn already", self.queue);
            QueryError::new(Failure::TooMany, message).hinted("try again later, or raise `queue` in `[serve.limits]`")
        })?;
        let own = self.turns_of(user);
        let both = async {
            let user = own.acquire_owned().await;
            let server = Arc::clone(&self.running).acquire_owned().await;
            (user, server)
        };
        match tokio::time::timeout(self.patience, both).await {
            Ok((Ok(user), Ok(server))) => Ok(Permit { _user: user, _server: server }),
            Ok(_) => Err(QueryError::new(Failure::Shutdown, "the server is being shut down")),
            Err(_) => Err(self.waited_too_long()),
        }
    }

    fn turns_of(&self, user: &Arc<str>) -> Arc<Semaphore> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(users.entry(Arc::clone(user)).or_insert_with(|| Arc::new(Semaphore::new(self.per_user))))
    }

    fn waited_too_long(&self) -> QueryError {
        let message = format!(
            "too many queries: after {} s there was still no turn; {} run at once, {} of one user",
            self.patience.as_secs(),
            self.queries,
            self.per_user
        );
        let hint = "try again later, close cursors that are still open, or raise `queries`, `queries-per-user` or \
                    `queue-wait-seconds` in `[serve.limits]`";
        QueryError::new(Failure::TooMany, message).hinted(hint)
    }
}
