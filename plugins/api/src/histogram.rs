//! Durations, counted as Prometheus' histograms are.

use autobot_plugin_sdk::{Family, Metrics};

use crate::round;

/// Upper bounds in seconds, with their labels. Each is one of those that OpenTelemetry advises for `http.client.request.duration`;
/// not all of them, since each costs a series of every endpoint, and 518 endpoints must fit the 10,000 series that a plugin has
/// when nothing is said.
const BOUNDS: [(f64, &str); 7] =
    [(0.005, "0.005"), (0.025, "0.025"), (0.1, "0.1"), (0.25, "0.25"), (0.5, "0.5"), (1.0, "1"), (5.0, "5")];

/// The three families of one histogram.
pub(crate) struct Families {
    pub(crate) bucket: &'static Family,
    pub(crate) sum: &'static Family,
    pub(crate) count: &'static Family,
}

/// The durations of one endpoint since the plugin began.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// Up to each bound, those of the lower ones not included.
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    pub(crate) fn note(&mut self, seconds: f64) {
        if let Some(at) = BOUNDS.iter().position(|(bound, _)| seconds <= *bound) {
            self.counts[at] = self.counts[at].saturating_add(1);
        }
        self.count = self.count.saturating_add(1);
        self.sum += seconds;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn set(&self, families: &Families, labels: [&str; 2], fresh: bool, metrics: &mut Metrics) {
        let value = |value: f64| if fresh { value } else { f64::NAN };
        let [target, endpoint] = labels;
        let mut up_to = 0_u64;
        for ((_, bound), count) in BOUNDS.iter().zip(self.counts) {
            up_to = up_to.saturating_add(count);
            metrics.set(families.bucket, &[target, endpoint, bound], value(up_to as f64));
        }
        metrics.set(families.bucket, &[target, endpoint, "+Inf"], value(self.count as f64));
        metrics.set(families.sum, &labels, value(round(self.sum)));
        metrics.set(families.count, &labels, value(self.count as f64));
    }
}
