//! Aggregations that choose, rank or count: `topk`, `bottomk`, `limitk`, `limit_ratio`, `quantile`, `count_values`.

use std::collections::HashMap;

use super::aggregate::{Groups, group};
use super::context::{Context, unwrapped};
use super::functions::order::nan_last;
use super::math;
use super::rows::{Arising, Row};
use crate::ast::{Expr, ExprKind, Grouping, Place};
use crate::error::QueryError;
use crate::notes;

/// One candidate: which row of the group, and its value.
type Candidate = (usize, f64);

/// `topk`, `bottomk`, `limitk`
pub(crate) fn first_k(context: &Context<'_>, op: &str, groups: Groups, ks: &[f64]) -> Result<Vec<Row>, QueryError> {
    // Nobody asks for anything: that is no error, whatever else is among the numbers.
    if !ks.iter().any(|k| *k >= 1.0) && !ks.iter().any(|k| k.is_nan()) {
        return Ok(Vec::new());
    }
    if ks.iter().any(|k| k.is_nan()) {
        return Err(QueryError::execution(format!("`{op}`: the number of series is NaN")));
    }
    if let Some(k) = ks.iter().find(|k| k.abs() > i64::MAX as f64) {
        return Err(QueryError::execution(format!("`{op}`: {k} is no number of series")));
    }
    chosen(context, groups, |step, all| {
        let k = if ks[step] >= 1.0 { ks[step] as usize } else { 0 };
        match op {
            "topk" => best(all, k, |a, b| a.is_nan() || a < b, true),
            "bottomk" => best(all, k, |a, b| a.is_nan() || a > b, false),
            _ => all.truncate(k),
        }
    })
}

/// The `k` candidates that `worse` leaves, best first. Which of several equal ones stay is what Prometheus' heap makes of their order
/// (Go's `container/heap`), so that both answer alike.
fn best(all: &mut Vec<Candidate>, k: usize, worse: fn(f64, f64) -> bool, downwards: bool) {
    let mut heap: Vec<Candidate> = Vec::with_capacity(k.min(all.len()));
    for new in all.drain(..) {
        if heap.len() < k {
            heap.push(new);
            let mut at = heap.len() - 1;
            while at > 0 && worse(heap[at].1, heap[(at - 1) / 2].1) {
                heap.swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        } else if heap.first().is_some_and(|(_, worst)| (worst.is_nan() || worse(*worst, new.1)) && !new.1.is_nan()) {
            heap[0] = new;
            let mut at = 0;
            loop {
                let (left, right) = (2 * at + 1, 2 * at + 2);
                if left >= heap.len() {
                    break;
                }
                let child = if right < heap.len() && worse(heap[right].1, heap[left].1) { right } else { left };
                if !worse(heap[child].1, heap[at].1) {
                    break;
                }
                heap.swap(at, child);
                at = child;
            }
        }
    }
    heap.sort_by(|a, b| nan_last(a.1, b.1, downwards));
    *all = heap;
}

/// `limit_ratio`
pub(crate) fn limit_ratio(
    context: &Context<'_>,
    groups: Groups,
    ratios: &[f64],
    place: Place,
) -> Result<Vec<Row>, QueryError> {
    if ratios.iter().any(|ratio| ratio.is_nan()) {
        return Err(QueryError::execution("`limit_ratio`: the ratio is NaN"));
    }
    let (most, least) = ratios.iter().fold((f64::MIN, f64::MAX), |(most, least), r| (most.max(*r), least.min(*r)));
    for (ratio, bound) in [(most, 1.0), (least, -1.0)] {
        if !ratios.is_empty() && ratio.abs() > 1.0 && ratio.signum() == bound {
            let text = format!(
                "ratio value should be between -1 and 1, got {}, capping to {}",
                notes::number(ratio),
                notes::number(bound)
            );
            context.query.notes.borrow_mut().warn(&text, place);
        }
    }
    let mut made = Vec::new();
    for row in groups.into_values().flatten() {
        let at = offset(&row);
        let mut row = row;
        for (value, ratio) in row.values.iter_mut().zip(ratios) {
            // A negative ratio takes what the positive one of the rest leaves.
            let taken = if *ratio >= 0.0 { at < *ratio } else { at >= 1.0 + ratio.max(-1.0) };
            *value = value.filter(|_| taken);
        }
        if row.has_any() {
            made.push(row);
        }
    }
    Ok(made)
}

/// Where a series stands between 0 and 1, always the same: FNV-1a over its name and labels (G. Fowler, L. C. Noll, K.-P. Vo), with the
/// finish of MurmurHash3, which spreads it.
fn offset(row: &Row) -> f64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    add(row.name.as_deref().unwrap_or_default());
    for (label, value) in row.labels.iter() {
        add(label);
        add(value);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    // The upper 53 bits, which a float holds exactly: below 1 in any case.
    ((hash ^ (hash >> 33)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The rows with those values that `choose` leaves of each group at each moment. Of a single moment the rows come in the order that it
/// leaves them in.
fn chosen(
    context: &Context<'_>,
    groups: Groups,
    mut choose: impl FnMut(usize, &mut Vec<Candidate>),
) -> Result<Vec<Row>, QueryError> {
    let steps = context.times.len();
    let mut made = Vec::new();
    let mut all = Vec::new();
    for (_, mut rows) in groups {
        let mut kept = vec![false; rows.len()];
        for step in 0..steps {
            if step % 1024 == 0 {
                context.in_time()?;
            }
            all.clear();
            // What is taken out here comes back if it is chosen.
            all.extend(rows.iter_mut().enumerate().filter_map(|(at, row)| Some((at, row.values[step].take()?))));
            choose(step, &mut all);
            for (at, value) in &all {
                rows[*at].values[step] = Some(*value);
                kept[*at] = true;
            }
        }
        if steps == 1 {
            let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
            made.extend(all.iter().filter_map(|(at, _)| rows[*at].take()));
        } else {
            made.extend(rows.into_iter().zip(kept).filter_map(|(row, kept)| kept.then_some(row)));
        }
    }
    Ok(made)
}

/// `quantile`
pub(crate) fn quantile(
    context: &Context<'_>,
    groups: Groups,
    qs: &[f64],
    place: Place,
) -> Result<Vec<Row>, QueryError> {
    for q in qs.iter().filter(|q| !math::is_quantile(**q)) {
        let text = format!("quantile value should be between 0 and 1, got {}", notes::number(*q));
        context.query.notes.borrow_mut().warn(&text, place);
    }
    let mut made = Vec::with_capacity(groups.len());
    let mut column = Vec::new();
    for ((name, labels), rows) in groups {
        context.in_time()?;
        let mut one = |(step, q): (usize, &f64)| {
            column.clear();
            column.extend(rows.iter().filter_map(|row| row.values[step]));
            (!column.is_empty()).then(|| math::quantile(*q, &mut column))
        };
        let values = qs.iter().enumerate().map(&mut one).collect();
        made.push(Row { name, labels, values });
    }
    made.retain(Row::has_any);
    Ok(made)
}

/// `count_values`
pub(crate) fn count_values(
    context: &Context<'_>,
    label: Option<&Expr>,
    rows: Vec<Row>,
    grouping: &Grouping,
) -> Result<Vec<Row>, QueryError> {
    let Some(ExprKind::Text(label)) = label.map(|label| &unwrapped(label).kind) else {
        return Err(QueryError::bad("`count_values` takes the name of a label"));
    };
    if label.is_empty() {
        return Err(QueryError::execution("`count_values`: the name of the label is empty"));
    }
    // `without` takes even this label away.
    let labelled = !matches!(grouping, Grouping::Without(left) if left.contains(label) || label == "__name__");
    let mut made = Arising::new(context.times.len());
    for row in rows {
        context.in_time()?;
        let (name, labels) = group(&row, grouping);
        let group = Row { name, labels, values: Vec::new() };
        let mut known: HashMap<u64, usize> = HashMap::new();
        for (step, value) in row.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let series = match known.get(&value.to_bits()) {
                Some(series) => *series,
                None => {
                    let mut key = group.clone();
                    if labelled {
                        key.set(label, &spelt(*value));
                    }
                    let (series, new) = made.series((key.name, key.labels));
                    if new {
                        context.query.budget.rows(made.len(), context.times.len())?;
                        context.query.budget.keep(context.times.len())?;
                    }
                    known.insert(value.to_bits(), series);
                    series
                }
            };
            made.count(series, step);
        }
    }
    Ok(made.rows())
}

/// A number without an exponent, as Go's format `f` writes it.
fn spelt(value: f64) -> String {
    if value.is_finite() { format!("{value}") } else { crate::json::number_text(value) }
}
