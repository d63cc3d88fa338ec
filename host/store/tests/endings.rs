//! A store that is closed, killed, outgrown, and read while it is written.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use autobot_model::{
    Batch, BatchSink, Family, Kind, Labels, Layout, ManualClock, Matcher, ReadLimit, STALE, SeriesKey, SeriesReader,
    SeriesRegistry, SeriesSamples, TimeRange, Timestamp,
};
use autobot_store::{Store, StoreOptions};

const START: i64 = 1_790_000_000_000;
const DAY: u64 = 24 * 3600;
const SHAPES: [&str; 3] = ["line", "wave", "constant"];

fn open(path: &Path, clock: &Arc<ManualClock>) -> Arc<Store> {
    let options = StoreOptions {
        path: path.to_owned(),
        retention: Duration::from_secs(30 * DAY),
        max_size: 1 << 30,
        sync: Duration::from_millis(20),
        window: Duration::from_secs(60),
    };
    Store::open(options, clock.clone()).expect("it opens").0
}

/// One instance with three series.
struct Source(Arc<Layout>);

impl Source {
    fn new(store: &Store) -> Self {
        let (unit, help, labels) = ("1".into(), "For a test.".into(), vec!["shape".into()]);
        let family = Arc::new(Family { name: "test".into(), unit, kind: Kind::Gauge, help, labels });
        let key = |shape| SeriesKey { name: "test".into(), labels: Labels::new([("shape", shape)]) };
        let ids = SHAPES.map(|shape| store.register(key(shape), &family)).to_vec();
        Self(Arc::new(Layout::new(ids).expect("three series")))
    }

    fn tick(&self, store: &Store, second: i64) {
        let time = Timestamp(START + second * 1000);
        let batch = Batch::new("test".into(), time, self.0.clone(), values(second)).expect("three values");
        store.accept(Arc::new(batch));
    }
}

fn values(second: i64) -> Vec<f64> {
    let wave = (second as f64 / 7.0).sin();
    vec![second as f64, if second % 50 == 0 { STALE } else { wave }, 1.5]
}

fn read(store: &Store, matcher: Matcher) -> Vec<SeriesSamples> {
    let range = TimeRange { start: Timestamp(START - 1), end: Timestamp(START + 10_000_000_000) };
    store.read(&[matcher], range, ReadLimit::default()).expect("it reads")
}

/// The store has these seconds, bit for bit: there are many NaNs.
fn check(store: &Store, seconds: std::ops::Range<i64>) {
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

fn wait(what: &str, store: &Store, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: {:?}", store.stats());
        std::thread::yield_now();
    }
}

fn wait_until_written(store: &Store, ticks: u64) {
    wait("not written", store, || store.stats().samples_total >= ticks * 3);
}

#[test]
fn what_was_written_is_there_bit_for_bit_after_every_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    for round in 0..3 {
        let store = open(&path, &clock);
        let source = Source::new(&store);
        for second in round * 500..(round + 1) * 500 {
            clock.advance(Duration::from_secs(1));
            source.tick(&store, second);
        }
        check(&store, 0..(round + 1) * 500);
        store.close();
    }
    check(&open(&path, &clock), 0..1500);
}

#[test]
fn a_copy_taken_at_any_moment_holds_all_that_was_committed_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    for copy in 1..=4 {
        for second in (copy - 1) * 40..copy * 40 {
            clock.advance(Duration::from_secs(1));
            source.tick(&store, second);
        }
        wait_until_written(&store, copy as u64 * 40);
        // What a killed host leaves behind: the files as they are, without any goodbye.
        let left = folder.path().join(format!("left-{copy}"));
        std::fs::create_dir(&left).unwrap();
        for name in ["autobot.db", "autobot.db-wal"] {
            std::fs::copy(folder.path().join(name), left.join(name)).unwrap();
        }
        let found = open(&left.join("autobot.db"), &clock);
        check(&found, 0..copy * 40);
        found.close();
        let database = rusqlite::Connection::open(left.join("autobot.db")).unwrap();
        let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
    store.close();
}

#[test]
fn a_reader_beside_the_writer_sees_no_gap_and_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    source.tick(&store, 0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                let found = read(&store, Matcher::equal("shape", "line"));
                let values = &found[0].values;
                let whole = values.iter().enumerate().all(|(at, value)| *value == at as f64);
                assert!(whole && values.len() >= most, "{} samples after {most}", values.len());
                most = values.len();
            }
            most
        });
        for second in 1..4_000 {
            // An hour passes now and then, so that the tail is folded under the reader.
            clock.advance(Duration::from_secs(if second % 1_000 == 0 { 3_601 } else { 1 }));
            source.tick(&store, second);
            if second % 100 == 0 {
                wait_until_written(&store, second as u64 - 50);
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().expect("the reader held") > 1);
    });
    store.close();
    check(&open(&path, &clock), 0..4_000);
}

#[test]
fn what_is_older_than_the_retention_goes_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    for day in 0..3 {
        let store = open(&path, &clock);
        Source::new(&store).tick(&store, day * DAY as i64);
        store.close();
        clock.advance(Duration::from_secs(DAY));
    }
    // The first two were folded into one group, which goes when its newest sample is too old.
    clock.advance(Duration::from_secs(28 * DAY + 7_200));
    let store = open(&path, &clock);
    wait("3 are left, and 1 should be", &store, || {
        clock.advance(Duration::from_millis(100));
        read(&store, Matcher::equal("shape", "line")).first().map_or(0, |series| series.values.len()) == 1
    });
    store.close();
}
