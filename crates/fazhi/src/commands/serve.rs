//! `fazhi serve`: the tables and views for BI tools, until it is stopped.

use std::io::{self, BufRead as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, anyhow};
use fazhi_serve::{Config as Serving, Exposure, ServeError, Server, Tls, Users, Verifier};
use tracing::Level;

use crate::cli::ServeArgs;
use crate::config::Config;
use crate::logging::say;
use crate::outcome::{Failure, Outcome};

/// Ports where clients of each protocol look first.
const POSTGRES: SocketAddr = local(5432);
const FLIGHT: SocketAddr = local(50051);
const HTTP: SocketAddr = local(8080);

const fn local(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// Serves until Ctrl-C or a signal to end.
pub async fn serve(config: &Config, args: &ServeArgs) -> Result<Outcome, Failure> {
    let serving = serving(config, args)?;
    warn(&serving);
    let mut server = Server::start(serving).await.map_err(failure)?;
    let listening = [("postgres", server.postgres), ("flight", server.flight), ("http", server.http)];
    for (protocol, address) in listening.into_iter().filter_map(|(name, address)| Some((name, address?))) {
        say(Level::INFO, "serve", &format!("{protocol} on {address}"));
    }
    say(Level::INFO, "serve", "ready; Ctrl-C ends it");
    let ended = tokio::select! {
        stopped = stopped() => stopped.map_err(Failure::from),
        // Whoever restarts services shall see that this one does not answer any more.
        broken = server.broken() => Err(failure(broken)),
    };
    say(Level::INFO, "serve", "ending");
    server.stop().await;
    ended.map(|()| Outcome::Clean)
}

fn serving(config: &Config, args: &ServeArgs) -> Result<Serving, Failure> {
    let file = &config.serve;
    let named = [args.postgres, args.flight, args.http];
    let [postgres, flight, http] = if named.iter().any(Option::is_some) {
        named
    } else if [file.postgres, file.flight, file.http].iter().any(Option::is_some) {
        [file.postgres, file.flight, file.http]
    } else {
        [Some(POSTGRES), Some(FLIGHT), Some(HTTP)]
    };
    let certificate = match (&args.certificate, &args.key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        _ => file.certificate.clone(),
    };
    let tls = certificate.map(|(certificate, key)| Tls::read(&certificate, &key)).transpose().map_err(failure)?;
    let (folder, users, limits) = (config.data.clone(), file.users(), file.limits.clone());
    Ok(Serving { folder, postgres, flight, http, users, tls, exposure: args.exposure(), limits })
}

fn warn(serving: &Serving) {
    if serving.exposure != Exposure::Insecure {
        return;
    }
    let open = matches!(serving.users, Users::Nobody);
    let what = match (open, serving.tls.is_none()) {
        (true, true) => "whoever reaches this server reads everything, and so does whoever listens on the way",
        (true, false) => "whoever reaches this server reads everything",
        (false, true) => "whoever listens on the way reads everything, passwords over HTTP and Flight SQL too",
        (false, false) => return,
    };
    say(Level::WARN, "warning", &format!("--insecure: {what}"));
}

fn failure(error: ServeError) -> Failure {
    let hint = match &error {
        ServeError::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
            "another program listens there; name another port with `--postgres`, `--flight` or `--http`"
        }
        ServeError::Bind { .. } => "the address must be one of this machine, and ports below 1024 need rights",
        ServeError::Certificate { .. } | ServeError::Tls { .. } => {
            "`--certificate` is the chain and `--key` its private key, both as PEM"
        }
        ServeError::Exposed { .. } => {
            "name users in `[serve.users]` and a certificate, or say `--insecure` in a network where everybody may read"
        }
        ServeError::Warehouse(_) | ServeError::Engine(_) | ServeError::Io(_) => return unhinted(error),
    };
    Failure::hinted(error.into(), hint)
}

fn unhinted(error: ServeError) -> Failure {
    match error {
        // The warehouse's own errors have hints of their own.
        ServeError::Warehouse(error) => Failure::from(error),
        error => Failure::from(error),
    }
}

#[cfg(unix)]
async fn stopped() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stopped() -> anyhow::Result<()> {
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")
}

/// Prints the hash of the password on stdin.
pub fn hash_password() -> Result<Outcome, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("cannot read the password from stdin")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::hinted(anyhow!("the password on stdin is empty"), "type one, or pipe it in"));
    }
    let verifier = Verifier::fresh(password).context("the system has no random bytes")?;
    writeln!(io::stdout(), "{verifier}")?;
    Ok(Outcome::Clean)
}
