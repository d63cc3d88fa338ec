//! A disk that returns errors: one call, a few of them, or all for a while.

use std::path::Path;
use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, SeriesKey, SeriesRegistry as _};
use autobot_store::Store;

use crate::dice::Dice;
use crate::disk::{
    DATABASE, Disk, EIO, ENOSPC, Fault, INDEX, LOG, NEEDS, READS, SHORT, SYNCS, TRUNCATIONS, WRITES, build, failing,
};
use crate::measured::{STEP, Source, assert_all, assert_sound, clock, found_at_least_right, open, try_open, wait};
use crate::process::{anew, part, passes, tell, told};
use crate::rounds;

const ALL: i64 = DATABASE | LOG | INDEX;
/// Children at once: they mostly wait.
const AT_ONCE: usize = 6;
/// A fault that does not pass by itself.
const LASTING: i64 = i64::MAX;

/// Whichever call fails, and whatever is being written then: the tick is in memory, and what could not be written is written later.
#[test]
fn a_call_that_fails_once_or_thrice_costs_no_sample() {
    let kinds = [(WRITES, ENOSPC), (WRITES, EIO), (WRITES, SHORT), (SYNCS, EIO), (TRUNCATIONS, EIO)];
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path());
    let mut faults = Vec::new();
    let mut dice = Dice(1);
    for (kind, (calls, error)) in kinds.into_iter().enumerate() {
        // Of a run in which nothing fails: how many calls there are.
        let fault = Fault { calls, files: ALL, skip: LASTING, count: 0, error };
        let (seen, _) = play(&library, fault);
        assert!(seen > 0 || calls == TRUNCATIONS, "no call of kind {kind} was made");
        let most = if calls == WRITES { rounds(6) } else { 2 };
        for _ in 0..most.min(usize::try_from(seen).unwrap()) {
            let skip = dice.below(usize::try_from(seen).unwrap()) as i64;
            faults.push(Fault { calls, files: ALL, skip, count: [1, 3][dice.below(2)], error });
        }
    }
    let failed = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..AT_ONCE)
            .map(|at| {
                let own: Vec<Fault> = faults.iter().copied().skip(at).step_by(AT_ONCE).collect();
                let library = &library;
                scope.spawn(move || own.into_iter().map(|fault| play(library, fault).1).sum::<i64>())
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum::<i64>()
    });
    // Threads do not do the same in every run, so a late fault may find no call.
    assert!(failed as usize > faults.len() / 2, "{failed} calls failed for {} faults", faults.len());
}

#[test]
fn while_nothing_can_be_written_the_state_says_so_and_reads_answer_everything() {
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path());
    for (calls, files, error) in
        [(WRITES, ALL, ENOSPC), (WRITES, LOG, EIO), (SYNCS, ALL, EIO), (WRITES | SYNCS, ALL, EIO)]
    {
        play(&library, Fault { calls, files, skip: 0, count: LASTING, error });
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_a_wrong_answer() {
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path());
    for (files, skip, count) in [(ALL, 0, LASTING), (ALL, 0, 1), (ALL, 7, 2), (LOG, 20, 2), (LOG, 3, 40)] {
        play(&library, Fault { calls: READS, files, skip, count, error: EIO });
    }
}

/// To SQLite a page that cannot be read is damage. That must not cost the file its place.
#[test]
fn a_disk_that_cannot_be_read_at_the_start_sets_no_sound_database_aside() {
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path());
    let part = folder.path().join("autobot.db");
    let child = anew("errors::the_child_that_cannot_read_its_database", part.to_str().unwrap());
    passes(failing(child, &library, folder.path()), NEEDS);
}

/// Of no interest by itself.
#[test]
fn the_child_that_cannot_read_its_database() {
    let Some(part) = part() else { return };
    let (path, disk, clock) = (Path::new(&part), Disk::own(), clock());
    let store = open(path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(150);
    store.settle().unwrap();
    source.ticks(50);
    store.close();
    drop((source, store));
    let fault = |skip, count| disk.fail(Fault { calls: READS, files: ALL, skip, count, error: EIO });
    fault(LASTING, 0);
    open(path, &clock).close();
    let calls = disk.seen();
    assert!(calls > 10, "{calls} calls read the database");
    let once = (0..calls).step_by((calls as usize / rounds(24)).max(1)).map(|skip| (skip, 1));
    for (skip, count) in once.chain((0..calls).step_by(5).map(|skip| (skip, LASTING)).take(12)) {
        fault(skip, count);
        let opened = try_open(path, &clock);
        disk.heal();
        match opened {
            Ok((store, opened)) => {
                assert!(opened.set_aside.is_none(), "call {skip}, {count} times: {opened:?}");
                store.close();
            }
            Err(error) => assert!(error.to_string().contains(" cannot be used: "), "{error}"),
        }
        let names = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name());
        let aside: Vec<_> = names.filter(|name| name.to_string_lossy().contains("damaged")).collect();
        assert!(aside.is_empty(), "call {skip}, {count} times: {aside:?}");
        let store = open(path, &clock);
        assert_all(&store, 0..200);
        store.close();
    }
}

/// Runs the child with a fault; says how many calls were selected, and how many failed.
fn play(library: &Path, fault: Fault) -> (i64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let Fault { calls, files, skip, count, error } = fault;
    let part = format!("{calls} {files} {skip} {count} {error} {}", folder.path().join("autobot.db").display());
    let said = passes(failing(anew("errors::the_child_whose_disk_fails", &part), library, folder.path()), NEEDS);
    let counted = said.lines().filter_map(told).find_map(|line| line.strip_prefix("calls ")).expect("it counted");
    let (seen, failed) = counted.split_once(' ').unwrap();
    (seen.parse().unwrap(), failed.parse().unwrap())
}

/// Of no interest by itself: plays its part on the disk that fails.
#[test]
fn the_child_whose_disk_fails() {
    let Some(part) = part() else { return };
    let mut words = part.splitn(6, ' ');
    let mut number = || words.next().unwrap().parse::<i64>().unwrap();
    let fault = Fault { calls: number(), files: number(), skip: number(), count: number(), error: number() };
    let path = Path::new(words.next().unwrap());
    let (disk, clock) = (Disk::own(), clock());
    let store = open(path, &clock);
    never_measured(&store);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(150);
    store.settle().unwrap();
    disk.fail(fault);
    if fault.calls == READS {
        while_reads_fail(&disk, &store, &mut source);
    } else if fault.count == LASTING {
        while_writes_fail(fault, &store, &mut source);
    } else {
        for _ in 0..3 {
            source.ticks(60);
            // Its failure is what this is about.
            let _ = store.settle();
            assert_all(&store, 0..source.next);
        }
    }
    let (seen, failed) = (disk.seen(), disk.failed());
    disk.heal();
    tell(&format!("calls {seen} {failed}"));
    wait("it should be written again", &store, || {
        // The log is forced to the disk by this clock.
        clock.advance(STEP);
        store.stats().state == "writing"
    });
    // Only what is new tells whether it is written again.
    source.ticks(1);
    store.settle().unwrap();
    assert_eq!(store.stats().state, "writing");
    assert_all(&store, 0..source.next);
    store.close();
    let last = source.next;
    let store = open(path, &clock);
    assert_all(&store, 0..last);
    retention_has_been_round(&store);
    assert_all(&store, 0..last);
    store.close();
    assert_sound(path);
}

fn while_writes_fail(fault: Fault, store: &Arc<Store>, source: &mut Source) {
    // There may be nothing to write or sync before the next tick.
    wait("the state should say that it is degraded", store, || {
        source.ticks(1);
        store.stats().state.starts_with("degraded: ")
    });
    let state = store.stats().state;
    assert_eq!(state.contains("is full"), fault.error == ENOSPC, "{state}");
    assert_eq!(state.contains("power cut"), fault.calls == SYNCS, "{state}");
    source.ticks(150);
    assert_all(store, 0..source.next);
    if fault.calls & WRITES != 0 {
        let error = store.settle().unwrap_err();
        assert!(error.starts_with("degraded: "), "{error}");
    }
    assert_all(store, 0..source.next);
}

fn while_reads_fail(disk: &Disk, store: &Arc<Store>, source: &mut Source) {
    let mut refused = 0;
    for _ in 0..12 {
        source.ticks(10);
        match found_at_least_right(store) {
            Ok(ticks) => ticks.iter().for_each(|ticks| assert!(ticks.iter().copied().eq(0..source.next), "{ticks:?}")),
            Err(_) => refused += 1,
        }
        let _ = store.settle();
    }
    assert!(disk.failed() > 0, "nothing was read from the disk");
    assert!(disk.failed() < 12 || refused > 0, "{} calls failed, and no read was refused", disk.failed());
}

/// A series that retention forgets as soon as nobody holds it, by which it can be seen that retention has been round.
fn never_measured(store: &Store) {
    let family = Family { name: "never".into(), unit: "1".into(), kind: Kind::Gauge, help: "".into(), labels: vec![] };
    store.register(never_key(), &Arc::new(family));
}

fn never_key() -> SeriesKey {
    SeriesKey { name: "never".into(), labels: Labels::new::<&str, &str>([]) }
}

fn retention_has_been_round(store: &Store) {
    wait("the series that was never measured should be forgotten", store, || store.find(&never_key()).is_none());
}
