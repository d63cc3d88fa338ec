//! Series in memory, for tests of whatever reads series.

use std::sync::Arc;

use autobot_model::{
    Family, Labels, Matcher, ReadError, ReadLimit, SeriesId, SeriesKey, SeriesReader, SeriesSamples, TimeRange,
    Timestamp,
};

use crate::{ExprKind, parse};

/// A reader of the series that were put into it.
#[derive(Debug, Default)]
pub struct MemoryReader {
    series: Vec<SeriesSamples>,
    /// What [`SeriesReader::families`] gives.
    pub families: Vec<Arc<Family>>,
}

impl MemoryReader {
    /// Adds a series, written as a selector with `=` only (`up{job="x"}`), with its samples by milliseconds.
    ///
    /// # Panics
    /// When `name` is no such selector: this is for tests.
    #[expect(clippy::panic, reason = "a test with a misspelt series must fail")]
    pub fn add(&mut self, name: &str, samples: impl IntoIterator<Item = (i64, f64)>) -> &mut Self {
        let Ok(ExprKind::Selector(selector)) = parse(name).map(|expr| expr.kind) else {
            panic!("`{name}` is no series")
        };
        let metric = selector.matchers.iter().find_map(Matcher::metric_name).unwrap_or_default();
        let labels = selector
            .matchers
            .iter()
            .filter(|matcher| matcher.label != "__name__")
            .map(|matcher| (&*matcher.label, &*matcher.value));
        let key = Arc::new(SeriesKey { name: metric.into(), labels: Labels::new(labels) });
        let (times, values) = samples.into_iter().map(|(time, value)| (Timestamp(time), value)).unzip();
        let id = SeriesId(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        self.series.push(SeriesSamples { id, key, times, values });
        self
    }
}

impl SeriesReader for MemoryReader {
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        let mut found = Vec::new();
        let mut left = limit.samples;
        for series in self.series.iter().filter(|series| matchers.iter().all(|matcher| matcher.selects(&series.key))) {
            let (from, to) = (
                series.times.partition_point(|time| *time < range.start),
                series.times.partition_point(|time| *time <= range.end),
            );
            if from >= to {
                continue;
            }
            left = left.checked_sub(to - from).ok_or(ReadError::TooMuch { what: "samples", limit: limit.samples })?;
            if found.len() >= limit.series {
                return Err(ReadError::TooMuch { what: "series", limit: limit.series });
            }
            let (times, values) = (series.times[from..to].to_vec(), series.values[from..to].to_vec());
            found.push(SeriesSamples { id: series.id, key: series.key.clone(), times, values });
        }
        Ok(found)
    }

    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        Ok(self.read(matchers, range, ReadLimit::default())?.into_iter().map(|series| series.key).collect())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.families.clone()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.series.iter().filter_map(|series| series.times.last().copied()).max()
    }
}
