//! Failed logins take longer and longer, per address that they come from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// The delay of the first failure; each further one doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(4);
/// Failures are forgotten after so long without one.
const FORGOTTEN: Duration = Duration::from_mins(1);
/// Addresses that are remembered at once; of more, the longest ago are forgotten.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn delay(self) -> Duration {
        FIRST_DELAY.saturating_mul(1 << self.count.saturating_sub(1).min(8)).min(LONGEST_DELAY)
    }
}

/// Counts failures by address.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

impl Throttle {
    /// Waits until the next attempt of this address is due.
    pub async fn wait(&self, peer: IpAddr) {
        let due = {
            let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            failures.get(&peer).filter(|failures| failures.last.elapsed() < FORGOTTEN).map(|f| f.last + f.delay())
        };
        if let Some(due) = due {
            sleep_until(due).await;
        }
    }

    /// Notes a failure and waits as long as its answer is delayed.
    pub async fn failed(&self, peer: IpAddr) {
        let delay = self.note(peer);
        sleep(delay).await;
    }

    /// Forgets the failures of an address.
    pub fn succeeded(&self, peer: IpAddr) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&peer);
    }

    fn note(&self, peer: IpAddr) -> Duration {
        let now = Instant::now();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= REMEMBERED {
            failures.retain(|_, failures| failures.last.elapsed() < FORGOTTEN / 2);
        }
        let entry = failures.entry(peer).or_insert(Failures { count: 0, last: now });
        if entry.last.elapsed() >= FORGOTTEN {
            entry.count = 0;
        }
        *entry = Failures { count: entry.count.saturating_add(1), last: now };
        entry.delay()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_of_an_address_takes_longer_up_to_a_bound() {
        let throttle = Throttle::default();
        let peer = IpAddr::from([127, 0, 0, 1]);
        let delays: Vec<_> = (0..7).map(|_| throttle.note(peer).as_millis()).collect();
        assert_eq!(delays, [250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert_eq!(throttle.note(IpAddr::from([127, 0, 0, 2])).as_millis(), 250, "others are not concerned");
        throttle.succeeded(peer);
        assert_eq!(throttle.note(peer).as_millis(), 250);
    }
}
