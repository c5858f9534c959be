//! The command line: what was typed, validated alone.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;

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
    Crawl(PipelineArgs),
    /// Read what is new in the archive into staged facts
    Parse,
    /// Bring staged facts into the tables
    Load,
    /// Read files and print what is in them as JSON, one object per line; no warehouse is touched
    Extract(ExtractArgs),
    /// Query the tables and views
    Query(QueryArgs),
    /// Run the checks; rows printed are failures
    Check,
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

/// Arguments of `run` and `crawl`.
#[derive(Debug, Args)]
pub struct PipelineArgs {
    /// Names of pipelines, or paths of pipeline files
    #[arg(value_name = "PIPELINE")]
    pub chosen: Vec<String>,
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
    fn folder_and_names_of_pipelines_do_not_collide() {
        let cli = Cli::try_parse_from(["fazhi", "run", "--pipelines", "dir", "qingshan"]).unwrap();
        assert_eq!(cli.pipeline_folder, Some(PathBuf::from("dir")));
        assert!(matches!(cli.command, Command::Run(PipelineArgs { chosen }) if chosen == ["qingshan"]));
    }
}
