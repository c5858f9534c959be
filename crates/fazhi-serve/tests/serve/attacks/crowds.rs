//! Connections of one user, of nobody, and guesses, many at a time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use data_encoding::BASE64;
use fazhi_serve::{Users, Verifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tonic::Code;
use tonic::transport::Endpoint;

use super::logins::{challenged, log_in};
use super::raw::{self, Raw};
use super::{Besieged, besieged};
use crate::harness::{Served, users};

/// A hash as PostgreSQL 15 makes it, of `pencil`.
const OF_POSTGRES: &str = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

fn request(address: SocketAddr, credentials: &str, connection: &str) -> String {
    let credentials = BASE64.encode(credentials.as_bytes());
    format!(
        "GET /openapi.json HTTP/1.1\r\nHost: {address}\r\nConnection: {connection}\r\nAuthorization: Basic {credentials}\r\n\r\n"
    )
}

/// Asks over a connection that stays open, and reads the whole answer.
async fn ask_on(stream: &mut TcpStream, credentials: &str) -> String {
    let address = stream.peer_addr().unwrap();
    stream.write_all(request(address, credentials, "keep-alive").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return text.into_owned();
            }
        }
        let read = timeout(raw::PATIENCE, stream.read_buf(&mut answer)).await.unwrap().unwrap();
        assert!(read > 0, "the server closed after {}", String::from_utf8_lossy(&answer));
    }
}

async fn flight_login(served: &Served, password: &str) -> Result<(), tonic::Status> {
    let channel = Endpoint::new(format!("http://{}", served.flight())).unwrap().connect().await.unwrap();
    let ended = FlightSqlServiceClient::new(channel).handshake("wang", password).await;
    ended.map(|_| ()).map_err(|error| match error {
        FlightError::Tonic(status) => *status,
        other => tonic::Status::unknown(other.to_string()),
    })
}

#[tokio::test]
async fn a_user_has_so_many_connections_over_all_protocols() {
    let besieged = Besieged::start_with(|config| {
        config.users = users();
        config.limits.connections_per_user = 2;
    })
    .await;
    let served = &besieged.served;
    let (session, _) = log_in(served).await;
    let mut kept = TcpStream::connect(served.http()).await.unwrap();
    for _ in 0..3 {
        let answer = ask_on(&mut kept, "wang:tea").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    let answer = besieged::ask(served.http(), request(served.http(), "wang:tea", "close").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    assert!(answer.contains("2 are open") && answer.contains("connections-per-user"), "{answer}");
    let refused = flight_login(served, "tea").await.unwrap_err();
    assert!(refused.code() == Code::ResourceExhausted || refused.message().contains("2 are open"), "{refused}");
    let (mut third, scram) = challenged(served, "wang").await;
    third.send(&raw::message(b'p', &scram.last())).await;
    assert_eq!(raw::code(&third.until_closed().await).as_deref(), Some("53300"));

    // Another user of the same connection takes it along.
    let answer = ask_on(&mut kept, "lin:葱花 & pancakes").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    flight_login(served, "tea").await.unwrap();
    drop((session, kept));
}

/// HTTP/2 has no end of its own: a client that says what it speaks and then nothing could stay for ever.
#[tokio::test]
async fn a_connection_of_nobody_is_closed() {
    let served = Served::start_with(|config| config.limits.login_time = Duration::from_millis(300)).await;
    for address in [served.flight(), served.http()] {
        let began = Instant::now();
        let answered = besieged::ask(address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
        assert!(timeout(Duration::from_secs(20), answered).await.is_ok(), "{address} keeps a stranger");
        assert!(began.elapsed() >= Duration::from_millis(500), "a slow client has its time");
    }
    let metrics = served.server.engine().metrics();
    let gone = async {
        while metrics.text().lines().any(|line| line.starts_with("fazhi_connections{") && !line.ends_with(" 0")) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(raw::PATIENCE, gone).await.is_ok(), "{}", metrics.text());
    served.server.stop().await;
}

#[tokio::test]
async fn a_stranger_does_not_take_the_places_of_others() {
    let served = Served::start_with(|config| {
        config.users = users();
        config.limits.connections = 10;
        config.limits.connections_per_user = 4;
    })
    .await;
    let mut strangers = Vec::new();
    for _ in 0..4 {
        let mut stranger = Raw::connect(served.postgres()).await;
        stranger.send(&raw::startup_of("wang")).await;
        assert_eq!(stranger.next().await.unwrap().kind, b'R', "a password is asked for");
        strangers.push(stranger);
    }
    let mut fifth = Raw::connect(served.postgres()).await;
    fifth.send(&raw::startup_of("wang")).await;
    let answers = fifth.until_closed().await;
    assert_eq!(raw::code(&answers).as_deref(), Some("53300"), "{}", raw::kinds(&answers));
    let answer = besieged::ask(served.http(), request(served.http(), "wang:tea", "close").as_bytes()).await;
    assert_eq!(answer, "", "the address has no place left");
    // From another address of this machine there is one.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut elsewhere = socket.connect(served.http()).await.unwrap();
    let answer = ask_on(&mut elsewhere, "wang:tea").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    served.server.stop().await;
}

#[tokio::test]
async fn guesses_at_the_same_time_are_answered_one_after_the_other() {
    let served = Served::start_with(|config| config.users = users()).await;
    let began = Instant::now();
    let guess = async |password: &str| {
        let guess = request(served.http(), &format!("wang:{password}"), "close");
        besieged::ask(served.http(), guess.as_bytes()).await
    };
    let (one, two, three) = tokio::join!(guess("a"), guess("b"), flight_login(&served, "c"));
    assert!(one.starts_with("HTTP/1.1 401") && two.starts_with("HTTP/1.1 401") && three.is_err());
    assert!(began.elapsed() >= Duration::from_millis(250 + 500 + 1_000), "{:?}", began.elapsed());
    served.server.stop().await;
}

/// A dashboard whose token expired goes on asking with it; whoever shares its address still logs in.
#[tokio::test]
async fn wrong_tokens_are_counted_and_delay_nobody() {
    let served = Served::start_with(|config| config.users = users()).await;
    let began = Instant::now();
    let address = served.http();
    for _ in 0..8 {
        let asked =
            format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer old\r\n\r\n");
        let answer = besieged::ask(address, asked.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    let channel = Endpoint::new(format!("http://{}", served.flight())).unwrap().connect().await.unwrap();
    let mut flight = FlightSqlServiceClient::new(channel);
    flight.set_token("old".to_owned());
    assert!(flight.execute("SELECT 1".to_owned(), None).await.is_err());
    let answer = besieged::ask(address, request(address, "wang:tea", "close").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // As passwords, they would have taken 19 seconds.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let metrics = served.server.engine().metrics().text();
    for counted in ["protocol=\"http\"} 8", "protocol=\"flight\"} 1"] {
        assert!(metrics.contains(&format!("fazhi_logins_failed_total{{{counted}")), "{metrics}");
    }
    served.server.stop().await;
}

/// PostgreSQL's hashes have other iterations than ours, and a client is told of them before it shows a password.
#[tokio::test]
async fn strangers_look_like_users_with_hashes_of_postgresql() {
    let known: Verifier = OF_POSTGRES.parse().unwrap();
    let users = HashMap::from([(Arc::from("wang"), known)]);
    let served = Served::start_with(|config| config.users = Users::Known(users)).await;
    let mut of = Vec::new();
    for user in ["wang", "stranger", "another", "stranger"] {
        let (_, scram) = challenged(&served, user).await;
        of.push(scram.salt_and_rounds());
    }
    assert!(of.iter().all(|(salt, rounds)| rounds == "4096" && salt.len() == of[0].0.len()), "{of:?}");
    assert!(of[1] != of[2] && of[1] == of[3] && of[1] != of[0], "{of:?}");
    served.server.stop().await;
}
