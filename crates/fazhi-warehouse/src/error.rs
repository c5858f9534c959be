//! What can go wrong around the tables.

use std::io;
use std::path::PathBuf;

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;
use parquet::errors::ParquetError;

/// A failure of storage or of the engine; what documents hold never causes one.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The data folder cannot be used.
    #[error("`{path}` is not an absolute path of a folder", path = path.display())]
    Folder {
        /// The path as given.
        path: PathBuf,
    },
    /// Nothing was ever loaded there.
    #[error("there is no warehouse in `{path}`", path = path.display())]
    NoWarehouse {
        /// The data folder.
        path: PathBuf,
    },
    /// A file cannot be read or written; the cause names it.
    #[error("storage failed")]
    Io(#[from] io::Error),
    /// A Delta table cannot be read or written.
    #[error("table `{table}` failed")]
    Table {
        /// Name of the table.
        table: &'static str,
        /// The cause.
        #[source]
        source: DeltaTableError,
    },
    /// A staged file cannot be read or written.
    #[error("staged file `{path}` failed", path = path.display())]
    Staging {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: ParquetError,
    },
    /// A query failed.
    #[error("query failed")]
    Query(#[from] DataFusionError),
}
