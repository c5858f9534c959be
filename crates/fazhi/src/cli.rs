//! The command line: what was typed, validated alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use fazhi_crawl::{Contact, Reach, Sweep};
use fazhi_serve::Exposure;
use url::Url;

use crate::extension::Extension;

/// Annual law-based-government reports, from portals to SQL.
#[derive(Debug, Parser)]
#[command(name = "fazhi", version, propagate_version = true)]
pub struct Cli {
    /// Folder of archive, crawl state and tables [env: FAZHI_DATA; `demo` takes it from here alone]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Configuration file
    #[arg(long, global = true, env = "FAZHI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of pipeline files
    #[arg(long = "pipelines", global = true, env = "FAZHI_PIPELINES", value_name = "DIR")]
    pub pipeline_folder: Option<PathBuf>,
    /// Whom operators of portals can write to, for pipelines that do not say: `mailto:…` or `https://…`
    #[arg(long, global = true, env = "FAZHI_CONTACT", value_name = "CONTACT")]
    pub contact: Option<Contact>,
    /// File that extends the catalogue of indicators, or `second-tier` for the extension that is built in; may be repeated
    #[arg(long, global = true, env = "FAZHI_CATALOGUE", value_name = "FILE")]
    pub catalogue: Vec<Extension>,
    /// How to write log lines to stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// One command per file in `commands/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole flow on the built-in sample portal and show what came out
    Demo(DemoArgs),
    /// Crawl, parse and load the named pipelines (default: all verified ones)
    Run(PipelineArgs),
    /// Fetch what the named pipelines list into the archive
    Crawl(CrawlArgs),
    /// Bring WARC files and saved pages from elsewhere into the archive, as if they had been crawled
    Import(ImportArgs),
    /// Read what is new in the archive into staged facts
    Parse,
    /// Bring staged facts into the tables
    Load,
    /// Read files and print what is in them as JSON, one object per line; no warehouse is touched
    Extract(ExtractArgs),
    /// Score what is read from annotated pages against their annotations; no warehouse is touched
    Eval(EvalArgs),
    /// Query the tables and views
    Query(QueryArgs),
    /// Run the checks; rows printed are failures
    Check,
    /// List the indicators that are looked for, or show one with its phrases; no warehouse is touched
    Catalogue(CatalogueArgs),
    /// Open the tables and views to BI tools, read-only: Postgres wire, Flight SQL, HTTP
    Serve(ServeArgs),
    /// Show the archived response, the text or the sentence behind a capture, document or fact
    Show(ShowArgs),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Reports on the sample portal
    #[arg(long, default_value_t = 48, value_name = "N")]
    pub reports: usize,
}

/// Arguments of `run`, and those that `crawl` shares.
#[derive(Debug, Args)]
pub struct PipelineArgs {
    /// Names of pipelines, or paths of pipeline files
    #[arg(value_name = "PIPELINE")]
    pub chosen: Vec<String>,
    #[command(flatten)]
    pub conduct: ConductArgs,
}

/// How a crawl behaves.
#[derive(Debug, Clone, Copy, Args)]
pub struct ConductArgs {
    /// Let the run ask this machine too, as for a sample portal; without it only public addresses are contacted
    #[arg(long)]
    allow_loopback: bool,
    /// Read every list to its end and ask for every known article, whether or not that is due
    #[arg(long)]
    sweep: bool,
}

impl ConductArgs {
    /// Which addresses may be contacted.
    pub fn reach(self) -> Reach {
        if self.allow_loopback { Reach::PublicAndLoopback } else { Reach::Public }
    }

    /// When lists are read to their ends.
    pub fn sweep(self) -> Sweep {
        if self.sweep { Sweep::Now } else { Sweep::WhenDue }
    }
}

/// Arguments of `crawl`.
#[derive(Debug, Args)]
pub struct CrawlArgs {
    #[command(flatten)]
    pub pipelines: PipelineArgs,
    /// Say how many requests are expected, at which hosts and for how long, and send none
    #[arg(long, conflicts_with = "explain")]
    pub plan: bool,
    /// Say how the list page at URL is read (as the named pipeline would, if one is named), and store nothing
    #[arg(long, value_name = "URL")]
    pub explain: Option<Url>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files to import: `.warc`, `.warc.gz`; pages saved as `.html`, `.htm`, `.shtml`
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Pipeline under which they are kept
    #[arg(long, default_value = "import", value_name = "NAME")]
    pub pipeline: String,
    /// Address a page was saved from, where the page does not say so itself; for one file
    #[arg(long, value_parser = page_address)]
    pub url: Option<Url>,
    /// When pages were saved: a day in China, or a moment as in `2024-01-29T10:00:00+08:00` [default: when the file was changed]
    #[arg(long, value_parser = moment)]
    pub date: Option<DateTime<Utc>>,
}

fn page_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("an http or https address is needed".to_owned())
    }
}

/// A moment, or the first one of a day in China (UTC+8).
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day = || {
        Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc() - TimeDelta::hours(8))
    };
    let moment = DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc());
    moment
        .or_else(day)
        .ok_or_else(|| "a day like 2024-01-29 or a moment like 2024-01-29T10:00:00+08:00 is needed".to_owned())
}

/// Arguments of `extract`.
#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// Files to read: `.html`, `.htm`, `.txt`
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Address the file was saved from
    #[arg(long)]
    pub url: Option<Url>,
    /// Add to each object how every field was decided (`explain`), and say it in words on stderr
    #[arg(long)]
    pub explain: bool,
}

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Folder of gold files (`*.json`), its subfolders included
    #[arg(value_name = "GOLD_DIR")]
    pub gold: PathBuf,
    /// Folder of the pages the gold files name [default: beside the gold file, then `../seeds` of it]
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// How to print the scores
    #[arg(long, value_enum, default_value_t = ScoreFormat::Table)]
    pub format: ScoreFormat,
    /// How many wrong fields, misses and false hits the table lists of each; JSON lists all
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// End with exit code 1 when the F1 over all fields is below this, e.g. 0.99
    #[arg(long, value_name = "F1", value_parser = share)]
    pub at_least: Option<f64>,
}

/// How scores are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScoreFormat {
    /// A table for people.
    Table,
    /// One JSON object with every score and every difference.
    Json,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().map_err(|_| "a number from 0 to 1 is needed".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a number from 0 to 1 is needed".to_owned()) }
}

/// Arguments of `query`.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The query; read from `--file` or stdin when absent
    #[arg(value_name = "SQL", conflicts_with = "file")]
    pub sql: Option<String>,
    /// File that holds the query
    #[arg(short, long)]
    pub file: Option<PathBuf>,
    /// How to print rows
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON array.
    Json,
    /// One JSON object per line.
    Jsonl,
}

/// Arguments of `catalogue`.
#[derive(Debug, Args)]
pub struct CatalogueArgs {
    /// Indicator to show whole
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// How to print entries
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where PostgreSQL's protocol is spoken: `ADDRESS:PORT`, or a port of this machine [default: 5432, if no address is named]
    #[arg(long, value_name = "ADDR", value_parser = listening_address)]
    pub postgres: Option<SocketAddr>,
    /// Where Flight SQL is spoken [default: 50051, if no address is named]
    #[arg(long, value_name = "ADDR", value_parser = listening_address)]
    pub flight: Option<SocketAddr>,
    /// Where HTTP is spoken [default: 8080, if no address is named]
    #[arg(long, value_name = "ADDR", value_parser = listening_address)]
    pub http: Option<SocketAddr>,
    /// Certificate chain (PEM) for TLS; with `--key`
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Serve other machines without passwords or encryption
    #[arg(long)]
    insecure: bool,
    /// Read a password from stdin, print its hash for `[serve.users]`, and end
    #[arg(long, conflicts_with_all = ["postgres", "flight", "http", "certificate", "insecure"])]
    pub hash_password: bool,
}

impl ServeArgs {
    /// What an address beyond this machine needs.
    pub fn exposure(&self) -> Exposure {
        if self.insecure { Exposure::Insecure } else { Exposure::Guarded }
    }
}

/// An address to listen on; a port alone is one of this machine.
pub fn listening_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let text = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse().map_err(|_| "an address like 127.0.0.1:5432, or a port, is needed".to_owned())
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// `CAPTURE`, `DOCUMENT`, or a fact as `DOCUMENT:INDICATOR`
    #[arg(value_name = "CAPTURE")]
    pub subject: String,
    /// What to print of a capture
    #[arg(long = "as", value_enum, default_value_t = View::Text)]
    pub view: View,
}

/// What `show` prints of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// The text as read.
    Text,
    /// The response head as it came.
    Head,
    /// The body as it came, byte for byte.
    Bytes,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_threshold_is_a_share() {
        let at_least = |value: &str| Cli::try_parse_from(["fazhi", "eval", "gold", "--at-least", value]);
        assert!(matches!(at_least("0.99").unwrap().command, Command::Eval(EvalArgs { at_least: Some(0.99), .. })));
        for wrong in ["99", "-1", "NaN", "all"] {
            let message = at_least(wrong).unwrap_err().to_string();
            assert!(message.contains("a number from 0 to 1 is needed") || wrong == "-1", "{wrong}: {message}");
        }
    }

    #[test]
    fn catalogues_are_named_several_times_and_anywhere() {
        let named = |arguments: &[&str]| Cli::try_parse_from(arguments).unwrap().catalogue;
        let expected = [Extension::File("a.toml".into()), Extension::SecondTier];
        assert_eq!(named(&["fazhi", "--catalogue", "a.toml", "--catalogue", "second-tier", "parse"]), expected);
        assert_eq!(named(&["fazhi", "extract", "--catalogue", "a.toml", "x.txt", "--catalogue=second-tier"]), expected);
    }

    #[test]
    fn a_contact_is_given_anywhere_and_checked() {
        let contact = |arguments: &[&str]| Cli::try_parse_from(arguments).map(|cli| cli.contact.map(|c| c.to_string()));
        let given = contact(&["fazhi", "run", "--contact", "mailto:data@example.org", "qingshan"]);
        assert_eq!(given.unwrap().as_deref(), Some("mailto:data@example.org"));
        let refused = contact(&["fazhi", "--contact", "me", "crawl"]).unwrap_err().to_string();
        assert!(refused.contains("`me` is no contact address"), "{refused}");
    }

    #[test]
    fn folder_and_names_of_pipelines_do_not_collide() {
        let cli = Cli::try_parse_from(["fazhi", "run", "--pipelines", "dir", "qingshan"]).unwrap();
        assert_eq!(cli.pipeline_folder, Some(PathBuf::from("dir")));
        assert!(matches!(cli.command, Command::Run(PipelineArgs { chosen, .. }) if chosen == ["qingshan"]));
    }
}
