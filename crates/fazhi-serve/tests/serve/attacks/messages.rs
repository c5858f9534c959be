//! Messages that are wrong, too large, or never end. Each costs its sender a connection at most.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::raw::{self, Raw, first, lying, message};
use super::{Besieged, besieged};

const LOGIN_TIME: Duration = Duration::from_secs(2);

async fn impatient() -> Besieged {
    Besieged::start_with(|config| config.limits.login_time = LOGIN_TIME).await
}

/// First messages, all of which end the connection without a session.
fn before_login() -> Vec<(&'static str, Vec<u8>)> {
    let startup = raw::startup_of("fazhi");
    let mut without_end = 196_608_u32.to_be_bytes().to_vec();
    without_end.extend(b"user\0fazhi");
    vec![
        ("a length of 0", 0_u32.to_be_bytes().to_vec()),
        ("a length of 3", 3_u32.to_be_bytes().to_vec()),
        ("a length of 4", 4_u32.to_be_bytes().to_vec()),
        ("a length of 7", [&7_u32.to_be_bytes()[..], &[0; 3]].concat()),
        ("a negative length", [&u32::MAX.to_be_bytes()[..], &[0; 100]].concat()),
        ("2 GiB", [&0x7fff_ffff_u32.to_be_bytes()[..], &[0; 100]].concat()),
        ("a startup of 1 MiB", first(&[&196_608_u32.to_be_bytes()[..], &[b'a'; 1 << 20]].concat())),
        ("a startup without its end", first(&without_end)),
        ("a startup of a name alone", first(&[&196_608_u32.to_be_bytes()[..], b"user\0"].concat())),
        ("a startup that is no UTF-8", first(&[&196_608_u32.to_be_bytes()[..], b"\xff\xfe\0\xff\0\0"].concat())),
        ("version 2", first(&131_072_u32.to_be_bytes())),
        ("version 65535", first(&[&0xffff_0000_u32.to_be_bytes()[..], b"user\0fazhi\0\0"].concat())),
        ("zeros", vec![0; 4096]),
        ("an old password message", message(b'p', b"\0")),
        ("a query", raw::query("SELECT 1")),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("TLS where there is none", [&[0x16, 3, 1, 0, 200, 1][..], &[7; 199]].concat()),
        ("TLS garbage", [&[0x16, 3, 1, 0xff, 0xff][..], &[0xff; 70_000]].concat()),
        ("endless requests for TLS", first(&80_877_103_u32.to_be_bytes()).repeat(50)),
        ("a request for TLS that is too long", first(&[&80_877_103_u32.to_be_bytes()[..], &[0; 64]].concat())),
        ("a request to cancel without a key", first(&80_877_102_u32.to_be_bytes())),
        ("SSH", b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec()),
        ("a startup cut off", startup[..startup.len() - 3].to_vec()),
    ]
}

/// Messages of a session, and the error that each ends in; none where the connection is just closed.
fn in_session() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let count = |number: u16| number.to_be_bytes();
    let bound = |rest: &[u8]| [raw::parse("", "SELECT $1::int"), raw::bind("", "", rest), raw::sync()].concat();
    vec![
        ("a query of length 0", lying(b'Q', 0, b""), "08P01"),
        ("a query of length 3", lying(b'Q', 3, b""), "08P01"),
        ("a negative length", lying(b'Q', u32::MAX, &[0; 64]), "08P01"),
        ("2 GiB of a query", lying(b'Q', 0x7fff_ffff, b"SELECT"), "08P01"),
        ("2 GiB of data", lying(b'd', 0x7fff_ffff, b"x"), "08P01"),
        ("2 GiB of parameters", lying(b'B', 0x7fff_ffff, b"\0\0"), "08P01"),
        ("a type that is none", message(b'?', b"abc"), "08P01"),
        ("the type 0", message(0, b""), "08P01"),
        ("the type 255", message(255, &[255; 100]), "08P01"),
        ("a fast path call", message(b'F', &[0; 16]), "08P01"),
        ("a parse of 65535 types", message(b'P', &[&b"\0SELECT 1\0"[..], &count(65_535)].concat()), "08P01"),
        ("a bind of nothing", message(b'B', b""), "08P01"),
        ("a bind of 65535 formats", bound(&count(65_535)), "08P01"),
        ("a bind of 65535 parameters", bound(&[count(0), count(65_535)].concat()), "08P01"),
        ("a parameter of 2 GiB", bound(&[&count(0)[..], &count(1), &0x7fff_ffff_u32.to_be_bytes()].concat()), "08P01"),
        ("an execute without its count", message(b'E', b"\0"), "08P01"),
        ("a describe of nothing", message(b'D', b""), "08P01"),
        ("a close of nothing", message(b'C', b""), "08P01"),
    ]
}

/// Messages that are well-formed and make no sense; after each, the session goes on.
fn senseless() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let one = raw::parse("", "SELECT $1::int");
    let value = |formats: &[i16], values: &[&[u8]], results: &[i16]| {
        let mut rest = Vec::new();
        for codes in [formats, &[]] {
            if codes.is_empty() {
                continue;
            }
            rest.extend(u16::try_from(codes.len()).unwrap().to_be_bytes());
            rest.extend(codes.iter().flat_map(|code| code.to_be_bytes()));
        }
        if formats.is_empty() {
            rest.extend([0, 0]);
        }
        rest.extend(u16::try_from(values.len()).unwrap().to_be_bytes());
        for value in values {
            rest.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
            rest.extend(*value);
        }
        rest.extend(u16::try_from(results.len()).unwrap().to_be_bytes());
        rest.extend(results.iter().flat_map(|code| code.to_be_bytes()));
        raw::bind("", "", &rest)
    };
    let all = |parts: &[Vec<u8>]| [parts.concat(), raw::sync()].concat();
    vec![
        ("an unknown statement", all(&[raw::bind("", "nothing", &[0; 6])]), "26000"),
        ("an unknown portal", all(&[raw::execute("nothing", 0)]), "34000"),
        ("a description of neither", all(&[message(b'D', b"?\0")]), "08P01"),
        ("no parameter where one is needed", all(&[one.clone(), value(&[], &[], &[])]), "08P01"),
        ("three parameters where one is needed", all(&[one.clone(), value(&[], &[b"1", b"2", b"3"], &[])]), "08P01"),
        ("five formats for one parameter", all(&[one.clone(), value(&[1; 5], &[b"1"], &[])]), "08P01"),
        ("a format that is none", all(&[one.clone(), value(&[7], &[b"1"], &[])]), "22023"),
        ("three bytes of an int", all(&[one.clone(), value(&[1], &[b"abc"], &[])]), "22P02"),
        ("a text that is no int", all(&[one.clone(), value(&[0], &[b"abc"], &[])]), "22P02"),
        ("bytes that are no UTF-8", all(&[one.clone(), value(&[0], &[b"\xff"], &[])]), "22P02"),
        ("three result formats for one column", all(&[one.clone(), value(&[], &[b"1"], &[0, 1, 0])]), "08P01"),
        ("a result format that is none", all(&[one, value(&[], &[b"1"], &[-1])]), "22023"),
        ("parameter 65536", all(&[raw::parse("", "SELECT $65536::int")]), "54023"),
        ("parameter 99999999999999999999", all(&[raw::parse("", "SELECT $99999999999999999999::int")]), "42P02"),
        ("parameter 0", all(&[raw::parse("", "SELECT $0::int")]), "42000"),
    ]
}

#[tokio::test]
async fn a_connection_that_starts_wrong_is_closed() {
    let besieged = impatient().await;
    for (name, bytes) in before_login() {
        let mut raw = Raw::connect(besieged.served.postgres()).await;
        raw.send(&bytes).await;
        let mut rest = Vec::new();
        let closed = timeout(raw::PATIENCE, raw.stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "{name}: the connection stays open");
        assert!(!rest.contains(&b'Z'), "{name}: {rest:?}");
        // HTTP and Flight get the same bytes.
        for address in [besieged.served.http(), besieged.served.flight()] {
            let answer = timeout(raw::PATIENCE, besieged::ask(address, &bytes)).await;
            assert!(answer.is_ok(), "{name}: {address} keeps the connection open");
        }
    }
    besieged.unharmed("first messages").await;
}

#[tokio::test]
async fn a_session_ends_with_a_message_that_cannot_be_read() {
    let besieged = Besieged::start().await;
    for (name, bytes, expected) in in_session() {
        let mut session = Raw::session(besieged.served.postgres()).await;
        session.send(&bytes).await;
        session.send(&message(b'X', b"")).await;
        let answers = session.until_closed().await;
        assert_eq!(raw::code(&answers).as_deref(), Some(expected), "{name}: {}", raw::kinds(&answers));
    }
    // What lacks the zero at its end is at most nothing; it is not read beyond.
    for (name, bytes) in [("a query", message(b'Q', b"SELECT 1")), ("a name", message(b'P', b"name"))] {
        let mut session = Raw::session(besieged.served.postgres()).await;
        session.send(&[bytes, message(b'X', b"")].concat()).await;
        let kinds = raw::kinds(&session.until_closed().await);
        assert!(!kinds.contains('D'), "{name} without its end: {kinds}");
    }
    besieged.unharmed("messages of a session").await;
}

#[tokio::test]
async fn a_session_goes_on_after_a_message_without_sense() {
    let besieged = Besieged::start().await;
    let mut session = Raw::session(besieged.served.postgres()).await;
    for (name, bytes, expected) in senseless() {
        session.send(&bytes).await;
        let answers = session.until_ready().await;
        let code = raw::code(&answers).unwrap_or_else(|| panic!("{name}: {}", raw::kinds(&answers)));
        assert_eq!(code, expected, "{name}");
        session.send(&raw::query("SELECT count(*) FROM reports")).await;
        assert_eq!(session.until_ready().await[1].value(), "6", "{name}");
    }
    for stray in [message(b'd', b"data"), message(b'c', b""), message(b'f', b"why\0")] {
        session.send(&[stray, raw::query("SELECT count(*) FROM reports")].concat()).await;
        assert_eq!(session.until_ready().await[1].value(), "6", "data of a copy that nobody asked for");
    }
}

/// Two thousand million rows at a time, all, and less than none: what is asked for is a bound and not a buffer.
#[tokio::test]
async fn any_number_of_rows_may_be_asked_for() {
    let besieged = Besieged::start().await;
    let mut session = Raw::session(besieged.served.postgres()).await;
    for (rows, end) in [(i32::MAX, 'C'), (0, 'C'), (-1, 'C'), (i32::MIN, 'C'), (1, 's')] {
        let sql = "SELECT document_id FROM reports";
        let messages = [raw::parse("", sql), raw::bind("", "", &[0; 6]), raw::execute("", rows), raw::sync()];
        session.send(&messages.concat()).await;
        let kinds = raw::kinds(&session.until_ready().await);
        assert!(kinds.ends_with(&format!("D{end}Z")), "{rows}: {kinds}");
    }
    besieged.at_rest().await;
}

/// Values that are right in length and wrong in everything else, as every type in its binary form.
#[tokio::test]
async fn binary_parameters_are_read_or_refused() {
    let besieged = Besieged::start().await;
    let mut random = fastrand::Rng::with_seed(6);
    let types = "int bigint smallint float double numeric numeric(38,10) date timestamp timestamptz time interval boolean text \
                 bytea uuid int[] text[] numeric[]";
    let mut unknown = Vec::new();
    for kind in types.split_whitespace() {
        let mut session = Raw::session(besieged.served.postgres()).await;
        session.send(&[raw::parse("s", &format!("SELECT $1::{kind}")), raw::sync()].concat()).await;
        if raw::code(&session.until_ready().await).is_some() {
            unknown.push(kind);
            continue;
        }
        for round in 0..60 {
            let mut value: Vec<u8> = (0..[1, 2, 4, 8, 12, 16, 20, 40][round % 8]).map(|_| random.u8(..)).collect();
            if round % 3 == 0 {
                value.fill(if round % 2 == 0 { 0x7f } else { 0xff });
            }
            let mut rest = vec![0, 1, 0, 1, 0, 1];
            rest.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
            rest.extend(&value);
            rest.extend([0, 0]);
            session.send(&[raw::bind("", "s", &rest), raw::execute("", 0), raw::sync()].concat()).await;
            let answers = session.until_ready().await;
            assert_eq!(
                answers.last().map(|last| last.kind),
                Some(b'Z'),
                "{kind} of {value:?}: {}",
                raw::kinds(&answers)
            );
        }
    }
    assert_eq!(unknown, ["uuid"], "the engine has no such type");
    besieged.unharmed("binary parameters").await;
}

/// However little is sent, and on whichever front end, a connection that is not logged in ends by itself.
#[tokio::test]
async fn half_a_handshake_is_not_held_open() {
    let besieged = impatient().await;
    let startup = raw::startup_of("fazhi");
    let (postgres, flight, http) = (besieged.served.postgres(), besieged.served.flight(), besieged.served.http());
    let mut hanging = Vec::new();
    for (name, address, bytes) in [
        ("nothing to Postgres", postgres, &b""[..]),
        ("half a length", postgres, &startup[..2]),
        ("half a startup", postgres, &startup[..20]),
        ("a request for TLS", postgres, &first(&80_877_103_u32.to_be_bytes())),
        ("nothing to HTTP", http, b""),
        ("half a preface to HTTP", http, b"PRI * HTT"),
        ("one byte to HTTP", http, b"P"),
        ("half a request", http, b"POST /sql HTTP/1.1\r\nHost: "),
        ("a request without its body", http, b"POST /sql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nSEL"),
        ("nothing to Flight", flight, b""),
        ("half a preface to Flight", flight, b"PRI * HTTP/2.0\r\n\r\n"),
    ] {
        let mut raw = Raw::connect(address).await;
        raw.send(bytes).await;
        hanging.push((name, raw));
    }
    for (name, mut raw) in hanging {
        let closed = timeout(LOGIN_TIME * 10, raw.stream.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok(), "{name} keeps a connection open");
    }
    besieged.unharmed("half handshakes").await;
}

/// Shapes that proxies and servers have read differently, and heads without end.
#[tokio::test]
async fn http_requests_of_two_meanings_are_refused() {
    let besieged = impatient().await;
    let address = besieged.served.http();
    let host = format!("Host: {address}\r\n");
    let sql = "DROP TABLE reports";
    let chunked = format!("{:x}\r\n{sql}\r\n0\r\n\r\n", sql.len());
    let post = |headers: &str, body: &str| {
        format!("POST /sql HTTP/1.1\r\n{host}Content-Type: text/plain\r\n{headers}\r\n{body}")
    };
    let huge = "a".repeat(200_000);
    let requests = vec![
        ("both lengths", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", &chunked)),
        ("both lengths, the other way", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", &chunked)),
        ("two lengths", post("Content-Length: 3\r\nContent-Length: 18\r\n", sql)),
        ("a list of lengths", post("Content-Length: 3, 18\r\n", sql)),
        ("a negative length", post("Content-Length: -1\r\n", sql)),
        ("a length with a sign", post("Content-Length: +18\r\n", sql)),
        ("a length in hexadecimal", post("Content-Length: 0x12\r\n", sql)),
        ("a length beyond all", post("Content-Length: 99999999999999999999\r\n", sql)),
        ("an unknown coding", post("Transfer-Encoding: gzip\r\n", sql)),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", &chunked)),
        ("chunked in disguise", post("Transfer-Encoding: xchunked\r\n", &chunked)),
        ("a space before the colon", post("Transfer-Encoding : chunked\r\n", &chunked)),
        ("a folded header", post("X: a\r\n b\r\nContent-Length: 18\r\n", sql)),
        ("a chunk of 2^64 bytes", post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\nx\r\n")),
        ("a chunk that is no number", post("Transfer-Encoding: chunked\r\n", "zz\r\nx\r\n")),
        ("a NUL in a header", post("X: a\0b\r\nContent-Length: 18\r\n", sql)),
        ("a bare return", format!("GET / HTTP/1.1\r{host}\r\r")),
        ("no version", format!("GET /\r\n{host}\r\n")),
        ("version 9", format!("GET / HTTP/9.9\r\n{host}\r\n")),
        ("a huge header", format!("GET / HTTP/1.1\r\n{host}X: {huge}\r\n\r\n")),
        ("a huge address", format!("GET /{huge} HTTP/1.1\r\n{host}\r\n")),
        ("a thousand headers", format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(1_000))),
        ("another host", "GET /tables HTTP/1.1\r\nHost: evil.test\r\n\r\n".to_owned()),
        ("two hosts", format!("GET /tables HTTP/1.1\r\n{host}Host: evil.test\r\n\r\n")),
        ("a tunnel", format!("CONNECT example.invalid:80 HTTP/1.1\r\n{host}\r\n")),
        ("a proxy request", "GET http://example.invalid/ HTTP/1.1\r\nHost: example.invalid\r\n\r\n".to_owned()),
        ("a page of another site", post("Origin: http://evil.test\r\nContent-Length: 18\r\n", sql)),
        ("a path out of the root", format!("GET /tables/../../etc/passwd HTTP/1.1\r\n{host}\r\n")),
        ("a path out of the root, escaped", format!("GET /tables/..%2f..%2fetc%2fpasswd HTTP/1.1\r\n{host}\r\n")),
        ("a table in quotes", format!("GET /tables/reports%22;DROP%20TABLE%20reports HTTP/1.1\r\n{host}\r\n")),
        ("a write", post("Content-Length: 18\r\n", sql)),
        ("two statements", post("Content-Length: 28\r\n", "SELECT 1; DROP TABLE reports")),
    ];
    for (name, request) in requests {
        let answer = timeout(raw::PATIENCE, besieged::ask(address, request.as_bytes())).await;
        let answer = answer.unwrap_or_else(|_| panic!("{name}: no end"));
        assert!(!answer.contains("HTTP/1.1 2"), "{name}: {answer}");
    }
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (name, frames) in [
        ("no frames", vec![0xff_u8; 1000]),
        ("a frame of 16 MiB", [&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1][..], &[0; 100]].concat()),
        ("a window of 2^31", vec![0, 0, 4, 8, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
        ("headers that are none", [&[0, 0, 10, 1, 5, 0, 0, 0, 1][..], &[0xff; 10]].concat()),
        ("a continuation of nothing", vec![0, 0, 0, 9, 0, 0, 0, 0, 1]),
    ] {
        for address in [address, besieged.served.flight()] {
            let bytes = [&preface[..], &[0, 0, 0, 4, 0, 0, 0, 0, 0], &frames].concat();
            let answer = timeout(raw::PATIENCE, besieged::ask(address, &bytes)).await;
            assert!(answer.is_ok(), "{name}: no end");
        }
    }
    besieged.unharmed("HTTP").await;
}

#[tokio::test]
async fn statements_and_portals_are_counted() {
    let besieged = Besieged::start_with(|config| config.limits.prepared_statements = 50).await;
    let mut session = Raw::session(besieged.served.postgres()).await;
    let mut messages = Vec::new();
    for number in 0..51 {
        messages.extend(raw::parse(&format!("s{number}"), "SELECT 1"));
    }
    session.send(&[&messages[..], &raw::sync()].concat()).await;
    let answers = session.until_ready().await;
    assert_eq!(raw::kinds(&answers), format!("{}EZ", "1".repeat(50)));
    assert_eq!(raw::code(&answers).as_deref(), Some("54000"));
    let mut messages = raw::query("BEGIN");
    for number in 0..1_000 {
        messages.extend(raw::bind(&format!("p{number}"), "s0", &[0; 6]));
    }
    session.send(&[&messages[..], &raw::sync()].concat()).await;
    session.until_ready().await;
    let answers = session.until_ready().await;
    assert_eq!(raw::code(&answers).as_deref(), Some("54000"));
    assert!(answers.len() < 100, "{}", answers.len());
    let declared = (0..1_000).map(|number| raw::query(&format!("DECLARE c{number} CURSOR WITH HOLD FOR SELECT 1")));
    let mut refused = 0;
    for declare in declared {
        session.send(&declare).await;
        refused += usize::from(raw::code(&session.until_ready().await).is_some());
    }
    assert!(refused > 900, "{refused}");
    besieged.unharmed("statements and portals").await;
}

/// What was sent in the clear behind a request for encryption is not taken for what came under it (CVE-2021-23214).
#[tokio::test]
async fn nothing_is_smuggled_into_an_encrypted_session() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs_err::write(&certificate, made.cert.pem()).unwrap();
    fs_err::write(&key, made.signing_key.serialize_pem()).unwrap();
    let served = crate::harness::Served::start_with(|config| {
        config.tls = Some(fazhi_serve::Tls::read(&certificate, &key).unwrap());
        config.limits.login_time = LOGIN_TIME;
    })
    .await;
    let request = first(&80_877_103_u32.to_be_bytes());
    for (name, behind, may_start) in [
        ("a startup", raw::startup_of("fazhi"), false),
        ("a query", raw::query("SELECT 1"), false),
        ("half a TLS record", vec![0x16, 3, 1], false),
        ("nothing", Vec::new(), true),
    ] {
        let mut raw = Raw::connect(served.postgres()).await;
        raw.send(&[&request[..], &behind].concat()).await;
        let mut rest = Vec::new();
        timeout(raw::PATIENCE, raw.stream.read_to_end(&mut rest)).await.expect("the connection ends").unwrap();
        assert!(rest.first() == Some(&b'S') || rest.is_empty(), "{name}: {rest:?}");
        assert!(!rest.contains(&b'Z') && (may_start || rest.len() <= 20), "{name}: {rest:?}");
    }
    // Garbage for a TLS handshake, on every front end.
    for address in [served.postgres(), served.flight(), served.http()] {
        for bytes in
            [&[0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5][..], b"GET / HTTP/1.1\r\n\r\n", &[0x16; 9_000], b"\x16\x03\x01"]
        {
            let answer = timeout(raw::PATIENCE, besieged::ask(address, bytes)).await;
            assert!(answer.is_ok_and(|answer| !answer.contains("200 OK")));
        }
    }
}
