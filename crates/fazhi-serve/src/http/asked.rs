//! What a request asks, who asks it and in which form the answer is wanted.

use std::time::Duration;

use ::arrow::array::RecordBatch;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use datafusion::common::{ParamValues, ScalarValue};
use serde::de::DeserializeOwned;

use crate::engine::{Caller, Prepared, Rows};
use crate::error::QueryError;
use crate::http::accept::{self, Format};
use crate::http::answer::{Answer, answer};
use crate::http::paging::Page;
use crate::http::problem::Problem;
use crate::server::Shared;

/// A request for data.
#[derive(Debug)]
pub struct Asked {
    pub shared: Shared,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub caller: Caller,
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let Some(caller) = parts.extensions.get::<Caller>().cloned() else {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "nobody asks"));
        };
        Ok(Self { shared: shared.clone(), uri: parts.uri.clone(), headers: parts.headers.clone(), caller })
    }
}

impl Asked {
    /// The format in which rows are wanted.
    ///
    /// # Errors
    /// Fails (406) when it cannot be had.
    pub fn format(&self) -> Result<Format, Problem> {
        accept::choose(&self.headers, Format::ALL)
    }

    /// That JSON will do, for what is no table.
    ///
    /// # Errors
    /// Fails (406) when it will not.
    pub fn takes_json(&self) -> Result<(), Problem> {
        accept::choose(&self.headers, &[Format::Json]).map(|_| ())
    }

    /// Runs a planned statement.
    ///
    /// # Errors
    /// Fails when the engine refuses it.
    pub async fn run(&self, prepared: &Prepared, timeout: Option<Duration>) -> Result<Rows, QueryError> {
        self.shared.engine.run(&self.caller, prepared, timeout).await
    }

    /// Answers with a page of a statement of our own, which has to order its rows by a key, so that pages neither overlap nor
    /// leave a row out.
    ///
    /// # Errors
    /// Fails when it cannot be run, or (406) when no format fits.
    pub async fn page(&self, sql: &str, values: Vec<ScalarValue>, page: Page) -> Result<Answer, Problem> {
        let format = self.format()?;
        let prepared = self.prepared(sql, values).await?.within(page.window())?;
        let rows = self.run(&prepared, None).await?;
        Ok(answer(rows, format, Some(page), &self.uri).await?)
    }

    /// All rows of a statement of our own that has few.
    ///
    /// # Errors
    /// Fails when it cannot be run.
    pub async fn few(&self, sql: &str, values: Vec<ScalarValue>) -> Result<Vec<RecordBatch>, Problem> {
        let prepared = self.prepared(sql, values).await?;
        let mut rows = self.run(&prepared, None).await?;
        let mut batches = Vec::new();
        while let Some(batch) = rows.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }

    async fn prepared(&self, sql: &str, values: Vec<ScalarValue>) -> Result<Prepared, QueryError> {
        let engine = &self.shared.engine;
        let prepared = engine.prepare_text(&self.caller, sql).await?;
        if values.is_empty() {
            Ok(prepared)
        } else {
            engine.bind(&self.caller, &prepared, ParamValues::from(values)).await
        }
    }
}

/// The parts of a path that name something.
#[derive(Debug)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, shared).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(rejection) => Err(Problem::bad_request(format!("the path cannot be read: {}", rejection.body_text()))),
        }
    }
}
