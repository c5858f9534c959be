//! Functions whose results can be far larger than their arguments. The memory of scalar functions is counted by nobody, so that
//! `repeat('x', 1000000000)` would take a gigabyte before any limit knows; these say first how much they would make. What only
//! joins its arguments is among them, because a chain of queries doubles a text thirty times as easily as once.

mod concatenation;
mod size;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Documentation, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature,
};

use crate::error::{Failure, QueryError};

use size::{Size, check};

/// Puts bounds on every such function of a session.
///
/// # Errors
/// Fails when a function is not there: its name has changed, and with it the bound has to.
pub fn bound(context: &mut SessionContext) -> Result<()> {
    let mut bounded = HashMap::new();
    for (name, size) in GROWING {
        let inner = context.udf(name)?;
        let function = Arc::new(ScalarUDF::from(Bounded { inner, size: *size }));
        context.register_udf(Arc::clone(&function))?;
        bounded.insert(function.name().to_owned(), function);
    }
    context.register_function_rewrite(Arc::new(Bounds { bounded, concatenation: Arc::new(concatenation::function()) }))
}

/// Puts bounds on what the planner makes of operators (`[a, b]`, `a || b`), which is looked up nowhere.
#[derive(Debug)]
struct Bounds {
    bounded: HashMap<String, Arc<ScalarUDF>>,
    concatenation: Arc<ScalarUDF>,
}

impl FunctionRewrite for Bounds {
    fn name(&self) -> &'static str {
        "bounds"
    }

    fn rewrite(&self, expression: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        Ok(match expression {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => Transformed::yes(
                Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&self.concatenation), vec![*left, *right])),
            ),
            Expr::ScalarFunction(ScalarFunction { func, args }) => match self.bounded.get(func.name()) {
                Some(bounded) if func.inner().downcast_ref::<Bounded>().is_none() => {
                    Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(bounded), args)))
                }
                _ => Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args })),
            },
            other => Transformed::no(other),
        })
    }
}

const GROWING: &[(&str, Size)] = &[
    ("repeat", Size::Times),
    ("lpad", Size::Padded),
    ("rpad", Size::Padded),
    ("replace", Size::Replaced),
    ("regexp_replace", Size::Replaced),
    ("array_repeat", Size::Items),
    ("array_resize", Size::Items),
    ("array_replace", Size::ItemsReplaced),
    ("array_replace_n", Size::ItemsReplaced),
    ("array_replace_all", Size::ItemsReplaced),
    ("range", Size::Steps),
    ("generate_series", Size::Steps),
    ("array_to_string", Size::Joined),
    ("concat_ws", Size::Joined),
    ("concat", Size::Sum),
    ("encode", Size::Sum),
    ("array_concat", Size::Sum),
    ("array_append", Size::Sum),
    ("array_prepend", Size::Sum),
    ("array_union", Size::Sum),
    ("arrays_zip", Size::Sum),
    ("format", Size::Sum),
    ("quote_ident", Size::Sum),
    ("overlay", Size::Sum),
    ("translate", Size::Sum),
    ("map", Size::Sum),
    ("to_char", Size::Formatted),
    ("arrow_cast", Size::Type),
    ("arrow_try_cast", Size::Type),
    ("make_array", Size::Sum),
    ("named_struct", Size::Sum),
    ("struct", Size::Sum),
    ("string_to_array", Size::Split),
    ("levenshtein", Size::Pairs),
    ("array_has_all", Size::Pairs),
    ("array_has_any", Size::Pairs),
];

/// Whether values of a type can be copied into a batch without end: those of a fixed width are as wide as somebody says, and
/// offsets of 64 bits let a column pass two gigabytes.
fn is_boundless(data_type: &DataType) -> bool {
    match data_type {
        DataType::FixedSizeBinary(_)
        | DataType::FixedSizeList(..)
        | DataType::LargeBinary
        | DataType::LargeUtf8
        | DataType::LargeList(_)
        | DataType::LargeListView(_) => true,
        DataType::List(item) | DataType::ListView(item) | DataType::Map(item, _) => is_boundless(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| is_boundless(field.data_type())),
        DataType::Dictionary(_, values) => is_boundless(values),
        _ => false,
    }
}

/// A function that refuses to make more than is allowed.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    size: Size,
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.inner().return_type(types)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let field = self.inner.inner().return_field_from_args(arguments)?;
        if self.size == Size::Type && is_boundless(field.data_type()) {
            let message = format!("`{}` makes no {}", self.name(), field.data_type());
            let error = QueryError::new(Failure::Unsupported, message).hinted("use Utf8, Binary or List");
            return Err(DataFusionError::External(Box::new(error)));
        }
        Ok(field)
    }

    fn simplify(&self, arguments: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        // Only where the function is a cast in other words; elsewhere the bound would get lost.
        match self.size {
            Size::Type => self.inner.inner().simplify(arguments, context),
            _ => Ok(ExprSimplifyResult::Original(arguments)),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.inner().coerce_types(types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        check(self.name(), self.size, &arguments)?;
        self.inner.inner().invoke_with_args(arguments)
    }
}
