//! Tables that mirror the rules: regions and the catalogue of indicators. They change with the rules, not with a load.

use std::borrow::Cow;

use deltalake::kernel::Transaction;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::protocol::SaveMode;
use fazhi_parse::Rules;
use fazhi_parse::catalogue::Entry;
use fazhi_parse::region::{Region, Township};
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
    replace(folder, Table::Regions, rules, || region_rows(rules)).await?;
    replace(folder, Table::IndicatorCatalog, rules, || catalog_rows(rules)).await
}

async fn replace<T: Serialize>(
    folder: &DataFolder,
    table: Table,
    rules: &Rules,
    rows: impl FnOnce() -> Vec<T>,
) -> Result<(), WarehouseError> {
    let delta = tables::open_or_create(folder, table).await?;
    let stamp = stamp(rules.digest());
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
