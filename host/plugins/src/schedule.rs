//! When an instance collects: at once, again a second later so that rates exist, then on the grid of its interval.

use std::time::Duration;

use autobot_model::Timestamp;

/// Between the first two collections.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// One instance's ticks. Times only grow; what was missed is left out, never made up for in a bunch.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    interval: Duration,
    done: u32,
    last: Option<Timestamp>,
}

impl Schedule {
    /// Begins anew after `last`, the newest time that samples of the instance have.
    pub(crate) fn new(interval: Duration, last: Option<Timestamp>) -> Self {
        Self { interval, done: 0, last }
    }

    /// The time of the next collection, as it is seen at `now`: never before `now`.
    pub(crate) fn next(&self, now: Timestamp) -> Timestamp {
        let grid = now.align(self.interval) + self.interval;
        match (self.done, self.last) {
            (0, _) => now,
            (1, Some(first)) if self.interval > SECOND_LOOK => {
                // Not later than the grid, and not at all when the clock jumped.
                let second = first + SECOND_LOOK;
                if second >= now && second < grid { second } else { grid }
            }
            _ => grid,
        }
    }

    /// Notes a collection. Its samples are of `time`; `None` when the clock went back behind samples that exist already.
    pub(crate) fn stamp(&mut self, time: Timestamp) -> Option<Timestamp> {
        if self.last.is_some_and(|last| time <= last) {
            return None;
        }
        self.done = self.done.saturating_add(1);
        self.last = Some(time);
        Some(time)
    }

    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks of a host whose every collection takes `costs` milliseconds, from `start` on.
    fn ticks(interval: u64, start: i64, costs: &[i64]) -> Vec<i64> {
        let mut schedule = Schedule::new(Duration::from_millis(interval), None);
        let mut now = start;
        let mut all = Vec::new();
        for cost in costs {
            let next = schedule.next(Timestamp(now));
            all.push(schedule.stamp(next).unwrap().0);
            now = next.0 + cost;
        }
        all
    }

    #[test]
    fn the_first_two_ticks_make_rates_and_the_rest_lie_on_the_grid() {
        assert_eq!(ticks(5_000, 12_345, &[1; 5]), [12_345, 13_345, 15_000, 20_000, 25_000]);
        assert_eq!(ticks(1_000, 12_345, &[1; 4]), [12_345, 13_000, 14_000, 15_000]);
        assert_eq!(ticks(30_000, 29_500, &[1; 4]), [29_500, 30_000, 60_000, 90_000]);
    }

    #[test]
    fn a_slow_collection_skips_ticks_and_never_bunches() {
        assert_eq!(ticks(1_000, 10_000, &[1, 2_500, 1, 1]), [10_000, 11_000, 14_000, 15_000]);
    }

    #[test]
    fn a_clock_that_goes_back_brings_no_samples_until_it_has_caught_up() {
        let mut schedule = Schedule::new(Duration::from_secs(1), Some(Timestamp(10_000)));
        let early = schedule.next(Timestamp(7_300));
        assert_eq!(schedule.stamp(early), None);
        assert_eq!(schedule.stamp(Timestamp(11_000)), Some(Timestamp(11_000)));
    }
}
