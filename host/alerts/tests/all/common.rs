//! Series in memory, and rules from text, for tests of the life cycle.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use autobot_model::{
    Family, Labels, Matcher, ReadError, ReadLimit, SeriesId, SeriesKey, SeriesReader, SeriesSamples, TimeRange,
    Timestamp,
};
use autobot_script::{Environment, Loaded, RuleSet, load};

#[derive(Default)]
pub(crate) struct Memory(Mutex<Vec<SeriesSamples>>);

impl Memory {
    pub(crate) fn push(&self, name: &str, labels: &[(&str, &str)], time: i64, value: f64) {
        let key = SeriesKey { name: name.into(), labels: Labels::new(labels.iter().copied()) };
        let mut all = self.0.lock().unwrap();
        let at = all.iter().position(|series| *series.key == key).unwrap_or_else(|| {
            let id = SeriesId(u32::try_from(all.len()).unwrap());
            all.push(SeriesSamples { id, key: Arc::new(key), times: vec![], values: vec![] });
            all.len() - 1
        });
        all[at].times.push(Timestamp(time));
        all[at].values.push(value);
    }
}

impl SeriesReader for Memory {
    fn read(&self, matchers: &[Matcher], range: TimeRange, _: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        let all = self.0.lock().unwrap();
        let selected = all.iter().filter(|series| matchers.iter().all(|matcher| matcher.selects(&series.key)));
        let cut = selected.map(|series| {
            let first = series.times.partition_point(|time| *time < range.start);
            let last = series.times.partition_point(|time| *time <= range.end);
            SeriesSamples {
                id: series.id,
                key: Arc::clone(&series.key),
                times: series.times[first..last].to_vec(),
                values: series.values[first..last].to_vec(),
            }
        });
        Ok(cut.filter(|series| !series.times.is_empty()).collect())
    }

    fn series(&self, matchers: &[Matcher], _: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        let all = self.0.lock().unwrap();
        let selected = all.iter().filter(|series| matchers.iter().all(|matcher| matcher.selects(&series.key)));
        Ok(selected.map(|series| Arc::clone(&series.key)).collect())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        Vec::new()
    }

    fn newest(&self) -> Option<Timestamp> {
        None
    }
}

/// A folder with one rule file, written anew for each version.
pub(crate) struct Files {
    folder: tempfile::TempDir,
    set: Option<Arc<RuleSet>>,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), set: None }
    }

    pub(crate) fn write(&mut self, name: &str, text: &str) -> Loaded {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self.load()
    }

    pub(crate) fn load(&mut self) -> Loaded {
        let environment =
            Environment { thresholds: Arc::new([("cpu_percent".to_owned(), 80.0)].into()), ..Environment::default() };
        let paths: Vec<PathBuf> = vec![self.folder.path().to_owned()];
        let loaded = load(&paths, self.set.as_deref(), &environment);
        self.set = Some(Arc::clone(&loaded.set));
        loaded
    }
}
