//! What could not be read or was refused. An issue never stops the rest of a page from being read.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::names::named_enum;

named_enum! {
    /// How much an issue matters.
    pub enum Severity {
        /// Worth knowing; nothing is missing.
        Info = "info",
        /// Something is missing or was refused.
        Warning = "warning",
        /// A document or source is lost until someone acts.
        Error = "error",
    }
}

named_enum! {
    /// Which stage met the issue.
    pub enum Stage {
        /// Fetching.
        Crawl = "crawl",
        /// Reading the archive.
        Archive = "archive",
        /// From bytes to text.
        Read = "read",
        /// From text to facts.
        Interpret = "interpret",
        /// Into the tables.
        Load = "load",
    }
}

/// One thing that could not be read or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The stage that met it; not part of `extract`'s output.
    #[serde(skip)]
    pub stage: Option<Stage>,
    /// Snake-case name of the kind, e.g. `charset_conflict`.
    pub kind: Cow<'static, str>,
    /// How much it matters.
    pub severity: Severity,
    /// What exactly, with the offending value.
    pub detail: String,
}

impl Issue {
    /// An issue met while turning bytes into text.
    pub fn read(severity: Severity, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { stage: Some(Stage::Read), kind: Cow::Borrowed(kind), severity, detail: detail.into() }
    }

    /// An issue met while turning text into facts.
    pub fn interpret(severity: Severity, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { stage: Some(Stage::Interpret), kind: Cow::Borrowed(kind), severity, detail: detail.into() }
    }
}
