//! The tables of the state file, version by version.

use std::time::Duration;

use rusqlite::Connection;

/// Each brings the file from the version before to its own. A version that was released is never edited.
const MIGRATIONS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The newest version.
pub(super) const VERSION: usize = MIGRATIONS.len();

const CACHE_KIB: i64 = 16 << 10;

pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // Another process may be looking inside.
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit lost to a power failure is found again in the archive, so no sync per commit is needed;
    // WAL with NORMAL cannot corrupt the file.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// Brings the file to the newest version; the inner error is the version of a file that is newer still.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Result<(), usize>> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(found).unwrap_or(0);
    if found > VERSION {
        return Ok(Err(found));
    }
    // Files from before versions were counted say 0 and have the tables of version 1, which creates what is missing.
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(VERSION).unwrap_or(i64::MAX))?;
    transaction.commit()?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_before_versions_is_brought_up_to_date() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        let insert = "INSERT INTO urls (pipeline, purpose, url, outcome, rule, fetched_at) VALUES ('p', 'page', 'u', 'new', 'r', 't')";
        connection.execute(insert, []).unwrap();
        connection.execute("INSERT INTO cycles (pipeline, run_id, started_at) VALUES ('p', 'r', 't')", []).unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), Ok(()));
        let kept: (String, Option<String>) =
            connection.query_row("SELECT url, parts FROM urls", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(kept, ("u".to_owned(), None));
        let kind: String = connection.query_row("SELECT kind FROM cycles", [], |row| row.get(0)).unwrap();
        assert_eq!(kind, "sweep");
        assert_eq!(migrate(&mut connection).unwrap(), Ok(()), "a second time changes nothing");
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), Err(99));
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
