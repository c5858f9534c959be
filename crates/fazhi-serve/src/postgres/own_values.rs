//! What a statement asks of its session: `current_user`, `current_setting('…')`. The engine knows no sessions, so that the values
//! are written into the statement before it is planned; a prepared statement keeps those of the moment when it was prepared.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectNamePart, Query, SelectItem, SetExpr,
    Statement, Value, ValueWithSpan, VisitMut as _, VisitorMut,
};

use crate::postgres::command::Lasts;
use crate::postgres::settings::Settings;

/// Writes what the session knows into a statement.
pub fn write_in(statement: &mut Statement, user: &str, settings: &Settings) {
    // The visitor never breaks off.
    let _ = statement.visit(&mut Own { user, settings });
}

struct Own<'a> {
    user: &'a str,
    settings: &'a Settings,
}

impl Own<'_> {
    fn value(&self, function: &Function) -> Option<Expr> {
        let text = match (name(function)?.as_str(), arguments(&function.args)?) {
            ("session_user" | "current_user" | "current_role" | "user", []) => self.user,
            ("current_setting", [setting, ..]) => self.settings.get(literal(setting)?)?.1,
            _ => return None,
        };
        Some(Expr::Value(Value::SingleQuotedString(text.to_owned()).with_empty_span()))
    }
}

impl VisitorMut for Own<'_> {
    type Break = ();

    /// A column keeps the name of the function, of which the engine wants one for each.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = query.body.as_mut() {
            let mut seen = HashSet::new();
            for (position, item) in (1..).zip(&mut select.projection) {
                if let SelectItem::UnnamedExpr(Expr::Function(function)) = item
                    && let (Some(name), Some(expr)) = (name(function), self.value(function))
                {
                    let name = if seen.insert(name.clone()) { name } else { format!("column{position}") };
                    *item = SelectItem::ExprWithAlias { expr, alias: Ident::new(name) };
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expression
            && let Some(value) = self.value(function)
        {
            *expression = value;
        }
        ControlFlow::Continue(())
    }
}

/// Name and value of `SELECT set_config('name', 'value', is_local)` without a table: a `SET` that answers with a row.
pub fn set_config(query: &Query) -> Option<(&str, &str, Lasts)> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else { return None };
    if !select.from.is_empty() || name(function)? != "set_config" {
        return None;
    }
    let [setting, value, is_local] = arguments(&function.args)? else { return None };
    let lasts = if is_local.to_string().eq_ignore_ascii_case("true") { Lasts::Transaction } else { Lasts::Session };
    Some((literal(setting)?, literal(value)?, lasts))
}

fn name(function: &Function) -> Option<String> {
    Some(function.name.0.last().and_then(ObjectNamePart::as_ident)?.value.to_lowercase())
}

fn arguments(arguments: &FunctionArguments) -> Option<&[FunctionArg]> {
    match arguments {
        FunctionArguments::None => Some(&[]),
        FunctionArguments::List(list) => Some(&list.args),
        FunctionArguments::Subquery(_) => None,
    }
}

fn literal(argument: &FunctionArg) -> Option<&str> {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan { value, .. }))) = argument else {
        return None;
    };
    match value {
        Value::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::{Lasts, Settings, Statement, set_config, write_in};

    fn parsed(sql: &str) -> Statement {
        Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0)
    }

    #[test]
    fn values_of_the_session_are_written_in() {
        let mut settings = Settings::default();
        settings.set("application_name", "it's", Lasts::Session).unwrap();
        for (sql, expected) in [
            ("SELECT current_user", "SELECT 'lin' AS current_user"),
            ("SELECT user, user", "SELECT 'lin' AS user, 'lin' AS column2"),
            ("SELECT 1 WHERE session_user <> 'x'", "SELECT 1 WHERE 'lin' <> 'x'"),
            ("SELECT pg_catalog.current_setting('Application_Name', true)", "SELECT 'it''s' AS current_setting"),
            ("SELECT current_setting('no.such')", "SELECT current_setting('no.such')"),
            ("SELECT current_setting(name) FROM pg_settings", "SELECT current_setting(name) FROM pg_settings"),
            ("SELECT 'current_user'", "SELECT 'current_user'"),
        ] {
            let mut statement = parsed(sql);
            write_in(&mut statement, "lin", &settings);
            assert_eq!(statement.to_string(), expected);
        }
    }

    #[test]
    fn setting_by_a_function_is_known() {
        for (sql, expected) in [
            ("SELECT set_config('bytea_output', 'hex', false)", Some(("bytea_output", "hex", Lasts::Session))),
            ("SELECT pg_catalog.set_config('search_path', '', true)", Some(("search_path", "", Lasts::Transaction))),
            ("SELECT set_config('a', 'b', false), 1", None),
            ("SELECT set_config(name, 'b', false) FROM pg_settings", None),
            ("SELECT 1", None),
        ] {
            let Statement::Query(query) = parsed(sql) else { panic!("{sql}") };
            assert_eq!(set_config(&query), expected, "{sql}");
        }
    }
}
