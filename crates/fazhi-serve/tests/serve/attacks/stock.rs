//! What the library's own server does with the same: the reason for each of our own ways. It runs as a process of its own, because
//! one of the attacks ends it.
//!
//! Its handshake goes on after an error that is not called fatal (`process_error` of pgwire), so that a login that failed could be
//! followed by a query; as it asks for no password by default, that is not shown here.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use datafusion_postgres::{ServerOptions, serve};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

use super::raw::{self, PATIENCE, Raw};

/// The port that the process is to serve on.
const PORT: &str = "FAZHI_TEST_STOCK_PORT";

struct Stock {
    process: Child,
    address: SocketAddr,
}

impl Stock {
    async fn start() -> Self {
        // Free now; nobody else takes it in the moment until the process has it.
        let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "attacks::stock::serves_when_told_where"])
            .env(PORT, address.port().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stock = Self { process, address };
        let up = timeout(PATIENCE, async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        up.await.expect("the process serves");
        stock
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// No test by itself: the process behind [`Stock`].
#[tokio::test]
async fn serves_when_told_where() {
    let Ok(port) = std::env::var(PORT) else { return };
    let options = ServerOptions::new().with_host("127.0.0.1".to_owned()).with_port(port.parse().unwrap());
    serve(Arc::new(SessionContext::new()), &options).await.unwrap();
}

#[tokio::test]
async fn the_stock_server_writes_files_for_anybody() {
    let stock = Stock::start().await;
    let outside = tempfile::tempdir().unwrap();
    let written = outside.path().join("written.csv");
    let mut session = Raw::connect(stock.address).await;
    session.send(&raw::startup(&[("user", "stranger"), ("database", "any")])).await;
    assert!(raw::kinds(&session.until_ready().await).ends_with('Z'), "no password is asked for");
    session.send(&raw::query(&format!("COPY (SELECT 1) TO '{}'", written.display()))).await;
    let answers = session.until_ready().await;
    assert!(written.exists(), "{answers:?}");
}

#[tokio::test]
async fn the_stock_server_dies_of_a_number() {
    let mut stock = Stock::start().await;
    let mut session = Raw::connect(stock.address).await;
    session.send(&raw::startup_of("stranger")).await;
    session.until_ready().await;
    let messages = [raw::parse("", "SELECT 1"), raw::bind("", "", &[0; 6]), raw::execute("", i32::MAX), raw::sync()];
    session.send(&messages.concat()).await;
    let answers = session.until_ready().await;
    let ended = timeout(Duration::from_secs(10), async {
        loop {
            match stock.process.try_wait().unwrap() {
                Some(status) => break status,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    let ended = ended.await.unwrap_or_else(|_| panic!("it lives and answers {}", raw::kinds(&answers)));
    assert!(!ended.success(), "{ended}");
}
