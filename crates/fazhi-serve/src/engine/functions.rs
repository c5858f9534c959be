//! Functions whose results can be far larger than their arguments. The memory of scalar functions is counted by nobody, so that
//! `repeat('x', 1000000000)` would take a gigabyte before any limit knows; these say first how much they would make. What only
//! joins its arguments is among them, because a chain of queries doubles a text thirty times as easily as once.

mod concatenation;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Documentation, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature,
};

use crate::error::{Failure, QueryError};

/// Bytes that one call may make for one batch of rows.
const MAX_RESULT: u64 = 64 << 20;
/// Bytes of arguments that one call may join for one batch of rows: texts of reports twice over pass.
const MAX_JOINED: u64 = 256 << 20;
/// Comparisons that one call may make for one batch of rows: nothing can stop it before its end.
const MAX_PAIRS: u64 = 1 << 30;

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
    ("range", Size::Steps),
    ("generate_series", Size::Steps),
    ("array_to_string", Size::Joined),
    ("concat_ws", Size::Joined),
    ("concat", Size::Sum),
    ("encode", Size::Sum),
    ("array_concat", Size::Sum),
    ("make_array", Size::Sum),
    ("named_struct", Size::Sum),
    ("struct", Size::Sum),
    ("string_to_array", Size::Split),
    ("levenshtein", Size::Pairs),
    ("array_has_all", Size::Pairs),
    ("array_has_any", Size::Pairs),
];

/// How large a result may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    /// The first argument as often as the second says.
    Times,
    /// As many characters as the second argument says.
    Padded,
    /// The third argument for every place in the first.
    Replaced,
    /// As many items as the largest whole number among the arguments says.
    Items,
    /// One item for each step from the first to the second argument.
    Steps,
    /// A separator between all parts.
    Joined,
    /// All arguments.
    Sum,
    /// A string for each character of the first argument.
    Split,
    /// A comparison of each part of the first argument with each of the second.
    Pairs,
}

impl Size {
    /// How much there may be.
    const fn at_most(self) -> u64 {
        match self {
            Self::Sum => MAX_JOINED,
            Self::Pairs => MAX_PAIRS,
            _ => MAX_RESULT,
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::Pairs => "comparisons",
            _ => "bytes",
        }
    }

    /// Bytes of the result at most, for the whole batch.
    fn of(self, arguments: &[ColumnarValue], rows: usize) -> u64 {
        let per_row = (0..rows.min(longest(arguments))).map(|row| self.of_row(arguments, row));
        let total = per_row.fold(0_u64, u64::saturating_add);
        // All arguments are constants: every row has the same result, made once.
        total
    }

    fn of_row(self, arguments: &[ColumnarValue], row: usize) -> u64 {
        let bytes = |index: usize| arguments.get(index).map_or(0, |value| byte_length(value, row));
        let count = |index: usize| arguments.get(index).and_then(|value| whole_number(value, row)).unwrap_or(0);
        match self {
            Self::Times => bytes(0).saturating_mul(positive(count(1))),
            // A character has at most four bytes.
            Self::Padded => positive(count(1)).saturating_mul(4),
            Self::Replaced => (bytes(0).saturating_add(1)).saturating_mul(bytes(2).saturating_add(1)),
            Self::Sum => (0..arguments.len()).map(bytes).fold(0, u64::saturating_add),
            Self::Split => bytes(0).saturating_mul(5),
            Self::Pairs => {
                let parts = |index: usize| {
                    let items = arguments.get(index).and_then(|value| items(value, row));
                    items.unwrap_or_else(|| bytes(index))
                };
                parts(0).saturating_mul(parts(1))
            }
            Self::Items => {
                let most = (0..arguments.len()).map(count).max().unwrap_or(0);
                positive(most).saturating_mul(bytes(0).saturating_add(bytes(1)).max(8))
            }
            Self::Steps => {
                let (from, to) = if arguments.len() == 1 { (0, count(0)) } else { (count(0), count(1)) };
                let step = if arguments.len() > 2 { count(2).unsigned_abs().max(1) } else { 1 };
                (from.abs_diff(to) / step).saturating_mul(8)
            }
            Self::Joined => {
                let parts = (0..arguments.len()).map(bytes).fold(0, u64::saturating_add);
                let items = (0..arguments.len()).filter_map(|index| items(&arguments[index], row)).max().unwrap_or(0);
                parts.saturating_add(items.saturating_mul(bytes(0).max(bytes(1))))
            }
        }
    }
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn longest(arguments: &[ColumnarValue]) -> usize {
    let lengths = arguments.iter().map(|value| match value {
        ColumnarValue::Array(array) => array.len(),
        ColumnarValue::Scalar(_) => 1,
    });
    lengths.max().unwrap_or(1)
}

fn whole_number(value: &ColumnarValue, row: usize) -> Option<i64> {
    match value {
        ColumnarValue::Scalar(scalar) => match scalar.cast_to(&DataType::Int64).ok()? {
            ScalarValue::Int64(number) => number,
            _ => None,
        },
        ColumnarValue::Array(array) => {
            if !array.data_type().is_integer() {
                return None;
            }
            // Whole numbers of any width; what does not fit is as good as endless.
            let numbers = cast(&array.slice(row, 1), &DataType::Int64).ok()?;
            let numbers = numbers.as_primitive::<Int64Type>();
            numbers.is_valid(0).then(|| numbers.value(0))
        }
    }
}

fn byte_length(value: &ColumnarValue, row: usize) -> u64 {
    let length = match value {
        ColumnarValue::Scalar(scalar) => match scalar {
            ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
                text.as_ref().map_or(0, String::len)
            }
            other => other.size(),
        },
        ColumnarValue::Array(array) => match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().value(row).len(),
            DataType::LargeUtf8 => array.as_string::<i64>().value(row).len(),
            DataType::Utf8View => array.as_string_view().value(row).len(),
            _ => array.slice(row, 1).get_slice_memory_size_or_all(),
        },
    };
    length as u64
}

fn items(value: &ColumnarValue, row: usize) -> Option<u64> {
    let array = match value {
        ColumnarValue::Scalar(ScalarValue::List(list)) => return Some(list.value_length(0).unsigned_abs().into()),
        ColumnarValue::Scalar(_) => return None,
        ColumnarValue::Array(array) => array,
    };
    match array.data_type() {
        DataType::List(_) => Some(array.as_list::<i32>().value_length(row).unsigned_abs().into()),
        DataType::LargeList(_) => Some(array.as_list::<i64>().value_length(row).unsigned_abs()),
        _ => None,
    }
}

trait SliceMemory {
    fn get_slice_memory_size_or_all(&self) -> usize;
}

impl SliceMemory for arrow::array::ArrayRef {
    fn get_slice_memory_size_or_all(&self) -> usize {
        self.to_data().get_slice_memory_size().unwrap_or_else(|_| self.get_array_memory_size())
    }
}

/// A function that refuses to make more than [`MAX_RESULT`] bytes at a time.
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
        self.inner.inner().return_field_from_args(arguments)
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

fn check(name: &str, size: Size, arguments: &ScalarFunctionArgs) -> Result<()> {
    let (needed, at_most) = (size.of(&arguments.args, arguments.number_rows), size.at_most());
    if needed <= at_most {
        return Ok(());
    }
    let unit = size.unit();
    let message = format!("`{name}` would make up to {needed} {unit} at a time, more than the {at_most} allowed");
    let error = QueryError::new(Failure::TooLarge, message).hinted("ask for fewer or shorter values");
    Err(DataFusionError::External(Box::new(error)))
}
