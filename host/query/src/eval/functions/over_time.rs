//! What a window's samples come to: means, extremes, quantiles, and the moments of some of them.

use std::collections::VecDeque;
use std::ops::Range;

use autobot_model::BucketParts;

use crate::error::QueryError;
use crate::eval::buckets::Buckets;
use crate::eval::math::{self, Variance, is_quantile};
use crate::eval::windows::{Column, OfBuckets, WindowWork, Windows};
use crate::notes;

type OfSamples = fn(&Windows<'_>) -> Result<Column, QueryError>;

const fn work(samples: OfSamples, buckets: Option<OfBuckets>) -> WindowWork {
    WindowWork { samples, buckets, keeps_name: false, of_counters: false }
}

const fn by(parts: BucketParts, of: fn(&Buckets<'_>) -> Column) -> Option<OfBuckets> {
    Some(OfBuckets { parts, of })
}

const fn named(samples: OfSamples, buckets: Option<OfBuckets>) -> WindowWork {
    WindowWork { samples, buckets, keeps_name: true, of_counters: false }
}

pub(crate) const SUM: WindowWork = work(
    |windows| windows.each(|window| Some(math::sum(window.values.iter().copied()))),
    by(BucketParts::SUM, |buckets| {
        buckets.each(|_, span| Some(math::sum(buckets.all[span].iter().map(|bucket| bucket.sum))))
    }),
);

pub(crate) const COUNT: WindowWork = work(
    |windows| windows.each(|window| Some(window.values.len() as f64)),
    by(BucketParts::NONE, |buckets| buckets.each(|_, span| Some(count(buckets, span)))),
);

pub(crate) const AVERAGE: WindowWork = work(
    |windows| windows.each(|window| Some(math::mean(window.values))),
    by(BucketParts::SUM, |buckets| {
        buckets.each(|_, span| {
            let (count, all) = (count(buckets, span.clone()), &buckets.all[span]);
            let mean = math::sum(all.iter().map(|bucket| bucket.sum)) / count;
            // A sum that overflows is made of parts that do not.
            let overflows = mean.is_infinite() && all.iter().all(|bucket| bucket.sum.is_finite());
            Some(if overflows { math::sum(all.iter().map(|bucket| bucket.sum / count)) } else { mean })
        })
    }),
);

pub(crate) const MIN: WindowWork = work(
    |windows| at_extremes(windows, |old, new| old > new, |windows, at| windows.values[at]),
    by(BucketParts::MIN, |buckets| bucket_extremes(buckets, |bucket| bucket.min, |old, new| old > new)),
);

pub(crate) const MAX: WindowWork = work(
    |windows| at_extremes(windows, |old, new| old < new, |windows, at| windows.values[at]),
    by(BucketParts::MAX, |buckets| bucket_extremes(buckets, |bucket| bucket.max, |old, new| old < new)),
);

pub(crate) const FIRST: WindowWork = named(
    |windows| windows.each(|window| window.values.first().copied()),
    by(BucketParts::FIRST, |buckets| buckets.each(|_, span| Some(buckets.all[span.start].first.1))),
);

pub(crate) const LAST: WindowWork = named(
    |windows| windows.each(|window| window.values.last().copied()),
    by(BucketParts::LAST, |buckets| buckets.each(|_, span| Some(buckets.all[span.end - 1].last.1))),
);

pub(crate) const PRESENT: WindowWork =
    work(|windows| windows.each(|_| Some(1.0)), by(BucketParts::NONE, |buckets| buckets.each(|_, _| Some(1.0))));

pub(crate) const VARIANCE: WindowWork = work(|windows| windows.each(|window| Some(variance(window.values))), None);

pub(crate) const DEVIATION: WindowWork =
    work(|windows| windows.each(|window| Some(variance(window.values).sqrt())), None);

pub(crate) const QUANTILE: WindowWork = work(
    |windows| {
        let mut sorted = Vec::new();
        windows.each(|window| {
            let q = windows.parameters.first().and_then(|qs| qs.get(window.step)).copied().unwrap_or(f64::NAN);
            if !is_quantile(q) {
                let text = format!("quantile value should be between 0 and 1, got {}", notes::number(q));
                windows.context.query.notes.borrow_mut().warn(&text, windows.place);
            }
            sorted.clear();
            sorted.extend_from_slice(window.values);
            Some(math::quantile(q, &mut sorted))
        })
    },
    None,
);

pub(crate) const MEDIAN_DEVIATION: WindowWork = work(
    |windows| {
        let mut sorted = Vec::new();
        windows.each(|window| {
            sorted.clear();
            sorted.extend_from_slice(window.values);
            let median = math::quantile(0.5, &mut sorted);
            sorted.iter_mut().for_each(|value| *value = (*value - median).abs());
            Some(math::quantile(0.5, &mut sorted))
        })
    },
    None,
);

pub(crate) const TIME_OF_FIRST: WindowWork = work(
    |windows| windows.each(|window| window.times.first().map(|time| time.seconds())),
    by(BucketParts::FIRST, |buckets| buckets.each(|_, span| Some(buckets.all[span.start].first.0.seconds()))),
);

pub(crate) const TIME_OF_LAST: WindowWork = work(
    |windows| windows.each(|window| window.times.last().map(|time| time.seconds())),
    by(BucketParts::LAST, |buckets| buckets.each(|_, span| Some(buckets.all[span.end - 1].last.0.seconds()))),
);

// Of several greatest or least values the last one counts.
pub(crate) const TIME_OF_MAX: WindowWork =
    work(|windows| at_extremes(windows, |old, new| old <= new, |windows, at| windows.times[at].seconds()), None);

pub(crate) const TIME_OF_MIN: WindowWork =
    work(|windows| at_extremes(windows, |old, new| old >= new, |windows, at| windows.times[at].seconds()), None);

fn count(buckets: &Buckets<'_>, span: Range<usize>) -> f64 {
    buckets.all[span].iter().map(|bucket| f64::from(bucket.count)).sum()
}

fn variance(values: &[f64]) -> f64 {
    let mut variance = Variance::default();
    values.iter().for_each(|value| variance.add(*value));
    variance.value()
}

fn at_extremes(
    windows: &Windows<'_>,
    beaten: fn(f64, f64) -> bool,
    of: fn(&Windows<'_>, usize) -> f64,
) -> Result<Column, QueryError> {
    let mut slide = Extremes::new(beaten);
    windows.each(|window| {
        let span = window.from..window.from + window.values.len();
        Some(of(windows, slide.of(windows.values, span)))
    })
}

fn bucket_extremes(
    buckets: &Buckets<'_>,
    value: fn(&autobot_model::Bucket) -> f64,
    beaten: fn(f64, f64) -> bool,
) -> Column {
    let values: Vec<f64> = buckets.all.iter().map(value).collect();
    let mut slide = Extremes::new(beaten);
    buckets.each(|_, span| Some(values[slide.of(&values, span)]))
}

/// The extreme of a window that slides: each value enters and leaves a queue once (Lemire, "Streaming maximum-minimum filter using no more
/// than three comparisons per element", 2006). NaN never enters.
struct Extremes {
    queue: VecDeque<usize>,
    seen: usize,
    /// Whether an old value will never be the extreme again once a new one has come.
    beaten: fn(f64, f64) -> bool,
}

impl Extremes {
    fn new(beaten: fn(f64, f64) -> bool) -> Self {
        Self { queue: VecDeque::new(), seen: 0, beaten }
    }

    /// Which value is the extreme of the window; its last one where all are NaN. Windows come in growing order.
    fn of(&mut self, values: &[f64], span: Range<usize>) -> usize {
        for at in self.seen.max(span.start)..span.end {
            let new = values[at];
            if new.is_nan() {
                continue;
            }
            while self.queue.back().is_some_and(|old| (self.beaten)(values[*old], new)) {
                self.queue.pop_back();
            }
            self.queue.push_back(at);
        }
        self.seen = self.seen.max(span.end);
        while self.queue.front().is_some_and(|old| *old < span.start) {
            self.queue.pop_front();
        }
        self.queue.front().copied().unwrap_or(span.end - 1)
    }
}
