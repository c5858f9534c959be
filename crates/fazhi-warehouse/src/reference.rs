//! Tables that mirror the rules: regions, the catalogue of indicators and what they are checked against. They change with the
//! rules, not with a load.

use std::borrow::Cow;

use deltalake::kernel::Transaction;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::protocol::SaveMode;
use fazhi_parse::Rules;
use fazhi_parse::catalogue::{Catalogue, Entry, Tally};
use fazhi_parse::checks::{Check, Checks, Relation};
use fazhi_parse::region::{Region, Township};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::archive_table::batch_of;
use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::schema::Table;
use crate::tables::{self, failed};

/// Name under which the digest of the rules stands in the tables' logs.
const RULES: &str = "fazhi-rules";

/// Rewrites the tables whose rules have changed since they were written.
///
/// # Errors
/// Fails when a table cannot be read or written.
pub async fn refresh(folder: &DataFolder, rules: &Rules) -> Result<(), WarehouseError> {
    let of_rules = stamp(rules.digest());
    replace(folder, Table::Regions, of_rules, || region_rows(rules)).await?;
    replace(folder, Table::IndicatorCatalog, of_rules, || catalog_rows(rules)).await?;
    let checks = Checks::embedded();
    let of_checks = of_rules ^ stamp(checks.digest());
    replace(folder, Table::CatalogChecks, of_checks, || check_rows(checks, rules.catalogue())).await
}

async fn replace<T: Serialize>(
    folder: &DataFolder,
    table: Table,
    stamp: i64,
    rows: impl FnOnce() -> Vec<T>,
) -> Result<(), WarehouseError> {
    let delta = tables::open_or_create(folder, table).await?;
    let snapshot = delta.snapshot().map_err(failed(table))?;
    let log = delta.log_store();
    if snapshot.transaction_version(log.as_ref(), RULES).await.map_err(failed(table))? == Some(stamp) {
        return Ok(());
    }
    let batch = batch_of(&table.schema(), &rows())?;
    delta
        .write([batch])
        .with_save_mode(SaveMode::Overwrite)
        .with_writer_properties(tables::writer_properties())
        .with_commit_properties(
            CommitProperties::default().with_application_transaction(Transaction::new(RULES, stamp)),
        )
        .await
        .map_err(failed(table))?;
    Ok(())
}

/// The digest as the number that Delta's log can hold: its first 60 bits.
fn stamp(digest: &str) -> i64 {
    digest.get(..15).and_then(|head| i64::from_str_radix(head, 16).ok()).unwrap_or(0)
}

#[derive(Serialize)]
struct RegionRow<'a> {
    region_code: String,
    valid_from: Option<i32>,
    valid_to: Option<i32>,
    name: Cow<'a, str>,
    level: &'a str,
    parent_code: Option<String>,
    successor: Option<String>,
}

/// Down to counties with their years, then the townships of the newest list.
fn region_rows(rules: &Rules) -> Vec<RegionRow<'_>> {
    let regions = rules.regions();
    regions.iter().map(region_row).chain(regions.townships().map(township_row)).collect()
}

fn township_row<'a>(township: Township) -> RegionRow<'a> {
    RegionRow {
        region_code: township.code.to_string(),
        valid_from: None,
        valid_to: None,
        name: Cow::Owned(township.name),
        level: "township",
        parent_code: Some(township.county.to_string()),
        successor: None,
    }
}

fn region_row(region: &Region) -> RegionRow<'_> {
    RegionRow {
        region_code: region.code.to_string(),
        valid_from: region.valid_from,
        valid_to: region.valid_to,
        name: Cow::Borrowed(&region.name),
        level: region.level.as_str(),
        parent_code: region.parent.map(|code| code.to_string()),
        successor: region.successor.map(|code| code.to_string()),
    }
}

#[derive(Serialize)]
struct CatalogRow<'a> {
    indicator_id: &'a str,
    name_zh: &'a str,
    name_en: &'a str,
    unit: &'a str,
    accepted_units: &'a [String],
    area: &'a str,
    kind: &'a str,
    description: &'a str,
}

fn catalog_rows(rules: &Rules) -> Vec<CatalogRow<'_>> {
    rules.catalogue().entries().iter().map(catalog_row).collect()
}

fn catalog_row(entry: &Entry) -> CatalogRow<'_> {
    CatalogRow {
        indicator_id: &entry.id,
        name_zh: &entry.name_zh,
        name_en: &entry.name_en,
        unit: &entry.unit,
        accepted_units: &entry.accepted_units,
        area: entry.area.as_str(),
        kind: entry.kind.as_str(),
        description: &entry.description,
    }
}

#[derive(Serialize)]
struct CheckRow<'a> {
    check_id: &'a str,
    kind: &'a str,
    indicator_id: Option<&'a str>,
    other_indicator_id: Option<&'a str>,
    other_role: Option<&'a str>,
    parts: Option<i32>,
    slack: Decimal,
    tolerance: Decimal,
    same_period: bool,
    across: Option<&'a str>,
    description: &'a str,
}

fn check_rows<'a>(checks: &'a Checks, catalogue: &Catalogue) -> Vec<CheckRow<'a>> {
    checks.all().iter().flat_map(|check| check_pairs(check, catalogue)).collect()
}

/// One row per pair of indicators that a check relates.
fn check_pairs<'a>(check: &'a Check, catalogue: &Catalogue) -> Vec<CheckRow<'a>> {
    let any = CheckRow::of_any(check);
    // What there is at a time compares with the year; a running total of events does not.
    let counts_events =
        |id: &str| catalogue.entries().iter().any(|entry| entry.id == *id && entry.tally == Tally::Flow);
    match &check.relation {
        Relation::PartOf => vec![any],
        Relation::Yoy { tolerance } => vec![CheckRow { tolerance: *tolerance, ..any }],
        Relation::AtMost { smaller, larger, slack, across } => vec![CheckRow {
            slack: *slack,
            same_period: counts_events(smaller),
            across: across.as_deref(),
            ..any.between(smaller, larger)
        }],
        Relation::Rate { rate, part, whole, tolerance } => [("part", part), ("whole", whole)]
            .map(|(role, other)| CheckRow { other_role: Some(role), tolerance: *tolerance, ..any.between(rate, other) })
            .into(),
        Relation::Parts { total, parts, complete, across } => {
            let row = |part: &'a String| CheckRow {
                parts: complete.then(|| i32::try_from(parts.len()).unwrap_or(i32::MAX)),
                same_period: counts_events(part),
                across: across.as_deref(),
                ..any.between(part, total)
            };
            parts.iter().map(row).collect()
        }
    }
}

impl<'a> CheckRow<'a> {
    fn of_any(check: &'a Check) -> Self {
        Self {
            check_id: &check.id,
            kind: check.relation.kind(),
            indicator_id: None,
            other_indicator_id: None,
            other_role: None,
            parts: None,
            slack: Decimal::ZERO,
            tolerance: Decimal::ZERO,
            same_period: true,
            across: None,
            description: &check.description,
        }
    }

    fn between(&self, indicator_id: &'a str, other_indicator_id: &'a str) -> Self {
        Self { indicator_id: Some(indicator_id), other_indicator_id: Some(other_indicator_id), ..*self }
    }
}
