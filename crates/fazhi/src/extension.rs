//! Files that extend the catalogue of indicators, and the rules that come of them.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context as _;
use fazhi_parse::Rules;
use fazhi_parse::catalogue::Source;
use fazhi_parse::rules::SECOND_TIER;
use fs_err as fs;

use crate::outcome::Failure;

/// An extension of the catalogue as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extension {
    /// The one that is built in.
    SecondTier,
    /// A file of the user's.
    File(PathBuf),
}

impl FromStr for Extension {
    type Err = Infallible;

    /// A file of the reserved name is still reached as `./second-tier`.
    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(if name == SECOND_TIER.name { Self::SecondTier } else { Self::File(PathBuf::from(name)) })
    }
}

impl Extension {
    /// The extension as a file in this folder names it.
    pub fn beside(self, folder: &Path) -> Self {
        match self {
            Self::SecondTier => Self::SecondTier,
            Self::File(path) => Self::File(folder.join(path)),
        }
    }
}

/// The rules in force with these extensions.
pub fn rules(extensions: &[Extension]) -> Result<Arc<Rules>, Failure> {
    let texts = extensions.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    let sources: Vec<Source> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    Rules::extended(&sources).map(Arc::new).map_err(|error| {
        let hint = error.hint.clone();
        Failure::hinted(error.into(), hint)
    })
}

fn read(extension: &Extension) -> Result<(String, String), Failure> {
    let path = match extension {
        Extension::SecondTier => return Ok((SECOND_TIER.name.to_owned(), SECOND_TIER.text.to_owned())),
        Extension::File(path) => path,
    };
    let text = fs::read_to_string(path).context("cannot read a catalogue");
    let hint = "name a file that extends the catalogue, or `second-tier` for the extension that is built in";
    let text = text.map_err(|error| Failure::hinted(error, hint))?;
    // Editors on Windows put a byte order mark before the text.
    Ok((path.display().to_string(), text.trim_start_matches('\u{feff}').to_owned()))
}
