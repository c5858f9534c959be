//! Politeness belongs to the host: however many pipelines ask it, its pace is kept, and a host that fails is let alone.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use url::Url;

/// So many addresses of a host in a row without a usable answer, and it is parked.
const PARK_AFTER: u32 = 5;

/// Host name and, where it is not the scheme's default, port. `http` and `https` of one name are one host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct HostKey {
    name: String,
    port: Option<u16>,
}

impl HostKey {
    pub(crate) fn of(url: &Url) -> Self {
        Self { name: url.host_str().unwrap_or_default().to_owned(), port: url.port() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether two addresses are on one host.
pub(crate) fn same_host(a: &Url, b: &Url) -> bool {
    (a.host_str(), a.port()) == (b.host_str(), b.port())
}

/// Whether an address lies on this machine, where politeness and a contact are not needed.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// How a host may be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Least time from the end of an answer to the next request, and between the starts of two requests.
    pub floor: Duration,
    /// The pause after an answer is this many times what the answer took (Heritrix's `delayFactor`); a slow host is
    /// asked less often.
    pub factor: f64,
    /// What the adaptive pause never exceeds.
    pub longest: Duration,
    /// Requests under way at a time.
    pub parallel: usize,
}

impl Pace {
    /// The pause after an answer that took this long.
    fn after(&self, took: Duration) -> Duration {
        if self.floor.is_zero() {
            return Duration::ZERO; // a portal on this machine, asked as fast as it answers
        }
        took.mul_f64(self.factor).min(self.longest).max(self.floor)
    }
}

/// The hosts that a run asks, shared by its pipelines.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    known: Arc<Mutex<HashMap<HostKey, Arc<Host>>>>,
}

/// One host: when it may be asked next, and whether at all.
#[derive(Debug, Default)]
pub(crate) struct Host {
    /// Held by the one who is next, so that those who wait are served in order.
    queue: tokio::sync::Mutex<()>,
    state: Mutex<HostState>,
    /// A request has ended, or the host was parked.
    changed: Notify,
}

#[derive(Debug, Default)]
struct HostState {
    under_way: usize,
    next_turn: Option<Instant>,
    failures: u32,
    parked: Option<Arc<str>>,
}

/// Why a host is asked for nothing more in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parked(pub(crate) Arc<str>);

/// The right to send one request. Dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Turn {
    host: Arc<Host>,
    pace: Pace,
    began: Instant,
}

/// How a host took an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, whatever it said.
    Answered,
    /// It did not answer, or not as a server that works: no connection, 5xx, 429, a challenge.
    Failed,
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

    /// The hosts that were parked, each with the reason, by name.
    pub(crate) fn parked(&self) -> Vec<(HostKey, Arc<str>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let parked = known.iter().filter_map(|(key, host)| Some((key.clone(), host.state().parked.clone()?)));
        let mut parked: Vec<_> = parked.collect();
        parked.sort();
        parked
    }
}

impl Host {
    /// Waits for a free place and the host's pace, and takes the turn.
    pub(crate) async fn turn(self: &Arc<Self>, pace: Pace) -> Result<Turn, Parked> {
        let _first = self.queue.lock().await;
        loop {
            let wait = {
                let mut state = self.state();
                let now = Instant::now();
                match (&state.parked, state.next_turn) {
                    (Some(reason), _) => return Err(Parked(Arc::clone(reason))),
                    _ if state.under_way >= pace.parallel.max(1) => None,
                    (None, Some(next)) if next > now => Some(next),
                    (None, _) => {
                        state.under_way += 1;
                        state.next_turn = Some(now + pace.floor);
                        return Ok(Turn { host: Arc::clone(self), pace, began: now });
                    }
                }
            };
            // A permit is kept for whoever comes to wait after the change.
            let changed = self.changed.notified();
            match wait {
                Some(until) => {
                    let _ = tokio::time::timeout_at(until, changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// The host asked to be left alone for a while.
    pub(crate) fn pause(&self, wanted: Duration) {
        self.state().not_before(Instant::now() + wanted);
    }

    /// The host is asked for nothing more in this run.
    pub(crate) fn park(&self, reason: &str) {
        self.state().parked.get_or_insert_with(|| Arc::from(reason));
        self.changed.notify_one();
    }

    /// Why the host is parked, if it is.
    pub(crate) fn is_parked(&self) -> Option<Parked> {
        self.state().parked.clone().map(Parked)
    }

    /// Notes how the host took an address, after all attempts for it. A host that keeps failing is parked.
    pub(crate) fn note(&self, health: Health) {
        let parked = {
            let mut state = self.state();
            state.failures = if health == Health::Failed { state.failures + 1 } else { 0 };
            state.failures >= PARK_AFTER
        };
        if parked {
            self.park(&format!("{PARK_AFTER} addresses in a row gave no answer"));
        }
    }

    fn state(&self) -> MutexGuard<'_, HostState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// The host whose turn it is.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }
}

impl HostState {
    fn not_before(&mut self, until: Instant) {
        self.next_turn = Some(self.next_turn.map_or(until, |next| next.max(until)));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = Instant::now();
        {
            let mut state = self.host.state();
            state.under_way -= 1;
            state.not_before(now + self.pace.after(now - self.began));
        }
        self.host.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace =
        Pace { floor: Duration::from_millis(30), factor: 5.0, longest: Duration::from_millis(200), parallel: 1 };

    fn host(hosts: &Hosts, text: &str) -> Arc<Host> {
        hosts.of(&Url::parse(text).unwrap())
    }

    #[test]
    fn the_pause_follows_what_an_answer_took() {
        let pause = |took| PACE.after(Duration::from_millis(took)).as_millis();
        assert_eq!([1, 20, 500].map(pause), [30, 100, 200]);
        let unhurried = Pace { floor: Duration::ZERO, ..PACE };
        assert_eq!(unhurried.after(Duration::from_secs(9)), Duration::ZERO);
    }

    #[tokio::test]
    async fn two_pipelines_share_the_pace_of_a_host() {
        let hosts = Hosts::new();
        let (a, b) = (host(&hosts, "http://a.cn/x"), host(&hosts, "https://a.cn/y"));
        assert!(Arc::ptr_eq(&a, &b));
        assert!(!Arc::ptr_eq(&a, &host(&hosts, "http://a.cn:8080/")));
        let ask = async |host: &Arc<Host>| {
            let _turn = host.turn(PACE).await.unwrap();
            Instant::now()
        };
        let (first, second, third) = tokio::join!(ask(&a), ask(&b), ask(&a));
        assert!(second - first >= PACE.floor && third - second >= PACE.floor);
    }

    #[tokio::test]
    async fn no_more_requests_than_places() {
        let hosts = Hosts::new();
        let pace = Pace { floor: Duration::ZERO, parallel: 2, ..PACE };
        let host = host(&hosts, "http://a.cn/");
        let (one, two) = (host.turn(pace).await.unwrap(), host.turn(pace).await.unwrap());
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, host.turn(pace)).await.is_err());
        let (third, ()) = tokio::join!(host.turn(pace), async { drop(one) });
        assert!(third.is_ok());
        drop(two);
    }

    #[tokio::test]
    async fn a_pause_holds_everybody_back() {
        let hosts = Hosts::new();
        let host = host(&hosts, "http://a.cn/");
        let (start, pause) = (Instant::now(), Duration::from_millis(60));
        host.pause(pause);
        drop(host.turn(PACE).await.unwrap());
        assert!(start.elapsed() >= pause);
    }

    #[tokio::test]
    async fn a_host_that_keeps_failing_is_parked() {
        let hosts = Hosts::new();
        let host = host(&hosts, "http://a.cn/");
        let fail = |times| (0..times).for_each(|_| host.note(Health::Failed));
        fail(4);
        host.note(Health::Answered);
        fail(4);
        assert_eq!(host.is_parked(), None);
        let turn = host.turn(PACE).await.unwrap();
        let (waited, ()) = tokio::join!(host.turn(PACE), async {
            fail(1);
            drop(turn);
        });
        assert_eq!(waited.unwrap_err(), Parked("5 addresses in a row gave no answer".into()));
        assert_eq!(hosts.parked().len(), 1);
    }
}
