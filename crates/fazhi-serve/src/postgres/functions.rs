//! Functions of PostgreSQL's that tools call and the library lacks. Besides what describes a relation, what they tell is the same
//! for all: nothing has a size, an owner of its own or an argument, and everything is visible.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, ListBuilder, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::postgres::array;
use crate::postgres::descriptions::{Described, Descriptions};
use crate::postgres::settings::{SERVER_VERSION, Settings};

/// Gives a session the functions.
pub fn install(context: &SessionContext, descriptions: &Arc<Descriptions>) {
    let version = format!("PostgreSQL {SERVER_VERSION} (fazhi {})", env!("CARGO_PKG_VERSION"));
    let others = [
        ("version", Told::Always(ScalarValue::from(version))),
        ("current_setting", Told::OfText(setting)),
        ("pg_size_pretty", Told::OfText(size)),
        ("format", Told::OfTexts(formatted)),
        ("_pg_expandarray", Told::Always(no_element())),
        ("pg_texts", Told::Texts),
    ];
    let of_relations: [(&[&str], OfRelation); 3] = [
        (&["obj_description"], |described| Some(described.comment.clone())),
        (&["pg_get_viewdef"], |described| described.definition.clone()),
        (&OF_NOTHING, |_| None),
    ];
    let of_relations = of_relations.into_iter().flat_map(|(names, tell)| {
        names.iter().map(move |name| (*name, Told::OfRelation(Arc::clone(descriptions), tell)))
    });
    let constants = constants().into_iter().flat_map(|(value, names)| {
        names.iter().map(move |name| (*name, Told::Always(value.clone()))).collect::<Vec<_>>()
    });
    for (name, told) in others.into_iter().chain(of_relations).chain(constants) {
        context.register_udf(ScalarUDF::from(Telling::new(name, told)));
    }
}

/// Of these there are none.
const OF_NOTHING: [&str; 6] = [
    "col_description",
    "shobj_description",
    "pg_get_indexdef",
    "pg_get_ruledef",
    "pg_get_functiondef",
    "pg_get_triggerdef",
];

fn constants() -> [(ScalarValue, &'static [&'static str]); 8] {
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
        (ScalarValue::Int32(Some(0)), &["pg_my_temp_schema"]),
        (
            ScalarValue::Int32(None),
            &["to_regtype", "to_regclass", "to_regproc", "to_regnamespace", "inet_server_port", "generate_subscripts"],
        ),
        (ScalarValue::Int64(Some(0)), &["pg_table_size", "pg_indexes_size", "pg_database_size", "pg_tablespace_size"]),
        (
            ScalarValue::Utf8(Some("UTF8".to_owned())),
            &["pg_encoding_to_char", "pg_client_encoding", "getdatabaseencoding"],
        ),
        (
            ScalarValue::Utf8(None),
            &[
                "pg_nothing",
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

/// `format`, of whose places only `%s`, `%I`, `%L` and `%%` are known: tools write names with them.
fn formatted(texts: &[Option<&str>]) -> Option<String> {
    let (template, values) = texts.split_first()?;
    let (mut values, mut written) = (values.iter(), String::new());
    let mut characters = (*template)?.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            written.push(character);
            continue;
        }
        match characters.next()? {
            '%' => written.push('%'),
            's' => written.push_str(values.next()?.unwrap_or_default()),
            'I' => written.push_str(&quoted((*values.next()?)?)),
            'L' => match values.next()? {
                Some(value) => written.extend(["'", &value.replace('\'', "''"), "'"]),
                None => written.push_str("NULL"),
            },
            _ => return None,
        }
    }
    Some(written)
}

/// A name, in quotes if it needs them.
fn quoted(name: &str) -> String {
    let plain = |(at, character): (usize, char)| {
        character.is_ascii_lowercase() || character == '_' || at > 0 && character.is_ascii_digit()
    };
    if !name.is_empty() && name.chars().enumerate().all(plain) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
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

/// What is told of a relation.
type OfRelation = fn(&Described) -> Option<String>;

/// What a function tells.
#[derive(Debug, Clone)]
enum Told {
    /// This, of whatever it is asked.
    Always(ScalarValue),
    /// Something of the relation whose number is its first argument.
    OfRelation(Arc<Descriptions>, OfRelation),
    /// Something of the text of its first argument.
    OfText(fn(&str) -> Option<String>),
    /// Something of the texts of all its arguments, of which some may be null.
    OfTexts(fn(&[Option<&str>]) -> Option<String>),
    /// A list of texts as it is, or from its form as a text (`{a,"b c"}`).
    Texts,
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
            Told::OfRelation(..) | Told::OfText(_) | Told::OfTexts(_) => Ok(DataType::Utf8),
            Told::Texts => Ok(list_of_texts()),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let first = |number_rows| arguments.args.first().map(|first| first.to_array(number_rows)).transpose();
        match (&self.told, first(arguments.number_rows)?) {
            (Told::Always(value), _) => return Ok(ColumnarValue::Scalar(value.clone())),
            (Told::Texts, Some(first)) => return lists(&first).map(ColumnarValue::Array),
            (Told::OfRelation(descriptions, tell), Some(first)) => {
                return descriptions.tell(&first, *tell).map(ColumnarValue::Array);
            }
            _ => {}
        }
        let texts = |value: &ColumnarValue| cast(&value.to_array(arguments.number_rows)?, &DataType::Utf8);
        let columns = arguments.args.iter().map(|value| Ok(texts(value)?)).collect::<Result<Vec<ArrayRef>>>()?;
        let columns: Vec<&StringArray> = columns.iter().map(arrow::array::AsArray::as_string::<i32>).collect();
        let row = |number: usize| -> Vec<Option<&str>> {
            columns.iter().map(|column| column.is_valid(number).then(|| column.value(number))).collect()
        };
        let told: StringArray = (0..arguments.number_rows)
            .map(|number| match (&self.told, row(number).as_slice()) {
                (Told::OfText(tell), [Some(text), ..]) => tell(text),
                (Told::OfTexts(tell), texts) => tell(texts),
                _ => None,
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(told) as ArrayRef))
    }
}

fn list_of_texts() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
}

fn lists(values: &ArrayRef) -> Result<ArrayRef> {
    if !values.data_type().is_string() {
        return Ok(cast(values, &list_of_texts())?);
    }
    let texts = cast(values, &DataType::Utf8)?;
    let mut lists = ListBuilder::new(StringBuilder::new());
    for text in texts.as_string::<i32>() {
        let read = text.and_then(|text| array::each(text, |item| lists.values().append_option(item)));
        lists.append(read.is_some());
    }
    Ok(Arc::new(lists.finish()))
}

#[cfg(test)]
mod tests {
    use super::{formatted, size};

    #[test]
    fn names_are_formatted() {
        assert_eq!(formatted(&[Some("%I.%I %s%%"), Some("public"), Some("二"), None]).unwrap(), "public.\"二\" %");
        assert_eq!(formatted(&[Some("%L %L"), Some("it's"), None]).unwrap(), "'it''s' NULL");
        assert_eq!(formatted(&[Some("%s")]), None);
        assert_eq!(formatted(&[None, Some("a")]), None);
    }

    #[test]
    fn sizes_are_written_as_postgresql_writes_them() {
        for (bytes, expected) in
            [("0", "0 bytes"), ("10239", "10239 bytes"), ("10240", "10 kB"), ("123456789", "118 MB"), ("x", "")]
        {
            assert_eq!(size(bytes).unwrap_or_default(), expected);
        }
    }
}
