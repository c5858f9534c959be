//! Prepared statements: the text, the columns as they were described, and the parameters bound last. They are planned at every
//! execution, so that each sees the newest tables.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use bytes::Bytes;

use crate::error::{Failure, QueryError};
use crate::flight::parameters::Bindings;

/// A statement that nobody used for so long is closed.
const IDLE: Duration = Duration::from_hours(1);
/// Bytes of the texts and parameters of one user's statements.
const BYTES: usize = 64 << 20;

/// A prepared statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its text.
    pub sql: Arc<str>,
    /// The columns, as described when it was prepared.
    pub schema: SchemaRef,
    /// The parameters bound last, if ever.
    pub bindings: Option<Arc<Bindings>>,
}

impl Statement {
    fn bytes(&self) -> usize {
        self.sql.len() + self.bindings.as_ref().map_or(0, |bindings| bindings.bytes)
    }
}

#[derive(Debug)]
struct Entry {
    user: Arc<str>,
    statement: Statement,
    last_use: Instant,
}

/// The prepared statements of all users, by handle. A handle is good for its user alone.
#[derive(Debug)]
pub struct Statements {
    entries: Mutex<HashMap<Bytes, Entry>>,
    per_user: usize,
}

impl Statements {
    /// None yet, and at most so many of one user.
    pub fn new(per_user: usize) -> Self {
        Self { entries: Mutex::default(), per_user }
    }

    /// Keeps a statement under a handle.
    ///
    /// # Errors
    /// Fails when the user has too many.
    pub fn open(&self, user: &Arc<str>, handle: Bytes, statement: Statement) -> Result<(), QueryError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.last_use.elapsed() < IDLE);
        let count = entries.values().filter(|entry| entry.user == *user).count();
        if count >= self.per_user {
            let message = format!("too many prepared statements: {count} of user \"{user}\" are open");
            let hint = "close statements and cursors, or raise `prepared-statements` in `[serve.limits]`";
            return Err(QueryError::new(Failure::TooMany, message).hinted(hint));
        }
        check_bytes(&entries, user, statement.bytes())?;
        entries.insert(handle, Entry { user: Arc::clone(user), statement, last_use: Instant::now() });
        Ok(())
    }

    /// A statement of a user.
    ///
    /// # Errors
    /// Fails when there is none under this handle.
    pub fn get(&self, user: &Arc<str>, handle: &Bytes) -> Result<Statement, QueryError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get_mut(handle).filter(|entry| entry.user == *user).ok_or_else(unknown)?;
        entry.last_use = Instant::now();
        Ok(entry.statement.clone())
    }

    /// Binds parameters for the executions that follow.
    ///
    /// # Errors
    /// Fails when there is no such statement, or when all its user's parameters are too large.
    pub fn bind(&self, user: &Arc<str>, handle: &Bytes, bindings: Bindings) -> Result<(), QueryError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        check_bytes(&entries, user, bindings.bytes)?;
        let entry = entries.get_mut(handle).filter(|entry| entry.user == *user).ok_or_else(unknown)?;
        entry.statement.bindings = Some(Arc::new(bindings));
        entry.last_use = Instant::now();
        Ok(())
    }

    /// Forgets a statement. One that is gone already is closed, too.
    pub fn close(&self, user: &Arc<str>, handle: &Bytes) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.get(handle).is_some_and(|entry| entry.user == *user) {
            entries.remove(handle);
        }
    }
}

fn check_bytes(entries: &HashMap<Bytes, Entry>, user: &Arc<str>, more: usize) -> Result<(), QueryError> {
    let own = entries.values().filter(|entry| entry.user == *user);
    let bytes: usize = own.map(|entry| entry.statement.bytes()).sum();
    if bytes + more > BYTES {
        let message = format!("the prepared statements of user \"{user}\" would take more than {} MiB", BYTES >> 20);
        return Err(QueryError::new(Failure::TooLarge, message).hinted("close statements and cursors"));
    }
    Ok(())
}

fn unknown() -> QueryError {
    QueryError::new(Failure::Invalid, "there is no such prepared statement; it was closed, or not used for too long")
        .hinted("prepare it again")
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Schema;

    use super::*;

    fn statement() -> Statement {
        Statement { sql: "SELECT 1".into(), schema: Arc::new(Schema::empty()), bindings: None }
    }

    #[test]
    fn a_handle_is_good_for_its_user_until_it_is_closed() {
        let statements = Statements::new(2);
        let (lin, wang): (Arc<str>, Arc<str>) = ("lin".into(), "wang".into());
        let handle = Bytes::from_static(b"1");
        statements.open(&lin, handle.clone(), statement()).unwrap();
        assert_eq!(statements.get(&lin, &handle).unwrap().sql.as_ref(), "SELECT 1");
        assert!(statements.get(&wang, &handle).is_err());
        statements.close(&wang, &handle);
        statements.get(&lin, &handle).unwrap();
        statements.close(&lin, &handle);
        assert!(statements.get(&lin, &handle).is_err());
    }

    #[test]
    fn a_user_has_so_many_statements_and_so_many_bytes() {
        let statements = Statements::new(2);
        let (lin, wang): (Arc<str>, Arc<str>) = ("lin".into(), "wang".into());
        let large = || Bindings { rows: Vec::new(), bytes: BYTES / 2 };
        for handle in [&b"1"[..], b"2"] {
            statements.open(&lin, Bytes::from_static(handle), statement()).unwrap();
        }
        let error = statements.open(&lin, Bytes::from_static(b"3"), statement()).unwrap_err();
        assert_eq!(error.failure, Failure::TooMany);
        statements.open(&wang, Bytes::from_static(b"3"), statement()).unwrap();
        statements.bind(&lin, &Bytes::from_static(b"1"), large()).unwrap();
        let error = statements.bind(&lin, &Bytes::from_static(b"2"), large()).unwrap_err();
        assert_eq!(error.failure, Failure::TooLarge);
    }
}
