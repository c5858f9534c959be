//! Reading records one after the other, or one by its address.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::layout::resolve;
use crate::record::{RecordHead, is_record_end};
use crate::resync::{Format, find_record};
use crate::{ArchiveError, Location, Record};

/// Inflated bytes a record may have unless [`RecordReader::with_cap`] says otherwise: 64 MiB.
pub const DEFAULT_RECORD_CAP: u64 = 64 * 1024 * 1024;

/// A header longer than this is none.
const HEADER_CAP: u64 = 64 * 1024;

/// The records of one file in their order.
///
/// What does not read is an error item with its place, and the records behind it follow; [`ArchiveError::Torn`] and
/// [`ArchiveError::Read`] are final. A record above the cap is skipped without being held in memory.
#[derive(Debug)]
pub struct RecordReader {
    file: String,
    source: Source,
    format: Format,
    end: u64,
    cap: u64,
    pending: Option<ArchiveError>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The next record begins where the source stands.
    Ready,
    /// The next record begins here.
    Seek(u64),
    /// The next record is somewhere from here on.
    Lost(u64),
    Done,
}

/// Why no record could be read at a place.
enum Failure {
    Io(io::Error),
    /// The file ended.
    Torn,
    /// The end of the record is unknown.
    Broken(String),
    /// The record's end was reached, and the source stands behind it.
    Unreadable(String),
    TooLarge,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Torn,
            // The kinds flate2 gives to wrong headers, deflate streams and checksums.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Self::Broken(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

impl RecordReader {
    /// Opens `file` (relative to the archive root) at its first record.
    pub fn open(root: &Path, file: &str) -> Result<Self, ArchiveError> {
        let path = resolve(root, file)?;
        let failed = |source| ArchiveError::Read { file: file.to_owned(), source };
        let mut source = Source { inner: BufReader::new(fs_err::File::open(path).map_err(failed)?), at: 0 };
        let format = Format::of(source.fill_buf().map_err(failed)?, file);
        Ok(Self {
            file: file.to_owned(),
            source,
            format,
            end: u64::MAX,
            cap: DEFAULT_RECORD_CAP,
            pending: None,
            state: State::Ready,
        })
    }

    /// Starts at this byte, which must be the first of a record.
    #[must_use]
    pub fn from_offset(mut self, offset: u64) -> Self {
        self.state = State::Seek(offset);
        self
    }

    /// Stops before the first record that begins at this byte or later.
    #[must_use]
    pub fn until(mut self, end: u64) -> Self {
        self.end = end;
        self
    }

    /// Refuses records of more inflated bytes than this, header included.
    #[must_use]
    pub fn with_cap(mut self, cap: u64) -> Self {
        self.cap = cap;
        self
    }

    /// Whether the end of the record last refused is unknown, so that it may be the rest of a broken write.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost(_))
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Where the next record would begin.
    pub(crate) fn position(&self) -> u64 {
        self.source.at
    }

    fn advance(&mut self) -> Result<Option<Record>, ArchiveError> {
        match self.state {
            State::Done => return Ok(None),
            State::Ready => {}
            State::Seek(offset) => self.source.seek(offset).map_err(|error| self.read_error(error))?,
            State::Lost(from) => {
                self.source.seek(from).map_err(|error| self.read_error(error))?;
                let found = find_record(&mut self.source, self.format).map_err(|error| self.read_error(error))?;
                let Some(distance) = found else { return Ok(None) };
                self.source.seek(from + distance).map_err(|error| self.read_error(error))?;
            }
        }
        if self.format == Format::Plain {
            self.source.skip_line_ends(u64::MAX).map_err(|error| self.read_error(error))?;
        }
        let offset = self.source.at;
        let at_end = self.source.at_end().map_err(|error| self.read_error(error))?;
        if at_end || offset >= self.end {
            return Ok(None);
        }
        let outcome = match self.format {
            Format::Gzip => self.read_member(offset),
            Format::Plain => self.read_plain(offset),
        };
        self.state = match &outcome {
            Err(Failure::Io(_) | Failure::Torn) => State::Done,
            Err(Failure::Broken(_)) => State::Lost(offset + 1),
            _ if matches!(self.pending, Some(ArchiveError::Torn { .. })) => State::Done,
            Err(Failure::TooLarge | Failure::Unreadable(_)) | Ok(_) => State::Ready,
        };
        outcome.map(Some).map_err(|failure| self.error(failure, offset))
    }

    fn read_member(&mut self, offset: u64) -> Result<Record, Failure> {
        let mut data = Vec::new();
        let mut decoder = GzDecoder::new(&mut self.source);
        let length = decoder.by_ref().take(self.cap.saturating_add(1)).read_to_end(&mut data)?;
        if length as u64 > self.cap {
            drop(data);
            let rest = io::copy(&mut decoder, &mut io::sink());
            return self.skip_rest(offset, rest);
        }
        let head = RecordHead::parse(&data).map_err(Failure::Unreadable)?;
        let block_end = usize::try_from(head.content_length).ok().and_then(|block| head.length.checked_add(block));
        let Some(block_end) = block_end.filter(|&end| end <= data.len()) else {
            return Err(Failure::Unreadable("its block is shorter than its `Content-Length`".to_owned()));
        };
        if !is_record_end(&data[block_end..]) {
            let reason = "more than one record is in its gzip member".to_owned();
            self.pending = Some(ArchiveError::Corrupt { file: self.file.clone(), offset, reason });
        }
        data.truncate(block_end);
        data.drain(..head.length);
        Ok(head.into_record(self.location(offset), data))
    }

    /// After the start of a member was too much: its rest has been inflated into nothing, to find its end.
    fn skip_rest(&mut self, offset: u64, rest: io::Result<u64>) -> Result<Record, Failure> {
        match rest.map_err(Failure::from) {
            Ok(_) => {}
            Err(Failure::Torn) => self.pending = Some(ArchiveError::Torn { file: self.file.clone(), offset }),
            Err(failure) => return Err(failure),
        }
        Err(Failure::TooLarge)
    }

    fn read_plain(&mut self, offset: u64) -> Result<Record, Failure> {
        let head = self.read_plain_head()?;
        if (head.length as u64).saturating_add(head.content_length) > self.cap {
            let end = self.source.at.saturating_add(head.content_length);
            if end > self.source.length()? {
                self.pending = Some(ArchiveError::Torn { file: self.file.clone(), offset });
            } else {
                self.source.seek(end)?;
                self.source.skip_line_ends(4)?;
            }
            return Err(Failure::TooLarge);
        }
        let mut block = Vec::new();
        let length = self.source.by_ref().take(head.content_length).read_to_end(&mut block)?;
        if (length as u64) < head.content_length {
            return Err(Failure::Torn);
        }
        self.source.skip_line_ends(4)?;
        Ok(head.into_record(self.location(offset), block))
    }

    fn read_plain_head(&mut self) -> Result<RecordHead, Failure> {
        let mut bytes = Vec::new();
        loop {
            let room = HEADER_CAP - bytes.len() as u64;
            let line = self.source.by_ref().take(room).read_until(b'\n', &mut bytes)?;
            if !b"WARC/".starts_with(&bytes[..bytes.len().min(5)]) {
                return Err(Failure::Broken("it does not begin with `WARC/`".to_owned()));
            }
            if bytes.last() != Some(&b'\n') {
                return Err(if line as u64 == room {
                    Failure::Broken("its header does not end".to_owned())
                } else {
                    Failure::Torn
                });
            }
            if bytes.ends_with(b"\n\r\n") || bytes.ends_with(b"\n\n") {
                return RecordHead::parse(&bytes).map_err(Failure::Broken);
            }
        }
    }

    fn location(&self, offset: u64) -> Location {
        Location { file: self.file.clone(), offset, length: self.source.at - offset }
    }

    fn read_error(&self, source: io::Error) -> ArchiveError {
        ArchiveError::Read { file: self.file.clone(), source }
    }

    fn error(&self, failure: Failure, offset: u64) -> ArchiveError {
        let file = self.file.clone();
        match failure {
            Failure::Io(source) => ArchiveError::Read { file, source },
            Failure::Torn => ArchiveError::Torn { file, offset },
            Failure::Broken(reason) | Failure::Unreadable(reason) => ArchiveError::Corrupt { file, offset, reason },
            Failure::TooLarge => ArchiveError::TooLarge { file, offset, cap: self.cap },
        }
    }
}

impl Iterator for RecordReader {
    type Item = Result<Record, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.pending.take() {
            return Some(Err(error));
        }
        let item = self.advance();
        if matches!(item, Ok(None) | Err(ArchiveError::Read { .. })) {
            self.state = State::Done;
        }
        item.transpose()
    }
}

/// Reads the record at this place, as an earlier reader or writer named it.
pub fn read_at(root: &Path, location: &Location) -> Result<Record, ArchiveError> {
    let mut reader = RecordReader::open(root, &location.file)?.from_offset(location.offset);
    let corrupt =
        |reason: String| ArchiveError::Corrupt { file: location.file.clone(), offset: location.offset, reason };
    let record = reader.next().unwrap_or_else(|| Err(corrupt("the file ends before it".to_owned())))?;
    if record.location == *location {
        return Ok(record);
    }
    let Location { offset, length, .. } = record.location;
    Err(corrupt(format!("{} bytes were expected, but a record of {length} lies at byte {offset}", location.length)))
}

/// A file that knows how far it has been read.
#[derive(Debug)]
struct Source {
    inner: BufReader<fs_err::File>,
    at: u64,
}

impl Source {
    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.inner.seek(SeekFrom::Start(offset))?;
        self.at = offset;
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.inner.get_ref().metadata()?.len())
    }

    fn at_end(&mut self) -> io::Result<bool> {
        Ok(self.inner.fill_buf()?.is_empty())
    }

    fn skip_line_ends(&mut self, most: u64) -> io::Result<()> {
        let end = self.at.saturating_add(most);
        while self.at < end && self.fill_buf()?.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            self.consume(1);
        }
        Ok(())
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.inner.consume(amount);
    }
}
