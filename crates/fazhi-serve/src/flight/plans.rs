//! Plans of the statements asked last: a client asks for the columns of a statement and then for its rows, and a dashboard asks
//! for the same again and again. Nothing depends on a plan being here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::{Caller, Engine, Prepared};
use crate::error::QueryError;

/// Plans that are kept.
const AT_MOST: usize = 64;
/// Bytes of a statement whose plan is kept: plans grow with their statements, to a thousand times the size.
const STATEMENT: usize = 8 << 10;

/// The plans asked for last, all over one snapshot.
#[derive(Debug, Default)]
pub struct Plans {
    kept: Mutex<VecDeque<Prepared>>,
}

impl Plans {
    /// Plans a statement over the newest snapshot, or finds that this was done.
    ///
    /// # Errors
    /// As [`Engine::prepare_text`].
    pub async fn plan(&self, engine: &Arc<Engine>, caller: &Caller, sql: &str) -> Result<Prepared, QueryError> {
        let snapshot = engine.snapshot().await?;
        let found = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            // Those over an older snapshot would keep it in memory.
            kept.retain(|plan| plan.is_over(&snapshot));
            kept.iter().find(|plan| plan.sql().as_ref() == sql).cloned()
        };
        if let Some(plan) = found {
            return Ok(plan);
        }
        let plan = engine.prepare_text(caller, sql).await?;
        if sql.len() <= STATEMENT {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= AT_MOST {
                kept.pop_front();
            }
            kept.push_back(plan.clone());
        }
        Ok(plan)
    }
}
