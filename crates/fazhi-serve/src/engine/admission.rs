//! Who is next. Whatever takes a core needs a turn of its user and one of the server; both are given in the order in which they were
//! asked for. A user with many queries waits for himself, and fills no more than his share of the queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Failure, QueryError};
use crate::limits::Limits;

/// Gives turns.
#[derive(Debug)]
pub struct Admission {
    all: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    users: Mutex<HashMap<Arc<str>, User>>,
    bounds: Bounds,
}

/// How many turns there are, and who may wait for one how long.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    at_once: usize,
    per_user: usize,
    queue: usize,
    queue_per_user: usize,
    patience: Duration,
}

/// The share of a user.
#[derive(Debug, Clone)]
struct User {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

/// A turn; dropping it gives it to the next.
#[derive(Debug)]
pub struct Permit {
    _user: OwnedSemaphorePermit,
    _server: OwnedSemaphorePermit,
}

impl Admission {
    /// Turns of queries that run.
    pub fn to_run(limits: &Limits) -> Self {
        Self::new(limits.queries, limits.queries_per_user, limits)
    }

    /// Turns of statements that are planned: one for each core, and for a user the share that he has of queries.
    pub fn to_plan(limits: &Limits, cores: usize) -> Self {
        Self::new(cores, (cores * limits.queries_per_user).div_ceil(limits.queries).min(cores), limits)
    }

    fn new(at_once: usize, per_user: usize, limits: &Limits) -> Self {
        let (queue, patience) = (limits.queue, limits.queue_wait);
        let queue_per_user = (queue.saturating_mul(per_user) / at_once).clamp(1, queue);
        Self {
            all: Arc::new(Semaphore::new(at_once)),
            queue: Arc::new(Semaphore::new(queue)),
            users: Mutex::default(),
            bounds: Bounds { at_once, per_user, queue, queue_per_user, patience },
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// Fails when too many wait already, or when the wait is too long.
    pub async fn admit(&self, user: &Arc<str>) -> Result<Permit, QueryError> {
        let own = self.share_of(user);
        if let Some(permit) = self.at_once(&own) {
            return Ok(permit);
        }
        let _own_place =
            Arc::clone(&own.queue).try_acquire_owned().map_err(|_| self.full(self.bounds.queue_per_user))?;
        let _place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| self.full(self.bounds.queue))?;
        let both = async {
            let user = own.turns.acquire_owned().await;
            let server = Arc::clone(&self.all).acquire_owned().await;
            (user, server)
        };
        match tokio::time::timeout(self.bounds.patience, both).await {
            Ok((Ok(user), Ok(server))) => Ok(Permit { _user: user, _server: server }),
            Ok(_) => Err(QueryError::new(Failure::Shutdown, "the server is being shut down")),
            Err(_) => Err(self.waited_too_long()),
        }
    }

    /// A turn, if nobody has to wait for one.
    fn at_once(&self, own: &User) -> Option<Permit> {
        let user = Arc::clone(&own.turns).try_acquire_owned().ok()?;
        let server = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Permit { _user: user, _server: server })
    }

    fn share_of(&self, user: &Arc<str>) -> User {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || User {
            turns: Arc::new(Semaphore::new(self.bounds.per_user)),
            queue: Arc::new(Semaphore::new(self.bounds.queue_per_user)),
        };
        users.entry(Arc::clone(user)).or_insert_with(fresh).clone()
    }

    fn full(&self, waiting: usize) -> QueryError {
        let whose = if waiting == self.bounds.queue { "" } else { " of this user" };
        let message = format!("too many queries: {waiting}{whose} wait for their turn already");
        QueryError::new(Failure::TooMany, message).hinted("try again later, or raise `queue` in `[serve.limits]`")
    }

    fn waited_too_long(&self) -> QueryError {
        let Bounds { at_once, per_user, patience, .. } = self.bounds;
        let message = format!(
            "too many queries: after {} s there was still no turn; {at_once} run at once, {per_user} of one user",
            patience.as_secs_f64()
        );
        let hint = "try again later, close cursors that are still open, or raise `queries`, `queries-per-user` or \
                    `queue-wait-seconds` in `[serve.limits]`";
        QueryError::new(Failure::TooMany, message).hinted(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let patience = Duration::from_millis(50);
        Limits { queries: 4, queries_per_user: 2, queue: 10, queue_wait: patience, ..Limits::for_cores(2) }
    }

    #[tokio::test]
    async fn a_user_with_many_queries_holds_up_no_other() {
        let admission = Arc::new(Admission::to_run(&Limits { queue_wait: Duration::from_mins(1), ..limits() }));
        let (lin, wang): (Arc<str>, Arc<str>) = ("lin".into(), "wang".into());
        let held = (admission.admit(&lin).await.unwrap(), admission.admit(&lin).await.unwrap());
        // Five places are his: half of the queue, as he has half of the turns.
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                let (admission, lin) = (Arc::clone(&admission), Arc::clone(&lin));
                tokio::spawn(async move { admission.admit(&lin).await.map(drop) })
            })
            .collect();
        while admission.share_of(&lin).queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = admission.admit(&lin).await.unwrap_err();
        assert_eq!(
            (refused.failure, refused.message.as_str()),
            (Failure::TooMany, "too many queries: 5 of this user wait for their turn already")
        );
        let others = (admission.admit(&wang).await.unwrap(), admission.admit(&wang).await.unwrap());
        drop((held, others));
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        assert_eq!((admission.all.available_permits(), admission.queue.available_permits()), (4, 10));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let admission = Admission::to_run(&limits());
        let lin: Arc<str> = "lin".into();
        let _held = (admission.admit(&lin).await.unwrap(), admission.admit(&lin).await.unwrap());
        let refused = admission.admit(&lin).await.unwrap_err();
        assert!(refused.message.contains("after 0.05 s"), "{}", refused.message);
        assert_eq!(admission.queue.available_permits(), 10, "places are given back");
    }
}
