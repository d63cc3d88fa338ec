//! Function calls.

use autobot_model::Labels;

use super::{Context, Row, Steps, over_time, unique, unsupported, unwrapped};
use crate::ast::{Expr, ExprKind};
use crate::error::QueryError;

impl Context<'_> {
    pub(super) fn call(&self, expr: &Expr, name: &str, arguments: &[Expr]) -> Result<Steps, QueryError> {
        let refused = || unsupported(&format!("`{name}`"), expr);
        if let Some((of_window, keep_name)) = over_time::function(name) {
            let argument = arguments.first().map(unwrapped).ok_or_else(refused)?;
            let ExprKind::Selector(selector) = &argument.kind else { return Err(unsupported("a subquery", argument)) };
            return Ok(Steps::Vector(unique(self.windows(selector, keep_name, |_, window| of_window(window))?)?));
        }
        match (name, arguments) {
            ("quantile_over_time", [q, range]) => {
                let ExprKind::Selector(selector) = &unwrapped(range).kind else {
                    return Err(unsupported("a subquery", range));
                };
                let q = self.scalar(q)?;
                Ok(Steps::Vector(unique(
                    self.windows(selector, false, |step, window| Some(over_time::quantile(q[step], window.values)))?,
                )?))
            }
            ("time", []) => Ok(Steps::Scalar(self.times.iter().map(|time| time.seconds()).collect())),
            ("pi", []) => Ok(Steps::Scalar(vec![std::f64::consts::PI; self.times.len()])),
            ("vector", [value]) => {
                let values = self.scalar(value)?.into_iter().map(Some).collect();
                Ok(Steps::Vector(vec![Row { name: None, labels: Labels::default(), values }]))
            }
            ("scalar", [vector]) => {
                let rows = self.vector(vector)?;
                let at = |step: usize| {
                    let mut found = rows.iter().filter_map(|row| row.values[step]);
                    // One series, or it is no scalar.
                    found.next().filter(|_| found.next().is_none()).unwrap_or(f64::NAN)
                };
                Ok(Steps::Scalar((0..self.times.len()).map(at).collect()))
            }
            ("clamp", [vector, min, max]) => {
                let (min, max) = (self.scalar(min)?, self.scalar(max)?);
                self.each(
                    vector,
                    |step, value| if min[step] > max[step] { None } else { Some(value.max(min[step]).min(max[step])) },
                )
            }
            ("clamp_min", [vector, min]) => {
                let min = self.scalar(min)?;
                self.each(vector, |step, value| Some(value.max(min[step])))
            }
            ("clamp_max", [vector, max]) => {
                let max = self.scalar(max)?;
                self.each(vector, |step, value| Some(value.min(max[step])))
            }
            ("round", [vector]) => self.each(vector, |_, value| Some((value + 0.5).floor())),
            ("round", [vector, to]) => {
                let to = self.scalar(to)?;
                self.each(vector, |step, value| Some((value / to[step] + 0.5).floor() * to[step]))
            }
            (_, [vector]) => {
                let of: fn(f64) -> f64 = match name {
                    "abs" => f64::abs,
                    "ceil" => f64::ceil,
                    "floor" => f64::floor,
                    "sqrt" => f64::sqrt,
                    "exp" => f64::exp,
                    "ln" => f64::ln,
                    "log2" => f64::log2,
                    "log10" => f64::log10,
                    "sgn" => |value| if value == 0.0 || value.is_nan() { value } else { value.signum() },
                    _ => return Err(refused()),
                };
                self.each(vector, |_, value| Some(of(value)))
            }
            _ => Err(refused()),
        }
    }

    fn scalar(&self, expr: &Expr) -> Result<Vec<f64>, QueryError> {
        match self.eval(expr)? {
            Steps::Scalar(values) => Ok(values),
            _ => Err(QueryError::bad("a scalar is wanted here")),
        }
    }

    fn vector(&self, expr: &Expr) -> Result<Vec<Row>, QueryError> {
        match self.eval(expr)? {
            Steps::Vector(rows) => Ok(rows),
            _ => Err(QueryError::bad("an instant vector is wanted here")),
        }
    }

    /// Every value of every series made anew; the metric loses its name.
    fn each(&self, expr: &Expr, with: impl Fn(usize, f64) -> Option<f64>) -> Result<Steps, QueryError> {
        let mut rows = self.vector(expr)?;
        for row in &mut rows {
            row.name = None;
            for (step, value) in row.values.iter_mut().enumerate() {
                *value = value.and_then(|value| with(step, value));
            }
        }
        Ok(Steps::Vector(unique(rows)?))
    }
}
