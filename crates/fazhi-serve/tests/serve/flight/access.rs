use std::sync::Arc;

use arrow_flight::sql::client::FlightSqlServiceClient;
use data_encoding::BASE64;
use fazhi_serve::Tls;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tonic::Code;
use tonic::transport::{Endpoint, Uri};

use super::{channel, client, number, query, refused};
use crate::harness::{Served, users};

const PASSWORD: &str = "葱花 & pancakes";

async fn guarded() -> Served {
    Served::start_with(|config| config.users = users()).await
}

#[tokio::test]
async fn a_handshake_gives_a_token_that_later_calls_need() {
    let served = guarded().await;
    let mut client = client(&served).await;
    assert_eq!(refused(query(&mut client, "SELECT 1").await).code(), Code::Unauthenticated);
    let payload = client.handshake("lin", PASSWORD).await.unwrap();
    assert_eq!(client.token().unwrap().as_bytes(), &payload[..]);
    assert_eq!(number(&mut client, "SELECT count(*) FROM documents").await, 6);

    client.set_token("not-a-token".to_owned());
    assert_eq!(refused(query(&mut client, "SELECT 1").await).code(), Code::Unauthenticated);
    served.server.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_refused_alike() {
    let served = guarded().await;
    let mut client = client(&served).await;
    let wrong = client.handshake("lin", "葱花 & pancake").await.unwrap_err().to_string();
    let unknown = client.handshake("nobody", PASSWORD).await.unwrap_err().to_string();
    assert_eq!(wrong, unknown);
    assert!(wrong.contains("user and password do not fit"), "{wrong}");
    assert!(served.server.engine().metrics().text().contains("logins_failed_total{protocol=\"flight\"} 2"));
    served.server.stop().await;
}

#[tokio::test]
async fn a_password_can_come_with_every_call() {
    let served = guarded().await;
    let mut client = client(&served).await;
    client.set_header("authorization", format!("Basic {}", BASE64.encode(format!("lin:{PASSWORD}").as_bytes())));
    assert_eq!(number(&mut client, "SELECT 1").await, 1);
    for damaged in ["Basic", "Basic ", "Basic !!!", "Basic bGlu", "Digest bGlu", "Bearer", "\u{7f}"] {
        client.set_header("authorization", damaged);
        match query(&mut client, "SELECT 1").await {
            Err(arrow_flight::error::FlightError::Tonic(status)) => assert_eq!(status.code(), Code::Unauthenticated),
            // The client itself takes no such header.
            Err(arrow_flight::error::FlightError::Arrow(_)) => {}
            other => panic!("{damaged}: {other:?}"),
        }
    }
    served.server.stop().await;
}

#[tokio::test]
async fn a_password_can_come_in_the_first_message() {
    let served = guarded().await;
    let mut client = arrow_flight::FlightClient::new(channel(served.flight()).await);
    // BasicAuth { username: 2, password: 3 }
    let mut payload = vec![0x12, 3];
    payload.extend_from_slice(b"lin");
    payload.extend_from_slice(&[0x1a, u8::try_from(PASSWORD.len()).unwrap()]);
    payload.extend_from_slice(PASSWORD.as_bytes());
    let token = client.handshake(payload.clone()).await.unwrap();
    client.add_header("authorization", &format!("Bearer {}", String::from_utf8(token.to_vec()).unwrap())).unwrap();
    assert!(client.list_actions().await.is_ok());
    // A field that nobody knows, and too long: a client without a login is not listened to for as long as it likes.
    let long = [&payload[..], &[0x22, 0x80, 0xa0, 0x01], &vec![b'x'; 20 << 10]].concat();
    let mut unheard = arrow_flight::FlightClient::new(channel(served.flight()).await);
    assert_eq!(refused(unheard.handshake(long).await).code(), Code::Unauthenticated);
    for garbage in [&b""[..], &[0xff; 40], &[0x12, 200, 1]] {
        let mut client = arrow_flight::FlightClient::new(channel(served.flight()).await);
        assert_eq!(refused(client.handshake(garbage.to_vec()).await).code(), Code::Unauthenticated);
    }
    served.server.stop().await;
}

#[tokio::test]
async fn without_users_any_login_is_taken() {
    let served = Served::start().await;
    let mut client = client(&served).await;
    client.handshake("whoever", "").await.unwrap();
    assert_eq!(number(&mut client, "SELECT 1").await, 1);
    served.server.stop().await;
}

#[tokio::test]
async fn a_browser_is_told_that_this_is_no_web_site() {
    let served = Served::start().await;
    let mut socket = TcpStream::connect(served.flight()).await.unwrap();
    let request = "POST /arrow.flight.protocol.FlightService/ListActions HTTP/1.1\r\nHost: evil.example\r\n\
                   Content-Type: application/grpc\r\nContent-Length: 5\r\nConnection: close\r\n\r\n\0\0\0\0\0";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 505 "), "{answer}");
    served.server.stop().await;
}

#[tokio::test]
async fn everything_goes_over_tls() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, secret) = (folder.path().join("server.pem"), folder.path().join("server.key"));
    fs_err::write(&certificate, key.cert.pem()).unwrap();
    fs_err::write(&secret, key.signing_key.serialize_pem()).unwrap();
    let served = Served::start_with(|config| {
        config.tls = Some(Tls::read(&certificate, &secret).unwrap());
        config.users = users();
    })
    .await;
    let address = served.flight();

    let mut roots = RootCertStore::empty();
    roots.add(key.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let connect = tower::service_fn(move |_: Uri| {
        let connector = connector.clone();
        async move {
            let socket = TcpStream::connect(address).await?;
            let name = ServerName::try_from("localhost").unwrap();
            connector.connect(name, socket).await.map(TokioIo::new)
        }
    });
    let channel = Endpoint::from_static("http://localhost").connect_with_connector(connect).await.unwrap();
    let mut client = FlightSqlServiceClient::new(channel);
    client.handshake("lin", PASSWORD).await.unwrap();
    assert_eq!(number(&mut client, "SELECT count(*) FROM documents").await, 6);

    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // An alert, or a closed connection: nothing of HTTP.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(answer.len() < 16, "{answer:?}");
    served.server.stop().await;
}

#[tokio::test]
async fn a_handshake_that_says_nothing_is_ended() {
    let served = Served::start_with(|config| {
        config.users = users();
        config.limits.login_time = std::time::Duration::from_millis(200);
    })
    .await;
    let mut client = arrow_flight::flight_service_client::FlightServiceClient::new(channel(served.flight()).await);
    let silence = futures::stream::pending::<arrow_flight::HandshakeRequest>();
    assert_eq!(client.handshake(silence).await.unwrap_err().code(), Code::DeadlineExceeded);
    served.server.stop().await;
}
