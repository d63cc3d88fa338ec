//! kill -9 at any moment, under full load and in the midst of folds, merges and buckets.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::time::Duration;

use crate::dice::Dice;
use crate::measured::{STEP, Source, Ticks, assert_sound, clock, found, open, try_open};
use crate::process::{Mortal, anew, no_thread_may_panic, part, tell, told};
use crate::rounds;

/// Rounds on one file, each of which begins where the one before was killed.
const ON_ONE_FILE: usize = 10;
/// Ticks while one fold is under way.
const AT_A_TIME: usize = 80;

#[test]
fn kill_nine_loses_nothing_that_was_acknowledged() {
    no_thread_may_panic();
    let rounds = rounds(ON_ONE_FILE);
    let mut within_folds = 0;
    for file in 0..rounds.div_ceil(ON_ONE_FILE) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("autobot.db");
        let mut known = Ticks::default();
        for round in 0..ON_ONE_FILE.min(rounds - file * ON_ONE_FILE) {
            let name = format!("round {round} of file {file}");
            let next = known.iter().filter_map(|ticks| ticks.last()).max().map_or(0, |last| last + 1);
            let acknowledged = kill_at_some_moment(&path, next, (file * ON_ONE_FILE + round) as u64);
            within_folds += usize::from(a_fold_was_under_way(&path));
            known = judge(&name, &path, &known, next, acknowledged);
        }
    }
    println!("{within_folds} of {rounds} kills left a fold of which only some chunks were written");
    // The everyday form may have bad luck.
    assert!(rounds < 50 || within_folds > 0, "no kill fell into a fold");
}

/// Starts a child, kills it, and says up to which tick it had said that all is written.
fn kill_at_some_moment(path: &Path, next: i64, seed: u64) -> i64 {
    let mut dice = Dice(seed);
    let mut command = anew("kill::the_child_that_is_killed", &format!("{next} {}", path.display()));
    let mut child = Mortal(command.stdout(Stdio::piped()).spawn().unwrap());
    let out = BufReader::new(child.0.stdout.take().unwrap());
    let (send, lines) = channel();
    let reader = std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            let _ = told(&line).map(|told| send.send(told.to_owned()));
        }
    });
    let enough = next + 60 + dice.below(200) as i64;
    let mut acknowledged = next - 1;
    while acknowledged < enough {
        hear(&lines, &mut acknowledged, "");
    }
    // Half of the kills aim at folds, the others at whatever is being done.
    if dice.below(2) == 0 {
        while !hear(&lines, &mut acknowledged, "fold begins") {}
    }
    std::thread::sleep(Duration::from_micros(dice.below(30_000) as u64));
    child.kill();
    reader.join().unwrap();
    // What it said before it died counts.
    while let Ok(line) = lines.try_recv() {
        note(&line, &mut acknowledged);
    }
    acknowledged
}

/// Waits for a line; says whether it is `wanted`.
fn hear(lines: &Receiver<String>, acknowledged: &mut i64, wanted: &str) -> bool {
    let line = lines.recv_timeout(Duration::from_secs(120)).expect("the child writes and says so");
    note(&line, acknowledged);
    line == wanted
}

fn note(line: &str, acknowledged: &mut i64) {
    if let Some(tick) = line.strip_prefix("written ") {
        *acknowledged = tick.parse().unwrap();
    }
}

/// Looks at a copy: whoever opens a database repairs it.
fn a_fold_was_under_way(path: &Path) -> bool {
    let folder = tempfile::tempdir().unwrap();
    for name in ["autobot.db", "autobot.db-wal"] {
        std::fs::copy(path.with_file_name(name), folder.path().join(name)).unwrap();
    }
    let database = rusqlite::Connection::open(folder.path().join("autobot.db")).unwrap();
    let some = "SELECT count(*) FROM chunk
                WHERE k >= (SELECT coalesce(max(value), 0) + 1 FROM meta WHERE name = 'fold') << 20";
    database.query_row(some, [], |row| row.get::<_, i64>(0)).unwrap() > 0
}

/// All that was known before is there, and of this round every tick from the first to some tick that is not before the
/// last one that was acknowledged.
fn judge(name: &str, path: &Path, known: &Ticks, next: i64, acknowledged: i64) -> Ticks {
    let clock = clock();
    clock.advance(STEP * u32::try_from(next).unwrap());
    let (store, opened) = try_open(path, &clock).unwrap();
    assert!(opened.unclean && opened.set_aside.is_none() && !opened.tail_damaged, "{name}: {opened:?}");
    let now = found(&store, 0);
    for (before, now) in known.iter().zip(&now) {
        let new = now.strip_prefix(before.as_slice()).expect("what was there before is there");
        assert!(new.iter().copied().eq(next..next + new.len() as i64), "{name}: from {next}: {new:?}");
        let last = next + new.len() as i64 - 1;
        assert!(last >= acknowledged, "{name}: tick {acknowledged} was acknowledged, and {last} is the last");
    }
    let stats = store.stats();
    assert_eq!((&*stats.state, stats.damaged_chunks, stats.dropped), ("writing", 0, 0), "{name}");
    store.close();
    assert_sound(path);
    now
}

/// Of no interest by itself: it measures as fast as the store takes it, and folds all the time, until it is killed.
#[test]
fn the_child_that_is_killed() {
    let Some(part) = part() else { return };
    let (next, path) = part.split_once(' ').unwrap();
    let clock = clock();
    clock.advance(STEP * next.parse::<u32>().unwrap());
    let store = open(path.as_ref(), &clock);
    let mut source = Source::new(&store, &clock, next.parse().unwrap());
    // As much as comes while a fold is under way, and then the end of it is awaited: there is always something to tidy otherwise.
    let (begin, begun) = sync_channel(0);
    let (end, ended) = sync_channel(0);
    std::thread::spawn(move || {
        while begin.send(()).is_ok() {
            store.settle().expect("it is written");
            end.send(()).unwrap();
        }
    });
    let mut acknowledged = None;
    loop {
        begun.recv().unwrap();
        tell("fold begins");
        let mut left = AT_A_TIME;
        while left > 0 || ended.try_recv().is_err() {
            if left > 0 {
                source.ticks(1);
                left -= 1;
            }
            let now = source.acknowledged();
            if let Some(tick) = now.filter(|_| now != acknowledged) {
                tell(&format!("written {tick}"));
                acknowledged = now;
            }
        }
    }
}
