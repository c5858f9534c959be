//! Configuration: `fazhi.toml` in two layers, and the folders that apply when it says nothing.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use fazhi_crawl::{Contact, NoContact};
use fazhi_parse::Rules;
use fazhi_warehouse::DataFolder;
use fs_err as fs;
use serde::Deserialize;

use crate::cli::Cli;
use crate::extension::{self, Extension};
use crate::outcome::Failure;
use crate::serving::{RawServe, ServeConfig};

/// What a command needs to know of its surroundings. The working directory has no part in it,
/// except that paths typed on the command line are relative to it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where archive, state and tables lie.
    pub data: DataFolder,
    /// Folder of the user's own pipeline files.
    pub pipelines: Option<PathBuf>,
    /// Whom operators of portals can write to, for pipelines that do not say.
    pub contact: Option<Contact>,
    /// How the warehouse is served.
    pub serve: ServeConfig,
    /// What extends the catalogue.
    extensions: Vec<Extension>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawConfig {
    data: Option<PathBuf>,
    pipelines: Option<PathBuf>,
    contact: Option<String>,
    catalogue: Option<OneOrMore>,
    #[serde(default)]
    serve: RawServe,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a path or a list of paths is needed")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn extensions(&self) -> Vec<Extension> {
        let names = match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::More(names) => names,
        };
        names.iter().map(|name| name.parse().unwrap_or_else(|never| match never {})).collect()
    }
}

/// The configuration file and the folder its paths are relative to.
struct ConfigFile {
    raw: RawConfig,
    contact: Option<Contact>,
    serve: ServeConfig,
    folder: PathBuf,
}

impl ConfigFile {
    /// The file that is named, or the user's, if there is one.
    fn find(cli: &Cli, user: &UserFolders) -> Result<Self, Failure> {
        let Some(path) = cli.config.clone().or_else(|| user.config().map(|folder| folder.join("fazhi.toml"))) else {
            return Ok(Self {
                raw: RawConfig::default(),
                contact: None,
                serve: ServeConfig::default(),
                folder: PathBuf::new(),
            });
        };
        let raw = if cli.config.is_some() || path.exists() { read(&path)? } else { RawConfig::default() };
        let contact = raw.contact.as_deref().map(|text| contact(&path, text)).transpose()?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let serve = ServeConfig::from_file(&raw.serve, &path, &folder)?;
        Ok(Self { raw, contact, serve, folder })
    }

    fn beside(&self, path: Option<&PathBuf>) -> Option<PathBuf> {
        path.map(|path| self.folder.join(path))
    }

    /// What the command line and the environment name takes the place of what the file names.
    fn extensions(&self, cli: &Cli) -> Vec<Extension> {
        if !cli.catalogue.is_empty() {
            return cli.catalogue.clone();
        }
        let named = self.raw.catalogue.as_ref().map(OneOrMore::extensions).unwrap_or_default();
        named.into_iter().map(|extension| extension.beside(&self.folder)).collect()
    }
}

/// The rules in force, for a command that needs no data folder.
pub fn rules(cli: &Cli) -> Result<Arc<Rules>, Failure> {
    extension::rules(&ConfigFile::find(cli, &UserFolders::from_environment())?.extensions(cli))
}

impl Config {
    /// Command line and environment first, then the configuration file, then the defaults of the platform.
    pub fn load(cli: &Cli) -> Result<Self, Failure> {
        let user = UserFolders::from_environment();
        let file = ConfigFile::find(cli, &user)?;
        let named = cli.data.clone().or_else(|| env::var_os("FAZHI_DATA").map(PathBuf::from));
        let data = named.or_else(|| file.beside(file.raw.data.as_ref())).or_else(|| user.data());
        let data =
            data.ok_or_else(|| Failure::hinted(anyhow!("no data folder is known"), "name one with `--data DIR`"))?;
        let pipelines = cli.pipeline_folder.clone().or_else(|| file.beside(file.raw.pipelines.as_ref()));
        let default = user.config().map(|folder| folder.join("pipelines")).filter(|folder| folder.is_dir());
        let extensions = file.extensions(cli);
        let contact = cli.contact.clone().or(file.contact);
        let serve = file.serve;
        Ok(Self { data: data_folder(&data)?, pipelines: pipelines.or(default), contact, serve, extensions })
    }

    /// The rules in force. They are read only by commands that need them: a broken catalogue keeps nobody from a query.
    pub fn rules(&self) -> Result<Arc<Rules>, Failure> {
        extension::rules(&self.extensions)
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
        let hint = "the keys are `data`, `pipelines`, `contact`, `catalogue` and those of `[serve]` (docs/serve.md)";
        match line {
            Some(line) => Failure::hinted(anyhow!("{}:{line}: {}", path.display(), error.message()), hint),
            None => Failure::hinted(anyhow!(place), hint),
        }
    })
}

fn contact(path: &Path, text: &str) -> Result<Contact, Failure> {
    text.parse()
        .map_err(|error: NoContact| Failure::hinted(anyhow!("{}: `contact`: {error}", path.display()), NoContact::HINT))
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
