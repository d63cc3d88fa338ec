//! From the first schema to the second: series stay in a group for good, chunks carry a checksum, long windows have buckets.

use std::collections::BTreeMap;

use autobot_model::SeriesId;
use rusqlite::Transaction;

use super::first::Group;
use crate::catalog::GROUP;
use crate::chunk::{Rows, Writer};

const TABLES: &str = "
    ALTER TABLE series ADD COLUMN grp INTEGER;
    -- The day since the epoch on which it was last known to have samples; retention forgets series by it.
    ALTER TABLE series ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE chunk RENAME TO chunk_1;
    -- Chunks (chunk/mod.rs) of a group of series: key = number of the fold << 20 | number within the fold. A rowid table on
    -- purpose: appends fill pages, and retention deletes a range.
    CREATE TABLE chunk(k INTEGER PRIMARY KEY, grp INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
                       rows INTEGER NOT NULL, data BLOB NOT NULL);
    CREATE INDEX chunk_place ON chunk(grp, last_ms, first_ms);
    CREATE INDEX chunk_age ON chunk(last_ms);
    -- Those that are worth merging.
    CREATE INDEX chunk_small ON chunk(grp, last_ms) WHERE rows < 1000;
    -- Buckets (rollup.rs) of a group and a day: key = day since the epoch << 32 | group.
    CREATE TABLE rollup(k INTEGER PRIMARY KEY, data BLOB NOT NULL);
    -- Up to where a group's chunks are in buckets.
    CREATE TABLE grp(id INTEGER PRIMARY KEY, rolled_ms INTEGER NOT NULL);
    -- `fold`: the last fold of which all chunks are there.
    CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

pub(super) fn migrate(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(TABLES)?;
    transaction.execute("UPDATE series SET grp = id / ?1", [GROUP as i64])?;
    let mut fold = 0;
    {
        let mut insert = transaction
            .prepare("INSERT INTO chunk(k, grp, first_ms, last_ms, rows, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        let mut see = transaction.prepare("UPDATE series SET seen = max(seen, ?2) WHERE id = ?1")?;
        let mut old = transaction.prepare("SELECT data FROM chunk_1 ORDER BY k")?;
        let mut rows = old.query([])?;
        while let Some(row) = rows.next()? {
            fold += 1;
            // What is damaged could not be read before either.
            let Some(group) = Group::decode(row.get_ref(0)?.as_blob()?) else { continue };
            let (Some(first), Some(last)) = (group.times.first(), group.times.last()) else { continue };
            let mut parts: BTreeMap<u32, Vec<(SeriesId, Rows, Vec<f64>)>> = BTreeMap::new();
            for column in group.columns {
                see.execute((column.0.0, last.0.div_euclid(86_400_000)))?;
                parts.entry(column.0.0 / GROUP as u32).or_default().push(column);
            }
            for (at, (grp, columns)) in parts.into_iter().enumerate() {
                let unwritable = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
                let mut writer = Writer::new(&group.times);
                for (id, rows, values) in &columns {
                    writer.column(u64::from(id.0), rows, values).map_err(unwritable)?;
                }
                let data = writer.finish().map_err(unwritable)?;
                let key = fold << 20 | at as i64;
                insert.execute((key, grp, first.0, last.0, group.times.len() as i64, data))?;
            }
        }
    }
    transaction.execute("INSERT INTO meta(name, value) VALUES ('fold', ?1)", [fold])?;
    transaction.execute_batch("DROP TABLE chunk_1")
}
