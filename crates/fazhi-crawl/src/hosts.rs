//! Politeness belongs to the host: however many pipelines ask it, it is asked one at a time, and not again too soon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

/// Longest time a host can ask us to stay away before its next turn; what is asked for later belongs to the next run.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Host name and, where it is not the scheme's default, port. `http` and `https` of one name are one host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct HostKey {
    name: String,
    port: Option<u16>,
}

impl HostKey {
    pub(crate) fn of(url: &Url) -> Self {
        Self { name: url.host_str().unwrap_or_default().to_owned(), port: url.port() }
    }
}

/// Whether two addresses are on one host.
pub(crate) fn same_host(a: &Url, b: &Url) -> bool {
    (a.host_str(), a.port()) == (b.host_str(), b.port())
}

/// The hosts that a run asks, shared by its pipelines.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    known: Arc<Mutex<HashMap<HostKey, Arc<Host>>>>,
}

/// One host and when it may be asked next.
#[derive(Debug, Default)]
pub(crate) struct Host {
    next_turn: tokio::sync::Mutex<Option<Instant>>,
}

impl Hosts {
    /// No host has been asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The host of an address.
    pub(crate) fn of(&self, url: &Url) -> Arc<Host> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(HostKey::of(url)).or_default())
    }
}

impl Host {
    /// Waits for the host's turn and takes it; the next one is `delay` later. Those who wait are served in order.
    pub(crate) async fn turn(&self, delay: Duration) {
        let mut next_turn = self.next_turn.lock().await;
        if let Some(next) = *next_turn {
            tokio::time::sleep_until(next).await;
        }
        *next_turn = Some(Instant::now() + delay);
    }

    /// The host asked to be left alone for a while.
    pub(crate) async fn pause(&self, wanted: Duration) {
        let until = Instant::now() + wanted.min(LONGEST_PAUSE);
        let mut next_turn = self.next_turn.lock().await;
        *next_turn = Some(next_turn.map_or(until, |next| next.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn two_pipelines_share_the_pace_of_a_host() {
        let hosts = Hosts::new();
        let address = |text: &str| Url::parse(text).unwrap();
        let (a, b) = (hosts.of(&address("http://a.cn/x")), hosts.of(&address("https://a.cn/y")));
        assert!(Arc::ptr_eq(&a, &b));
        assert!(!Arc::ptr_eq(&a, &hosts.of(&address("http://a.cn:8080/"))));
        let start = Instant::now();
        let delay = Duration::from_millis(30);
        tokio::join!(a.turn(delay), b.turn(delay), a.turn(delay));
        assert!(start.elapsed() >= delay * 2);
    }
}
