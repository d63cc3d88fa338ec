//! Sums, means, variances and quantiles, with Prometheus' care for the last bits.

use std::cmp::Ordering;

/// Neumaier's sum ("Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974): exact to the last bit or two. From an
/// infinity on nothing is lost, so nothing is kept of what was.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn with(self, value: f64) -> Self {
        let total = self.total + value;
        let lost = if total.is_infinite() {
            0.0
        } else if self.total.abs() >= value.abs() {
            self.lost + ((self.total - total) + value)
        } else {
            self.lost + ((value - total) + self.total)
        };
        Self { total, lost }
    }

    pub(crate) fn add(&mut self, value: f64) {
        *self = self.with(value);
    }

    pub(crate) fn value(self) -> f64 {
        if self.total.is_infinite() { self.total } else { self.total + self.lost }
    }

    fn scaled(self, by: f64) -> Self {
        Self { total: self.total * by, lost: self.lost * by }
    }

    /// What was added since `earlier`, which this sum grew from.
    pub(crate) fn since(self, earlier: Self) -> f64 {
        (self.total - earlier.total) + (self.lost - earlier.lost)
    }
}

/// Many values at once, without a branch for each (D. Knuth's exact error of an addition, TAOCP 4.2.2): the same sum to the bit, but for
/// what is lost beside an infinity, which [`Sum::value`] leaves out.
fn together(values: impl IntoIterator<Item = f64>) -> Sum {
    values.into_iter().fold(Sum::default(), |Sum { total: before, lost }, value| {
        let total = before + value;
        let added = total - before;
        Sum { total, lost: lost + ((before - (total - added)) + (value - added)) }
    })
}

pub(crate) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    together(values).value()
}

/// The mean of many values at once.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let sum = together(values.iter().copied());
    if !sum.total.is_infinite() {
        let count = values.len() as f64;
        return sum.total / count + sum.lost / count;
    }
    let mut mean = Mean::default();
    values.iter().for_each(|value| mean.add(*value));
    mean.value()
}

/// A mean: sum by count, and from the moment when the sum would overflow the mean itself step by step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    sum: Sum,
    count: f64,
    stepwise: bool,
}

impl Mean {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count == 1.0 {
            self.sum = Sum { total: value, lost: 0.0 };
            return;
        }
        if !self.stepwise {
            let sum = self.sum.with(value);
            if !sum.total.is_infinite() {
                self.sum = sum;
                return;
            }
            self.stepwise = true;
            let before = self.count - 1.0;
            self.sum = Sum { total: self.sum.total / before, lost: self.sum.lost / before };
        }
        self.sum = self.sum.scaled((self.count - 1.0) / self.count).with(value / self.count);
    }

    pub(crate) fn value(self) -> f64 {
        if self.stepwise { self.sum.value() } else { self.sum.total / self.count + self.sum.lost / self.count }
    }
}

/// Variance of the population (Welford's update), mean and squares with what they lost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variance {
    count: f64,
    mean: Sum,
    squares: Sum,
}

impl Variance {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - (self.mean.total + self.mean.lost);
        self.mean.add(delta / self.count);
        self.squares.add(delta * (value - (self.mean.total + self.mean.lost)));
    }

    pub(crate) fn value(self) -> f64 {
        (self.squares.total + self.squares.lost) / self.count
    }
}

/// NaN below everything, which is where Prometheus' quantiles have it.
pub(crate) fn nan_first(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

/// Whether `q` is a quantile.
pub(crate) fn is_quantile(q: f64) -> bool {
    (0.0..=1.0).contains(&q)
}

/// Quantile between ranks by a straight line. The values come out in another order.
pub(crate) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if !is_quantile(q) {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let rank = q * (values.len() - 1) as f64;
    let weight = rank - rank.floor();
    let (_, below, above) = values.select_nth_unstable_by(rank as usize, nan_first);
    let below = *below;
    let above = above.iter().copied().min_by(nan_first).unwrap_or(below);
    below * (1.0 - weight) + above * weight
}

/// Go's `math.Min`: NaN if either is, unless the other is the least there is.
pub(crate) fn least(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == b && a.is_sign_negative() {
        // Of the two zeros the negative one; `f64::min` gives either.
        a
    } else if a == b {
        b
    } else {
        a.min(b)
    }
}

/// Go's `math.Max`.
pub(crate) fn greatest(a: f64, b: f64) -> f64 {
    -least(-a, -b)
}

/// Slope per second of the least-squares line, and its value at `origin` (milliseconds).
pub(crate) fn line(times: &[autobot_model::Timestamp], values: &[f64], origin: i64) -> (f64, f64) {
    let first = values.first().copied().unwrap_or(f64::NAN);
    if values.iter().skip(1).all(|value| *value == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let count = values.len() as f64;
    let (mut x, mut y, mut xx, mut xy) = (Sum::default(), Sum::default(), Sum::default(), Sum::default());
    for (time, value) in times.iter().zip(values) {
        let at = time.0.saturating_sub(origin) as f64 / 1e3;
        x.add(at);
        y.add(*value);
        xx.add(at * at);
        xy.add(at * value);
    }
    let [x, y, xx, xy] = [x, y, xx, xy].map(|sum| sum.total + sum.lost);
    let slope = (xy - x * y / count) / (xx - x * x / count);
    (slope, y / count - slope * x / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_are_not_lost_beside_great_ones() {
        assert_eq!(sum([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum([f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum([f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn a_mean_does_not_overflow_where_its_sum_would() {
        let mut mean = Mean::default();
        [f64::MAX, f64::MAX, f64::MAX].into_iter().for_each(|value| mean.add(value));
        assert!((mean.value() / f64::MAX - 1.0).abs() < 1e-15, "{}", mean.value());
    }

    #[test]
    fn least_and_greatest_know_nan_as_go_does() {
        assert!(least(f64::NAN, 1.0).is_nan());
        assert_eq!(least(f64::NAN, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(greatest(f64::NAN, f64::INFINITY), f64::INFINITY);
        assert_eq!((least(1.0, 2.0), greatest(1.0, 2.0)), (1.0, 2.0));
        for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
            assert!(least(a, b).is_sign_negative() && greatest(a, b).is_sign_positive());
        }
    }

    proptest! {
        #[test]
        fn sums_and_means_at_once_are_those_of_one_value_after_the_other(
            values in prop::collection::vec(prop_oneof![8 => any::<f64>(), 4 => -100.0_f64..100.0, 1 => Just(f64::INFINITY), 1 => Just(f64::NAN)], 1..40)
        ) {
            let one_by_one = values.iter().fold(Sum::default(), |sum, value| sum.with(*value)).value();
            let mut mean_one_by_one = Mean::default();
            values.iter().for_each(|value| mean_one_by_one.add(*value));
            for (once, other) in [(sum(values.iter().copied()), one_by_one), (mean(&values), mean_one_by_one.value())] {
                let same = once == other || (once.is_nan() && other.is_nan());
                prop_assert!(same || (once - other).abs() <= 1e-12 * once.abs(), "{once} {other}");
            }
        }

        #[test]
        fn a_quantile_is_what_sorting_gives(q in 0.0_f64..=1.0, values in prop::collection::vec(prop_oneof![8 => -100.0_f64..100.0, 1 => Just(f64::NAN)], 1..40)) {
            let mut sorted = values.clone();
            sorted.sort_by(nan_first);
            let rank = q * (sorted.len() - 1) as f64;
            let (below, weight) = (rank as usize, rank.fract());
            let wanted = sorted[below] * (1.0 - weight) + sorted[(below + 1).min(sorted.len() - 1)] * weight;
            let got = quantile(q, &mut values.clone());
            prop_assert!(got.to_bits() == wanted.to_bits() || (got.is_nan() && wanted.is_nan()), "{got} {wanted}");
        }
    }
}
