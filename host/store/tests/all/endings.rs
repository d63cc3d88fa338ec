//! A store that is closed, killed, outgrown, and read while it is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use autobot_model::{ManualClock, Matcher, Timestamp};

use crate::common::{DAY, START, Source, check, open, read, wait, wait_until_written};

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
        store.settle().unwrap();
        store.close();
        clock.advance(Duration::from_secs(DAY));
    }
    clock.advance(Duration::from_secs(28 * DAY + 7_200));
    let store = open(&path, &clock);
    wait("3 are left, and 1 should be", &store, || {
        clock.advance(Duration::from_millis(100));
        read(&store, Matcher::equal("shape", "line")).first().map_or(0, |series| series.values.len()) == 1
    });
    store.close();
}
