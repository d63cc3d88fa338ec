//! Classic histograms: series that count observations up to a bound, which the label `le` names.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::ast::Place;
use crate::error::QueryError;
use crate::eval::context::{Context, Steps, unwrapped};
use crate::eval::math::is_quantile;
use crate::eval::rows::{Key, Row, merged, part};
use crate::functions::Call;
use crate::notes;

/// Counts that differ by less than this share of both are the same but for rounding.
const TOLERANCE: f64 = 1e-12;

/// Upper bounds and counts, in growing order of the bounds.
type Counts = Vec<(f64, f64)>;

/// `histogram_quantile(q, vector)`
pub(crate) fn quantile(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let qs = quantile_argument(context, call, 0)?;
    let place = unwrapped(&call.arguments[1]).place;
    let rows = context.vector(&call.arguments[1])?;
    let rows = of_each(context, rows, place, |step, counts| Some(quantile_of(context, place, qs[step], counts)))?;
    Ok(Steps::Vector(merged(rows)?))
}

/// `histogram_quantiles(vector, label, q, ...)`
pub(crate) fn quantiles(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let label = call.text(1)?;
    if label.is_empty() {
        return Err(QueryError::execution("`histogram_quantiles`: the name of a label is empty"));
    }
    let place = unwrapped(&call.arguments[0]).place;
    let rows = context.vector(&call.arguments[0])?;
    let mut made = Vec::new();
    for at in 2..call.arguments.len() {
        let qs = quantile_argument(context, call, at)?;
        // The label tells the quantile, so one that changes over time gives several series.
        let mut told: Vec<f64> = Vec::new();
        for q in &qs {
            if !told.iter().any(|known| known.to_bits() == q.to_bits()) {
                told.push(*q);
            }
        }
        for q in told {
            let found = of_each(context, rows.clone(), place, |step, counts| {
                (qs[step].to_bits() == q.to_bits()).then(|| quantile_of(context, place, q, counts))
            })?;
            for mut row in found {
                row.set(label, &spelt(q));
                context.add(&mut made, row)?;
            }
        }
    }
    Ok(Steps::Vector(merged(made)?))
}

/// `histogram_fraction(lower, upper, vector)`
pub(crate) fn fraction(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let (lower, upper) = (context.scalar(&call.arguments[0])?, context.scalar(&call.arguments[1])?);
    let rows = context.vector(&call.arguments[2])?;
    let place = unwrapped(&call.arguments[2]).place;
    let rows = of_each(context, rows, place, |step, counts| Some(fraction_of(lower[step], upper[step], counts)))?;
    Ok(Steps::Vector(merged(rows)?))
}

/// Functions of native histograms: there are none here, so nothing comes of them. The argument is evaluated all the same.
pub(crate) fn native(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    context.vector(&call.arguments[0])?;
    Ok(Steps::Vector(Vec::new()))
}

fn quantile_argument(context: &Context<'_>, call: &Call<'_>, at: usize) -> Result<Vec<f64>, QueryError> {
    let qs = context.scalar(&call.arguments[at])?;
    for q in qs.iter().filter(|q| !is_quantile(**q)) {
        let text = format!("quantile value should be between 0 and 1, got {}", notes::number(*q));
        context.query.notes.borrow_mut().warn(&text, unwrapped(&call.arguments[at]).place);
    }
    Ok(qs)
}

/// As OpenMetrics writes a number: one that is whole has a point.
fn spelt(q: f64) -> String {
    let text = notes::number(q);
    if q.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

/// A row for each histogram among the rows: of the counts that it has at each moment.
fn of_each(
    context: &Context<'_>,
    rows: Vec<Row>,
    place: Place,
    mut of: impl FnMut(usize, &mut Counts) -> Option<f64>,
) -> Result<Vec<Row>, QueryError> {
    let mut histograms: BTreeMap<Key, Vec<(f64, Row)>> = BTreeMap::new();
    for row in rows {
        let bound = row.label("le");
        match bound.parse::<f64>() {
            Ok(upper) => histograms.entry(part(&row, |label| label != "le")).or_default().push((upper, row)),
            Err(_) => {
                let name = row.name.as_ref().map(|name| format!(" for metric name \"{name}\"")).unwrap_or_default();
                let text = format!("bucket label \"le\" is missing or has a malformed value of {bound:?}{name}");
                context.query.notes.borrow_mut().warn(&text, place);
            }
        }
    }
    let mut made = Vec::with_capacity(histograms.len());
    for ((_, labels), mut bounds) in histograms {
        context.in_time()?;
        bounds.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut counts = Vec::with_capacity(bounds.len());
        let mut one = |step: usize| {
            counts.clear();
            for (upper, count) in bounds.iter().filter_map(|(upper, row)| Some((*upper, row.values[step]?))) {
                match counts.last_mut() {
                    // Bounds that are written in several ways are one.
                    Some((known, sum)) if *known == upper => *sum += count,
                    _ => counts.push((upper, count)),
                }
            }
            if counts.is_empty() { None } else { of(step, &mut counts) }
        };
        let values = (0..context.times.len()).map(&mut one).collect();
        made.push(Row { name: None, labels, values });
    }
    made.retain(Row::has_any);
    Ok(made)
}

/// The quantile, by a straight line within its bucket; what lies in the last one is the bound before it (`BucketQuantile` of Prometheus'
/// `promql/quantile.go`).
fn quantile_of(context: &Context<'_>, place: Place, q: f64, counts: &mut Counts) -> f64 {
    if !is_quantile(q) {
        return if q < 0.0 {
            f64::NEG_INFINITY
        } else if q > 1.0 {
            f64::INFINITY
        } else {
            f64::NAN
        };
    }
    if counts.last().is_none_or(|(upper, _)| *upper != f64::INFINITY) {
        return f64::NAN;
    }
    if made_monotonic(counts) {
        let text = "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
        context.query.notes.borrow_mut().inform(text, place);
    }
    let [finite @ .., (_, observations)] = counts.as_slice() else { return f64::NAN };
    let Some((greatest, _)) = finite.last() else { return f64::NAN };
    if *observations == 0.0 {
        return f64::NAN;
    }
    let rank = q * observations;
    let at = finite.partition_point(|(_, count)| count.partial_cmp(&rank).is_none_or(Ordering::is_lt));
    let Some((end, count)) = finite.get(at) else { return *greatest };
    match at.checked_sub(1).map(|before| finite[before]) {
        Some((start, before)) => start + (end - start) * ((rank - before) / (count - before)),
        None if *end <= 0.0 => *end,
        // Observations are positive, then.
        None => end * (rank / count),
    }
}

/// Lets no count fall below the one before it; `true` if one did by more than rounding explains.
fn made_monotonic(counts: &mut Counts) -> bool {
    let mut forced = false;
    let Some((_, mut before)) = counts.first().copied() else { return false };
    for (_, count) in counts.iter_mut().skip(1) {
        if alike(before, *count) {
            *count = before;
        } else if *count < before {
            *count = before;
            forced = true;
        } else {
            before = *count;
        }
    }
    forced
}

/// Whether two counts are the same but for rounding.
fn alike(a: f64, b: f64) -> bool {
    let together = a.abs() + b.abs();
    if a == b || a == 0.0 || b == 0.0 || together < f64::MIN_POSITIVE {
        return a == b || (a - b).abs() < TOLERANCE * f64::MIN_POSITIVE;
    }
    (a - b).abs() / together.min(f64::MAX) < TOLERANCE
}

/// The part of the observations between two values (`BucketFraction` of the same file).
fn fraction_of(lower: f64, upper: f64, counts: &Counts) -> f64 {
    let Some((bound, all)) = counts.last().copied() else { return f64::NAN };
    if bound != f64::INFINITY || all == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank_of(upper, counts, all) - rank_of(lower, counts, all)) / all
}

/// How many observations lie below a value.
fn rank_of(value: f64, counts: &Counts, all: f64) -> f64 {
    let mut start = if counts.first().is_some_and(|(upper, _)| *upper > 0.0) { 0.0 } else { f64::NEG_INFINITY };
    let mut below = 0.0;
    for (end, count) in counts {
        if start >= value {
            return all.min(below);
        }
        if *end > value {
            // Nothing is known of where they lie in a bucket without a lower bound.
            let rank = if start == f64::NEG_INFINITY {
                *count
            } else {
                below + (count - below) * (value - start) / (end - start)
            };
            return all.min(rank);
        }
        (start, below) = (*end, *count);
    }
    all
}
