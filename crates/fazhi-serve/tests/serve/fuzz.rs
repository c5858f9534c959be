//! A hundred thousand random messages, most of them nearly right. The seeds are fixed, so that what fails once fails again.

use std::net::SocketAddr;
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::attacks::{Besieged, raw};
use crate::harness::memory;

const POSTGRES: usize = 60_000;
const HTTP: usize = 40_000;
/// Connections at a time, half for each protocol.
const LANES: usize = 8;
/// A minute on a machine that does nothing else, and what others may take on top.
const TIME: Duration = Duration::from_mins(5);
const GROWTH: u64 = 200 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_random_messages_leave_the_server_answering() {
    quiet();
    let besieged = Besieged::start_with(|config| {
        config.limits.login_time = Duration::from_secs(5);
        config.limits.time = Duration::from_secs(2);
    })
    .await;
    besieged.unharmed("nothing").await;
    let (before, began) = (memory(), Instant::now());
    let mut lanes = JoinSet::new();
    for lane in 0..LANES / 2 {
        let seed = u64::try_from(lane).unwrap();
        lanes.spawn(postgres(besieged.served.postgres(), Rng::with_seed(seed), POSTGRES / (LANES / 2)));
        lanes.spawn(http(besieged.served.http(), Rng::with_seed(100 + seed), HTTP / (LANES / 2)));
    }
    let mut sent = 0;
    while let Some(lane) = lanes.join_next().await {
        sent += lane.unwrap();
    }
    assert_eq!(sent, POSTGRES + HTTP);
    assert!(began.elapsed() < TIME, "{:?}", began.elapsed());
    besieged.at_rest().await;
    // A session that panics looks to its client like one that was closed.
    assert_eq!(besieged.served.server.engine().metrics().connections_panicked(), 0);
    besieged.unharmed("random messages").await;
    let grown = memory().saturating_sub(before);
    assert!(grown < GROWTH, "{} MB", grown >> 20);
}

/// Panics of the library's readers are caught by the server, and would only fill the output.
fn quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some("network") {
            usual(info);
        }
    }));
}

const STATEMENTS: &[&str] = &[
    "",
    ";",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SHOW ALL",
    "SET application_name = 'x'",
    "RESET ALL",
    "DISCARD ALL",
    "DEALLOCATE ALL",
    "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "FETCH 1 FROM c",
    "CLOSE ALL",
    "SELECT $1::int",
    "SELECT '法治'",
    "COPY (SELECT 1) TO STDOUT",
    "COPY reports FROM STDIN",
    "DROP TABLE reports",
    "SELECT * FROM nothing WHERE a = 'b' AND (c IN (1, 2, 3) OR d LIKE '%e%')",
];

/// Sends so many messages, over as many connections as that takes.
async fn postgres(address: SocketAddr, mut random: Rng, count: usize) -> usize {
    let mut sent = 0;
    while sent < count {
        let messages = random.usize(10..60).min(count - sent);
        let mut bytes = Vec::new();
        for number in 0..messages {
            let message = if number == 0 { opening(&mut random) } else { in_session(&mut random) };
            bytes.extend(message);
        }
        sent += messages;
        exchange(address, &mut random, &bytes).await;
    }
    sent
}

fn opening(random: &mut Rng) -> Vec<u8> {
    let message = match random.u8(..12) {
        0 => raw::first(&80_877_103_u32.to_be_bytes()),
        1 => raw::first(&[&80_877_102_u32.to_be_bytes()[..], &[0; 8]].concat()),
        2 => raw::startup(&[("user", "fazhi"), ("database", "fazhi"), ("options", "-c statement_timeout=1s")]),
        _ => raw::startup_of("fazhi"),
    };
    // Most sessions begin well, so that there is something to get wrong in them.
    if random.u8(..8) == 0 { damaged(message, random) } else { message }
}

fn in_session(random: &mut Rng) -> Vec<u8> {
    let sql = STATEMENTS[random.usize(..STATEMENTS.len())];
    let name = ["", "s", "c"][random.usize(..3)];
    let message = match random.u8(..14) {
        0 => raw::query(sql),
        1 | 2 => raw::parse(name, sql),
        3 | 4 => {
            let rest: Vec<u8> = (0..random.usize(..24)).map(|_| random.u8(..) >> random.u8(..8)).collect();
            raw::bind(name, name, &rest)
        }
        5 => raw::bind(name, name, &[0; 6]),
        6 => raw::execute(name, random.i32(..)),
        7 => raw::message(b'D', &[&[if random.bool() { b'S' } else { b'P' }][..], &raw::text(name)].concat()),
        8 => raw::message(b'C', &[&[if random.bool() { b'S' } else { b'P' }][..], &raw::text(name)].concat()),
        9 => raw::message(b'H', b""),
        10 => raw::message(b"dcf"[random.usize(..3)], b"x\0"),
        11 => raw::message(b'p', &(0..random.usize(..40)).map(|_| random.u8(..)).collect::<Vec<_>>()),
        _ => raw::sync(),
    };
    match random.u8(..40) {
        0 => damaged(message, random),
        1..20 => {
            // The body alone, so that the next message is read as one.
            let (head, body) = message.split_at(5);
            let body = damaged(body.to_vec(), random);
            raw::message(head[0], &body)
        }
        _ => message,
    }
}

/// Bytes changed, taken out, put in, cut off or repeated.
fn damaged(mut bytes: Vec<u8>, random: &mut Rng) -> Vec<u8> {
    for _ in 0..random.usize(1..4) {
        if bytes.is_empty() {
            bytes.push(random.u8(..));
        }
        let place = random.usize(..bytes.len());
        match random.u8(..6) {
            0 => bytes[place] = random.u8(..),
            1 => bytes[place] ^= 1 << random.u8(..8),
            2 => drop(bytes.remove(place)),
            3 => bytes.insert(place, random.u8(..)),
            4 => bytes.truncate(place),
            _ => {
                let part = bytes[place..].to_vec();
                bytes.extend(part);
            }
        }
    }
    bytes
}

const REQUESTS: &[&str] = &[
    "GET /health HTTP/1.1\r\nHost: {}\r\n\r\n",
    "GET /ready HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: {}\r\nAccept: application/json;q=0.5, text/csv\r\n\r\n",
    "GET /tables/nothing?limit=10&offset=5&columns=a,b HTTP/1.1\r\nHost: {}\r\n\r\n",
    "GET /reports?year=x&region=110000 HTTP/1.1\r\nHost: {}\r\nAccept: text/csv\r\n\r\n",
    "GET /reports/%e6%b3%95 HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n\r\n",
    "HEAD /health HTTP/1.1\r\nHost: {}\r\n\r\n",
    "OPTIONS /sql HTTP/1.1\r\nHost: {}\r\nOrigin: http://{}\r\n\r\n",
    "POST /sql HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nDROP TABLE",
    "POST /sql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"sql\": \"X 1\"}",
    "POST /sql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n{\"sql\":\"X\",\"limit\":1,\"parameters\":[1]}",
    "POST /sql HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nX 1\r\n0\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
];

/// Sends so many requests, several behind each other over a connection.
async fn http(address: SocketAddr, mut random: Rng, count: usize) -> usize {
    let mut sent = 0;
    while sent < count {
        let requests = random.usize(1..20).min(count - sent);
        let mut bytes = Vec::new();
        for _ in 0..requests {
            let request = REQUESTS[random.usize(..REQUESTS.len())].replace("{}", &address.to_string()).into_bytes();
            bytes.extend(if random.u8(..10) < 7 { damaged(request, &mut random) } else { request });
        }
        sent += requests;
        exchange(address, &mut random, &bytes).await;
    }
    sent
}

/// Sends bytes in random pieces and reads whatever comes until the server closes, which it has to.
async fn exchange(address: SocketAddr, random: &mut Rng, bytes: &[u8]) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut rest = bytes;
    let send = async {
        while !rest.is_empty() {
            let piece = if random.bool() { rest.len() } else { random.usize(1..=rest.len()) };
            // A server that has closed already is no failure.
            if writing.write_all(&rest[..piece]).await.is_err() {
                break;
            }
            rest = &rest[piece..];
        }
        let _ = writing.shutdown().await;
    };
    let read = async {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(1..) = reading.read(&mut buffer).await {}
    };
    let both = timeout(raw::PATIENCE, async { tokio::join!(send, read) });
    assert!(both.await.is_ok(), "the server keeps a connection open whose client is done");
}
