//! The text of statements: its size is bounded before it is parsed, because parsers recurse as deep as it is nested.

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use datafusion_postgres::datafusion_pg_catalog::sql::rules::{
    AliasDuplicatedProjectionRewrite, CurrentUserVariableToSessionUserFunctionCall, FixArrayLiteral,
    FixVersionColumnName, RewriteArrayAnyAllOperation, RewritePgCatalogOperator, SqlStatementRewriteRule,
    StripCallableQualifier, StripCollate,
};

use crate::engine::{introspection, templates};
use crate::error::{Failure, QueryError};
use crate::limits::Limits;

/// Tokens of one statement that may join expressions; a chain of so many operators is a tree so deep.
const MAX_OPERATORS: usize = 2_000;

/// Calls that the parser reads in two ways, one after the other, and that may stand in each other: each doubles its work.
const MAX_TWOFOLD: usize = 8;

/// Periods without anything but names between; those of names beside each other (`a.b JOIN c.d`) count as one name's.
const MAX_PERIODS: usize = 100;

/// Parses PostgreSQL's dialect into what the engine understands.
#[derive(Debug)]
pub struct Text {
    /// For what people ask: few rewrites, and errors know their place.
    rules: Vec<Box<dyn SqlStatementRewriteRule>>,
    /// For what tools ask of `pg_catalog`: many rewrites, which cost the places.
    catalogue: PostgresCompatibilityParser,
}

impl Text {
    /// A parser; it compiles its rules once.
    pub fn new() -> Self {
        let rules: Vec<Box<dyn SqlStatementRewriteRule>> = vec![
            Box::new(CurrentUserVariableToSessionUserFunctionCall),
            Box::new(AliasDuplicatedProjectionRewrite),
            Box::new(RewriteArrayAnyAllOperation),
            Box::new(StripCallableQualifier),
            Box::new(FixArrayLiteral),
            Box::new(StripCollate),
            Box::new(RewritePgCatalogOperator),
            Box::new(FixVersionColumnName),
        ];
        Self { rules, catalogue: PostgresCompatibilityParser::new() }
    }

    /// The statements of a text.
    ///
    /// # Errors
    /// Fails when the text is too large or no SQL.
    pub fn parse(&self, sql: &str, limits: &Limits) -> Result<Vec<Statement>, QueryError> {
        if sql.len() > limits.statement_bytes {
            let message =
                format!("the statement has {} bytes, more than the {} allowed", sql.len(), limits.statement_bytes);
            return Err(QueryError::new(Failure::TooLarge, message).hinted("raise `statement-kb` in `[serve.limits]`"));
        }
        // Text that is no SQL is left to the parser to refuse.
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_or_default();
        check_operators(&tokens)?;
        let plain =
            Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_statements());
        match plain {
            Ok(statements) if !asks_catalogue(&tokens) => {
                statements.into_iter().map(|one| self.rewritten(one)).collect()
            }
            // The catalogue's parser knows some statements more, but no places: its errors say less.
            Ok(_) => self.of_catalogue(sql, |error| QueryError::from_parser(error, sql)),
            Err(error) => self.of_catalogue(sql, |_| QueryError::from_parser(&error, sql)),
        }
    }

    fn of_catalogue(
        &self,
        sql: &str,
        refused: impl Fn(&ParserError) -> QueryError,
    ) -> Result<Vec<Statement>, QueryError> {
        let mut statements = self.catalogue.parse(sql).map_err(|error| refused(&error))?;
        for statement in &mut statements {
            introspection::adapt(statement);
            templates::adapt(statement)?;
        }
        Ok(statements)
    }

    fn rewritten(&self, statement: Statement) -> Result<Statement, QueryError> {
        let mut statement = self.rules.iter().fold(statement, |statement, rule| rule.rewrite(statement));
        templates::adapt(&mut statement)?;
        Ok(statement)
    }
}

/// Types that only the catalogue has.
const CATALOGUE_TYPES: [&str; 6] = ["regclass", "regtype", "regproc", "regprocedure", "regnamespace", "regrole"];

/// Whether a word of a text is a name of the catalogue's. What stands in quotes as a value says nothing.
fn asks_catalogue(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| {
        let Token::Word(word) = token else { return false };
        let name = word.value.to_ascii_lowercase();
        name.starts_with("pg_") || name == "information_schema" || CATALOGUE_TYPES.contains(&name.as_str())
    })
}

/// Counts what nests without parentheses.
fn check_operators(tokens: &[Token]) -> Result<(), QueryError> {
    check_twofold(tokens)?;
    check_periods(tokens)?;
    let operators = tokens.iter().filter(|token| joins(token)).count();
    if operators > MAX_OPERATORS {
        let message = format!("the statement has {operators} operators, more than the {MAX_OPERATORS} allowed");
        return Err(
            QueryError::new(Failure::TooLarge, message).hinted("write long lists of values as IN (…) or VALUES")
        );
    }
    Ok(())
}

/// Refuses calls of keywords (`cast(floor(…))`) that are nested too deeply. Where one cannot be read, the parser reads it again as
/// a function of that name, and with it all that stands inside.
fn check_twofold(tokens: &[Token]) -> Result<(), QueryError> {
    let (mut open, mut depth) = (Vec::new(), 0);
    let mut before = None;
    for token in tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))) {
        match token {
            Token::LParen => {
                let twofold = usize::from(before.is_some_and(is_twofold));
                depth += twofold;
                open.push(twofold);
            }
            Token::RParen => depth -= open.pop().unwrap_or(0),
            _ => {}
        }
        if depth > MAX_TWOFOLD {
            let message = format!("more than the {MAX_TWOFOLD} calls of keywords allowed stand in each other");
            return Err(QueryError::new(Failure::TooLarge, message).hinted("put the inner ones into a WITH query"));
        }
        before = Some(token);
    }
    Ok(())
}

/// Refuses `a.a.a.…`: each period is a call around all that stands before it, and the work of planning is their square.
fn check_periods(tokens: &[Token]) -> Result<(), QueryError> {
    let mut periods = 0;
    for token in tokens {
        match token {
            Token::Period => periods += 1,
            Token::Word(_) | Token::Whitespace(_) => {}
            _ => periods = 0,
        }
        if periods > MAX_PERIODS {
            let message = format!("a name has more than the {MAX_PERIODS} parts allowed");
            return Err(QueryError::new(Failure::TooLarge, message));
        }
    }
    Ok(())
}

fn is_twofold(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    matches!(
        word.keyword,
        Keyword::ARRAY
            | Keyword::CASE
            | Keyword::CAST
            | Keyword::CEIL
            | Keyword::CONVERT
            | Keyword::CURRENT_DATE
            | Keyword::CURRENT_TIME
            | Keyword::CURRENT_TIMESTAMP
            | Keyword::EXTRACT
            | Keyword::FLOOR
            | Keyword::LOCALTIME
            | Keyword::LOCALTIMESTAMP
            | Keyword::MATCH
            | Keyword::NOT
            | Keyword::OVERLAY
            | Keyword::POSITION
            | Keyword::SAFE_CAST
            | Keyword::SUBSTR
            | Keyword::SUBSTRING
            | Keyword::TRY_CAST
            | Keyword::TRY_CONVERT
    )
}

/// Whether a token can stand between, before or behind expressions. Names, values and commas cannot, so that long lists pass.
fn joins(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            matches!(
                word.value.to_ascii_uppercase().as_str(),
                "AND"
                    | "OR"
                    | "NOT"
                    | "IS"
                    | "IN"
                    | "LIKE"
                    | "ILIKE"
                    | "BETWEEN"
                    | "UNION"
                    | "EXCEPT"
                    | "INTERSECT"
                    | "JOIN"
                    | "COLLATE"
                    | "CASE"
                    | "WHEN"
                    | "SIMILAR"
                    | "AT"
                    | "OVERLAPS"
                    | "XOR"
                    | "DIV"
                    | "INTERVAL"
            )
        }
        Token::EOF
        | Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::DollarQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::SemiColon
        | Token::LParen
        | Token::RParen
        | Token::Placeholder(_)
        | Token::Period => false,
        _ => true,
    }
}
