//! Which pipelines a command runs for.

use std::collections::HashSet;
use std::path::Path;

use anyhow::anyhow;
use fazhi_crawl::{Pipeline, Verified, load_folder};

use crate::config::Config;
use crate::outcome::Failure;

/// The pipelines of [`choose`] as they may be run: each with a contact, its own or that of the configuration.
pub fn ready(config: &Config, chosen: &[String]) -> Result<Vec<Pipeline>, Failure> {
    let sign = |pipeline: Pipeline| pipeline.signed(config.contact.as_ref()).map_err(Failure::from);
    choose(config, chosen)?.into_iter().map(sign).collect()
}

/// The named pipelines (names in the pipeline folder, or paths of files); without names all of the folder but those that
/// nobody has verified against the real portal.
pub fn choose(config: &Config, chosen: &[String]) -> Result<Vec<Pipeline>, Failure> {
    if chosen.is_empty() { runnable(folder(config)?) } else { named(config, chosen) }
}

fn named(config: &Config, chosen: &[String]) -> Result<Vec<Pipeline>, Failure> {
    let (paths, names): (Vec<&String>, Vec<&String>) = chosen.iter().partition(|name| is_path(name));
    let mut pipelines = Vec::new();
    for path in paths {
        pipelines.push(Pipeline::load(Path::new(path))?);
    }
    if !names.is_empty() {
        let known = folder(config)?;
        for name in names {
            let found = known.iter().find(|pipeline| pipeline.name == *name);
            pipelines.push(found.cloned().ok_or_else(|| unknown(name, &known))?);
        }
    }
    Ok(once(pipelines))
}

/// Each pipeline once, however often it was named.
fn once(mut pipelines: Vec<Pipeline>) -> Vec<Pipeline> {
    let mut seen = HashSet::new();
    pipelines.retain(|pipeline| seen.insert(pipeline.name.clone()));
    pipelines
}

fn is_path(name: &str) -> bool {
    name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

fn folder(config: &Config) -> Result<Vec<Pipeline>, Failure> {
    let Some(folder) = &config.pipelines else {
        let hint = "name a folder of pipeline files with `--pipelines DIR`, or a file: `fazhi run path/to/portal.toml`";
        return Err(Failure::hinted(anyhow!("no pipeline folder is known"), hint));
    };
    Ok(load_folder(folder)?)
}

fn runnable(known: Vec<Pipeline>) -> Result<Vec<Pipeline>, Failure> {
    let wanted: Vec<Pipeline> =
        known.into_iter().filter(|pipeline| pipeline.verified != Verified::Never || pipeline.is_loopback()).collect();
    if wanted.is_empty() {
        let hint = "a pipeline marked `verified = \"never\"` runs only when it is named";
        return Err(Failure::hinted(anyhow!("there is no pipeline to run"), hint));
    }
    Ok(wanted)
}

fn unknown(name: &str, known: &[Pipeline]) -> Failure {
    let names: Vec<&str> = known.iter().map(|pipeline| pipeline.name.as_str()).collect();
    Failure::hinted(anyhow!("there is no pipeline `{name}`"), format!("known pipelines: {}", names.join(", ")))
}
