//! Failed logins take longer and longer, per address that they come from, and are tried one after the other.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turns, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};

use crate::net::Origin;

/// The delay of the first failure; each further one doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(4);
/// Failures are forgotten after so long without one; as often at most one is logged.
const FORGOTTEN: Duration = Duration::from_mins(1);
/// Addresses that are remembered at once; of more, the longest ago are forgotten.
const REMEMBERED: usize = 10_000;
/// Names tried from one address whose failures are told apart.
const NAMES: usize = 16;
/// Whose failures those of further names are; nobody's success takes them back.
const OTHERS: u64 = 0;

/// What is known of an address.
#[derive(Debug)]
struct Place {
    turns: Arc<Turns<()>>,
    /// By a hash of the name that was tried: names are as long as clients like.
    failures: HashMap<u64, u32>,
    last: Instant,
    logged: Option<Instant>,
    not_logged: u64,
}

impl Place {
    fn new() -> Self {
        Self { turns: Arc::default(), failures: HashMap::new(), last: Instant::now(), logged: None, not_logged: 0 }
    }

    fn is_forgotten(&self) -> bool {
        self.last.elapsed() >= FORGOTTEN
    }

    /// Whether somebody tries or waits.
    fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.turns) > 1
    }

    fn delay(&self) -> Duration {
        let count = self.failures.values().fold(0_u32, |sum, count| sum.saturating_add(*count));
        match count {
            0 => Duration::ZERO,
            count => FIRST_DELAY.saturating_mul(1 << (count - 1).min(8)).min(LONGEST_DELAY),
        }
    }

    fn fail(&mut self, name: u64) -> Duration {
        if self.is_forgotten() {
            self.failures.clear();
        }
        let is_told_apart = self.failures.contains_key(&name) || self.failures.len() < NAMES;
        let count = self.failures.entry(if is_told_apart { name } else { OTHERS }).or_default();
        *count = count.saturating_add(1);
        self.last = Instant::now();
        self.delay()
    }
}

/// Counts failures by address.
#[derive(Debug, Default)]
pub struct Throttle {
    places: Mutex<HashMap<Origin, Place>>,
    names: RandomState,
}

/// The turn of one attempt: until it is dropped, no other of the same address has one.
#[derive(Debug)]
pub struct Turn {
    throttle: Arc<Throttle>,
    origin: Origin,
    name: u64,
    _held: OwnedMutexGuard<()>,
}

impl Throttle {
    /// Waits for the attempts before this one, and until the next is due.
    pub async fn turn(self: &Arc<Self>, peer: IpAddr, name: &str) -> Turn {
        let origin = Origin::from(peer);
        let turns = self.at(origin, |place| Arc::clone(&place.turns));
        let held = turns.lock_owned().await;
        let due = self.at(origin, |place| (!place.is_forgotten()).then(|| place.last + place.delay()));
        if let Some(due) = due {
            sleep_until(due).await;
        }
        Turn { throttle: Arc::clone(self), origin, name: self.names.hash_one(name), _held: held }
    }

    /// How many failures of this address a line of the log is due for; none when there was one a short while ago.
    pub fn to_be_logged(&self, peer: IpAddr) -> Option<u64> {
        self.at(Origin::from(peer), |place| {
            place.not_logged += 1;
            if place.logged.is_some_and(|logged| logged.elapsed() < FORGOTTEN) {
                return None;
            }
            place.logged = Some(Instant::now());
            Some(std::mem::take(&mut place.not_logged))
        })
    }

    fn at<T>(&self, origin: Origin, ask: impl FnOnce(&mut Place) -> T) -> T {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= REMEMBERED && !places.contains_key(&origin) {
            make_room(&mut places);
        }
        ask(places.entry(origin).or_insert_with(Place::new))
    }
}

impl Turn {
    /// Notes a failure; says how long its answer is delayed.
    pub fn failed(&self) -> Duration {
        self.throttle.at(self.origin, |place| place.fail(self.name))
    }

    /// Forgets the failures of this name from this address.
    pub fn succeeded(self) {
        self.throttle.at(self.origin, |place| place.failures.remove(&self.name));
    }
}

/// Forgets what is old enough, or else a tenth.
fn make_room(places: &mut HashMap<Origin, Place>) {
    places.retain(|_, place| place.is_in_use() || !place.is_forgotten());
    if places.len() < REMEMBERED {
        return;
    }
    let mut times: Vec<_> = places.values().filter(|place| !place.is_in_use()).map(|place| place.last).collect();
    // What is in use stays: it is as many as there are requests.
    let Some(last) = times.len().checked_sub(1) else { return };
    let (_, oldest, _) = times.select_nth_unstable((REMEMBERED / 10).min(last));
    let oldest = *oldest;
    places.retain(|_, place| place.is_in_use() || place.last > oldest);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn fail(throttle: &Throttle, peer: IpAddr, name: u64) -> u128 {
        throttle.at(Origin::from(peer), |place| place.fail(name)).as_millis()
    }

    #[tokio::test]
    async fn each_failure_of_an_address_takes_longer_up_to_a_bound() {
        let throttle = Arc::new(Throttle::default());
        let lin = throttle.names.hash_one("lin");
        let delays: Vec<_> = (0..7).map(|_| fail(&throttle, PEER, lin)).collect();
        assert_eq!(delays, [250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert_eq!(fail(&throttle, IpAddr::from([127, 0, 0, 2]), lin), 250, "others are not concerned");
        throttle.turn(PEER, "lin").await.succeeded();
        assert_eq!(fail(&throttle, PEER, lin), 250);
    }

    #[tokio::test]
    async fn a_success_does_not_make_guesses_at_another_user_forgotten() {
        let throttle = Arc::new(Throttle::default());
        let wang = throttle.names.hash_one("wang");
        fail(&throttle, PEER, wang);
        throttle.turn(PEER, "lin").await.succeeded();
        assert_eq!(fail(&throttle, PEER, wang), 500);
        for name in 1_000..2_000 {
            fail(&throttle, PEER, name);
        }
        let names = throttle.at(Origin::from(PEER), |place| place.failures.len());
        assert!(names <= NAMES + 1, "{names}");
    }

    #[tokio::test]
    async fn parallel_guesses_take_turns() {
        let throttle = Arc::new(Throttle::default());
        let began = Instant::now();
        let guess = async || {
            let turn = throttle.turn(PEER, "lin").await;
            assert!(throttle.places.lock().is_ok());
            let held = throttle.at(Origin::from(PEER), |place| Arc::clone(&place.turns));
            assert!(held.try_lock().is_err(), "one at a time");
            // Whoever gives up does not make the next one faster.
            turn.failed();
        };
        tokio::join!(guess(), guess(), guess());
        assert!(began.elapsed() >= Duration::from_millis(250 + 500), "{:?}", began.elapsed());
    }

    #[test]
    fn a_line_tells_of_all_failures_since_the_last() {
        let throttle = Throttle::default();
        assert_eq!(throttle.to_be_logged(PEER), Some(1));
        assert_eq!((0..5).find_map(|_| throttle.to_be_logged(PEER)), None);
        throttle.at(Origin::from(PEER), |place| place.logged = None);
        assert_eq!(throttle.to_be_logged(PEER), Some(6));
    }

    #[test]
    fn the_oldest_addresses_make_room() {
        let throttle = Throttle::default();
        let address = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        let held = throttle.at(Origin::from(address(0)), |place| Arc::clone(&place.turns));
        for number in 0..REMEMBERED + 10 {
            fail(&throttle, address(number), 1);
        }
        let places = throttle.places.lock().unwrap();
        assert!(places.len() <= REMEMBERED, "{}", places.len());
        assert!(places.contains_key(&Origin::from(address(REMEMBERED + 9))));
        assert!(!places.contains_key(&Origin::from(address(1))));
        assert!(places.contains_key(&Origin::from(address(0))), "somebody waits there");
        drop(held);
    }
}
