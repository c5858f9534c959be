//! How many connections there are: in all, of each user, and of each address that has not said yet who it is.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Failure, QueryError};
use crate::limits::Limits;
use crate::metrics::{ConnectionObserved, Metrics, Protocol};
use crate::net::Origin;

/// Counts connections of all front ends.
#[derive(Debug)]
pub struct Connections {
    counts: Mutex<Counts>,
    at_most: usize,
    /// Of one user; and of one address without a user, so that no stranger takes every place.
    per_user: usize,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of_users: HashMap<Arc<str>, usize>,
    of_strangers: HashMap<Origin, usize>,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    origin: Origin,
    user: Mutex<Option<Arc<str>>>,
    _observed: ConnectionObserved,
}

impl Connections {
    /// None yet.
    pub fn new(limits: &Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        let (at_most, per_user) = (limits.connections, limits.connections_per_user);
        Arc::new(Self { counts: Mutex::default(), at_most, per_user, metrics })
    }

    /// A client connects from an address.
    ///
    /// # Errors
    /// Fails when there are too many already.
    pub fn open(self: &Arc<Self>, protocol: Protocol, peer: IpAddr) -> Result<Connection, QueryError> {
        let origin = Origin::from(peer);
        self.count(origin).inspect_err(|_| self.metrics.connection_refused(protocol))?;
        let observed = self.metrics.connection_opens(protocol);
        Ok(Connection { connections: Arc::clone(self), origin, user: Mutex::default(), _observed: observed })
    }

    fn count(&self, origin: Origin) -> Result<(), QueryError> {
        let mut counts = self.counts();
        if counts.all >= self.at_most {
            let message =
                format!("too many connections: {} are open, which is as many as this server takes", counts.all);
            return Err(QueryError::new(Failure::TooMany, message).hinted("raise `connections` in `[serve.limits]`"));
        }
        let strangers = counts.of_strangers.get(&origin).copied().unwrap_or(0);
        if strangers >= self.per_user {
            let message = format!("too many connections: {strangers} of this address have not logged in yet");
            return Err(QueryError::new(Failure::TooMany, message)
                .hinted("log in over those, or raise `connections-per-user` in `[serve.limits]`"));
        }
        counts.all += 1;
        *counts.of_strangers.entry(origin).or_default() += 1;
        Ok(())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// The client has said who it is. Over HTTP it may say so with every request, and may become another.
    ///
    /// # Errors
    /// Fails when this user has too many connections already.
    pub fn belongs_to(&self, user: &Arc<str>) -> Result<(), QueryError> {
        let mut own = self.user();
        if own.as_ref() == Some(user) {
            return Ok(());
        }
        let mut counts = self.connections.counts();
        let count = counts.of_users.get(user).copied().unwrap_or(0);
        if count >= self.connections.per_user {
            let message = format!(
                "too many connections for user \"{user}\": {count} are open, which is as many as one user may have"
            );
            return Err(
                QueryError::new(Failure::TooMany, message).hinted("raise `connections-per-user` in `[serve.limits]`")
            );
        }
        counts.of_users.insert(Arc::clone(user), count + 1);
        let earlier = own.replace(Arc::clone(user));
        counts.leave(earlier.as_ref(), self.origin);
        Ok(())
    }

    /// Whether somebody has logged in over it.
    pub fn has_user(&self) -> bool {
        self.user().is_some()
    }

    fn user(&self) -> MutexGuard<'_, Option<Arc<str>>> {
        self.user.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let user = self.user().take();
        let mut counts = self.connections.counts();
        counts.all -= 1;
        counts.leave(user.as_ref(), self.origin);
    }
}

impl Counts {
    /// A connection is not any more of this user, or of this stranger.
    fn leave(&mut self, user: Option<&Arc<str>>, origin: Origin) {
        match user {
            Some(user) => one_less(&mut self.of_users, user),
            None => one_less(&mut self.of_strangers, &origin),
        }
    }
}

fn one_less<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn connections(connections: usize, connections_per_user: usize) -> Arc<Connections> {
        let limits = Limits { connections, connections_per_user, ..Limits::for_cores(2) };
        Connections::new(&limits, Metrics::new())
    }

    #[test]
    fn a_connection_counts_for_the_user_who_uses_it_last() {
        let all = connections(10, 2);
        let (lin, wang): (Arc<str>, Arc<str>) = ("lin".into(), "wang".into());
        let (one, two) = (all.open(Protocol::Http, PEER).unwrap(), all.open(Protocol::Http, PEER).unwrap());
        for _ in 0..3 {
            one.belongs_to(&lin).unwrap();
            two.belongs_to(&lin).unwrap();
        }
        let three = all.open(Protocol::Http, PEER).unwrap();
        let error = three.belongs_to(&lin).unwrap_err();
        assert!(error.message.contains("2 are open") && error.hint.unwrap().contains("connections-per-user"));
        one.belongs_to(&wang).unwrap();
        three.belongs_to(&lin).unwrap();
        drop((one, two, three));
        let counts = all.counts();
        assert!(counts.all == 0 && counts.of_users.is_empty() && counts.of_strangers.is_empty(), "{counts:?}");
    }

    #[test]
    fn a_stranger_does_not_take_every_place() {
        let all = connections(10, 2);
        let strangers = [all.open(Protocol::Flight, PEER).unwrap(), all.open(Protocol::Postgres, PEER).unwrap()];
        assert_eq!(all.open(Protocol::Http, PEER).unwrap_err().failure, Failure::TooMany);
        let elsewhere = all.open(Protocol::Http, IpAddr::from([127, 0, 0, 2])).unwrap();
        strangers[0].belongs_to(&"lin".into()).unwrap();
        let next = all.open(Protocol::Http, PEER).unwrap();
        drop((strangers, elsewhere, next));
        assert!(all.counts().of_strangers.is_empty());
    }
}
