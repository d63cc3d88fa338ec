//! `and`, `or`, `unless`: series of two vectors as sets, moment by moment.

use std::collections::HashMap;

use super::matching::signature;
use super::rows::{Key, Row, merged};
use crate::ast::{BinaryOp, Matching};
use crate::error::QueryError;

pub(crate) fn combined(
    op: BinaryOp,
    mut left: Vec<Row>,
    mut right: Vec<Row>,
    by: Option<&Matching>,
    steps: usize,
) -> Result<Vec<Row>, QueryError> {
    match op {
        BinaryOp::And => keep(&mut left, &there(&right, by, steps), by, true),
        BinaryOp::Unless => keep(&mut left, &there(&right, by, steps), by, false),
        // Of the right side what the left one has not.
        _ => {
            keep(&mut right, &there(&left, by, steps), by, false);
            left.append(&mut right);
        }
    }
    left.retain(Row::has_any);
    merged(left)
}

/// At which moments there is any series of a signature.
fn there(rows: &[Row], by: Option<&Matching>, steps: usize) -> HashMap<Key, Vec<bool>> {
    let mut all: HashMap<Key, Vec<bool>> = HashMap::with_capacity(rows.len());
    for row in rows {
        let there = all.entry(signature(row, by)).or_insert_with(|| vec![false; steps]);
        for (there, value) in there.iter_mut().zip(&row.values) {
            *there |= value.is_some();
        }
    }
    all
}

/// Keeps the values of rows at those moments at which there is a series of their signature, or at the others.
fn keep(rows: &mut [Row], there: &HashMap<Key, Vec<bool>>, by: Option<&Matching>, wanted: bool) {
    for row in rows {
        match there.get(&signature(row, by)) {
            Some(there) => {
                for (value, there) in row.values.iter_mut().zip(there) {
                    *value = value.filter(|_| *there == wanted);
                }
            }
            None if wanted => row.values.fill(None),
            None => {}
        }
    }
}
