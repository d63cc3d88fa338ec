//! Families of histograms: declared as one, set as their parts.

use crate::{Family, Kind, Metrics};

/// Counts by upper bound, with a sum. Made once, as a `static`, by [`histogram!`](crate::histogram); `family` goes into
/// [`FAMILIES`](crate::Collector::FAMILIES).
#[derive(Debug)]
pub struct Histogram {
    /// What the manifest declares.
    pub family: Family,
    bucket: Family,
    sum: Family,
    count: Family,
}

impl Histogram {
    #[doc(hidden)]
    pub const fn new(
        [name, bucket, sum, count]: [&'static str; 4],
        unit: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
        with_bound: &'static [&'static str],
    ) -> Self {
        const fn part(name: &'static str, unit: &'static str, labels: &'static [&'static str]) -> Family {
            Family { name, unit, kind: Kind::Histogram, help: "", labels }
        }
        Self {
            family: Family { name, unit, kind: Kind::Histogram, help, labels },
            bucket: part(bucket, unit, with_bound),
            sum: part(sum, unit, labels),
            count: part(count, unit, labels),
        }
    }

    /// Sets all series of one histogram. `buckets` are upper bounds as they stand in the label `le` (`0.5`), each with how many
    /// values were at most so large, in their order and without `+Inf`, for which `count` stands. The same bounds should come each
    /// time: a bucket that is left out has ended.
    pub fn set(
        &'static self,
        metrics: &mut Metrics,
        labels: &[&str],
        buckets: &[(&'static str, f64)],
        sum: f64,
        count: f64,
    ) {
        let mut bounded = labels.to_vec();
        bounded.push("");
        for (bound, value) in buckets.iter().chain([&("+Inf", count)]) {
            if let Some(last) = bounded.last_mut() {
                *last = bound;
            }
            metrics.set(&self.bucket, &bounded, *value);
        }
        metrics.set(&self.sum, labels, sum);
        metrics.set(&self.count, labels, count);
    }
}

/// A [`Histogram`] of this name, unit, help and these labels.
///
/// ```
/// use autobot_plugin_sdk::{Histogram, Metrics, histogram};
///
/// static WAIT: Histogram = histogram!("example_wait_seconds", "s", "How long callers waited.", ["queue"]);
///
/// fn tell(metrics: &mut Metrics) {
///     WAIT.set(metrics, &["mail"], &[("0.1", 3.0), ("1", 5.0)], 2.75, 6.0);
/// }
/// ```
#[macro_export]
macro_rules! histogram {
    ($name:literal, $unit:literal, $help:literal, [$($label:literal),*]) => {
        $crate::Histogram::new(
            [$name, concat!($name, "_bucket"), concat!($name, "_sum"), concat!($name, "_count")],
            $unit,
            $help,
            &[$($label),*],
            &[$($label,)* "le"],
        )
    };
}
