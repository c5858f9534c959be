//! `/tables`: what there is to ask, and its rows.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use fazhi_warehouse::{Table, VIEWS};
use serde::Serialize;

use crate::engine::Snapshot;
use crate::error::QueryError;
use crate::http::asked::{Asked, Named};
use crate::http::encoder::columns;
use crate::http::filters::{self, Nothing, Paging};
use crate::http::paging::Page;
use crate::http::problem::Problem;

/// A table or a view.
#[derive(Debug, Serialize)]
struct Relation {
    name: &'static str,
    kind: Kind,
    description: String,
    columns: serde_json::Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Table,
    View,
}

/// Every relation, the views first: they are what most people want.
fn known() -> impl Iterator<Item = (&'static str, Kind, String)> {
    let views = VIEWS.iter().map(|view| (view.name, Kind::View, view.description()));
    let tables = Table::ALL.iter().map(|table| (table.name(), Kind::Table, table.description().to_owned()));
    views.chain(tables)
}

/// Lists the relations.
pub async fn list(asked: Asked) -> Result<Response, Problem> {
    asked.takes_json()?;
    let Nothing {} = filters::read(&asked.uri)?;
    let snapshot = asked.shared.engine.snapshot().await?;
    let mut relations = Vec::new();
    for (name, kind, description) in known().filter(|(name, ..)| !snapshot.is_dropped(name)) {
        let columns = columns(schema(&snapshot, name).await?.as_ref());
        relations.push(Relation { name, kind, description, columns });
    }
    let body = serde_json::json!({ "tables": relations }).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Answers with rows of one relation, in the order of its key.
pub async fn rows(asked: Asked, Named(name): Named<String>) -> Result<Response, Problem> {
    let Paging { limit, offset } = filters::read(&asked.uri)?;
    let page = Page::of_list(limit, offset)?;
    let Some((name, ..)) = known().find(|(known, ..)| *known == name) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("there is no table or view `{name}`"))
            .hinted("`/tables` lists them"));
    };
    let order = match key(name) {
        Some(key) => key.join(", "),
        None => every_column(&schema(&*asked.shared.engine.snapshot().await?, name).await?),
    };
    let answer = asked.page(&format!("SELECT * FROM {name} ORDER BY {order}"), Vec::new(), page).await?;
    Ok(answer.response())
}

async fn schema(snapshot: &Snapshot, name: &str) -> Result<SchemaRef, QueryError> {
    let table = snapshot.context().table_provider(name).await;
    table.map(|table| table.schema()).map_err(|error| QueryError::from_engine(&error, ""))
}

/// Columns that tell every row of a relation from every other.
fn key(relation: &str) -> Option<&'static [&'static str]> {
    Some(match relation {
        "captures" => &["capture_id"],
        "documents" | "reports" => &["document_id"],
        "texts" => &["document_id", "revision"],
        "sections" | "quantities" | "indicators" => &["document_id", "revision", "ordinal"],
        "indicator_values" | "indicator_ranges" | "indicator_confidence" | "indicator_yearly" => {
            &["document_id", "ordinal"]
        }
        "evidence" => &["document_id", "ordinal", "warc_file", "warc_offset"],
        "issues" => &["issue_id"],
        "runs" => &["run_id"],
        "regions" => &["region_code", "valid_from"],
        "indicator_catalog" => &["indicator_id"],
        _ => return None,
    })
}

/// Where no key is known, all that can be compared: rows that are then still alike are the same to whoever counts them.
fn every_column(schema: &SchemaRef) -> String {
    let comparable =
        schema.fields().iter().filter(|field| !matches!(field.data_type(), DataType::List(_) | DataType::Struct(_)));
    let quoted: Vec<_> = comparable.map(|field| format!("\"{}\"", field.name().replace('"', "\"\""))).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_columns_of_their_tables() {
        for table in Table::ALL {
            for column in key(table.name()).unwrap_or_default() {
                assert!(table.schema().column_with_name(column).is_some(), "{}.{column}", table.name());
            }
        }
    }
}
