//! Configuration: `fazhi.toml` in two layers, and the folders that apply when it says nothing.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use fazhi_warehouse::DataFolder;
use fs_err as fs;
use serde::Deserialize;

use crate::cli::Cli;
use crate::outcome::Failure;

/// What a command needs to know of its surroundings. The working directory has no part in it,
/// except that paths typed on the command line are relative to it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where archive, state and tables lie.
    pub data: DataFolder,
    /// Folder of the user's own pipeline files.
    pub pipelines: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawConfig {
    data: Option<PathBuf>,
    pipelines: Option<PathBuf>,
}

impl Config {
    /// Command line and environment first, then the configuration file, then the defaults of the platform.
    pub fn load(cli: &Cli) -> Result<Self, Failure> {
        let user = UserFolders::from_environment();
        let file = cli.config.clone().or_else(|| user.config().map(|folder| folder.join("fazhi.toml")));
        let raw = match &file {
            Some(path) if cli.config.is_some() || path.exists() => read(path)?,
            _ => RawConfig::default(),
        };
        let beside = |path: PathBuf| match file.as_deref().and_then(Path::parent) {
            Some(folder) => folder.join(path),
            None => path,
        };
        let named = cli.data.clone().or_else(|| env::var_os("FAZHI_DATA").map(PathBuf::from));
        let data = named.or_else(|| raw.data.map(&beside)).or_else(|| user.data());
        let data =
            data.ok_or_else(|| Failure::hinted(anyhow!("no data folder is known"), "name one with `--data DIR`"))?;
        let pipelines = cli.pipeline_folder.clone().or_else(|| raw.pipelines.map(&beside));
        let default = user.config().map(|folder| folder.join("pipelines")).filter(|folder| folder.is_dir());
        Ok(Self { data: data_folder(&data)?, pipelines: pipelines.or(default) })
    }
}

/// The data folder at a path relative to the working directory.
pub fn data_folder(path: &Path) -> Result<DataFolder, Failure> {
    let absolute = std::path::absolute(path).with_context(|| format!("cannot use data folder `{}`", path.display()))?;
    Ok(DataFolder::new(absolute))
}

fn read(path: &Path) -> Result<RawConfig, Failure> {
    let text = fs::read_to_string(path).context("cannot read the configuration")?;
    toml::from_str(&text).map_err(|error| {
        let place = format!("{}: {}", path.display(), error.message());
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let hint = "the keys are `data` and `pipelines`";
        match line {
            Some(line) => Failure::hinted(anyhow!("{}:{line}: {}", path.display(), error.message()), hint),
            None => Failure::hinted(anyhow!(place), hint),
        }
    })
}

/// The user's folders as the XDG base directory specification names them.
struct UserFolders {
    home: Option<PathBuf>,
    config: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl UserFolders {
    fn from_environment() -> Self {
        let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self { home: folder("HOME"), config: folder("XDG_CONFIG_HOME"), data: folder("XDG_DATA_HOME") }
    }

    fn config(&self) -> Option<PathBuf> {
        let base = self.config.clone().or_else(|| self.home.as_ref().map(|home| home.join(".config")));
        base.map(|base| base.join("fazhi"))
    }

    fn data(&self) -> Option<PathBuf> {
        let base = self.data.clone().or_else(|| self.home.as_ref().map(|home| home.join(".local/share")));
        base.map(|base| base.join("fazhi"))
    }
}
