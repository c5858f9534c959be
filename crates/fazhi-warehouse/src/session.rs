//! Sessions of the engine: one for ad-hoc SQL, one for plans that carry payloads.

use std::sync::Arc;

use datafusion::execution::context::SessionContext;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionConfig;
use deltalake::delta_datafusion::planner::DeltaPlanner;

use crate::error::WarehouseError;

/// Memory that the operators of one session may hold before they spill to disk.
const MEMORY_LIMIT: usize = 2 << 30;

/// What flows through a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Rows of the tables.
    Rows,
    /// Staged documents with their nested facts, and what becomes of them.
    Documents,
    /// Bodies of pages. Exchanges and filters gather rows up to the batch size, so it is kept small.
    Payloads,
}

/// A session with bounded memory.
///
/// # Errors
/// Fails when no folder for spilled data can be made.
pub fn session(workload: Workload) -> Result<SessionContext, WarehouseError> {
    let batch_size = match workload {
        Workload::Rows => 8192,
        Workload::Documents => 256,
        Workload::Payloads => 16,
    };
    let mut config = SessionConfig::new().with_batch_size(batch_size).with_information_schema(true);
    // Clients and Delta's writer want plain strings; views of strings would be cast back and forth.
    config.options_mut().execution.parquet.schema_force_view_types = false;
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(MEMORY_LIMIT))).build_arc()?;
    // Delta's writes and merges plan nodes of their own.
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_query_planner(DeltaPlanner::new())
        .build();
    Ok(SessionContext::new_with_state(state))
}
