//! Reading column groups, and joining them with the window.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use autobot_model::{ReadError, ReadLimit, SeriesId, SeriesKey, SeriesSamples, TimeRange, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use crate::group::Group;

/// One connection that only reads.
#[derive(Debug)]
pub(crate) struct GroupReader(Mutex<Connection>);

impl GroupReader {
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.execute_batch("PRAGMA cache_size=-1024")?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Samples of the selected series within `range`, by series.
    pub(crate) fn read(
        &self,
        selected: &BTreeMap<SeriesId, Arc<SeriesKey>>,
        range: TimeRange,
        limit: ReadLimit,
    ) -> Result<BTreeMap<SeriesId, SeriesSamples>, ReadError> {
        let storage = |error: rusqlite::Error| ReadError::Storage(error.to_string());
        let connection = self.0.lock();
        // Times stand before the data in a row: pruning reads no data. Keys grow with time.
        let mut statement = connection
            .prepare_cached("SELECT data FROM chunk WHERE k <= ?1 AND first_ms <= ?2 AND last_ms >= ?3 ORDER BY k")
            .map_err(storage)?;
        let highest = (range.end.0.clamp(0, i64::MAX >> 17) / 1000) << 16 | 0xffff;
        let mut rows = statement.query((highest, range.end.0, range.start.0)).map_err(storage)?;
        let mut found: BTreeMap<SeriesId, SeriesSamples> = BTreeMap::new();
        let mut count = 0;
        while let Some(row) = rows.next().map_err(storage)? {
            let data =
                row.get_ref(0).map_err(storage)?.as_blob().map_err(|error| ReadError::Storage(error.to_string()))?;
            let group = Group::decode(data, &|id| selected.contains_key(&id))
                .map_err(|error| ReadError::Storage(error.to_string()))?;
            let (from, to) = (
                group.times.partition_point(|time| *time < range.start),
                group.times.partition_point(|time| *time <= range.end),
            );
            for (id, column) in group.columns {
                let Some(key) = selected.get(&id) else { continue };
                let samples = found.entry(id).or_insert_with(|| SeriesSamples {
                    id,
                    key: key.clone(),
                    times: Vec::new(),
                    values: Vec::new(),
                });
                for (time, value) in group.times[from..to].iter().zip(&column[from..to]) {
                    if let Some(value) = value.filter(|_| samples.times.last().is_none_or(|last| last < time)) {
                        samples.times.push(*time);
                        samples.values.push(value);
                        count += 1;
                    }
                }
            }
            if count > limit.samples {
                return Err(ReadError::TooMuch { what: "samples", limit: limit.samples });
            }
        }
        Ok(found)
    }

    /// The newest time of any group.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let connection = self.0.lock();
        let newest: Option<i64> = connection.query_row("SELECT max(last_ms) FROM chunk", [], |row| row.get(0)).ok()?;
        newest.map(Timestamp)
    }
}

/// Old samples and new ones as one series: where both have a moment, the window is right.
pub(crate) fn join(
    mut old: BTreeMap<SeriesId, SeriesSamples>,
    new: Vec<SeriesSamples>,
    limit: ReadLimit,
) -> Result<Vec<SeriesSamples>, ReadError> {
    for newer in new {
        match old.get_mut(&newer.id) {
            None => drop(old.insert(newer.id, newer)),
            Some(older) => {
                let first = newer.times.first().copied().unwrap_or(Timestamp::MAX);
                let kept = older.times.partition_point(|time| *time < first);
                older.times.truncate(kept);
                older.values.truncate(kept);
                older.times.extend(newer.times);
                older.values.extend(newer.values);
            }
        }
    }
    let count: usize = old.values().map(|series| series.times.len()).sum();
    if count > limit.samples {
        return Err(ReadError::TooMuch { what: "samples", limit: limit.samples });
    }
    if old.len() > limit.series {
        return Err(ReadError::TooMuch { what: "series", limit: limit.series });
    }
    Ok(old.into_values().filter(|series| !series.times.is_empty()).collect())
}
