//! Where records lie: `<root>/<pipeline>/<name>.warc.gz`.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::ArchiveError;

/// Where a record lies: `file` is relative to the archive root with `/` separators (`<pipeline>/<name>.warc.gz`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// File relative to the archive root.
    pub file: String,
    /// First byte of the record (of its gzip member) in the file.
    pub offset: u64,
    /// Length in bytes as it lies on disk.
    pub length: u64,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveFile {
    /// File relative to the archive root, with `/` separators.
    pub file: String,
    /// Length in bytes.
    pub length: u64,
}

/// The WARC files under `<root>/<folder>/`, sorted by name. A root that does not exist holds none.
///
/// Files whose names are not UTF-8 are none of ours and are left out.
pub fn files(root: &Path) -> Result<Vec<ArchiveFile>, ArchiveError> {
    let mut found = Vec::new();
    for folder in entries(root, ".")? {
        if !folder.1.is_dir() {
            continue;
        }
        for (name, path) in entries(&folder.1, &folder.0)? {
            let file = format!("{}/{name}", folder.0);
            let metadata =
                fs_err::metadata(&path).map_err(|source| ArchiveError::Read { file: file.clone(), source })?;
            if is_warc(&name) && metadata.is_file() {
                found.push(ArchiveFile { file, length: metadata.len() });
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn entries(folder: &Path, name: &str) -> Result<Vec<(String, PathBuf)>, ArchiveError> {
    let failed = |source| ArchiveError::Read { file: name.to_owned(), source };
    let listing = match fs_err::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(failed)?,
    };
    let mut entries = Vec::new();
    for entry in listing {
        let entry = entry.map_err(failed)?;
        if let Ok(name) = entry.file_name().into_string() {
            entries.push((name, entry.path()));
        }
    }
    Ok(entries)
}

fn is_warc(name: &str) -> bool {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    Path::new(plain).extension().is_some_and(|extension| extension == "warc")
}

/// The path of an archive file; refuses names that lead out of the archive.
pub(crate) fn resolve(root: &Path, file: &str) -> Result<PathBuf, ArchiveError> {
    let inside = !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    if inside { Ok(root.join(file)) } else { Err(ArchiveError::Name { name: file.to_owned() }) }
}

/// Refuses what could not stand inside a file name: separators, control characters, hidden files.
pub(crate) fn check_name(name: &str) -> Result<(), ArchiveError> {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.chars().all(safe) {
        return Ok(());
    }
    Err(ArchiveError::Name { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_warc_files_of_all_folders_in_order() {
        let root = tempfile::tempdir().unwrap();
        for (folder, name, bytes) in [("b", "2.warc", 2), ("a", "1.warc.gz", 1), ("a", "notes.txt", 9)] {
            fs_err::create_dir_all(root.path().join(folder)).unwrap();
            fs_err::write(root.path().join(folder).join(name), vec![0; bytes]).unwrap();
        }
        fs_err::create_dir_all(root.path().join("a/folder.warc.gz")).unwrap();
        let listed = files(root.path()).unwrap();
        let expected = [("a/1.warc.gz", 1), ("b/2.warc", 2)];
        assert_eq!(listed, expected.map(|(file, length)| ArchiveFile { file: file.to_owned(), length }));
        assert_eq!(files(&root.path().join("absent")).unwrap(), []);
    }

    #[test]
    fn names_stay_inside_the_archive() {
        for name in ["../x.warc", "/etc/passwd", "", "a/../../x"] {
            assert!(matches!(resolve(Path::new("/r"), name), Err(ArchiveError::Name { .. })), "{name}");
        }
        for name in ["", "a/b", ".hidden", "a\nb", "a b", ".."] {
            assert!(matches!(check_name(name), Err(ArchiveError::Name { .. })), "{name}");
        }
        assert_eq!(resolve(Path::new("/r"), "青山/1.warc").unwrap(), Path::new("/r/青山/1.warc"));
        assert!(check_name("qingshan-2").is_ok());
    }
}
