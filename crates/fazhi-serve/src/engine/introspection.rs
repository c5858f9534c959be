//! What tools write in questions to `pg_catalog`, and neither the engine nor the library's rules understand. Applies only to
//! statements in which a name of the catalogue stands.

mod subquery;

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr, Statement, Value, ValueWithSpan,
    VisitMut as _, VisitorMut,
};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::PG_CATALOG_TABLES;

use crate::engine::SCHEMA;
use crate::postgres::Catalogue;

use subquery::{at_most_one, first_text, is_never_there, nothing, reads_only_catalogue};

/// Puts a statement into words that the engine understands.
pub fn adapt(statement: &mut Statement) {
    // The visitor never breaks off.
    let _ = statement.visit(&mut Adapting);
}

/// Columns of type `regproc`: a name that can be compared with a number.
const REGPROC: [&str; 8] =
    ["typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typsubscript"];

struct Adapting;

impl VisitorMut for Adapting {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        if let [ObjectNamePart::Identifier(name)] = relation.0.as_slice()
            && Catalogue::adds(&name.value.to_ascii_lowercase())
        {
            relation.0.insert(0, ObjectNamePart::Identifier(Ident::new(Catalogue::SCHEMA)));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = query.body.as_mut() {
            name_repeated(&mut select.projection);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::NotEq, right } => {
                regproc(left, right);
                regproc(right, left);
                flag(left, right);
            }
            // A field of what a function makes of the columns of an index, of which there is none.
            Expr::CompoundFieldAccess { root, .. } if root.to_string().contains("_pg_expandarray") => {
                *expression = null(DataType::Integer(None));
            }
            // Without parentheses it is the column of a relation, and an item of it.
            Expr::CompoundFieldAccess { root, access_chain } if matches!(root.as_ref(), Expr::Nested(_)) => {
                access_chain.iter_mut().for_each(field);
            }
            Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
                backslash_escapes(pattern, escape_char);
            }
            Expr::Function(function) if function.name.to_string().starts_with("array_contains") => texts(function),
            Expr::InSubquery { expr, subquery, negated } if subquery.to_string().contains("'search_path'") => {
                *expression = in_schema(expr.as_ref().clone(), *negated);
            }
            // What the library makes of the same.
            Expr::InList { expr, list, negated }
                if is_schema(expr) && list.len() == 1 && list[0].to_string() == "''" =>
            {
                *expression = in_schema(expr.as_ref().clone(), *negated);
            }
            // No column has a comment, and so it need not be said how its table is called.
            Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("col_description") => {
                *expression = null(DataType::Text);
            }
            Expr::Subquery(query) if is_never_there(query) => *expression = nothing(query),
            Expr::Cast { data_type, .. } if is_name(data_type) => *data_type = DataType::Text,
            Expr::Function(function) if is_array_of_catalogue(function) => *expression = no_array(),
            Expr::Function(function) => qualify_relation(function),
            Expr::Subquery(query) => at_most_one(query),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// `typreceive <> 0` and `p.oid = t.typreceive`: the column holds the name of the function here.
fn regproc(column: &Expr, other: &mut Expr) {
    if !last_name(column).is_some_and(|name| REGPROC.contains(&name.value.to_ascii_lowercase().as_str())) {
        return;
    }
    match other {
        Expr::Value(ValueWithSpan { value: value @ Value::Number(..), .. }) => {
            *value = Value::SingleQuotedString(value.to_string());
        }
        // `'array_in'::regproc` has become a search for its number.
        Expr::Subquery(query) => {
            if let Some(name) = first_text(query) {
                let name = name.rsplit('.').next().unwrap_or_default().to_owned();
                *other = Expr::Value(Value::SingleQuotedString(name).with_empty_span());
            }
        }
        Expr::CompoundIdentifier(parts) => {
            if let Some(last) = parts.last_mut().filter(|last| last.value.eq_ignore_ascii_case("oid")) {
                *last = Ident::new("proname");
            }
        }
        _ => {}
    }
}

/// Columns of type `boolean` that tools compare with a text.
const FLAGS: [&str; 4] = ["indisprimary", "indisunique", "attnotnull", "attisdropped"];

/// `i.indisprimary = 't'`.
fn flag(column: &Expr, other: &mut Expr) {
    if last_name(column).is_some_and(|name| FLAGS.contains(&name.value.to_ascii_lowercase().as_str()))
        && let Expr::Value(ValueWithSpan { value, .. }) = other
        && let Value::SingleQuotedString(text) = value
    {
        *value = Value::Boolean(text.starts_with('t'));
    }
}

/// PostgreSQL lets columns of a result share a name; the engine wants one for each.
fn name_repeated(projection: &mut [SelectItem]) {
    let mut seen = HashSet::new();
    for (position, item) in projection.iter_mut().enumerate() {
        if let SelectItem::UnnamedExpr(value) = item
            && !seen.insert(without_casts(value).to_string())
        {
            let alias = Ident::with_quote('"', format!("column{}", position + 1));
            *item = SelectItem::ExprWithAlias { expr: value.clone(), alias };
        }
    }
}

/// The engine names a cast after what is cast.
fn without_casts(value: &Expr) -> &Expr {
    match value {
        Expr::Cast { expr, .. } => without_casts(expr),
        other => other,
    }
}

fn null(data_type: DataType) -> Expr {
    let value = Box::new(Expr::Value(Value::Null.with_empty_span()));
    Expr::Cast { kind: CastKind::Cast, expr: value, data_type, array: false, format: None }
}

/// `(keys).x`, which the engine knows as `(keys)['x']`.
fn field(access: &mut AccessExpr) {
    if let AccessExpr::Dot(Expr::Identifier(name)) = access {
        *access = AccessExpr::Dot(Expr::Value(Value::SingleQuotedString(name.value.clone()).with_empty_span()));
    }
}

/// `LIKE 'pg/_%' ESCAPE '/'`: the engine escapes with a backslash alone.
fn backslash_escapes(pattern: &mut Box<Expr>, escape: &mut Option<ValueWithSpan>) {
    let Some(Value::SingleQuotedString(text)) = escape.take().map(|escape| escape.value) else { return };
    if text == "\\" {
        return;
    }
    let quoted = |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).with_empty_span());
    let replaced = |inner: Expr, from: &str, to: &str| call("replace", vec![inner, quoted(from), quoted(to)]);
    let inner = std::mem::replace(pattern.as_mut(), Expr::Value(Value::Null.with_empty_span()));
    *pattern.as_mut() = replaced(replaced(inner, "\\", "\\\\"), &text, "\\");
}

/// `relkind = ANY($1)`: of a parameter of the catalogue's questions the engine cannot tell that it is a list.
fn texts(function: &mut Function) {
    if let FunctionArguments::List(list) = &mut function.args
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = list.args.first_mut()
        && matches!(first, Expr::Value(ValueWithSpan { value: Value::Placeholder(_), .. }))
    {
        let parameter = first.clone();
        *first = call("pg_texts", vec![parameter]);
    }
}

fn is_schema(column: &Expr) -> bool {
    const SCHEMAS: [&str; 5] = ["nspname", "table_schema", "schemaname", "schema_name", "table_schem"];
    let is_name = |name: &Ident| SCHEMAS.contains(&name.value.to_ascii_lowercase().as_str());
    match column {
        // `quote_ident(table_schema)`.
        Expr::Function(Function { args: FunctionArguments::List(list), .. }) => list
            .args
            .iter()
            .any(|argument| matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) if is_schema(inner))),
        other => last_name(other).is_some_and(is_name),
    }
}

/// The schemas of the search path are one.
fn in_schema(schema: Expr, negated: bool) -> Expr {
    let list = vec![Expr::Value(Value::SingleQuotedString(SCHEMA.to_owned()).with_empty_span())];
    Expr::InList { expr: Box::new(schema), list, negated }
}

fn last_name(expression: &Expr) -> Option<&Ident> {
    match expression {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    }
}

/// PostgreSQL's `name`, of 63 bytes, is a text here.
fn is_name(data_type: &DataType) -> bool {
    let DataType::Custom(name, modifiers) = data_type else { return false };
    modifiers.is_empty()
        && matches!(name.0.as_slice(), [ObjectNamePart::Identifier(one)] if one.value.eq_ignore_ascii_case("name"))
}

/// `ARRAY(SELECT …)` of roles, options or columns, of which our relations have none.
fn is_array_of_catalogue(function: &Function) -> bool {
    let named = function.name.to_string().eq_ignore_ascii_case("array");
    named && matches!(&function.args, FunctionArguments::Subquery(query) if reads_only_catalogue(query))
}

fn no_array() -> Expr {
    let null = Expr::Value(Value::Null.with_empty_span());
    call("arrow_cast", vec![null, Expr::Value(Value::SingleQuotedString("List(Utf8)".to_owned()).with_empty_span())])
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|one| FunctionArg::Unnamed(FunctionArgExpr::Expr(one))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `'pg_class'::regclass` has become a search by `parse_ident('pg_class')` in the schema of the tables; it is in another.
fn qualify_relation(function: &mut Function) {
    if !function.name.to_string().eq_ignore_ascii_case("parse_ident") {
        return;
    }
    let FunctionArguments::List(list) = &mut function.args else { return };
    for argument in &mut list.args {
        if let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Cast { kind: CastKind::DoubleColon, expr, .. })) =
            argument
            && let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(name), .. }) = expr.as_mut()
            && PG_CATALOG_TABLES.contains(&name.as_str())
        {
            *name = format!("{}.{name}", Catalogue::SCHEMA);
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::adapt;

    fn check(sql: &str, expected: &str) {
        let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap();
        adapt(&mut statements[0]);
        assert_eq!(statements[0].to_string(), expected);
    }

    #[test]
    fn regproc_is_compared_as_name() {
        check(
            "SELECT 1 FROM pg_type AS t WHERE typreceive <> 0 AND 0 = t.typsend",
            "SELECT 1 FROM pg_type AS t WHERE typreceive <> '0' AND '0' = t.typsend",
        );
        check(
            "SELECT 1 FROM pg_type AS t JOIN pg_proc AS p ON p.oid = t.typreceive",
            "SELECT 1 FROM pg_type AS t JOIN pg_proc AS p ON p.proname = t.typreceive",
        );
        check("SELECT 1 FROM t WHERE t.oid = 0", "SELECT 1 FROM t WHERE t.oid = 0");
    }

    #[test]
    fn a_subquery_of_the_catalogue_has_one_row() {
        check(
            "SELECT (SELECT rngtypid FROM pg_range WHERE rngmultitypid = t.oid) FROM pg_type AS t",
            "SELECT (SELECT max(rngtypid) FROM pg_range WHERE rngmultitypid = t.oid) FROM pg_type AS t",
        );
        check(
            "SELECT (SELECT title FROM reports WHERE url = t.typname) FROM pg_type AS t",
            "SELECT (SELECT title FROM reports WHERE url = t.typname) FROM pg_type AS t",
        );
    }

    #[test]
    fn arrays_of_the_catalogue_are_none() {
        check(
            "SELECT ARRAY(SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 1)",
            "SELECT arrow_cast(NULL, 'List(Utf8)')",
        );
        check(
            "SELECT ARRAY(SELECT x FROM pg_catalog.unnest(c.acl) AS x) FROM pg_class AS c",
            "SELECT arrow_cast(NULL, 'List(Utf8)') FROM pg_class AS c",
        );
        check(
            "SELECT ARRAY(SELECT x FROM unnest(c.acl) AS x) FROM pg_class AS c",
            "SELECT arrow_cast(NULL, 'List(Utf8)') FROM pg_class AS c",
        );
        check("SELECT ARRAY(SELECT title FROM reports)", "SELECT ARRAY(SELECT title FROM reports)");
    }

    #[test]
    fn what_is_never_there_is_null() {
        check(
            "SELECT (SELECT pg_get_expr(adbin, c.oid) FROM pg_attrdef WHERE adrelid = c.oid), NULL, NULL FROM pg_class AS c",
            "SELECT CAST(NULL AS TEXT), NULL AS \"column2\", NULL AS \"column3\" FROM pg_class AS c",
        );
        check(
            "SELECT 1 FROM pg_index AS i WHERE i.indisprimary = 't'",
            "SELECT 1 FROM pg_index AS i WHERE i.indisprimary = true",
        );
        check(
            "SELECT (f._pg_expandarray(i.indkey)).n FROM pg_index AS i",
            "SELECT CAST(NULL AS INTEGER) FROM pg_index AS i",
        );
    }

    #[test]
    fn forms_that_the_engine_lacks_are_written_otherwise() {
        check(
            "SELECT 1 FROM pg_class WHERE relname NOT LIKE 'pg/_%' ESCAPE '/'",
            r"SELECT 1 FROM pg_class WHERE relname NOT LIKE replace(replace('pg/_%', '\', '\\'), '/', '\')",
        );
        check(
            "SELECT array_contains($1, relkind) FROM pg_class",
            "SELECT array_contains(pg_texts($1), relkind) FROM pg_class",
        );
        check("SELECT (r.keys).x FROM r", "SELECT (r.keys).'x' FROM r");
        check("SELECT r.keys[1] FROM r", "SELECT r.keys[1] FROM r");
        check("SELECT s IN (SELECT current_setting('search_path')) FROM r", "SELECT s IN ('public') FROM r");
    }

    #[test]
    fn names_are_texts_and_relations_are_found() {
        check("SELECT 'a'::name", "SELECT 'a'::TEXT");
        check("SELECT parse_ident('pg_class'::TEXT)", "SELECT parse_ident('pg_catalog.pg_class'::TEXT)");
        check("SELECT parse_ident('reports'::TEXT)", "SELECT parse_ident('reports'::TEXT)");
        check("SELECT 1 FROM pg_stat_activity", "SELECT 1 FROM pg_catalog.pg_stat_activity");
    }
}
