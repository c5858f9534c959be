//! Templates of dates as PostgreSQL writes them (`YYYY-MM-DD`, its manual, 9.8) where the engine expects chrono's (`%Y-%m-%d`).

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Statement, Value, ValueWithSpan, VisitMut as _, VisitorMut,
};

/// Rewrites the templates that are written out. One with a `%` is the engine's already.
pub fn adapt(statement: &mut Statement) {
    // The visitor never breaks off.
    let _ = statement.visit(&mut Adapting);
}

const FUNCTIONS: [&str; 3] = ["to_char", "to_date", "to_timestamp"];

/// Longer ones first.
const PATTERNS: &[(&str, &str)] = &[
    ("Month", "%B"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("IYYY", "%G"),
    ("YYYY", "%Y"),
    ("DDD", "%j"),
    ("Day", "%A"),
    ("Mon", "%b"),
    ("AM", "%p"),
    ("DD", "%d"),
    ("Dy", "%a"),
    ("HH", "%I"),
    ("IW", "%V"),
    ("MI", "%M"),
    ("MM", "%m"),
    ("MS", "%3f"),
    ("PM", "%p"),
    ("SS", "%S"),
    ("US", "%6f"),
    ("YY", "%y"),
];

struct Adapting;

impl VisitorMut for Adapting {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expression
            && FUNCTIONS.contains(&function.name.to_string().to_ascii_lowercase().as_str())
            && let FunctionArguments::List(list) = &mut function.args
            && let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(template)))] = list.args.as_mut_slice()
            && let ValueWithSpan { value: Value::SingleQuotedString(template), .. } = template
            && !template.contains('%')
        {
            *template = translated(template);
        }
        ControlFlow::Continue(())
    }
}

fn translated(template: &str) -> String {
    let mut written = String::new();
    let mut rest = template;
    'next: while let Some(character) = rest.chars().next() {
        // Text in quotes stands for itself.
        if let Some((text, after)) = rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            written.push_str(text);
            rest = after;
            continue;
        }
        for (pattern, ours) in PATTERNS {
            let same = rest.get(..pattern.len()).is_some_and(|start| start.eq_ignore_ascii_case(pattern));
            if same {
                written.push_str(ours);
                rest = &rest[pattern.len()..];
                continue 'next;
            }
        }
        written.push(character);
        rest = &rest[character.len_utf8()..];
    }
    written
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn templates_are_those_of_chrono() {
        for (template, expected) in [
            ("YYYY-MM-DD", "%Y-%m-%d"),
            ("YYYY-MM-DD HH24:MI:SS.US", "%Y-%m-%d %H:%M:%S.%6f"),
            ("YYYYMMDDHH24MISS", "%Y%m%d%H%M%S"),
            ("yyyy年mm月dd日", "%Y年%m月%d日"),
            ("YYYY-MM-DD\"T\"HH24:MI", "%Y-%m-%dT%H:%M"),
            ("", ""),
        ] {
            assert_eq!(translated(template), expected, "{template}");
        }
    }
}
