//! Where the samples of a statement come from: one moment of the store's file, read by a connection that no statement of a user reaches.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use autobot_model::{Batch, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, ffi, params_from_iter};

use super::watch::Watch;
use crate::read::{Column, in_order};
use crate::{open, tail};

/// The connection, and what is known of the moment that it is at.
#[derive(Debug)]
pub(super) struct Source {
    connection: Mutex<Connection>,
    moment: Mutex<Moment>,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
struct Moment {
    /// Chunks of later folds are in the tail as well.
    folded: i64,
    /// Decoded when it is first asked for.
    tail: Option<Arc<Tail>>,
    damaged: BTreeSet<i64>,
}

/// Samples of the hot tail, by series.
pub(super) type Tail = HashMap<i64, Column>;

/// A series as a row shows it.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) id: i64,
    pub(super) name: String,
    /// As JSON.
    pub(super) labels: String,
}

/// Series of one group; those of which nothing is in a chunk yet have none.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) number: Option<i64>,
    pub(super) series: Vec<Arc<Series>>,
}

/// A chunk without its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// `None`: the tail.
    pub(super) key: Option<i64>,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) rows: usize,
}

impl Source {
    pub(super) fn new(connection: Connection, watch: Arc<Watch>) -> Self {
        Self { connection: Mutex::new(connection), moment: Mutex::default(), watch }
    }

    /// From here on all is read as it is now.
    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        let connection = self.connection.lock();
        connection.execute_batch("BEGIN")?;
        match open::meta(&connection, "fold") {
            Ok(folded) => {
                *self.moment.lock() = Moment { folded: folded.unwrap_or(0), ..Moment::default() };
                Ok(())
            }
            Err(error) => {
                drop(connection.execute_batch("ROLLBACK"));
                Err(error)
            }
        }
    }

    /// Lets go of the moment, and of what was decoded of it.
    pub(super) fn end(&self) {
        if let Err(error) = self.connection.lock().execute_batch("ROLLBACK") {
            tracing::debug!(%error, "a transaction that only read had ended by itself");
        }
        self.moment.lock().tail = None;
    }

    pub(super) fn damaged(&self) -> usize {
        self.moment.lock().damaged.len()
    }

    pub(super) fn note_damage(&self, key: i64) {
        self.moment.lock().damaged.insert(key);
    }

    /// An error where the statement must end.
    pub(super) fn go_on(&self) -> rusqlite::Result<()> {
        match self.watch.over() {
            None => Ok(()),
            Some(why) => {
                let interrupted = ffi::Error::new(ffi::SQLITE_INTERRUPT);
                Err(rusqlite::Error::SqliteFailure(interrupted, Some(why.to_string())))
            }
        }
    }

    /// The series of that name and number, by group.
    pub(super) fn groups(&self, name: Option<&str>, number: Option<i64>) -> rusqlite::Result<Vec<Group>> {
        let mut sql = "SELECT grp, id, name, labels FROM series".to_owned();
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        if let Some(number) = number {
            sql.push_str(" WHERE id = ?1");
            values.push(number.into());
        }
        if let Some(name) = name {
            sql.push_str(if values.is_empty() { " WHERE name = ?1" } else { " AND name = ?2" });
            values.push(name.to_owned().into());
        }
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut groups: BTreeMap<Option<i64>, Group> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let number: Option<i64> = row.get(0)?;
            let group = groups.entry(number).or_insert_with(|| Group { number, series: Vec::new() });
            group.series.push(Arc::new(Series { id: row.get(1)?, name: row.get(2)?, labels: row.get(3)? }));
        }
        Ok(groups.into_values().collect())
    }

    /// Chunks of a group that may hold something of a range, by their last moment.
    pub(super) fn spans(&self, group: i64, first: Timestamp, last: Timestamp) -> rusqlite::Result<Vec<Span>> {
        let folded = self.moment.lock().folded;
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached(
            "SELECT k, first_ms, last_ms, rows FROM chunk
             WHERE grp = ?1 AND last_ms >= ?2 AND first_ms <= ?3 AND k >> 20 <= ?4 ORDER BY last_ms",
        )?;
        let span = |row: &rusqlite::Row<'_>| {
            let rows = usize::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
            Ok(Span { key: Some(row.get(0)?), first: Timestamp(row.get(1)?), last: Timestamp(row.get(2)?), rows })
        };
        statement.query_map((group, first.0, last.0, folded), span)?.collect()
    }

    /// Works with the bytes of a chunk.
    pub(super) fn chunk<T>(&self, key: i64, work: impl FnOnce(&[u8]) -> T) -> rusqlite::Result<T> {
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached("SELECT data FROM chunk WHERE k = ?1")?;
        statement.query_row([key], |row| Ok(work(row.get_ref(0)?.as_blob()?)))
    }

    /// What is in no chunk yet.
    pub(super) fn tail(&self) -> rusqlite::Result<Arc<Tail>> {
        if let Some(tail) = &self.moment.lock().tail {
            return Ok(tail.clone());
        }
        let slots: Vec<Vec<u8>> = {
            let connection = self.connection.lock();
            let mut slots = connection.prepare_cached("SELECT data FROM hot")?;
            slots.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let tail = Arc::new(by_series(tail::replay(slots).batches));
        self.moment.lock().tail = Some(tail.clone());
        Ok(tail)
    }
}

/// As the window has it: of two instances that measure one series, the first by name counts at a moment.
fn by_series(batches: Vec<Batch>) -> Tail {
    let mut instances: BTreeMap<Arc<str>, Vec<Batch>> = BTreeMap::new();
    for batch in batches {
        instances.entry(batch.instance.clone()).or_default().push(batch);
    }
    let mut tail = Tail::new();
    for batch in instances.values().flatten() {
        for (id, value) in batch.iter() {
            let (times, values) = tail.entry(i64::from(id.0)).or_default();
            times.push(batch.time);
            values.push(value);
        }
    }
    tail.values_mut().for_each(in_order);
    tail
}
