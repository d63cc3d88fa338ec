//! A store with several groups, folds, gaps, odd values, and a hot tail; and all that is in it, by number.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{
    Batch, BatchSink, Clock, Family, Kind, Labels, Layout, ManualClock, STALE, SeriesKey, SeriesRegistry, Timestamp,
};
use autobot_store::Store;

use crate::common::{START, Source, open, read};

/// Columns of the wide instance: two groups.
pub(crate) const COLUMNS: i64 = 150;

/// The samples of every series, by its number: moments, and the bits of values.
pub(crate) type Samples = BTreeMap<u32, Vec<(i64, u64)>>;

/// What is measured every ten seconds of a wide instance.
pub(crate) fn wide(store: &Store) -> Arc<Layout> {
    let family = Arc::new(Family {
        name: "wide".into(),
        unit: "By".into(),
        kind: Kind::Gauge,
        help: "For a test.".into(),
        labels: vec!["column".into()],
    });
    let key = |column: i64| SeriesKey { name: "wide".into(), labels: Labels::new([("column", column.to_string())]) };
    let ids = (0..COLUMNS).map(|column| store.register(key(column), &family)).collect();
    Arc::new(Layout::new(ids).unwrap())
}

pub(crate) fn wide_value(second: i64, column: i64) -> f64 {
    match column {
        0 => f64::NAN,
        1 if second % 70 == 0 => STALE,
        2 => f64::INFINITY,
        3 => 1.0 / (second + 1) as f64,
        _ => ((second * 37 + column * 101) % 1_009) as f64 / 8.0,
    }
}

pub(crate) fn tick_wide(store: &Store, layout: &Arc<Layout>, second: i64) {
    let values = (0..COLUMNS).map(|column| wide_value(second, column)).collect();
    let time = Timestamp(START + second * 1_000);
    store.accept(Arc::new(Batch::new("wide".into(), time, layout.clone(), values).unwrap()));
}

/// Makes the store; gives its file and its clock.
pub(crate) fn filled(folder: &Path) -> (PathBuf, Arc<ManualClock>) {
    filled_for(folder, 1_300)
}

/// The same with so many rows that some of them are in buckets.
pub(crate) fn filled_to_buckets(folder: &Path) -> (PathBuf, Arc<ManualClock>) {
    filled_for(folder, 3_300)
}

fn filled_for(folder: &Path, seconds: i64) -> (PathBuf, Arc<ManualClock>) {
    let path = folder.join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START + 9_000_000)));
    let store = open(&path, &clock);
    let (source, layout) = (Source::new(&store), wide(&store));
    // For a while nothing is measured.
    for second in (0..seconds).chain(7_500..8_400) {
        clock.advance(Duration::from_secs(1));
        source.tick(&store, second);
        if second % 10 == 0 {
            tick_wide(&store, &layout, second);
        }
        if second % 400 == 399 && second < 8_000 {
            store.settle().unwrap();
        }
        if second % 100 == 99 {
            // More at once than the queue holds would not go into the tail.
            crate::common::wait("not written", &store, || store.stats().queue == 0);
        }
    }
    store.close();
    (path, clock)
}

/// All that a store holds.
pub(crate) fn samples(store: &Store) -> Samples {
    let all = read(store, autobot_model::Matcher::matches("__name__", ".+").unwrap());
    let bits = |series: &autobot_model::SeriesSamples| {
        series.times.iter().zip(&series.values).map(|(time, value)| (time.0, value.to_bits())).collect()
    };
    all.iter().map(|series| (series.id.0, bits(series))).collect()
}

/// All that a copy of the store's files holds: opening one writes to it.
pub(crate) fn samples_of(path: &Path) -> Samples {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    for ending in ["", "-wal"] {
        let name = |path: &Path| PathBuf::from(format!("{}{ending}", path.display()));
        if name(path).exists() {
            std::fs::copy(name(path), name(&copy)).unwrap();
        }
    }
    let store = open(&copy, &clock());
    let found = samples(&store);
    store.close();
    found
}

/// The names of a folder's files, but for those that reading a database leaves beside it, with nothing in them.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let told = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let empty = entry.metadata().unwrap().len() == 0;
        !(name.ends_with("-shm") || name.ends_with("-wal") && empty)
    });
    let mut names: Vec<String> = told.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A clock that stands behind everything that was measured.
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(START + 9_000_000)))
}

pub(crate) fn dyn_clock() -> Arc<dyn Clock> {
    clock()
}
