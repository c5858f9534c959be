//! The file being written: it grows by whole records and can be taken back to where it was last durable.

use std::io::{self, Write};
use std::path::Path;

use crate::ArchiveFile;

/// Records wait in memory up to this many bytes, so that small ones do not cost a system call each.
const BUFFER: usize = 1024 * 1024;

#[derive(Debug)]
pub(crate) struct OpenFile {
    handle: fs_err::File,
    /// File relative to the archive root.
    pub(crate) file: String,
    /// `WARC-Record-ID` of its info record.
    pub(crate) info_id: String,
    /// Bytes of complete records on disk; the file is never shorter.
    durable: u64,
    /// Bytes handed to the system, or tried to.
    handed: u64,
    /// Complete records behind those.
    waiting: Vec<u8>,
}

impl OpenFile {
    pub(crate) fn new(handle: fs_err::File, file: String, info_id: String) -> Self {
        Self { handle, file, info_id, durable: 0, handed: 0, waiting: Vec::new() }
    }

    /// Length with everything appended so far.
    pub(crate) fn length(&self) -> u64 {
        self.handed + self.waiting.len() as u64
    }

    /// The file with as much of it as is durable.
    pub(crate) fn durable(&self) -> ArchiveFile {
        ArchiveFile { file: self.file.clone(), length: self.durable }
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.length() == self.durable
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() < BUFFER { Ok(()) } else { self.hand_over() }
    }

    /// Waits until everything appended is on disk. It counts as durable only with [`Self::settle`].
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.hand_over()?;
        self.handle.sync_data()
    }

    /// From now on the file is not taken back behind its present end.
    pub(crate) fn settle(&mut self) {
        self.durable = self.length();
    }

    fn hand_over(&mut self) -> io::Result<()> {
        // Counted before it is tried: a write that fails may have left a part.
        self.handed += self.waiting.len() as u64;
        let written = self.handle.write_all(&self.waiting);
        self.waiting.clear();
        written
    }

    /// Takes back what is not durable, so that the file again ends with a complete record. A file without any is removed;
    /// one that cannot be shortened is given up, and recovery deals with its end later.
    pub(crate) fn undo(mut self) -> Option<Self> {
        self.waiting.clear();
        if self.durable == 0 {
            // If this fails too, an empty or torn file stays; recovery knows both.
            let _ = fs_err::remove_file(self.handle.path());
            return None;
        }
        if self.handed > self.durable {
            let shortened = self.handle.set_len(self.durable).and_then(|()| self.handle.sync_data());
            self.handed = self.durable;
            return shortened.is_ok().then_some(self);
        }
        Some(self)
    }
}

/// The entry in the folder must outlive a power cut too.
pub(crate) fn sync_folder(folder: &Path) {
    // Not every system can promise that, and the file itself is good without it.
    let _ = fs_err::File::open(folder).and_then(|folder| folder.sync_all());
}
