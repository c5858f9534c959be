//! What the query string of an address asks for. A name that is not known is refused: a filter with a typing error in it would
//! answer with every row.

use std::fmt::Write as _;

use axum::extract::Query;
use axum::http::Uri;
use datafusion::common::ScalarValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::problem::Problem;

/// `limit` and `offset`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// Rows at most.
    pub limit: Option<u64>,
    /// Rows to pass over.
    pub offset: Option<u64>,
}

/// Filters of reports and of what they state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// The year that a report is about.
    pub year: Option<i32>,
    /// The code of a region, or its name.
    pub region: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Rows at most.
    pub limit: Option<u64>,
    /// Rows to pass over.
    pub offset: Option<u64>,
}

/// What to tell of one report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// Whether its text is wanted.
    #[serde(default)]
    pub text: WithText,
}

/// Whether the text of a report is wanted with it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithText {
    /// It is not.
    #[default]
    Omit,
    /// It is.
    Include,
}

/// Where nothing can be asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Reads the query string of an address.
///
/// # Errors
/// Fails (400) when it names something that is not known here, names it twice, or has a value that cannot be read.
pub fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    match Query::<T>::try_from_uri(uri) {
        Ok(Query(read)) => Ok(read),
        Err(rejection) => {
            let text = rejection.body_text();
            let reason = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            Err(Problem::bad_request(format!("the query string cannot be read: {reason}"))
                .hinted("`/openapi.json` lists the parameters of every path"))
        }
    }
}

/// Conditions of a statement, with the values that are bound to them.
#[derive(Debug, Default)]
pub struct Conditions {
    text: String,
    values: Vec<ScalarValue>,
}

impl Conditions {
    /// A column has this value. The name of the column is part of the program, never of a request.
    #[must_use]
    pub fn equal(mut self, column: &'static str, value: impl Into<ScalarValue>) -> Self {
        self.values.push(value.into());
        let joint = if self.text.is_empty() { " WHERE " } else { " AND " };
        // A string takes all that is written.
        let _ = write!(self.text, "{joint}{column} = ${}", self.values.len());
        self
    }

    /// The clause, with a space before it; nothing without conditions.
    pub fn clause(&self) -> &str {
        &self.text
    }

    /// The values, in order.
    pub fn into_values(self) -> Vec<ScalarValue> {
        self.values
    }
}

impl Reported {
    /// The filters, added to other conditions. A region of digits alone is a code (GB/T 2260).
    pub fn narrow(&self, mut conditions: Conditions) -> Conditions {
        if let Some(year) = self.year {
            conditions = conditions.equal("report_year", year);
        }
        if let Some(region) = self.region.as_deref() {
            let is_code = region.bytes().all(|byte| byte.is_ascii_digit());
            conditions = conditions.equal(if is_code { "region_code" } else { "region_name" }, region);
        }
        if let Some(publisher) = self.publisher.as_deref() {
            conditions = conditions.equal("publisher", publisher);
        }
        conditions
    }
}
