//! How fast series change: counters with their resets, differences of gauges, lines through samples. Formulas are those of Prometheus 3
//! (`promql/functions.go`).

use std::ops::Range;

use autobot_model::{BucketParts, Timestamp};

use crate::error::QueryError;
use crate::eval::buckets::Buckets;
use crate::eval::math::{self, Sum};
use crate::eval::windows::{Column, OfBuckets, Window, WindowWork, Windows};

const fn gauge(samples: fn(&Windows<'_>) -> Result<Column, QueryError>) -> WindowWork {
    WindowWork { samples, buckets: None, keeps_name: false, of_counters: false }
}

const ENDS: BucketParts = BucketParts::FIRST.and(BucketParts::LAST);
const OF_COUNTERS: BucketParts = ENDS.and(BucketParts::DROPPED);

pub(crate) const RATE: WindowWork = WindowWork {
    samples: |windows| grown(windows, true, true),
    buckets: Some(OfBuckets { parts: OF_COUNTERS, of: |buckets| grown_by_buckets(buckets, true, true) }),
    keeps_name: false,
    of_counters: true,
};

pub(crate) const INCREASE: WindowWork = WindowWork {
    samples: |windows| grown(windows, true, false),
    buckets: Some(OfBuckets { parts: OF_COUNTERS, of: |buckets| grown_by_buckets(buckets, true, false) }),
    keeps_name: false,
    of_counters: true,
};

pub(crate) const DELTA: WindowWork = WindowWork {
    samples: |windows| grown(windows, false, false),
    buckets: Some(OfBuckets { parts: ENDS, of: |buckets| grown_by_buckets(buckets, false, false) }),
    keeps_name: false,
    of_counters: false,
};

pub(crate) const IRATE: WindowWork = gauge(|windows| windows.each(|window| last_step(&window, true)));

pub(crate) const IDELTA: WindowWork = gauge(|windows| windows.each(|window| last_step(&window, false)));

pub(crate) const RESETS: WindowWork = gauge(|windows| pairs(windows, |before, after| after < before));

pub(crate) const CHANGES: WindowWork =
    gauge(|windows| pairs(windows, |before, after| before != after && !(before.is_nan() && after.is_nan())));

pub(crate) const DERIVATIVE: WindowWork = gauge(|windows| {
    windows.each(|window| {
        let origin = window.times.first().filter(|_| window.values.len() >= 2)?;
        Some(math::line(window.times, window.values, origin.0).0)
    })
});

pub(crate) const PREDICTION: WindowWork = gauge(|windows| {
    windows.each(|window| {
        if window.values.len() < 2 {
            return None;
        }
        // From the moment of the evaluation on, whatever `offset` and `@` say of the window.
        let (slope, now) = math::line(window.times, window.values, windows.context.times[window.step].0);
        Some(slope * windows.parameters.first()?[window.step] + now)
    })
});

pub(crate) const SMOOTHING: WindowWork = gauge(|windows| {
    let [levels, trends] = windows.parameters else {
        return Err(QueryError::bad("`double_exponential_smoothing` takes two factors"));
    };
    for (name, factors) in [("smoothing", levels), ("trend", trends)] {
        let wrong = |(span, factor): (&Range<usize>, &f64)| {
            let inside = *factor > 0.0 && *factor < 1.0;
            (!span.is_empty() && !inside).then_some(*factor)
        };
        if let Some(factor) = windows.spans.iter().zip(factors).find_map(wrong) {
            return Err(QueryError::execution(format!(
                "the {name} factor of `double_exponential_smoothing` is {factor}; it lies between 0 and 1, without them"
            )));
        }
    }
    windows.each(|window| smoothed(window.values, levels[window.step], trends[window.step]))
});

/// What is known of a window's growth.
struct Growth {
    first: (Timestamp, f64),
    last: (Timestamp, f64),
    samples: f64,
    /// What a counter had counted before it began anew, in all.
    dropped: f64,
    start: Timestamp,
    end: Timestamp,
}

impl Growth {
    /// Growth over the window, extrapolated to its ends: to an end that is nearer than 1.1 times the mean distance of samples all the way,
    /// else by half that distance; a counter is not extrapolated below zero. `None` for a single sample.
    fn extrapolated(&self, counter: bool, seconds: Option<f64>) -> Option<f64> {
        let between = |from: Timestamp, to: Timestamp| to.0.saturating_sub(from.0) as f64 / 1e3;
        if self.samples < 2.0 {
            return None;
        }
        let grown = self.last.1 - self.first.1 + self.dropped;
        let sampled = between(self.first.0, self.last.0);
        let distance = sampled / (self.samples - 1.0);
        let (mut to_start, mut to_end) = (between(self.start, self.first.0), between(self.last.0, self.end));
        if to_start >= distance * 1.1 {
            to_start = distance / 2.0;
        }
        if counter && grown > 0.0 && self.first.1 >= 0.0 {
            let to_zero = sampled * (self.first.1 / grown);
            if to_zero < to_start {
                to_start = to_zero;
            }
        }
        if to_end >= distance * 1.1 {
            to_end = distance / 2.0;
        }
        let factor = (sampled + to_start + to_end) / sampled;
        Some(grown * seconds.map_or(factor, |seconds| factor / seconds))
    }
}

fn grown(windows: &Windows<'_>, counter: bool, per_second: bool) -> Result<Column, QueryError> {
    let mut drops = Drops::default();
    if counter {
        for (at, pair) in windows.values.windows(2).enumerate().filter(|(_, pair)| pair[1] < pair[0]) {
            drops.push(at + 1, pair[0]);
        }
    }
    let seconds = per_second.then_some(windows.range.as_secs_f64());
    windows.each(|window| {
        let to = window.from + window.values.len();
        let growth = Growth {
            first: (*window.times.first()?, *window.values.first()?),
            last: (*window.times.last()?, *window.values.last()?),
            samples: window.values.len() as f64,
            dropped: drops.within(window.from + 1..to),
            start: windows.start(window.step),
            end: windows.ends[window.step],
        };
        growth.extrapolated(counter, seconds)
    })
}

fn grown_by_buckets(buckets: &Buckets<'_>, counter: bool, per_second: bool) -> Column {
    // What fell within a bucket, and what fell from one bucket to the next.
    let (mut inner, mut between) = (Drops::default(), Drops::default());
    if counter {
        for (at, bucket) in buckets.all.iter().enumerate().filter(|(_, bucket)| bucket.dropped != 0.0) {
            inner.push(at, bucket.dropped);
        }
        let falls = |pair: &[autobot_model::Bucket]| pair[1].first.1 < pair[0].last.1;
        for (at, pair) in buckets.all.windows(2).enumerate().filter(|(_, pair)| falls(pair)) {
            between.push(at + 1, pair[0].last.1);
        }
    }
    let seconds = per_second.then_some(buckets.range.as_secs_f64());
    buckets.each(|step, span| {
        let growth = Growth {
            first: buckets.all[span.start].first,
            last: buckets.all[span.end - 1].last,
            samples: buckets.all[span.clone()].iter().map(|bucket| f64::from(bucket.count)).sum(),
            dropped: inner.within(span.clone()) + between.within(span.start + 1..span.end),
            start: buckets.ends[step] - buckets.range,
            end: buckets.ends[step],
        };
        growth.extrapolated(counter, seconds)
    })
}

/// Where a counter fell and from which values, with running sums, so that a window's share takes no walk through its samples.
#[derive(Default)]
struct Drops {
    at: Vec<usize>,
    values: Vec<f64>,
    /// The sum up to each drop, itself included.
    sums: Vec<Sum>,
}

/// So few drops are added up one by one, which is exact.
const FEW: usize = 16;

impl Drops {
    fn push(&mut self, at: usize, value: f64) {
        self.at.push(at);
        self.values.push(value);
        self.sums.push(self.sums.last().copied().unwrap_or_default().with(value));
    }

    /// The sum of those drops that lie within a range of positions.
    fn within(&self, range: Range<usize>) -> f64 {
        if self.at.is_empty() {
            return 0.0;
        }
        let (from, to) =
            (self.at.partition_point(|at| *at < range.start), self.at.partition_point(|at| *at < range.end));
        let finite = self.sums.last().is_some_and(|sum| sum.value().is_finite());
        if to.saturating_sub(from) <= FEW || !finite {
            return self.values.get(from..to).unwrap_or_default().iter().sum();
        }
        self.sums[to - 1].since(from.checked_sub(1).map_or(Sum::default(), |before| self.sums[before]))
    }
}

/// How many pairs of neighbours in each window are such, from running counts.
fn pairs(windows: &Windows<'_>, are: fn(f64, f64) -> bool) -> Result<Column, QueryError> {
    let mut counts = Vec::with_capacity(windows.values.len());
    let mut count = 0_u64;
    for (at, value) in windows.values.iter().enumerate() {
        count += u64::from(at > 0 && are(windows.values[at - 1], *value));
        counts.push(count);
    }
    windows.each(|window| Some((counts[window.from + window.values.len() - 1] - counts[window.from]) as f64))
}

/// The step between the last two samples; after a reset a counter began at zero.
fn last_step(window: &Window<'_>, counter: bool) -> Option<f64> {
    let at = window.values.len().checked_sub(2)?;
    let (before, last) = (window.values[at], window.values[at + 1]);
    let step = if counter && last < before { last } else { last - before };
    let seconds = window.times[at + 1].0.saturating_sub(window.times[at].0) as f64 / 1e3;
    Some(if counter { step / seconds } else { step })
}

/// Holt's linear method (NIST/SEMATECH e-Handbook of Statistical Methods, 6.4.3.3), begun with the first value and the first difference.
fn smoothed(values: &[f64], level: f64, trend: f64) -> Option<f64> {
    let (first, second) = (*values.first()?, *values.get(1)?);
    let (mut before, mut smooth, mut slope) = (0.0, first, second - first);
    for (at, value) in values.iter().enumerate().skip(1) {
        if at > 1 {
            slope = trend * (smooth - before) + (1.0 - trend) * slope;
        }
        (before, smooth) = (smooth, level * value + (1.0 - level) * (smooth + slope));
    }
    Some(smooth)
}
