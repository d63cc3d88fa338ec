//! One evaluation under way: what all of its parts share, the moments, and which part does what.

use std::cell::RefCell;
use std::time::Duration;

use autobot_model::{SeriesReader, Timestamp};

use super::limits::{Budget, Limits};
use super::rows::{Row, merged};
use super::{aggregate, binary};
use crate::ast::{At, Expr, ExprKind, Shift};
use crate::error::QueryError;
use crate::functions::{self, Call, Work};
use crate::notes::Notes;
use crate::value::Answer;

/// What all parts of an evaluation share.
pub(crate) struct Query<'a> {
    pub(crate) reader: &'a dyn SeriesReader,
    pub(crate) budget: Budget,
    /// How far back an instant selector looks.
    pub(crate) lookback: Duration,
    pub(crate) notes: RefCell<Notes>,
    /// First moment of the query.
    pub(crate) start: Timestamp,
    /// Last moment of the query, as it was asked for.
    pub(crate) end: Timestamp,
    /// Milliseconds between its moments; 0 for a query of one moment.
    pub(crate) step: i64,
}

impl<'a> Query<'a> {
    pub(crate) fn new(
        reader: &'a dyn SeriesReader,
        limits: Limits,
        start: Timestamp,
        end: Timestamp,
        step: i64,
    ) -> Self {
        Self {
            reader,
            budget: Budget::new(limits),
            lookback: limits.lookback,
            notes: RefCell::default(),
            start,
            end,
            step,
        }
    }

    pub(crate) fn answer<T>(&self, value: T) -> Answer<T> {
        let (warnings, infos) = self.notes.take().shown();
        Answer { value, warnings, infos }
    }
}

/// An intermediate result.
pub(crate) enum Steps {
    /// A value per moment.
    Scalar(Vec<f64>),
    Vector(Vec<Row>),
    Text(String),
}

/// The moments at which an expression is evaluated, in growing order: the query's own, or those of a subquery.
pub(crate) struct Context<'a> {
    pub(crate) query: &'a Query<'a>,
    pub(crate) times: Vec<Timestamp>,
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
        if self.times.len() > 1 && is_fixed(expr) {
            let once = Context { query: self.query, times: self.times[..1].to_vec() };
            return self.repeated(once.eval(expr)?);
        }
        match &expr.kind {
            ExprKind::Number(number) => Ok(Steps::Scalar(vec![*number; self.times.len()])),
            ExprKind::Text(text) => Ok(Steps::Text(text.clone())),
            ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::Selector(selector) if selector.range.is_none() => Ok(Steps::Vector(self.instant_rows(selector)?)),
            ExprKind::Selector(_) | ExprKind::Subquery { .. } => {
                Err(QueryError::bad("a range vector is no result of a range query; wrap it in a function like rate"))
            }
            ExprKind::Unary { negative, expr } => {
                let sign = |value: f64| if *negative { -value } else { value };
                Ok(match self.eval(expr)? {
                    Steps::Scalar(values) => Steps::Scalar(values.into_iter().map(sign).collect()),
                    Steps::Vector(rows) if *negative => {
                        Steps::Vector(merged(rows.into_iter().map(|row| row.nameless().mapped(sign)).collect())?)
                    }
                    other => other,
                })
            }
            ExprKind::Binary { op, left, right, returns_bool, matching } => {
                let sides = (self.eval(left)?, self.eval(right)?);
                binary::apply(self, *op, sides, *returns_bool, matching.as_ref())
            }
            ExprKind::Aggregate { op, parameter, expr: inner, grouping } => {
                Ok(Steps::Vector(aggregate::apply(self, op, parameter.as_deref(), inner, grouping)?))
            }
            ExprKind::Call { function, arguments } => {
                let Some(signature) = functions::function(function) else {
                    return Err(QueryError::bad(format!("there is no function `{function}`")));
                };
                self.call(&signature.work, &Call { name: signature.name, arguments })
            }
        }
    }

    fn call(&self, work: &Work, call: &Call<'_>) -> Result<Steps, QueryError> {
        match work {
            Work::Value(of) => self.each(&call.arguments[0], |_, value| Some(of(value))),
            Work::Date(of) => match call.arguments.first() {
                Some(vector) => self.each(vector, |_, seconds| Some(super::functions::date::of_seconds(seconds, *of))),
                None => Ok(Steps::Vector(vec![Row::unlabelled(
                    self.times.iter().map(|time| Some(of(super::Date::at(time.0.div_euclid(1000))))).collect(),
                )])),
            },
            Work::Windows(work) => self.windowed(call, work),
            Work::Whole(of) => of(self, call),
        }
    }

    /// What was evaluated once, at each moment.
    fn repeated(&self, once: Steps) -> Result<Steps, QueryError> {
        let steps = self.times.len();
        Ok(match once {
            Steps::Scalar(values) => Steps::Scalar(vec![values.first().copied().unwrap_or(f64::NAN); steps]),
            Steps::Vector(mut rows) => {
                self.query.budget.rows(rows.len(), steps)?;
                for row in &mut rows {
                    self.query.budget.keep(steps)?;
                    row.values = vec![row.values.first().copied().flatten(); steps];
                }
                Steps::Vector(rows)
            }
            text => text,
        })
    }

    pub(crate) fn scalar(&self, expr: &Expr) -> Result<Vec<f64>, QueryError> {
        match self.eval(expr)? {
            Steps::Scalar(values) => Ok(values),
            _ => Err(QueryError::bad("a scalar is wanted here")),
        }
    }

    pub(crate) fn vector(&self, expr: &Expr) -> Result<Vec<Row>, QueryError> {
        match self.eval(expr)? {
            Steps::Vector(rows) => Ok(rows),
            _ => Err(QueryError::bad("an instant vector is wanted here")),
        }
    }

    /// Every value of every series made anew; the metric loses its name.
    pub(crate) fn each(&self, expr: &Expr, with: impl Fn(usize, f64) -> Option<f64>) -> Result<Steps, QueryError> {
        let mut rows = self.vector(expr)?;
        for row in &mut rows {
            row.name = None;
            for (step, value) in row.values.iter_mut().enumerate() {
                *value = value.and_then(|value| with(step, value));
            }
        }
        rows.retain(Row::has_any);
        Ok(Steps::Vector(merged(rows)?))
    }

    /// The moment that a selector or subquery means at each of ours, in the same order.
    pub(crate) fn moments(&self, shift: Shift) -> Vec<Timestamp> {
        let shifted = |time: Timestamp| Timestamp(time.0.saturating_sub(shift.offset));
        let fixed = match shift.at {
            None => return self.times.iter().map(|time| shifted(*time)).collect(),
            Some(At::Time(time)) => time,
            Some(At::Start) => self.query.start,
            Some(At::End) => self.query.end,
        };
        vec![shifted(fixed); self.times.len()]
    }

    pub(crate) fn in_time(&self) -> Result<(), QueryError> {
        self.query.budget.in_time()
    }
}

/// Whether an expression has the same value at every moment of a query: then it is evaluated once.
fn is_fixed(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) => true,
        ExprKind::Selector(selector) => selector.shift.at.is_some(),
        ExprKind::Subquery { shift, .. } => shift.at.is_some(),
        ExprKind::Paren(inner) | ExprKind::Unary { expr: inner, .. } => is_fixed(inner),
        ExprKind::Binary { left, right, .. } => is_fixed(left) && is_fixed(right),
        ExprKind::Aggregate { parameter, expr, .. } => is_fixed(expr) && parameter.as_deref().is_none_or(is_fixed),
        ExprKind::Call { function, arguments } => {
            let by_moment = match function.as_str() {
                "time" | "timestamp" | "predict_linear" => true,
                // Without a vector these tell the moment's own date.
                _ => {
                    arguments.is_empty()
                        && functions::function(function).is_some_and(|f| matches!(f.work, Work::Date(_)))
                }
            };
            !by_moment && arguments.iter().all(is_fixed)
        }
    }
}
