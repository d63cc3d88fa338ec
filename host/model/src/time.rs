//! Moments and spans of wall-clock time.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The earliest moment that can be written down.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest moment that can be written down.
    pub const MAX: Self = Self(i64::MAX);

    /// Seconds since the epoch, as Prometheus' HTTP API writes them.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The last moment of the grid of `step` that is not after this one. A zero `step` gives the moment itself.
    pub fn align(self, step: Duration) -> Self {
        match millis(step) {
            0 => self,
            step => Self(self.0 - self.0.rem_euclid(step)),
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A closed range of time: both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// First moment.
    pub start: Timestamp,
    /// Last moment.
    pub end: Timestamp,
}

impl TimeRange {
    /// Whether `time` lies within the range, ends included.
    pub fn contains(self, time: Timestamp) -> bool {
        self.start <= time && time <= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_aligns_to_the_grid_below_it_even_before_the_epoch() {
        for (at, step, aligned) in [(12_345, 5_000, 10_000), (10_000, 5_000, 10_000), (-1, 1_000, -1_000), (7, 0, 7)] {
            assert_eq!(Timestamp(at).align(Duration::from_millis(step)), Timestamp(aligned), "{at} by {step}");
        }
    }

    #[test]
    fn a_span_into_the_future_is_zero() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(9).since(Timestamp(5)), Duration::from_millis(4));
    }
}
