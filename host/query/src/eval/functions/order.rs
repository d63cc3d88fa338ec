//! The order of series. It counts in queries of one moment: a range's series are sorted by their labels in the end.

use std::cmp::Ordering;

use crate::error::QueryError;
use crate::eval::context::{Context, Steps};
use crate::eval::rows::{Row, order};
use crate::functions::Call;

pub(crate) fn ascending(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    by_value(context, call, false)
}

pub(crate) fn descending(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    by_value(context, call, true)
}

pub(crate) fn by_label(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    by_labels(context, call, false)
}

pub(crate) fn by_label_descending(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    by_labels(context, call, true)
}

fn by_value(context: &Context<'_>, call: &Call<'_>, downwards: bool) -> Result<Steps, QueryError> {
    let mut rows = context.vector(&call.arguments[0])?;
    let value = |row: &Row| row.values.first().copied().flatten().unwrap_or(f64::NAN);
    rows.sort_by(|a, b| nan_last(value(a), value(b), downwards));
    Ok(Steps::Vector(rows))
}

/// Growing or falling, and NaN last either way.
pub(crate) fn nan_last(a: f64, b: f64, downwards: bool) -> Ordering {
    match a.partial_cmp(&b) {
        Some(found) if downwards => found.reverse(),
        Some(found) => found,
        None => a.is_nan().cmp(&b.is_nan()),
    }
}

fn by_labels(context: &Context<'_>, call: &Call<'_>, downwards: bool) -> Result<Steps, QueryError> {
    let labels = (1..call.arguments.len()).map(|at| call.text(at)).collect::<Result<Vec<_>, _>>()?;
    let mut rows = context.vector(&call.arguments[0])?;
    rows.sort_by(|a, b| {
        let found = labels.iter().map(|label| natural(a.label(label), b.label(label))).find(|found| found.is_ne());
        let found = found.unwrap_or_else(|| order(a, b));
        if downwards { found.reverse() } else { found }
    });
    Ok(Steps::Vector(rows))
}

/// Natural order: runs of digits are compared as numbers, what stands between them as text; texts that differ in nothing but leading zeros
/// by length.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while !left.is_empty() && !right.is_empty() {
        let ((x, more_left), (y, more_right)) = (run(left), run(right));
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let found = if digits(x) && digits(y) {
            let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            (x.len(), x).cmp(&(y.len(), y))
        } else {
            x.cmp(y)
        };
        if found.is_ne() {
            return found;
        }
        (left, right) = (more_left, more_right);
    }
    left.len().cmp(&right.len()).then_with(|| (a.len(), a).cmp(&(b.len(), b)))
}

/// The first run of digits, or of anything else, and what follows.
fn run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    text.split_at(text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_texts_are_numbers() {
        let mut names = ["cpu10", "cpu2", "", "cpu", "cpu2a", "2", "10", "cpu02", "disk99999999999999999999", "disk3"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["", "2", "10", "cpu", "cpu2", "cpu02", "cpu2a", "cpu10", "disk3", "disk99999999999999999999"]
        );
    }
}
