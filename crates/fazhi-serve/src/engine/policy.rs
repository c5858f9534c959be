//! What may run: statements that read, over relations of the warehouse. Decided on the parsed statement and again on its plan,
//! never on its text.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Explain, LogicalPlan};
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectNamePart, Query, Select, SetExpr, Statement, TableFactor, Visit, Visitor,
};

use crate::engine::grouping;
use crate::engine::snapshot::Snapshot;
use crate::error::{Failure, QueryError};

/// The error of a text with more than one query.
pub fn stacked() -> QueryError {
    QueryError::new(Failure::Syntax, "cannot run more than one query at a time").hinted("send each query on its own")
}

/// Whether a plan reads no table or view of the warehouse. Views stand in plans as the tables that they read.
pub fn reads_catalogues_alone(plan: &LogicalPlan) -> bool {
    let mut alone = true;
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            alone &= matches!(scan.table_name.schema(), Some("pg_catalog" | "information_schema"));
        }
        Ok(if alone { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    alone && walked.is_ok()
}

/// Refuses a statement that is not one of those that only read.
pub fn check_statement(statement: &Statement, sql: &str) -> Result<(), QueryError> {
    if !reads(statement) {
        return Err(read_only(&kind(statement)));
    }
    match statement.visit(&mut Reading::default()) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refused) => Err(refused.error(sql)),
    }
}

fn reads(statement: &Statement) -> bool {
    match statement {
        Statement::Explain { statement, .. } => matches!(statement.as_ref(), Statement::Query(_)),
        Statement::Query(_)
        | Statement::ExplainTable { .. }
        | Statement::ShowTables { .. }
        | Statement::ShowViews { .. }
        | Statement::ShowColumns { .. } => true,
        _ => false,
    }
}

/// The first words of a statement, for messages.
fn kind(statement: &Statement) -> String {
    let text = statement.to_string();
    let words: Vec<&str> =
        text.split_whitespace().take_while(|word| word.chars().all(|c| c.is_ascii_alphabetic())).take(2).collect();
    words.join(" ").to_ascii_uppercase()
}

fn read_only(what: &str) -> QueryError {
    QueryError::new(Failure::ReadOnly, format!("cannot execute {what} in a read-only transaction"))
        .hinted("this server only reads; `fazhi load` is what writes to the warehouse")
}

/// Relations that one statement may use, with those of a `WITH` query counted wherever that is used: the planner puts it there
/// each time, and twice in each of thirty is a thousand million times. The columns of a join are those of all its relations, at
/// each of its steps.
const MAX_RELATIONS: usize = 300;
/// Nodes of a plan, to which views add more than their names tell.
const MAX_NODES: usize = 5_000;

/// Words that PostgreSQL takes for no name unless they are quoted (its manual, appendix C), and that follow relations.
const NO_NAMES: [&str; 14] = [
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "fetch",
    "on",
    "using",
    "union",
    "except",
    "intersect",
    "window",
    "select",
];

/// Why a part of a statement is refused.
enum Refused {
    /// It writes.
    Writes(String),
    /// There are too many relations.
    Relations,
    /// It groups by too many sets.
    Grouping,
    /// A word of the language stands where a relation should: the parser takes it for a name.
    Misplaced(Ident),
}

impl Refused {
    fn error(self, sql: &str) -> QueryError {
        match self {
            Self::Writes(what) => read_only(&what),
            Self::Grouping => grouping::unbounded(),
            Self::Misplaced(word) => QueryError::misplaced(&word, sql),
            Self::Relations => {
                let message = format!("the statement uses more than the {MAX_RELATIONS} relations allowed");
                QueryError::new(Failure::TooLarge, message)
                    .hinted("join fewer tables at once; those of a WITH query count wherever it is used")
            }
        }
    }
}

/// Looks into every part of a statement for one that writes, and counts relations.
#[derive(Default)]
struct Reading {
    /// Relations of each query that is being looked at, from the outermost.
    counts: Vec<usize>,
    /// `WITH` queries that are still to be looked at, by where they stand in memory, with their names.
    named: HashMap<usize, String>,
    /// Relations of the `WITH` queries before, by name in lower case. Where a name is used twice, the larger one counts.
    known: HashMap<String, usize>,
}

impl Reading {
    fn add(&mut self, relations: usize) -> ControlFlow<Refused> {
        let Some(count) = self.counts.last_mut() else { return ControlFlow::Continue(()) };
        *count = count.saturating_add(relations);
        if *count > MAX_RELATIONS { ControlFlow::Break(Refused::Relations) } else { ControlFlow::Continue(()) }
    }
}

fn place(query: &Query) -> usize {
    std::ptr::from_ref(query).addr()
}

impl Visitor for Reading {
    type Break = Refused;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Refused> {
        if !query.locks.is_empty() {
            return ControlFlow::Break(Refused::Writes("SELECT FOR UPDATE".to_owned()));
        }
        self.counts.push(0);
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.named.insert(place(&cte.query), cte.alias.name.value.to_lowercase());
        }
        set_expression(&query.body)
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Refused> {
        if grouping::is_bounded(&select.group_by) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(Refused::Grouping)
        }
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Refused> {
        let count = self.counts.pop().unwrap_or(0);
        if let Some(name) = self.named.remove(&place(query)) {
            let known = self.known.entry(name).or_insert(0);
            *known = (*known).max(count);
            return ControlFlow::Continue(());
        }
        self.add(count)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Refused> {
        let name = unqualified(factor);
        let is_reserved = |word: &&Ident| {
            word.quote_style.is_none() && NO_NAMES.iter().any(|reserved| word.value.eq_ignore_ascii_case(reserved))
        };
        if let Some(word) = name.filter(is_reserved) {
            return ControlFlow::Break(Refused::Misplaced(word.clone()));
        }
        let known = name.and_then(|name| self.known.get(&name.value.to_lowercase()));
        let relations = known.map_or(1, |relations| relations + 1);
        self.add(relations)
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<Refused> {
        if reads(statement) { ControlFlow::Continue(()) } else { ControlFlow::Break(Refused::Writes(kind(statement))) }
    }
}

/// The name of a relation that is named by one word.
fn unqualified(factor: &TableFactor) -> Option<&Ident> {
    let TableFactor::Table { name, .. } = factor else { return None };
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(word)] => Some(word),
        _ => None,
    }
}

fn set_expression(body: &SetExpr) -> ControlFlow<Refused> {
    let what = match body {
        SetExpr::Select(select) if select.into.is_some() => "SELECT INTO",
        SetExpr::Insert(_) => "INSERT",
        SetExpr::Update(_) => "UPDATE",
        SetExpr::Delete(_) => "DELETE",
        SetExpr::Merge(_) => "MERGE",
        SetExpr::SetOperation { left, right, .. } => {
            set_expression(left)?;
            return set_expression(right);
        }
        _ => return ControlFlow::Continue(()),
    };
    ControlFlow::Break(Refused::Writes(what.to_owned()))
}

/// Refuses a plan that would write, that runs statements of the engine, or that reads a table which was dropped.
pub fn check_plan(plan: &LogicalPlan, snapshot: &Snapshot) -> Result<(), QueryError> {
    check_nodes(plan)?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(plan).map_err(|_| read_only("this statement"))?;
    let mut found = Ok(());
    let walked = plan.apply_with_subqueries(|node| {
        found = check_node(node, snapshot);
        Ok(if found.is_ok() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    found?;
    walked.map(|_| ()).map_err(|error| QueryError::from_engine(&error, ""))
}

/// Counts no further than what is allowed: everything after this looks at each node.
fn check_nodes(plan: &LogicalPlan) -> Result<(), QueryError> {
    let mut nodes = 0;
    let walked = plan.apply_with_subqueries(|_| {
        nodes += 1;
        Ok(if nodes > MAX_NODES { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(|error| QueryError::from_engine(&error, ""))?;
    if nodes > MAX_NODES {
        let message = format!("the plan of the statement has more than the {MAX_NODES} nodes allowed");
        return Err(QueryError::new(Failure::TooLarge, message)
            .hinted("a WITH query is planned wherever it is used: use each fewer times"));
    }
    Ok(())
}

fn check_node(node: &LogicalPlan, snapshot: &Snapshot) -> Result<(), QueryError> {
    match node {
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_) => {
            Err(read_only("this statement"))
        }
        LogicalPlan::Extension(_) => Err(read_only("a node of the engine's own")),
        LogicalPlan::Explain(Explain { plan, .. }) => check_plan(plan, snapshot),
        LogicalPlan::TableScan(scan) if snapshot.is_dropped(scan.table_name.table()) => {
            let message =
                format!("table \"{}\" was dropped from the warehouse while it was served", scan.table_name.table());
            Err(QueryError::new(Failure::Gone, message)
                .hinted("load the warehouse again; the next query then sees the table"))
        }
        _ => Ok(()),
    }
}
