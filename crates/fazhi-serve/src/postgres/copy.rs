//! `COPY (…) TO STDOUT`: rows as a file's worth of text, CSV or PostgreSQL's binary form, over the connection. Nothing is written
//! on the server's side.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use bytes::{BufMut as _, Bytes, BytesMut};
use datafusion::sql::sqlparser::ast::{CopyLegacyOption, CopyOption, Ident};
use datafusion_postgres::pgwire::api::results::FieldInfo;
use datafusion_postgres::pgwire::messages::copy::{CopyData, CopyOutResponse};

use crate::error::{Failure, QueryError};
use crate::postgres::answer::Stop;
use crate::postgres::encoded::Encoded;

/// How rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyFormat {
    /// PostgreSQL's text form.
    Text,
    /// Comma-separated values, with or without a line of names.
    Csv(Header),
    /// PostgreSQL's binary form.
    Binary,
}

/// Whether the first line holds the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// It does.
    Names,
    /// It does not.
    None,
}

/// Signature, flags and length of extension of the binary form (PostgreSQL's manual, COPY).
const BINARY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A row of -1 columns ends the binary form.
const BINARY_TAIL: &[u8] = &(-1_i16).to_be_bytes();

impl CopyFormat {
    /// The form that options ask for.
    ///
    /// # Errors
    /// Fails for options that are not supported.
    pub fn of(options: &[CopyOption], legacy: &[CopyLegacyOption]) -> Result<Self, QueryError> {
        let mut format = Self::Text;
        let mut header = Header::None;
        for option in options {
            match option {
                CopyOption::Format(name) => format = Self::named(name)?,
                CopyOption::Header(true) => header = Header::Names,
                CopyOption::Header(false) => {}
                CopyOption::Encoding(name)
                    if name.eq_ignore_ascii_case("utf8") || name.eq_ignore_ascii_case("utf-8") => {}
                other => return Err(unsupported(&other.to_string())),
            }
        }
        for option in legacy {
            match option {
                CopyLegacyOption::Binary => format = Self::Binary,
                CopyLegacyOption::Csv(details) if details.is_empty() => format = Self::Csv(header),
                CopyLegacyOption::Csv(details) if details.len() == 1 && details[0].to_string() == "HEADER" => {
                    header = Header::Names;
                    format = Self::Csv(header);
                }
                CopyLegacyOption::Header => header = Header::Names,
                other => return Err(unsupported(&other.to_string())),
            }
        }
        match (format, header) {
            (Self::Csv(_), header) => Ok(Self::Csv(header)),
            (Self::Text | Self::Binary, Header::Names) => Err(unsupported("HEADER without CSV")),
            (format, Header::None) => Ok(format),
        }
    }

    fn named(name: &Ident) -> Result<Self, QueryError> {
        match name.value.to_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "csv" => Ok(Self::Csv(Header::None)),
            "binary" => Ok(Self::Binary),
            other => Err(unsupported(&format!("FORMAT {other}"))),
        }
    }

    /// Whether values are in PostgreSQL's binary form.
    pub fn is_binary(&self) -> bool {
        *self == Self::Binary
    }

    /// What announces the rows.
    pub fn announcement(&self, columns: usize) -> CopyOutResponse {
        let code = i8::from(self.is_binary());
        let columns = i16::try_from(columns).unwrap_or(i16::MAX);
        CopyOutResponse::new(code, columns, vec![code.into(); usize::try_from(columns).unwrap_or(0)])
    }

    /// What stands before the rows.
    pub fn head(&self, fields: &[FieldInfo]) -> Option<CopyData> {
        match self {
            Self::Text | Self::Csv(Header::None) => None,
            Self::Binary => Some(CopyData::new(Bytes::from_static(BINARY_HEAD))),
            Self::Csv(Header::Names) => {
                let mut line = BytesMut::new();
                for (nth, field) in fields.iter().enumerate() {
                    csv_value(&mut line, nth, Some(field.name().as_bytes()));
                }
                line.put_u8(b'\n');
                Some(CopyData::new(line.freeze()))
            }
        }
    }

    /// What stands after the rows.
    pub fn tail(&self) -> Option<CopyData> {
        self.is_binary().then(|| CopyData::new(Bytes::from_static(BINARY_TAIL)))
    }

    /// The rows of a batch.
    pub fn rows(&self, fields: &Arc<Vec<FieldInfo>>, batch: RecordBatch) -> Result<Vec<CopyData>, Stop> {
        let mut written = Vec::with_capacity(batch.num_rows());
        for row in Encoded::new(batch, fields) {
            let row = row?;
            written.push(CopyData::new(self.row(&row.data, fields.len())));
        }
        Ok(written)
    }

    /// A row from the form that the protocol has for rows: each value with its length before it, -1 for null.
    fn row(&self, values: &[u8], columns: usize) -> Bytes {
        let mut line = BytesMut::with_capacity(values.len() + 2 * columns + 2);
        if self.is_binary() {
            line.put_i16(i16::try_from(columns).unwrap_or(i16::MAX));
            line.put_slice(values);
            return line.freeze();
        }
        for (nth, value) in Values(values).enumerate() {
            match self {
                Self::Csv(_) => csv_value(&mut line, nth, value),
                _ => text_value(&mut line, nth, value),
            }
        }
        line.put_u8(b'\n');
        line.freeze()
    }
}

/// What comes next, with the head of the binary form before it: PostgreSQL sends both in one message, and readers expect it.
pub fn joined(head: Option<CopyData>, next: CopyData) -> CopyData {
    match head {
        Some(head) => CopyData::new(Bytes::from([head.data, next.data].concat())),
        None => next,
    }
}

/// The values of an encoded row.
struct Values<'a>(&'a [u8]);

impl<'a> Iterator for Values<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.0 = rest;
            return Some(None);
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Some(value))
    }
}

fn text_value(line: &mut BytesMut, nth: usize, value: Option<&[u8]>) {
    if nth > 0 {
        line.put_u8(b'\t');
    }
    let Some(value) = value else { return line.put_slice(b"\\N") };
    for byte in value {
        match byte {
            b'\\' => line.put_slice(b"\\\\"),
            b'\t' => line.put_slice(b"\\t"),
            b'\n' => line.put_slice(b"\\n"),
            b'\r' => line.put_slice(b"\\r"),
            other => line.put_u8(*other),
        }
    }
}

/// A null is nothing, an empty text is quoted (PostgreSQL's manual, COPY).
fn csv_value(line: &mut BytesMut, nth: usize, value: Option<&[u8]>) {
    if nth > 0 {
        line.put_u8(b',');
    }
    let Some(value) = value else { return };
    let needs_quotes =
        value.is_empty() || value == b"\\." || value.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if !needs_quotes {
        return line.put_slice(value);
    }
    line.put_u8(b'"');
    for byte in value {
        if *byte == b'"' {
            line.put_u8(b'"');
        }
        line.put_u8(*byte);
    }
    line.put_u8(b'"');
}

fn unsupported(option: &str) -> QueryError {
    QueryError::new(Failure::Unsupported, format!("COPY TO STDOUT does not support {option}"))
        .hinted("FORMAT text, csv (with HEADER) and binary are supported")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[Option<&str>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for value in values {
            match value {
                Some(value) => {
                    bytes.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
                    bytes.extend(value.as_bytes());
                }
                None => bytes.extend((-1_i32).to_be_bytes()),
            }
        }
        bytes
    }

    #[test]
    fn values_are_written_as_postgresql_writes_them() {
        let values = row(&[Some("法治\t建设\\"), None, Some(""), Some("a,\"b\"\n")]);
        assert_eq!(CopyFormat::Text.row(&values, 4), "法治\\t建设\\\\\t\\N\t\ta,\"b\"\\n\n".as_bytes());
        assert_eq!(CopyFormat::Csv(Header::None).row(&values, 4), "法治\t建设\\,,\"\",\"a,\"\"b\"\"\n\"\n".as_bytes());
        let binary = CopyFormat::Binary.row(&values, 4);
        assert_eq!(binary[..2], [0, 4]);
        assert_eq!(binary[2..], values[..]);
    }
}
