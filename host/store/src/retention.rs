//! What is too old or too much goes: whole groups, the oldest first.

use std::time::Duration;

use autobot_model::Timestamp;
use rusqlite::Connection;

/// Groups that one step deletes, and pages that it gives back: a step takes milliseconds.
const STEP: i64 = 64;
const PAGES: usize = 512;

/// Takes one step; says whether there is more to do.
pub(crate) fn step(
    connection: &Connection,
    now: Timestamp,
    retention: Duration,
    max_size: u64,
) -> rusqlite::Result<bool> {
    let oldest = now - retention;
    let old = "DELETE FROM chunk WHERE k IN (SELECT k FROM chunk WHERE last_ms < ?1 ORDER BY k LIMIT ?2)";
    let mut deleted = connection.prepare_cached(old)?.execute((oldest.0, STEP))?;
    if deleted == 0 && used(connection)? > max_size {
        let any = "DELETE FROM chunk WHERE k IN (SELECT k FROM chunk ORDER BY k LIMIT ?1)";
        deleted = connection.prepare_cached(any)?.execute([STEP])?;
    }
    if deleted > 0 {
        // Each row of the answer is a page that was given back.
        let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(deleted > 0)
}

/// Bytes of the pages that hold something.
fn used(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let bytes = (number("page_count")? - number("freelist_count")?) * number("page_size")?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
