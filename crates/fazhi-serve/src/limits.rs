//! What one client may take, so that others get their share. Every limit is on by default.

use std::time::Duration;

/// Limits of a server. Memory and spill are of one query: at most `queries` run at once, so that the server holds no more than
/// `queries * query_memory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Queries that run at once; others wait.
    pub queries: usize,
    /// Queries of one user that run at once.
    pub queries_per_user: usize,
    /// Queries that may wait; one more is refused.
    pub queue: usize,
    /// How long a query may wait for its turn.
    pub queue_wait: Duration,
    /// Bytes that the operators of one query may hold before they spill to disk.
    pub query_memory: usize,
    /// Bytes that one query may spill to disk.
    pub query_spill: u64,
    /// Rows that one query may return.
    pub rows: u64,
    /// How long one query may take, from its start to the last row that the client reads.
    pub time: Duration,
    /// Bytes of the text of one statement.
    pub statement_bytes: usize,
    /// Connections at once.
    pub connections: usize,
    /// Connections of one user at once; and of one address over which nobody has logged in yet.
    pub connections_per_user: usize,
    /// How long a client may take to log in.
    pub login_time: Duration,
    /// Prepared statements that one connection may hold; over Flight SQL, that one user may hold.
    pub prepared_statements: usize,
}

impl Limits {
    /// Limits for a machine with so many cores and no other tenant of note.
    pub fn for_cores(cores: usize) -> Self {
        let queries = (2 * cores).max(4);
        Self {
            queries,
            queries_per_user: queries.div_ceil(2),
            queue: 1_000,
            queue_wait: Duration::from_secs(30),
            query_memory: 256 << 20,
            query_spill: 4 << 30,
            rows: 10_000_000,
            time: Duration::from_mins(5),
            statement_bytes: 256 << 10,
            connections: 256,
            connections_per_user: 128,
            login_time: Duration::from_secs(15),
            prepared_statements: 1_000,
        }
    }
}

impl Limits {
    /// The same for a server whose clients are all one user: there is nobody to keep a share for.
    #[must_use]
    pub fn of_one_user(self) -> Self {
        Self { queries_per_user: self.queries, connections_per_user: self.connections, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::for_cores(cores())
    }
}

/// The cores of this machine, as far as it tells.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}
