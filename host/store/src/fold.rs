//! The fold: batches of the hot tail to column groups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use autobot_model::{Batch, SeriesId, Timestamp};

use crate::group::{Group, GroupError};

/// Series of one group: more compress a little better, but a query of one series must pass over all of them.
const MOST_COLUMNS: usize = 128;

/// A group ready to be stored.
pub(crate) struct Folded {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) data: Vec<u8>,
}

/// Makes column groups of one instance's batches, which are in the order of time.
pub(crate) fn fold(batches: &[Arc<Batch>]) -> Result<Vec<Folded>, GroupError> {
    let (Some(first), Some(last)) = (batches.first(), batches.last()) else { return Ok(Vec::new()) };
    let ids: BTreeSet<SeriesId> = batches.iter().flat_map(|batch| batch.layout().ids()).copied().collect();
    let ids: Vec<SeriesId> = ids.into_iter().collect();
    let times: Vec<Timestamp> = batches.iter().map(|batch| batch.time).collect();
    let mut groups = Vec::new();
    for some in ids.chunks(MOST_COLUMNS) {
        let columns: BTreeMap<SeriesId, Vec<Option<f64>>> =
            some.iter().map(|id| (*id, batches.iter().map(|batch| batch.value(*id)).collect())).collect();
        let data = Group { times: times.clone(), columns }.encode()?;
        groups.push(Folded { first: first.time, last: last.time, data });
    }
    Ok(groups)
}
