//! Latencies of single operations.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::Latency;
use crate::result::rounded;

use super::Failure;

/// A histogram of nanoseconds, three significant digits, up to a minute: a fixed amount of memory.
#[derive(Debug)]
pub(super) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(super) fn new() -> Result<Self, Failure> {
        let histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3);
        histogram.map(Self).map_err(|error| Failure::Reason(format!("no histogram for the latencies: {error}")))
    }

    /// Longer than a minute counts as a minute.
    pub(super) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(super) fn clear(&mut self) {
        self.0.reset();
    }

    /// The distribution; nothing without operations.
    pub(super) fn summary(&self) -> Option<Latency> {
        let micros = |percent: f64| self.0.value_at_quantile(percent / 100.0) as f64 / 1e3;
        (!self.0.is_empty()).then(|| Latency {
            count: self.0.len(),
            mean_us: rounded(self.0.mean() / 1e3),
            p50_us: micros(50.0),
            p90_us: micros(90.0),
            p95_us: micros(95.0),
            p99_us: micros(99.0),
            p999_us: micros(99.9),
            max_us: self.0.max() as f64 / 1e3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_microseconds() {
        let mut latencies = Latencies::new().unwrap();
        assert_eq!(latencies.summary(), None);
        (1..=1_000).for_each(|us| latencies.record(Duration::from_micros(us)));
        let summary = latencies.summary().unwrap();
        assert_eq!(summary.count, 1_000);
        assert!((summary.p50_us - 500.0).abs() < 1.0 && (summary.p99_us - 990.0).abs() < 1.0, "{summary:?}");
        assert!((summary.max_us - 1_000.0).abs() < 1.0);
    }
}
