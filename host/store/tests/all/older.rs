//! Databases that earlier versions wrote.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{ManualClock, Matcher, Timestamp};

use crate::common::{START, Source, check, open, read};

/// Three series each second and two hundred each tenth, over four hundred seconds of which the last hundred are in the hot tail.
#[test]
fn a_database_of_the_first_schema_keeps_every_sample_and_a_copy_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/store-1.db");
    std::fs::copy(&kept, &path).unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(START + 400_000)));
    let wide = |store: &autobot_store::Store| {
        let found = read(store, Matcher::equal("__name__", "wide_total"));
        assert_eq!(found.len(), 200);
        for series in found {
            let column: i64 = series.key.labels.get("column").unwrap().parse().unwrap();
            let got: Vec<_> = series.times.iter().zip(&series.values).map(|(time, value)| (time.0, *value)).collect();
            let value = |second: i64| (START + second * 1_000, (column * 1_000 + second) as f64);
            assert_eq!(got, (0..400).step_by(10).map(value).collect::<Vec<_>>(), "column {column}");
        }
    };
    let store = open(&path, &clock);
    check(&store, 0..400);
    wide(&store);
    let source = Source::new(&store);
    for second in 400..450 {
        clock.advance(Duration::from_secs(1));
        source.tick(&store, second);
    }
    store.settle().unwrap();
    check(&store, 0..450);
    store.close();
    let store = open(&path, &clock);
    check(&store, 0..450);
    wide(&store);
    store.close();
    let copy = folder.path().join("autobot.db.before-2");
    assert!(copy.exists(), "the database was not copied before its tables were changed");
    let version: i64 =
        rusqlite::Connection::open(copy).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
}
