//! Where things lie below the data folder.

use std::path::{Path, PathBuf};

use url::Url;

use crate::error::WarehouseError;
use crate::schema::Table;

/// The data folder: archive, crawl state, staging and tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// The data folder at an absolute path. Nothing is touched on disk.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `archive/`: one folder of WARC files per pipeline.
    pub fn archive(&self) -> PathBuf {
        self.root.join("archive")
    }

    /// `state.sqlite`: the crawl state.
    pub fn state(&self) -> PathBuf {
        self.root.join("state.sqlite")
    }

    /// `staging/`: parsed Parquet awaiting load.
    pub fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    /// `run.lock`: held by the command that writes.
    pub fn lock(&self) -> PathBuf {
        self.root.join("run.lock")
    }

    /// `tables/`: the Delta tables.
    pub fn tables(&self) -> PathBuf {
        self.root.join("tables")
    }

    /// The folder of a table.
    pub fn table(&self, table: Table) -> PathBuf {
        self.tables().join(table.name())
    }

    pub(crate) fn table_url(&self, table: Table) -> Result<Url, WarehouseError> {
        let path = self.table(table);
        Url::from_directory_path(&path).map_err(|()| WarehouseError::Folder { path })
    }
}
