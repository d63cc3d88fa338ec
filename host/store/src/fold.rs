//! The fold: batches of one instance to chunks.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use autobot_model::{Batch, Layout, SeriesId, Timestamp};

use crate::catalog::{Catalog, GroupId};
use crate::chunk::{Rows, Unwritable, Writer};

/// Rows of one chunk: more compress little better, and a query of a short time reads all of a chunk.
pub(crate) const ROWS: usize = 1_800;

/// A chunk ready to be stored.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) group: GroupId,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) rows: usize,
    pub(crate) data: Vec<u8>,
    /// The series that it has samples of.
    pub(crate) ids: Vec<SeriesId>,
}

/// Makes chunks of one instance's batches, which are in the order of time; stops where `each` says that it wants no more.
pub(crate) fn fold(
    catalog: &Catalog,
    batches: &[Arc<Batch>],
    each: &mut dyn FnMut(Row) -> bool,
) -> Result<(), Unwritable> {
    let pieces = batches.len().div_ceil(ROWS).max(1);
    for piece in batches.chunks(batches.len().div_ceil(pieces).max(1)) {
        let stretches = stretches(piece);
        let mut seen = HashSet::new();
        let mut ids = BTreeSet::new();
        for (layout, _) in stretches.iter().filter(|(layout, _)| seen.insert(Arc::as_ptr(layout))) {
            ids.extend(layout.ids().iter().copied());
        }
        let times: Vec<Timestamp> = piece.iter().map(|batch| batch.time).collect();
        for (group, ids) in catalog.settle(&ids) {
            if !each(row(group, ids, piece, &stretches, &times)?) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Batches of one layout that follow each other.
type Stretch = (Arc<Layout>, Range<usize>);

fn stretches(batches: &[Arc<Batch>]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        match all.last_mut().filter(|(layout, _)| Arc::ptr_eq(layout, batch.layout())) {
            Some((_, range)) => range.end = at + 1,
            None => all.push((batch.layout().clone(), at..at + 1)),
        }
    }
    all
}

fn row(
    group: GroupId,
    ids: Vec<SeriesId>,
    batches: &[Arc<Batch>],
    stretches: &[Stretch],
    times: &[Timestamp],
) -> Result<Row, Unwritable> {
    let mut writer = Writer::new(times);
    let mut values = Vec::with_capacity(batches.len());
    for id in &ids {
        values.clear();
        let mut rows = Rows::default();
        for (layout, range) in stretches {
            let Some(column) = layout.column(*id) else { continue };
            rows.extend(range.start as u32..range.end as u32);
            values.extend(batches[range.clone()].iter().map(|batch| batch.values()[column]));
        }
        writer.column(u64::from(id.0), &rows, &values)?;
    }
    let (first, last) = (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    Ok(Row { group, first, last, rows: times.len(), data: writer.finish()?, ids })
}
