//! Subqueries: an expression evaluated on a grid of its own, whose values are samples to what stands outside.
//!
//! The grid is that of absolute multiples of the step, so that a subquery gives the same samples whenever it is asked. Only moments
//! that lie in some window are evaluated, and each of them once.

use std::time::Duration;

use autobot_model::Timestamp;

use super::SUBQUERY_STEP;
use super::context::{Context, Steps};
use super::rows::{Row, order};
use crate::ast::{Expr, ExprKind};
use crate::error::QueryError;
use crate::value::RangeSeries;

/// What a subquery gave: rows over its own moments.
pub(crate) struct Inner {
    pub(crate) times: Vec<Timestamp>,
    pub(crate) rows: Vec<Row>,
    /// Where each of the outer moments has its window's end.
    pub(crate) ends: Vec<Timestamp>,
    pub(crate) range: Duration,
}

impl Context<'_> {
    /// Evaluates what stands within a subquery, for all windows at once.
    pub(crate) fn subquery(&self, expr: &Expr) -> Result<Inner, QueryError> {
        let ExprKind::Subquery { expr: inner, range, step, shift } = &expr.kind else {
            return Err(QueryError::bad("a range vector is wanted here"));
        };
        let ends = self.moments(*shift);
        let step = i64::try_from(step.unwrap_or(SUBQUERY_STEP).as_millis()).unwrap_or(i64::MAX).max(1);
        let times = self.grid(&ends, *range, step)?;
        let context = Context { query: self.query, times };
        let mut rows = match context.eval(inner)? {
            Steps::Vector(rows) => rows,
            _ => return Err(QueryError::bad("a subquery is made of an instant vector")),
        };
        rows.sort_by(order);
        Ok(Inner { times: context.times, rows, ends, range: *range })
    }

    /// The multiples of `step` that lie in any of the windows, each once.
    fn grid(&self, ends: &[Timestamp], range: Duration, step: i64) -> Result<Vec<Timestamp>, QueryError> {
        let mut times: Vec<Timestamp> = Vec::new();
        for end in ends {
            let after = times.last().copied().unwrap_or(Timestamp::MIN).max(*end - range);
            let mut next = after.0.div_euclid(step).saturating_add(1).saturating_mul(step);
            while next <= end.0 {
                times.push(Timestamp(next));
                if times.len().is_multiple_of(4096) {
                    self.query.budget.subquery(times.len())?;
                }
                let Some(following) = next.checked_add(step) else { break };
                next = following;
            }
        }
        self.query.budget.subquery(times.len())?;
        Ok(times)
    }

    /// The values of a subquery themselves, for an instant query.
    pub(crate) fn raw_subquery(&self, expr: &Expr) -> Result<Vec<RangeSeries>, QueryError> {
        let inner = self.subquery(expr)?;
        let series = inner.rows.into_iter().filter(Row::has_any).map(|row| {
            let (times, values) = samples(&inner.times, &row.values);
            RangeSeries { name: row.name, labels: row.labels, times, values }
        });
        Ok(series.collect())
    }
}

/// The values that are there, as samples.
pub(crate) fn samples(times: &[Timestamp], values: &[Option<f64>]) -> (Vec<Timestamp>, Vec<f64>) {
    times.iter().zip(values).filter_map(|(time, value)| Some((*time, (*value)?))).unzip()
}
