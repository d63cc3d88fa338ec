//! Evaluation. Every expression is evaluated for all steps at once: a selector is read once for the whole range, and
//! its windows slide over the samples. An instant query is a range of one step.

mod aggregate;
mod binary;
mod call;
mod over_time;
mod select;

use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_model::{Labels, ReadLimit, SeriesReader, Timestamp};

use crate::ast::{Expr, ExprKind};
use crate::error::{ErrorKind, QueryError};
use crate::value::{InstantSample, RangeSeries, Value};

/// How far back an instant selector looks for a series' last sample: Prometheus' default.
pub const LOOKBACK: Duration = Duration::from_secs(300);

/// What one query may use up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Samples read by one selector.
    pub read: ReadLimit,
    /// Steps of a range query; Prometheus allows 11,000.
    pub steps: usize,
    /// Wall time.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { read: ReadLimit::default(), steps: 11_000, time: Duration::from_secs(60) }
    }
}

/// Evaluates queries within limits.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    /// What one query may use up.
    pub limits: Limits,
}

/// One series of an intermediate result: a value per step, where there is one.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) labels: Labels,
    /// A value per step; `None` where the series has none.
    pub(crate) values: Vec<Option<f64>>,
}

/// An intermediate result.
pub(crate) enum Steps {
    Scalar(Vec<f64>),
    Vector(Vec<Row>),
    Text(String),
}

/// One evaluation under way.
pub(crate) struct Context<'a> {
    pub(crate) reader: &'a dyn SeriesReader,
    pub(crate) limits: Limits,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) times: Vec<Timestamp>,
    deadline: Instant,
}

impl Engine {
    /// Evaluates `expr` at one moment.
    ///
    /// # Errors
    /// What is not part of this version, exceeds a limit, or could not be read.
    pub fn instant(&self, reader: &dyn SeriesReader, expr: &Expr, at: Timestamp) -> Result<Value, QueryError> {
        let context = self.context(reader, at, at, vec![at]);
        if let ExprKind::Selector(selector) = &unwrapped(expr).kind
            && selector.range.is_some()
        {
            return Ok(Value::Matrix(context.raw(selector)?));
        }
        Ok(match context.eval(expr)? {
            Steps::Scalar(values) => Value::Scalar(values.first().copied().unwrap_or(f64::NAN)),
            Steps::Text(text) => Value::Text(text),
            Steps::Vector(rows) => {
                let sample = |row: Row| {
                    Some(InstantSample {
                        value: row.values.first().copied()??,
                        name: row.name,
                        labels: row.labels,
                        time: at,
                    })
                };
                Value::Vector(rows.into_iter().filter_map(sample).collect())
            }
        })
    }

    /// Evaluates `expr` at `start`, `start + step`, ... up to `end`.
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
        let context = self.context(reader, start, end, times);
        let rows = match context.eval(expr)? {
            Steps::Vector(rows) => rows,
            Steps::Scalar(values) => {
                vec![Row { name: None, labels: Labels::default(), values: values.into_iter().map(Some).collect() }]
            }
            Steps::Text(_) => return Err(QueryError::bad("a range query gives numbers, not a text")),
        };
        let series = rows.into_iter().filter_map(|row| {
            let (times, values): (Vec<_>, Vec<_>) =
                context.times.iter().zip(&row.values).filter_map(|(time, value)| Some((*time, (*value)?))).unzip();
            (!times.is_empty()).then_some(RangeSeries { name: row.name, labels: row.labels, times, values })
        });
        Ok(series.collect())
    }

    fn context<'a>(
        &self,
        reader: &'a dyn SeriesReader,
        start: Timestamp,
        end: Timestamp,
        times: Vec<Timestamp>,
    ) -> Context<'a> {
        Context { reader, limits: self.limits, start, end, times, deadline: Instant::now() + self.limits.time }
    }
}

/// The expression within any parentheses.
pub(crate) fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => unwrapped(inner),
        _ => expr,
    }
}

impl Context<'_> {
    pub(crate) fn eval(&self, expr: &Expr) -> Result<Steps, QueryError> {
        self.in_time()?;
        match &expr.kind {
            ExprKind::Number(number) => Ok(Steps::Scalar(vec![*number; self.times.len()])),
            ExprKind::Text(text) => Ok(Steps::Text(text.clone())),
            ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::Selector(selector) if selector.range.is_none() => Ok(Steps::Vector(self.instant_rows(selector)?)),
            ExprKind::Selector(_) => {
                Err(QueryError::bad("a range vector is no result of a range query; wrap it in a function like rate"))
            }
            ExprKind::Subquery { .. } => Err(unsupported("a subquery", expr)),
            ExprKind::Unary { negative, expr } => {
                let sign = |value: f64| if *negative { -value } else { value };
                Ok(match self.eval(expr)? {
                    Steps::Scalar(values) => Steps::Scalar(values.into_iter().map(sign).collect()),
                    Steps::Vector(rows) if *negative => {
                        Steps::Vector(unique(rows.into_iter().map(|row| row.nameless().mapped(sign)).collect())?)
                    }
                    other => other,
                })
            }
            ExprKind::Binary { op, left, right, returns_bool, matching } => {
                if op.is_set() {
                    return Err(unsupported(&format!("`{}`", op.as_str()), expr));
                }
                let (left, right) = (self.eval(left)?, self.eval(right)?);
                binary::apply(*op, left, right, *returns_bool, matching.as_ref())
            }
            ExprKind::Aggregate { op, parameter, expr: inner, grouping } => {
                if parameter.is_some() || !aggregate::is_known(op) {
                    return Err(unsupported(&format!("`{op}`"), expr));
                }
                match self.eval(inner)? {
                    Steps::Vector(rows) => Ok(Steps::Vector(aggregate::apply(op, rows, grouping, self.times.len()))),
                    _ => Err(QueryError::bad(format!("`{op}` aggregates an instant vector"))),
                }
            }
            ExprKind::Call { function, arguments } => self.call(expr, function, arguments),
        }
    }

    /// Fails once the query's time is over.
    pub(crate) fn in_time(&self) -> Result<(), QueryError> {
        if Instant::now() <= self.deadline {
            return Ok(());
        }
        let message = format!("the query took longer than {:?}; ask for less", self.limits.time);
        Err(QueryError { kind: ErrorKind::Timeout, message })
    }
}

impl Row {
    pub(crate) fn nameless(mut self) -> Self {
        self.name = None;
        self
    }

    pub(crate) fn mapped(mut self, with: impl Fn(f64) -> f64) -> Self {
        for value in self.values.iter_mut().flatten() {
            *value = with(*value);
        }
        self
    }
}

/// The rows, if no two of them have the same name and labels: what loses its name must stay distinct.
pub(crate) fn unique(rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
    let mut seen = std::collections::HashSet::with_capacity(rows.len());
    for row in &rows {
        if !seen.insert((row.name.as_deref(), &row.labels)) {
            return Err(QueryError::execution(format!(
                "two series of the result have the same labels {}; keep one that tells them apart",
                row.labels
            )));
        }
    }
    Ok(rows)
}

pub(crate) fn unsupported(what: &str, expr: &Expr) -> QueryError {
    QueryError::unsupported(&format!("{what} (at byte {})", expr.span.start + 1))
}
