//! What is typical and how it spreads.

use crate::{median, sorted};

/// The arithmetic mean, summed as Neumaier does (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen", ZAMM 54, 1974), so that many small values beside a large one are not lost.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    finite(sum(values.iter().copied()) / values.len() as f64)
}

/// The standard deviation of a sample: n - 1 in the divisor (Bessel's correction), in two passes (Chan, Golub and
/// LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37, 1983). Needs two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values)?;
    let squares = sum(values.iter().map(|value| (value - mean) * (value - mean)));
    finite((squares / (values.len() - 1) as f64).sqrt())
}

/// The median absolute deviation from the median, unscaled (Hampel, "The influence curve and its role in robust
/// estimation", JASA 69, 1974): half of the values lie no farther from the median than this.
pub fn mad(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    median(&distances)
}

/// Standard deviation over the size of the mean (Pearson, 1896); `None` when the mean is zero.
pub fn coefficient_of_variation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    if mean == 0.0 {
        return None;
    }
    finite(standard_deviation(values)? / mean.abs())
}

/// The geometric mean: the right one for ratios to a reference (Fleming and Wallace, "How not to lie with
/// statistics", CACM 29, 1986). Needs values above zero.
pub fn geometric_mean(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values)?;
    if sorted.first().is_none_or(|smallest| *smallest <= 0.0) {
        return None;
    }
    finite((sum(values.iter().map(|value| value.ln())) / values.len() as f64).exp())
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut total = 0.0_f64;
    let mut lost = 0.0_f64;
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_sample_has_the_figures_of_the_textbook() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((standard_deviation(&values).unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(mad(&values), Some(0.5));
        assert!((coefficient_of_variation(&values).unwrap() - (32.0_f64 / 7.0).sqrt() / 5.0).abs() < 1e-12);
        assert!((geometric_mean(&[1.0, 10.0, 100.0]).unwrap() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn where_there_is_no_answer_there_is_none() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, f64::NAN]), None);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), None);
        assert_eq!(standard_deviation(&[1.0]), None);
        assert_eq!(mad(&[f64::INFINITY]), None);
        assert_eq!(coefficient_of_variation(&[-1.0, 1.0]), None);
        assert_eq!(geometric_mean(&[1.0, 0.0]), None);
    }

    #[test]
    fn small_values_beside_a_large_one_are_not_lost() {
        assert_eq!(mean(&[1e100, 1.0, -1e100, 1.0]), Some(0.5));
    }

    proptest! {
        #[test]
        fn means_lie_within_the_values(values in prop::collection::vec(1e-6..1e6_f64, 1..50)) {
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
            let slack = 1.0 + 1e-9;
            for centre in [mean(&values).unwrap(), geometric_mean(&values).unwrap()] {
                prop_assert!(low / slack <= centre && centre <= high * slack);
            }
            prop_assert!(geometric_mean(&values).unwrap() <= mean(&values).unwrap() * slack);
        }

        #[test]
        fn spread_ignores_where_the_values_lie(values in prop::collection::vec(-1e3..1e3_f64, 2..50), by in -1e3..1e3_f64) {
            let moved: Vec<f64> = values.iter().map(|value| value + by).collect();
            prop_assert!((standard_deviation(&values).unwrap() - standard_deviation(&moved).unwrap()).abs() < 1e-8);
            prop_assert!((mad(&values).unwrap() - mad(&moved).unwrap()).abs() < 1e-8);
        }
    }
}
