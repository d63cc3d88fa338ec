//! Functions of one window of samples. Formulas are those of Prometheus 3 (`promql/functions.go`).

use super::select::Window;

/// What a function makes of a window.
pub(super) type OfWindow = fn(&Window<'_>) -> Option<f64>;

/// A function that is known here, and whether the metric keeps its name.
pub(super) fn function(name: &str) -> Option<(OfWindow, bool)> {
    let plain: OfWindow = match name {
        "rate" => |window| extrapolated(window, true).map(|grown| grown / window.seconds()),
        "increase" => |window| extrapolated(window, true),
        "delta" => |window| extrapolated(window, false),
        "irate" => |window| instant(window, true),
        "idelta" => |window| instant(window, false),
        "avg_over_time" => |window| Some(mean(window.values)),
        "sum_over_time" => |window| Some(sum(window.values)),
        "count_over_time" => |window| Some(window.values.len() as f64),
        "min_over_time" => {
            |window| window.values.iter().copied().reduce(|a, b| if b < a || a.is_nan() { b } else { a })
        }
        "max_over_time" => {
            |window| window.values.iter().copied().reduce(|a, b| if b > a || a.is_nan() { b } else { a })
        }
        "stddev_over_time" => |window| Some(variance(window.values).sqrt()),
        "stdvar_over_time" => |window| Some(variance(window.values)),
        "present_over_time" => |_| Some(1.0),
        "changes" => |window| {
            Some(
                window
                    .values
                    .windows(2)
                    .filter(|pair| pair[0] != pair[1] && !(pair[0].is_nan() && pair[1].is_nan()))
                    .count() as f64,
            )
        },
        "resets" => |window| Some(window.values.windows(2).filter(|pair| pair[1] < pair[0]).count() as f64),
        "deriv" => |window| (window.values.len() >= 2).then(|| slope(window)),
        "last_over_time" => return Some((|window| window.values.last().copied(), true)),
        "first_over_time" => return Some((|window| window.values.first().copied(), true)),
        _ => return None,
    };
    Some((plain, false))
}

impl Window<'_> {
    fn seconds(&self) -> f64 {
        self.end.seconds() - self.start.seconds()
    }
}

/// Growth over the window, extrapolated to its ends: to an end that is nearer than 1.1 times the mean distance of samples
/// all the way, else by half that distance; a counter is not extrapolated below zero.
fn extrapolated(window: &Window<'_>, counter: bool) -> Option<f64> {
    let (&first, &last) = (window.values.first()?, window.values.last()?);
    let (first_time, last_time) = (window.times.first()?.seconds(), window.times.last()?.seconds());
    let intervals = window.values.len().checked_sub(1).filter(|count| *count > 0)? as f64;
    let mut grown = last - first;
    if counter {
        grown += window.values.windows(2).filter(|pair| pair[1] < pair[0]).map(|pair| pair[0]).sum::<f64>();
    }
    let sampled = last_time - first_time;
    let mean_distance = sampled / intervals;
    let threshold = mean_distance * 1.1;
    let (mut to_start, mut to_end) = (first_time - window.start.seconds(), window.end.seconds() - last_time);
    if to_start >= threshold {
        to_start = mean_distance / 2.0;
    }
    if counter && grown > 0.0 && first >= 0.0 {
        to_start = to_start.min(sampled * (first / grown));
    }
    if to_end >= threshold {
        to_end = mean_distance / 2.0;
    }
    Some(grown * ((sampled + to_start + to_end) / sampled))
}

/// The step between the last two samples.
fn instant(window: &Window<'_>, rate: bool) -> Option<f64> {
    let at = window.values.len().checked_sub(2)?;
    let (before, last) = (window.values[at], window.values[at + 1]);
    if !rate {
        return Some(last - before);
    }
    let seconds = window.times[at + 1].seconds() - window.times[at].seconds();
    // After a reset the counter began at zero.
    Some((if last < before { last } else { last - before }) / seconds)
}

/// Neumaier's sum ("Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974): exact to the last bit or two.
pub(super) fn sum(values: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for &value in values {
        let total = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - total) + value } else { (value - total) + sum };
        sum = total;
    }
    // Infinities leave a NaN behind in what was lost.
    if sum.is_finite() { sum + lost } else { sum }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// Variance of the population (Welford's update).
pub(super) fn variance(values: &[f64]) -> f64 {
    let (mut mean, mut squares) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let delta = value - mean;
        mean += delta / (at + 1) as f64;
        squares += delta * (value - mean);
    }
    squares / values.len() as f64
}

/// Quantile with linear interpolation between ranks, as Prometheus computes it.
pub(super) fn quantile(q: f64, values: &[f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&q) {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = q * (sorted.len() - 1) as f64;
    let (below, above) = (rank.floor() as usize, (rank.floor() as usize + 1).min(sorted.len() - 1));
    let weight = rank - rank.floor();
    sorted[below] * (1.0 - weight) + sorted[above] * weight
}

/// Slope of the least-squares line through the window's samples, per second.
fn slope(window: &Window<'_>) -> f64 {
    let origin = window.times[0].seconds();
    let count = window.values.len() as f64;
    let (mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0);
    for (time, value) in window.times.iter().zip(window.values) {
        let at = time.seconds() - origin;
        x += at;
        y += value;
        xx += at * at;
        xy += at * value;
    }
    (xy - x * y / count) / (xx - x * x / count)
}
