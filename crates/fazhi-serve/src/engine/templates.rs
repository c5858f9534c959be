//! Templates of dates as PostgreSQL writes them (`YYYY-MM-DD`, its manual, 9.8) where the engine expects chrono's (`%Y-%m-%d`).

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Statement, Value, ValueWithSpan, VisitMut as _, VisitorMut,
};

use crate::error::{Failure, QueryError};

/// Rewrites the templates that are written out. One with a `%` is the engine's already.
///
/// # Errors
/// Fails when a template has a part that the engine has no counterpart of.
pub fn adapt(statement: &mut Statement) -> Result<(), QueryError> {
    match statement.visit(&mut Adapting) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(part) => {
            let message = format!("the part `{part}` of a template of dates is not supported");
            let known = "YYYY, YY, MM, Mon, DD, DDD, Dy, HH24, HH12, MI, SS, MS, US, AM, IYYY and IW are; put other text in quotes";
            Err(QueryError::new(Failure::Unsupported, message).hinted(known))
        }
    }
}

const FUNCTIONS: [&str; 3] = ["to_char", "to_date", "to_timestamp"];

/// Parts that are numbers, in any case; longer ones first.
const NUMBERS: &[(&str, &str)] = &[
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("IYYY", "%G"),
    ("YYYY", "%Y"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("HH", "%I"),
    ("IW", "%V"),
    ("MI", "%M"),
    ("MM", "%m"),
    ("MS", "%3f"),
    ("SS", "%S"),
    ("US", "%6f"),
    ("YY", "%y"),
];

/// Parts that are words, whose case is that of the result.
const WORDS: &[(&str, &str)] = &[("Mon", "%b"), ("Dy", "%a"), ("AM", "%p"), ("PM", "%p"), ("am", "%P"), ("pm", "%P")];

/// Other parts that PostgreSQL knows, in any case; longer ones first.
const UNKNOWN: &[&str] = &[
    "SSSSS", "SSSS", "MONTH", "Y,YYY", "IDDD", "A.D.", "B.C.", "A.M.", "P.M.", "IYY", "YYY", "DAY", "MON", "TZH",
    "TZM", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "AD", "AM", "BC", "CC", "DY", "FM", "FX", "ID", "IY", "OF", "PM",
    "RM", "TH", "TM", "TZ", "WW", "D", "I", "J", "Q", "W", "Y",
];

struct Adapting;

impl VisitorMut for Adapting {
    type Break = String;

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<String> {
        if let Expr::Function(function) = expression
            && FUNCTIONS.contains(&function.name.to_string().to_ascii_lowercase().as_str())
            && let FunctionArguments::List(list) = &mut function.args
            && let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(template)))] = list.args.as_mut_slice()
            && let ValueWithSpan { value: Value::SingleQuotedString(template), .. } = template
            && !template.contains('%')
        {
            match translated(template) {
                Ok(ours) => *template = ours,
                Err(part) => return ControlFlow::Break(part),
            }
        }
        ControlFlow::Continue(())
    }
}

/// The template in the engine's words, or the part that it has none for.
fn translated(template: &str) -> Result<String, String> {
    let mut written = String::new();
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        let starts = |part: &str| rest.get(..part.len()).is_some_and(|start| start.eq_ignore_ascii_case(part));
        let known = WORDS.iter().find(|(part, _)| rest.starts_with(part));
        let known = known.or_else(|| NUMBERS.iter().find(|(part, _)| starts(part)));
        let unknown = UNKNOWN.iter().find(|part| starts(part));
        match (known, unknown) {
            // Text in quotes stands for itself.
            _ if character == '"' => {
                let (text, after) = rest[1..].split_once('"').unwrap_or((&rest[1..], ""));
                written.push_str(text);
                rest = after;
            }
            (Some((part, _)), Some(unknown)) if unknown.len() > part.len() => {
                return Err(rest[..unknown.len()].to_owned());
            }
            (Some((part, ours)), _) => {
                written.push_str(ours);
                rest = &rest[part.len()..];
            }
            (None, Some(unknown)) => return Err(rest[..unknown.len()].to_owned()),
            (None, None) => {
                written.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    Ok(written)
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
            assert_eq!(translated(template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        for (template, part) in [
            ("YYYY-\"Q\"Q", "Q"),
            ("FMMonth", "FM"),
            ("Month YYYY", "Month"),
            ("MON", "MON"),
            ("YYYY-WW", "WW"),
            ("SSSS", "SSSS"),
            ("Y,YYY", "Y,YYY"),
            ("HH24:MI TZ", "TZ"),
            ("YYY", "YYY"),
        ] {
            assert_eq!(translated(template).unwrap_err(), part, "{template}");
        }
    }
}
