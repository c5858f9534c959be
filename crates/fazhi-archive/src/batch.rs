//! Many records, one wait for the disk.

use crate::compose::{self, Parts};
use crate::file::OpenFile;
use crate::{ArchiveError, ArchiveFile, ArchiveWriter, Attempt, Exchange, Location, RevisitOf, Written};

/// Records that become durable together, with [`Batch::commit`]. Until then none of them counts as written, wherever the
/// files end that they go to; without a commit all of them are taken back.
///
/// One record of a batch may refer to another (a revisit to its original), as they come or go together.
#[derive(Debug)]
#[must_use = "a batch that is not committed is taken back"]
pub struct Batch<'w> {
    writer: &'w mut ArchiveWriter,
    /// Files that reached the cap while they held records of this batch, in their order.
    full: Vec<OpenFile>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A write failed, and every record of the batch is gone.
    TakenBack,
    Committed,
}

impl<'w> Batch<'w> {
    pub(crate) fn new(writer: &'w mut ArchiveWriter) -> Self {
        Self { writer, full: Vec::new(), state: State::Open }
    }

    /// Adds an answer: its request record, then its response record.
    ///
    /// # Errors
    /// [`ArchiveError::Field`] leaves the batch as it was. Any other error has taken the whole batch back, and whatever
    /// is called next fails with [`ArchiveError::TakenBack`].
    pub fn exchange(&mut self, exchange: &Exchange) -> Result<Written, ArchiveError> {
        self.add(|info_id| compose::exchange(exchange, info_id))
    }

    /// Adds an answer that repeats an archived one: 304, or the same body again. Only its head is kept.
    ///
    /// # Errors
    /// As [`Self::exchange`].
    pub fn unchanged(&mut self, exchange: &Exchange, original: &RevisitOf) -> Result<Written, ArchiveError> {
        self.add(|info_id| compose::unchanged(exchange, original, info_id))
    }

    /// Adds an attempt without an answer, as a `metadata` record.
    ///
    /// # Errors
    /// As [`Self::exchange`].
    pub fn attempt(&mut self, attempt: &Attempt) -> Result<Written, ArchiveError> {
        let text = compose::note(attempt.text);
        self.add(|info_id| compose::attempt(attempt, &text, info_id))
    }

    /// Waits until every record is on disk. Returns the files they are in, each with its length now; none for an empty batch.
    ///
    /// # Errors
    /// The disk's; then every record of the batch has been taken back.
    pub fn commit(mut self) -> Result<Vec<ArchiveFile>, ArchiveError> {
        self.check()?;
        let mut touched = Vec::new();
        for open in self.full.iter_mut().chain(&mut self.writer.current).filter(|open| !open.is_durable()) {
            if let Err(source) = open.sync() {
                let file = open.file.clone();
                self.take_back();
                return Err(ArchiveError::Write { file, source });
            }
            touched.push(open);
        }
        self.state = State::Committed;
        let settled = touched.into_iter().map(|open| {
            open.settle();
            open.durable()
        });
        Ok(settled.collect())
    }

    fn check(&self) -> Result<(), ArchiveError> {
        match self.state {
            State::TakenBack => Err(ArchiveError::TakenBack { pipeline: self.writer.pipeline().to_owned() }),
            State::Open | State::Committed => Ok(()),
        }
    }

    fn add<'a>(
        &mut self,
        compose: impl FnOnce(&str) -> Result<Parts<'a>, ArchiveError>,
    ) -> Result<Written, ArchiveError> {
        self.check()?;
        self.full.extend(self.writer.current.take_if(|open| open.length() >= self.writer.file_cap));
        // Composed before a file is begun: a refused field leaves nothing behind.
        let info_id = self.writer.info_id();
        let Parts { before, record, id } = compose(&info_id)?;
        if self.writer.current.is_none() {
            self.writer.begin(info_id).inspect_err(|_| self.take_back())?;
        }
        let (bytes, start) = self.writer.pack(before, record);
        let open = self.writer.current.as_mut().expect("a file was begun");
        let offset = open.length() + start;
        let length = bytes.len() as u64 - start;
        let location = Location { file: open.file.clone(), offset, length };
        if let Err(source) = open.append(&bytes) {
            self.take_back();
            return Err(ArchiveError::Write { file: location.file, source });
        }
        Ok(Written { record_id: id, location })
    }

    fn take_back(&mut self) {
        self.state = State::TakenBack;
        let files = self.full.drain(..).chain(self.writer.current.take());
        // At most the first of them had records before this batch; the others are removed.
        self.writer.current = files.filter_map(OpenFile::undo).fold(None, |first, open| first.or(Some(open)));
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if self.state == State::Open {
            self.take_back();
        }
    }
}
