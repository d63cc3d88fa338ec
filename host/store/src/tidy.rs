//! Tidying: many small chunks of a group become one, and what is in chunks goes into buckets too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use autobot_model::{ReadError, SeriesId, TimeRange, Timestamp};

use crate::catalog::GroupId;
use crate::chunk::{Chunk, Rows, Unwritable, Writer};
use crate::desk::{Desk, Product};
use crate::fold::{ROWS, Row};
use crate::read::{Readers, in_order, place, roll_key};
use crate::rollup::{self, BUCKETS_A_DAY, Day};

/// Chunks of a group below 1,000 rows that are merged at once; fewer are merged when they have so many rows together.
const SMALL: usize = 16;
const SMALL_ROWS: usize = 1_400;
/// Buckets of a group are made when its chunks hold so many rows that are not in any, an hour at one second: fewer are read as fast as
/// they are, and each time the day's row is written anew.
const NEW_ROWS: i64 = 3_600;

/// Does what there is to do, once for each group; says whether there was anything. A group that cannot be read does not keep the others from
/// it, and is an error once nothing else is left to do.
pub(crate) fn round(readers: &Readers, desk: &Desk) -> Result<bool, ReadError> {
    let (mut did, mut failed) = (false, None);
    for (group, keys) in mergeable(readers)? {
        if desk.must_hurry() {
            return Ok(true);
        }
        match merged(readers, group, &keys) {
            Ok(Some((keys, row))) => did |= desk.make(Product::Merged { keys, row }),
            Ok(None) => {}
            Err(error) => failed = Some(error),
        }
    }
    for (group, from, to) in unrolled(readers)? {
        if desk.must_hurry() {
            return Ok(true);
        }
        match roll(readers, group, from, to) {
            Ok((key, data, until)) => did |= desk.make(Product::Rolled { group, key, data, until }),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if !did => Err(error),
        _ => Ok(did),
    }
}

fn storage(error: &Unwritable) -> ReadError {
    ReadError::Storage(error.to_string())
}

/// Small chunks of a group, one behind the other: keys and rows.
#[derive(Default)]
struct Run {
    chunks: VecDeque<(i64, usize)>,
    last: i64,
}

impl Run {
    fn rows(&self) -> usize {
        self.chunks.iter().map(|(_, rows)| rows).sum()
    }

    fn is_worth_it(&self) -> bool {
        self.chunks.len() > 1 && (self.rows() >= SMALL_ROWS || self.chunks.len() >= SMALL)
    }

    fn has_room(&self, rows: usize) -> bool {
        self.rows() + rows <= ROWS && self.chunks.len() < SMALL
    }
}

/// Groups with small chunks that are worth one larger, and the keys of these. Only neighbours become one: what spans a chunk that stays would
/// have to be sorted by every reader.
fn mergeable(readers: &Readers) -> Result<Vec<(GroupId, Vec<i64>)>, ReadError> {
    readers.with(|connection| {
        let mut small = connection.prepare_cached(
            // Not those of a fold under way: one that does not end leaves nothing behind.
            "SELECT grp, k, rows, last_ms FROM chunk INDEXED BY chunk_small
             WHERE rows < 1000 AND k < (SELECT coalesce(max(value), 0) + 1 << 20 FROM meta WHERE name = 'fold')
             ORDER BY grp, last_ms",
        )?;
        let mut between = connection.prepare_cached(
            "SELECT 1 FROM chunk INDEXED BY chunk_place WHERE grp = ?1 AND last_ms > ?2 AND last_ms < ?3 LIMIT 1",
        )?;
        let mut rows = small.query([])?;
        let mut groups: BTreeMap<GroupId, Run> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (group, key, last): (u32, i64, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let rows = usize::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
            let run = groups.entry(GroupId(group)).or_default();
            let neighbours = run.chunks.is_empty() || !between.exists((group, run.last, last))?;
            if run.is_worth_it() && !(neighbours && run.has_room(rows)) {
                continue;
            }
            if !neighbours {
                run.chunks.clear();
            }
            while !run.has_room(rows) && run.chunks.pop_front().is_some() {}
            run.chunks.push_back((key, rows));
            run.last = last;
        }
        let keys = |run: Run| run.chunks.into_iter().map(|(key, _)| key).collect();
        Ok(groups.into_iter().filter(|(_, run)| run.is_worth_it()).map(|(group, run)| (group, keys(run))).collect())
    })
}

/// The chunks of these keys as one; those that are damaged stay as they are.
fn merged(readers: &Readers, group: GroupId, keys: &[i64]) -> Result<Option<(Vec<i64>, Row)>, ReadError> {
    let mut merged = Vec::new();
    let mut columns: BTreeMap<SeriesId, (Vec<Timestamp>, Vec<f64>)> = BTreeMap::new();
    readers.with(|connection| {
        let mut one = connection.prepare_cached("SELECT k, first_ms, last_ms, data FROM chunk WHERE k = ?1")?;
        for key in keys {
            let mut rows = one.query([key])?;
            let Some(row) = rows.next()? else { continue };
            let at = place(row)?;
            if gather(row.get_ref(3)?.as_blob()?, &mut columns).is_some() {
                merged.push(*key);
            } else {
                readers.lost(at);
            }
        }
        Ok(())
    })?;
    if merged.len() < 2 {
        return Ok(None);
    }
    columns.values_mut().for_each(in_order);
    let times: BTreeSet<Timestamp> = columns.values().flat_map(|(times, _)| times).copied().collect();
    let times: Vec<Timestamp> = times.into_iter().collect();
    let mut writer = Writer::new(&times);
    for (id, (own, values)) in &columns {
        let mut rows = Rows::default();
        let mut at = 0;
        for time in own {
            at += times[at..].partition_point(|other| other < time);
            rows.push(at as u32);
        }
        writer.column(u64::from(id.0), &rows, values).map_err(|error| storage(&error))?;
    }
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    let ids = columns.into_keys().collect();
    let data = writer.finish().map_err(|error| storage(&error))?;
    Ok(Some((merged, Row { group, first, last, rows: times.len(), data, ids })))
}

fn gather(data: &[u8], columns: &mut BTreeMap<SeriesId, (Vec<Timestamp>, Vec<f64>)>) -> Option<()> {
    let chunk = Chunk::parse(data).ok()?;
    let all = 0..chunk.times.len();
    for key in chunk.keys().collect::<Vec<_>>() {
        let (times, values) = columns.entry(SeriesId(u32::try_from(key).ok()?)).or_default();
        chunk.append(key, &all, times, values).ok()?;
    }
    Some(())
}

/// Groups whose chunks hold buckets that are not rolled up: from where, and to where in one step.
fn unrolled(readers: &Readers) -> Result<Vec<(GroupId, Timestamp, Timestamp)>, ReadError> {
    let groups: Vec<(GroupId, Option<i64>, i64)> = readers.with(|connection| {
        // Both ends of each group by the index alone.
        let mut groups = connection.prepare_cached(
            "SELECT c.grp, g.rolled_ms, c.newest
             FROM (SELECT grp, max(last_ms) AS newest FROM chunk
                   WHERE k < (SELECT coalesce(max(value), 0) + 1 << 20 FROM meta WHERE name = 'fold') GROUP BY grp) c
             LEFT JOIN grp g ON g.id = c.grp",
        )?;
        let rows = groups.query_map([], |row| Ok((GroupId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
        rows.collect()
    })?;
    let mut found = Vec::new();
    for (group, rolled, newest) in groups {
        let newest = rollup::last_end(Timestamp(newest));
        let from = match rolled {
            Some(rolled) => Timestamp(rolled),
            None => match oldest(readers, group)? {
                Some(first) => rollup::last_end(Timestamp(first.0.saturating_sub(1))),
                None => continue,
            },
        };
        if newest <= from || rows_after(readers, group, from)? < NEW_ROWS {
            continue;
        }
        // One day at a time: a month that was never rolled up must not be in memory at once.
        let day = rollup::day_end(rollup::day_of(Timestamp(from.0.saturating_add(1))));
        found.push((group, from, newest.min(day)));
    }
    Ok(found)
}

/// Rows of a group's chunks that end after a moment.
fn rows_after(readers: &Readers, group: GroupId, moment: Timestamp) -> Result<i64, ReadError> {
    readers.with(|connection| {
        let mut rows =
            connection.prepare_cached("SELECT coalesce(sum(rows), 0) FROM chunk WHERE grp = ?1 AND last_ms > ?2")?;
        rows.query_row((group.0, moment.0), |row| row.get(0))
    })
}

/// The first moment of a group's chunks, if any is left.
fn oldest(readers: &Readers, group: GroupId) -> Result<Option<Timestamp>, ReadError> {
    readers.with(|connection| {
        let mut first = connection.prepare_cached("SELECT min(first_ms) FROM chunk WHERE grp = ?1")?;
        first.query_row([group.0], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp)))
    })
}

/// The row of buckets of the day after `from`, with what is in chunks up to `to`.
fn roll(
    readers: &Readers,
    group: GroupId,
    from: Timestamp,
    to: Timestamp,
) -> Result<(i64, Vec<u8>, Timestamp), ReadError> {
    let key = roll_key(rollup::day_of(to), group);
    let mut days: BTreeMap<SeriesId, Day> = BTreeMap::new();
    readers.with(|connection| {
        let mut known = connection.prepare_cached("SELECT data FROM rollup WHERE k = ?1")?;
        let mut rows = known.query([key])?;
        if let Some(row) = rows.next()?
            && let Ok(row) = Chunk::parse(row.get_ref(0)?.as_blob()?)
        {
            for id in rollup::series(&row) {
                days.insert(id, rollup::day(&row, id, from).unwrap_or_default());
            }
        }
        Ok(())
    })?;
    let range = TimeRange { start: Timestamp(from.0.saturating_add(1)), end: to };
    let mut ids = BTreeSet::new();
    readers.chunks(group, range, |_, data| {
        // A damaged chunk is noted when its samples are read.
        if let Ok(chunk) = Chunk::parse(data) {
            ids.extend(chunk.keys().filter_map(|key| u32::try_from(key).ok().map(SeriesId)));
        }
    })?;
    let ids: Vec<SeriesId> = ids.into_iter().collect();
    for (id, (times, values)) in ids.iter().zip(readers.samples(group, &ids, range)?) {
        let day = days.entry(*id).or_default();
        day.line.reserve(BUCKETS_A_DAY);
        day.line.extend(rollup::buckets(&times, &values));
    }
    days.retain(|_, day| !day.line.is_empty());
    let data = rollup::write(&days).map_err(|error| storage(&error))?;
    Ok((key, data, to))
}
