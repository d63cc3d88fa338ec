//! Samples from elsewhere, of any time: they go into chunks of their own, and what the store has already stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Family, ReadLimit, SeriesId, SeriesKey, SeriesRegistry as _, TimeRange, Timestamp};

use crate::catalog::Selected;
use crate::chunk::{Rows, Writer};
use crate::desk::Product;
use crate::fold::{ROWS, Row};
use crate::read::in_order;
use crate::store::Store;

/// One series to be brought in.
#[derive(Clone, Debug)]
pub struct ImportedSeries {
    /// Name and labels.
    pub key: SeriesKey,
    /// What its values are.
    pub family: Arc<Family>,
    /// Moments, in any order.
    pub times: Vec<Timestamp>,
    /// Values.
    pub values: Vec<f64>,
}

/// What became of samples that were brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Written.
    pub samples: usize,
    /// Left out, because the series has a sample of that moment already.
    pub known: usize,
    /// Left out, because they are of the future.
    pub future: usize,
}

impl Store {
    /// Brings in samples. Of a moment for which a series has a sample already (or that stands twice among the new ones), the first one stays;
    /// what is more than ten minutes in the future is left out. Blocks until all is written.
    ///
    /// # Errors
    /// A store that cannot be read or written; samples written until then stay.
    pub fn import(&self, series: Vec<ImportedSeries>) -> Result<Imported, String> {
        let mut done = Imported::default();
        let latest = self.clock.now() + Self::FUTURE;
        let mut columns: BTreeMap<SeriesId, (Vec<Timestamp>, Vec<f64>)> = BTreeMap::new();
        let mut selected = Selected::new();
        for ImportedSeries { key, family, times, values } in series {
            let id = self.register(key.clone(), &family);
            selected.insert(id, Arc::new(key));
            let (all_times, all_values) = columns.entry(id).or_default();
            for (time, value) in times.into_iter().zip(values) {
                if time > latest {
                    done.future += 1;
                } else {
                    all_times.push(time);
                    all_values.push(value);
                }
            }
        }
        for column in columns.values_mut() {
            let all = column.0.len();
            in_order(column);
            done.known += all - column.0.len();
        }
        columns.retain(|_, (times, _)| !times.is_empty());
        done.known += self.without_known(&selected, &mut columns)?;
        done.samples = columns.values().map(|(times, _)| times.len()).sum();
        let ids: BTreeSet<SeriesId> = columns.keys().copied().collect();
        let before = self.desk.wait_for_progress(Default::default(), Duration::ZERO);
        let mut rows = 0;
        for (group, ids) in self.catalog.settle(&ids) {
            let columns: Vec<_> = ids.iter().filter_map(|id| Some((*id, columns.get(id)?))).collect();
            let times: BTreeSet<Timestamp> = columns.iter().flat_map(|(_, (times, _))| times).copied().collect();
            let times: Vec<Timestamp> = times.into_iter().collect();
            for piece in times.chunks(ROWS) {
                let (Some(first), Some(last)) = (piece.first().copied(), piece.last().copied()) else { continue };
                let mut writer = Writer::new(piece);
                let mut with = Vec::new();
                for (id, (own, values)) in &columns {
                    let range = own.partition_point(|time| *time < first)..own.partition_point(|time| *time <= last);
                    let mut present = Rows::default();
                    let mut at = 0;
                    for time in &own[range.clone()] {
                        at += piece[at..].partition_point(|other| other < time);
                        present.push(at as u32);
                    }
                    if !range.is_empty() {
                        with.push(*id);
                    }
                    writer.column(u64::from(id.0), &present, &values[range]).map_err(|error| error.to_string())?;
                }
                let data = writer.finish().map_err(|error| error.to_string())?;
                rows += 1;
                let row = Row { group, first, last, rows: piece.len(), data, ids: with };
                if !self.desk.make(Product::Imported(row)) {
                    return Err("the store was closed before all was written".to_owned());
                }
            }
        }
        let mut seen = before;
        while seen.imports < before.imports + rows {
            seen = self.desk.wait_for_progress(seen, Duration::from_secs(1));
            if seen.failures > before.failures {
                return Err(self.stats().state);
            }
        }
        Ok(done)
    }

    /// Takes out the samples of moments that the store has already; says how many.
    fn without_known(
        &self,
        selected: &Selected,
        columns: &mut BTreeMap<SeriesId, (Vec<Timestamp>, Vec<f64>)>,
    ) -> Result<usize, String> {
        let start = columns.values().filter_map(|(times, _)| times.first()).min().copied();
        let end = columns.values().filter_map(|(times, _)| times.last()).max().copied();
        let (Some(start), Some(end)) = (start, end) else { return Ok(0) };
        let mut known = 0;
        let each = &mut |series: autobot_model::SeriesSamples| {
            let Some((times, values)) = columns.get_mut(&series.id) else { return };
            let new: Vec<usize> =
                (0..times.len()).filter(|at| series.times.binary_search(&times[*at]).is_err()).collect();
            known += times.len() - new.len();
            (*times, *values) = new.iter().map(|at| (times[*at], values[*at])).unzip();
        };
        let (range, limit) = (TimeRange { start, end }, ReadLimit { samples: usize::MAX, series: usize::MAX });
        self.sources().samples(selected, range, limit, each).map_err(|error| error.to_string())?;
        columns.retain(|_, (times, _)| !times.is_empty());
        Ok(known)
    }
}
