//! Who asked for what and when, and how many at a time.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::request::Request;
use super::{Day, Fault};

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// `GET`, `HEAD` …
    pub method: String,
    /// Path and query as they came.
    pub path: String,
    /// `Host`, empty where there was none.
    pub host: String,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Referer`.
    pub referer: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<String>,
    /// The fault it was for; none for lists, sound articles and `robots.txt`.
    pub fault: Option<Fault>,
    /// The day it came.
    pub day: Day,
    /// Status that was sent; none where no readable status line was.
    pub status: Option<u16>,
    /// When its head was complete, counted from the start of the server.
    pub began: Duration,
    /// When the last piece of the answer was about to be sent; none while it is not, and where the client left before. It
    /// is taken before the last piece, since a client may ask for the next thing as soon as it has that. When a client left
    /// is not noted: it is heard of later than it happened.
    pub ended: Option<Duration>,
}

/// Requests beyond this many are answered but no longer logged.
const LOG_LIMIT: usize = 1_000_000;

/// The log of a server.
#[derive(Debug)]
pub struct Log {
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<LoggedRequest>,
    in_flight: Vec<InFlight>,
    next_id: u64,
    high_water: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct InFlight {
    id: u64,
    /// Its place in the log, unless that is full.
    index: Option<usize>,
    host: String,
    connection: Arc<TcpStream>,
}

/// A request that is being answered. It ends when it is told to, and is given up when it is dropped before.
#[derive(Debug)]
pub struct Flight {
    log: Arc<Log>,
    id: u64,
}

impl Log {
    pub fn new() -> Self {
        Self { started: Instant::now(), state: Mutex::default() }
    }

    /// Notes a request. `connection` is a second handle of the socket it came by, not blocking.
    pub fn begin(self: &Arc<Self>, request: &Request, day: Day, connection: &Arc<TcpStream>) -> Flight {
        let mut state = self.state();
        let began = self.started.elapsed();
        let entry = entry(request, day, began);
        let host = entry.host.clone();
        // A client that has given a request up may ask again before its old connection's task has heard of it.
        state.in_flight.retain(|other| !is_gone(&other.connection));
        let index = (state.requests.len() < LOG_LIMIT).then_some(state.requests.len());
        if index.is_some() {
            state.requests.push(entry);
        }
        let id = state.next_id;
        state.next_id += 1;
        state.in_flight.push(InFlight { id, index, host: host.clone(), connection: Arc::clone(connection) });
        let now = state.in_flight.iter().filter(|other| other.host == host).count();
        let mark = state.high_water.entry(host).or_default();
        *mark = now.max(*mark);
        Flight { log: Arc::clone(self), id }
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.state().requests.clone()
    }

    /// The most requests that were being answered at the same moment, by `Host`.
    pub fn high_water(&self) -> BTreeMap<String, usize> {
        self.state().high_water.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a request off those that are being answered, and tells its entry.
    fn land(&mut self, id: u64) -> Option<&mut LoggedRequest> {
        let place = self.in_flight.iter().position(|other| other.id == id)?;
        let index = self.in_flight.swap_remove(place).index?;
        self.requests.get_mut(index)
    }
}

impl Flight {
    /// Notes the status that is being sent.
    pub fn answered(&self, status: Option<u16>) {
        let mut state = self.log.state();
        let index = state.in_flight.iter().find(|other| other.id == self.id).and_then(|other| other.index);
        if let Some(entry) = index.and_then(|index| state.requests.get_mut(index)) {
            entry.status = status;
        }
    }

    /// Notes that the answer is complete but for its last piece. The second time does nothing.
    pub fn end(&self) {
        let mut state = self.log.state();
        let at = self.log.started.elapsed();
        if let Some(entry) = state.land(self.id) {
            entry.ended = Some(at);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.log.state().land(self.id);
    }
}

/// Whether the other side has closed or reset a connection.
fn is_gone(connection: &TcpStream) -> bool {
    match connection.peek(&mut [0]) {
        Ok(waiting) => waiting == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

fn entry(request: &Request, day: Day, began: Duration) -> LoggedRequest {
    let header = |name| request.header(name).map(str::to_owned);
    LoggedRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        host: header("host").unwrap_or_default(),
        user_agent: header("user-agent"),
        referer: header("referer"),
        if_none_match: header("if-none-match"),
        if_modified_since: header("if-modified-since"),
        fault: Fault::of_path(&request.path),
        day,
        status: None,
        began,
        ended: None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A client's end of a connection and the server's.
    fn connection() -> (TcpStream, Arc<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        (client, Arc::new(server))
    }

    #[test]
    fn a_request_ends_with_its_client_and_not_before() {
        let log = Arc::new(Log::new());
        let begin = |connection| log.begin(&Request::default(), Day::First, connection);
        let (first_client, first) = connection();
        let (second_client, second) = connection();
        let _first = begin(&first);
        let _second = begin(&second);
        assert_eq!(log.high_water().into_values().max(), Some(2));
        drop((first_client, second_client));
        while !is_gone(&first) || !is_gone(&second) {
            std::thread::yield_now();
        }
        let (_client, third) = connection();
        let answered = begin(&third);
        let _fourth = begin(&third);
        assert_eq!(log.high_water().into_values().max(), Some(2), "not three, not four");
        answered.end();
        let ended: Vec<_> = log.requests().iter().map(|request| request.ended.is_some()).collect();
        assert_eq!(ended, [false, false, true, false], "when a client left is not known");
    }
}
