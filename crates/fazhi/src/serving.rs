//! The part of the configuration that says how the warehouse is served: `[serve]` of `fazhi.toml`.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use fazhi_serve::{Limits, Users, Verifier};
use serde::Deserialize;

use crate::cli::listening_address;
use crate::outcome::Failure;

/// Addresses, users, certificate and limits.
#[derive(Debug, Clone, Default)]
pub struct ServeConfig {
    /// Where PostgreSQL's protocol is spoken.
    pub postgres: Option<SocketAddr>,
    /// Where Flight SQL is spoken.
    pub flight: Option<SocketAddr>,
    /// Where HTTP is spoken.
    pub http: Option<SocketAddr>,
    /// Certificate chain and private key.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// What one client may take.
    pub limits: Limits,
    users: BTreeMap<String, Verifier>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawServe {
    postgres: Option<String>,
    flight: Option<String>,
    http: Option<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    users: BTreeMap<String, String>,
    limits: RawLimits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawLimits {
    queries: Option<usize>,
    queries_per_user: Option<usize>,
    queue: Option<usize>,
    queue_wait_seconds: Option<u64>,
    query_memory_mb: Option<usize>,
    query_spill_mb: Option<u64>,
    rows: Option<u64>,
    time_seconds: Option<u64>,
    statement_kb: Option<usize>,
    connections: Option<usize>,
    connections_per_user: Option<usize>,
    login_seconds: Option<u64>,
    prepared_statements: Option<usize>,
}

impl ServeConfig {
    /// Checks what a file says; its paths are relative to its folder.
    pub fn from_file(raw: &RawServe, path: &Path, folder: &Path) -> Result<Self, Failure> {
        let wrong = |key: &str, problem: String, hint: &'static str| {
            Failure::hinted(anyhow!("{}: `serve.{key}`: {problem}", path.display()), hint)
        };
        let address = |key: &str, value: Option<&String>| {
            let parsed =
                value.map(|value| listening_address(value).map_err(|error| format!("`{value}`: {error}"))).transpose();
            parsed.map_err(|problem| wrong(key, problem, "0.0.0.0:5432 is every address of this machine"))
        };
        let certificate = match (&raw.certificate, &raw.key) {
            (Some(certificate), Some(key)) => Some((folder.join(certificate), folder.join(key))),
            (None, None) => None,
            _ => {
                return Err(wrong(
                    "certificate",
                    "a certificate and its key are needed".to_owned(),
                    "name both, or none",
                ));
            }
        };
        let mut users = BTreeMap::new();
        for (name, hash) in &raw.users {
            // The value is not repeated: it may be a password that somebody wrote there.
            let verifier = hash.parse::<Verifier>().map_err(|error| {
                wrong(&format!("users.{name}"), error.to_string(), "make one with `fazhi serve --hash-password`")
            })?;
            users.insert(name.clone(), verifier);
        }
        Ok(Self {
            postgres: address("postgres", raw.postgres.as_ref())?,
            flight: address("flight", raw.flight.as_ref())?,
            http: address("http", raw.http.as_ref())?,
            certificate,
            limits: raw.limits.over(&Limits::default()).map_err(|key| {
                wrong(
                    &format!("limits.{key}"),
                    "it must be more than 0, and no more than a machine can keep".to_owned(),
                    "leave it out for the default; times are a day at most, queries and connections 10,000, memory and texts 1 TiB",
                )
            })?,
            users,
        })
    }

    /// Who may ask.
    pub fn users(&self) -> Users {
        if self.users.is_empty() {
            return Users::Nobody;
        }
        let known: HashMap<Arc<str>, Verifier> =
            self.users.iter().map(|(name, verifier)| (name.as_str().into(), verifier.clone())).collect();
        Users::Known(known)
    }
}

impl RawLimits {
    /// These limits in place of the defaults; the key of one that is zero or beyond reason is the error.
    fn over(&self, defaults: &Limits) -> Result<Limits, &'static str> {
        let seconds = |value: Option<u64>| value.map(Duration::from_secs);
        let limits = Limits {
            queries: self.queries.unwrap_or(defaults.queries),
            queries_per_user: self.queries_per_user.unwrap_or(defaults.queries_per_user),
            queue: self.queue.unwrap_or(defaults.queue),
            queue_wait: seconds(self.queue_wait_seconds).unwrap_or(defaults.queue_wait),
            query_memory: self.query_memory_mb.map_or(defaults.query_memory, |mb| mb.saturating_mul(1 << 20)),
            query_spill: self.query_spill_mb.map_or(defaults.query_spill, |mb| mb.saturating_mul(1 << 20)),
            rows: self.rows.unwrap_or(defaults.rows),
            time: seconds(self.time_seconds).unwrap_or(defaults.time),
            statement_bytes: self.statement_kb.map_or(defaults.statement_bytes, |kb| kb.saturating_mul(1 << 10)),
            connections: self.connections.unwrap_or(defaults.connections),
            connections_per_user: self.connections_per_user.unwrap_or(defaults.connections_per_user),
            login_time: seconds(self.login_seconds).unwrap_or(defaults.login_time),
            prepared_statements: self.prepared_statements.unwrap_or(defaults.prepared_statements),
        };
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let checked = [
            ("queries", number(limits.queries), MOST_AT_ONCE),
            ("queries-per-user", number(limits.queries_per_user), MOST_AT_ONCE),
            ("queue", number(limits.queue), MOST),
            ("queue-wait-seconds", limits.queue_wait.as_secs().max(1), DAY),
            ("query-memory-mb", number(limits.query_memory), MOST),
            ("query-spill-mb", limits.query_spill.max(1), u64::MAX),
            ("rows", limits.rows, u64::MAX),
            ("time-seconds", limits.time.as_secs(), DAY),
            ("statement-kb", number(limits.statement_bytes), MOST),
            ("connections", number(limits.connections), MOST_AT_ONCE),
            ("connections-per-user", number(limits.connections_per_user), MOST_AT_ONCE),
            ("login-seconds", limits.login_time.as_secs(), DAY),
            ("prepared-statements", number(limits.prepared_statements), MOST),
        ];
        match checked.iter().find(|(_, value, most)| *value == 0 || value > most) {
            Some((key, ..)) => Err(key),
            None => Ok(limits),
        }
    }
}

/// Seconds of a day: longer than any limit of time.
const DAY: u64 = 86_400;
/// Queries or connections at once, each of which has a thread or a socket.
const MOST_AT_ONCE: u64 = 10_000;
/// Anything else that is counted or held in memory.
const MOST: u64 = 1 << 40;
