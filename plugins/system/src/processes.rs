//! Processes: counts by state, and the top by CPU time, by memory and by bytes read and written, summed by name and user.
//!
//! A name that was in a top stays for ten minutes after it has left it, so that a chart shows where a load went, and so
//! that series do not come and go with every tick. At most thirty names are kept.

use autobot_plugin_sdk::process::{self, Group, Owner};
use autobot_plugin_sdk::{Error, Metrics, Timestamp};

use crate::family::families;
use crate::number::round;
use crate::process_groups::ProcessGroups;

families! {
    COUNT: gauge "system_process_count" "1" ["state"] "Processes by state.";
    THREAD_COUNT: gauge "system_thread_count" "1" [] "Threads of all processes.";
    CPU_UTILIZATION: gauge "system_process_cpu_utilization_ratio" "1" ["process", "user"]
        "CPU time of the top processes, summed by name and user; 1 is one processor.";
    MEMORY_USAGE: gauge "system_process_memory_usage_bytes" "By" ["process", "user"]
        "Resident memory of the top processes, summed by name and user.";
    DISK_IO: gauge "system_process_disk_io_bytes_per_second" "By/s" ["process", "user", "direction"]
        "Bytes that the top processes read from and wrote to disks in a second.";
    THREADS: gauge "system_process_threads" "1" ["process", "user"] "Threads of the top processes.";
    OPEN_FILES: gauge "system_process_open_files" "1" ["process", "user"] "Files that the top processes have open.";
}

const STAYS_MS: u64 = 10 * 60 * 1000;
const MOST_NAMES: usize = 30;
/// Asked for more than most machines have: who was not there the last time has then certainly begun since.
const ASKED: u32 = 200;

/// What is remembered from collect to collect.
pub(crate) struct Processes {
    top: usize,
    /// Sorted by owner.
    names: Vec<Name>,
    last: Option<Look>,
    groups: ProcessGroups,
}

struct Name {
    owner: Owner,
    /// When it was last in a top.
    seen: Timestamp,
}

/// CPU time by owner at one moment, sorted by owner.
struct Look {
    at_micros: u64,
    groups: Vec<Group>,
    /// Whether these were all processes of the machine.
    complete: bool,
}

/// What a group used in a second: CPU time as a share of one processor, and bytes read and written.
struct Rates {
    cpu: f64,
    io: Option<(f64, f64)>,
}

impl Processes {
    pub(crate) fn new(top: usize, groups: ProcessGroups) -> Self {
        Self { top, names: Vec::new(), last: None, groups }
    }

    pub(crate) fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let limit = if self.top == 0 { 0 } else { ASKED };
        let also: Vec<Owner> = self.names.iter().map(|name| name.owner.clone()).collect();
        let now = process::look(limit, &also, self.groups.patterns())?;
        let counts = &now.counts;
        for (state, count) in [
            ("running", counts.running),
            ("sleeping", counts.sleeping),
            ("blocked", counts.blocked),
            ("stopped", counts.stopped),
            ("zombie", counts.zombie),
            ("idle", counts.idle),
        ] {
            metrics.set(&COUNT, &[state], f64::from(count));
        }
        metrics.set(&THREAD_COUNT, &[], f64::from(counts.threads));
        self.groups.collect(&now.sums, metrics);
        if self.top == 0 {
            return Ok(());
        }
        let complete = now.groups.len() < ASKED as usize;
        let mut groups = now.groups;
        groups.sort_unstable_by(|a, b| order(&a.owner, &b.owner));
        let look = Look { at_micros: now.at_micros, groups, complete };
        let rates: Vec<Rates> = look.groups.iter().map(|group| self.rates(group, look.at_micros)).collect();
        self.choose(at, &look.groups, &rates);
        for name in &self.names {
            let labels = [name.owner.name.as_str(), name.owner.user.as_str()];
            // Of a name without a process the sums are 0.
            let Some(at) = find(&look.groups, &name.owner) else {
                metrics.set(&CPU_UTILIZATION, &labels, 0.0);
                metrics.set(&MEMORY_USAGE, &labels, 0.0);
                metrics.set(&THREADS, &labels, 0.0);
                continue;
            };
            let (group, rates) = (&look.groups[at], &rates[at]);
            metrics.set(&CPU_UTILIZATION, &labels, rates.cpu);
            metrics.set(&MEMORY_USAGE, &labels, group.resident_bytes as f64);
            if let Some((read, written)) = rates.io {
                metrics.set(&DISK_IO, &[labels[0], labels[1], "read"], read);
                metrics.set(&DISK_IO, &[labels[0], labels[1], "write"], written);
            }
            metrics.set(&THREADS, &labels, f64::from(group.threads));
            if let Some(files) = group.open_files {
                metrics.set(&OPEN_FILES, &labels, files as f64);
            }
        }
        self.last = Some(look);
        Ok(())
    }

    /// What a group used since the last collect by the time that has passed; NaN where it cannot be known.
    fn rates(&self, group: &Group, at_micros: u64) -> Rates {
        let last = self.last.as_ref();
        let earlier = last.and_then(|last| find(&last.groups, &group.owner).map(|at| &last.groups[at]));
        let passed = last.map_or(0, |last| at_micros.saturating_sub(last.at_micros));
        let is_known = earlier.is_some() || last.is_some_and(|last| last.complete);
        // A group that ended and began again counts from 0.
        let rate = |now: u64, earlier: u64| match passed {
            0 => f64::NAN,
            _ if !is_known => f64::NAN,
            passed => now.checked_sub(earlier).unwrap_or(now) as f64 / passed as f64,
        };
        let io = group.io.as_ref().map(|io| {
            let before = earlier.and_then(|earlier| earlier.io.as_ref());
            let (read, written) = before.map_or((0, 0), |before| (before.read_bytes, before.written_bytes));
            (round(rate(io.read_bytes, read) * 1e6, 1.0), round(rate(io.written_bytes, written) * 1e6, 1.0))
        });
        Rates { cpu: round(rate(group.cpu_micros, earlier.map_or(0, |earlier| earlier.cpu_micros)), 1e5), io }
    }

    /// Brings the names up to date with all tops.
    fn choose(&mut self, at: Timestamp, groups: &[Group], rates: &[Rates]) {
        let by_cpu = top(self.top, rates.iter().map(|rates| rates.cpu));
        let by_memory = top(self.top, groups.iter().map(|group| group.resident_bytes as f64));
        // Who reads and writes has what room the other two leave.
        let room = self.top.min(MOST_NAMES.saturating_sub(self.top.saturating_mul(2)));
        let by_bytes = top(room, rates.iter().map(|rates| rates.io.map_or(0.0, |(read, written)| read + written)));
        for group in by_cpu.into_iter().chain(by_memory).chain(by_bytes) {
            let owner = &groups[group].owner;
            match self.names.binary_search_by(|name| order(&name.owner, owner)) {
                Ok(known) => self.names[known].seen = at,
                Err(place) => self.names.insert(place, Name { owner: owner.clone(), seen: at }),
            }
        }
        self.names.retain(|name| at.saturating_sub(name.seen) <= STAYS_MS);
        while self.names.len() > MOST_NAMES {
            let oldest = self.names.iter().enumerate().min_by_key(|(_, name)| name.seen).map(|(place, _)| place);
            self.names.remove(oldest.unwrap_or(0));
        }
    }
}

/// The places of the `limit` largest values above 0.
fn top(limit: usize, values: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut all: Vec<(usize, f64)> = values.enumerate().filter(|(_, value)| *value > 0.0).collect();
    all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.into_iter().take(limit).map(|(place, _)| place).collect()
}

fn find(groups: &[Group], owner: &Owner) -> Option<usize> {
    groups.binary_search_by(|group| order(&group.owner, owner)).ok()
}

fn order(a: &Owner, b: &Owner) -> std::cmp::Ordering {
    (&a.name, &a.user).cmp(&(&b.name, &b.user))
}
