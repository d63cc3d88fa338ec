//! Arithmetic over the samples of one window, with the results that PromQL's functions of the same meaning give.

use std::borrow::Cow;

use autobot_model::Timestamp;

/// Samples of one series within a window `(start, end]`, without the markers of its end.
pub(crate) struct Window<'a> {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) times: Cow<'a, [Timestamp]>,
    pub(crate) values: Cow<'a, [f64]>,
}

impl Window<'_> {
    pub(crate) fn average(&self) -> Option<f64> {
        (!self.values.is_empty()).then(|| self.values.iter().sum::<f64>() / self.values.len() as f64)
    }

    pub(crate) fn minimum(&self) -> Option<f64> {
        self.values.iter().copied().reduce(f64::min)
    }

    pub(crate) fn maximum(&self) -> Option<f64> {
        self.values.iter().copied().reduce(f64::max)
    }

    pub(crate) fn sum(&self) -> Option<f64> {
        (!self.values.is_empty()).then(|| self.values.iter().sum())
    }

    pub(crate) fn count(&self) -> f64 {
        self.values.len() as f64
    }

    /// Of the population, as `stddev_over_time`.
    pub(crate) fn deviation(&self) -> Option<f64> {
        let mean = self.average()?;
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        Some((squares / self.count()).sqrt())
    }

    /// Between the two nearest ranks, as `quantile_over_time`.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let mut sorted = self.values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = q * (sorted.len().checked_sub(1)? as f64);
        let low = sorted.get(rank.floor() as usize)?;
        let high = sorted.get(rank.ceil() as usize)?;
        Some(low + (high - low) * rank.fract())
    }

    /// How often the value changed.
    pub(crate) fn changes(&self) -> f64 {
        let differ = |pair: &&[f64]| pair[0] != pair[1] && !(pair[0].is_nan() && pair[1].is_nan());
        self.values.windows(2).filter(differ).count() as f64
    }

    /// Slope per second by least squares, as `deriv`.
    pub(crate) fn slope(&self) -> Option<f64> {
        let first = *self.times.first()?;
        let x = |time: &Timestamp| (time.0 - first.0) as f64 / 1e3;
        let count = self.count();
        let mean_x = self.times.iter().map(x).sum::<f64>() / count;
        let mean_y = self.average()?;
        let mut covariance = 0.0;
        let mut variance = 0.0;
        for (time, value) in self.times.iter().zip(self.values.iter()) {
            covariance += (x(time) - mean_x) * (value - mean_y);
            variance += (x(time) - mean_x).powi(2);
        }
        (variance > 0.0).then(|| covariance / variance)
    }

    /// Growth of a counter over the window, carried on to its ends as `increase` of PromQL does.
    pub(crate) fn increase(&self) -> Option<f64> {
        let (&first, &last) = (self.times.first()?, self.times.last()?);
        let &first_value = self.values.first()?;
        let sampled = (last.0 - first.0) as f64 / 1e3;
        if self.times.len() < 2 || sampled <= 0.0 {
            return None;
        }
        // Below its predecessor a counter began anew, and all of its value is growth.
        let growth: f64 =
            self.values.windows(2).map(|pair| if pair[1] < pair[0] { pair[1] } else { pair[1] - pair[0] }).sum();
        let spacing = sampled / (self.count() - 1.0);
        // A gap at an end of the window within the usual spacing belongs to the series; beyond, only half a spacing does.
        let edge = |gap: f64| if gap >= spacing * 1.1 { spacing / 2.0 } else { gap };
        let mut before = edge((first.0 - self.start.0) as f64 / 1e3);
        if growth > 0.0 && first_value >= 0.0 {
            before = before.min(sampled * (first_value / growth));
        }
        let after = edge((self.end.0 - last.0) as f64 / 1e3);
        Some(growth * (sampled + before + after) / sampled)
    }

    /// Growth of a counter per second.
    pub(crate) fn rate(&self) -> Option<f64> {
        Some(self.increase()? / ((self.end.0 - self.start.0) as f64 / 1e3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(values: &[f64]) -> Window<'_> {
        // Every 10 s, the last one at the end of a window of a minute.
        let count = i64::try_from(values.len()).unwrap();
        let times = (0..count).map(|at| Timestamp(60_000 - (count - 1 - at) * 10_000)).collect();
        Window { start: Timestamp(0), end: Timestamp(60_000), times, values: Cow::Borrowed(values) }
    }

    #[test]
    fn results_are_those_of_promql() {
        let w = window(&[1.0, 2.0, 4.0, 4.0, 9.0, 10.0]);
        assert_eq!(w.average(), Some(5.0));
        assert_eq!((w.minimum(), w.maximum(), w.sum()), (Some(1.0), Some(10.0), Some(30.0)));
        assert_eq!(w.quantile(0.5), Some(4.0));
        assert_eq!(w.quantile(1.0), Some(10.0));
        assert_eq!(w.changes(), 4.0);
        assert!((w.deviation().unwrap() - (68.0f64 / 6.0).sqrt()).abs() < 1e-12);
        assert!((window(&[1.0, 2.0, 3.0]).slope().unwrap() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_counter_that_begins_anew_goes_on_growing() {
        // The gap before the first sample is larger than the spacing of 10 s: half a spacing of it counts.
        let w = window(&[10.0, 20.0, 30.0, 5.0, 15.0]);
        assert!((w.increase().unwrap() - 35.0 * (40.0 + 5.0) / 40.0).abs() < 1e-9);
        assert_eq!(window(&[7.0]).increase(), None);
        assert_eq!(window(&[7.0, 7.0]).increase(), Some(0.0));
    }

    #[test]
    fn an_empty_window_has_no_results() {
        let w = window(&[]);
        assert_eq!((w.average(), w.minimum(), w.quantile(0.5), w.slope(), w.rate()), (None, None, None, None, None));
    }
}
