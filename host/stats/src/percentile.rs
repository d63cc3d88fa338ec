//! Percentiles by one named definition.

use crate::sorted;

/// The value below which `percent` (0 to 100) of the distribution lies: definition 7 of Hyndman and Fan ("Sample
/// Quantiles in Statistical Packages", The American Statistician 50, 1996), linear between order statistics at
/// `(n - 1) p`. It is what R, NumPy, PromQL's `quantile` and spreadsheets' `PERCENTILE` answer.
pub fn percentile(values: &[f64], percent: f64) -> Option<f64> {
    percentile_sorted(&sorted(values)?, percent)
}

/// [`percentile`] of values that are sorted already. `None` for an empty slice or a percent outside 0 to 100.
pub fn percentile_sorted(sorted: &[f64], percent: f64) -> Option<f64> {
    if !(0.0..=100.0).contains(&percent) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * percent / 100.0;
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get((place.ceil() as usize).min(last))?;
    let part = place.fract();
    // A weighted sum of both, not `below + part * (above - below)`: the difference may overflow. Rounding may leave the bounds.
    Some((below * (1.0 - part) + above * part).clamp(*below, *above))
}

/// The middle value, or the mean of the two middle ones: the 50th [`percentile`].
pub fn median(values: &[f64]) -> Option<f64> {
    percentile(values, 50.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_are_those_of_r_and_numpy() {
        let values = [15.0, 20.0, 35.0, 40.0, 50.0];
        for (percent, expected) in [(0.0, 15.0), (25.0, 20.0), (40.0, 29.0), (50.0, 35.0), (95.0, 48.0), (100.0, 50.0)]
        {
            let found = percentile(&values, percent).unwrap();
            assert!((found - expected).abs() < 1e-9, "P{percent}: {found}");
        }
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(percentile(&values, 101.0), None);
        assert_eq!(percentile(&values, f64::NAN), None);
        assert_eq!(percentile(&[1.0, f64::NAN], 50.0), None);
    }

    proptest! {
        #[test]
        fn percentiles_grow_and_stay_within_the_values(
            values in prop::collection::vec(-1e9..1e9_f64, 1..60), a in 0.0..=100.0_f64, b in 0.0..=100.0_f64,
        ) {
            let (low, high) = (percentile(&values, a.min(b)).unwrap(), percentile(&values, a.max(b)).unwrap());
            prop_assert!(low <= high + 1e-6);
            prop_assert!(percentile(&values, 0.0).unwrap() <= low + 1e-6);
            prop_assert!(high <= percentile(&values, 100.0).unwrap() + 1e-6);
        }

        #[test]
        fn half_of_the_values_lie_on_either_side_of_the_median(values in prop::collection::vec(-1e3..1e3_f64, 1..60)) {
            let middle = median(&values).unwrap();
            prop_assert!(values.iter().filter(|value| **value <= middle).count() * 2 >= values.len());
            prop_assert!(values.iter().filter(|value| **value >= middle).count() * 2 >= values.len());
        }
    }
}
