//! Reading chunks and buckets, beside the writer: each read is of one moment of the database.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use autobot_model::{BucketParts, ReadError, SeriesId, TimeRange, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use crate::catalog::GroupId;
use crate::chunk::{Chunk, Damaged};
use crate::rollup::{self, Line};

/// Connections kept for later; more are opened while they are needed.
const KEPT: usize = 4;
/// Damaged chunks that are remembered.
const MOST_LOSSES: usize = 1_000;

/// Times and values of one series.
pub(crate) type Column = (Vec<Timestamp>, Vec<f64>);

/// Connections that only read.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    losses: Mutex<BTreeMap<i64, TimeRange>>,
}

/// What a chunk is and when, without its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) key: i64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let readers = Self { path: path.to_owned(), idle: Mutex::default(), losses: Mutex::default() };
        let first = readers.connect()?;
        readers.idle.lock().push(first);
        Ok(readers)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.execute_batch("PRAGMA cache_size=-512")?;
        Ok(connection)
    }

    /// Works with a connection, which is kept for the next one.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, ReadError> {
        let storage = |error: rusqlite::Error| ReadError::Storage(error.to_string());
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().map_err(storage)?,
        };
        let result = work(&connection).map_err(storage);
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        result
    }

    /// Samples that chunks hold of some series of a group, by the order of `ids`; those of a damaged chunk are missing, and noted.
    pub(crate) fn samples(&self, group: GroupId, ids: &[SeriesId], range: TimeRange) -> Result<Vec<Column>, ReadError> {
        let mut columns: Vec<Column> = vec![Column::default(); ids.len()];
        self.chunks(group, range, |place, data| {
            let read = |columns: &mut Vec<Column>| -> Result<(), Damaged> {
                let chunk = Chunk::parse(data)?;
                let rows: Range<usize> = chunk.rows_within(range.start, range.end);
                for (id, (times, values)) in ids.iter().zip(columns) {
                    chunk.append(u64::from(id.0), &rows, times, values)?;
                }
                Ok(())
            };
            if read(&mut columns).is_err() {
                self.lost(place);
            }
        })?;
        columns.iter_mut().for_each(in_order);
        Ok(columns)
    }

    /// The chunks of a group that may hold something of a range, the oldest first.
    pub(crate) fn chunks(
        &self,
        group: GroupId,
        range: TimeRange,
        mut each: impl FnMut(Place, &[u8]),
    ) -> Result<(), ReadError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT k, first_ms, last_ms, data FROM chunk WHERE grp = ?1 AND last_ms >= ?2 AND first_ms <= ?3 ORDER BY last_ms",
            )?;
            let mut rows = statement.query((group.0, range.start.0, range.end.0))?;
            while let Some(row) = rows.next()? {
                each(place(row)?, row.get_ref(3)?.as_blob()?);
            }
            Ok(())
        })
    }

    /// Rows of the chunks of a group that may hold something of a range: about so many samples has each of its series.
    pub(crate) fn count(&self, group: GroupId, range: TimeRange) -> Result<usize, ReadError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT coalesce(sum(rows), 0) FROM chunk WHERE grp = ?1 AND last_ms >= ?2 AND first_ms <= ?3",
            )?;
            statement.query_row((group.0, range.start.0, range.end.0), |row| row.get::<_, i64>(0))
        })
        .map(|count| usize::try_from(count).unwrap_or(0))
    }

    /// Up to where a group is in buckets.
    pub(crate) fn rolled(&self, group: GroupId) -> Result<Option<Timestamp>, ReadError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT rolled_ms FROM grp WHERE id = ?1")?;
            let mut rows = statement.query([group.0])?;
            rows.next()?.map(|row| Ok(Timestamp(row.get(0)?))).transpose()
        })
    }

    /// Buckets of some series of a group that end after `range.start`, up to `range.end`; what a day's row does not hold of them is made of
    /// samples. `None` where a row is damaged.
    pub(crate) fn buckets(
        &self,
        group: GroupId,
        ids: &[SeriesId],
        range: TimeRange,
        parts: BucketParts,
    ) -> Result<Option<Vec<Line>>, ReadError> {
        let mut lines: Vec<Line> = vec![Line::new(); ids.len()];
        for day in rollup::day_of(Timestamp(range.start.0.saturating_add(1)))..=rollup::day_of(range.end) {
            let mut lacking = Vec::new();
            let sound = self.with(|connection| {
                let mut statement = connection.prepare_cached("SELECT data FROM rollup WHERE k = ?1")?;
                let mut rows = statement.query([roll_key(day, group)])?;
                let Some(row) = rows.next()? else { return Ok(true) };
                let Ok(row) = Chunk::parse(row.get_ref(0)?.as_blob()?) else { return Ok(false) };
                for (at, (id, line)) in ids.iter().zip(&mut lines).enumerate() {
                    match rollup::read(&row, *id, range.start, range.end, parts) {
                        Ok(Some(found)) => line.extend(found),
                        Ok(None) => lacking.push(at),
                        Err(Damaged) => return Ok(false),
                    }
                }
                Ok(true)
            })?;
            if !sound {
                return Ok(None);
            }
            if !lacking.is_empty() {
                let start = rollup::day_end(day.saturating_sub(1)).max(range.start);
                let whole =
                    TimeRange { start: Timestamp(start.0.saturating_add(1)), end: rollup::day_end(day).min(range.end) };
                let own: Vec<SeriesId> = lacking.iter().filter_map(|at| ids.get(*at).copied()).collect();
                for (at, (times, values)) in lacking.into_iter().zip(self.samples(group, &own, whole)?) {
                    lines[at].extend(rollup::buckets(&times, &values));
                }
            }
        }
        Ok(Some(lines))
    }

    /// The newest time of any chunk.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let newest = self.with(|connection| {
            connection.query_row("SELECT max(last_ms) FROM chunk", [], |row| row.get::<_, Option<i64>>(0))
        });
        newest.ok()?.map(Timestamp)
    }

    /// Notes a chunk that cannot be read.
    pub(crate) fn lost(&self, place: Place) {
        let mut losses = self.losses.lock();
        if losses.len() < MOST_LOSSES
            && losses.insert(place.key, TimeRange { start: place.first, end: place.last }).is_none()
        {
            tracing::error!(
                chunk = place.key,
                from = place.first.0,
                to = place.last.0,
                "a chunk of the store is damaged; what it held is left out of every answer"
            );
        }
    }

    /// How many chunks were found damaged.
    pub(crate) fn damaged(&self) -> usize {
        self.losses.lock().len()
    }

    /// What damaged chunks of a time leave out of answers, as a sentence.
    pub(crate) fn losses(&self, range: TimeRange) -> Vec<String> {
        let losses = self.losses.lock();
        let within: Vec<&TimeRange> =
            losses.values().filter(|lost| lost.start <= range.end && lost.end >= range.start).collect();
        let first = within.iter().map(|lost| lost.start).min();
        let last = within.iter().map(|lost| lost.end).max();
        let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
        let count = within.len();
        vec![format!(
            "{count} chunk{} of the store between {} and {} s since 1970 cannot be read; what was in them is missing here (`autobot-host store check` says more)",
            if count == 1 { "" } else { "s" },
            first.seconds(),
            last.seconds()
        )]
    }
}

/// The key of the row that holds a group's buckets of a day.
pub(crate) fn roll_key(day: i64, group: GroupId) -> i64 {
    day << 32 | i64::from(group.0)
}

pub(crate) fn place(row: &rusqlite::Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place { key: row.get(0)?, first: Timestamp(row.get(1)?), last: Timestamp(row.get(2)?) })
}

/// Chunks overlap where two instances measured the same series, or something was brought in later: of a moment that two of
/// them have, the first one counts.
pub(crate) fn in_order((times, values): &mut Column) {
    if times.is_sorted_by(|a, b| a < b) {
        return;
    }
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|at| times[*at]);
    order.dedup_by_key(|at| times[*at]);
    (*times, *values) = order.iter().map(|at| (times[*at], values[*at])).unzip();
}
