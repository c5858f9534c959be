//! `fazhi-portal`: serves the sample province, a folder of static pages, a portal that misbehaves or one for benchmarks,
//! on loopback until it is killed.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use fazhi_portal::{BenchServer, FaultOptions, FaultServer, Portal, PortalOptions, Server, Traps, pipelines};
use fs_err as fs;

const USAGE: &str = "\
usage: fazhi-portal [--reports N] [--traps] [--pages DIR] [--port P] [--write-pipelines DIR]
       fazhi-portal --faults [--port P]
       fazhi-portal --bench N [--port P]

  --reports N            number of annual reports to generate (default 48; 84 for every family)
  --traps                publish some of them over several pages, in a frame, or
                         under two addresses
  --pages DIR            serve the files of DIR instead
  --port P               port to listen on (default 0: any)
  --write-pipelines DIR  write the sample's pipeline files there
  --faults               serve a portal that misbehaves, from the list at /list/index.html
  --bench N              serve N synthetic articles, from /list/index.html and /sitemap.xml
";

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--help") {
        let printed = io::stdout().write_all(USAGE.as_bytes());
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let run =
        Arguments::parse(std::env::args().skip(1)).and_then(|arguments| run(&arguments).map_err(|e| e.to_string()));
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing is left to do if stderr is gone too.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}

#[derive(Debug, Default)]
struct Arguments {
    options: PortalOptions,
    site: Site,
    port: u16,
    write_pipelines: Option<PathBuf>,
}

/// What is served.
#[derive(Debug, Default)]
enum Site {
    #[default]
    Sample,
    Folder(PathBuf),
    Faults,
    Bench(usize),
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value\n\n{USAGE}"));
            let number = |text: String| text.parse::<usize>().map_err(|_| format!("`{text}` is no number"));
            match word.as_str() {
                "--reports" => arguments.options.reports = number(value()?)?,
                "--traps" => arguments.options.traps = Traps::Present,
                "--pages" => arguments.site = Site::Folder(value()?.into()),
                "--faults" => arguments.site = Site::Faults,
                "--bench" => arguments.site = Site::Bench(number(value()?)?),
                "--port" => arguments.port = u16::try_from(number(value()?)?).map_err(|_| "no such port".to_owned())?,
                "--write-pipelines" => arguments.write_pipelines = Some(value()?.into()),
                _ => return Err(format!("unexpected `{word}`\n\n{USAGE}")),
            }
        }
        Ok(arguments)
    }
}

#[tokio::main]
async fn run(arguments: &Arguments) -> io::Result<()> {
    let portal = match &arguments.site {
        Site::Sample => Portal::generate(&arguments.options),
        Site::Folder(dir) => Portal::serve_folder(dir)?,
        Site::Faults => {
            let server =
                FaultServer::start_with(FaultOptions { port: arguments.port, ..FaultOptions::default() }).await?;
            return until_killed(&server.base_url()).await;
        }
        Site::Bench(articles) => {
            let server = BenchServer::start(*articles, arguments.port).await?;
            return until_killed(&server.base_url()).await;
        }
    };
    let server = Server::start(portal.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port))).await?;
    if let Some(dir) = &arguments.write_pipelines {
        fs::create_dir_all(dir)?;
        for pipeline in pipelines(&server.base_url(), &portal) {
            fs::write(dir.join(format!("{}.toml", pipeline.name)), pipeline.toml)?;
        }
    }
    until_killed(&server.base_url()).await?;
    server.stop().await;
    Ok(())
}

/// Says where a server listens, and waits.
async fn until_killed(base_url: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {base_url}")?;
    stdout.flush()?;
    tokio::signal::ctrl_c().await
}
