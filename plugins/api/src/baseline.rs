//! What an endpoint's latency usually is, and whether it has drifted away from that.
//!
//! The usual is the **median** of the last [`HISTORY`] answers before the newest [`RECENT`]; how much it varies is their **MAD**,
//! the median of the absolute deviations from that median. Half of the answers would have to change before either does, which no
//! mean and no standard deviation can say of themselves. MAD times 1.4826 is the standard deviation where deviations are normal
//! (Hampel, "The influence curve and its role in robust estimation", Journal of the American Statistical Association 69, 1974).
//!
//! The drift is the median of the newest [`RECENT`] answers by that baseline: 2 is twice as long. Within three such deviations
//! (the three-sigma rule of Hampel's identifier) it is noise, and then exactly 1: so one threshold serves steady and restless
//! endpoints alike. One slow answer is no drift, three of five are. What lasts becomes the new usual after half a history.

use std::collections::VecDeque;

/// Answers that make the baseline.
const HISTORY: usize = 60;
/// The newest answers, which are held against it.
const RECENT: usize = 5;
/// Without so many there is no baseline.
const LEAST: usize = 10;
/// From MAD to standard deviation.
const SCALE: f64 = 1.4826;
/// Deviations that are noise.
const NOISE: f64 = 3.0;
/// Differences below this are the machine's own: scheduling, timers.
const SMALLEST_SECONDS: f64 = 0.001;

/// The answers of one endpoint: 260 bytes at most.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    seconds: VecDeque<f32>,
    /// Of the last answer.
    reading: Option<Reading>,
}

/// What the answers say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    /// What is usual.
    pub(crate) seconds: f64,
    /// What is, by what is usual; 1 while the difference is noise.
    pub(crate) drift: f64,
}

impl Baseline {
    /// Takes one answer.
    pub(crate) fn note(&mut self, seconds: f64) {
        if self.seconds.len() >= HISTORY + RECENT {
            self.seconds.pop_front();
        }
        self.seconds.push_back(seconds as f32);
        self.reading = self.read();
    }

    pub(crate) fn reading(&self) -> Option<Reading> {
        self.reading
    }

    fn read(&self) -> Option<Reading> {
        let past = self.seconds.len().checked_sub(RECENT).filter(|past| *past >= LEAST)?;
        let of = |seconds: &f32| f64::from(*seconds);
        let usual = median(self.seconds.iter().take(past).map(of).collect())?;
        let mad = median(self.seconds.iter().take(past).map(|seconds| (of(seconds) - usual).abs()).collect())?;
        let recent = median(self.seconds.iter().skip(past).map(of).collect())?;
        let noise = (NOISE * SCALE * mad).max(SMALLEST_SECONDS);
        let drift = if (recent - usual).abs() <= noise || usual <= 0.0 { 1.0 } else { recent / usual };
        Some(Reading { seconds: usual, drift })
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len().saturating_sub(1)) / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(answers: impl IntoIterator<Item = f64>) -> Option<Reading> {
        let mut baseline = Baseline::default();
        answers.into_iter().for_each(|seconds| baseline.note(seconds));
        baseline.reading()
    }

    fn shown(reading: Option<Reading>) -> (f64, f64) {
        let Reading { seconds, drift } = reading.unwrap();
        ((seconds * 1e3).round(), (drift * 1e2).round() / 1e2)
    }

    #[test]
    fn there_is_no_baseline_before_there_is_a_history() {
        assert_eq!(after([0.1; 14]), None);
        assert_eq!(shown(after([0.1; 15])), (100.0, 1.0));
    }

    #[test]
    fn one_slow_answer_is_no_drift_and_three_of_five_are() {
        let steady = [0.1; 20].into_iter();
        assert_eq!(shown(after(steady.clone().chain([5.0]))), (100.0, 1.0));
        assert_eq!(shown(after(steady.clone().chain([5.0, 5.0]))), (100.0, 1.0));
        assert_eq!(shown(after(steady.chain([0.3, 0.3, 0.3]))), (100.0, 3.0));
    }

    #[test]
    fn what_varies_much_has_to_change_much() {
        // A median of 80 ms and a MAD of 40 ms: 250 ms lie within three deviations, 400 ms do not.
        let restless = (0..60).map(|at| [0.06, 0.14, 0.1, 0.03, 0.17, 0.05][at % 6]);
        assert_eq!(shown(after(restless.clone().chain([0.25; 5]))).1, 1.0);
        assert_eq!(shown(after(restless.chain([0.4; 5]))).1, 5.0);
    }

    #[test]
    fn what_lasts_becomes_the_usual() {
        let shift = |answers| shown(after([0.1; 60].into_iter().chain(std::iter::repeat_n(0.2, answers))));
        assert_eq!(shift(5), (100.0, 2.0));
        assert_eq!(shift(30), (100.0, 2.0));
        assert_eq!(shift(40), (200.0, 1.0));
    }

    #[test]
    fn becoming_faster_is_a_drift_too() {
        assert_eq!(shown(after([0.1; 30].into_iter().chain([0.02; 5]))), (100.0, 0.2));
        assert_eq!(shown(after([0.0001; 30].into_iter().chain([0.0009; 5]))), (0.0, 1.0));
    }

    proptest! {
        #[test]
        fn any_answers_give_finite_readings_in_bounded_memory(answers in prop::collection::vec(0.0..1e4f64, 0..200)) {
            let mut baseline = Baseline::default();
            for seconds in answers {
                baseline.note(seconds);
                prop_assert!(baseline.seconds.len() <= HISTORY + RECENT);
                if let Some(reading) = baseline.reading() {
                    prop_assert!(reading.seconds.is_finite() && reading.drift.is_finite() && reading.drift >= 0.0);
                }
            }
        }
    }
}
