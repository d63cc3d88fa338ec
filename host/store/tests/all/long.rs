//! What the keeper makes of many samples: fewer chunks, buckets, and nothing of what is too old.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::{
    Batch, BatchSink, Bucket, BucketParts, Family, Kind, Labels, Layout, ManualClock, Matcher, ReadLimit, STALE,
    SeriesId, SeriesKey, SeriesReader, SeriesRegistry, TimeRange, Timestamp, is_stale,
};
use autobot_store::Store;
use rusqlite::Connection;

use crate::common::{DAY, START, Source, check, open, read, wait};

const WIDTH: i64 = 900_000;

fn count(path: &std::path::Path, what: &str) -> i64 {
    Connection::open(path).unwrap().query_row(&format!("SELECT {what}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn small_chunks_become_large_ones_and_every_sample_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    for round in 0..40 {
        let store = open(&path, &clock);
        let source = Source::new(&store);
        for second in round * 50..round * 50 + 50 {
            clock.advance(Duration::from_secs(1));
            source.tick(&store, second);
        }
        store.settle().unwrap();
        check(&store, 0..round * 50 + 50);
        store.close();
    }
    // 2,000 rows: three chunks that are large enough, and what came since.
    let (chunks, rows) = (count(&path, "count(*) FROM chunk"), count(&path, "sum(rows) FROM chunk"));
    assert!(chunks <= 3 + 16, "{chunks} chunks are left");
    assert_eq!(rows, 2_000);
    check(&open(&path, &clock), 0..2_000);
}

#[test]
fn chunks_become_one_only_with_their_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    let mut second = 0;
    for rows in [500, 850, 850, 800, 300, 700] {
        for _ in 0..rows {
            clock.advance(Duration::from_secs(1));
            source.tick(&store, second);
            second += 1;
            if second % 100 == 0 {
                wait("not written", &store, || store.stats().queue == 0);
            }
        }
        store.settle().unwrap();
    }
    store.close();
    let rows: Vec<i64> = Connection::open(&path)
        .unwrap()
        .prepare("SELECT rows FROM chunk ORDER BY first_ms")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(rows, [500, 1_700, 1_800]);
    let overlapping = "count(*) FROM chunk a JOIN chunk b ON a.grp = b.grp AND a.k < b.k
                       WHERE a.first_ms <= b.last_ms AND b.first_ms <= a.last_ms";
    assert_eq!(count(&path, overlapping), 0);
    check(&open(&path, &clock), 0..second);
}

/// Every bucket of every series within ten days, as text: there are NaNs.
pub(crate) fn buckets(store: &Store) -> String {
    let range =
        TimeRange { start: Timestamp(START).align(store.bucket_width().unwrap()), end: Timestamp(START + 864_000_000) };
    let range = TimeRange { end: range.end.align(store.bucket_width().unwrap()), ..range };
    let mut all = Vec::new();
    let all_names = Matcher::matches("__name__", ".+").unwrap();
    store
        .visit_buckets(&[all_names], range, BucketParts::ALL, ReadLimit::default(), &mut |series| {
            let lines = series.ends.iter().zip(&series.buckets).map(|(end, bucket)| format!("{end} {bucket:?}\n"));
            all.push(format!("{}\n{}", series.key, lines.collect::<String>()));
        })
        .unwrap();
    all.sort();
    all.concat()
}

/// The same from samples, by the definition.
fn by_definition(store: &Store) -> String {
    let mut all = Vec::new();
    for series in read(store, Matcher::matches("__name__", ".+").unwrap()) {
        let mut lines = String::new();
        let end = |time: Timestamp| (time.0 + WIDTH - 1).div_euclid(WIDTH) * WIDTH;
        let mut ends: Vec<i64> = series.times.iter().map(|time| end(*time)).collect();
        ends.dedup();
        for this in ends {
            let all: Vec<(Timestamp, f64)> = series
                .times
                .iter()
                .copied()
                .zip(series.values.iter().copied())
                .filter(|(time, _)| end(*time) == this)
                .collect();
            let own: Vec<(Timestamp, f64)> = all.iter().copied().filter(|(_, value)| !is_stale(*value)).collect();
            let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
            let least = own.iter().map(|(_, value)| *value).fold(f64::NAN, f64::min);
            let most = own.iter().map(|(_, value)| *value).fold(f64::NAN, f64::max);
            let dropped = own.windows(2).filter(|pair| pair[1].1 < pair[0].1).map(|pair| pair[0].1).sum::<f64>();
            let bucket = Bucket {
                count: own.len() as u32,
                first: *first,
                last: *last,
                min: least,
                max: most,
                sum: own.iter().map(|(_, value)| *value).sum(),
                // An empty sum of floats is -0.
                dropped: dropped + 0.0,
                ended: all.last().is_some_and(|(_, value)| is_stale(*value)),
            };
            lines.push_str(&format!("{} ms {bucket:?}\n", this));
        }
        if !lines.is_empty() {
            all.push(format!("{}\n{lines}", series.key));
        }
    }
    all.sort();
    all.concat()
}

/// Values that add up without rounding: counters that begin anew, ends, gaps, constants.
fn whole(second: i64, column: usize) -> f64 {
    match column {
        0 => (second % 70_000) as f64,
        1 => (second * 31 % 1_001) as f64 / 4.0,
        2 if second % 9_000 < 600 => STALE,
        2 => 7.0,
        _ => -1.0,
    }
}

#[test]
fn buckets_say_what_samples_say_in_memory_on_the_disk_and_across_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let family = Arc::new(Family {
        name: "deep".into(),
        unit: "1".into(),
        kind: Kind::Gauge,
        help: "For a test.".into(),
        labels: vec!["column".into()],
    });
    let ids: Vec<SeriesId> = (0..4)
        .map(|column| {
            let labels = Labels::new([("column", column.to_string())]);
            store.register(SeriesKey { name: "deep".into(), labels }, &family)
        })
        .collect();
    let (all, some) = (Arc::new(Layout::new(ids.clone()).unwrap()), Arc::new(Layout::new(ids[..2].to_vec()).unwrap()));
    let tick = |second: i64| {
        // The last series is there every other hour only.
        let layout = if second / 3_600 % 2 == 0 { &all } else { &some };
        let values = (0..layout.ids().len()).map(|column| whole(second, column)).collect();
        let batch = Batch::new("deep".into(), Timestamp(START + second * 1_000), layout.clone(), values).unwrap();
        clock.advance(Duration::from_secs(61));
        store.accept(Arc::new(batch));
    };
    let mut said = 0;
    for second in (0..400_000_i64).step_by(61) {
        tick(second);
        if second % 50_020 == 0 {
            let (got, wanted) = (buckets(&store), by_definition(&store));
            assert!(got == wanted, "at {second} s\n{}", first_difference(&got, &wanted));
            store.settle().unwrap();
            let got = buckets(&store);
            assert!(got == wanted, "settled at {second} s\n{}", first_difference(&got, &wanted));
            said += 1;
        }
    }
    assert!(said > 3);
    assert!(count(&path, "count(*) FROM rollup") >= 2, "no buckets are on the disk");
    store.close();
}

fn first_difference(got: &str, wanted: &str) -> String {
    let pair = got.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    pair.map_or_else(|| "one is longer".to_owned(), |(got, wanted)| format!("got    {got}\nwanted {wanted}"))
}

#[test]
fn of_two_instances_that_measure_one_series_the_first_at_a_moment_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let family = Arc::new(Family {
        name: "shared".into(),
        unit: "1".into(),
        kind: Kind::Gauge,
        help: "For a test.".into(),
        labels: vec![],
    });
    let id = store.register(SeriesKey { name: "shared".into(), labels: Labels::default() }, &family);
    let layout = Arc::new(Layout::new(vec![id]).unwrap());
    for second in 0..200_i64 {
        clock.advance(Duration::from_secs(1));
        for (instance, every, value) in [("a", 2, 1.0), ("b", 3, 2.0)] {
            if second % every == 0 {
                let time = Timestamp(START + second * 1_000);
                store.accept(Arc::new(Batch::new(instance.into(), time, layout.clone(), vec![value]).unwrap()));
            }
        }
    }
    let wanted: Vec<(i64, f64)> = (0..200)
        .filter(|second| second % 2 == 0 || second % 3 == 0)
        .map(|second| (second, if second % 2 == 0 { 1.0 } else { 2.0 }))
        .collect();
    let got = |store: &Store| -> Vec<(i64, f64)> {
        let found = read(store, Matcher::equal("__name__", "shared"));
        found[0].times.iter().zip(&found[0].values).map(|(time, value)| ((time.0 - START) / 1_000, *value)).collect()
    };
    assert_eq!(got(&store), wanted);
    store.settle().unwrap();
    store.close();
    let store = open(&path, &clock);
    assert_eq!(got(&store), wanted);
    store.close();
}

#[test]
fn a_series_of_which_nothing_is_left_is_forgotten_unless_somebody_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    Source::new(&store).tick(&store, 0);
    store.settle().unwrap();
    store.close();
    clock.advance(Duration::from_secs(40 * DAY));
    // Registered again: a plugin may use it any time.
    let store = open(&path, &clock);
    let source = Source::new(&store);
    wait("the old samples are still there", &store, || {
        clock.advance(Duration::from_secs(1));
        read(&store, Matcher::equal("__name__", "test")).is_empty()
    });
    source.tick(&store, 40 * DAY as i64);
    assert_eq!(read(&store, Matcher::equal("__name__", "test")).len(), 3);
    store.settle().unwrap();
    store.close();
    clock.advance(Duration::from_secs(40 * DAY));
    let store = open(&path, &clock);
    wait("the series are still known", &store, || {
        clock.advance(Duration::from_secs(1));
        store.stats().series == 0
    });
    store.close();
    assert_eq!(count(&path, "count(*) FROM series"), 0);
}

#[test]
fn a_store_that_is_too_large_lets_go_of_the_oldest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let most = 120 << 10;
    let store = crate::common::open_with(&path, &clock, most);
    let source = Source::new(&store);
    for round in 0..30 {
        for second in round * 700..round * 700 + 700 {
            clock.advance(Duration::from_secs(1));
            source.tick(&store, second);
        }
        store.settle().unwrap();
    }
    wait("it is too large", &store, || {
        clock.advance(Duration::from_secs(61));
        count(&path, "(SELECT sum(length(data)) FROM chunk)") < most as i64
    });
    let line = &read(&store, Matcher::equal("shape", "line"))[0];
    assert_eq!(line.values.last(), Some(&20_999.0));
    assert!(line.values[0] > 0.0, "the oldest samples are still there");
    assert!(line.values.windows(2).all(|pair| pair[1] == pair[0] + 1.0), "there is a hole");
    store.close();
}

#[test]
fn what_comes_faster_than_it_is_folded_waits_and_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    let ticks = 40_000;
    for second in 0..ticks {
        clock.advance(Duration::from_secs(1));
        wait("the queue stays full", &store, || store.stats().queue < 128);
        source.tick(&store, second);
    }
    store.settle().unwrap();
    assert_eq!(store.stats().dropped, 0);
    store.close();
    let store = open(&path, &clock);
    check(&store, 0..ticks);
    // Rows that only the rush needed are given back.
    wait("the tail stays large", &store, || {
        clock.advance(Duration::from_secs(61));
        count(&path, "count(*) FROM hot") <= 513
    });
    store.close();
}

#[test]
fn a_read_of_too_much_names_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&folder.path().join("autobot.db"), &clock);
    let source = Source::new(&store);
    (0..100).for_each(|second| source.tick(&store, second));
    let range = TimeRange { start: Timestamp(START), end: Timestamp(START + 1_000_000) };
    for (limit, wanted) in [
        (ReadLimit { samples: 250, series: 10 }, "the selection has more than 250 samples"),
        (ReadLimit { samples: 1_000, series: 2 }, "the selection has more than 2 series"),
    ] {
        let error = store.read(&[Matcher::equal("__name__", "test")], range, limit).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    store.close();
}
