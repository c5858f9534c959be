//! How large the result of a call may become, told from its arguments before it is made.

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, IntervalUnit, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use crate::error::{Failure, QueryError};

/// Bytes that one call may make for one batch of rows.
const MAX_RESULT: u64 = 64 << 20;
/// Bytes that one call may make for one row: joins and constants put a value beside every row of a batch, uncounted.
const MAX_VALUE: u64 = 4 << 20;
/// Bytes of arguments that one call may join for one batch of rows: texts of reports twice over pass.
const MAX_JOINED: u64 = 256 << 20;
/// Comparisons that one call may make for one batch of rows: nothing can stop it before its end.
const MAX_PAIRS: u64 = 1 << 30;

/// How large a result may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// The first argument as often as the second says.
    Times,
    /// As many characters as the second argument says.
    Padded,
    /// The third argument for every place in the first.
    Replaced,
    /// As many items as the largest whole number among the arguments says.
    Items,
    /// The last argument for every item of the first.
    ItemsReplaced,
    /// One item for each step from the first to the second argument.
    Steps,
    /// A text for each part of the second argument.
    Formatted,
    /// As much as the values of a type, whatever the value was.
    Type,
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

    /// How much there may be of one row.
    const fn at_most_of_a_row(self) -> u64 {
        match self {
            Self::Pairs => MAX_PAIRS,
            _ => MAX_VALUE,
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::Pairs => "comparisons",
            _ => "bytes",
        }
    }

    /// Bytes of the result at most: of the longest row, and of the whole batch. What has constant arguments only is made once.
    fn of(self, arguments: &[ColumnarValue], rows: usize) -> (u64, u64) {
        let per_row = (0..rows.min(longest(arguments))).map(|row| self.of_row(arguments, row));
        per_row.fold((0, 0), |(most, total), bytes| (most.max(bytes), total.saturating_add(bytes)))
    }

    fn of_row(self, arguments: &[ColumnarValue], row: usize) -> u64 {
        let bytes = |index: usize| arguments.get(index).map_or(0, |value| byte_length(value, row));
        let count = |index: usize| arguments.get(index).and_then(|value| whole_number(value, row)).unwrap_or(0);
        let all = || (0..arguments.len()).map(bytes).fold(0, u64::saturating_add);
        let items_of = |index: usize| arguments.get(index).and_then(|value| items(value, row)).unwrap_or(0);
        match self {
            Self::Type => 0,
            Self::Times => bytes(0).saturating_mul(positive(count(1))),
            // A character has at most four bytes.
            Self::Padded => positive(count(1)).saturating_mul(4),
            Self::Replaced => (bytes(0).saturating_add(1)).saturating_mul(bytes(2).saturating_add(1)),
            Self::Sum => all(),
            // The longest part is the name of a day or month, or of a zone.
            Self::Formatted => bytes(1).saturating_mul(24),
            Self::ItemsReplaced => all().saturating_add(items_of(0).saturating_mul(bytes(2))),
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
                positive(most).saturating_mul(all().max(8))
            }
            Self::Steps => {
                let (from, to) = if arguments.len() == 1 { (0, count(0)) } else { (count(0), count(1)) };
                let step = arguments.get(2).map_or(1, |step| step_length(step, arguments, row));
                (from.abs_diff(to) / step).saturating_mul(8)
            }
            Self::Joined => {
                let items = (0..arguments.len()).map(items_of).max().unwrap_or(0).max(arguments.len() as u64);
                let longest = (0..arguments.len()).map(bytes).max().unwrap_or(0);
                all().saturating_add(items.saturating_mul(longest))
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
            if !array.data_type().is_integer() && !array.data_type().is_temporal() {
                return None;
            }
            // Whole numbers of any width, and moments in their unit.
            let numbers = cast(&array.slice(row, 1), &DataType::Int64).ok()?;
            let numbers = numbers.as_primitive::<Int64Type>();
            numbers.is_valid(0).then(|| numbers.value(0))
        }
    }
}

/// A step from one item to the next: a number, or an interval in the unit of what it is added to.
fn step_length(step: &ColumnarValue, arguments: &[ColumnarValue], row: usize) -> u64 {
    let interval = match step {
        ColumnarValue::Scalar(scalar) => scalar.cast_to(&DataType::Interval(IntervalUnit::MonthDayNano)).ok(),
        ColumnarValue::Array(array) if matches!(array.data_type(), DataType::Interval(_)) => {
            ScalarValue::try_from_array(array, row)
                .and_then(|scalar| scalar.cast_to(&DataType::Interval(IntervalUnit::MonthDayNano)))
                .ok()
        }
        ColumnarValue::Array(_) => None,
    };
    let length = match interval {
        Some(ScalarValue::IntervalMonthDayNano(Some(step))) => {
            let days = 28 * i128::from(step.months) + i128::from(step.days);
            let nanoseconds = days * 86_400_000_000_000 + i128::from(step.nanoseconds);
            u64::try_from(nanoseconds.unsigned_abs() / unit_of(&arguments[0])).unwrap_or(u64::MAX)
        }
        _ => whole_number(step, row).unwrap_or(0).unsigned_abs(),
    };
    length.max(1)
}

/// Nanoseconds of the unit in which a moment is counted.
fn unit_of(moment: &ColumnarValue) -> u128 {
    match moment.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => 1_000_000_000,
        DataType::Timestamp(TimeUnit::Millisecond, _) | DataType::Date64 => 1_000_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000,
        DataType::Date32 => 86_400_000_000_000,
        _ => 1,
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
            _ => bytes_of(&array.slice(row, 1)),
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

fn bytes_of(array: &ArrayRef) -> usize {
    array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size())
}

/// Refuses a call that would make too much.
pub fn check(name: &str, size: Size, arguments: &ScalarFunctionArgs) -> Result<()> {
    let (longest, needed) = size.of(&arguments.args, arguments.number_rows);
    let (unit, at_most) = (size.unit(), size.at_most());
    let message = if needed > at_most {
        format!("`{name}` would make up to {needed} {unit} at a time, more than the {at_most} allowed")
    } else if longest > size.at_most_of_a_row() {
        format!("`{name}` would make a value of up to {longest} {unit}, more than the {MAX_VALUE} allowed")
    } else {
        return Ok(());
    };
    let error = QueryError::new(Failure::TooLarge, message).hinted("ask for fewer or shorter values");
    Err(DataFusionError::External(Box::new(error)))
}
