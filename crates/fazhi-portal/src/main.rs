//! `fazhi-portal`: serves the sample province, or a folder of static pages, on loopback until it is killed.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use fazhi_portal::{Portal, PortalOptions, Server, pipelines};
use fs_err as fs;

const USAGE: &str = "\
usage: fazhi-portal [--reports N] [--pages DIR] [--port P] [--write-pipelines DIR]

  --reports N            number of annual reports to generate (default 48)
  --pages DIR            serve the files of DIR instead
  --port P               port to listen on (default 0: any)
  --write-pipelines DIR  write the sample's pipeline files there
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
    pages: Option<PathBuf>,
    port: u16,
    write_pipelines: Option<PathBuf>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value\n\n{USAGE}"));
            let number = |text: String| text.parse::<usize>().map_err(|_| format!("`{text}` is no number"));
            match word.as_str() {
                "--reports" => arguments.options.reports = number(value()?)?,
                "--pages" => arguments.pages = Some(value()?.into()),
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
    let portal = match &arguments.pages {
        Some(dir) => Portal::serve_folder(dir)?,
        None => Portal::generate(&arguments.options),
    };
    let server = Server::start(portal.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port))).await?;
    if let Some(dir) = &arguments.write_pipelines {
        fs::create_dir_all(dir)?;
        for pipeline in pipelines(&server.base_url(), &portal) {
            fs::write(dir.join(format!("{}.toml", pipeline.name)), pipeline.toml)?;
        }
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", server.base_url())?;
    stdout.flush()?;
    tokio::signal::ctrl_c().await?;
    server.stop().await;
    Ok(())
}
