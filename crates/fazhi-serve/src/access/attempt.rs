//! One attempt to log in, and what becomes of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::access::throttle::{Throttle, Turn};
use crate::metrics::{Metrics, Protocol};

/// Characters of a name that is logged.
const SHOWN: usize = 64;

/// Whoever tries, for the log.
#[derive(Debug)]
pub(super) struct Who {
    protocol: Protocol,
    peer: IpAddr,
    user: String,
}

impl Who {
    pub(super) fn new(protocol: Protocol, peer: IpAddr, user: &str) -> Self {
        Self { protocol, peer, user: user.chars().take(SHOWN).collect() }
    }
}

/// An attempt to log in. Until it is dropped, no other of the same address is looked at.
#[derive(Debug)]
pub struct Attempt {
    turn: Turn,
    throttle: Arc<Throttle>,
    metrics: Arc<Metrics>,
    who: Who,
    delay: Duration,
}

impl Attempt {
    pub(super) fn new(turn: Turn, throttle: Arc<Throttle>, metrics: Arc<Metrics>, who: Who) -> Self {
        Self { turn, throttle, metrics, who, delay: Duration::ZERO }
    }

    /// It failed: that is counted, and logged unless one from there was a short while ago.
    pub fn failed(&mut self) {
        let Who { protocol, peer, user } = &self.who;
        self.delay = self.turn.failed();
        self.metrics.login_failed(*protocol);
        if let Some(failures) = self.throttle.to_be_logged(*peer) {
            tracing::warn!(protocol = protocol.name(), %peer, ?user, failures, "login failed");
        }
    }

    /// Waits as long as the answer to a failure is delayed.
    pub async fn answered_late(self) {
        sleep(self.delay).await;
    }

    /// It succeeded.
    pub fn succeeded(self) {
        self.turn.succeeded();
    }
}
