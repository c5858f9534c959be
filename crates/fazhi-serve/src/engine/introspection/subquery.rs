//! Queries within questions to `pg_catalog`: what they read, and what stands for them.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, TableFactor, Value, ValueWithSpan,
    Visit as _, Visitor,
};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::PG_CATALOG_TABLES;

use crate::engine::introspection::{call, null};
use crate::postgres::Catalogue;

/// The first text in a query.
pub(super) fn first_text(query: &Query) -> Option<String> {
    struct First(Option<String>);
    impl Visitor for First {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = expression {
                self.0 = Some(text.clone());
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }
    let mut first = First(None);
    let _ = query.visit(&mut first);
    first.0
}

/// `(SELECT pg_get_expr(adbin, …) FROM pg_attrdef …)`, `(SELECT json_build_object(…) FROM pg_collation …)`: no column has a default
/// or a collation of its own, and none counts up.
pub(super) fn is_never_there(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    if let [
        SelectItem::UnnamedExpr(Expr::Function(function))
        | SelectItem::ExprWithAlias { expr: Expr::Function(function), .. },
    ] = select.projection.as_slice()
        && function.name.to_string().eq_ignore_ascii_case("json_build_object")
    {
        return reads_only_catalogue(query);
    }
    let is_empty = |relation: &TableFactor| {
        matches!(relation, TableFactor::Table { name, .. } if name.0.last().and_then(ObjectNamePart::as_ident)
            .is_some_and(|last| ["pg_attrdef", "pg_sequence"].contains(&last.value.to_ascii_lowercase().as_str())))
    };
    select.from.iter().any(|from| is_empty(&from.relation))
}

/// Null in place of a query, with the parameters of that query: the client will send them.
pub(super) fn nothing(query: &Query) -> Expr {
    struct Parameters(Vec<Expr>);
    impl Visitor for Parameters {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            let is_parameter =
                |one: &Expr| matches!(one, Expr::Value(ValueWithSpan { value: Value::Placeholder(_), .. }));
            if matches!(expression, Expr::Cast { expr, .. } if is_parameter(expr)) {
                self.0.push(expression.clone());
            }
            ControlFlow::Continue(())
        }
    }
    let mut parameters = Parameters(Vec::new());
    let _ = query.visit(&mut parameters);
    if parameters.0.is_empty() { null(DataType::Text) } else { call("pg_nothing", parameters.0) }
}

/// The engine wants to know that a correlated subquery returns one row at most: of the catalogue's, the largest value will do.
pub(super) fn at_most_one(query: &mut Query) {
    if query.limit_clause.is_some() || query.order_by.is_some() || !reads_only_catalogue(query) {
        return;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_mut_slice()
    else {
        return;
    };
    if select.distinct.is_none() && !is_aggregated(value) {
        let inner = value.clone();
        *value = call("max", vec![inner]);
    }
}

/// Whether it has one row already.
fn is_aggregated(value: &Expr) -> bool {
    const AGGREGATES: [&str; 8] = ["count", "sum", "min", "max", "avg", "array_agg", "string_agg", "bool_or"];
    matches!(value, Expr::Function(function) if AGGREGATES.contains(&function.name.to_string().to_ascii_lowercase().as_str()))
}

/// Whether a query reads relations of the catalogue, and no other.
pub(super) fn reads_only_catalogue(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let Select { from, .. } = select.as_ref();
    let mut relations =
        from.iter().flat_map(|one| std::iter::once(&one.relation).chain(one.joins.iter().map(|join| &join.relation)));
    !from.is_empty()
        && relations.all(|relation| match relation {
            TableFactor::Table { name, args: None, .. } => is_catalogue(name),
            // Lists that are columns of the catalogue.
            TableFactor::Table { name, args: Some(_), .. } => name.to_string().to_ascii_lowercase().ends_with("unnest"),
            TableFactor::UNNEST { .. } => true,
            _ => false,
        })
}

fn is_catalogue(name: &ObjectName) -> bool {
    name.0.last().and_then(ObjectNamePart::as_ident).is_some_and(|last| {
        let last = last.value.to_ascii_lowercase();
        PG_CATALOG_TABLES.contains(&last.as_str()) || Catalogue::adds(&last)
    })
}
