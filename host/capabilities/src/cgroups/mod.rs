//! `cgroups`: what services, containers and slices use, from the control groups of version 2
//! (Documentation/admin-guide/cgroup-v2.rst) at `/sys/fs/cgroup`, or at `/sys/fs/cgroup/unified` where version 1 is mounted
//! beside it.
//!
//! Reads below a given root and changes nothing. The files are opened anew at each look: groups come and go with services,
//! and thirteen descriptors for each would be too many. So they cost (`benches/hardware.rs`), and of a group that used no
//! processor time since the look before, most of what it said then is said again. Async code calls from a thread that may
//! block.

mod stat;
#[cfg(test)]
mod tests;
mod walk;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::CapabilityError;
use crate::kernel::Pressure;
use walk::Found;

/// Groups of one call, at most.
const MOST_GROUPS: usize = 1000;
/// How deep below the root groups are told.
const MOST_DEPTH: usize = 8;
/// How many looks long an idle group is not asked for all.
const LOOKS_TO_ALL: usize = 10;

/// One group, everything below it included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Below the root: `/system.slice/redis.service`.
    pub path: String,
    /// Processes in it.
    pub processes: u64,
    /// CPU time since the group began.
    pub cpu_micros: u64,
    /// Of it, in programs.
    pub cpu_user_micros: u64,
    /// Of it, in the kernel.
    pub cpu_system_micros: u64,
    /// How long it was held back because of its limit.
    pub throttled_micros: u64,
    /// In how many of the limit's periods it was.
    pub throttled_periods: u64,
    /// Bytes now.
    pub memory: Option<u64>,
    /// The most bytes it may have, where there is a limit.
    pub memory_limit: Option<u64>,
    /// Bytes in swap.
    pub memory_swap: Option<u64>,
    /// Bytes of programs.
    pub memory_anonymous: u64,
    /// Bytes of the page cache.
    pub memory_file: u64,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Processors that it may use, where there is a limit: 1.5.
    pub cpu_limit: Option<f64>,
    /// Bytes read from block devices. Where devices rest on others (LVM, LUKS, RAID) the kernel counts at each layer.
    pub read_bytes: u64,
    /// Bytes written.
    pub written_bytes: u64,
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Standing still for want of processors.
    pub cpu_stalls: Option<Pressure>,
    /// For want of memory.
    pub memory_stalls: Option<Pressure>,
    /// For input and output.
    pub io_stalls: Option<Pressure>,
}

/// The control groups of one machine. Shared by all plugin instances.
pub struct Cgroups {
    root: PathBuf,
    before: Mutex<Before>,
}

/// What the look before saw.
#[derive(Default)]
struct Before {
    /// CPU time by path: of the groups that were met then, so at most as many as a walk meets.
    used: HashMap<PathBuf, u64>,
    /// The groups that were told, and for how many looks they may be told again.
    told: HashMap<PathBuf, (Group, usize)>,
}

impl Cgroups {
    /// The groups whose `sys` lies below `root`. Opens nothing yet.
    pub fn open(root: &Path) -> Self {
        Self { root: root.to_owned(), before: Mutex::default() }
    }

    /// Groups down to `depth` below the root (at most 8) with processes in them or below: the `limit` (at most 1000) that
    /// used the most CPU time since the look before, the busiest first; at the first look, since they began. The root
    /// itself is not among them: it is the machine. Of a group that used no CPU time since the look before, processes and
    /// memory are told as they are now, all else is at most ten looks old. Blocks as files do; two looks at once go one after
    /// the other.
    ///
    /// # Errors
    /// Not present where only version 1 is mounted, or none.
    pub fn read(&self, depth: usize, limit: usize) -> Result<Vec<Group>, CapabilityError> {
        let top = self.top()?;
        let mut before = self.before.lock();
        let found = walk::walk(&top, depth.min(MOST_DEPTH))?;
        let mut busiest: Vec<(u64, &Found)> = found
            .iter()
            .filter_map(|group| {
                let now = group.cpu?.usage_micros;
                // A group of the same path made anew starts at 0.
                let earlier = before.used.get(&group.path).filter(|earlier| **earlier <= now);
                Some((now.saturating_sub(earlier.copied().unwrap_or_default()), group))
            })
            .collect();
        busiest.sort_by(|a, b| (Reverse(a.0), &a.1.path).cmp(&(Reverse(b.0), &b.1.path)));
        busiest.truncate(limit.min(MOST_GROUPS));
        let told: Vec<(&Found, Group, usize)> = busiest
            .into_iter()
            .enumerate()
            .filter_map(|(place, (used, found))| {
                let again = before.told.remove(&found.path).filter(|(_, looks)| used == 0 && *looks > 0);
                if let Some((group, looks)) =
                    again.and_then(|(group, looks)| Some((stat::again(&top, found, group)?, looks)))
                {
                    return Some((found, group, looks - 1));
                }
                // Not all idle groups at one look.
                Some((found, stat::group(&top, found)?, LOOKS_TO_ALL - place % LOOKS_TO_ALL))
            })
            .collect();
        let groups = told.iter().map(|(_, group, _)| group.clone()).collect();
        before.told = told.into_iter().map(|(found, group, looks)| (found.path.clone(), (group, looks))).collect();
        // Those deeper than this look went keep what another look saw.
        let used = found.iter().filter_map(|group| {
            let now = group.cpu.map(|cpu| cpu.usage_micros).or_else(|| before.used.get(&group.path).copied())?;
            Some((group.path.clone(), now))
        });
        let used = used.collect();
        before.used = used;
        Ok(groups)
    }

    /// Where version 2 is mounted.
    fn top(&self) -> Result<PathBuf, CapabilityError> {
        let mount = self.root.join("sys/fs/cgroup");
        let places = [mount.clone(), mount.join("unified")];
        places.into_iter().find(|place| place.join("cgroup.controllers").exists()).ok_or_else(|| {
            let problem = "no control groups of version 2 here; boot with `systemd.unified_cgroup_hierarchy=1`";
            CapabilityError::NotPresent(format!("{}: {problem}", mount.display()))
        })
    }
}
