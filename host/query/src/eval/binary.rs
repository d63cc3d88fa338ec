//! Operators: arithmetic and comparison of scalars and of a vector with a scalar. Two vectors are matched in [`super::matching`] and
//! [`super::sets`].

use super::context::{Context, Steps};
use super::rows::{Row, merged};
use super::{matching, sets};
use crate::ast::{BinaryOp, Matching};
use crate::error::QueryError;

pub(crate) fn apply(
    context: &Context<'_>,
    op: BinaryOp,
    sides: (Steps, Steps),
    returns_bool: bool,
    by: Option<&Matching>,
) -> Result<Steps, QueryError> {
    context.in_time()?;
    match sides {
        (Steps::Scalar(left), Steps::Scalar(right)) => {
            Ok(Steps::Scalar(left.into_iter().zip(right).map(|(left, right)| number(op, left, right)).collect()))
        }
        (Steps::Vector(rows), Steps::Scalar(scalar)) => with_scalar(op, rows, &scalar, returns_bool, false),
        (Steps::Scalar(scalar), Steps::Vector(rows)) => with_scalar(op, rows, &scalar, returns_bool, true),
        (Steps::Vector(left), Steps::Vector(right)) if op.is_set() => {
            Ok(Steps::Vector(sets::combined(op, left, right, by, context.times.len())?))
        }
        (Steps::Vector(left), Steps::Vector(right)) => {
            Ok(Steps::Vector(matching::joined(context, op, left, right, returns_bool, by)?))
        }
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
    Ok(Steps::Vector(merged(made.filter(Row::has_any).collect())?))
}

/// The result of an operator; of a comparison 1 or 0.
pub(crate) fn number(op: BinaryOp, left: f64, right: f64) -> f64 {
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
        // Sets are matched by series, not by number; nobody asks this.
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => f64::NAN,
    }
}
