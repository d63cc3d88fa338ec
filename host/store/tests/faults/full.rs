//! A disk that fills: a small one in memory, mounted in a namespace of the child's own.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_store::Store;

use crate::measured::{Source, assert_all, assert_sound, clock, found, open, try_open, wait, wait_for_state};
use crate::process::{in_a_namespace, part, passes};

const NEEDS: &str = "this mounts a file system in a namespace of its own: it takes `unshare` and `mount`, of Debian's packages \
                     `util-linux` and `mount`, and a kernel that lets this user make user namespaces";

fn on_a_small_disk(child: &str, part: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=5m small \"$DIR\"";
    passes(in_a_namespace(script, folder.path(), child, &format!("{part} {}", folder.path().display())), NEEDS);
}

#[test]
fn on_a_full_disk_samples_stay_in_memory_and_are_written_when_there_is_room() {
    on_a_small_disk("full::the_child_on_a_full_disk", "");
}

/// So much room is left when a fold begins that it ends within the first chunk, or some later one.
#[test]
fn a_disk_that_fills_during_a_fold_costs_nothing() {
    for room in [0, 8, 40, 80, 140] {
        on_a_small_disk("full::the_child_whose_fold_fills_the_disk", &room.to_string());
    }
}

#[test]
fn a_disk_that_is_full_when_the_host_ends_keeps_what_was_written_before() {
    on_a_small_disk("full::the_child_that_ends_on_a_full_disk", "");
}

#[test]
fn a_damaged_database_stays_in_its_place_while_there_is_no_room_for_a_new_one() {
    on_a_small_disk("full::the_child_with_a_damaged_database", "");
}

/// What takes the room.
struct Filler(PathBuf);

impl Filler {
    /// Takes all but so many bytes.
    fn all_but(folder: &Path, left: usize) -> Self {
        let path = folder.join("filler");
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
        let took = file.metadata().unwrap().len();
        file.set_len(took.saturating_sub(left as u64)).unwrap();
        Self(path)
    }

    fn make_room(self) {
        std::fs::remove_file(self.0).unwrap();
    }
}

fn folder() -> Option<(PathBuf, String)> {
    let part = part()?;
    let (what, folder) = part.split_once(' ').unwrap();
    Some((folder.into(), what.to_owned()))
}

fn until_it_is_full(store: &Arc<Store>, source: &mut Source) -> i64 {
    let mut acknowledged = 0;
    wait("the disk should be full", store, || {
        acknowledged = source.acknowledged().unwrap_or(0).max(acknowledged);
        source.ticks(1);
        store.stats().state.starts_with("degraded: ")
    });
    let state = store.stats().state;
    assert!(
        state.starts_with("degraded: the disk with ") && state.contains(" is full; samples stay in memory"),
        "{state}"
    );
    acknowledged
}

/// Of no interest by itself, as are the others.
#[test]
fn the_child_on_a_full_disk() {
    let Some((folder, _)) = folder() else { return };
    let path = folder.join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(200);
    store.settle().unwrap();
    for _ in 0..2 {
        let filler = Filler::all_but(&folder, 0);
        until_it_is_full(&store, &mut source);
        source.ticks(400);
        assert!(store.stats().state.contains("is full"), "{:?}", store.stats());
        assert_all(&store, 0..source.next);
        filler.make_room();
        wait_for_state(&store, "writing");
        source.ticks(50);
        store.settle().unwrap();
        assert_all(&store, 0..source.next);
        assert_eq!(source.acknowledged(), Some(source.next - 1), "all is counted as written, once");
    }
    store.close();
    let store = open(&path, &clock);
    assert_all(&store, 0..source.next);
    store.close();
    assert_sound(&path);
}

#[test]
fn the_child_whose_fold_fills_the_disk() {
    let Some((folder, room)) = folder() else { return };
    let path = folder.join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(300);
    wait("not written", &store, || source.acknowledged() == Some(source.next - 1));
    let filler = Filler::all_but(&folder, room.parse::<usize>().unwrap() * 1024);
    let error = store.settle().expect_err("there is no room for a fold");
    assert!(error.contains("is full"), "{error}");
    source.ticks(20);
    assert_all(&store, 0..source.next);
    filler.make_room();
    wait_for_state(&store, "writing");
    store.settle().unwrap();
    assert_all(&store, 0..source.next);
    store.close();
    // Of what is in no window any more, the file alone answers.
    let store = open(&path, &clock);
    assert_all(&store, 0..source.next);
    store.close();
    assert_sound(&path);
}

#[test]
fn the_child_that_ends_on_a_full_disk() {
    let Some((folder, _)) = folder() else { return };
    let path = folder.join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(100);
    let filler = Filler::all_but(&folder, 0);
    let acknowledged = until_it_is_full(&store, &mut source);
    source.ticks(30);
    store.close();
    // There is no room for what a database needs to be opened either: that is a sentence, or it opens.
    match try_open(&path, &clock) {
        Ok((store, opened)) => {
            assert!(opened.set_aside.is_none(), "{opened:?}");
            store.close();
        }
        Err(error) => assert!(error.to_string().contains("the disk is full; make room"), "{error}"),
    }
    filler.make_room();
    let store = open(&path, &clock);
    for ticks in found(&store, 0) {
        assert!(ticks.iter().copied().eq(0..ticks.len() as i64), "{ticks:?}");
        assert!(ticks.len() as i64 > acknowledged, "{} ticks are left of {acknowledged}", ticks.len());
    }
    store.close();
    assert_sound(&path);
}

#[test]
fn the_child_with_a_damaged_database() {
    let Some((folder, _)) = folder() else { return };
    let (path, clock) = (folder.join("autobot.db"), clock());
    let damaged = "no database at all ".repeat(1_000);
    std::fs::write(&path, &damaged).unwrap();
    let filler = Filler::all_but(&folder, 0);
    let error = try_open(&path, &clock).unwrap_err().to_string();
    assert!(error.contains("the disk is full; make room"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
    filler.make_room();
    let (store, opened) = try_open(&path, &clock).unwrap();
    assert_eq!(std::fs::read_to_string(opened.set_aside.unwrap()).unwrap(), damaged);
    store.close();
}
