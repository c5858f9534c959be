//! How many connections there are, in all and of each user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Failure, QueryError};
use crate::limits::Limits;
use crate::metrics::{ConnectionObserved, Metrics, Protocol};

/// Counts connections of all front ends.
#[derive(Debug)]
pub struct Connections {
    counts: Mutex<Counts>,
    at_most: usize,
    per_user: usize,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of_users: HashMap<Arc<str>, usize>,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    user: Option<Arc<str>>,
    _observed: ConnectionObserved,
}

impl Connections {
    /// None yet.
    pub fn new(limits: &Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        let (at_most, per_user) = (limits.connections, limits.connections_per_user);
        Arc::new(Self { counts: Mutex::default(), at_most, per_user, metrics })
    }

    /// A client connects.
    ///
    /// # Errors
    /// Fails when there are too many already.
    pub fn open(self: &Arc<Self>, protocol: Protocol) -> Result<Connection, QueryError> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.at_most {
            self.metrics.connection_refused(protocol);
            let message =
                format!("too many connections: {} are open, which is as many as this server takes", counts.all);
            return Err(QueryError::new(Failure::TooMany, message).hinted("raise `connections` in `[serve.limits]`"));
        }
        counts.all += 1;
        drop(counts);
        let observed = self.metrics.connection_opens(protocol);
        Ok(Connection { connections: Arc::clone(self), user: None, _observed: observed })
    }
}

impl Connection {
    /// The client has said who it is.
    ///
    /// # Errors
    /// Fails when this user has too many connections already.
    pub fn belongs_to(&mut self, user: &Arc<str>) -> Result<(), QueryError> {
        let mut counts = self.connections.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.of_users.entry(Arc::clone(user)).or_default();
        if *count >= self.connections.per_user {
            let message = format!("too many connections for user \"{user}\": {count} are open");
            return Err(
                QueryError::new(Failure::TooMany, message).hinted("raise `connections-per-user` in `[serve.limits]`")
            );
        }
        *count += 1;
        drop(counts);
        self.user = Some(Arc::clone(user));
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(user) = &self.user
            && let Some(count) = counts.of_users.get_mut(user)
        {
            *count -= 1;
            if *count == 0 {
                counts.of_users.remove(user);
            }
        }
    }
}
