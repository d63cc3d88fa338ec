//! Files that end too early, at any byte.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::dice::Dice;
use crate::measured::{STEP, Source, assert_sound, clock, found, found_at_least_right, open, try_open, wait};
use crate::process::no_thread_may_panic;
use crate::rounds;

const TICKS: i64 = 500;

/// Database and log of a store that was not closed, with chunks, buckets and a tail; and how far the database alone goes.
fn left_behind() -> (TempDir, u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    for part in 0..5 {
        source.ticks(TICKS as usize / 5);
        if part < 4 {
            store.settle().unwrap();
        }
    }
    wait("not written", &store, || source.acknowledged() == Some(TICKS - 1));
    let left = tempfile::tempdir().unwrap();
    let copied = |name: &str| std::fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
    let (database, log) = (copied("autobot.db"), copied("autobot.db-wal"));
    store.close();
    (left, database, log)
}

fn cut(left: &Path, name: &str, length: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for one in ["autobot.db", "autobot.db-wal"] {
        let _ = std::fs::copy(left.join(one), folder.path().join(one));
    }
    std::fs::OpenOptions::new().write(true).open(folder.path().join(name)).unwrap().set_len(length).unwrap();
    let path = folder.path().join("autobot.db");
    (folder, path)
}

#[test]
fn a_log_that_ends_early_costs_the_ticks_that_it_lacks_and_none_before() {
    no_thread_may_panic();
    let (left, _, log) = left_behind();
    let mut dice = Dice(3);
    let mut lengths: Vec<u64> = (0..rounds(16)).map(|_| dice.next() % log).collect();
    lengths.extend([0, 1, 31, 32, log]);
    lengths.sort_unstable();
    let mut before = -1;
    for length in lengths {
        let (_folder, path) = cut(left.path(), "autobot.db-wal", length);
        let clock = clock();
        clock.advance(STEP * TICKS as u32);
        let (store, opened) = try_open(&path, &clock).unwrap();
        assert!(opened.set_aside.is_none() && !opened.tail_damaged, "log of {length} bytes: {opened:?}");
        let ticks = found(&store, 0);
        for ticks in &ticks {
            assert!(ticks.iter().copied().eq(0..ticks.len() as i64), "log of {length} bytes: {ticks:?}");
        }
        let last = ticks[0].len() as i64 - 1;
        assert!(last >= before, "a log of {length} bytes has less than a shorter one: {last} after {before}");
        before = last;
        Source::new(&store, &clock, TICKS).ticks(1);
        store.close();
        assert_sound(&path);
    }
    assert_eq!(before, TICKS - 1, "the whole log has all");
}

/// With or without a log beside it.
#[test]
fn a_database_that_ends_early_is_set_aside_or_serves_what_is_right() {
    no_thread_may_panic();
    let (left, _, _) = left_behind();
    let closed = tempfile::tempdir().unwrap();
    for name in ["autobot.db", "autobot.db-wal"] {
        std::fs::copy(left.path().join(name), closed.path().join(name)).unwrap();
    }
    open(&closed.path().join("autobot.db"), &clock()).close();
    let mut dice = Dice(4);
    for (folder, logged) in [(left.path(), true), (closed.path(), false)] {
        let whole = std::fs::metadata(folder.join("autobot.db")).unwrap().len();
        for _ in 0..rounds(8) {
            let length = 1 + dice.next() % (whole - 1);
            let name = format!("{length} of {whole} bytes, {}", if logged { "and a log" } else { "closed" });
            let (_folder, path) = cut(folder, "autobot.db", length);
            let clock = clock();
            clock.advance(STEP * TICKS as u32);
            let (store, opened) = match try_open(&path, &clock) {
                Ok(opened) => opened,
                Err(error) => panic!("{name}: it should be set aside: {error}"),
            };
            assert!(logged || opened.set_aside.is_some(), "{name}: nobody noticed: {opened:?}");
            // What is not an error is right, and what is measured now is there at once.
            let _ = found_at_least_right(&store);
            let mut source = Source::new(&store, &clock, TICKS);
            source.ticks(20);
            let settled = store.settle();
            clock.advance(Duration::from_secs(61));
            if opened.set_aside.is_some() {
                settled.unwrap();
                assert!(found(&store, 0)[0].iter().copied().eq(TICKS..TICKS + 20), "{name}");
            }
            let _ = found_at_least_right(&store);
            store.close();
        }
    }
}
