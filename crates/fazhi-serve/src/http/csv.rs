//! Rows as CSV (RFC 4180), in UTF-8, with a header. As in PostgreSQL's `COPY`, null is nothing and an empty text is `""`; lists
//! are JSON.

use ::arrow::array::{Array, RecordBatch};
use ::arrow::datatypes::{FieldRef, Schema};
use ::arrow::error::ArrowError;
use ::arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};
use ::arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::http::json::{self, Unwritten};

/// Writes rows as lines. The end of a line comes before the next one, so that a body that was cut off does not end like a whole.
#[derive(Debug)]
pub struct Lines {
    options: EncoderOptions,
    unwritten: Unwritten,
    cell: String,
}

impl Lines {
    /// Writes the header.
    pub fn begin(schema: &Schema, out: &mut Vec<u8>) -> Self {
        for (nth, name) in json::names(schema).iter().enumerate() {
            separate(nth, out);
            quoted(name, out);
        }
        let unwritten = Unwritten::default();
        Self { options: unwritten.options(), unwritten, cell: String::new() }
    }

    /// Writes every row.
    ///
    /// # Errors
    /// Fails when a column is of a type that cannot be written, or a time so far off that it has no date.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let mut cells = columns
            .map(|(field, column)| Cell::new(field, column.as_ref(), &self.options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            out.extend_from_slice(b"\r\n");
            for (nth, (cell, column)) in cells.iter_mut().zip(batch.columns()).enumerate() {
                separate(nth, out);
                if !column.is_null(row) {
                    self.cell.clear();
                    cell.write(row, &mut self.cell)?;
                    quoted(&self.cell, out);
                }
            }
        }
        self.unwritten.check()
    }

    /// Ends the last line.
    pub fn end(out: &mut Vec<u8>) {
        out.extend_from_slice(b"\r\n");
    }
}

/// Writes the values of one column.
enum Cell<'a> {
    Plain(ArrayFormatter<'a>),
    Nested(NullableEncoder<'a>),
}

impl<'a> Cell<'a> {
    fn new(field: &'a FieldRef, column: &'a dyn Array, options: &'a EncoderOptions) -> Result<Self, ArrowError> {
        if column.data_type().is_nested() {
            make_encoder(field, column, options).map(Self::Nested)
        } else {
            ArrayFormatter::try_new(column, &FormatOptions::new()).map(Self::Plain)
        }
    }

    fn write(&mut self, row: usize, out: &mut String) -> Result<(), ArrowError> {
        match self {
            Self::Plain(plain) => out.push_str(&plain.value(row).try_to_string()?),
            Self::Nested(nested) => {
                let mut bytes = Vec::new();
                json::value(nested, row, &mut bytes);
                // JSON is text.
                out.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        Ok(())
    }
}

fn separate(nth: usize, out: &mut Vec<u8>) {
    if nth > 0 {
        out.push(b',');
    }
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    let is_plain = !text.is_empty() && text.trim() == text && !text.contains(['"', ',', '\r', '\n']);
    if is_plain {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    }
}
