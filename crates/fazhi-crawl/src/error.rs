use std::path::{Path, PathBuf};

use fazhi_archive::ArchiveError;

use crate::client::ClientError;
use crate::state::StateError;

/// What ends the crawl of a pipeline. Whatever portals do is no error but an outcome.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The archive cannot be read or written; what is stored stays stored.
    #[error("cannot store pages of pipeline `{pipeline}` in `{}`", root.display())]
    Archive {
        /// Folder of the archive.
        root: PathBuf,
        /// The pipeline that was being crawled.
        pipeline: String,
        /// Which file, and what the system says.
        #[source]
        source: ArchiveError,
    },
    /// The state cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The program is being shut down.
    #[error("the crawl was stopped")]
    Stopped,
}

impl CrawlError {
    pub(crate) fn archive(root: &Path, pipeline: &str, source: ArchiveError) -> Self {
        Self::Archive { root: root.to_owned(), pipeline: pipeline.to_owned(), source }
    }
}
