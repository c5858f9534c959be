//! The server: plain TCP, because no HTTP library would send what is to be sent here.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::log::{Flight, Log};
use super::pages;
use super::request::{Asked, Request};
use super::script::{End, Script};
use super::{Day, Fault, LoggedRequest, RobotsFault};

/// How the portal misbehaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultOptions {
    /// What it answers for `robots.txt`.
    pub robots: RobotsFault,
    /// The faulty articles that the list names, in this order. The others answer all the same.
    pub listed: Vec<Fault>,
    /// How long every answer takes before its first byte. Requests sent in parallel overlap by this much, which the
    /// high-water mark depends on.
    pub service_time: Duration,
    /// Port to listen on; 0 is any.
    pub port: u16,
}

impl Default for FaultOptions {
    fn default() -> Self {
        Self {
            robots: RobotsFault::Sound,
            listed: Fault::ALL.to_vec(),
            service_time: Duration::from_millis(3),
            port: 0,
        }
    }
}

/// A running portal that misbehaves. Dropping it ends it, with all its connections.
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    options: FaultOptions,
    log: Arc<Log>,
    today: Mutex<Today>,
}

#[derive(Debug, Default)]
struct Today {
    day: Day,
    /// How often each path that has a fault was asked for.
    times: HashMap<String, u32>,
}

impl FaultServer {
    /// Serves every fault, with a sound `robots.txt`.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(FaultOptions::default()).await
    }

    /// Serves on loopback, in the background.
    pub async fn start_with(options: FaultOptions) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { options, log: Arc::new(Log::new()), today: Mutex::default() });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// Where it listens, e.g. `http://127.0.0.1:8080`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address of the list.
    pub fn list_url(&self) -> String {
        self.base_url() + pages::LIST
    }

    /// Paths of the sound articles that the list names, those in folders for `robots.txt` not included.
    pub fn sound_paths(&self) -> Vec<String> {
        (0..self.shared.options.listed.len()).map(pages::sound_path).collect()
    }

    /// Begins the second day. Counts of requests begin anew.
    pub fn advance(&self) {
        *self.shared.today() = Today { day: Day::Second, times: HashMap::new() };
    }

    /// The requests so far, in the order of their `began`.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.shared.log.requests()
    }

    /// The most requests that were being answered at the same moment, by `Host`.
    pub fn high_water(&self) -> BTreeMap<String, usize> {
        self.shared.log.high_water()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn today(&self) -> std::sync::MutexGuard<'_, Today> {
        self.today.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self, request: &Request, day: Day) -> Script {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Script::text(405, "GET or HEAD").ending(End::Close);
        }
        let condition = request.header("if-none-match");
        let path = request.path.as_str();
        if let Some(script) = self.options.robots.script(path) {
            return script;
        }
        if let Some(fault) = Fault::of_path(path) {
            let times = self.count(path);
            return fault.script(&Asked { path, condition, day, times });
        }
        pages::find(path, &self.options.listed, day)
            .map_or_else(|| Script::text(404, "nothing here"), |html| Script::sound(&html, condition))
    }

    fn count(&self, path: &str) -> u32 {
        let mut today = self.today();
        let times = today.times.entry(path.to_owned()).or_default();
        *times += 1;
        *times
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(serve(stream, Arc::clone(&shared)))),
            // It belongs to that connection, or the process is out of descriptors until others end.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Serves one connection to its end. Errors are the client's going away, which the log shows.
async fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let stream = stream.into_std()?;
    let second_handle = Arc::new(stream.try_clone()?);
    let mut stream = TcpStream::from_std(stream)?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    loop {
        let Some(request) = Request::read(&mut stream, &mut buffer).await? else { return Ok(()) };
        let day = shared.today().day;
        let flight = shared.log.begin(&request, day, &second_handle);
        let mut script = shared.script(&request, day);
        if request.method == "HEAD" {
            script = head_only(script);
        }
        let (mut reader, mut writer) = stream.split();
        let served = async {
            tokio::time::sleep(shared.options.service_time).await;
            flight.answered(script.status);
            play(&mut writer, &script, &flight).await
        };
        // The answer goes first: once it is complete, what comes in is the next request.
        tokio::select! {
            biased;
            played = served => played?,
            () = gone(&mut reader) => return Ok(()),
        }
        match script.end {
            End::KeepAlive => {}
            End::Reset => return stream.set_zero_linger(),
            End::Close | End::Silence => return stream.shutdown().await,
        }
    }
}

async fn play(writer: &mut (impl AsyncWrite + Unpin), script: &Script, flight: &Flight) -> io::Result<()> {
    let mut pieces = script.pieces().peekable();
    while let Some((bytes, pause)) = pieces.next() {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if pieces.peek().is_none() && script.end != End::Silence {
            flight.end();
        }
        writer.write_all(bytes).await?;
    }
    if script.end == End::Silence {
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// Waits until the client closes the connection. What it sends meanwhile is dropped.
async fn gone(reader: &mut (impl AsyncRead + Unpin)) {
    let mut sent = [0; 1024];
    while matches!(reader.read(&mut sent).await, Ok(1..)) {}
}

/// The head of an answer that comes in one piece; others are sent as they are.
fn head_only(mut script: Script) -> Script {
    if let [only] = script.parts.as_mut_slice()
        && let Some(end) = only.bytes.windows(4).position(|window| window == b"\r\n\r\n")
    {
        only.bytes.truncate(end + 4);
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client may ask again as soon as it has the last byte, before this task runs again.
    #[tokio::test]
    async fn an_answer_ends_before_its_last_piece_is_sent() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        let log = Arc::new(Log::new());
        let flight = log.begin(&Request::default(), Day::First, &Arc::new(client));
        // Room for the first piece and half of the last.
        let (mut writer, mut reader) = tokio::io::duplex(3);
        let mut script = Script::raw(Some(200), "ab");
        script.parts.push(script.parts[0].clone());
        let played = play(&mut writer, &script, &flight);
        tokio::select! {
            biased;
            _ = played => unreachable!("there is no room for all of it"),
            () = std::future::ready(()) => {}
        }
        assert!(log.requests()[0].ended.is_some());
        let mut sent = [0; 3];
        reader.read_exact(&mut sent).await.unwrap();
        assert_eq!(&sent, b"aba");
    }
}
