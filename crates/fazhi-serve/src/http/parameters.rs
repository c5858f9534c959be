//! Parameters of statements: JSON values as the types that the plan has for them, exactly or not at all.

use std::collections::HashMap;

use arrow::datatypes::DataType;
use datafusion::common::{ParamValues, ScalarValue};
use serde_json::Value;

use crate::engine::exact;
use crate::error::{Failure, QueryError};

/// Digits of a number that every reader of JSON keeps.
const EXACT_DIGITS: usize = 15;

/// The values for `$1`, `$2` … of a statement whose parameters have these types, where the engine can tell.
///
/// # Errors
/// Fails when a value cannot be read as its type without loss, or when there are too many.
pub fn bind(values: &[Value], types: &HashMap<String, Option<DataType>>) -> Result<Option<ParamValues>, QueryError> {
    if let Some(spare) = (1..=values.len()).find(|number| !types.contains_key(&format!("${number}"))) {
        let message = format!("there are {} parameters, but the statement has no ${spare}", values.len());
        return Err(QueryError::new(Failure::Parameter, message));
    }
    if let Some(missing) = types.keys().find(|name| !is_given(name, values.len())) {
        let message = format!("the statement has {missing}, but {} parameters were sent", values.len());
        return Err(QueryError::new(Failure::Parameter, message).hinted("name values in `parameters`, the first is $1"));
    }
    if values.is_empty() {
        return Ok(None);
    }
    let scalars = (1..).zip(values).map(|(number, value)| {
        let kind = types.get(&format!("${number}")).and_then(Option::as_ref);
        scalar(value, kind).map_err(|error| QueryError { message: format!("${number}: {}", error.message), ..error })
    });
    Ok(Some(ParamValues::from(scalars.collect::<Result<Vec<_>, _>>()?)))
}

fn is_given(name: &str, count: usize) -> bool {
    name.strip_prefix('$').and_then(|number| number.parse().ok()).is_some_and(|number| (1..=count).contains(&number))
}

fn scalar(value: &Value, kind: Option<&DataType>) -> Result<ScalarValue, QueryError> {
    match (value, kind) {
        (Value::Null, None) => Ok(ScalarValue::Null),
        (Value::Null, Some(kind)) => ScalarValue::try_from(kind).map_err(|_| unreadable(value, kind)),
        (Value::Bool(truth), None | Some(DataType::Boolean)) => Ok(ScalarValue::Boolean(Some(*truth))),
        (Value::String(text), None) => Ok(ScalarValue::from(text.as_str())),
        (Value::String(text), Some(kind)) if kind.is_decimal() => exact(text).ok_or_else(|| unreadable(value, kind)),
        (Value::String(text), Some(kind)) => {
            ScalarValue::from(text.as_str()).cast_to(kind).map_err(|_| unreadable(value, kind))
        }
        (Value::Number(number), kind) => numeric(number, kind),
        (Value::Array(items), Some(DataType::List(field) | DataType::LargeList(field))) => {
            let items = items.iter().map(|item| scalar(item, Some(field.data_type())));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            Ok(ScalarValue::List(ScalarValue::new_list(&items, field.data_type(), true)))
        }
        (_, Some(kind)) => Err(unreadable(value, kind)),
        (_, None) => Err(QueryError::new(
            Failure::Parameter,
            "the type of this parameter is not known; say it in the statement, as in `CAST($1 AS …)`",
        )),
    }
}

fn numeric(number: &serde_json::Number, kind: Option<&DataType>) -> Result<ScalarValue, QueryError> {
    let value = Value::Number(number.clone());
    let whole = number.as_i64().map(ScalarValue::from).or_else(|| number.as_u64().map(ScalarValue::from));
    match (whole, kind) {
        (Some(whole), None) => Ok(whole),
        // A whole number is a decimal as it is; as a type of text or time it is not.
        (Some(whole), Some(kind)) if kind.is_decimal() => Ok(whole),
        (Some(whole), Some(kind)) if kind.is_numeric() => whole.cast_to(kind).map_err(|_| unreadable(&value, kind)),
        (None, Some(kind)) if kind.is_floating() => {
            ScalarValue::from(number.as_f64()).cast_to(kind).map_err(|_| unreadable(&value, kind))
        }
        (None, None) => decimal(number),
        // Also for a column of whole numbers: `ordinal < 1.5` is a fair question, and the engine compares them as decimals.
        (None, Some(kind)) if kind.is_numeric() => decimal(number),
        (_, Some(kind)) => Err(unreadable(&value, kind)),
    }
}

/// A number with a fraction. It was read as a double, which holds so many digits as they were sent and no more.
fn decimal(number: &serde_json::Number) -> Result<ScalarValue, QueryError> {
    let text = number.as_f64().unwrap_or_default().to_string();
    let digits = text.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    let read = (digits <= EXACT_DIGITS).then(|| exact(&text)).flatten();
    read.ok_or_else(|| {
        let message =
            format!("a number with a fraction and more than {EXACT_DIGITS} digits loses some of them on its way");
        QueryError::new(Failure::Parameter, message).hinted("send it as a string, as in \"12.5\"")
    })
}

fn unreadable(value: &Value, kind: &DataType) -> QueryError {
    let shown: String = value.to_string().chars().take(80).collect();
    QueryError::new(Failure::InvalidText, format!("{shown} cannot be read as {}", super::json::type_name(kind)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without `&`")]
    fn check(value: Value, kind: Option<DataType>, expected: ScalarValue) {
        assert_eq!(scalar(&value, kind.as_ref()).unwrap(), expected, "{value}");
    }

    #[test]
    fn values_become_what_the_plan_wants() {
        use DataType as D;
        check(json!(null), None, ScalarValue::Null);
        check(json!(null), Some(D::Utf8), ScalarValue::Utf8(None));
        check(json!("云溪县"), None, ScalarValue::from("云溪县"));
        check(json!(true), Some(D::Boolean), ScalarValue::Boolean(Some(true)));
        check(json!(2021), Some(D::Int32), ScalarValue::Int32(Some(2021)));
        check(json!("2021"), Some(D::Int32), ScalarValue::Int32(Some(2021)));
        check(json!(7), None, ScalarValue::Int64(Some(7)));
        check(json!(0.5), Some(D::Float64), ScalarValue::Float64(Some(0.5)));
        check(json!("2022-01-20"), Some(D::Date32), ScalarValue::Date32(Some(19_012)));
        check(json!(12.5), Some(D::Decimal128(28, 6)), ScalarValue::Decimal128(Some(125), 3, 1));
        check(json!(-0.001), None, ScalarValue::Decimal128(Some(-1), 3, 3));
        check(json!(1.5), Some(D::Int32), ScalarValue::Decimal128(Some(15), 2, 1));
        let long = "1234567890123456789012.3456789";
        check(
            json!(long),
            Some(D::Decimal128(28, 6)),
            ScalarValue::Decimal128(Some(12_345_678_901_234_567_890_123_456_789), 29, 7),
        );
    }

    #[test]
    fn what_would_lose_something_is_refused() {
        use DataType as D;
        let refused = [
            (json!(1), Some(D::Utf8)),
            (json!("x"), Some(D::Int32)),
            (json!("1e3"), Some(D::Decimal128(28, 6))),
            (json!(""), Some(D::Decimal128(28, 6))),
            (json!(0.123_456_789_012_345_67), None),
            (json!(1e300), Some(D::Decimal128(28, 6))),
            (json!(3_000_000_000_u32), Some(D::Int32)),
            (json!("2022-13-01"), Some(D::Date32)),
            (json!({"a": 1}), None),
            (json!([1]), None),
            (json!("9".repeat(77)), Some(D::Decimal256(76, 0))),
        ];
        for (value, kind) in refused {
            assert!(scalar(&value, kind.as_ref()).is_err(), "{value} as {kind:?}");
        }
    }

    #[test]
    fn values_and_parameters_have_to_be_as_many() {
        let types = HashMap::from([("$1".to_owned(), Some(DataType::Int32))]);
        assert!(bind(&[json!(1)], &types).unwrap().is_some());
        assert!(bind(&[], &HashMap::new()).unwrap().is_none());
        for (values, types) in [(vec![], &types), (vec![json!(1), json!(2)], &types), (vec![json!(1)], &HashMap::new())]
        {
            assert_eq!(bind(&values, types).unwrap_err().failure, Failure::Parameter);
        }
    }
}
