//! `GROUP BY` over many sets at once: `CUBE` of n expressions stands for 2ⁿ sets, and every set beside another for all pairs.

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr};

use crate::error::{Failure, QueryError};

/// Sets that one `GROUP BY` may stand for, as in PostgreSQL (its `transformGroupClause` refuses more).
const MAX_SETS: usize = 4_096;
/// Expressions in all these sets together. The plan says of each expression whether it is in each set, so those that are repeated in
/// several of `GROUPING SETS` count as if they were others.
const MAX_EXPRESSIONS: usize = 1 << 16;

/// Whether the planner may write out the sets that a `GROUP BY` stands for.
pub fn is_bounded(group_by: &GroupByExpr) -> bool {
    let GroupByExpr::Expressions(expressions, _) = group_by else { return true };
    let sets = expressions.iter().fold(1_usize, |sets, expression| sets.saturating_mul(sets_of(expression)));
    let width: usize = expressions.iter().map(width_of).sum();
    sets == 1 || (sets <= MAX_SETS && sets.saturating_mul(width) <= MAX_EXPRESSIONS)
}

/// The error of one that stands for too many.
pub fn unbounded() -> QueryError {
    let message = format!(
        "GROUP BY stands for more than the {MAX_SETS} grouping sets or {MAX_EXPRESSIONS} expressions in them allowed"
    );
    QueryError::new(Failure::TooLarge, message)
        .hinted("name the sets that are needed in GROUPING SETS; CUBE of n expressions stands for 2^n sets")
}

fn sets_of(expression: &Expr) -> usize {
    match expression {
        Expr::Cube(parts) => u32::try_from(parts.len()).ok().and_then(|n| 2_usize.checked_pow(n)).unwrap_or(usize::MAX),
        Expr::Rollup(parts) => parts.len() + 1,
        Expr::GroupingSets(sets) => sets.len(),
        _ => 1,
    }
}

fn width_of(expression: &Expr) -> usize {
    match expression {
        Expr::Cube(parts) | Expr::Rollup(parts) | Expr::GroupingSets(parts) => parts.iter().map(Vec::len).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::{SetExpr, Statement};
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    fn bounded(group_by: &str) -> bool {
        let sql = format!("SELECT 1 FROM t GROUP BY {group_by}");
        let statement = Parser::parse_sql(&PostgreSqlDialect {}, &sql).unwrap().remove(0);
        let Statement::Query(query) = statement else { unreachable!("{sql}") };
        let SetExpr::Select(select) = *query.body else { unreachable!("{sql}") };
        is_bounded(&select.group_by)
    }

    fn columns(count: usize) -> String {
        (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn sets_multiply() {
        assert!(bounded(&columns(5_000)), "one set");
        assert!(bounded(&format!("CUBE ({})", columns(12))));
        assert!(!bounded(&format!("CUBE ({})", columns(13))));
        assert!(!bounded(&format!("CUBE ({})", columns(64))));
        assert!(!bounded(&format!("a, CUBE ({0}), CUBE ({0})", columns(7))), "2^14");
        assert!(bounded(&format!("CUBE ({0}), ROLLUP ({0})", columns(7))), "2^7 · 8");
        assert!(bounded(&format!("ROLLUP ({})", columns(255))));
        assert!(!bounded(&format!("ROLLUP ({})", columns(4_000))), "16 million expressions");
        assert!(bounded("GROUPING SETS ((a, b), (a), ())"));
        assert!(bounded("ALL"));
    }
}
