//! `SHOW`: the parameters of a session as rows.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::messages::PgWireBackendMessage as Answer;
use futures::SinkExt as _;

use crate::postgres::answer::{Stop, complete};
use crate::postgres::command::Command;
use crate::postgres::encoded::Encoded;
use crate::postgres::result::{description, fields};
use crate::postgres::session::{Announce, Session, refusal};
use crate::postgres::settings::Refused;

/// Columns of what a command answers with; none where it answers without rows.
pub fn columns(command: &Command) -> Option<SchemaRef> {
    match command {
        Command::Show(name) => Some(text_columns(&[name])),
        Command::SetConfig(..) => Some(text_columns(&["set_config"])),
        Command::ShowAll => Some(text_columns(&["name", "setting", "description"])),
        _ => None,
    }
}

fn text_columns(names: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()))
}

impl Session {
    pub(super) async fn show(&mut self, name: &str, announce: Announce) -> Result<(), Stop> {
        let user = self.caller.user.to_string();
        let (name, value) = match name {
            "session_authorization" => ("session_authorization", user),
            name => match self.settings.get(name) {
                Some((name, value)) => (name, value.to_owned()),
                None => return Err(refusal(&Refused::Unknown, name, "")),
            },
        };
        self.texts(&text_columns(&[name]), &[vec![value]], announce, "SHOW").await
    }

    /// Answers `set_config` with the value that it set.
    pub(super) async fn show_set(&mut self, name: &str, announce: Announce) -> Result<(), Stop> {
        let value = self.settings.get(name).map(|(_, value)| value.to_owned()).unwrap_or_default();
        self.texts(&text_columns(&["set_config"]), &[vec![value]], announce, "SELECT 1").await
    }

    pub(super) async fn show_all(&mut self, announce: Announce) -> Result<(), Stop> {
        let (names, values): (Vec<String>, Vec<String>) =
            self.settings.all().map(|(name, value)| (name.to_owned(), value.to_owned())).unzip();
        let nothing = vec![String::new(); names.len()];
        self.texts(&text_columns(&["name", "setting", "description"]), &[names, values, nothing], announce, "SHOW")
            .await
    }

    /// Answers with columns of text, and a tag at the end.
    async fn texts(
        &mut self,
        schema: &SchemaRef,
        columns: &[Vec<String>],
        announce: Announce,
        tag: &'static str,
    ) -> Result<(), Stop> {
        let arrays = columns.iter().map(|column| Arc::new(StringArray::from_iter_values(column)) as _).collect();
        let batch = RecordBatch::try_new(Arc::clone(schema), arrays)
            .map_err(|error| Stop::error("XX000", error.to_string()))?;
        let fields = fields(schema, &Format::UnifiedText)?;
        if announce == Announce::Columns {
            self.wire.feed(description(&fields)).await?;
        }
        for row in Encoded::new(batch, &fields) {
            self.wire.feed(Answer::DataRow(row?)).await?;
        }
        self.wire.feed(complete(tag)).await?;
        Ok(())
    }
}
