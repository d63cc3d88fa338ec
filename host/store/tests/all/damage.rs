//! Bytes that changed on the disk.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::{ManualClock, Matcher, SeriesReader as _, TimeRange, Timestamp};
use rusqlite::Connection;

use crate::common::{START, Source, open, read, wait_until_written};

#[test]
fn a_flipped_bit_in_a_chunk_costs_that_chunk_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    for chunk in 0..2 {
        for second in chunk * 600..chunk * 600 + 600 {
            clock.advance(Duration::from_secs(1));
            source.tick(&store, second);
            if second % 100 == 99 {
                wait_until_written(&store, second as u64 + 1);
            }
        }
        store.settle().unwrap();
    }
    store.close();
    let database = Connection::open(&path).unwrap();
    let (key, mut data): (i64, Vec<u8>) = database
        .query_row("SELECT k, data FROM chunk ORDER BY k LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let middle = data.len() / 2;
    data[middle] ^= 0x10;
    database.execute("UPDATE chunk SET data = ?2 WHERE k = ?1", (key, data)).unwrap();
    drop(database);
    let store = open(&path, &clock);
    let line = &read(&store, Matcher::equal("shape", "line"))[0];
    let seconds: Vec<i64> = line.times.iter().map(|time| (time.0 - START) / 1_000).collect();
    assert_eq!(seconds, (600..1_200).collect::<Vec<_>>());
    assert_eq!(store.stats().damaged_chunks, 1);
    let range =
        |from: i64, to: i64| TimeRange { start: Timestamp(START + from * 1_000), end: Timestamp(START + to * 1_000) };
    let said = store.losses(range(0, 10)).concat();
    assert!(said.contains("1 chunk of the store between 1790000000 and 1790000599 s"), "{said}");
    assert_eq!(store.losses(range(700, 800)), Vec::<String>::new());
    store.close();
}

#[test]
fn a_damaged_row_of_buckets_is_made_up_for_from_the_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    let source = Source::new(&store);
    for second in (0..8_000).step_by(2) {
        clock.advance(Duration::from_secs(2));
        source.tick(&store, second);
    }
    store.settle().unwrap();
    let before = crate::long::buckets(&store);
    store.close();
    let database = Connection::open(&path).unwrap();
    let damaged = database
        .execute("UPDATE rollup SET data = CAST(substr(data, 1, length(data) - 3) || x'000000' AS BLOB)", [])
        .unwrap();
    assert!(damaged > 0, "nothing was rolled up");
    drop(database);
    let store = open(&path, &clock);
    assert_eq!(crate::long::buckets(&store), before);
    store.close();
}

#[test]
fn a_file_that_is_no_database_is_set_aside_and_a_new_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    std::fs::write(
        &path,
        "no database at all, but longer than a header of one would be, so that it is looked at".repeat(20),
    )
    .unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let store = open(&path, &clock);
    Source::new(&store).tick(&store, 1);
    assert_eq!(read(&store, Matcher::equal("shape", "line"))[0].values, [1.0]);
    store.close();
    let aside = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".damaged-"));
    assert_eq!(aside.count(), 1);
}
