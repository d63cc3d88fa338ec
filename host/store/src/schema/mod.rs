//! The tables, and how older ones become them.

mod first;
mod second;

use rusqlite::{Connection, Transaction};

/// Steps from one version of the schema to the next; only ever appended to.
const MIGRATIONS: [fn(&Transaction<'_>) -> rusqlite::Result<()>; 2] = [
    |transaction| {
        transaction.execute_batch(
            "
            -- Name and labels of each series; the family says what its values are.
            CREATE TABLE series(id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL);
            CREATE TABLE family(name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
            -- The hot tail: a ring of rows of one page each, overwritten in place (tail.rs).
            CREATE TABLE hot(slot INTEGER PRIMARY KEY, data BLOB NOT NULL);
            CREATE TABLE chunk(k INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, data BLOB NOT NULL);
            ",
        )
    },
    second::migrate,
];

/// The version that this program writes.
pub(crate) const VERSION: i64 = MIGRATIONS.len() as i64;

/// A page is the unit of the hot tail; 2 KiB halves the write-ahead log's cost of a commit against 4 KiB.
pub(crate) const PAGE: usize = 2048;

/// Settings of every connection that writes. The page size and the vacuum mode count only before the first table. The
/// log is moved into the database by the keeper, not by whoever happens to commit.
pub(crate) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(&format!(
        "PRAGMA page_size={PAGE};
         PRAGMA auto_vacuum=INCREMENTAL;
         PRAGMA journal_mode=WAL;
         PRAGMA synchronous=NORMAL;
         PRAGMA wal_autocheckpoint=0;
         PRAGMA journal_size_limit=4194304;
         PRAGMA temp_store=MEMORY;
         PRAGMA cache_size=-1024;"
    ))
}

pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the tables to [`VERSION`], all steps in one transaction.
pub(crate) fn migrate(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let from = usize::try_from(version(transaction)?).unwrap_or(0);
    for step in MIGRATIONS.iter().skip(from) {
        step(transaction)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)
}
