//! Arithmetic and comparison of two vectors: which series of one side belongs to which of the other, moment by moment.

use std::collections::HashMap;

use super::binary::number;
use super::context::Context;
use super::rows::{Arising, Key, Row, part};
use crate::ast::{BinaryOp, Matching, Side};
use crate::error::QueryError;

/// The part of a series' labels that has to be the same on both sides.
pub(crate) fn signature(row: &Row, by: Option<&Matching>) -> Key {
    match by {
        Some(Matching { on: true, labels, .. }) => part(row, |label| labels.iter().any(|kept| kept == label)),
        Some(Matching { labels, .. }) => {
            part(row, |label| label != "__name__" && !labels.iter().any(|left| left == label))
        }
        None => (None, row.labels.clone()),
    }
}

/// The rows of each signature, by number.
struct Numbered {
    numbers: HashMap<Key, usize>,
    /// Which rows have the signature of that number.
    rows: Vec<Vec<usize>>,
}

impl Numbered {
    fn new(rows: &[Row], by: Option<&Matching>) -> Self {
        let mut all = Self { numbers: HashMap::with_capacity(rows.len()), rows: Vec::new() };
        for (at, row) in rows.iter().enumerate() {
            let number = *all.numbers.entry(signature(row, by)).or_insert(all.rows.len());
            match all.rows.get_mut(number) {
                Some(known) => known.push(at),
                None => all.rows.push(vec![at]),
            }
        }
        all
    }
}

pub(crate) fn joined(
    context: &Context<'_>,
    op: BinaryOp,
    left: Vec<Row>,
    right: Vec<Row>,
    returns_bool: bool,
    by: Option<&Matching>,
) -> Result<Vec<Row>, QueryError> {
    let group = by.and_then(|by| by.group.as_ref());
    let swapped = matches!(group, Some((Side::Right, _)));
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let ones = Numbered::new(&one, by);
    only_one(&ones, &one, &many, if swapped { "left" } else { "right" }, by)?;
    let filters = op.is_comparison() && !returns_bool;
    let shape = Shape { by, carried: group.map(|(_, carried)| &**carried), named: filters };
    let mut made = Arising::new(context.times.len());
    // Where a signature, or a series of the result within it, already has its match.
    let mut matched: HashMap<(usize, usize), Vec<bool>> = HashMap::new();
    for row in &many {
        context.in_time()?;
        let key = signature(row, by);
        let Some(number) = ones.numbers.get(&key) else { continue };
        for other in ones.rows[*number].iter().map(|at| &one[*at]) {
            let pairs = row.values.iter().zip(&other.values).enumerate();
            let mut pairs = pairs.filter_map(|(step, (row, other))| Some((step, (*row)?, (*other)?))).peekable();
            if pairs.peek().is_none() {
                continue;
            }
            let series = made.series(shape.key(row, other)).0;
            let place = (*number, if group.is_some() { series } else { 0 });
            let taken = matched.entry(place).or_insert_with(|| vec![false; context.times.len()]);
            for (step, of_many, of_one) in pairs {
                if std::mem::replace(&mut taken[step], true) {
                    return Err(twice(&key, group.is_some()));
                }
                let (left, right) = if swapped { (of_one, of_many) } else { (of_many, of_one) };
                let result = number_of(op, left, right, filters);
                if let Some(result) = result {
                    made.put(series, step, result)?;
                }
            }
        }
        context.query.budget.rows(made.len(), context.times.len())?;
    }
    Ok(made.rows())
}

/// A comparison that filters leaves the value of the left side.
fn number_of(op: BinaryOp, left: f64, right: f64, filters: bool) -> Option<f64> {
    let result = number(op, left, right);
    if filters { (result != 0.0).then_some(left) } else { Some(result) }
}

/// What the series of the result are called.
struct Shape<'a> {
    by: Option<&'a Matching>,
    /// The labels that come from the side with one series, where there is one.
    carried: Option<&'a [String]>,
    /// Whether the metric keeps its name.
    named: bool,
}

impl Shape<'_> {
    fn key(&self, many: &Row, one: &Row) -> Key {
        let name = many.name.clone().filter(|_| self.named);
        let Some(carried) = self.carried else {
            let named = Row { name, labels: many.labels.clone(), values: Vec::new() };
            return match self.by {
                Some(Matching { on: true, .. }) => signature(&named, self.by),
                Some(Matching { labels, .. }) => part(&named, |label| !labels.iter().any(|left| left == label)),
                None => named.key(),
            };
        };
        let mut row = Row { name, labels: many.labels.clone(), values: Vec::new() };
        for label in carried {
            row.set(label, one.label(label));
        }
        row.key()
    }
}

/// The side with one series has but one for each signature at a moment at which there is anything on the other side.
fn only_one(ones: &Numbered, one: &[Row], many: &[Row], side: &str, by: Option<&Matching>) -> Result<(), QueryError> {
    for rows in ones.rows.iter().filter(|rows| rows.len() > 1) {
        for step in 0..one[rows[0]].values.len() {
            let mut there = rows.iter().map(|at| &one[*at]).filter(|row| row.values[step].is_some());
            let (Some(first), Some(second)) = (there.next(), there.next()) else { continue };
            if many.iter().any(|row| row.values[step].is_some()) {
                return Err(QueryError::execution(format!(
                    "several series on the {side} side match {}: {} and {}; name the labels that tell them apart with `on` or `ignoring`",
                    shown(&signature(first, by)),
                    shown(&first.key()),
                    shown(&second.key())
                )));
            }
        }
    }
    Ok(())
}

fn twice(key: &Key, grouped: bool) -> QueryError {
    let key = shown(key);
    QueryError::execution(if grouped {
        format!(
            "several series of the result for {key} have the same labels; keep those that tell them apart, or carry fewer over"
        )
    } else {
        format!(
            "several series on the left side match {key}; name the labels that tell them apart with `on` or `ignoring`, or say `group_left` or `group_right` which side has many"
        )
    })
}

fn shown((name, labels): &Key) -> String {
    format!("{}{labels}", name.as_deref().unwrap_or_default())
}
