//! Series in memory, for tests of whatever reads series.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::{
    Bucket, BucketParts, Family, Labels, Matcher, ReadError, ReadLimit, SeriesBuckets, SeriesId, SeriesKey,
    SeriesReader, SeriesSamples, TimeRange, Timestamp, is_stale,
};

use crate::{ExprKind, parse};

/// A reader of the series that were put into it.
#[derive(Debug, Default)]
pub struct MemoryReader {
    series: Vec<SeriesSamples>,
    /// What [`SeriesReader::families`] gives.
    pub families: Vec<Arc<Family>>,
    /// The width of the buckets that are made of the samples; none are without it.
    pub bucket_width: Option<Duration>,
}

impl MemoryReader {
    /// Adds a series, written as a selector with `=` only (`up{job="x"}`), with its samples by milliseconds.
    ///
    /// # Panics
    /// When `name` is no such selector: this is for tests.
    #[expect(clippy::panic, reason = "a test with a misspelt series must fail")]
    pub fn add(&mut self, name: &str, samples: impl IntoIterator<Item = (i64, f64)>) -> &mut Self {
        let Ok(ExprKind::Selector(selector)) = parse(name).map(|expr| expr.kind) else {
            panic!("`{name}` is no series")
        };
        let metric = selector.matchers.iter().find_map(Matcher::metric_name).unwrap_or_default();
        let labels = selector
            .matchers
            .iter()
            .filter(|matcher| matcher.label != "__name__")
            .map(|matcher| (&*matcher.label, &*matcher.value));
        let key = Arc::new(SeriesKey { name: metric.into(), labels: Labels::new(labels) });
        let (times, values) = samples.into_iter().map(|(time, value)| (Timestamp(time), value)).unzip();
        let id = SeriesId(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        self.series.push(SeriesSamples { id, key, times, values });
        self
    }
}

impl SeriesReader for MemoryReader {
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        let mut found = Vec::new();
        let mut left = limit.samples;
        for series in self.series.iter().filter(|series| matchers.iter().all(|matcher| matcher.selects(&series.key))) {
            let (from, to) = (
                series.times.partition_point(|time| *time < range.start),
                series.times.partition_point(|time| *time <= range.end),
            );
            if from >= to {
                continue;
            }
            left = left.checked_sub(to - from).ok_or(ReadError::TooMuch { what: "samples", limit: limit.samples })?;
            if found.len() >= limit.series {
                return Err(ReadError::TooMuch { what: "series", limit: limit.series });
            }
            let (times, values) = (series.times[from..to].to_vec(), series.values[from..to].to_vec());
            found.push(SeriesSamples { id: series.id, key: series.key.clone(), times, values });
        }
        Ok(found)
    }

    fn bucket_width(&self) -> Option<Duration> {
        self.bucket_width
    }

    fn visit_buckets(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        parts: BucketParts,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesBuckets),
    ) -> Result<(), ReadError> {
        let width = i64::try_from(self.bucket_width.unwrap_or_default().as_millis()).unwrap_or(i64::MAX).max(1);
        let mut left = limit.samples;
        for series in self.series.iter().filter(|series| matchers.iter().all(|matcher| matcher.selects(&series.key))) {
            let mut found =
                SeriesBuckets { id: series.id, key: series.key.clone(), ends: Vec::new(), buckets: Vec::new() };
            let inside = |time: &Timestamp| range.start < *time && *time <= range.end;
            for (time, value) in series.times.iter().zip(&series.values).filter(|(time, _)| inside(time)) {
                let end = Timestamp(time.0.saturating_sub(1).div_euclid(width).saturating_add(1).saturating_mul(width));
                match found.buckets.last_mut().filter(|_| found.ends.last() == Some(&end)) {
                    Some(bucket) => add(bucket, *time, *value),
                    None => {
                        found.ends.push(end);
                        let mut bucket = empty(*time);
                        add(&mut bucket, *time, *value);
                        found.buckets.push(bucket);
                    }
                }
            }
            found.buckets.iter_mut().for_each(|bucket| spoil(bucket, parts));
            if !found.ends.is_empty() {
                left = left
                    .checked_sub(found.ends.len())
                    .ok_or(ReadError::TooMuch { what: "samples", limit: limit.samples })?;
                each(found);
            }
        }
        Ok(())
    }

    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        Ok(self.read(matchers, range, ReadLimit::default())?.into_iter().map(|series| series.key).collect())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.families.clone()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.series.iter().filter_map(|series| series.times.last().copied()).max()
    }
}

/// A bucket without samples, which is kept only if the series ended in it.
fn empty(time: Timestamp) -> Bucket {
    let none = (time, f64::NAN);
    Bucket { count: 0, first: none, last: none, min: f64::NAN, max: f64::NAN, sum: 0.0, dropped: 0.0, ended: false }
}

/// Whoever looks at what was not asked for gets a wrong answer.
fn spoil(bucket: &mut Bucket, parts: BucketParts) {
    let nothing = (Timestamp::MIN, f64::NAN);
    let number = |part, own| if parts.has(part) { own } else { f64::NAN };
    let sample = |part, own| if parts.has(part) { own } else { nothing };
    *bucket = Bucket {
        first: sample(BucketParts::FIRST, bucket.first),
        last: sample(BucketParts::LAST, bucket.last),
        min: number(BucketParts::MIN, bucket.min),
        max: number(BucketParts::MAX, bucket.max),
        sum: number(BucketParts::SUM, bucket.sum),
        dropped: number(BucketParts::DROPPED, bucket.dropped),
        ..*bucket
    };
}

fn add(bucket: &mut Bucket, time: Timestamp, value: f64) {
    bucket.ended = is_stale(value);
    if bucket.ended {
        return;
    }
    if bucket.count == 0 {
        bucket.first = (time, value);
    } else if value < bucket.last.1 {
        bucket.dropped += bucket.last.1;
    }
    bucket.count += 1;
    bucket.last = (time, value);
    bucket.min = bucket.min.min(value);
    bucket.max = bucket.max.max(value);
    bucket.sum += value;
}
