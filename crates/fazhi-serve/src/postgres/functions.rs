//! Functions of PostgreSQL's that tools call and the library lacks. What they tell is the same for every relation here: nothing has
//! a size, an owner of its own or an argument, and everything is visible.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::postgres::settings::{SERVER_VERSION, Settings};

/// Gives a session the functions.
pub fn install(context: &SessionContext) {
    let version = format!("PostgreSQL {SERVER_VERSION} (fazhi {})", env!("CARGO_PKG_VERSION"));
    let others = [
        ("version", Told::Always(ScalarValue::from(version))),
        ("current_setting", Told::OfText(setting)),
        ("pg_size_pretty", Told::OfText(size)),
        ("_pg_expandarray", Told::Always(no_element())),
    ];
    let constants = constants().into_iter().flat_map(|(value, names)| {
        names.iter().map(move |name| (*name, Told::Always(value.clone()))).collect::<Vec<_>>()
    });
    for (name, told) in others.into_iter().chain(constants) {
        context.register_udf(ScalarUDF::from(Telling::new(name, told)));
    }
}

fn constants() -> [(ScalarValue, &'static [&'static str]); 6] {
    [
        (
            ScalarValue::Boolean(Some(true)),
            &[
                "pg_function_is_visible",
                "pg_type_is_visible",
                "pg_operator_is_visible",
                "pg_opclass_is_visible",
                "pg_opfamily_is_visible",
                "pg_conversion_is_visible",
                "pg_collation_is_visible",
                "pg_statistics_obj_is_visible",
                "pg_ts_config_is_visible",
                "pg_ts_dict_is_visible",
                "pg_ts_parser_is_visible",
                "pg_ts_template_is_visible",
                "has_function_privilege",
                "has_sequence_privilege",
                "has_tablespace_privilege",
                "has_type_privilege",
                "has_column_privilege",
            ],
        ),
        (ScalarValue::Boolean(Some(false)), &["pg_is_in_recovery", "pg_is_other_temp_schema", "pg_has_role"]),
        (ScalarValue::Int32(Some(6)), &["pg_char_to_encoding"]),
        (ScalarValue::Int64(Some(0)), &["pg_table_size", "pg_indexes_size", "pg_database_size", "pg_tablespace_size"]),
        (ScalarValue::Utf8(Some("UTF8".to_owned())), &["pg_encoding_to_char", "pg_client_encoding"]),
        (
            ScalarValue::Utf8(None),
            &[
                "pg_tablespace_location",
                "pg_get_function_result",
                "pg_get_function_arguments",
                "pg_get_function_identity_arguments",
                "pg_get_function_arg_default",
                "pg_get_function_sqlbody",
                "pg_get_serial_sequence",
                "pg_get_partition_constraintdef",
                "pg_collation_for",
                "inet_server_addr",
                "inet_client_addr",
            ],
        ),
    ]
}

/// What `_pg_expandarray` makes of the columns of an index; there is none.
fn no_element() -> ScalarValue {
    let fields = [Field::new("x", DataType::Int16, true), Field::new("n", DataType::Int32, true)];
    ScalarValue::try_from(&DataType::Struct(fields.into_iter().collect())).unwrap_or(ScalarValue::Null)
}

/// What a session begins with: the engine does not know what a client has set since.
fn setting(name: &str) -> Option<String> {
    Settings::default().get(name).map(|(_, value)| value.to_owned())
}

/// As PostgreSQL writes sizes: five digits at most before the next unit.
fn size(bytes: &str) -> Option<String> {
    let mut number: i128 = bytes.parse().ok()?;
    for unit in ["bytes", "kB", "MB", "GB", "TB"] {
        if number.abs() < 10 * 1024 {
            return Some(format!("{number} {unit}"));
        }
        number = (number + 512 * number.signum()) / 1024;
    }
    Some(format!("{number} PB"))
}

/// What a function tells.
#[derive(Debug, Clone)]
enum Told {
    /// This, of whatever it is asked.
    Always(ScalarValue),
    /// Something of the text of its first argument.
    OfText(fn(&str) -> Option<String>),
}

#[derive(Debug)]
struct Telling {
    name: &'static str,
    told: Told,
    signature: Signature,
}

impl Telling {
    fn new(name: &'static str, told: Told) -> Self {
        let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
        Self { name, told, signature: Signature::one_of(any, Volatility::Stable) }
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
        match &self.told {
            Told::Always(value) => Ok(value.data_type()),
            Told::OfText(_) => Ok(DataType::Utf8),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let tell = match &self.told {
            Told::Always(value) => return Ok(ColumnarValue::Scalar(value.clone())),
            Told::OfText(tell) => tell,
        };
        let Some(first) = arguments.args.first() else { return Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None))) };
        let texts = cast(&first.to_array(arguments.number_rows)?, &DataType::Utf8)?;
        let told: StringArray = texts.as_string::<i32>().iter().map(|text| tell(text?)).collect();
        Ok(ColumnarValue::Array(Arc::new(told) as ArrayRef))
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_written_as_postgresql_writes_them() {
        for (bytes, expected) in
            [("0", "0 bytes"), ("10239", "10239 bytes"), ("10240", "10 kB"), ("123456789", "118 MB"), ("x", "")]
        {
            assert_eq!(size(bytes).unwrap_or_default(), expected);
        }
    }
}
