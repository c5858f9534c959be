//! What is said of relations, by their number.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;

/// A relation and what is said of it.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its number.
    pub oid: i32,
    /// What a row is.
    pub comment: String,
    /// The query of a view.
    pub definition: Option<String>,
}

/// What is said of our relations, by number.
#[derive(Debug, Default)]
pub struct Descriptions {
    relations: RwLock<HashMap<i64, Described>>,
}

impl Descriptions {
    /// What relations are.
    pub fn learn(&self, described: Vec<Described>) {
        let by_number = described.into_iter().map(|described| (i64::from(described.oid), described)).collect();
        *self.relations.write().unwrap_or_else(PoisonError::into_inner) = by_number;
    }

    /// Something of each relation in a column of numbers.
    ///
    /// # Errors
    /// Fails when the column holds no numbers.
    pub fn tell(&self, numbers: &ArrayRef, tell: fn(&Described) -> Option<String>) -> Result<ArrayRef> {
        let numbers = cast(numbers, &DataType::Int64)?;
        let relations = self.relations.read().unwrap_or_else(PoisonError::into_inner);
        let told = numbers.as_primitive::<Int64Type>().iter();
        let told: StringArray = told.map(|number| relations.get(&number?).and_then(tell)).collect();
        Ok(Arc::new(told))
    }
}
