//! How many rows of a result are made at a time.

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan};

/// Rows of a batch. Texts of reports are tens of kilobytes each, so that a batch of them stays tens of megabytes.
pub const ROWS: usize = 2048;
/// Bytes that the copies of a constant may take in one batch.
const CONSTANT_BYTES: usize = 64 << 20;

/// A session that makes as many rows at a time as suits the plan.
pub fn fitted(state: SessionState, plan: &LogicalPlan) -> SessionState {
    let rows = rows(plan);
    if rows == ROWS {
        return state;
    }
    let config = state.config().clone().with_batch_size(rows);
    SessionStateBuilder::new_from_existing(state).with_config(config).build()
}

/// A constant that is a column is copied into every row of a batch: the longer it is, the fewer rows.
fn rows(plan: &LogicalPlan) -> usize {
    let mut widest = 1;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::Literal(value, _) = part {
                    widest = widest.max(value.size());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    // Looking fails for no plan; what was seen until then counts in any case.
    let _ = walked;
    (CONSTANT_BYTES / widest).clamp(1, ROWS)
}
