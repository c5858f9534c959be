//! One writer at a time per data folder.

use std::fs::TryLockError;

use anyhow::{Context as _, anyhow};
use fazhi_warehouse::DataFolder;
use fs_err as fs;

use crate::outcome::Failure;

/// The lock on a data folder; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct RunLock {
    _file: fs::File,
}

impl RunLock {
    /// Takes the lock, making the data folder first.
    pub fn take(folder: &DataFolder) -> Result<Self, Failure> {
        let path = folder.lock();
        let open = || {
            fs::create_dir_all(folder.root())?;
            fs::File::options().create(true).truncate(false).write(true).open(&path)
        };
        let file = open()
            .with_context(|| format!("cannot write to data folder `{}`", folder.root().display()))
            .map_err(|error| Failure::hinted(error, "choose a folder you can write to with `--data DIR`"))?;
        match file.file().try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Failure::locked(anyhow!("another run holds `{}`", path.display()))),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
