//! A warehouse of a few reports, and a server over it on free ports of this machine.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use fazhi_serve::{Config, Exposure, Limits, Server, Users, Verifier};
use fazhi_warehouse::DataFolder;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::by_hand::{archive, ingest};

/// A running server; its warehouse is gone with it.
pub struct Served {
    pub server: Server,
    folder: TempDir,
}

impl Served {
    /// All three front ends, without users.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// The same, with something else in its configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = warehouse().await;
        let mut config = config(&folder);
        change(&mut config);
        Self { server: Server::start(config).await.unwrap(), folder }
    }

    /// The data folder.
    pub fn data(&self) -> DataFolder {
        DataFolder::new(self.folder.path().to_owned())
    }

    /// Loads one more report, of this publisher and year.
    pub async fn load(&self, publisher: &str, year: u16, cases: u32) {
        let url = format!("http://127.0.0.1/{year}/{cases}.html");
        archive(self.folder.path(), &format!("run-{cases}"), 9, &[(&url, &report(publisher, year, cases))]);
        ingest(&self.data()).await;
    }

    pub fn postgres(&self) -> SocketAddr {
        self.server.postgres.unwrap()
    }

    pub fn flight(&self) -> SocketAddr {
        self.server.flight.unwrap()
    }

    pub fn http(&self) -> SocketAddr {
        self.server.http.unwrap()
    }
}

/// Free ports of this machine, nobody's password, small limits of time.
pub fn config(folder: &TempDir) -> Config {
    let free = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    Config {
        folder: DataFolder::new(folder.path().to_owned()),
        postgres: free,
        flight: free,
        http: free,
        users: Users::Nobody,
        tls: None,
        exposure: Exposure::Guarded,
        limits: Limits::for_cores(2),
    }
}

/// Users `lin` with password `葱花 & pancakes` and `wang` with password `tea`, hashed.
pub fn users() -> Users {
    let known = [("lin", "葱花 & pancakes"), ("wang", "tea")];
    let known: HashMap<Arc<str>, Verifier> =
        known.into_iter().map(|(name, password)| (name.into(), Verifier::fresh(password).unwrap())).collect();
    Users::Known(known)
}

/// Six reports of two counties, 2020 to 2022: of 云溪县 with 31, 32 and 33 cases accepted, of 石泉县 with 41, 42 and 43.
/// Parsed and loaded once for all tests of this build, also for those in other processes; every test has files of its own.
pub async fn warehouse() -> TempDir {
    static FILES: OnceCell<Vec<(PathBuf, Vec<u8>)>> = OnceCell::const_new();
    let files = FILES.get_or_init(async || files_below(&of_this_build().await)).await;
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
    folder
}

/// The folder that the first test of a build fills for the others.
async fn of_this_build() -> PathBuf {
    let built = fs_err::metadata(std::env::current_exe().unwrap()).unwrap().modified().unwrap();
    let built = built.duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("warehouse-{built}"));
    if !shared.is_dir() {
        let made = loaded().await.keep();
        // Another test may have been faster; both made the same.
        if fs_err::rename(&made, &shared).is_err() {
            fs_err::remove_dir_all(&made).unwrap();
        }
    }
    shared
}

/// Every file of a folder, by its path in there.
fn files_below(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(root).unwrap().to_owned(), fs_err::read(&path).unwrap()));
            }
        }
    }
    files
}

async fn loaded() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut pages = Vec::new();
    for (number, publisher) in [(3, "云溪县"), (4, "石泉县")] {
        for (nth, year) in (1..).zip(2020..=2022_u16) {
            pages.push((format!("http://127.0.0.1/{year}/{number}.html"), report(publisher, year, 10 * number + nth)));
        }
    }
    let pages: Vec<(&str, &str)> = pages.iter().map(|(url, body)| (url.as_str(), body.as_str())).collect();
    archive(folder.path(), "run-1", 1, &pages);
    ingest(&DataFolder::new(folder.path().to_owned())).await;
    folder
}

fn report(publisher: &str, year: u16, cases: u32) -> String {
    let title = format!("{publisher}人民政府{year}年法治政府建设年度报告");
    let next = year + 1;
    format!(
        "<html><head><title>{title}</title>\
         <meta name=\"PubDate\" content=\"{next}-01-20 10:00\"><meta name=\"ContentSource\" content=\"{publisher}司法局\"></head><body>\
         <table><tr><td>索 引 号</td><td>11370000MB00000{cases}{next}/2023-00{cases}</td><td>主题分类</td><td>政务公开;法治</td></tr>\
         <tr><td>发布机构</td><td>{publisher}人民政府</td><td>成文日期</td><td>{next}年1月15日</td></tr></table>\
         <h1>{title}</h1><div class=\"TRS_Editor\"><p>一、主要工作及成效</p>\
         <p>（一）化解矛盾。全年收到行政复议申请{more}件，受理行政复议案件{cases}件，同比增长12.5%，审结{cases}件；\
         行政机关负责人出庭应诉率98.6%。</p>\
         <p>（二）规范执法。全年办理行政处罚案件1.2万件，罚没款300余万元。</p>\
         <p>二、存在的问题</p><p>基层执法力量不足。</p>\
         <p>三、下一步打算</p><p>计划培训执法人员200人次。</p>\
         <p>{publisher}人民政府</p><p>{next}年1月20日</p></div></body></html>",
        more = cases + 5,
    )
}

/// Bytes that this process holds in memory (`VmRSS`).
pub fn memory() -> u64 {
    of_status("VmRSS:")
}

/// The most bytes that this process has held in memory since [`forget_peak`] (`VmHWM`).
pub fn peak_memory() -> u64 {
    of_status("VmHWM:")
}

/// Starts the measurement of the peak again (Linux, proc(5)).
pub fn forget_peak() {
    fs_err::write("/proc/self/clear_refs", "5").unwrap();
}

fn of_status(key: &str) -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
