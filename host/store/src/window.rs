//! The hot window: the newest minutes of every instance, in memory.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autobot_model::{
    Batch, Family, Layout, Matcher, ReadError, ReadLimit, SeriesId, SeriesKey, SeriesReader, SeriesSamples, TimeRange,
    Timestamp,
};
use parking_lot::RwLock;

use crate::catalog::Catalog;
use crate::read::in_order;

/// Batches of one instance at most, even while nothing can be written: two hours at 1 s.
const MOST_BATCHES: usize = 7_200;

/// The newest batches of each instance: those within the window's length, and those that are in no chunk yet. A batch is
/// shared, never copied.
#[derive(Debug)]
pub struct HotWindow {
    catalog: Arc<Catalog>,
    length: Duration,
    rings: RwLock<BTreeMap<Arc<str>, Ring>>,
    /// Batches that were let go although they are in no chunk.
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct Ring {
    batches: VecDeque<Arc<Batch>>,
    /// Up to here, batches are in chunks and may be forgotten.
    folded: Option<Timestamp>,
}

impl HotWindow {
    pub(crate) fn new(catalog: Arc<Catalog>, length: Duration) -> Self {
        Self { catalog, length, rings: RwLock::default(), lost: AtomicU64::new(0) }
    }

    /// Takes a batch, unless its instance already has one of its time or later.
    pub(crate) fn push(&self, batch: Arc<Batch>) -> bool {
        let mut rings = self.rings.write();
        let ring = rings.entry(batch.instance.clone()).or_default();
        if ring.batches.back().is_some_and(|newest| newest.time >= batch.time) {
            return false;
        }
        ring.batches.push_back(batch);
        let lost = ring.trim(self.length);
        self.lost.fetch_add(lost, Ordering::Relaxed);
        true
    }

    /// Batches that were let go although they are in no chunk: nothing could be written for too long.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The batches that are in no chunk yet, by instance, in the order of time.
    pub(crate) fn unfolded(&self) -> Vec<Vec<Arc<Batch>>> {
        let rings = self.rings.read();
        let of = |ring: &Ring| {
            let from = ring.folded.map_or(0, |folded| ring.batches.partition_point(|batch| batch.time <= folded));
            ring.batches.range(from..).cloned().collect::<Vec<_>>()
        };
        rings.values().map(of).filter(|batches| !batches.is_empty()).collect()
    }

    /// All series of any batch.
    pub(crate) fn ids(&self) -> HashSet<SeriesId> {
        let mut ids = HashSet::new();
        for ring in self.rings.read().values() {
            let mut last: Option<*const Layout> = None;
            for batch in &ring.batches {
                if last.replace(Arc::as_ptr(batch.layout())) != Some(Arc::as_ptr(batch.layout())) {
                    ids.extend(batch.layout().ids());
                }
            }
        }
        ids
    }

    /// The batches after the moment that `until` says for their instance, in the order of time; all of an instance that it does not know.
    pub(crate) fn after(&self, until: &[(Arc<str>, Timestamp)]) -> Vec<Arc<Batch>> {
        let until: HashMap<&str, Timestamp> = until.iter().map(|(instance, time)| (&**instance, *time)).collect();
        let rings = self.rings.read();
        let of = |(instance, ring): (&Arc<str>, &Ring)| {
            let done = until.get(&**instance).copied().max(ring.folded);
            let from = done.map_or(0, |done| ring.batches.partition_point(|batch| batch.time <= done));
            ring.batches.range(from..).cloned().collect::<Vec<_>>()
        };
        let mut batches: Vec<Arc<Batch>> = rings.iter().flat_map(of).collect();
        batches.sort_by_key(|batch| batch.time);
        batches
    }

    /// Batches of `instance` up to `until` are in chunks.
    pub(crate) fn folded(&self, instance: &str, until: Timestamp) {
        if let Some(ring) = self.rings.write().get_mut(instance) {
            ring.folded = Some(until);
            ring.trim(self.length);
        }
    }

    /// Samples of all selected series within `range`, by series number.
    pub(crate) fn collect(
        &self,
        selected: &BTreeMap<SeriesId, Arc<SeriesKey>>,
        range: TimeRange,
        limit: ReadLimit,
    ) -> Result<Vec<SeriesSamples>, ReadError> {
        let mut found: BTreeMap<SeriesId, SeriesSamples> = BTreeMap::new();
        let mut count = 0;
        for ring in self.rings.read().values() {
            let from = ring.batches.partition_point(|batch| batch.time < range.start);
            let mut layout: Option<(*const Layout, Vec<(usize, SeriesId)>)> = None;
            for batch in ring.batches.range(from..).take_while(|batch| batch.time <= range.end) {
                // Batches of one layout follow each other: its columns are looked up once.
                let this = Arc::as_ptr(batch.layout());
                if layout.as_ref().is_none_or(|(known, _)| *known != this) {
                    layout = Some((this, columns(batch, selected)));
                }
                let Some((_, columns)) = &layout else { continue };
                count += columns.len();
                if count > limit.samples {
                    return Err(ReadError::TooMuch { what: "samples", limit: limit.samples });
                }
                for (column, id) in columns {
                    let series = found.entry(*id).or_insert_with(|| SeriesSamples {
                        id: *id,
                        key: selected
                            .get(id)
                            .cloned()
                            .unwrap_or_else(|| Arc::new(SeriesKey { name: "".into(), labels: Default::default() })),
                        times: Vec::new(),
                        values: Vec::new(),
                    });
                    series.times.push(batch.time);
                    series.values.push(batch.values()[*column]);
                }
            }
        }
        if found.len() > limit.series {
            return Err(ReadError::TooMuch { what: "series", limit: limit.series });
        }
        // Of two instances that measure the same series, the one that was first at a moment counts.
        let ordered = |mut series: SeriesSamples| {
            let mut column = (series.times, series.values);
            in_order(&mut column);
            (series.times, series.values) = column;
            series
        };
        Ok(found.into_values().map(ordered).collect())
    }
}

impl Ring {
    /// Forgets what is older than `length` and in a chunk; beyond the bound, whatever is oldest: says how many of those were in none.
    fn trim(&mut self, length: Duration) -> u64 {
        let mut lost = 0;
        let Some(oldest) = self.batches.back().map(|newest| newest.time - length) else { return lost };
        while let Some(first) = self.batches.front() {
            let folded = self.folded.is_some_and(|folded| first.time <= folded);
            if !(folded && first.time < oldest) && self.batches.len() <= MOST_BATCHES {
                break;
            }
            lost += u64::from(!folded);
            self.batches.pop_front();
        }
        lost
    }
}

fn columns(batch: &Batch, selected: &BTreeMap<SeriesId, Arc<SeriesKey>>) -> Vec<(usize, SeriesId)> {
    if selected.len() * 8 < batch.layout().ids().len() {
        return selected.keys().filter_map(|id| Some((batch.layout().column(*id)?, *id))).collect();
    }
    batch
        .layout()
        .ids()
        .iter()
        .enumerate()
        .filter(|(_, id)| selected.contains_key(id))
        .map(|(column, id)| (column, *id))
        .collect()
}

impl SeriesReader for HotWindow {
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        self.collect(&self.catalog.select(matchers), range, limit)
    }

    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        let found = self.read(matchers, range, ReadLimit::default())?;
        Ok(found.into_iter().map(|series| series.key).collect())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.catalog.families()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.rings.read().values().filter_map(|ring| ring.batches.back()).map(|batch| batch.time).max()
    }
}
