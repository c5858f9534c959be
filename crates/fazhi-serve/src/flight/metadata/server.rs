//! What the server says of itself, for drivers that ask before they send anything.

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{
    SqlInfo as I, SqlNullOrdering, SqlOuterJoinsSupportLevel, SqlSupportedCaseSensitivity, SqlSupportedGroupBy,
    SqlSupportedSubqueries, SqlSupportedTransaction, SqlSupportedUnions, SqlTransactionIsolationLevel,
    SupportedSqlGrammar,
};

use crate::limits::Limits;

/// Numbers that one request may name; there are not half as many.
const ASKED: usize = 200;

/// Facts about the server, all or those with these numbers.
///
/// # Errors
/// Fails when the batch cannot be made, which would be a defect.
pub fn sql_info(asked: &[u32], limits: &Limits) -> Result<RecordBatch, FlightError> {
    facts(limits)?.record_batch(asked.iter().copied().take(ASKED))
}

fn facts(limits: &Limits) -> Result<SqlInfoData, FlightError> {
    let mut facts = SqlInfoDataBuilder::new();
    server(&mut facts, limits);
    syntax(&mut facts);
    support(&mut facts);
    facts.build()
}

fn server(facts: &mut SqlInfoDataBuilder, limits: &Limits) {
    facts.append(I::FlightSqlServerName, "fazhi");
    facts.append(I::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    facts.append(I::FlightSqlServerArrowVersion, arrow::ARROW_VERSION);
    facts.append(I::FlightSqlServerReadOnly, true);
    facts.append(I::FlightSqlServerSql, true);
    facts.append(I::FlightSqlServerSubstrait, false);
    // Drivers send BEGIN and COMMIT around what they read; both are taken, and do nothing.
    facts.append(I::FlightSqlServerTransaction, SqlSupportedTransaction::Transaction as i32);
    facts.append(I::FlightSqlServerCancel, true);
    facts.append(I::FlightSqlServerBulkIngestion, false);
    facts.append(I::FlightSqlServerIngestTransactionsSupported, false);
    let milliseconds = i32::try_from(limits.time.as_millis()).unwrap_or(i32::MAX);
    facts.append(I::FlightSqlServerStatementTimeout, milliseconds);
    facts.append(I::FlightSqlServerTransactionTimeout, 0);
    facts.append(I::SqlMaxConnections, count(limits.connections));
    facts.append(I::SqlMaxStatementLength, count(limits.statement_bytes));
    facts.append(I::SqlMaxStatements, count(limits.prepared_statements));
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn syntax(facts: &mut SqlInfoDataBuilder) {
    facts.append(I::SqlIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32);
    facts.append(I::SqlQuotedIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32);
    facts.append(I::SqlIdentifierQuoteChar, "\"");
    facts.append(I::SqlSearchStringEscape, "\\");
    facts.append(I::SqlExtraNameCharacters, "");
    facts.append(I::SqlNullOrdering, SqlNullOrdering::SqlNullsSortedHigh as i32);
    facts.append(I::SqlKeywords, KEYWORDS);
    facts.append(I::SqlNumericFunctions, NUMERIC);
    facts.append(I::SqlStringFunctions, STRING);
    facts.append(I::SqlDatetimeFunctions, DATETIME);
    facts.append(I::SqlSystemFunctions, SYSTEM);
    facts.append(I::SqlCatalogTerm, "database");
    facts.append(I::SqlSchemaTerm, "schema");
    facts.append(I::SqlProcedureTerm, "function");
    facts.append(I::SqlCatalogAtStart, true);
}

fn support(facts: &mut SqlInfoDataBuilder) {
    for unsupported in [I::SqlDdlCatalog, I::SqlDdlSchema, I::SqlDdlTable] {
        facts.append(unsupported, 0);
    }
    for yes in [
        I::SqlAllTablesAreSelectable,
        I::SqlSupportsColumnAliasing,
        I::SqlNullPlusNullIsNull,
        I::SqlSupportsTableCorrelationNames,
        I::SqlSupportsExpressionsInOrderBy,
        I::SqlSupportsOrderByUnrelated,
        I::SqlSupportsLikeEscapeClause,
        I::SqlSupportsNonNullableColumns,
        I::SqlCorrelatedSubqueriesSupported,
    ] {
        facts.append(yes, true);
    }
    for no in [
        I::SqlSupportsDifferentTableCorrelationNames,
        I::SqlSupportsIntegrityEnhancementFacility,
        I::SqlSelectForUpdateSupported,
        I::SqlStoredProceduresSupported,
    ] {
        facts.append(no, false);
    }
    let group_by =
        [SqlSupportedGroupBy::SqlGroupByUnrelated as i32, SqlSupportedGroupBy::SqlGroupByBeyondSelect as i32];
    let grammar = [
        SupportedSqlGrammar::SqlMinimumGrammar as i32,
        SupportedSqlGrammar::SqlCoreGrammar as i32,
        SupportedSqlGrammar::SqlExtendedGrammar as i32,
    ];
    let subqueries = [
        SqlSupportedSubqueries::SqlSubqueriesInComparisons as i32,
        SqlSupportedSubqueries::SqlSubqueriesInExists as i32,
        SqlSupportedSubqueries::SqlSubqueriesInIns as i32,
    ];
    let unions = [SqlSupportedUnions::SqlUnion as i32, SqlSupportedUnions::SqlUnionAll as i32];
    facts.append(I::SqlSupportedGroupBy, bits(&group_by));
    facts.append(I::SqlSupportedGrammar, bits(&grammar));
    facts.append(I::SqlSupportedSubqueries, bits(&subqueries));
    facts.append(I::SqlSupportedUnions, bits(&unions));
    // Entry level of SQL-92.
    facts.append(I::SqlAnsi92SupportedLevel, bits(&[0]));
    facts.append(I::SqlOuterJoinsSupportLevel, bits(&[SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32]));
    facts.append(I::SqlSupportsConvert, HashMap::<i32, Vec<i32>>::new());
    let committed = SqlTransactionIsolationLevel::SqlTransactionReadCommitted as i32;
    facts.append(I::SqlDefaultTransactionIsolation, i64::from(committed));
    facts.append(I::SqlTransactionsSupported, true);
    facts.append(I::SqlSupportedTransactionsIsolationLevels, bits(&[committed]));
    facts.append(I::SqlDataDefinitionCausesTransactionCommit, false);
    facts.append(I::SqlDataDefinitionsInTransactionsIgnored, false);
    facts.append(I::SqlBatchUpdatesSupported, false);
    facts.append(I::SqlSavepointsSupported, false);
    facts.append(I::SqlNamedParametersSupported, false);
    facts.append(I::SqlLocatorsUpdateCopy, false);
    facts.append(I::SqlStoredFunctionsUsingCallSyntaxSupported, false);
}

/// A set of the values of an enumeration.
fn bits(values: &[i32]) -> i32 {
    values.iter().fold(0, |set, value| set | 1 << value)
}

/// Words that are reserved here and not in SQL:2003.
const KEYWORDS: &[&str] = &["ILIKE", "LIMIT", "OFFSET", "QUALIFY", "SIMILAR"];
const NUMERIC: &[&str] = &[
    "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "degrees", "exp", "floor", "ln", "log", "log10", "pi",
    "power", "radians", "round", "signum", "sin", "sqrt", "tan", "trunc",
];
const STRING: &[&str] = &[
    "ascii",
    "btrim",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "left",
    "lower",
    "lpad",
    "ltrim",
    "position",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "translate",
    "trim",
    "upper",
];
const DATETIME: &[&str] = &[
    "current_date",
    "current_time",
    "date_bin",
    "date_part",
    "date_trunc",
    "extract",
    "make_date",
    "now",
    "to_char",
    "to_date",
    "to_timestamp",
];
const SYSTEM: &[&str] = &["current_database", "current_schema", "current_user", "version"];
