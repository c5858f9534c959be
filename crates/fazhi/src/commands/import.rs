//! `fazhi import`: WARC files and saved pages from elsewhere come into the archive, as if they had been crawled.

mod capture;
mod saved;
mod store;
mod warc;

use std::path::Path;

use anyhow::anyhow;
use fazhi_model::{Severity, SourceIssue};
use serde_json::json;
use tracing::Level;

use super::history::{Begun, recorded_for};
use crate::cli::ImportArgs;
use crate::config::Config;
use crate::lock::RunLock;
use crate::logging;
use crate::outcome::{Failure, Outcome};
use crate::progress::Stage;
use saved::SavedPage;
use store::{Counts, Store};
use warc::WarcFile;

/// Runs the command. Nothing is stored unless every file is there and of a kind that can be imported.
pub async fn import(config: &Config, args: &ImportArgs) -> Result<Outcome, Failure> {
    let (warcs, pages) = sort(args)?;
    let _lock = RunLock::take(&config.data)?;
    recorded_for(&config.data, "import", vec![args.pipeline.clone()], async |begun| {
        let progress = Stage::start("import");
        progress.expect_more((warcs.len() + pages.len()) as u64);
        let mut store = Store::open(&config.data.archive(), &args.pipeline, &begun.run_id, begun.at)?;
        warc::import(&warcs, &mut store, &|| progress.advance(1))?;
        for page in pages {
            store.add(page.into_capture())?;
            progress.advance(1);
        }
        let counts = store.close()?;
        progress.finish(&line(&counts));
        note(begun, &counts);
        Ok(if counts.damaged > 0 { Outcome::Issues } else { Outcome::Clean })
    })
    .await
}

/// The files by kind; saved pages with their addresses.
fn sort(args: &ImportArgs) -> Result<(Vec<WarcFile>, Vec<SavedPage>), Failure> {
    let (mut warcs, mut pages) = (Vec::new(), Vec::new());
    if args.url.is_some() && args.files.len() > 1 {
        let hint = "import the pages one by one, or name only one file beside `--url`";
        return Err(Failure::hinted(anyhow!("`--url` is the address of one page, but there are several files"), hint));
    }
    for path in &args.files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let has = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if has(&[".warc", ".warc.gz"]) {
            warcs.push(WarcFile::open(path)?);
        } else if has(&[".html", ".htm", ".shtml", ".xhtml"]) {
            pages.push(SavedPage::open(path, args.url.as_ref(), args.date)?);
        } else {
            return Err(unsupported(path));
        }
    }
    Ok((warcs, pages))
}

fn unsupported(path: &Path) -> Failure {
    let hint = "WARC files end in `.warc` or `.warc.gz`, saved pages in `.html`, `.htm` or `.shtml`";
    Failure::hinted(anyhow!("`{}` is neither a WARC file nor a saved page", path.display()), hint)
}

fn line(counts: &Counts) -> String {
    format!(
        "{} captures added, {} known already, {} records without an answer, {} damaged",
        counts.added, counts.known, counts.other, counts.damaged
    )
}

fn note(begun: &mut Begun, counts: &Counts) {
    begun.count(
        "import",
        json!({ "added": counts.added, "known": counts.known, "other": counts.other, "damaged": counts.damaged }),
    );
}

/// What was met that cannot be imported: said now, and kept as an issue.
fn damage(store: &mut Store, kind: &str, url: &str, detail: String) -> Result<(), Failure> {
    logging::say(Level::WARN, "warning", &detail);
    let issue = SourceIssue {
        pipeline: store.pipeline().to_owned(),
        run_id: store.run_id().to_owned(),
        kind: kind.to_owned(),
        severity: Severity::Warning,
        url: url.to_owned(),
        detail,
    };
    store.add_issue(issue)
}
