//! Buckets of a quarter of an hour, from which long windows are answered without their samples.
//!
//! A row of the database holds the buckets of a group of series over one day, as a chunk (chunk/mod.rs) whose times are the buckets'
//! ends and whose columns are the fields of the buckets: key = series << 4 | field. Fields that say the same as another
//! (a counter's least value is its first) cost nothing there, and what a counter's values are together is left out, since nobody asks for
//! it. Whoever does still has it from the samples.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use autobot_model::{Bucket, BucketParts, SeriesId, Timestamp, is_stale};

use crate::chunk::{Chunk, Damaged, Follows, Rows, Unwritable, Writer};
use crate::codec::{EXPONENTS, exponent, mantissa, value as decimal};

/// How long a bucket is.
pub(crate) const WIDTH: Duration = Duration::from_secs(900);
const WIDTH_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;

/// Buckets of one series, by their ends, in the order of time.
pub(crate) type Line = Vec<(Timestamp, Bucket)>;

const COUNT: u64 = 0;
const LAST: u64 = 1;
const FIRST: u64 = 2;
const MIN: u64 = 3;
const MAX: u64 = 4;
const SUM: u64 = 5;
const DROPPED: u64 = 6;
/// Milliseconds from the first sample to the bucket's end.
const BEGUN: u64 = 7;
/// Milliseconds from the last sample to the bucket's end.
const RESTED: u64 = 8;
const ENDED: u64 = 9;
const FIELDS: u64 = 10;

/// The end of the bucket that `time` belongs to.
pub(crate) fn end_of(time: Timestamp) -> Timestamp {
    let end = time.align(WIDTH);
    if end == time { end } else { end + WIDTH }
}

/// The last end of a bucket that is not after `time`.
pub(crate) fn last_end(time: Timestamp) -> Timestamp {
    time.align(WIDTH)
}

/// The day whose row holds the bucket that ends at `end`: the first bucket of a day ends a quarter of an hour after midnight.
pub(crate) fn day_of(end: Timestamp) -> i64 {
    end.0.saturating_sub(1).div_euclid(DAY_MS)
}

/// The end of the last bucket of a day.
pub(crate) fn day_end(day: i64) -> Timestamp {
    Timestamp(day.saturating_add(1).saturating_mul(DAY_MS))
}

/// Samples in the order of time to buckets.
pub(crate) fn buckets(times: &[Timestamp], values: &[f64]) -> Line {
    let mut line = Line::new();
    let (mut sum, mut dropped) = (Sum::default(), Sum::default());
    for (time, value) in times.iter().copied().zip(values.iter().copied()) {
        let end = end_of(time);
        if is_stale(value) {
            if let Some((_, bucket)) = line.last_mut().filter(|(open, _)| *open == end) {
                bucket.ended = true;
            }
            continue;
        }
        match line.last_mut().filter(|(open, _)| *open == end) {
            Some((_, bucket)) => {
                bucket.count = bucket.count.saturating_add(1);
                if value < bucket.last.1 {
                    dropped.add(bucket.last.1);
                }
                if value < bucket.min || bucket.min.is_nan() {
                    bucket.min = value;
                }
                if value > bucket.max || bucket.max.is_nan() {
                    bucket.max = value;
                }
                bucket.last = (time, value);
                bucket.ended = false;
            }
            None => {
                settle(&mut line, &mut sum, &mut dropped);
                let sample = (time, value);
                let (count, sum, dropped, ended) = (1, 0.0, 0.0, false);
                let bucket = Bucket { count, first: sample, last: sample, min: value, max: value, sum, dropped, ended };
                line.push((end, bucket));
            }
        }
        sum.add(value);
    }
    settle(&mut line, &mut sum, &mut dropped);
    line
}

fn settle(line: &mut Line, sum: &mut Sum, dropped: &mut Sum) {
    if let Some((_, bucket)) = line.last_mut() {
        bucket.sum = std::mem::take(sum).total();
        bucket.dropped = std::mem::take(dropped).total();
    }
}

/// Values together. Of decimals, the sum is that of the decimals, rounded once: it needs few digits, and bytes. Of others, it is
/// compensated (Neumaier 1974).
#[derive(Debug)]
struct Sum {
    total: f64,
    lost: f64,
    decimal: Option<(i64, u8)>,
}

impl Default for Sum {
    fn default() -> Self {
        Self { total: 0.0, lost: 0.0, decimal: Some((0, 0)) }
    }
}

impl Sum {
    fn add(&mut self, value: f64) {
        let total = self.total + value;
        self.lost +=
            if self.total.abs() >= value.abs() { (self.total - total) + value } else { (value - total) + self.total };
        self.total = total;
        self.decimal = self.decimal.and_then(|(sum, digits)| {
            let own = if mantissa(value, digits).is_some() { digits } else { exponent(value)? };
            let grown = sum.checked_mul(10_i64.checked_pow(u32::from(own.checked_sub(digits)?))?)?;
            let sum = grown.checked_add(mantissa(value, own)?)?;
            (own < EXPONENTS && sum.unsigned_abs() < 1 << 53).then_some((sum, own))
        });
    }

    fn total(self) -> f64 {
        match self.decimal {
            Some((sum, digits)) => decimal(sum, digits),
            None if self.total.is_finite() => self.total + self.lost,
            None => self.total,
        }
    }
}

/// A counter begins anew at most so often in a day; what falls more often is a gauge.
const SELDOM: usize = 4;

/// What is worth keeping of a day of a series.
fn worth(line: &Line) -> BucketParts {
    let buckets = || line.iter().map(|(_, bucket)| bucket);
    let same = |value: f64| line.first().is_some_and(|(_, first)| first.first.1.to_bits() == value.to_bits());
    if buckets().all(|bucket| same(bucket.min) && same(bucket.max)) {
        return BucketParts::ALL;
    }
    let within = buckets().filter(|bucket| bucket.dropped != 0.0).count();
    let between = line.windows(2).filter(|pair| pair[1].1.first.1 < pair[0].1.last.1).count();
    if within + between <= SELDOM { BucketParts::ALL.without(BucketParts::SUM) } else { BucketParts::ALL }
}

/// The part that a field belongs to; `None` for those that are always there.
fn part(field: u64) -> Option<BucketParts> {
    match field {
        FIRST | BEGUN => Some(BucketParts::FIRST),
        LAST | RESTED => Some(BucketParts::LAST),
        MIN => Some(BucketParts::MIN),
        MAX => Some(BucketParts::MAX),
        SUM => Some(BucketParts::SUM),
        DROPPED => Some(BucketParts::DROPPED),
        _ => None,
    }
}

/// A day of a series, and what its buckets hold.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) line: Line,
    pub(crate) parts: BucketParts,
}

impl Default for Day {
    fn default() -> Self {
        Self { line: Line::new(), parts: BucketParts::ALL }
    }
}

/// Buckets of a group to a row.
pub(crate) fn write(days: &BTreeMap<SeriesId, Day>) -> Result<Vec<u8>, Unwritable> {
    let ends: BTreeSet<Timestamp> = days.values().flat_map(|day| &day.line).map(|(end, _)| *end).collect();
    let ends: Vec<Timestamp> = ends.into_iter().collect();
    let mut writer = Writer::new(&ends);
    let mut values = Vec::with_capacity(ends.len());
    for (id, Day { line, parts }) in days {
        let mut rows = Rows::default();
        for (end, _) in line {
            rows.push(ends.partition_point(|other| other < end) as u32);
        }
        let worth = worth(line);
        let kept = |field: &u64| part(*field).is_none_or(|part| parts.has(part) && worth.has(part));
        for field in (0..FIELDS).filter(kept) {
            values.clear();
            values.extend(line.iter().map(|(end, bucket)| match field {
                COUNT => f64::from(bucket.count),
                FIRST => bucket.first.1,
                LAST => bucket.last.1,
                MIN => bucket.min,
                MAX => bucket.max,
                SUM => bucket.sum,
                DROPPED => bucket.dropped,
                BEGUN => (end.0 - bucket.first.0.0) as f64,
                RESTED => (end.0 - bucket.last.0.0) as f64,
                _ => f64::from(u8::from(bucket.ended)),
            }));
            let key = u64::from(id.0) << 4;
            let follows = |behind| Follows { key: key | LAST, behind };
            match field {
                LAST => writer.leading(key | field, &rows, &values)?,
                // What a bucket begins with is near what the one before ended with.
                FIRST => writer.following(key | field, &rows, &values, follows(true))?,
                MIN | MAX => writer.following(key | field, &rows, &values, follows(false))?,
                _ => writer.column(key | field, &rows, &values)?,
            }
        }
    }
    writer.finish()
}

/// The series that a row has buckets of.
pub(crate) fn series(row: &Chunk<'_>) -> BTreeSet<SeriesId> {
    row.keys().filter_map(|key| u32::try_from(key >> 4).ok().map(SeriesId)).collect()
}

/// All that a row has of one series in buckets that end up to `until`.
pub(crate) fn day(row: &Chunk<'_>, id: SeriesId, until: Timestamp) -> Result<Day, Damaged> {
    let parts = (0..FIELDS).filter(|field| row.has(key(id, *field))).filter_map(part);
    let parts = parts.fold(BucketParts::NONE, BucketParts::and);
    let line = read(row, id, Timestamp::MIN, until, parts)?.unwrap_or_default();
    Ok(Day { line, parts })
}

fn key(id: SeriesId, field: u64) -> u64 {
    u64::from(id.0) << 4 | field
}

/// One series' buckets in a row that end after `after`, up to `until`; `None` where the row does not hold all `parts` of them. What is not
/// among these says nothing.
pub(crate) fn read(
    row: &Chunk<'_>,
    id: SeriesId,
    after: Timestamp,
    until: Timestamp,
    parts: BucketParts,
) -> Result<Option<Line>, Damaged> {
    let field = |field: u64| row.column(key(id, field));
    let Some((rows, counts)) = field(COUNT)? else { return Ok(Some(Line::new())) };
    let wanted = |field: u64| part(field).is_none_or(|part| parts.has(part));
    if (0..FIELDS).any(|field| wanted(field) && !row.has(key(id, field))) {
        return Ok(None);
    }
    let column = |number: u64| match wanted(number).then(|| field(number)).transpose()?.flatten() {
        Some((_, values)) if values.len() == counts.len() => Ok(Some(values)),
        Some(_) => Err(Damaged),
        None => Ok(None),
    };
    let (first, last, min, max) = (column(FIRST)?, column(LAST)?, column(MIN)?, column(MAX)?);
    let (sum, dropped) = (column(SUM)?, column(DROPPED)?);
    let (begun, rested, ended) = (column(BEGUN)?, column(RESTED)?, column(ENDED)?);
    let mut line = Line::with_capacity(counts.len());
    for (at, row_number) in rows.iter().enumerate() {
        let end = *row.times.get(row_number).ok_or(Damaged)?;
        if end <= after || end > until {
            continue;
        }
        let of = |column: &Option<Vec<f64>>| column.as_ref().map_or(f64::NAN, |values| values[at]);
        let sample = |back, value| (Timestamp(end.0.saturating_sub(of(back) as i64)), of(value));
        let bucket = Bucket {
            count: counts[at] as u32,
            first: sample(&begun, &first),
            last: sample(&rested, &last),
            min: of(&min),
            max: of(&max),
            sum: of(&sum),
            dropped: of(&dropped),
            ended: of(&ended) == 1.0,
        };
        line.push((end, bucket));
    }
    Ok(Some(line))
}

/// How far a row must be looked at: within a day's row there are at most so many buckets.
pub(crate) const BUCKETS_A_DAY: usize = (DAY_MS / WIDTH_MS) as usize;

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_model::STALE;
    use proptest::prelude::*;

    #[test]
    fn a_bucket_is_open_on_its_left_and_says_what_its_samples_say() {
        let at = |minute: f64| Timestamp((minute * 60_000.0) as i64);
        let times = [15.0, 15.5, 20.0, 30.0, 30.5, 31.0].map(at);
        let line = buckets(&times, &[9.0, 4.0, f64::NAN, 6.0, 2.0, STALE]);
        assert_eq!(line.iter().map(|(end, _)| *end).collect::<Vec<_>>(), [at(15.0), at(30.0), at(45.0)]);
        let (middle, end) = (line[1].1, line[2].1);
        assert_eq!((middle.count, middle.first, middle.last), (3, (at(15.5), 4.0), (at(30.0), 6.0)));
        assert_eq!((middle.min, middle.max, middle.dropped, middle.ended), (4.0, 6.0, 0.0, false));
        assert!(middle.sum.is_nan());
        assert_eq!((end.count, end.sum, end.ended), (1, 2.0, true));
    }

    #[test]
    fn days_begin_behind_midnight() {
        assert_eq!((day_of(Timestamp(DAY_MS)), day_of(Timestamp(DAY_MS + 1)), day_end(0)), (0, 1, Timestamp(DAY_MS)));
    }

    /// What one part of a bucket says.
    fn shown(end: Timestamp, bucket: &Bucket, part: BucketParts) -> String {
        let Bucket { count, first, last, min, max, sum, dropped, ended } = bucket;
        let own: &dyn std::fmt::Debug = match part {
            BucketParts::FIRST => first,
            BucketParts::LAST => last,
            BucketParts::MIN => min,
            BucketParts::MAX => max,
            BucketParts::SUM => sum,
            _ => dropped,
        };
        format!("{end} {count} {own:?} {ended}\n")
    }

    fn sample() -> impl Strategy<Value = (i64, f64)> {
        let value = prop_oneof![
            6 => (0_i64..500).prop_map(|tenths| tenths as f64 / 10.0),
            1 => prop::sample::select(vec![STALE, f64::NAN, f64::INFINITY, -0.0]),
            1 => any::<f64>(),
        ];
        (1_i64..600_000, value)
    }

    proptest! {
        #[test]
        fn a_row_reads_back_bit_for_bit(series in prop::collection::btree_map(0_u32..1 << 28, prop::collection::vec(sample(), 1..60), 1..6)) {
            let lines: BTreeMap<SeriesId, Line> = series.into_iter().map(|(id, samples)| {
                let mut time = 1_790_000_000_000;
                let (times, values): (Vec<_>, Vec<_>) = samples.into_iter().map(|(step, value)| { time += step; (Timestamp(time), value) }).unzip();
                (SeriesId(id), buckets(&times, &values))
            }).collect();
            let days = lines.iter().map(|(id, line)| (*id, Day { line: line.clone(), ..Day::default() })).collect();
            let data = write(&days).unwrap();
            let row = Chunk::parse(&data).unwrap();
            for (id, line) in &lines {
                for part in (0..FIELDS).filter_map(part) {
                    let back = read(&row, *id, Timestamp::MIN, Timestamp::MAX, part).unwrap();
                    prop_assert_eq!(back.is_some(), worth(line).has(part));
                    let shown = |line: &Line| line.iter().map(|(end, bucket)| shown(*end, bucket, part)).collect::<String>();
                    prop_assert_eq!(shown(&back.unwrap_or_else(|| line.clone())), shown(line));
                }
            }
        }
    }
}
