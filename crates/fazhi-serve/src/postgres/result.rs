//! Results on their way to a client: their columns as the protocol describes them, and rows in the portions that are asked for.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion_postgres::arrow_pg::datatypes::arrow_schema_to_pg_fields;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::FieldInfo;
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Answer;
use datafusion_postgres::pgwire::messages::data::{DataRow, FieldDescription, RowDescription};
use futures::SinkExt as _;

use crate::engine::Rows;
use crate::postgres::answer::Stop;
use crate::postgres::encoded::Encoded;
use crate::postgres::wire::Wire;

/// Columns as the protocol describes them.
///
/// # Errors
/// Fails when a column is of a type that PostgreSQL has no counterpart of.
pub fn fields(schema: &SchemaRef, format: &Format) -> Result<Arc<Vec<FieldInfo>>, Stop> {
    if schema.fields().len() > MOST_COLUMNS {
        return Err(Stop::error("54011", format!("a result can have at most {MOST_COLUMNS} columns")));
    }
    let described = arrow_schema_to_pg_fields(schema, format, None);
    let described = described.map_err(|error| Stop::error("0A000", error.to_string()))?;
    let described = described.into_iter().zip(schema.fields()).map(|(info, field)| match field.data_type() {
        // What counts rows is never negative here and `bigint` there.
        DataType::UInt64 => FieldInfo::new(info.name().to_owned(), None, None, Type::INT8, info.format()),
        other => info.with_type_modifier(type_modifier(other)),
    });
    Ok(Arc::new(described.collect()))
}

/// PostgreSQL's own bound (`MaxTupleAttributeNumber`); the protocol counts columns with 16 bits.
const MOST_COLUMNS: usize = 1664;

/// Precision and scale of `numeric` as PostgreSQL packs them (`numerictypmodin`); -1 says nothing.
pub fn type_modifier(data_type: &DataType) -> i32 {
    match data_type {
        DataType::Decimal128(precision, scale) if *scale >= 0 => {
            ((i32::from(*precision) << 16) | i32::from(*scale)) + 4
        }
        _ => -1,
    }
}

/// What announces rows.
pub fn description(fields: &[FieldInfo]) -> Answer {
    Answer::RowDescription(RowDescription::new(fields.iter().map(FieldDescription::from).collect()))
}

/// A running query and what of it has been encoded already.
pub struct Running {
    rows: Rows,
    fields: Arc<Vec<FieldInfo>>,
    batch: Option<Encoded>,
}

/// How far rows were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// As many as were asked for; there may be more.
    Some(u64),
    /// To the end.
    All(u64),
}

impl Running {
    /// A query that has started.
    pub fn new(rows: Rows, fields: Arc<Vec<FieldInfo>>) -> Self {
        Self { rows, fields, batch: None }
    }

    /// Columns of the rows.
    pub fn fields(&self) -> &Arc<Vec<FieldInfo>> {
        &self.fields
    }

    /// Sends the next rows, at most so many.
    ///
    /// # Errors
    /// Fails when the query does, or the client is gone.
    pub async fn send(&mut self, wire: &mut Wire, at_most: Option<u64>) -> Result<Sent, Stop> {
        let mut sent = 0;
        while at_most.is_none_or(|most| sent < most) {
            match self.next().await? {
                Some(row) => wire.feed(Answer::DataRow(row)).await?,
                None => return Ok(Sent::All(sent)),
            }
            sent += 1;
        }
        Ok(Sent::Some(sent))
    }

    async fn next(&mut self) -> Result<Option<DataRow>, Stop> {
        loop {
            if let Some(row) = self.batch.as_mut().and_then(Iterator::next) {
                return Ok(Some(row?));
            }
            match self.rows.next().await {
                Some(batch) => self.batch = Some(Encoded::new(batch?, &self.fields)),
                None => return Ok(None),
            }
        }
    }
}
