//! Samples that come from elsewhere, and a store that is read beside the one that writes it.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::{
    BucketParts, Family, Kind, Labels, ManualClock, Matcher, ReadLimit, STALE, SeriesKey, SeriesReader, TimeRange,
    Timestamp,
};
use autobot_store::{Imported, ImportedSeries, Snapshot, Store};

use crate::common::{START, Source, check, open, read, wait_until_written};

fn brought(name: &str, samples: &[(i64, f64)]) -> ImportedSeries {
    let (unit, help, labels) = ("1".into(), "From elsewhere.".into(), vec!["shape".into()]);
    let family = Arc::new(Family { name: name.into(), unit, kind: Kind::Gauge, help, labels });
    let key = SeriesKey { name: name.into(), labels: Labels::new([("shape", "line")]) };
    let (times, values) = samples.iter().map(|(second, value)| (Timestamp(START + second * 1_000), *value)).unzip();
    ImportedSeries { key, family, times, values }
}

fn samples(reader: &dyn SeriesReader, name: &str) -> Vec<(i64, u64)> {
    let range = TimeRange { start: Timestamp::MIN, end: Timestamp::MAX };
    let found = reader.read(&[Matcher::equal("__name__", name)], range, ReadLimit::default()).unwrap();
    let of = |series: &autobot_model::SeriesSamples| {
        let pairs = series.times.iter().zip(&series.values);
        pairs.map(|(time, value)| ((time.0 - START) / 1_000, value.to_bits())).collect()
    };
    found.first().map(of).unwrap_or_default()
}

fn bits(samples: &[(i64, f64)]) -> Vec<(i64, u64)> {
    samples.iter().map(|(second, value)| (*second, value.to_bits())).collect()
}

#[test]
fn what_is_brought_in_lies_where_it_belongs_and_changes_nothing_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    for second in 0..300 {
        clock.advance(Duration::from_secs(1));
        source.tick(&store, second);
    }
    store.settle().unwrap();
    // Before, among and after what is there, out of order and twice.
    let series =
        brought("old", &[(-5_000, 1.0), (-9_000, STALE), (40, f64::NAN), (40, 3.0), (200, 1.0 / 3.0), (8_000, 9.0)]);
    let there = brought("test", &[(10, 99.0), (-10, -10.0)]);
    let done = store.import(vec![series, there]).unwrap();
    assert_eq!(done, Imported { samples: 5, known: 2, future: 1 });
    let old = bits(&[(-9_000, STALE), (-5_000, 1.0), (40, f64::NAN), (200, 1.0 / 3.0)]);
    let look = |store: &Store| {
        assert_eq!(samples(store, "old"), old);
        let line = &read(store, Matcher::equal("shape", "line"))[..];
        let line = line.iter().find(|series| &*series.key.name == "test").unwrap();
        assert_eq!(line.values.len(), 300, "the sample before the range that is read does not count");
        assert_eq!(line.values[10], 10.0);
    };
    look(&store);
    store.settle().unwrap();
    look(&store);
    assert!(samples(&*store, "test").first().is_some_and(|first| *first == (-10, (-10.0_f64).to_bits())));
    store.close();
    let store = open(&path, &clock);
    look(&store);
    // A second time nothing is new.
    let again = store.import(vec![brought("old", &[(-5_000, 7.0), (40, 7.0)])]).unwrap();
    assert_eq!(again, Imported { samples: 0, known: 2, future: 0 });
    look(&store);
    store.close();
}

#[test]
fn buckets_that_were_filled_are_filled_anew_when_older_samples_come() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&folder.path().join("autobot.db"), &clock);
    let early: Vec<(i64, f64)> = (0..400).map(|at| (at * 60 - 30_000, at as f64)).collect();
    let late: Vec<(i64, f64)> = (0..400).map(|at| (at * 60 - 30_030, 1_000.0)).collect();
    store.import(vec![brought("deep", &early)]).unwrap();
    store.settle().unwrap();
    let most = |store: &Store| {
        let width = store.bucket_width().unwrap();
        let range = TimeRange { start: Timestamp(START - 40_000_000).align(width), end: Timestamp(START).align(width) };
        let mut most = f64::NAN;
        let mut count = 0;
        store
            .visit_buckets(
                &[Matcher::equal("__name__", "deep")],
                range,
                BucketParts::ALL,
                ReadLimit::default(),
                &mut |series| {
                    most = series.buckets.iter().map(|bucket| bucket.max).fold(most, f64::max);
                    count += series.buckets.iter().map(|bucket| bucket.count).sum::<u32>();
                },
            )
            .unwrap();
        (most, count)
    };
    assert_eq!(most(&store), (399.0, 400));
    store.import(vec![brought("deep", &late)]).unwrap();
    assert_eq!(most(&store), (1_000.0, 800));
    store.settle().unwrap();
    assert_eq!(most(&store), (1_000.0, 800));
    store.close();
}

#[test]
fn a_snapshot_beside_the_writer_reads_tail_and_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let missing = Snapshot::open(&path).unwrap_err().to_string();
    assert!(missing.contains("it is not there"), "{missing}");
    let store = open(&path, &clock);
    let source = Source::new(&store);
    for second in 0..200 {
        source.tick(&store, second);
        clock.advance(Duration::from_secs(1));
        if second == 120 {
            store.settle().unwrap();
        }
    }
    wait_until_written(&store, 200);
    let snapshot = Snapshot::open(&path).unwrap();
    assert_eq!(samples(&snapshot, "test"), samples(&*store, "test"));
    assert_eq!(snapshot.newest(), Some(Timestamp(START + 199_000)));
    assert_eq!(snapshot.families(), store.families());
    check(&store, 0..200);
    store.close();
}
