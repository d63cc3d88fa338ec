//! Evaluation. Every expression is evaluated for all moments at once: a selector is read once for the whole range, its windows slide over
//! the samples, and each operator works on columns. An instant query is a range of one moment.

mod aggregate;
mod binary;
mod buckets;
mod context;
pub(crate) mod functions;
mod limits;
mod matching;
mod math;
mod ranked;
mod rows;
mod select;
mod sets;
mod subquery;
mod windows;

use std::time::Duration;

use autobot_model::{Labels, SeriesReader, Timestamp};

use crate::ast::{Expr, ExprKind};
use crate::error::QueryError;
use crate::value::{Answer, InstantSample, RangeSeries, Value};
use context::Query;
pub(crate) use context::{Context, Steps, unwrapped};
pub(crate) use functions::date::Date;
pub use limits::Limits;
use rows::Row;
pub(crate) use windows::WindowWork;

/// How far back an instant selector looks for a series' last sample: Prometheus' default.
pub const LOOKBACK: Duration = Duration::from_secs(300);
/// The step of a subquery that names none: Prometheus' default interval of evaluation, whatever the query's own step is.
pub const SUBQUERY_STEP: Duration = Duration::from_secs(60);

/// Evaluates queries within limits.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    /// What one query may use up.
    pub limits: Limits,
}

impl Engine {
    /// Evaluates `expr` at one moment.
    ///
    /// # Errors
    /// What cannot be evaluated, exceeds a limit, or could not be read.
    pub fn instant(&self, reader: &dyn SeriesReader, expr: &Expr, at: Timestamp) -> Result<Value, QueryError> {
        Ok(self.instant_answer(reader, expr, at)?.value)
    }

    /// As [`Engine::instant`], with what Prometheus says beside the result.
    ///
    /// # Errors
    /// As [`Engine::instant`].
    pub fn instant_answer(
        &self,
        reader: &dyn SeriesReader,
        expr: &Expr,
        at: Timestamp,
    ) -> Result<Answer<Value>, QueryError> {
        let query = Query::new(reader, self.limits, at, at, 0);
        let context = Context { query: &query, times: vec![at] };
        let inner = unwrapped(expr);
        let value = match &inner.kind {
            ExprKind::Selector(selector) if selector.range.is_some() => Value::Matrix(context.raw(selector)?),
            ExprKind::Subquery { .. } => Value::Matrix(context.raw_subquery(inner)?),
            _ => match context.eval(expr)? {
                Steps::Scalar(values) => Value::Scalar(values.first().copied().unwrap_or(f64::NAN)),
                Steps::Text(text) => Value::Text(text),
                Steps::Vector(rows) => {
                    let sample = |row: Row| {
                        let value = row.values.first().copied()??;
                        Some(InstantSample { value, name: row.name, labels: row.labels, time: at })
                    };
                    Value::Vector(rows.into_iter().filter_map(sample).collect())
                }
            },
        };
        Ok(query.answer(value))
    }

    /// Evaluates `expr` at `start`, `start + step`, ... up to `end`. Series come sorted by name and labels.
    ///
    /// # Errors
    /// As [`Engine::instant`]; too many steps; an expression that gives neither a scalar nor an instant vector.
    pub fn range(
        &self,
        reader: &dyn SeriesReader,
        expr: &Expr,
        start: Timestamp,
        end: Timestamp,
        step: Duration,
    ) -> Result<Vec<RangeSeries>, QueryError> {
        Ok(self.range_answer(reader, expr, start, end, step)?.value)
    }

    /// As [`Engine::range`], with what Prometheus says beside the result.
    ///
    /// # Errors
    /// As [`Engine::range`].
    pub fn range_answer(
        &self,
        reader: &dyn SeriesReader,
        expr: &Expr,
        start: Timestamp,
        end: Timestamp,
        step: Duration,
    ) -> Result<Answer<Vec<RangeSeries>>, QueryError> {
        let millis = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
        if millis <= 0 {
            return Err(QueryError::bad("the step is zero; it is at least a millisecond"));
        }
        if end < start {
            return Err(QueryError::bad("the end is before the start"));
        }
        let steps = usize::try_from(end.0.saturating_sub(start.0) / millis).unwrap_or(usize::MAX).saturating_add(1);
        if steps > self.limits.steps {
            return Err(QueryError::bad(format!(
                "{steps} steps are more than {}; ask for a longer step or a shorter time",
                self.limits.steps
            )));
        }
        let times = (0..steps as i64).map(|at| Timestamp(start.0 + at * millis)).collect();
        let query = Query::new(reader, self.limits, start, end, millis);
        let context = Context { query: &query, times };
        let mut rows = match context.eval(expr)? {
            Steps::Vector(rows) => rows,
            Steps::Scalar(values) => {
                vec![Row { name: None, labels: Labels::default(), values: values.into_iter().map(Some).collect() }]
            }
            Steps::Text(_) => return Err(QueryError::bad("a range query gives numbers, not a text")),
        };
        rows.sort_by(rows::order);
        let series = rows.into_iter().filter_map(|row| {
            let (times, values): (Vec<_>, Vec<_>) =
                context.times.iter().zip(&row.values).filter_map(|(time, value)| Some((*time, (*value)?))).unzip();
            (!times.is_empty()).then_some(RangeSeries { name: row.name, labels: row.labels, times, values })
        });
        let series = series.collect();
        Ok(query.answer(series))
    }
}
