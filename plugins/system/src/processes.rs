//! Processes: counts by state, and the top by CPU time and by memory, summed by name and user.
//!
//! A name that was in a top stays for ten minutes after it has left it, so that a chart shows where a load went, and so
//! that series do not come and go with every tick. At most thirty names are kept.

use autobot_plugin_sdk::process::{self, Group, Owner};
use autobot_plugin_sdk::{Error, Family, Metrics, Timestamp};

pub(crate) static COUNT: Family = Family::gauge("system_process_count", "1", "Processes by state.").labels(&["state"]);
pub(crate) static CPU_UTILIZATION: Family = Family::gauge(
    "system_process_cpu_utilization_ratio",
    "1",
    "CPU time of the top processes, summed by name and user; 1 is one processor.",
)
.labels(&["process", "user"]);
pub(crate) static MEMORY_USAGE: Family = Family::gauge(
    "system_process_memory_usage_bytes",
    "By",
    "Resident memory of the top processes, summed by name and user.",
)
.labels(&["process", "user"]);

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

impl Processes {
    pub(crate) fn new(top: usize) -> Self {
        Self { top, names: Vec::new(), last: None }
    }

    pub(crate) fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let limit = if self.top == 0 { 0 } else { ASKED };
        let also: Vec<Owner> = self.names.iter().map(|name| name.owner.clone()).collect();
        let now = process::look(limit, &also)?;
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
        if self.top == 0 {
            return Ok(());
        }
        let complete = now.groups.len() < ASKED as usize;
        let mut groups = now.groups;
        groups.sort_unstable_by(|a, b| order(&a.owner, &b.owner));
        let look = Look { at_micros: now.at_micros, groups, complete };
        let ratios: Vec<f64> = look.groups.iter().map(|group| self.ratio(group, look.at_micros)).collect();
        self.choose(at, &look.groups, &ratios);
        for name in &self.names {
            let labels = [name.owner.name.as_str(), name.owner.user.as_str()];
            // Of a name without a process the sums are 0.
            let (ratio, bytes) = match find(&look.groups, &name.owner) {
                Some(at) => (ratios[at], look.groups[at].resident_bytes),
                None => (0.0, 0),
            };
            metrics.set(&CPU_UTILIZATION, &labels, ratio);
            metrics.set(&MEMORY_USAGE, &labels, bytes as f64);
        }
        self.last = Some(look);
        Ok(())
    }

    /// CPU time since the last collect by the time that has passed; NaN where it cannot be known.
    fn ratio(&self, group: &Group, at_micros: u64) -> f64 {
        let Some(last) = &self.last else { return f64::NAN };
        let earlier = match find(&last.groups, &group.owner) {
            Some(at) => last.groups[at].cpu_micros,
            None if last.complete => 0,
            None => return f64::NAN,
        };
        let passed = at_micros.saturating_sub(last.at_micros);
        if passed == 0 {
            return f64::NAN;
        }
        // A group that ended and began again counts from 0.
        let used = group.cpu_micros.checked_sub(earlier).unwrap_or(group.cpu_micros);
        used as f64 / passed as f64
    }

    /// Brings the names up to date with both tops.
    fn choose(&mut self, at: Timestamp, groups: &[Group], ratios: &[f64]) {
        let by_cpu = top(self.top, ratios.iter().copied());
        let by_memory = top(self.top, groups.iter().map(|group| group.resident_bytes as f64));
        for group in by_cpu.into_iter().chain(by_memory) {
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
