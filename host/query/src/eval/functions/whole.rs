//! Functions of scalars and of vectors with scalars, and those that tell of the query itself.

use crate::ast::ExprKind;
use crate::error::QueryError;
use crate::eval::context::{Context, Steps, unwrapped};
use crate::eval::math::{greatest, least};
use crate::eval::rows::Row;
use crate::functions::Call;

type Result = std::result::Result<Steps, QueryError>;

/// The same scalar at every moment.
fn constant(context: &Context<'_>, value: f64) -> Result {
    Ok(Steps::Scalar(vec![value; context.times.len()]))
}

pub(crate) fn pi(context: &Context<'_>, _: &Call<'_>) -> Result {
    constant(context, std::f64::consts::PI)
}

pub(crate) fn start(context: &Context<'_>, _: &Call<'_>) -> Result {
    constant(context, context.query.start.seconds())
}

pub(crate) fn end(context: &Context<'_>, _: &Call<'_>) -> Result {
    constant(context, context.query.end.seconds())
}

pub(crate) fn range(context: &Context<'_>, _: &Call<'_>) -> Result {
    constant(context, context.query.end.since(context.query.start).as_secs_f64())
}

pub(crate) fn step(context: &Context<'_>, _: &Call<'_>) -> Result {
    constant(context, context.query.step as f64 / 1e3)
}

pub(crate) fn time(context: &Context<'_>, _: &Call<'_>) -> Result {
    Ok(Steps::Scalar(context.times.iter().map(|time| time.seconds()).collect()))
}

/// The moment of each sample where the argument is a selector, which alone knows; else that of the evaluation.
pub(crate) fn timestamp(context: &Context<'_>, call: &Call<'_>) -> Result {
    match &unwrapped(&call.arguments[0]).kind {
        ExprKind::Selector(selector) => {
            let rows = context.instant_times(selector)?.into_iter().map(Row::nameless).collect();
            Ok(Steps::Vector(crate::eval::rows::merged(rows)?))
        }
        _ => context.each(&call.arguments[0], |step, _| Some(context.times[step].seconds())),
    }
}

pub(crate) fn vector(context: &Context<'_>, call: &Call<'_>) -> Result {
    let values = context.scalar(&call.arguments[0])?.into_iter().map(Some).collect();
    Ok(Steps::Vector(vec![Row::unlabelled(values)]))
}

pub(crate) fn scalar(context: &Context<'_>, call: &Call<'_>) -> Result {
    let rows = context.vector(&call.arguments[0])?;
    let at = |step: usize| {
        let mut found = rows.iter().filter_map(|row| row.values[step]);
        found.next().filter(|_| found.next().is_none()).unwrap_or(f64::NAN)
    };
    Ok(Steps::Scalar((0..context.times.len()).map(at).collect()))
}

pub(crate) fn clamp(context: &Context<'_>, call: &Call<'_>) -> Result {
    let (min, max) = (context.scalar(&call.arguments[1])?, context.scalar(&call.arguments[2])?);
    clamped(context, call, |step| (min[step], max[step]))
}

pub(crate) fn clamp_min(context: &Context<'_>, call: &Call<'_>) -> Result {
    let min = context.scalar(&call.arguments[1])?;
    clamped(context, call, |step| (min[step], f64::INFINITY))
}

pub(crate) fn clamp_max(context: &Context<'_>, call: &Call<'_>) -> Result {
    let max = context.scalar(&call.arguments[1])?;
    clamped(context, call, |step| (f64::NEG_INFINITY, max[step]))
}

fn clamped(context: &Context<'_>, call: &Call<'_>, between: impl Fn(usize) -> (f64, f64)) -> Result {
    context.each(&call.arguments[0], |step, value| {
        let (min, max) = between(step);
        (max >= min || max.is_nan() || min.is_nan()).then(|| greatest(min, least(max, value)))
    })
}

pub(crate) fn round(context: &Context<'_>, call: &Call<'_>) -> Result {
    let to = call.arguments.get(1).map(|to| context.scalar(to)).transpose()?;
    context.each(&call.arguments[0], |step, value| {
        // By the inverse, as 0.1 has none that is exact.
        let inverse = 1.0 / to.as_ref().map_or(1.0, |to| to[step]);
        Some((value * inverse + 0.5).floor() / inverse)
    })
}
