//! What tools write in questions to `pg_catalog`, and neither the engine nor the library's rules understand. Applies only to
//! statements that mention the catalogue; of those, only to parts that read nothing else.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, Statement, TableFactor,
    Value, ValueWithSpan, VisitMut as _, VisitorMut,
};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::PG_CATALOG_TABLES;

use crate::postgres::Catalogue;

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

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::NotEq, right } => {
                regproc(left, right);
                regproc(right, left);
            }
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
        Expr::CompoundIdentifier(parts) => {
            if let Some(last) = parts.last_mut().filter(|last| last.value.eq_ignore_ascii_case("oid")) {
                *last = Ident::new("proname");
            }
        }
        _ => {}
    }
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
    let function = |name: &str, arguments: Vec<Expr>| {
        let argument = |one| FunctionArg::Unnamed(FunctionArgExpr::Expr(one));
        let args = arguments.into_iter().map(argument).collect();
        Expr::Function(Function {
            name: ObjectName::from(vec![Ident::new(name)]),
            uses_odbc_syntax: false,
            parameters: FunctionArguments::None,
            args: FunctionArguments::List(FunctionArgumentList {
                duplicate_treatment: None,
                args,
                clauses: Vec::new(),
            }),
            filter: None,
            null_treatment: None,
            over: None,
            within_group: Vec::new(),
        })
    };
    let of_texts = Expr::Value(Value::SingleQuotedString("List(Utf8)".to_owned()).with_empty_span());
    function("arrow_cast", vec![null, of_texts])
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

/// The engine wants to know that a correlated subquery returns one row at most: of the catalogue's, the largest value will do.
fn at_most_one(query: &mut Query) {
    if query.limit_clause.is_some() || query.order_by.is_some() || !reads_only_catalogue(query) {
        return;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_mut_slice()
    else {
        return;
    };
    // What is aggregated already has one row.
    if select.distinct.is_none() && !matches!(value, Expr::Function(_)) {
        let inner = std::mem::replace(value, no_array());
        if let Expr::Function(function) = value {
            function.name = ObjectName::from(vec![Ident::new("max")]);
            if let FunctionArguments::List(list) = &mut function.args {
                list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))];
            }
        }
    }
}

/// Whether a query reads relations of the catalogue, and no other.
fn reads_only_catalogue(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let Select { from, .. } = select.as_ref();
    let mut relations =
        from.iter().flat_map(|one| std::iter::once(&one.relation).chain(one.joins.iter().map(|join| &join.relation)));
    !from.is_empty()
        && relations.all(|relation| match relation {
            TableFactor::Table { name, .. } => is_catalogue(name),
            _ => false,
        })
}

fn is_catalogue(name: &ObjectName) -> bool {
    name.0.last().and_then(ObjectNamePart::as_ident).is_some_and(|last| {
        let last = last.value.to_ascii_lowercase();
        PG_CATALOG_TABLES.contains(&last.as_str()) || Catalogue::adds(&last)
    })
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
        check("SELECT ARRAY(SELECT title FROM reports)", "SELECT ARRAY(SELECT title FROM reports)");
    }

    #[test]
    fn names_are_texts_and_relations_are_found() {
        check("SELECT 'a'::name", "SELECT 'a'::TEXT");
        check("SELECT parse_ident('pg_class'::TEXT)", "SELECT parse_ident('pg_catalog.pg_class'::TEXT)");
        check("SELECT parse_ident('reports'::TEXT)", "SELECT parse_ident('reports'::TEXT)");
        check("SELECT 1 FROM pg_stat_activity", "SELECT 1 FROM pg_catalog.pg_stat_activity");
    }
}
