//! Files with bytes that changed, ends that are missing, pages that are gone: looked at, and repaired.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use autobot_model::Matcher;
use autobot_store::care;
use proptest::prelude::*;
use rusqlite::Connection;

use crate::common::{Source, open, read};
use crate::filled::{Samples, clock, dyn_clock, filled, names, samples, samples_of};

/// The bytes of a sound file, and what is in it.
fn whole() -> &'static (Vec<u8>, Samples) {
    static WHOLE: OnceLock<(Vec<u8>, Samples)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = filled(folder.path());
        (fs::read(&path).unwrap(), samples_of(&path))
    })
}

/// Everything in `some` is in `all`, bit for bit.
fn is_part(some: &Samples, all: &Samples) -> bool {
    some.iter()
        .all(|(id, own)| all.get(id).is_some_and(|whole| own.iter().all(|sample| whole.binary_search(sample).is_ok())))
}

fn count(samples: &Samples) -> usize {
    samples.values().map(Vec::len).sum()
}

/// Repairs the file; gives what is in it then, after the promises of a repair were held.
fn repaired(path: &Path) -> (care::Repaired, Samples) {
    let damaged = fs::read(path).unwrap();
    let done = care::repair(path, &dyn_clock()).unwrap();
    assert!(fs::read(&done.aside).unwrap() == damaged, "the damaged file was changed");
    let checked = care::check(path).unwrap();
    assert!(checked.is_sound(), "{:?}", checked.findings);
    let store = open(path, &clock());
    let found = samples(&store);
    // It takes what comes next, and makes its buckets.
    let source = Source::new(&store);
    source.tick(&store, 8_900);
    store.settle().unwrap();
    let lines = read(&store, Matcher::equal("__name__", "test"));
    assert!(lines.iter().any(|series| series.times.last().is_some_and(|time| time.0 % 1_000_000 == 900_000)));
    store.close();
    let checked = care::check(path).unwrap();
    assert!(checked.is_sound(), "after one more sample: {:?}", checked.findings);
    (done, found)
}

fn file_of(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn a_sound_file_loses_nothing_by_a_repair() {
    let (bytes, wanted) = whole();
    let (_folder, path) = file_of(bytes);
    let (done, found) = repaired(&path);
    assert!(found == *wanted, "{done}");
    assert_eq!((done.series, done.nameless, done.families, done.batches), (153, 0, 2, 440));
    assert!(done.lost.is_empty() && done.stretches == 0 && !done.tail_damaged, "{done}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_bytes_change_a_repair_gives_a_sound_file_of_nothing_but_what_was_there(
        places in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..=255), 1..60),
    ) {
        let (bytes, wanted) = whole();
        let mut bytes = bytes.clone();
        for (place, change) in places {
            let place = place.index(bytes.len());
            // The version, at 60, has its own test: a changed one looks like a newer program's.
            if !(60..64).contains(&place) {
                bytes[place] ^= change;
            }
        }
        let (_folder, path) = file_of(&bytes);
        care::check(&path).unwrap();
        let _ = care::stats(&path);
        let (done, found) = repaired(&path);
        prop_assert!(is_part(&found, wanted), "something was made up: {}", done);
    }

    #[test]
    fn whatever_page_is_gone_the_others_are_saved(page in 1_usize..10_000, rubble in any::<u8>()) {
        let (bytes, wanted) = whole();
        let mut bytes = bytes.clone();
        let page = page % (bytes.len() / 2_048);
        bytes[page * 2_048..(page + 1) * 2_048].fill(rubble);
        let (_folder, path) = file_of(&bytes);
        care::check(&path).unwrap();
        let (done, found) = repaired(&path);
        prop_assert!(is_part(&found, wanted), "something was made up: {}", done);
        // A page holds a chunk or two, or the slot of the tail behind which nothing can be read.
        prop_assert!(count(&found) * 2 >= count(wanted), "of {} samples {} are left: {}", count(wanted), count(&found), done);
    }

    #[test]
    fn whatever_is_missing_at_the_end_what_was_before_is_saved(length in any::<prop::sample::Index>()) {
        let (bytes, wanted) = whole();
        let length = length.index(bytes.len());
        let (_folder, path) = file_of(&bytes[..length]);
        let checked = care::check(&path);
        match care::repair(&path, &dyn_clock()) {
            Ok(_) => {
                prop_assert!(care::check(&path).unwrap().is_sound());
                prop_assert!(is_part(&samples_of(&path), wanted));
            }
            Err(error) => prop_assert!(false, "{} bytes: {error}; {:?}", length, checked),
        }
    }
}

#[test]
fn leaves_are_found_when_what_leads_to_them_is_gone() {
    let (bytes, wanted) = whole();
    let (_folder, path) = file_of(bytes);
    let root = |table: &str| -> usize {
        let sql = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
        Connection::open(&path).unwrap().query_row(&sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    };
    let roots = ["chunk", "hot", "series"].map(root);
    for gone in [vec![0], vec![roots[0] - 1], roots.map(|root| root - 1).to_vec(), vec![0, roots[0] - 1]] {
        let mut bytes = bytes.clone();
        for page in &gone {
            assert!(*page == 0 || bytes[page * 2_048] == 5, "page {page} is no inner page of a table");
            bytes[page * 2_048..(page + 1) * 2_048].fill(0xa5);
        }
        let (_folder, path) = file_of(&bytes);
        let (done, found) = repaired(&path);
        assert!(found == *wanted, "without {gone:?} of {} samples {} are left: {done}", count(wanted), count(&found));
        assert_eq!((done.series, done.nameless, done.lost.len()), (153, 0, 0), "without {gone:?}: {done}");
        assert!(done.scattered > 0, "{done}");
    }
}

#[test]
fn what_was_lost_is_named() {
    let (bytes, wanted) = whole();
    let (_folder, path) = file_of(bytes);
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "UPDATE chunk SET data = CAST(substr(data, 1, length(data) - 1) || x'55' AS BLOB) WHERE k = (SELECT min(k) FROM chunk);
             DELETE FROM series WHERE id = 7;
             PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .unwrap();
    let (done, found) = repaired(&path);
    assert_eq!(done.lost.len(), 1);
    assert_eq!(done.lost[0].to_string(), "chunk 1048576 (2026-09-21T14:13:20Z to 2026-09-21T16:19:59Z)");
    assert!(is_part(&found, wanted));
    assert_eq!(found[&7], wanted[&7], "a series that lost its name lost samples");
    let store = open(&path, &clock());
    assert_eq!(read(&store, Matcher::equal("number", "7"))[0].key.to_string(), r#"autobot_lost_series{number="7"}"#);
    store.close();
    let sentence = done.to_string();
    assert!(sentence.contains("1 chunk is lost") && sentence.contains("1 series lost their name"), "{sentence}");
}

#[test]
fn a_group_that_series_and_chunks_do_not_agree_about_is_the_one_that_most_say() {
    let (bytes, wanted) = whole();
    let (_folder, path) = file_of(bytes);
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "UPDATE chunk SET grp = 77 WHERE k = (SELECT max(k) FROM chunk);
             UPDATE chunk SET grp = -5 WHERE k = (SELECT min(k) FROM chunk);
             UPDATE series SET grp = 2 WHERE id = 4;
             UPDATE meta SET value = 0 WHERE name = 'fold';
             PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .unwrap();
    let (done, found) = repaired(&path);
    assert!(found == *wanted, "{done}");
}

#[test]
fn whatever_is_missing_of_the_log_what_was_committed_before_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let source = Source::new(&store);
    for second in 0..60 {
        source.tick(&store, second);
        crate::common::wait("not written", &store, || store.stats().samples_total > second as u64 * 3);
    }
    let (bytes, log) = (fs::read(&path).unwrap(), fs::read(folder.path().join("autobot.db-wal")).unwrap());
    let wanted = samples(&store);
    store.close();
    let mut most = 0;
    for part in 1..=16 {
        let (folder, path) = file_of(&bytes);
        fs::write(folder.path().join("autobot.db-wal"), &log[..log.len() * part / 16]).unwrap();
        // Before the first commit there are no tables.
        let Ok(checked) = care::check(&path) else { continue };
        assert!(checked.is_sound(), "{:?}", checked.findings);
        care::repair(&path, &dyn_clock()).unwrap();
        let found = samples_of(&path);
        assert!(is_part(&found, &wanted));
        assert!(count(&found) >= most, "a longer log gave less");
        most = count(&found);
    }
    assert_eq!(most, count(&wanted), "the whole log");
}

#[test]
fn a_repair_refuses_what_it_must_not_touch() {
    let (bytes, _) = whole();
    let (folder, path) = file_of(bytes);
    let said = |path: &Path| care::repair(path, &dyn_clock()).unwrap_err().to_string();
    assert!(said(folder.path()).contains("is a folder"));
    assert!(said(&folder.path().join("missing.db")).contains("there is no database"));
    let store = open(&path, &clock());
    assert!(said(&path).contains("is open elsewhere"));
    store.close();
    drop(store);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 3).unwrap();
    assert!(said(&path).contains("newer autobot-host (its schema is version 3, this one knows 2)"));
    assert_eq!(names(folder.path()), ["autobot.db"]);
}
