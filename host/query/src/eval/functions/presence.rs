//! Whether there is anything.

use std::collections::BTreeMap;

use autobot_model::{Labels, MatchOp};

use crate::ast::{Expr, ExprKind};
use crate::error::QueryError;
use crate::eval::context::{Context, Steps, unwrapped};
use crate::eval::functions::over_time;
use crate::eval::rows::Row;
use crate::functions::Call;

pub(crate) fn absent(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let rows = context.vector(&call.arguments[0])?;
    Ok(where_none(context, &rows, &call.arguments[0]))
}

pub(crate) fn absent_over_time(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    // Names stay, so that series of several names are no trouble.
    let work = crate::eval::WindowWork { keeps_name: true, ..over_time::PRESENT };
    match context.windowed(call, &work)? {
        Steps::Vector(rows) => Ok(where_none(context, &rows, &call.arguments[0])),
        other => Ok(other),
    }
}

/// 1 at the moments at which no row has a value.
fn where_none(context: &Context<'_>, rows: &[Row], expr: &Expr) -> Steps {
    let none = |step: usize| (!rows.iter().any(|row| row.values[step].is_some())).then_some(1.0);
    let row = Row { name: None, labels: fixed_labels(expr), values: (0..context.times.len()).map(none).collect() };
    Steps::Vector(if row.has_any() { vec![row] } else { Vec::new() })
}

/// The labels that a selector demands: each that is compared with `=`, and with nothing else.
fn fixed_labels(expr: &Expr) -> Labels {
    let ExprKind::Selector(selector) = &unwrapped(expr).kind else { return Labels::default() };
    let mut found: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for matcher in selector.matchers.iter().filter(|matcher| matcher.label != "__name__") {
        let value = matches!(matcher.op, MatchOp::Equal).then_some(&*matcher.value);
        found.entry(&matcher.label).and_modify(|known| *known = None).or_insert(value);
    }
    Labels::new(found.into_iter().filter_map(|(label, value)| Some((label, value?))))
}
