//! Arithmetic and comparison.

use std::collections::HashMap;

use autobot_model::Labels;

use super::{Row, Steps, unique};
use crate::ast::{BinaryOp, Matching};
use crate::error::QueryError;

pub(super) fn apply(
    op: BinaryOp,
    left: Steps,
    right: Steps,
    returns_bool: bool,
    matching: Option<&Matching>,
) -> Result<Steps, QueryError> {
    match (left, right) {
        (Steps::Scalar(left), Steps::Scalar(right)) => {
            Ok(Steps::Scalar(left.into_iter().zip(right).map(|(l, r)| number(op, l, r)).collect()))
        }
        (Steps::Vector(rows), Steps::Scalar(scalar)) => with_scalar(op, rows, &scalar, returns_bool, false),
        (Steps::Scalar(scalar), Steps::Vector(rows)) => with_scalar(op, rows, &scalar, returns_bool, true),
        (Steps::Vector(left), Steps::Vector(right)) => one_to_one(op, left, right, returns_bool, matching),
        _ => Err(QueryError::bad(format!("`{}` works on numbers", op.as_str()))),
    }
}

fn with_scalar(
    op: BinaryOp,
    rows: Vec<Row>,
    scalar: &[f64],
    returns_bool: bool,
    scalar_left: bool,
) -> Result<Steps, QueryError> {
    let filters = op.is_comparison() && !returns_bool;
    let made = rows.into_iter().map(|mut row| {
        for (value, scalar) in row.values.iter_mut().zip(scalar) {
            *value = value.and_then(|own| {
                let result = if scalar_left { number(op, *scalar, own) } else { number(op, own, *scalar) };
                if filters { (result != 0.0).then_some(own) } else { Some(result) }
            });
        }
        if filters { row } else { row.nameless() }
    });
    Ok(Steps::Vector(unique(made.filter(|row| row.values.iter().any(Option::is_some)).collect())?))
}

fn one_to_one(
    op: BinaryOp,
    left: Vec<Row>,
    right: Vec<Row>,
    returns_bool: bool,
    matching: Option<&Matching>,
) -> Result<Steps, QueryError> {
    if matching.is_some_and(|matching| matching.group.is_some()) {
        return Err(QueryError::unsupported("`group_left` and `group_right`"));
    }
    let key = |labels: &Labels| match matching {
        None => labels.clone(),
        Some(Matching { on: true, labels: kept, .. }) => labels.filter(|label| kept.iter().any(|kept| kept == label)),
        Some(Matching { labels: left, .. }) => labels.filter(|label| !left.iter().any(|left| left == label)),
    };
    let filters = op.is_comparison() && !returns_bool;
    let mut others: HashMap<Labels, Row> = HashMap::with_capacity(right.len());
    for row in right {
        let key = key(&row.labels);
        if others.insert(key.clone(), row).is_some() {
            return Err(many(&key, "right"));
        }
    }
    let mut made = Vec::new();
    let mut used = std::collections::HashSet::new();
    for mut row in left {
        let key = key(&row.labels);
        let Some(other) = others.get(&key) else { continue };
        if !used.insert(key.clone()) {
            return Err(many(&key, "left"));
        }
        for (value, other) in row.values.iter_mut().zip(&other.values) {
            *value = value.zip(*other).and_then(|(l, r)| {
                let result = number(op, l, r);
                if filters { (result != 0.0).then_some(l) } else { Some(result) }
            });
        }
        if !filters {
            (row.name, row.labels) = (None, key);
        }
        if row.values.iter().any(Option::is_some) {
            made.push(row);
        }
    }
    Ok(Steps::Vector(unique(made)?))
}

fn many(key: &Labels, side: &str) -> QueryError {
    QueryError::execution(format!(
        "several series on the {side} side match {key}; name the labels that tell them apart with `on` or `ignoring`"
    ))
}

fn number(op: BinaryOp, left: f64, right: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        BinaryOp::Pow => left.powf(right),
        BinaryOp::Atan2 => left.atan2(right),
        BinaryOp::Equal => truth(left == right),
        BinaryOp::NotEqual => truth(left != right),
        BinaryOp::Greater => truth(left > right),
        BinaryOp::Less => truth(left < right),
        BinaryOp::GreaterOrEqual => truth(left >= right),
        BinaryOp::LessOrEqual => truth(left <= right),
        // Sets are matched by series, not by number; the evaluator never asks this.
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => f64::NAN,
    }
}
