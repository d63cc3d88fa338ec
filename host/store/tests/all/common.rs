//! One instance with three series, and what must be read back of it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_model::{
    Batch, BatchSink, Family, Kind, Labels, Layout, ManualClock, Matcher, ReadLimit, STALE, SeriesKey, SeriesReader,
    SeriesRegistry, SeriesSamples, TimeRange, Timestamp,
};
use autobot_store::{Store, StoreOptions};

pub(crate) const START: i64 = 1_790_000_000_000;
pub(crate) const DAY: u64 = 24 * 3600;
pub(crate) const SHAPES: [&str; 3] = ["line", "wave", "constant"];

pub(crate) fn open(path: &Path, clock: &Arc<ManualClock>) -> Arc<Store> {
    open_with(path, clock, 1 << 30)
}

pub(crate) fn open_with(path: &Path, clock: &Arc<ManualClock>, max_size: u64) -> Arc<Store> {
    let options = StoreOptions {
        path: path.to_owned(),
        retention: Duration::from_secs(30 * DAY),
        max_size,
        sync: Duration::from_millis(20),
        window: Duration::from_secs(60),
    };
    Store::open(options, clock.clone()).expect("it opens").0
}

/// One instance with three series.
pub(crate) struct Source(Arc<Layout>);

impl Source {
    pub(crate) fn new(store: &Store) -> Self {
        let (unit, help, labels) = ("1".into(), "For a test.".into(), vec!["shape".into()]);
        let family = Arc::new(Family { name: "test".into(), unit, kind: Kind::Gauge, help, labels });
        let key = |shape| SeriesKey { name: "test".into(), labels: Labels::new([("shape", shape)]) };
        let ids = SHAPES.map(|shape| store.register(key(shape), &family)).to_vec();
        Self(Arc::new(Layout::new(ids).expect("three series")))
    }

    pub(crate) fn tick(&self, store: &Store, second: i64) {
        let time = Timestamp(START + second * 1000);
        let batch = Batch::new("test".into(), time, self.0.clone(), values(second)).expect("three values");
        store.accept(Arc::new(batch));
    }
}

pub(crate) fn values(second: i64) -> Vec<f64> {
    let wave = (second as f64 / 7.0).sin();
    vec![second as f64, if second % 50 == 0 { STALE } else { wave }, 1.5]
}

pub(crate) fn read(store: &Store, matcher: Matcher) -> Vec<SeriesSamples> {
    let range = TimeRange { start: Timestamp(START - 1), end: Timestamp(START + 10_000_000_000) };
    store.read(&[matcher], range, ReadLimit::default()).expect("it reads")
}

/// The store has these seconds, bit for bit: there are many NaNs.
pub(crate) fn check(store: &Store, seconds: std::ops::Range<i64>) {
    let found = read(store, Matcher::equal("__name__", "test"));
    assert_eq!(found.len(), SHAPES.len());
    for series in found {
        let column =
            SHAPES.iter().position(|shape| series.key.labels.get("shape") == Some(shape)).expect("one of them");
        let times: Vec<i64> = series.times.iter().map(|time| (time.0 - START) / 1000).collect();
        assert_eq!(times, seconds.clone().collect::<Vec<_>>());
        let bits: Vec<u64> = series.values.iter().map(|value| value.to_bits()).collect();
        let wanted: Vec<u64> = seconds.clone().map(|second| values(second)[column].to_bits()).collect();
        assert_eq!(bits, wanted, "{}", SHAPES[column]);
    }
}

pub(crate) fn wait(what: &str, store: &Store, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: {:?}", store.stats());
        std::thread::yield_now();
    }
}

pub(crate) fn wait_until_written(store: &Store, ticks: u64) {
    wait("not written", store, || store.stats().samples_total >= ticks * 3);
}
