//! The warehouse as a query sees it: every table at one version, replaced as a whole once a newer one is there.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
};
use datafusion::error::Result as EngineResult;
use datafusion::execution::SessionState;
use datafusion::execution::context::SessionContext;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionConfig;
use fazhi_warehouse::{DataFolder, Pinned};
use tokio::sync::Mutex;

use crate::engine::{batch, functions};
use crate::error::{QueryError, ServeError};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::postgres::{Catalogue, Information};

/// The name of the database.
pub const DATABASE: &str = "fazhi";
/// The schema of the tables and views.
pub const SCHEMA: &str = "public";

/// Memory of the queries that the server asks itself, about its catalogue.
const OWN_MEMORY: usize = 128 << 20;

/// Every table at one version.
pub struct Snapshot {
    context: SessionContext,
    pinned: Pinned,
    dropped: HashSet<&'static str>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("pinned", &self.pinned).field("dropped", &self.dropped).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// A session over this snapshot, without limits: for planning.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// A session over this snapshot with memory and spill of its own.
    ///
    /// # Errors
    /// Fails when the environment cannot be made.
    pub fn for_one_query(&self, limits: &Limits) -> EngineResult<SessionState> {
        let state = self.context.state();
        let spill = DiskManagerBuilder::default().with_max_temp_directory_size(limits.query_spill);
        let runtime = RuntimeEnvBuilder::from_runtime_env(state.runtime_env())
            .with_memory_pool(Arc::new(FairSpillPool::new(limits.query_memory)))
            .with_disk_manager_builder(spill)
            .build_arc()?;
        Ok(SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build())
    }

    /// Whether a table that was served once is gone.
    pub fn is_dropped(&self, table: &str) -> bool {
        self.dropped.contains(table)
    }
}

/// The newest snapshot, looked for at every query.
#[derive(Debug)]
pub struct Snapshots {
    folder: DataFolder,
    base: SessionState,
    catalogue: Arc<Catalogue>,
    current: RwLock<Arc<Snapshot>>,
    refresh: Mutex<()>,
    metrics: Arc<Metrics>,
}

impl Snapshots {
    /// Opens the warehouse.
    ///
    /// # Errors
    /// Fails when there is none, or a table cannot be read.
    pub async fn open(folder: DataFolder, metrics: Arc<Metrics>) -> Result<Self, ServeError> {
        let (base, catalogue) = base()?;
        let catalogue = Arc::new(catalogue);
        let snapshot = take(&base, &catalogue, &folder, None).await?;
        catalogue.describe(&snapshot.context).await?;
        Ok(Self { folder, base, catalogue, current: RwLock::new(Arc::new(snapshot)), refresh: Mutex::new(()), metrics })
    }

    /// The newest snapshot; a load that ended before the call is in it.
    ///
    /// # Errors
    /// Fails when the tables cannot be read.
    pub async fn current(&self) -> Result<Arc<Snapshot>, QueryError> {
        let known = self.known();
        if known.pinned.is_current(&self.folder) {
            return Ok(known);
        }
        // One reads the tables anew, the others wait for that.
        let _turn = self.refresh.lock().await;
        let known = self.known();
        if known.pinned.is_current(&self.folder) {
            return Ok(known);
        }
        let taken = take(&self.base, &self.catalogue, &self.folder, Some(&known)).await;
        let snapshot = Arc::new(taken.map_err(|error| QueryError::from_warehouse(&error))?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&snapshot);
        self.metrics.snapshot_taken();
        Ok(snapshot)
    }

    fn known(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn take(
    base: &SessionState,
    catalogue: &Arc<Catalogue>,
    folder: &DataFolder,
    earlier: Option<&Snapshot>,
) -> Result<Snapshot, fazhi_warehouse::WarehouseError> {
    let database = MemoryCatalogProvider::new();
    database.register_schema(SCHEMA, Arc::new(MemorySchemaProvider::new()))?;
    database.register_schema(Catalogue::SCHEMA, Arc::clone(catalogue) as _)?;
    database.register_schema(Information::SCHEMA, catalogue.information())?;
    let databases = MemoryCatalogProviderList::new();
    databases.register_catalog(DATABASE.to_owned(), Arc::new(database));
    let databases: Arc<dyn CatalogProviderList> = Arc::new(databases);
    let state = SessionStateBuilder::new_from_existing(base.clone()).with_catalog_list(Arc::clone(&databases)).build();
    let context = SessionContext::new_with_state(state);
    let pinned = fazhi_warehouse::register(&context, folder).await?;
    catalogue.follow(databases);
    // What was dropped once stays known as such until it is back.
    let missing = earlier.map(|earlier| pinned.dropped_since(&earlier.pinned)).unwrap_or_default();
    let mut dropped: HashSet<&'static str> = missing.into_iter().map(fazhi_warehouse::Table::name).collect();
    dropped.extend(earlier.iter().flat_map(|earlier| &earlier.dropped).filter(|table| !pinned.has(table)));
    Ok(Snapshot { context, pinned, dropped })
}

/// What all snapshots share: settings, functions, the catalogue of PostgreSQL, and caches.
fn base() -> Result<(SessionState, Catalogue), ServeError> {
    let mut config = SessionConfig::new()
        .with_batch_size(batch::ROWS)
        // Ours takes its place.
        .with_information_schema(false)
        .with_default_catalog_and_schema(DATABASE, SCHEMA);
    let options = config.options_mut();
    // Clients want plain strings.
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    // `timestamptz` is a moment, in whatever zone it is shown.
    options.execution.time_zone = Some("UTC".to_owned());
    // Errors of planning tell where.
    options.sql_parser.collect_spans = true;
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(OWN_MEMORY))).build_arc()?;
    let state =
        SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features().build();
    let mut context = SessionContext::new_with_state(state);
    let catalogue = Catalogue::install(&context, DATABASE)?;
    functions::bound(&mut context)?;
    Ok((context.state(), catalogue))
}
