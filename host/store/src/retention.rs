//! What is too old or too much goes: whole chunks, the oldest first, with their buckets, and series of which nothing is left. In
//! steps of a few milliseconds, between which ticks are written.

use std::time::Duration;

use autobot_model::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::catalog::Catalog;
use crate::window::HotWindow;

/// Chunks that one step deletes.
const STEP: i64 = 16;
/// Series that one step forgets.
const SERIES: usize = 256;
/// Pages that one step gives back.
const PAGES: usize = 64;
/// Rows of the tail that are always kept: a megabyte.
const FEWEST_SLOTS: u32 = 512;
const DAY_MS: i64 = 86_400_000;

/// What is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) now: Timestamp,
    pub(crate) retention: Duration,
    pub(crate) max_size: u64,
    /// Rows of the tail.
    pub(crate) slots: u32,
}

/// Takes one step; says whether there is more to do.
pub(crate) fn step(
    connection: &Connection,
    catalog: &Catalog,
    window: &HotWindow,
    bounds: Bounds,
) -> rusqlite::Result<bool> {
    let oldest = bounds.now - bounds.retention;
    let old = "DELETE FROM chunk WHERE k IN (SELECT k FROM chunk WHERE last_ms < ?1 ORDER BY last_ms LIMIT ?2)";
    let mut deleted = connection.prepare_cached(old)?.execute((oldest.0, STEP))?;
    let (pages, free, size) = pages(connection)?;
    if deleted == 0 && pages.saturating_sub(free).saturating_mul(size) > bounds.max_size {
        let any = "DELETE FROM chunk WHERE k IN (SELECT k FROM chunk ORDER BY last_ms LIMIT ?1)";
        deleted = connection.prepare_cached(any)?.execute([STEP])?;
    }
    if deleted > 0 {
        return Ok(true);
    }
    // Buckets of days before the oldest sample that is left.
    let mut left = connection.prepare_cached("SELECT first_ms FROM chunk ORDER BY last_ms LIMIT 1")?;
    let left: Option<i64> = left.query_row([], |row| row.get(0)).optional()?;
    let day = left.unwrap_or(oldest.0).min(bounds.now.0).saturating_sub(1).div_euclid(DAY_MS);
    let rollups = "DELETE FROM rollup WHERE k IN (SELECT k FROM rollup WHERE k < ?1 LIMIT ?2)";
    if connection.prepare_cached(rollups)?.execute((day << 32, STEP))? > 0 {
        return Ok(true);
    }
    // A day more, because days are noted less often than samples are written.
    let mut unseen = catalog.unseen(day - 1, SERIES);
    let more = unseen.len() == SERIES;
    if !unseen.is_empty() {
        let hot = window.ids();
        unseen.retain(|id| !hot.contains(id));
    }
    if !unseen.is_empty() {
        let mut forget = connection.prepare_cached("DELETE FROM series WHERE id = ?1")?;
        for id in &unseen {
            forget.execute([id.0])?;
        }
        catalog.forget(&unseen);
        return Ok(more);
    }
    // Rows that the tail needed once, when more came than usual.
    let idle = "DELETE FROM hot WHERE slot IN (SELECT slot FROM hot WHERE slot > ?1 ORDER BY slot DESC LIMIT ?2)";
    if connection.prepare_cached(idle)?.execute((bounds.slots.max(FEWEST_SLOTS), PAGES as i64))? > 0 {
        return Ok(true);
    }
    // What was freed is used again; only what is far more than that is given back, because giving back moves pages.
    if free > 512 && free > pages / 8 {
        let mut statement = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        // Each row of the answer is a page that was given back.
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        return Ok(true);
    }
    Ok(false)
}

/// Pages of the file, those of them that hold nothing, and bytes of one.
fn pages(connection: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let number = |name: &str| Ok::<_, rusqlite::Error>(u64::try_from(number(name)?).unwrap_or(0));
    Ok((number("page_count")?, number("freelist_count")?, number("page_size")?))
}
