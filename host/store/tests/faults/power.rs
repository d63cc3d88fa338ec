//! A power cut: what was not forced to the disk survives in part, in no order.
//!
//! The model. The child runs on a disk that logs every write, truncation and sync of the database and of its log, in the order
//! in which they took effect (`faulty.c`). A cut may come between any two of them. Of each file the machine then finds what the
//! last sync made sure of; of every sector of 512 bytes that was written since, any one of its versions, chosen by chance and apart
//! from all others; and of its lengths since, any one, with zeros where no sector survived. The index (`-shm`) is gone. That is
//! harsher than disks are, which mostly keep an order; it does not model sectors torn in themselves, nor a disk that lies about
//! syncs: against those no program has a remedy.
//!
//! What must hold: the database opens and is sound, every sample that was acknowledged before the last sync of the log is
//! there, and what else is there is right, with no tick missing before it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::dice::Dice;
use crate::disk::{self, build};
use crate::measured::{STEP, Source, assert_sound, clock, found, open, try_open, wait};
use crate::process::{anew, no_thread_may_panic, part, passes};
use crate::rounds;

const SECTOR: usize = 512;
/// Ticks of the child.
const TICKS: i64 = 1_500;

#[test]
fn a_power_cut_at_any_moment_costs_what_came_since_the_last_sync() {
    no_thread_may_panic();
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path());
    let log = folder.path().join("calls");
    let path = folder.path().join("autobot.db");
    let mut child = anew("power::the_child_that_loses_power", path.to_str().unwrap());
    child.env("LD_PRELOAD", &library).env("FAULTY_LOG", &log);
    passes(child, disk::NEEDS);
    let calls = calls(&std::fs::read(&log).unwrap());
    let mut dice = Dice(7);
    let mut cuts: Vec<usize> = (0..rounds(24)).map(|_| dice.below(calls.len())).collect();
    cuts.sort_unstable();
    let mut machine = Machine::default();
    let mut done = 0;
    let mut lost = 0;
    for cut in cuts {
        calls[done..cut].iter().for_each(|call| machine.take(call));
        done = cut;
        lost += machine.found_after_a_cut(&mut dice, cut);
    }
    calls[done..].iter().for_each(|call| machine.take(call));
    assert_eq!(machine.durable, Some(TICKS - 1), "the log is forced to the disk when its time has come");
    println!("{lost} acknowledged ticks were lost in all, none of them older than a sync");
}

/// One call as the disk saw it.
enum Call {
    Write {
        file: usize,
        at: usize,
        data: Vec<u8>,
    },
    Truncate {
        file: usize,
        length: usize,
    },
    Sync {
        file: usize,
    },
    /// All up to this tick was acknowledged.
    Acknowledged(i64),
}

const NAMES: [&str; 2] = ["autobot.db", "autobot.db-wal"];
const THE_LOG: usize = 1;

/// The record of a sync of the log.
const SYNC_OF_THE_LOG: [u8; 24] = {
    let mut record = [0; 24];
    (record[0], record[4]) = (disk::SYNCS as u8, disk::LOG as u8);
    record
};

/// The records of `faulty.c`.
fn calls(mut bytes: &[u8]) -> Vec<Call> {
    let mut calls = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(24) {
        let number = |at: usize| usize::try_from(i64::from_le_bytes(head[at..at + 8].try_into().unwrap())).unwrap();
        let (call, which) = (i64::from(head[0]), i64::from(head[4]));
        let data = if call == disk::WRITES { &rest[..number(16)] } else { &[] };
        bytes = &rest[data.len()..];
        let file = if which == disk::DATABASE { 0 } else { THE_LOG };
        calls.push(match call {
            disk::WRITES if which == disk::ACKNOWLEDGED => {
                Call::Acknowledged(i64::from_le_bytes(data.try_into().unwrap()))
            }
            _ if which != disk::DATABASE && which != disk::LOG => continue,
            disk::WRITES => Call::Write { file, at: number(8), data: data.to_vec() },
            disk::TRUNCATIONS => Call::Truncate { file, length: number(16) },
            disk::SYNCS => Call::Sync { file },
            other => panic!("the disk did {other}"),
        });
    }
    calls
}

/// A file: what it holds for its readers, what is sure of it, and what was done since.
#[derive(Default)]
struct Paper {
    now: Vec<u8>,
    sure: Vec<u8>,
    sectors: BTreeMap<usize, Vec<Vec<u8>>>,
    lengths: Vec<usize>,
}

#[derive(Default)]
struct Machine {
    files: [Paper; 2],
    acknowledged: Option<i64>,
    /// What was acknowledged before the last sync of the log.
    durable: Option<i64>,
}

impl Machine {
    fn take(&mut self, call: &Call) {
        match call {
            Call::Write { file, at, data } => {
                let paper = &mut self.files[*file];
                let end = at + data.len();
                if paper.now.len() < end {
                    paper.now.resize(end, 0);
                    paper.lengths.push(end);
                }
                paper.now[*at..end].copy_from_slice(data);
                for sector in at / SECTOR..end.div_ceil(SECTOR) {
                    let whole = &paper.now[sector * SECTOR..((sector + 1) * SECTOR).min(paper.now.len())];
                    paper.sectors.entry(sector).or_default().push(whole.to_vec());
                }
            }
            Call::Truncate { file, length } => {
                let paper = &mut self.files[*file];
                paper.now.resize(*length, 0);
                paper.lengths.push(*length);
            }
            Call::Sync { file } => {
                let paper = &mut self.files[*file];
                paper.sure.clone_from(&paper.now);
                paper.sectors.clear();
                paper.lengths.clear();
                if *file == THE_LOG {
                    self.durable = self.acknowledged;
                }
            }
            Call::Acknowledged(tick) => self.acknowledged = Some(*tick),
        }
    }

    /// Cuts the power and starts again; says how many acknowledged ticks are gone.
    fn found_after_a_cut(&self, dice: &mut Dice, cut: usize) -> i64 {
        let folder = tempfile::tempdir().unwrap();
        for (paper, name) in self.files.iter().zip(NAMES) {
            std::fs::write(folder.path().join(name), paper.survives(dice)).unwrap();
        }
        let path = folder.path().join(NAMES[0]);
        let clock = clock();
        clock.advance(STEP * TICKS as u32);
        let (store, opened) = try_open(&path, &clock).unwrap_or_else(|error| panic!("cut at call {cut}: {error}"));
        let durable = self.durable.unwrap_or(-1);
        assert!(opened.set_aside.is_none() || durable < 0, "cut at call {cut}: {opened:?}");
        assert!(!opened.tail_damaged, "cut at call {cut}: {opened:?}");
        let mut last = TICKS;
        for ticks in found(&store, 0) {
            assert!(ticks.iter().copied().eq(0..ticks.len() as i64), "cut at call {cut}: ticks are missing: {ticks:?}");
            last = last.min(ticks.len() as i64 - 1);
        }
        assert!(last >= durable, "cut at call {cut}: tick {durable} was synced, and {last} is the last");
        // It goes on from there.
        Source::new(&store, &clock, TICKS).ticks(20);
        store.settle().unwrap();
        assert_eq!(store.stats().state, "writing", "cut at call {cut}");
        store.close();
        assert_sound(&path);
        (self.acknowledged.unwrap_or(-1) - last).max(0)
    }
}

impl Paper {
    fn survives(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.sure.clone();
        // One more than there are: that of the last sync.
        let length = self.lengths.get(dice.below(self.lengths.len() + 1)).copied().unwrap_or(left.len());
        left.resize(length, 0);
        for (sector, versions) in &self.sectors {
            let Some(version) = versions.get(dice.below(versions.len() + 1)) else { continue };
            let at = sector * SECTOR;
            let end = (at + version.len()).min(length);
            if at < end {
                left[at..end].copy_from_slice(&version[..end - at]);
            }
        }
        left
    }
}

/// Of no interest by itself: measures, folds, tidies, and writes down what is acknowledged.
#[test]
fn the_child_that_loses_power() {
    let Some(part) = part() else { return };
    let path = Path::new(&part);
    let mut acknowledged = std::fs::File::create(path.with_file_name("acknowledged")).unwrap();
    let clock = clock();
    let store = open(path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    while source.next < TICKS {
        source.ticks(1);
        if source.next % 100 == 0 {
            store.settle().unwrap();
        }
        if let Some(tick) = source.acknowledged() {
            acknowledged.write_all(&tick.to_le_bytes()).unwrap();
        }
    }
    wait("not written", &store, || source.acknowledged() == Some(TICKS - 1));
    acknowledged.write_all(&(TICKS - 1).to_le_bytes()).unwrap();
    let calls = std::fs::File::open(std::env::var_os("FAULTY_LOG").unwrap()).unwrap();
    wait("the log should be forced to the disk", &store, || {
        // Its time comes by this clock.
        clock.advance(STEP);
        let mut last = [0; 24];
        calls.read_exact_at(&mut last, calls.metadata().unwrap().len() - 24).unwrap();
        last == SYNC_OF_THE_LOG
    });
    // No farewell: the power is gone before it.
    std::mem::forget(store);
}
