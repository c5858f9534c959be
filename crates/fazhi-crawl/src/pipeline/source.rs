//! The text of a pipeline file, and messages that point into it.

use super::PipelineError;

/// The text being checked, for messages that point into it.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn at(&self, offset: usize, what: String, hint: Option<String>) -> PipelineError {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        PipelineError::Invalid { file: self.file.to_owned(), line, what, hint }
    }

    pub(super) fn refused(&self, error: &toml::de::Error) -> PipelineError {
        let offset = error.span().map_or(0, |span| span.start);
        let line = self.text.get(offset..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let value = if line.is_empty() { String::new() } else { format!(" at `{}`", line.trim_end()) };
        self.at(offset, format!("{}{value}", error.message().replace('\n', ", ")), None)
    }
}
