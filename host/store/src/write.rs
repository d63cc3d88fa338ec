//! The statements that write, each within somebody else's transaction.

use autobot_model::{SeriesId, Timestamp};
use rusqlite::Connection;

use crate::catalog::{Fresh, GroupId};
use crate::fold::Row;
use crate::tail::Slot;

/// The day since the epoch.
pub(crate) fn day(time: Timestamp) -> i64 {
    time.0.div_euclid(86_400_000)
}

pub(crate) fn fresh(connection: &Connection, fresh: &Fresh) -> rusqlite::Result<()> {
    let failed = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let mut family = connection.prepare_cached("INSERT OR REPLACE INTO family(name, document) VALUES (?1, ?2)")?;
    for one in &fresh.families {
        family.execute((&one.name, serde_json::to_string(&**one).map_err(failed)?))?;
    }
    let mut series = connection.prepare_cached(
        "INSERT INTO series(id, name, labels) VALUES (?1, ?2, ?3)
         ON CONFLICT(id) DO UPDATE SET name = excluded.name, labels = excluded.labels",
    )?;
    for (id, key) in &fresh.series {
        series.execute((id.0, &*key.name, serde_json::to_string(&key.labels).map_err(failed)?))?;
    }
    Ok(())
}

pub(crate) fn slots(connection: &Connection, slots: &[Slot]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO hot(slot, data) VALUES (?1, ?2) ON CONFLICT(slot) DO UPDATE SET data = excluded.data",
    )?;
    for slot in slots {
        statement.execute((slot.number, &slot.data))?;
    }
    Ok(())
}

pub(crate) fn meta(connection: &Connection, name: &str, value: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO meta(name, value) VALUES (?1, ?2)")?;
    statement.execute((name, value)).map(drop)
}

/// Series that were put into a group.
pub(crate) fn moved(connection: &Connection, group: GroupId, ids: &[SeriesId]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE series SET grp = ?2 WHERE id = ?1")?;
    for id in ids {
        statement.execute((id.0, group.0))?;
    }
    Ok(())
}

/// Series that had samples on a day.
pub(crate) fn seen(connection: &Connection, ids: &[SeriesId], day: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE series SET seen = ?2 WHERE id = ?1")?;
    for id in ids {
        statement.execute((id.0, day))?;
    }
    Ok(())
}

pub(crate) fn chunk(connection: &Connection, key: i64, row: &Row) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("INSERT INTO chunk(k, grp, first_ms, last_ms, rows, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    statement.execute((key, row.group.0, row.first.0, row.last.0, row.rows as i64, &row.data))?;
    // Samples from before what is in buckets already (another instance's, or brought in later): those buckets are made anew.
    let mut again = connection.prepare_cached("UPDATE grp SET rolled_ms = ?2 WHERE id = ?1 AND rolled_ms > ?2")?;
    let before = crate::rollup::last_end(Timestamp(row.first.0.saturating_sub(1)));
    again.execute((row.group.0, before.0)).map(drop)
}

/// Chunks of the fold of that number, and of any later one.
pub(crate) fn drop_unfolded(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM chunk WHERE k >= ?1")?.execute([number << 20]).map(drop)
}

/// One chunk in the place of several; says whether they were all still there.
pub(crate) fn merged(connection: &Connection, keys: &[i64], row: &Row) -> rusqlite::Result<bool> {
    let Some(first) = keys.iter().min() else { return Ok(false) };
    let mut there = connection.prepare_cached("SELECT 1 FROM chunk WHERE k = ?1")?;
    for key in keys {
        if !there.exists([key])? {
            return Ok(false);
        }
    }
    let mut delete = connection.prepare_cached("DELETE FROM chunk WHERE k = ?1")?;
    for key in keys {
        delete.execute([key])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO chunk(k, grp, first_ms, last_ms, rows, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    insert.execute((first, row.group.0, row.first.0, row.last.0, row.rows as i64, &row.data))?;
    Ok(true)
}

/// A day's buckets of a group.
pub(crate) fn rolled(
    connection: &Connection,
    group: GroupId,
    key: i64,
    data: &[u8],
    until: Timestamp,
) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT OR REPLACE INTO rollup(k, data) VALUES (?1, ?2)")?.execute((key, data))?;
    let mut to = connection.prepare_cached("INSERT OR REPLACE INTO grp(id, rolled_ms) VALUES (?1, ?2)")?;
    to.execute((group.0, until.0)).map(drop)
}
