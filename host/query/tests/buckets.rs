//! Answers from buckets are those from samples, and buckets are read where they can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use autobot_model::{
    BucketParts, Family, Matcher, ReadError, ReadLimit, STALE, SeriesBuckets, SeriesKey, SeriesReader, SeriesSamples,
    TimeRange, Timestamp,
};
use autobot_query::testing::MemoryReader;
use autobot_query::{Engine, RangeSeries, parse};
use proptest::prelude::*;

/// Counts how it is read.
struct Counting {
    inner: MemoryReader,
    by_samples: AtomicUsize,
    by_buckets: AtomicUsize,
}

impl SeriesReader for Counting {
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        self.by_samples.fetch_add(1, Ordering::Relaxed);
        self.inner.read(matchers, range, limit)
    }

    fn bucket_width(&self) -> Option<Duration> {
        self.inner.bucket_width()
    }

    fn visit_buckets(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        parts: BucketParts,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesBuckets),
    ) -> Result<(), ReadError> {
        self.by_buckets.fetch_add(1, Ordering::Relaxed);
        self.inner.visit_buckets(matchers, range, parts, limit, each)
    }

    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        self.inner.series(matchers, range)
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.inner.families()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.inner.newest()
    }
}

#[test]
fn buckets_are_read_where_windows_and_moments_lie_on_their_bounds() {
    let seconds = |seconds: u64| (seconds * 1_000) as i64;
    for (query, start, step, by_buckets) in [
        ("rate(x[5m])", 600, 60, true),
        ("increase(x[1m])", 600, 60, true),
        ("delta(x[1m])", 600, 60, true),
        ("sum_over_time(x[5m])", 600, 60, true),
        ("avg_over_time(x[5m])", 600, 60, true),
        ("min_over_time(x[5m])", 600, 60, true),
        ("max_over_time(x[5m])", 600, 60, true),
        ("count_over_time(x[5m])", 600, 60, true),
        ("first_over_time(x[5m])", 600, 60, true),
        ("last_over_time(x[5m])", 600, 60, true),
        ("present_over_time(x[5m])", 600, 60, true),
        ("absent_over_time(x[5m])", 600, 60, true),
        ("rate(x[5m] offset 2m)", 600, 60, true),
        ("rate(x[5m] @ 600)", 600, 60, true),
        ("x", 600, 60, true),
        ("x offset 3m", 600, 60, true),
        ("sum(x) / count(x)", 600, 60, true),
        // A window that begins or ends within a bucket.
        ("rate(x[90s])", 600, 60, false),
        ("rate(x[5m])", 610, 60, false),
        ("rate(x[5m])", 600, 30, false),
        ("rate(x[5m] offset 10s)", 600, 60, false),
        ("x", 610, 60, false),
        ("x", 600, 30, false),
        // What buckets do not tell.
        ("irate(x[5m])", 600, 60, false),
        ("resets(x[5m])", 600, 60, false),
        ("quantile_over_time(0.5, x[5m])", 600, 60, false),
        ("deriv(x[5m])", 600, 60, false),
        ("timestamp(x)", 600, 60, false),
    ] {
        let mut inner = MemoryReader::default();
        inner.bucket_width = Some(Duration::from_secs(60));
        inner.add("x", (0..1_200).map(|at| (at * 1_000, at as f64)));
        let reader = Counting { inner, by_samples: AtomicUsize::new(0), by_buckets: AtomicUsize::new(0) };
        let (start, end) = (Timestamp(seconds(start)), Timestamp(seconds(1_200)));
        let expr = parse(query).unwrap();
        Engine::default().range(&reader, &expr, start, end, Duration::from_secs(step)).unwrap();
        let reads = (reader.by_samples.into_inner() > 0, reader.by_buckets.into_inner() > 0);
        assert_eq!(reads, (!by_buckets, by_buckets), "{query} from {start} by {step}");
    }
}

/// Series of about a sample each few seconds, with falls, gaps, NaN and ends.
fn series() -> impl Strategy<Value = Vec<(i64, f64)>> {
    let value = prop_oneof![
        8 => (0_u32..1_000).prop_map(|value| f64::from(value) / 8.0),
        2 => Just(0.0),
        1 => Just(f64::NAN),
        1 => Just(STALE),
    ];
    let gap = prop_oneof![8 => 1_i64..8_000, 1 => 60_000_i64..400_000];
    prop::collection::vec((gap, value), 0..150).prop_map(|steps| {
        let mut at = 0;
        steps
            .into_iter()
            .map(|(gap, value)| {
                at += gap;
                (at, value)
            })
            .collect()
    })
}

fn same(a: &[RangeSeries], b: &[RangeSeries]) -> bool {
    let near = |a: f64, b: f64| {
        a.to_bits() == b.to_bits()
            || (a.is_nan() && b.is_nan())
            || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
    };
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            (&a.name, &a.labels, &a.times) == (&b.name, &b.labels, &b.times)
                && a.values.iter().zip(&b.values).all(|(a, b)| near(*a, *b))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_answer_from_buckets_is_the_one_from_samples(
        all in prop::collection::vec(series(), 1..4),
        query in prop::sample::select(vec![
            "x", "x offset 2m", "rate(x[1m])", "rate(x[5m])", "increase(x[2m])", "delta(x[3m])", "sum_over_time(x[1m])", "avg_over_time(x[5m])",
            "min_over_time(x[2m])", "max_over_time(x[5m])", "count_over_time(x[1m])", "present_over_time(x[1m])", "absent_over_time(x[1m])",
            "last_over_time(x[2m])", "first_over_time(x[2m])", "ts_of_first_over_time(x[2m])", "ts_of_last_over_time(x[2m])",
            "max_over_time(rate(x[1m])[3m:1m])", "sum(x)", "rate(x[1m] offset -1m)", "max_over_time(x[2m] @ 180)",
        ]),
        start in 0_i64..8,
        step in 1_u64..4,
        width in prop::sample::select(vec![10_u64, 20, 30, 60]),
    ) {
        let mut reader = MemoryReader::default();
        for (at, samples) in all.into_iter().enumerate() {
            reader.add(&format!("x{{n=\"{at}\"}}"), samples);
        }
        let expr = parse(query).unwrap();
        let (start, end, step) = (Timestamp(start * 60_000), Timestamp(900_000), Duration::from_secs(60 * step));
        let wanted = Engine::default().range(&reader, &expr, start, end, step).unwrap();
        reader.bucket_width = Some(Duration::from_secs(width));
        let got = Engine::default().range(&reader, &expr, start, end, step).unwrap();
        prop_assert!(same(&got, &wanted), "{query} at {start} by {step:?}\nby buckets {got:?}\nby samples {wanted:?}");
    }
}
