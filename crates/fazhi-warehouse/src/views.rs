//! The warehouse as SQL sees it: tables, then the views of `sql/views`, then the checks of `sql/checks`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use datafusion::execution::context::SessionContext;

use crate::error::WarehouseError;
use crate::layout::DataFolder;
use crate::schema::Table;
use crate::session::{Workload, session};
use crate::tables;

/// A named query that ships with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedQuery {
    /// File name without its ending; of a view, its name.
    pub name: &'static str,
    /// The query.
    pub sql: &'static str,
}

impl NamedQuery {
    /// What a row is: the first sentence of the comment at the head of its file.
    pub fn description(&self) -> String {
        let lines = self.sql.lines().map_while(|line| line.strip_prefix("--"));
        let comment = lines.map(str::trim).collect::<Vec<_>>().join(" ");
        comment.find(". ").map_or(comment.clone(), |end| comment[..=end].to_owned())
    }
}

macro_rules! queries {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(NamedQuery { name: $name, sql: include_str!(concat!("../../../sql/", $folder, "/", $name, ".sql")) }),+]
    };
}

/// The views, each after those it builds on.
pub const VIEWS: &[NamedQuery] = queries!("views":
    "reports",
    "indicator_values",
    "indicator_yearly",
    "evidence",
    "indicator_ranges",
    "indicator_checks",
    "indicator_confidence",
);

/// The checks: a row returned is a failure.
pub const CHECKS: &[NamedQuery] = queries!(
    "checks":
    "quantity_spans",
    "indicator_spans",
    "section_spans",
    "facts_without_report",
    "reports_without_text",
    "duplicate_facts",
    "duplicate_keys",
    "document_links",
);

/// A session over the newest snapshot of every table, with the views.
///
/// # Errors
/// Fails when nothing was ever loaded there (a mistyped folder is not an empty warehouse), or when a table cannot be read.
pub async fn open(folder: &DataFolder) -> Result<SessionContext, WarehouseError> {
    let context = session(Workload::Rows)?;
    register(&context, folder).await?;
    Ok(context)
}

/// Makes the newest snapshot of every table and the views known to a session, under their names in its default schema.
/// A table that was never written is empty.
///
/// # Errors
/// Fails when nothing was ever loaded there, or when a table cannot be read.
pub async fn register(context: &SessionContext, folder: &DataFolder) -> Result<Pinned, WarehouseError> {
    if !folder.tables().is_dir() {
        return Err(WarehouseError::NoWarehouse { path: folder.root().to_owned() });
    }
    let mut pinned = Pinned::default();
    // `documents` is pinned first, so that its children hold every revision it names.
    for table in Table::ALL {
        let version = tables::register(context, folder, table).await?;
        pinned.versions.insert(table, version.map(|version| Pin { version, written: written(folder, table, version) }));
    }
    for view in VIEWS {
        let frame = context.sql(view.sql).await?;
        context.register_table(view.name, frame.into_view())?;
    }
    Ok(pinned)
}

/// The versions of the tables that a session sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pinned {
    versions: BTreeMap<Table, Option<Pin>>,
}

/// A version of a table, and when its commit was written: a table that was dropped and written anew counts from 0 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pin {
    version: u64,
    written: Option<SystemTime>,
}

fn commit(folder: &DataFolder, table: Table, version: u64) -> PathBuf {
    folder.table(table).join("_delta_log").join(format!("{version:020}.json"))
}

/// When a commit was written; nothing where the log was cut off behind it.
fn written(folder: &DataFolder, table: Table, version: u64) -> Option<SystemTime> {
    fs_err::metadata(commit(folder, table, version)).and_then(|commit| commit.modified()).ok()
}

impl Pinned {
    /// Whether the tables on disk are still those that were pinned. Costs three looks at the file system per table.
    pub fn is_current(&self, folder: &DataFolder) -> bool {
        self.versions.iter().all(|(table, pin)| match pin {
            // The Delta protocol numbers commits without gaps.
            Some(pin) => {
                folder.table(*table).join("_delta_log").is_dir()
                    && written(folder, *table, pin.version) == pin.written
                    && !commit(folder, *table, pin.version + 1).exists()
            }
            None => !commit(folder, *table, 0).exists(),
        })
    }

    /// Whether a table of this name has been written.
    pub fn has(&self, name: &str) -> bool {
        self.versions.iter().any(|(table, version)| table.name() == name && version.is_some())
    }

    /// Tables that had been written when `earlier` was pinned and are gone now.
    pub fn dropped_since(&self, earlier: &Self) -> Vec<Table> {
        let gone = |table: &Table| self.versions.get(table).copied().flatten().is_none();
        earlier
            .versions
            .iter()
            .filter(|(table, version)| version.is_some() && gone(table))
            .map(|(table, _)| *table)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_says_what_it_is_for() {
        for view in VIEWS {
            let description = view.description();
            assert!(description.len() > 20 && description.ends_with('.'), "{}: {description}", view.name);
        }
    }

    #[tokio::test]
    async fn views_and_checks_plan_over_an_empty_warehouse() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("tables")).unwrap();
        let context = open(&DataFolder::new(folder.path().to_owned())).await.unwrap();
        for query in VIEWS.iter().chain(CHECKS) {
            let rows = context.sql(query.sql).await.unwrap().count().await.unwrap();
            assert_eq!(rows, 0, "{}", query.name);
        }
    }
}
