//! After a crash: complete records are kept, a torn one at the end is cut away.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::layout::resolve;
use crate::{ArchiveError, Record, RecordReader};

/// What lay behind the place up to which a file was known to be complete.
#[derive(Debug)]
pub struct Recovery {
    /// Complete records, in their order.
    pub adopted: Vec<Record>,
    /// Stretches between complete records that do not read. They are left as they are.
    pub damaged: Vec<ArchiveError>,
    /// What was cut away, if anything was.
    pub cut: Option<Cut>,
}

/// [`Recovery`] without its records, which were handed over one by one.
#[derive(Debug)]
pub struct RecoveryTail {
    /// Stretches between complete records that do not read. They are left as they are.
    pub damaged: Vec<ArchiveError>,
    /// What was cut away, if anything was.
    pub cut: Option<Cut>,
}

/// The rest of a broken write, now gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// File relative to the archive root.
    pub file: String,
    /// First byte of the torn record: the file's length now.
    pub offset: u64,
    /// Bytes cut away.
    pub length: u64,
}

/// Returns the complete records of `file` behind byte `committed`, and shortens the file by a torn one at its end.
///
/// It must not run while a writer has the file open. Records are held in memory; [`recover_each`] does without.
pub fn recover(root: &Path, file: &str, committed: u64) -> Result<Recovery, ArchiveError> {
    let mut adopted = Vec::new();
    let RecoveryTail { damaged, cut } = recover_each(root, file, committed, |record| adopted.push(record))?;
    Ok(Recovery { adopted, damaged, cut })
}

/// [`recover`], but hands the records over one by one.
pub fn recover_each(
    root: &Path,
    file: &str,
    committed: u64,
    mut adopt: impl FnMut(Record),
) -> Result<RecoveryTail, ArchiveError> {
    let failed = |source| ArchiveError::Read { file: file.to_owned(), source };
    let length = fs_err::metadata(resolve(root, file)?).map_err(failed)?.len();
    if length < committed {
        return Err(ArchiveError::Shortened { file: file.to_owned(), length, committed });
    }
    let mut damaged = Vec::new();
    let mut torn = None;
    let mut reader = RecordReader::open(root, file)?.from_offset(committed);
    while let Some(item) = reader.next() {
        // Only where nothing readable follows can broken bytes be the rest of the last write.
        damaged.extend(torn.take().map(|(_, error)| error));
        match item {
            Ok(record) => adopt(record),
            Err(error @ ArchiveError::Read { .. }) => return Err(error),
            Err(error @ ArchiveError::Torn { offset, .. }) => torn = Some((offset, error)),
            Err(error @ ArchiveError::Corrupt { offset, .. }) if reader.is_lost() => torn = Some((offset, error)),
            Err(error) => damaged.push(error),
        }
    }
    let Some((offset, _)) = torn else { return Ok(RecoveryTail { damaged, cut: None }) };
    if offset == committed && !begins_like_record(root, file, &reader, committed)? {
        check_boundary(root, file, committed)?;
    }
    shorten(root, file, offset)?;
    let cut = Cut { file: file.to_owned(), offset, length: length - offset };
    Ok(RecoveryTail { damaged, cut: Some(cut) })
}

/// Whether the bytes at this place are at least the start of a record.
fn begins_like_record(root: &Path, file: &str, reader: &RecordReader, offset: u64) -> Result<bool, ArchiveError> {
    let magic = reader.format().magic();
    let mut start = Vec::new();
    let read = fs_err::File::open(resolve(root, file)?).and_then(|mut handle| {
        handle.seek(SeekFrom::Start(offset))?;
        handle.take(magic.len() as u64).read_to_end(&mut start)
    });
    read.map_err(|source| ArchiveError::Read { file: file.to_owned(), source })?;
    Ok(magic.starts_with(&start))
}

/// A place that is no record's end must never be cut at: it would take a complete record along.
fn check_boundary(root: &Path, file: &str, offset: u64) -> Result<(), ArchiveError> {
    let mut reader = RecordReader::open(root, file)?.until(offset);
    for item in reader.by_ref() {
        if let Err(error @ ArchiveError::Read { .. }) = item {
            return Err(error);
        }
    }
    if reader.position() == offset {
        return Ok(());
    }
    Err(ArchiveError::NoBoundary { file: file.to_owned(), offset })
}

fn shorten(root: &Path, file: &str, length: u64) -> Result<(), ArchiveError> {
    let path = resolve(root, file)?;
    let shortened = fs_err::OpenOptions::new().write(true).open(path).and_then(|handle| {
        handle.set_len(length)?;
        handle.sync_all()
    });
    shortened.map_err(|source| ArchiveError::Write { file: file.to_owned(), source })
}
