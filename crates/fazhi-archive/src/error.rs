use std::io;

/// What can go wrong with an archive. Every variant names the file it happened in, or what would have been its name.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A record could not be stored; whatever was stored before it still is.
    #[error("cannot write archive file `{file}`")]
    Write {
        /// File relative to the archive root.
        file: String,
        /// The system's answer, e.g. that the disk is full.
        #[source]
        source: io::Error,
    },
    /// A record was added to a batch whose records are gone because one of them could not be stored.
    #[error("the records of this batch for pipeline `{pipeline}` have been taken back")]
    TakenBack {
        /// The pipeline they were for.
        pipeline: String,
    },
    /// The system refused to read a file or folder.
    #[error("cannot read archive file `{file}`")]
    Read {
        /// File relative to the archive root.
        file: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The file ends inside a record. Always the last thing said about a file.
    #[error("archive file `{file}` ends inside the record at byte {offset}")]
    Torn {
        /// File relative to the archive root.
        file: String,
        /// First byte of the incomplete record.
        offset: u64,
    },
    /// Bytes that are no WARC record.
    #[error("archive file `{file}` has no readable record at byte {offset}: {reason}")]
    Corrupt {
        /// File relative to the archive root.
        file: String,
        /// First byte of what does not read.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A record that inflates to more bytes than the reader's cap.
    #[error("record at byte {offset} of archive file `{file}` is larger than {cap} bytes")]
    TooLarge {
        /// File relative to the archive root.
        file: String,
        /// First byte of the record.
        offset: u64,
        /// The cap in inflated bytes.
        cap: u64,
    },
    /// The file is shorter than what is known to have been stored in it.
    #[error("archive file `{file}` has {length} bytes, but {committed} were stored in it")]
    Shortened {
        /// File relative to the archive root.
        file: String,
        /// Its length now.
        length: u64,
        /// The length it had.
        committed: u64,
    },
    /// The place up to which the file is said to be complete lies inside a record, so nothing may be cut.
    #[error("no record of archive file `{file}` ends at byte {offset}")]
    NoBoundary {
        /// File relative to the archive root.
        file: String,
        /// The place given.
        offset: u64,
    },
    /// A pipeline, run or file name that would leave the archive's folder or not survive as a file name.
    #[error("`{name}` cannot be part of the name of an archive file")]
    Name {
        /// The name.
        name: String,
    },
    /// A record field whose name is no token or is one the writer sets itself.
    #[error("`{name}` cannot be the name of a record field")]
    Field {
        /// The name.
        name: String,
    },
}
