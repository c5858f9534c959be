use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// `fazhi serve` over a data folder, on free ports of this machine.
pub struct Server {
    child: Child,
    addresses: HashMap<String, String>,
}

impl Server {
    pub fn start(data: &Path) -> Self {
        let free = "127.0.0.1:0";
        let mut child = fazhi(data)
            .args(["serve", "--postgres", free, "--flight", free, "--http", free])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut addresses = HashMap::new();
        for line in lines.by_ref() {
            if line.contains("ready") {
                break;
            }
            if let Some((protocol, address)) = line.rsplit_once(" on ") {
                let protocol = protocol.rsplit(' ').next().unwrap_or(protocol);
                addresses.insert(protocol.to_owned(), address.to_owned());
            }
        }
        // What else it says is for people.
        thread::spawn(move || lines.for_each(|line| eprintln!("{line}")));
        Self { child, addresses }
    }

    /// Where a protocol is spoken.
    pub fn address(&self, protocol: &str) -> &str {
        self.addresses.get(protocol).unwrap_or_else(|| panic!("{protocol} is not among {:?}", self.addresses))
    }

    /// The most memory that the process has held, in MB (`VmHWM`).
    pub fn peak_memory(&self) -> u64 {
        let status = fs_err::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).unwrap();
    }
}

/// The program over a data folder, whatever the environment says.
pub fn fazhi(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fazhi"));
    command.current_dir(data).env("FAZHI_DATA", data);
    for name in ["FAZHI_CONFIG", "FAZHI_PIPELINES", "FAZHI_CATALOGUE", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}
