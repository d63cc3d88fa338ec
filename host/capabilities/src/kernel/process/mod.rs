//! Processes: `/proc/PID/stat`, `io` and the number of `fd`, summed by name and user.
//!
//! One look costs about 2 us for a process whose descriptor is kept and 5 us for another, so nobody looks more often than
//! someone asks, and two who ask at the same moment share one look. Command lines are never read.

mod groups;
mod inside;
mod stat;
mod watches;

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::Clock;
use rustix::fs::{Mode, OFlags, RawDir, SeekFrom};
use rustix::process::{Resource, getrlimit};

use super::source::{Shape, read_whole};
use super::text::{narrow, whole_number};
use super::users::Users;
use crate::CapabilityError;
use groups::{Groups, Used};
use inside::Inside;
use stat::{ProcessStat, ProcessState};

/// Processes by state, and the threads of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessCounts {
    /// All of them.
    pub total: u32,
    /// On a processor, or waiting for one.
    pub running: u32,
    /// Waiting for something to happen.
    pub sleeping: u32,
    /// Waiting for a device, not to be interrupted.
    pub blocked: u32,
    /// Stopped by a signal or a debugger.
    pub stopped: u32,
    /// Ended, not yet collected by their parents.
    pub zombie: u32,
    /// Kernel threads with nothing to do.
    pub idle: u32,
    /// Threads of all processes.
    pub threads: u32,
}

/// What processes are summed by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    /// The kernel's name of the process, at most 15 bytes; of kernel threads the part before `/`.
    pub name: String,
    /// The user that it runs as, by name where `/etc/passwd` has one.
    pub user: String,
}

/// All processes of one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name and user.
    pub owner: Owner,
    /// How many there are.
    pub processes: u32,
    /// Their threads.
    pub threads: u32,
    /// CPU time used since the group was first seen. Only grows while the group is there.
    pub cpu_micros: u64,
    /// Resident memory; what they share is counted in each.
    pub resident_bytes: u64,
    /// What they read and wrote since the group was first seen; not told of processes that may not be looked into.
    pub io: Option<InputOutput>,
    /// Files that they have open, of kernels since 6.2.
    pub open_files: Option<u64>,
}

/// Bytes that went to and came from disks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputOutput {
    /// Read.
    pub read_bytes: u64,
    /// Written.
    pub written_bytes: u64,
}

/// All processes whose names match one list of patterns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many there are.
    pub processes: u32,
    /// Their threads.
    pub threads: u32,
    /// CPU time used since the list was first asked for; counts on when a process ends.
    pub cpu_micros: u64,
    /// Resident memory.
    pub resident_bytes: u64,
    /// What they read and wrote since the list was first asked for.
    pub io: Option<InputOutput>,
    /// Files that they have open.
    pub open_files: Option<u64>,
}

/// What one look is to give.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The number of groups by each of three measures: CPU time, memory, bytes read and written. At most 200.
    pub limit: usize,
    /// Groups that are wanted whatever they do.
    pub also: &'a [Owner],
    /// Lists of patterns of names, in which `*` stands for anything; at most 64, of 64 each.
    pub patterns: &'a [Vec<String>],
}

/// One look at all processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessSnapshot {
    /// When, on the monotonic clock.
    pub at_micros: u64,
    /// All processes.
    pub counts: ProcessCounts,
    /// The groups that were asked for.
    pub groups: Vec<Group>,
    /// For each list of patterns.
    pub sums: Vec<Sum>,
}

/// The most groups that one call gives by each measure.
const MOST_GROUPS: usize = 200;
/// The most groups that one call may ask for by name.
const MOST_ASKED: usize = 1000;
/// Descriptors kept at most; and never more than a quarter of what this process may have.
const MOST_KEPT: u64 = 1024;
/// Callers within this time share one look.
const SHARED: Duration = Duration::from_millis(200);
/// A young process may still become another user (a service that gives up root); an old one seldom does.
const YOUNG: u32 = 5;
/// Of those that did nothing, as many are looked into at one look as are left when divided by this.
const ROUND: u32 = 16;

fn check(asked: &Asked<'_>) -> Result<(), CapabilityError> {
    let too_large = |problem: String| Err(CapabilityError::TooLarge(problem));
    if asked.also.len() > MOST_ASKED {
        return too_large(format!("{} processes asked for by name; at most {MOST_ASKED} may be", asked.also.len()));
    }
    if asked.patterns.len() > watches::MOST {
        let most = watches::MOST;
        return too_large(format!("{} lists of patterns; at most {most} may be", asked.patterns.len()));
    }
    let longest = asked.patterns.iter().map(Vec::len).max().unwrap_or_default();
    if longest > watches::MOST_PATTERNS {
        return too_large(format!("{longest} patterns in one list; at most {} may be", watches::MOST_PATTERNS));
    }
    Ok(())
}

pub(super) struct Reader {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    /// `/proc`, kept open: paths are resolved from here.
    proc: Option<File>,
    users: Users,
    known: HashMap<u32, Process>,
    groups: Groups,
    looked_at: Option<Duration>,
    counts: ProcessCounts,
    look: u32,
    keep_at_most: usize,
    kept: usize,
    buffer: Vec<u8>,
    micros_per_tick: u64,
    page_size: u64,
}

/// What is remembered of a process from look to look.
struct Process {
    /// `stat`, kept open.
    file: Option<File>,
    /// With the id it says which process this is: ids are used again.
    started: u64,
    cpu_ticks: u64,
    name: Vec<u8>,
    user: u32,
    group: usize,
    looks: u32,
    last_look: u32,
    inside: Inside,
}

impl Reader {
    pub(super) fn new(root: &Path, clock: Arc<dyn Clock>) -> Self {
        let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        Self {
            folder: root.join("proc"),
            clock,
            proc: None,
            users: Users::new(root),
            known: HashMap::new(),
            groups: Groups::default(),
            looked_at: None,
            counts: ProcessCounts::default(),
            look: 0,
            keep_at_most: usize::try_from((allowed / 4).min(MOST_KEPT)).unwrap_or_default(),
            kept: 0,
            buffer: Vec::new(),
            micros_per_tick: super::cpu::micros_per_tick(),
            page_size: rustix::param::page_size() as u64,
        }
    }

    pub(super) fn look(&mut self, asked: &Asked<'_>) -> Result<ProcessSnapshot, CapabilityError> {
        check(asked)?;
        let now = self.clock.monotonic();
        let looked_at = match self.looked_at.filter(|at| now.saturating_sub(*at) < SHARED) {
            Some(at) => at,
            None => {
                self.scan(now)?;
                *self.looked_at.insert(now)
            }
        };
        Ok(ProcessSnapshot {
            at_micros: u64::try_from(looked_at.as_micros()).unwrap_or(u64::MAX),
            counts: self.counts,
            groups: self.groups.select(asked.limit.min(MOST_GROUPS), asked),
            sums: self.groups.sums(asked.patterns),
        })
    }

    fn scan(&mut self, now: Duration) -> Result<(), CapabilityError> {
        let ids = self.list()?;
        self.look = self.look.wrapping_add(1);
        self.counts = ProcessCounts::default();
        self.groups.begin();
        for id in ids {
            // A process that ends between the listing and now is simply gone; so is one that may not be seen.
            if let Some((stat, file)) = self.read_stat(id) {
                self.count(&stat);
                self.account(id, &stat, file, now);
            }
        }
        let (look, kept) = (self.look, &mut self.kept);
        self.known.retain(|_, process| {
            let there = process.last_look == look;
            *kept -= usize::from(!there && process.file.is_some());
            there
        });
        self.groups.end();
        Ok(())
    }

    /// The ids of all processes.
    fn list(&mut self) -> Result<Vec<u32>, CapabilityError> {
        let failed = |folder: &Path, error: io::Error| CapabilityError::of_file(folder, &error);
        let proc = match &mut self.proc {
            Some(proc) => proc,
            none => none.insert(File::open(&self.folder).map_err(|error| failed(&self.folder, error))?),
        };
        rustix::fs::seek(&*proc, SeekFrom::Start(0)).map_err(|error| failed(&self.folder, error.into()))?;
        let mut ids = Vec::with_capacity(self.known.len() + 16);
        let mut buffer = [MaybeUninit::<u8>::uninit(); 16 << 10];
        let mut entries = RawDir::new(&*proc, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(|error| failed(&self.folder, error.into()))?;
            if let Some(id) = whole_number(entry.file_name().to_bytes()) {
                ids.push(narrow(id));
            }
        }
        Ok(ids)
    }

    /// Reads through the kept descriptor if there is one. The file comes back when it was opened just now.
    fn read_stat(&mut self, id: u32) -> Option<(ProcessStat, Option<File>)> {
        if let Some(process) = self.known.get_mut(&id)
            && let Some(file) = &process.file
        {
            if let Ok(Some(length)) = read_whole(file, Shape::Single, &mut self.buffer) {
                return stat::parse(&self.buffer[..length]).map(|stat| (stat, None));
            }
            // That process has ended; its number may already be another's.
            process.file = None;
            self.kept -= 1;
        }
        let file = self.open(id, "stat", OFlags::RDONLY)?;
        let file = File::from(file);
        let length = read_whole(&file, Shape::Single, &mut self.buffer).ok()??;
        stat::parse(&self.buffer[..length]).map(|stat| (stat, Some(file)))
    }

    fn open(&self, id: u32, name: &str, flags: OFlags) -> Option<OwnedFd> {
        let path = format!("{id}/{name}");
        rustix::fs::openat(self.proc.as_ref()?, path, flags | OFlags::CLOEXEC, Mode::empty()).ok()
    }

    fn count(&mut self, stat: &ProcessStat) {
        self.counts.total += 1;
        self.counts.threads = self.counts.threads.saturating_add(stat.threads);
        *match stat.state {
            ProcessState::Running => &mut self.counts.running,
            ProcessState::Sleeping => &mut self.counts.sleeping,
            ProcessState::Blocked => &mut self.counts.blocked,
            ProcessState::Stopped => &mut self.counts.stopped,
            ProcessState::Zombie => &mut self.counts.zombie,
            ProcessState::Idle => &mut self.counts.idle,
        } += 1;
    }

    /// Adds what the process used since the last look to its group.
    fn account(&mut self, id: u32, stat: &ProcessStat, opened: Option<File>, now: Duration) {
        let earlier = self.known.remove(&id).filter(|earlier| earlier.started == stat.started);
        let looks = earlier.as_ref().map_or(0, |earlier| earlier.looks).saturating_add(1);
        let user = match &earlier {
            Some(earlier) if looks > YOUNG && !looks.wrapping_add(id).is_multiple_of(64) => earlier.user,
            _ => self.user_of(id).unwrap_or_default(),
        };
        let used_ticks = match &earlier {
            Some(earlier) => stat.cpu_ticks.saturating_sub(earlier.cpu_ticks),
            // New since the last look: all of its time was used since then. At the first look nothing is known.
            None if self.look > 1 => stat.cpu_ticks,
            None => 0,
        };
        let (name, group) = match earlier.as_ref() {
            Some(earlier) if earlier.user == user && earlier.name == stat.name => (None, earlier.group),
            _ => {
                let user = self.users.name(user, now);
                (Some(stat.name.to_vec()), self.groups.find_or_add(&stat.name, &user))
            }
        };
        let mut inside = earlier.as_ref().map(|earlier| earlier.inside).unwrap_or_default();
        let is_active = earlier.is_none() || used_ticks > 0 || stat.state == ProcessState::Blocked;
        // Who did nothing has hardly read anything: they have their turn one after another.
        let io = match &self.proc {
            Some(proc) if is_active || looks.wrapping_add(id).is_multiple_of(ROUND) => {
                inside.look(proc, id, stat.is_kernel, earlier.is_none() && self.look > 1, &mut self.buffer)
            }
            _ => inside.unchanged(),
        };
        self.groups.add(
            group,
            &Used {
                threads: stat.threads,
                cpu_micros: used_ticks.saturating_mul(self.micros_per_tick),
                resident_bytes: stat.resident_pages.saturating_mul(self.page_size),
                io,
                open_files: inside.open_files(),
            },
        );
        let (kept_file, kept_name) = earlier.map_or((None, Vec::new()), |earlier| (earlier.file, earlier.name));
        let file = match (kept_file, opened) {
            (Some(file), _) => Some(file),
            (None, Some(file)) if self.kept < self.keep_at_most => {
                self.kept += 1;
                Some(file)
            }
            _ => None,
        };
        let process = Process {
            file,
            started: stat.started,
            cpu_ticks: stat.cpu_ticks,
            name: name.unwrap_or(kept_name),
            user,
            group,
            looks,
            last_look: self.look,
            inside,
        };
        self.known.insert(id, process);
    }

    /// The owner of the folder of a process is its effective user.
    fn user_of(&self, id: u32) -> Option<u32> {
        let path = id.to_string();
        rustix::fs::statat(self.proc.as_ref()?, path, rustix::fs::AtFlags::empty()).ok().map(|stat| stat.st_uid)
    }
}

#[cfg(test)]
mod tests;
