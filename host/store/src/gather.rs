//! Window, chunks and buckets as one series.

use std::collections::BTreeMap;

use autobot_model::{BucketParts, ReadError, ReadLimit, SeriesBuckets, SeriesId, SeriesSamples, TimeRange, Timestamp};

use crate::catalog::{Catalog, GroupId, Selected};
use crate::read::{Column, Readers, in_order};
use crate::rollup::{self, Line};
use crate::window::HotWindow;

/// Samples of chunks that are in memory at once: of a month, a group is read some series at a time.
const AT_ONCE: usize = 4 << 20;

/// Where the samples of a store are.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) window: &'a HotWindow,
    pub(crate) readers: &'a Readers,
}

impl Sources<'_> {
    /// Hands over every selected series with its samples within `range`.
    pub(crate) fn samples(
        &self,
        selected: &Selected,
        range: TimeRange,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesSamples),
    ) -> Result<(), ReadError> {
        if selected.is_empty() || range.end < range.start {
            return Ok(());
        }
        // The window first: a fold between the two reads moves samples from the window to chunks. Read in the other order,
        // they would be in neither; in this one they may be in both, and are taken once.
        let mut hot: BTreeMap<SeriesId, SeriesSamples> =
            self.window.collect(selected, range, limit)?.into_iter().map(|series| (series.id, series)).collect();
        let mut used = Used { limit, samples: 0, series: 0 };
        for (group, ids) in self.catalog.grouped(selected) {
            each_part(self.readers, group, &ids, range, |part| {
                for (id, column) in part.iter().zip(self.readers.samples(group, part, range)?) {
                    let (times, values) = joined(column, hot.remove(id));
                    let Some(key) = selected.get(id).filter(|_| !times.is_empty()) else { continue };
                    used.note(times.len())?;
                    each(SeriesSamples { id: *id, key: key.clone(), times, values });
                }
                Ok(())
            })?;
        }
        for series in hot.into_values() {
            used.note(series.times.len())?;
            each(series);
        }
        Ok(())
    }

    /// Hands over every selected series with its buckets that end after `range.start`, up to `range.end`.
    pub(crate) fn buckets(
        &self,
        selected: &Selected,
        range: TimeRange,
        parts: BucketParts,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesBuckets),
    ) -> Result<(), ReadError> {
        let mut used = Used { limit, samples: 0, series: 0 };
        let mut hand_over = |id: SeriesId, line: Line| -> Result<(), ReadError> {
            let Some(key) = selected.get(&id).filter(|_| !line.is_empty()) else { return Ok(()) };
            used.note(line.len())?;
            let (ends, buckets) = line.into_iter().unzip();
            each(SeriesBuckets { id, key: key.clone(), ends, buckets });
            Ok(())
        };
        let mut loose: Selected = selected.clone();
        for (group, ids) in self.catalog.grouped(selected) {
            let own: Selected = ids.iter().filter_map(|id| loose.remove_entry(id)).collect();
            let (rolled, mut lines) = rolled(self.readers, group, &ids, range, parts)?;
            // What is not rolled up is made to buckets here.
            let rest = TimeRange { start: Timestamp(rolled.0.saturating_add(1)), end: range.end };
            let mut recent: BTreeMap<SeriesId, Line> = BTreeMap::new();
            self.samples(&own, rest, limit, &mut |series| {
                recent.insert(series.id, rollup::buckets(&series.times, &series.values));
            })?;
            for (id, line) in ids.iter().zip(&mut lines) {
                line.extend(recent.remove(id).unwrap_or_default());
                hand_over(*id, std::mem::take(line))?;
            }
        }
        // Series of which nothing is in a chunk yet.
        let range = TimeRange { start: Timestamp(range.start.0.saturating_add(1)), end: range.end };
        let mut recent = Vec::new();
        self.samples(&loose, range, limit, &mut |series| {
            recent.push((series.id, rollup::buckets(&series.times, &series.values)));
        })?;
        recent.into_iter().try_for_each(|(id, line)| hand_over(id, line))
    }
}

/// The buckets of the database within `range`, and up to where they go.
fn rolled(
    readers: &Readers,
    group: GroupId,
    ids: &[SeriesId],
    range: TimeRange,
    parts: BucketParts,
) -> Result<(Timestamp, Vec<Line>), ReadError> {
    let until = readers.rolled(group)?.unwrap_or(Timestamp::MIN).min(range.end);
    if until > range.start
        && let Some(lines) = readers.buckets(group, ids, TimeRange { start: range.start, end: until }, parts)?
    {
        return Ok((until, lines));
    }
    Ok((range.start, vec![Line::new(); ids.len()]))
}

/// Some series of a group at a time, so that not too much is in memory at once.
fn each_part(
    readers: &Readers,
    group: GroupId,
    ids: &[SeriesId],
    range: TimeRange,
    mut with: impl FnMut(&[SeriesId]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let rows = if ids.len() > 1 { readers.count(group, range)? } else { 1 };
    ids.chunks((AT_ONCE / rows.max(1)).max(1)).try_for_each(&mut with)
}

/// Old samples and new ones as one series.
fn joined((mut times, mut values): Column, newer: Option<SeriesSamples>) -> Column {
    let Some(newer) = newer else { return (times, values) };
    let Some(first) = newer.times.first() else { return (times, values) };
    // Only what both have is put in order, which is little: the window's length.
    let kept = times.partition_point(|time| time < first);
    let mut both = (times.split_off(kept), values.split_off(kept));
    both.0.extend(newer.times);
    both.1.extend(newer.values);
    in_order(&mut both);
    times.append(&mut both.0);
    values.append(&mut both.1);
    (times, values)
}

/// What a read has handed over so far.
struct Used {
    limit: ReadLimit,
    samples: usize,
    series: usize,
}

impl Used {
    fn note(&mut self, samples: usize) -> Result<(), ReadError> {
        self.samples = self.samples.saturating_add(samples);
        self.series += 1;
        if self.samples > self.limit.samples {
            return Err(ReadError::TooMuch { what: "samples", limit: self.limit.samples });
        }
        if self.series > self.limit.series {
            return Err(ReadError::TooMuch { what: "series", limit: self.limit.series });
        }
        Ok(())
    }
}
