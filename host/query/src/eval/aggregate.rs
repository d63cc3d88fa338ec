//! Aggregations over series that fold each moment's values into one. Those that choose, count or rank are in [`super::ranked`].

use std::collections::BTreeMap;

use super::context::{Context, unwrapped};
use super::math::{Mean, Sum, Variance};
use super::ranked;
use super::rows::{Key, Row, part};
use crate::ast::{Expr, Grouping};
use crate::error::QueryError;

/// The rows of each group, in the order of the groups' labels.
pub(crate) type Groups = BTreeMap<Key, Vec<Row>>;

pub(crate) fn apply(
    context: &Context<'_>,
    op: &str,
    parameter: Option<&Expr>,
    inner: &Expr,
    grouping: &Grouping,
) -> Result<Vec<Row>, QueryError> {
    let rows = context.vector(inner)?;
    if op == "count_values" {
        return ranked::count_values(context, parameter, rows, grouping);
    }
    let mut groups = Groups::new();
    for row in rows {
        groups.entry(group(&row, grouping)).or_default().push(row);
    }
    if let Some(parameter) = parameter {
        let values = context.scalar(parameter)?;
        let place = unwrapped(parameter).place;
        return match op {
            "quantile" => ranked::quantile(context, groups, &values, place),
            "limit_ratio" => ranked::limit_ratio(context, groups, &values, place),
            _ => ranked::first_k(context, op, groups, &values),
        };
    }
    let fold = match op {
        "sum" => |column| folded(column, Sum::default(), Sum::add, Sum::value),
        "avg" => |column| folded(column, Mean::default(), Mean::add, Mean::value),
        "min" => |column| {
            folded(
                column,
                f64::NAN,
                |least, value| {
                    if value < *least || least.is_nan() {
                        *least = value
                    }
                },
                |v| v,
            )
        },
        "max" => |column| {
            folded(
                column,
                f64::NAN,
                |most, value| {
                    if value > *most || most.is_nan() {
                        *most = value
                    }
                },
                |v| v,
            )
        },
        "count" => |column| folded(column, 0.0, |count, _| *count += 1.0, |v| v),
        "group" => |column| folded(column, (), |(), _| (), |()| 1.0),
        "stddev" => |column| folded(column, Variance::default(), Variance::add, |variance| variance.value().sqrt()),
        "stdvar" => |column| folded(column, Variance::default(), Variance::add, Variance::value),
        _ => return Err(QueryError::bad(format!("there is no aggregation `{op}`"))),
    };
    let mut made = Vec::with_capacity(groups.len());
    for ((name, labels), rows) in groups {
        context.in_time()?;
        made.push(Row { name, labels, values: fold(rows) });
    }
    made.retain(Row::has_any);
    Ok(made)
}

/// What all series of the row's group have in common.
pub(crate) fn group(row: &Row, grouping: &Grouping) -> Key {
    match grouping {
        Grouping::By(kept) => part(row, |label| kept.iter().any(|kept| kept == label)),
        Grouping::Without(left) => part(row, |label| label != "__name__" && !left.iter().any(|left| left == label)),
    }
}

/// Row by row, so that each column is walked through once.
fn folded<A: Copy>(rows: Vec<Row>, none: A, add: fn(&mut A, f64), value: fn(A) -> f64) -> Vec<Option<f64>> {
    let steps = rows.first().map_or(0, |row| row.values.len());
    let mut all: Vec<Option<A>> = vec![None; steps];
    for row in &rows {
        for (so_far, value) in all.iter_mut().zip(&row.values) {
            if let Some(value) = value {
                add(so_far.get_or_insert(none), *value);
            }
        }
    }
    all.into_iter().map(|all| all.map(value)).collect()
}
