//! Intervals of a centre: between which bounds it lies, with a stated confidence.

use crate::{mean, sorted, standard_deviation, student_quantile};

/// Two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

impl Interval {
    /// Half of its width over the size of `centre`: the 'plus or minus' of a report, as a ratio.
    pub fn relative_half_width(self, centre: f64) -> f64 {
        if self.high == self.low { 0.0 } else { (self.high - self.low) / 2.0 / centre.abs() }
    }

    /// Whether `value` lies within.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The interval of the mean by Student's t, which for many values is the normal one. Needs two values, and values that
/// are near normal or many.
pub fn mean_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let centre = mean(values)?;
    let count = values.len() as f64;
    let t = student_quantile(0.5 + confidence / 2.0, count - 1.0)?;
    let half = t * standard_deviation(values)? / count.sqrt();
    Some(Interval { low: centre - half, high: centre + half })
}

/// The interval of the median between two order statistics, whatever the distribution (Conover, "Practical
/// Nonparametric Statistics", 3.2; Le Boudec, "Performance Evaluation of Computer and Communication Systems", theorem
/// 2.1): the narrowest symmetric pair whose coverage, a binomial sum, is at least `confidence`. 95 % needs six values;
/// fewer give `None`.
pub fn median_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let sorted = sorted(values)?;
    let count = sorted.len();
    let mut depth = 0;
    // P(B < depth + 1) for B binomial of `count` and one half, summed in logarithms: 2^-n is nothing for n > 1,074.
    let mut ln_term = -(count as f64) * std::f64::consts::LN_2;
    let mut below = ln_term.exp();
    while depth * 2 < count && 1.0 - 2.0 * below >= confidence {
        ln_term += ((count - depth) as f64).ln() - ((depth + 1) as f64).ln();
        below += ln_term.exp();
        depth += 1;
    }
    let place = depth.checked_sub(1)?;
    Some(Interval { low: *sorted.get(place)?, high: *sorted.get(count - 1 - place)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Random, median};
    use proptest::prelude::*;

    #[test]
    fn the_mean_of_ten_values_has_the_interval_of_the_textbook() {
        let values = [9.8, 10.2, 10.4, 9.8, 10.0, 10.2, 9.6];
        let interval = mean_interval(&values, 0.95).unwrap();
        assert!((interval.low - 9.738_4).abs() < 1e-3 && (interval.high - 10.261_6).abs() < 1e-3, "{interval:?}");
        assert_eq!(mean_interval(&[1.0], 0.95), None);
    }

    #[test]
    fn the_median_lies_between_the_order_statistics_of_the_table() {
        // Pairs for 95 % from Le Boudec's table A.1: n, place of the lower and of the upper one, from 1.
        for (count, low, high) in [(6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (20, 6, 15), (50, 18, 33), (70, 27, 44)]
        {
            let values: Vec<f64> = (1..=count).map(f64::from).collect();
            let expected = Interval { low: f64::from(low), high: f64::from(high) };
            assert_eq!(median_interval(&values, 0.95), Some(expected), "{count} values");
        }
        assert_eq!(median_interval(&[1.0; 5], 0.95), None);
        assert_eq!(median_interval(&[], 0.95), None);
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_true_median() {
        let mut random = Random::new(11);
        // Skewed on purpose: the exponential distribution's median is ln 2.
        let held = (0..4_000)
            .filter(|_| {
                let values: Vec<f64> =
                    (0..25).map(|_| -(((random.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64).ln()).collect();
                median_interval(&values, 0.95).unwrap().contains(std::f64::consts::LN_2)
            })
            .count();
        assert!((3_780..=3_960).contains(&held), "{held} of 4000");
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_centre_and_grows_with_confidence(values in prop::collection::vec(-1e3..1e3_f64, 8..400)) {
            for interval_of in [median_interval, mean_interval] {
                let narrow = interval_of(&values, 0.80).unwrap();
                let wide = interval_of(&values, 0.95).unwrap();
                prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
            }
            prop_assert!(median_interval(&values, 0.95).unwrap().contains(median(&values).unwrap()));
        }
    }
}
