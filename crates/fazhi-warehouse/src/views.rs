//! The warehouse as SQL sees it: tables, then the views of `sql/views`, then the checks of `sql/checks`.

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
    if !folder.tables().is_dir() {
        return Err(WarehouseError::NoWarehouse { path: folder.root().to_owned() });
    }
    let context = session(Workload::Rows)?;
    // `documents` is pinned first, so that its children hold every revision it names.
    for table in Table::ALL {
        tables::register(&context, folder, table).await?;
    }
    for view in VIEWS {
        let frame = context.sql(view.sql).await?;
        context.register_table(view.name, frame.into_view())?;
    }
    Ok(context)
}

#[cfg(test)]
mod tests {
    use super::*;

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
