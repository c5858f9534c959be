//! Ways to get in: without a password, with a wrong one, and around being asked for one.

use std::time::Duration;

use data_encoding::BASE64;
use ring::{digest, hmac, pbkdf2};
use tokio::time::Instant;

use super::raw::{self, Answer, Raw};
use super::{Besieged, besieged};
use crate::harness::{Served, users};

const PASSWORD: &str = "tea";
const CLIENT_NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

/// The client's side of SCRAM-SHA-256, with every part in the open.
pub struct Scram {
    server_first: String,
    header: String,
    nonce: String,
    proof_of: &'static str,
}

impl Scram {
    pub fn salt_and_rounds(&self) -> (String, String) {
        let part =
            |prefix: &str| self.server_first.split(',').find_map(|part| part.strip_prefix(prefix)).unwrap().to_owned();
        (part("s="), part("i="))
    }

    pub fn last(&self) -> Vec<u8> {
        let (salt, rounds) = self.salt_and_rounds();
        let salt = BASE64.decode(salt.as_bytes()).unwrap();
        let mut salted = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            rounds.parse::<u32>().unwrap().try_into().unwrap(),
            &salt,
            self.proof_of.as_bytes(),
            &mut salted,
        );
        let sign = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text);
        let client = sign(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, client.as_ref());
        let without_proof = format!("c={},r={}", BASE64.encode(self.header.as_bytes()), self.nonce);
        let messages = format!("n=,r={CLIENT_NONCE},{},{without_proof}", self.server_first);
        let signature = sign(stored.as_ref(), messages.as_bytes());
        let proof: Vec<u8> = client.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        format!("{without_proof},p={}", BASE64.encode(&proof)).into_bytes()
    }
}

fn first(mechanism: &str, data: &str) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    raw::message(b'p', &[&raw::text(mechanism)[..], &length, data.as_bytes()].concat())
}

fn client_first() -> Vec<u8> {
    first("SCRAM-SHA-256", &format!("n,,n=,r={CLIENT_NONCE}"))
}

/// Asks to log in, up to the server's challenge.
pub async fn challenged(served: &Served, user: &str) -> (Raw, Scram) {
    let mut raw = Raw::connect(served.postgres()).await;
    raw.send(&raw::startup_of(user)).await;
    let offered = raw.next().await.unwrap();
    assert_eq!((offered.kind, &offered.body[..4]), (b'R', &10_u32.to_be_bytes()[..]), "SASL is asked for");
    raw.send(&client_first()).await;
    let challenge = raw.next().await.unwrap();
    assert_eq!((challenge.kind, &challenge.body[..4]), (b'R', &11_u32.to_be_bytes()[..]));
    let server_first = String::from_utf8(challenge.body[4..].to_vec()).unwrap();
    let nonce = server_first.split(',').next().unwrap()[2..].to_owned();
    assert!(nonce.starts_with(CLIENT_NONCE) && nonce.len() > CLIENT_NONCE.len() + 16);
    (raw, Scram { server_first, header: "n,,".to_owned(), nonce, proof_of: PASSWORD })
}

/// Logs in as it should be, which also makes earlier failures forgotten.
pub async fn log_in(served: &Served) -> (Raw, Vec<u8>) {
    let (mut raw, scram) = challenged(served, "wang").await;
    let last = scram.last();
    raw.send(&raw::message(b'p', &last)).await;
    assert_eq!(raw.until_ready().await.last().map(|answer| answer.kind), Some(b'Z'), "the right password logs in");
    (raw, last)
}

/// Fails if anything was let through: no greeting, no rows, and the end of the connection.
#[track_caller]
fn refused(name: &str, answers: &[Answer]) {
    let let_in = answers.iter().any(|answer| {
        matches!(answer.kind, b'Z' | b'T' | b'D' | b'C' | b'K' | b'S')
            || answer.kind == b'R' && answer.body[..4] == 0_u32.to_be_bytes()
    });
    assert!(!let_in, "{name}: {}", raw::kinds(answers));
}

async fn guarded() -> Besieged {
    Besieged::start_with(|config| {
        config.users = users();
        config.limits.login_time = Duration::from_secs(20);
    })
    .await
}

/// What is sent instead of a proof.
type Tampered = fn(&mut Scram);

#[tokio::test]
async fn wrong_proofs_are_refused_alike() {
    let besieged = guarded().await;
    let attempts: &[(&str, &str, Tampered, &str)] = &[
        ("a wrong password", "wang", |scram| scram.proof_of = "coffee", "28P01"),
        ("an empty password", "wang", |scram| scram.proof_of = "", "28P01"),
        ("another user's password", "wang", |scram| scram.proof_of = "葱花 & pancakes", "28P01"),
        ("an unknown user", "nobody", |_| (), "28P01"),
        ("a user in SQL", "wang' OR '1'='1", |_| (), "28P01"),
        ("a user in another case", "WANG", |_| (), "28P01"),
        ("a user with a space", "wang ", |_| (), "28P01"),
        ("the name of everybody", "fazhi", |_| (), "28P01"),
        ("the superuser of others", "postgres", |_| (), "28P01"),
        (
            "a nonce of another exchange",
            "wang",
            |scram| scram.nonce = format!("{CLIENT_NONCE}AAAAAAAAAAAAAAAAAAAAAAAA"),
            "08P01",
        ),
        ("the client's nonce alone", "wang", |scram| scram.nonce = CLIENT_NONCE.to_owned(), "08P01"),
        ("a header that says otherwise", "wang", |scram| scram.header = "y,,".to_owned(), "08P01"),
        (
            "a channel binding out of nothing",
            "wang",
            |scram| scram.header = "p=tls-server-end-point,,".to_owned(),
            "08P01",
        ),
    ];
    for (name, user, tamper, expected) in attempts {
        let (mut raw, mut scram) = challenged(&besieged.served, user).await;
        tamper(&mut scram);
        raw.send(&raw::message(b'p', &scram.last())).await;
        raw.send(&raw::query("SELECT 1")).await;
        let answers = raw.until_closed().await;
        refused(name, &answers);
        assert_eq!(raw::code(&answers).as_deref(), Some(*expected), "{name}");
        log_in(&besieged.served).await;
    }
}

/// What is sent instead of the messages of a login, and the error that ends it; some end without one.
#[tokio::test]
async fn there_is_no_way_around_the_password() {
    let besieged = guarded().await;
    let startup = raw::startup_of("wang");
    let (_, old) = log_in(&besieged.served).await;
    let scram = |binding: &str| first("SCRAM-SHA-256", &format!("{binding},,n=,r={CLIENT_NONCE}"));
    let attempts: Vec<(&str, Vec<u8>)> = vec![
        ("a query instead of a startup", raw::query("SELECT 1")),
        ("a query instead of a password", [&startup[..], &raw::query("SELECT 1")].concat()),
        ("a query after nothing but a parse", [&startup[..], &raw::parse("", "SELECT 1"), &raw::sync()].concat()),
        ("no user", raw::startup(&[("database", "fazhi")])),
        ("an empty user", raw::startup_of("")),
        ("a user cut by a NUL", raw::startup(&[("user", "wang\0x"), ("database", "fazhi")])),
        ("a password in the clear", [&startup[..], &raw::message(b'p', &raw::text(PASSWORD))].concat()),
        ("MD5", [&startup[..], &raw::message(b'p', &raw::text("md5ab86a1e1ef70dff97959067b723c5c24"))].concat()),
        ("PLAIN", [&startup[..], &first("PLAIN", "\0wang\0tea"), &raw::query("SELECT 1")].concat()),
        ("no mechanism", [&startup[..], &first("", ""), &raw::query("SELECT 1")].concat()),
        ("SCRAM-SHA-1", [&startup[..], &first("SCRAM-SHA-1", &format!("n,,n=,r={CLIENT_NONCE}"))].concat()),
        ("PLUS without TLS", [&startup[..], &first("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=a")].concat()),
        ("a binding that was not offered", [&startup[..], &scram("p=tls-unique"), &raw::query("SELECT 1")].concat()),
        ("an empty first message", [&startup[..], &first("SCRAM-SHA-256", ""), &raw::query("SELECT 1")].concat()),
        ("no nonce", [&startup[..], &first("SCRAM-SHA-256", "n,,n=,r="), &raw::query("SELECT 1")].concat()),
        ("no UTF-8", [&startup[..], &raw::message(b'p', b"SCRAM-SHA-256\0\0\0\0\x02\xff\xfe")].concat()),
        ("a length that lies", [&startup[..], &raw::message(b'p', b"SCRAM-SHA-256\0\x7f\xff\xff\xff")].concat()),
        ("a password that was right before", [&startup[..], &client_first(), &raw::message(b'p', &old)].concat()),
        ("an empty proof", [&startup[..], &client_first(), &raw::message(b'p', b"")].concat()),
        ("a proof that is none", [&startup[..], &client_first(), &raw::message(b'p', b"c=biws,r=x,p=eA==")].concat()),
        (
            "the server's own words",
            [&startup[..], &raw::message(b'R', &0_u32.to_be_bytes()), &raw::query("SELECT 1")].concat(),
        ),
        ("terminate", [&startup[..], &raw::message(b'X', b""), &raw::query("SELECT 1")].concat()),
        ("sync", [&startup[..], &raw::sync(), &raw::query("SELECT 1")].concat()),
        ("another startup", [&startup[..], &startup, &raw::query("SELECT 1")].concat()),
        ("a fast path call", [&startup[..], &raw::message(b'F', &[0; 12])].concat()),
        ("replication", raw::startup(&[("user", "wang"), ("database", "fazhi"), ("replication", "true")])),
    ];
    for (name, bytes) in attempts {
        let mut raw = Raw::connect(besieged.served.postgres()).await;
        raw.send(&bytes).await;
        raw.send(&raw::message(b'X', b"")).await;
        refused(name, &raw.until_closed().await);
        log_in(&besieged.served).await;
    }
}

/// Salt and rounds of a user that does not exist are as constant as those of one that does, and failures take as long.
#[tokio::test]
async fn users_cannot_be_told_from_strangers() {
    let besieged = guarded().await;
    let mut of = Vec::new();
    for user in ["wang", "stranger", "wang", "stranger", "other"] {
        let (_, scram) = challenged(&besieged.served, user).await;
        of.push(scram.salt_and_rounds());
    }
    assert_eq!((&of[0], &of[1]), (&of[2], &of[3]), "a salt that changes gives a stranger away");
    assert_eq!(of[0].0.len(), of[1].0.len());
    assert!(of.iter().all(|(_, rounds)| *rounds == of[0].1));
    assert!(of[1].0 != of[4].0 && of[0].0 != of[1].0);
    let mut told = Vec::new();
    for user in ["wang", "stranger"] {
        let (mut raw, mut scram) = challenged(&besieged.served, user).await;
        scram.proof_of = "guess";
        let began = Instant::now();
        raw.send(&raw::message(b'p', &scram.last())).await;
        let answers = raw.until_closed().await;
        assert!(began.elapsed() >= Duration::from_millis(250), "a failure is answered late");
        told.push(String::from_utf8(answers[0].body.clone()).unwrap().replace(user, "…"));
        log_in(&besieged.served).await;
    }
    assert_eq!(told[0], told[1]);
    let metrics = besieged.served.server.engine().metrics().text();
    assert!(metrics.contains("fazhi_logins_failed_total{protocol=\"postgres\"} 2"), "{metrics}");
}

#[tokio::test]
async fn after_a_login_nothing_of_it_can_be_repeated() {
    let besieged = guarded().await;
    for (name, bytes) in [
        ("a password", raw::message(b'p', &raw::text(PASSWORD))),
        ("a startup of another user", raw::startup_of("lin")),
        ("a request for TLS", raw::first(&80_877_103_u32.to_be_bytes())),
    ] {
        let (mut raw, _) = log_in(&besieged.served).await;
        raw.send(&bytes).await;
        raw.send(&raw::query("SELECT current_user")).await;
        let answers = raw.until_closed().await;
        assert!(!answers.iter().any(|answer| answer.kind == b'D'), "{name}: {}", raw::kinds(&answers));
        assert_eq!(raw::code(&answers).as_deref(), Some("08P01"), "{name}");
    }
}

/// A key is good for its own session alone, and only while that runs something.
#[tokio::test]
async fn queries_of_others_cannot_be_cancelled() {
    let besieged = Besieged::start().await;
    let mut victim = Raw::connect(besieged.served.postgres()).await;
    victim.send(&raw::startup_of("fazhi")).await;
    let greeting = victim.until_ready().await;
    let key = &greeting.iter().find(|answer| answer.kind == b'K').unwrap().body;
    let (number, secret) = key.split_at(4);
    let long = "SELECT count(*) FROM generate_series(1, 1000000000000)";
    victim.send(&raw::query(long)).await;
    let wrong: Vec<u8> = secret.iter().map(|byte| byte ^ 1).collect();
    let cancel = |secret: &[u8]| raw::first(&[&80_877_102_u32.to_be_bytes()[..], number, secret].concat());
    for request in [cancel(&wrong), cancel(&[0; 4]), cancel(&[]), cancel(&[0; 300]), cancel(&[secret, &[0]].concat())] {
        let mut other = Raw::connect(besieged.served.postgres()).await;
        other.send(&request).await;
        assert!(other.until_closed().await.is_empty(), "a request to cancel is never answered");
    }
    let unanswered = tokio::time::timeout(Duration::from_millis(500), victim.stream.peek(&mut [0])).await;
    assert!(unanswered.is_err(), "the query of the victim goes on");
    let mut own = Raw::connect(besieged.served.postgres()).await;
    own.send(&cancel(secret)).await;
    assert_eq!(raw::code(&victim.until_ready().await).as_deref(), Some("57014"));
    besieged.at_rest().await;
    besieged.unharmed("requests to cancel").await;
}

#[tokio::test]
async fn http_and_flight_ask_for_a_login_too() {
    let besieged = guarded().await;
    let address = besieged.served.http();
    let body = "SELECT 1 AS a";
    let with = |headers: &str| {
        format!(
            "POST /sql HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: text/plain\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let basic = |credentials: &str| format!("Authorization: Basic {}\r\n", BASE64.encode(credentials.as_bytes()));
    for headers in [
        String::new(),
        basic("wang:coffee"),
        basic("wang:"),
        basic("wang"),
        basic(":"),
        basic("stranger:tea"),
        basic("wang\0:tea"),
        "Authorization: Basic \r\n".to_owned(),
        "Authorization: Basic %%%\r\n".to_owned(),
        "Authorization: Bearer \r\n".to_owned(),
        format!("Authorization: Bearer {}\r\n", "A".repeat(10_000)),
        "Authorization: Negotiate YII=\r\n".to_owned(),
        "Authorization\r\n".to_owned(),
        "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-User: wang\r\nX-Remote-User: wang\r\n".to_owned(),
        "Cookie: session=wang\r\n".to_owned(),
    ] {
        let answer = besieged::ask(address, with(&headers).as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(["401", "400"].contains(&status.as_str()), "{headers}: {answer}");
        log_in(&besieged.served).await;
    }
    let answer = besieged::ask(address, with(&basic("wang:tea")).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for path in ["/", "/metrics", "/tables", "/openapi.json", "/reports", "//sql", "/health/../metrics", "/%6detrics"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let answer = besieged::ask(address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
    let refused = besieged.flight("SELECT 1").await.unwrap_err();
    assert!(refused.contains("a user and a password are needed"), "{refused}");
}
