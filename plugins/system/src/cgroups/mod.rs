//! Control groups of version 2: what services, containers and slices use. The top by CPU time and by memory.
//!
//! A group includes all that is below it, so a sum over groups of different depth counts twice. A group that was in a top
//! stays for ten minutes after it has left it, as names of processes do; one that ended goes at once. At most twice both tops
//! are kept.

pub(crate) mod series;

use autobot_plugin_sdk::cgroups::{self, Group};
use autobot_plugin_sdk::{Error, Family, Metrics, Presence, Timestamp, clock};

use crate::settings::{Settings, excludes};
use series::round;

/// All families of this part.
pub(crate) const ALL: &[&Family] = &[
    &series::CPU_TIME,
    &series::CPU_UTILIZATION,
    &series::CPU_LIMIT,
    &series::CPU_LIMIT_UTILIZATION,
    &series::THROTTLED_TIME,
    &series::THROTTLED_PERIODS,
    &series::MEMORY,
    &series::MEMORY_STATE,
    &series::MEMORY_LIMIT,
    &series::MEMORY_UTILIZATION,
    &series::SWAP,
    &series::OOM_KILLS,
    &series::IO,
    &series::OPERATIONS,
    &series::PROCESSES,
    &series::STALLED,
];

const STAYS_MS: u64 = 10 * 60 * 1000;
/// Asked for more than most machines have, so that of a group that is not among them it is known that it ended.
const ASKED: u32 = 100;
/// For each one of the top, so many are kept: two tops, and as many that left them.
const KEPT_FOR_EACH: usize = 4;

/// What is remembered from collect to collect.
#[derive(Default)]
pub(crate) struct Cgroups {
    presence: Presence,
    /// Sorted by path.
    shown: Vec<Shown>,
    last: Option<Look>,
}

struct Shown {
    /// As it was when it was told last.
    group: Group,
    /// When it was last in a top.
    seen: Timestamp,
}

/// CPU time by path at one moment, sorted by path.
struct Look {
    at_micros: u64,
    used: Vec<(String, u64)>,
    /// Whether these were all groups of that depth.
    is_complete: bool,
}

impl Cgroups {
    pub(crate) fn collect(&mut self, at: Timestamp, settings: &Settings, metrics: &mut Metrics) -> Result<(), Error> {
        if settings.top_cgroups == 0 {
            return Ok(());
        }
        let at_micros = clock::monotonic_micros();
        let read = || cgroups::read(settings.cgroup_depth, ASKED);
        let Some(mut groups) = self.presence.ask_part("control groups", read)? else {
            self.shown.clear();
            self.last = None;
            return Ok(());
        };
        let is_complete = groups.len() < ASKED as usize;
        groups.retain(|group| !excludes(&settings.exclude_cgroups, &group.path));
        groups.sort_by(|a, b| a.path.cmp(&b.path));
        // Names that differ only in what cannot be shown are one series.
        groups.dedup_by(|later, first| later.path == first.path);
        let ratios: Vec<f64> = groups.iter().map(|group| self.ratio(group, at_micros)).collect();
        self.choose(at, settings.top_cgroups as usize, &groups, &ratios, is_complete);
        for shown in &mut self.shown {
            match groups.binary_search_by(|group| group.path.cmp(&shown.group.path)) {
                Ok(place) => {
                    shown.group.clone_from(&groups[place]);
                    series::set_all(&shown.group, ratios[place], true, metrics);
                }
                // It is too calm to be among those that were asked for: what it uses is not known.
                Err(_) => series::set_all(&shown.group, f64::NAN, false, metrics),
            }
        }
        let used = groups.into_iter().map(|group| (group.path, group.cpu_micros)).collect();
        self.last = Some(Look { at_micros, used, is_complete });
        Ok(())
    }

    /// CPU time since the last collect by the time that has passed; NaN where it cannot be known.
    fn ratio(&self, group: &Group, at_micros: u64) -> f64 {
        let Some(last) = &self.last else { return f64::NAN };
        let earlier = match last.used.binary_search_by(|(path, _)| path.cmp(&group.path)) {
            Ok(place) => last.used[place].1,
            Err(_) if last.is_complete => 0,
            Err(_) => return f64::NAN,
        };
        let passed = at_micros.saturating_sub(last.at_micros);
        if passed == 0 {
            return f64::NAN;
        }
        // A group of the same path that was made anew counts from 0.
        let used = group.cpu_micros.checked_sub(earlier).unwrap_or(group.cpu_micros);
        round(used as f64 / passed as f64)
    }

    /// Brings what is shown up to date with both tops.
    fn choose(&mut self, at: Timestamp, top: usize, groups: &[Group], ratios: &[f64], is_complete: bool) {
        let by_cpu = busiest(top, ratios.iter().copied());
        let by_memory = busiest(top, groups.iter().map(|group| group.memory.unwrap_or_default() as f64));
        for group in by_cpu.into_iter().chain(by_memory) {
            let group = &groups[group];
            match self.shown.binary_search_by(|shown| shown.group.path.cmp(&group.path)) {
                Ok(known) => self.shown[known].seen = at,
                Err(place) => self.shown.insert(place, Shown { group: group.clone(), seen: at }),
            }
        }
        let lives = |path: &String| groups.binary_search_by(|group| group.path.cmp(path)).is_ok();
        self.shown.retain(|one| at.saturating_sub(one.seen) <= STAYS_MS && (!is_complete || lives(&one.group.path)));
        while self.shown.len() > top.saturating_mul(KEPT_FOR_EACH) {
            let oldest = self.shown.iter().enumerate().min_by_key(|(_, shown)| shown.seen).map(|(place, _)| place);
            self.shown.remove(oldest.unwrap_or(0));
        }
    }
}

/// The places of the `top` largest values above 0.
fn busiest(top: usize, values: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut all: Vec<(usize, f64)> = values.enumerate().filter(|(_, value)| *value > 0.0).collect();
    all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.into_iter().take(top).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests;
