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
/// Bytes of the texts, columns and parameters of one user's statements.
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
        self.described_bytes() + self.bindings.as_ref().map_or(0, |bindings| bindings.bytes)
    }

    /// Without parameters.
    fn described_bytes(&self) -> usize {
        self.sql.len() + self.schema.fields().size()
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

    /// Keeps a statement under a handle. It takes the place of what the user has not used for longest, if he has too many:
    /// a client that was killed closes none, and must not keep others of the same user from their work.
    ///
    /// # Errors
    /// Fails when it is too large.
    pub fn open(&self, user: &Arc<str>, handle: Bytes, statement: Statement) -> Result<(), QueryError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.last_use.elapsed() < IDLE);
        make_room(&mut entries, user, self.per_user.saturating_sub(1), statement.bytes())?;
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

    /// Binds parameters for the executions that follow, in place of those that were bound before.
    ///
    /// # Errors
    /// Fails when there is no such statement, or when the parameters are too large.
    pub fn bind(&self, user: &Arc<str>, handle: &Bytes, bindings: Bindings) -> Result<(), QueryError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = match entries.remove_entry(handle) {
            Some((_, entry)) if entry.user == *user => entry,
            Some((handle, of_another)) => {
                entries.insert(handle, of_another);
                return Err(unknown());
            }
            None => return Err(unknown()),
        };
        let room = make_room(
            &mut entries,
            user,
            self.per_user.saturating_sub(1),
            entry.statement.described_bytes() + bindings.bytes,
        );
        if room.is_ok() {
            entry.statement.bindings = Some(Arc::new(bindings));
        }
        entry.last_use = Instant::now();
        entries.insert(handle.clone(), entry);
        room
    }

    /// Forgets a statement. One that is gone already is closed, too.
    pub fn close(&self, user: &Arc<str>, handle: &Bytes) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.get(handle).is_some_and(|entry| entry.user == *user) {
            entries.remove(handle);
        }
    }
}

/// Closes what a user has not used for longest, until he has so few that there is room for more bytes.
fn make_room(
    entries: &mut HashMap<Bytes, Entry>,
    user: &Arc<str>,
    at_most: usize,
    more: usize,
) -> Result<(), QueryError> {
    let Some(mut room) = BYTES.checked_sub(more) else {
        let message = format!("a prepared statement with its parameters would take more than {} MiB", BYTES >> 20);
        return Err(QueryError::new(Failure::TooLarge, message).hinted("bind fewer rows of parameters at once"));
    };
    let own = entries.iter().filter(|(_, entry)| entry.user == *user);
    let mut own: Vec<_> =
        own.map(|(handle, entry)| (entry.last_use, entry.statement.bytes(), handle.clone())).collect();
    own.sort_unstable_by_key(|(last_use, ..)| std::cmp::Reverse(*last_use));
    for (place, (_, bytes, handle)) in own.into_iter().enumerate() {
        match room.checked_sub(bytes) {
            Some(left) if place < at_most => room = left,
            _ => {
                entries.remove(&handle);
                // Nothing older stays either: what was used last is what is kept.
                room = 0;
            }
        }
    }
    Ok(())
}

fn unknown() -> QueryError {
    QueryError::new(Failure::Invalid, "there is no such prepared statement; it was closed, or not used for too long")
        .hinted("prepare it again; of too many statements of a user (`prepared-statements` in `[serve.limits]`), the oldest go")
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};

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
    fn what_a_user_used_last_stays() {
        let statements = Statements::new(2);
        let (lin, wang): (Arc<str>, Arc<str>) = ("lin".into(), "wang".into());
        let handle = |handle: &'static str| Bytes::from_static(handle.as_bytes());
        let bindings = |bytes| Bindings { rows: Vec::new(), bytes };
        statements.open(&wang, handle("0"), statement()).unwrap();
        for name in ["1", "2"] {
            statements.open(&lin, handle(name), statement()).unwrap();
        }
        statements.get(&lin, &handle("1")).unwrap();
        statements.open(&lin, handle("3"), statement()).unwrap();
        assert!(statements.get(&lin, &handle("2")).is_err());
        statements.get(&lin, &handle("1")).unwrap();
        statements.get(&wang, &handle("0")).unwrap();

        statements.bind(&lin, &handle("1"), bindings(BYTES / 2)).unwrap();
        statements.bind(&lin, &handle("1"), bindings(BYTES / 2 + 1)).unwrap();
        statements.get(&lin, &handle("3")).unwrap();
        statements.bind(&lin, &handle("3"), bindings(BYTES / 2)).unwrap();
        assert!(statements.get(&lin, &handle("1")).is_err(), "both do not fit");
        let error = statements.bind(&lin, &handle("3"), bindings(BYTES)).unwrap_err();
        assert_eq!(error.failure, Failure::TooLarge);
        assert_eq!(statements.get(&lin, &handle("3")).unwrap().bindings.unwrap().bytes, BYTES / 2);
        assert!(statements.bind(&wang, &handle("3"), bindings(1)).is_err());
        statements.get(&lin, &handle("3")).unwrap();
    }

    #[test]
    fn columns_count_as_what_they_take() {
        let fields: Vec<_> = (0..30_000).map(|n| Field::new(format!("c{n}"), DataType::Int64, true)).collect();
        let wide = Statement { schema: Arc::new(Schema::new(fields)), ..statement() };
        assert!(wide.bytes() > 30_000 * size_of::<Field>(), "{}", wide.bytes());
    }
}
