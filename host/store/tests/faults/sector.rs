//! A sector of the database that cannot be read, for good.

use std::path::Path;

use rusqlite::Connection;

use crate::disk::{Disk, NEEDS, build, failing};
use crate::measured::{Source, assert_all, assert_sound, clock, found_at_least_right, open, wait};
use crate::process::{anew, part, passes};

#[test]
fn a_sector_that_cannot_be_read_costs_only_those_who_need_it() {
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path());
    let path = folder.path().join("autobot.db");
    let child = anew("sector::the_child_with_a_bad_sector", path.to_str().unwrap());
    passes(failing(child, &library, folder.path()), NEEDS);
}

fn number(path: &Path, what: &str) -> i64 {
    Connection::open(path).unwrap().query_row(&format!("SELECT {what}"), [], |row| row.get(0)).unwrap()
}

/// Of no interest by itself.
#[test]
fn the_child_with_a_bad_sector() {
    let Some(part) = part() else { return };
    let (path, disk, clock) = (Path::new(&part), Disk::own(), clock());
    let store = open(path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    // So few rows are in no buckets.
    source.ticks(200);
    store.settle().unwrap();
    store.close();
    drop((source, store));
    // In the midst of the first chunk.
    let page = number(path, "min(pageno) FROM dbstat WHERE name = 'chunk' AND pagetype = 'overflow'");
    let size = number(path, "page_size FROM pragma_page_size");
    let groups = number(path, "count(DISTINCT grp) FROM chunk");
    let last = number(path, "max(grp) FROM chunk");
    assert!(groups > 2, "{groups} groups");
    disk.bad_sector((page - 1) * size..page * size);

    let store = open(path, &clock);
    let mut source = Source::new(&store, &clock, 200);
    found_at_least_right(&store).unwrap_err();
    source.ticks(4_000);
    let others = format!("count(*) = {} FROM grp WHERE id <= {last}", groups - 1);
    wait("the other groups should be in buckets", &store, || {
        let _ = store.settle();
        number(path, &others) == 1
    });
    wait("not written", &store, || source.acknowledged() == Some(4_199));
    assert_eq!(store.stats().state, "writing");
    found_at_least_right(&store).unwrap_err();
    store.close();
    drop((source, store));

    disk.heal();
    let store = open(path, &clock);
    assert_all(&store, 0..4_200);
    store.settle().unwrap();
    assert_all(&store, 0..4_200);
    store.close();
    assert_sound(path);
}
