//! A result in the format that was asked for, piece by piece. Every format has an end of its own, which only a whole result gets.

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::Schema;
use ::arrow::error::ArrowError;
use serde_json::json;

use crate::error::{Failure, QueryError};
use crate::http::accept::Format;
use crate::http::arrow::Messages;
use crate::http::csv::Lines;
use crate::http::json::{self, Objects};

/// Writes one result.
#[derive(Debug)]
pub enum Encoder {
    /// `{"columns":[…],"rows":[…],"next":…}`.
    Json(Objects, Place),
    /// An object per line.
    Ndjson(Objects, Place),
    /// A header and lines.
    Csv(Lines),
    /// Messages.
    Arrow(Messages),
}

/// Where in a result the next row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    First,
    /// Behind another.
    Further,
}

impl Place {
    fn separate(&mut self, separator: &[u8], out: &mut Vec<u8>) {
        if *self == Self::Further {
            out.extend_from_slice(separator);
        }
        *self = Self::Further;
    }
}

impl Encoder {
    /// Writes what comes before the rows.
    ///
    /// # Errors
    /// Fails when the columns cannot be written in this format.
    pub fn begin(format: Format, schema: &Schema, out: &mut Vec<u8>) -> Result<Self, QueryError> {
        Ok(match format {
            Format::Json => {
                let columns = columns(schema);
                out.extend_from_slice(format!("{{\"columns\":{columns},\"rows\":[").as_bytes());
                Self::Json(Objects::new(schema), Place::First)
            }
            Format::Ndjson => Self::Ndjson(Objects::new(schema), Place::First),
            Format::Csv => Self::Csv(Lines::begin(schema, out)),
            Format::Arrow => Self::Arrow(Messages::begin(schema, out).map_err(|error| unwritable(&error))?),
        })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// Fails when a column cannot be written in this format.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), QueryError> {
        match self {
            Self::Json(objects, place) => objects.write(batch, |out| place.separate(b",\n", out), out),
            Self::Ndjson(objects, place) => objects.write(batch, |out| place.separate(b"\n", out), out),
            Self::Csv(lines) => lines.write(batch, out),
            Self::Arrow(messages) => messages.write(batch, out),
        }
        .map_err(|error| unwritable(&error))
    }

    /// Writes the end of a whole result; `next` is the address of the next page.
    ///
    /// # Errors
    /// Fails when it was written already.
    pub fn end(&mut self, next: Option<&str>, out: &mut Vec<u8>) -> Result<(), QueryError> {
        match self {
            Self::Json(..) => out.extend_from_slice(format!("],\"next\":{}}}\n", json!(next)).as_bytes()),
            Self::Ndjson(_, Place::First) => {}
            Self::Ndjson(_, Place::Further) => out.push(b'\n'),
            Self::Csv(_) => Lines::end(out),
            Self::Arrow(messages) => messages.end(out).map_err(|error| unwritable(&error))?,
        }
        Ok(())
    }
}

/// Names and types of columns, as JSON.
pub fn columns(schema: &Schema) -> serde_json::Value {
    let named = json::names(schema).into_iter().zip(schema.fields());
    named.map(|(name, field)| json!({"name": name, "type": json::type_name(field.data_type())})).collect()
}

fn unwritable(error: &ArrowError) -> QueryError {
    QueryError::new(Failure::Unsupported, format!("the result cannot be written in this format: {error}"))
        .hinted("cast the column to text, or ask for another format")
}
