//! Functions that tell of relations by their number, and others of PostgreSQL's that tools call and the library lacks.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

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
    /// Gives a session the functions.
    pub fn install(self: &Arc<Self>, context: &SessionContext) {
        let comment = self.function("obj_description", |described| Some(described.comment.clone()));
        let definition = self.function("pg_get_viewdef", |described| described.definition.clone());
        for function in [comment, definition] {
            context.register_udf(function);
        }
        for name in [
            "col_description",
            "shobj_description",
            "pg_get_indexdef",
            "pg_get_ruledef",
            "pg_get_functiondef",
            "pg_get_triggerdef",
        ] {
            context.register_udf(self.function(name, |_| None));
        }
    }

    /// What relations are.
    pub fn learn(&self, described: Vec<Described>) {
        let by_number = described.into_iter().map(|described| (i64::from(described.oid), described)).collect();
        *self.relations.write().unwrap_or_else(PoisonError::into_inner) = by_number;
    }

    fn function(self: &Arc<Self>, name: &'static str, tell: fn(&Described) -> Option<String>) -> ScalarUDF {
        let signature = Signature::variadic_any(Volatility::Stable);
        ScalarUDF::from(Telling { name, signature, tell, descriptions: Arc::clone(self) })
    }
}

/// A function from the number of a relation, whatever comes after it, to a text.
struct Telling {
    name: &'static str,
    signature: Signature,
    tell: fn(&Described) -> Option<String>,
    descriptions: Arc<Descriptions>,
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Telling").field(&self.name).finish()
    }
}

impl PartialEq for Telling {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Telling {}

impl std::hash::Hash for Telling {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Telling {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let numbers = match arguments.args.first() {
            Some(value) => value.to_array(arguments.number_rows)?,
            None => return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::Utf8(None))),
        };
        let numbers = cast(&numbers, &DataType::Int64)?;
        let relations = self.descriptions.relations.read().unwrap_or_else(PoisonError::into_inner);
        let told = numbers.as_primitive::<Int64Type>().iter();
        let told: StringArray =
            told.map(|number| relations.get(&number?).and_then(|described| (self.tell)(described))).collect();
        Ok(ColumnarValue::Array(Arc::new(told) as ArrayRef))
    }
}
