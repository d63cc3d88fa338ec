//! When enough was measured: warm-up, repeats, and the rule that ends them.

use std::time::{Duration, Instant};

use autobot_stats::{median, median_interval};

use crate::Estimate;
use crate::measure::{Failure, Measure};

pub(crate) const CONFIDENCE: f64 = 0.95;
/// The interval is narrow when it is within this of the median, on average of its two sides.
pub(crate) const NARROW: f64 = 0.02;
/// No test ends with fewer repeats by being sure: an interval of few values is narrow by chance too often.
const FEWEST: usize = 12;
/// With fewer there is no interval, so a slow test goes over its time for them.
const FEWEST_FOR_INTERVAL: usize = 6;
/// What is kept, at most.
const MOST: usize = 1_000;
/// Repeats thrown away, at most.
const LONGEST_WARM_UP: usize = 50;
/// Two neighbouring repeats of a warm measurement differ by no more.
const WARM: f64 = 0.05;

/// The repeats of a test.
#[derive(Debug)]
pub(crate) struct Samples {
    pub(crate) values: Vec<f64>,
    pub(crate) warm_up: usize,
    pub(crate) settled: bool,
    pub(crate) elapsed: Duration,
}

/// Measures until the interval of the median is narrow or `limit` is over. `each` hears of every repeat and says
/// whether to go on.
pub(crate) fn sample(
    measure: &mut dyn Measure,
    limit: Duration,
    each: &mut dyn FnMut(Estimate) -> bool,
) -> Result<Samples, Failure> {
    let start = Instant::now();
    // Some forty repeats fit; a slice long enough that a clock's or a scheduler's grain does not matter.
    let slice = (limit / 40).clamp(Duration::from_millis(5), Duration::from_millis(200));
    let warm_up = warm(measure, slice, limit / 5)?;
    measure.forget();
    let mut values = Vec::new();
    loop {
        let value = measure.repeat(slice)?;
        if !value.is_finite() || value <= 0.0 {
            return Err(Failure::Reason(format!("a repeat gave {value}, which is no measurement")));
        }
        values.push(value);
        let middle = median(&values).unwrap_or(value);
        let interval = median_interval(&values, CONFIDENCE);
        let elapsed = start.elapsed();
        if !each(Estimate { repeats: values.len(), median: middle, interval, elapsed, limit }) {
            return Err(Failure::Interrupted);
        }
        let settled = interval.is_some_and(|interval| interval.relative_half_width(middle) <= NARROW);
        let sure = settled && values.len() >= FEWEST;
        let over = elapsed >= limit && values.len() >= FEWEST_FOR_INTERVAL;
        // A repeat that takes many slices (a hanging disk) must not hold the run for ever.
        let lost = elapsed >= limit * 4;
        if sure || over || lost || values.len() >= MOST {
            return Ok(Samples { values, warm_up, settled, elapsed });
        }
    }
}

/// Repeats until two neighbours agree, or the time for it is over; at least one.
fn warm(measure: &mut dyn Measure, slice: Duration, limit: Duration) -> Result<usize, Failure> {
    let start = Instant::now();
    let mut last = measure.repeat(slice)?;
    let mut count = 1;
    while start.elapsed() < limit && count < LONGEST_WARM_UP {
        let next = measure.repeat(slice)?;
        count += 1;
        let calm = (next - last).abs() <= WARM * last.abs();
        last = next;
        if calm {
            break;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the values of a function of the repeat's number, at once.
    struct Played<F>(usize, F);

    impl<F: Fn(usize) -> f64> Measure for Played<F> {
        fn repeat(&mut self, _slice: Duration) -> Result<f64, Failure> {
            self.0 += 1;
            Ok((self.1)(self.0))
        }
    }

    fn run(values: impl Fn(usize) -> f64, limit: Duration) -> Result<Samples, Failure> {
        sample(&mut Played(0, values), limit, &mut |_| true)
    }

    #[test]
    fn even_values_end_as_soon_as_there_are_enough() {
        let samples = run(|_| 7.0, Duration::from_secs(60)).unwrap();
        assert_eq!((samples.values.len(), samples.warm_up, samples.settled), (FEWEST, 2, true));
    }

    #[test]
    fn a_slow_start_is_thrown_away() {
        let samples = run(|count| if count < 4 { count as f64 } else { 10.0 }, Duration::from_secs(60)).unwrap();
        assert_eq!(samples.warm_up, 5);
        assert!(samples.values.iter().all(|value| *value == 10.0));
    }

    #[test]
    fn uneven_values_end_with_their_number_and_are_not_called_settled() {
        let samples =
            run(|count| [1.0, 40.0, 2.0, 90.0, 7.0][count % 5] + (count % 11) as f64, Duration::from_secs(60)).unwrap();
        assert_eq!((samples.values.len(), samples.settled), (MOST, false));
    }

    #[test]
    fn without_time_there_are_still_enough_for_an_interval() {
        let samples = run(|count| (count % 2 + 1) as f64, Duration::ZERO).unwrap();
        assert!(samples.values.len() <= FEWEST_FOR_INTERVAL, "{}", samples.values.len());
    }

    #[test]
    fn what_is_no_number_is_no_measurement_and_a_listener_may_end_it() {
        for bad in [f64::NAN, 0.0, f64::INFINITY] {
            assert!(matches!(run(|_| bad, Duration::ZERO), Err(Failure::Reason(_))));
        }
        let ended = sample(&mut Played(0, |_| 1.0), Duration::from_secs(1), &mut |estimate| estimate.repeats < 3);
        assert!(matches!(ended, Err(Failure::Interrupted)));
    }
}
