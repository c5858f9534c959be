//! Rows as they are in memory: the streaming format of Arrow IPC.

use std::fmt;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::Schema;
use ::arrow::error::ArrowError;
use ::arrow::ipc::writer::StreamWriter;

/// Writes batches as messages.
pub struct Messages {
    writer: StreamWriter<Vec<u8>>,
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

impl Messages {
    /// Writes the schema.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    pub fn begin(schema: &Schema, out: &mut Vec<u8>) -> Result<Self, ArrowError> {
        let mut messages = Self { writer: StreamWriter::try_new(Vec::new(), schema)? };
        messages.flush(out);
        Ok(messages)
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.writer.write(batch)?;
        self.flush(out);
        Ok(())
    }

    /// Writes the mark of the end, without which a reader knows that something is missing.
    ///
    /// # Errors
    /// Fails when it was written already.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.writer.finish()?;
        self.flush(out);
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        out.append(self.writer.get_mut());
    }
}
