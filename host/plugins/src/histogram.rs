//! How long collections took.

use std::time::Duration;

/// Upper bounds in seconds; one bucket more takes what is longer.
const BOUNDS: [f64; 10] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0];

/// Durations by bucket, with their number and sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    counts: [u64; BOUNDS.len()],
    /// How many there were.
    pub count: u64,
    /// All of them together, in seconds.
    pub sum: f64,
}

impl Histogram {
    pub(crate) fn note(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.counts[bucket] += 1;
        }
    }

    /// Upper bound and number of durations up to it, as Prometheus' `_bucket` series count them; the last bound is infinite.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let within = BOUNDS.iter().zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count;
            Some((*bound, *sum))
        });
        within.chain([(f64::INFINITY, self.count)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let mut histogram = Histogram::default();
        for millis in [0, 2, 2, 50, 60_000] {
            histogram.note(Duration::from_millis(millis));
        }
        let all: Vec<_> = histogram.cumulative().collect();
        assert_eq!(all.first(), Some(&(0.0001, 1)));
        assert!(all.contains(&(0.003, 3)));
        assert!(all.contains(&(0.1, 4)));
        assert_eq!(all.last(), Some(&(f64::INFINITY, 5)));
    }
}
