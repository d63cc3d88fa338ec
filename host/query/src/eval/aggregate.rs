//! Aggregations over series.

use std::collections::BTreeMap;

use autobot_model::Labels;

use super::{Row, over_time};
use crate::ast::Grouping;

pub(super) fn is_known(op: &str) -> bool {
    matches!(op, "sum" | "avg" | "min" | "max" | "count" | "group" | "stddev" | "stdvar")
}

/// One row per group, in the order of the groups' labels.
pub(super) fn apply(op: &str, rows: Vec<Row>, grouping: &Grouping, steps: usize) -> Vec<Row> {
    let mut groups: BTreeMap<Labels, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let labels = match grouping {
            Grouping::By(kept) => {
                let named = kept.iter().any(|label| label == "__name__").then(|| row.name.clone()).flatten();
                let labels = row.labels.filter(|label| kept.iter().any(|kept| kept == label));
                named.map_or(labels.clone(), |name| labels.with("__name__", &name))
            }
            Grouping::Without(left) => row.labels.filter(|label| !left.iter().any(|left| left == label)),
        };
        groups.entry(labels).or_default().push(row);
    }
    let mut column = Vec::new();
    let one = |(labels, rows): (Labels, Vec<Row>)| {
        let values = (0..steps)
            .map(|step| {
                column.clear();
                column.extend(rows.iter().filter_map(|row| row.values[step]));
                value(op, &column)
            })
            .collect();
        let name = labels.get("__name__").map(std::sync::Arc::from);
        Row { name, labels: labels.filter(|label| label != "__name__"), values }
    };
    groups.into_iter().map(one).collect()
}

fn value(op: &str, values: &[f64]) -> Option<f64> {
    let extreme = |better: fn(f64, f64) -> bool| {
        values.iter().copied().reduce(|a, b| if better(b, a) || a.is_nan() { b } else { a })
    };
    if values.is_empty() {
        return None;
    }
    match op {
        "sum" => Some(over_time::sum(values)),
        "avg" => Some(over_time::mean(values)),
        "min" => extreme(|a, b| a < b),
        "max" => extreme(|a, b| a > b),
        "count" => Some(values.len() as f64),
        "group" => Some(1.0),
        "stddev" => Some(over_time::variance(values).sqrt()),
        "stdvar" => Some(over_time::variance(values)),
        _ => None,
    }
}
