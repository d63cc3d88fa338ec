//! What block devices are and how they do, arrays of them, and errors that file systems count.

use autobot_plugin_sdk::{Metrics, Parts, disk};

use crate::family::families;
use crate::number::{flag, round};
use crate::pace::Pace;
use crate::settings::Settings;

families! {
    INFO: gauge "system_disk_info" "1" ["device", "model", "firmware", "kind", "scheduler", "state"]
        "Always 1: what the device is, and the state that its driver tells.";
    LIMIT: gauge "system_disk_limit_bytes" "By" ["device"] "Size of the device.";
    UP: gauge "system_disk_up" "1" ["device"] "1 while the driver says that the device works.";
    READ_ONLY: gauge "system_disk_readonly" "1" ["device"] "1 where nobody may write.";
    ERRORS: counter "system_disk_errors_total" "1" ["device", "kind"] "Operations that failed, and that took too long.";
    ARRAY_INFO: gauge "system_disk_array_info" "1" ["device", "level", "state", "action"]
        "Always 1: what the array is, how it is, and what is done to it.";
    ARRAY_LIMIT: gauge "system_disk_array_members" "1" ["device"] "Members that the array is made for.";
    ARRAY_DISKS: gauge "system_disk_array_disks" "1" ["device", "state"] "Members by state.";
    ARRAY_DONE: gauge "system_disk_array_action_ratio" "1" ["device"] "Share of what is done to the array that is done.";
    ARRAY_MISMATCHES: gauge "system_disk_array_mismatches" "1" ["device"] "Places where members disagreed at the last check.";
    FILESYSTEM_ERRORS: counter "system_filesystem_errors_total" "1" ["device", "type", "kind"]
        "Errors that a file system counts of itself, over restarts.";
    POOL_INFO: gauge "system_zfs_pool_info" "1" ["pool", "state"] "Always 1: the state of the pool.";
    POOL_UP: gauge "system_zfs_pool_healthy" "1" ["pool"] "1 while all of the pool works.";
    CACHE: gauge "system_zfs_cache_usage_bytes" "By" [] "Memory of the cache of ZFS, which counts as used.";
    CACHE_LIMIT: gauge "system_zfs_cache_limit_bytes" "By" ["limit"] "Size that the cache means to have, and may have.";
    CACHE_REQUESTS: counter "system_zfs_cache_requests_total" "1" ["outcome"] "What was found in the cache, and what was not.";
}

/// What was last told.
#[derive(Default)]
pub(crate) struct DiskHealth {
    details: Pace<Vec<disk::Details>>,
    arrays: Pace<Vec<disk::DiskArray>>,
    faults: Pace<Vec<disk::FaultCount>>,
    zfs: Pace<disk::ZfsState>,
}

impl DiskHealth {
    pub(crate) fn collect(&mut self, settings: &Settings, parts: &mut Parts, metrics: &mut Metrics) {
        let Self { details, arrays, faults, zfs } = self;
        parts.run("disk details", || details.look(disk::describe).map(|all| describe(all, settings, metrics)));
        parts.run("disk arrays", || {
            arrays.look(disk::arrays).map(|all| all.iter().for_each(|array| self::array(array, metrics)))
        });
        parts.run("file system errors", || {
            let count = |one: &disk::FaultCount, metrics: &mut Metrics| {
                metrics.set(&FILESYSTEM_ERRORS, &[&one.name, &one.fs_type, &one.kind], one.count as f64);
            };
            faults.look(disk::faults).map(|all| all.iter().for_each(|one| count(one, metrics)))
        });
        parts.run("zfs", || zfs.look(disk::zfs).map(|zfs| self::zfs(zfs, metrics)));
    }
}

fn describe(all: &[disk::Details], settings: &Settings, metrics: &mut Metrics) {
    let wanted = all.iter().filter(|one| !settings.excludes_device(&one.name));
    for one in wanted.take(settings.most_disks as usize) {
        let name = one.name.as_str();
        metrics.set(&INFO, &[name, &one.model, &one.firmware, &one.kind, &one.scheduler, &one.state], 1.0);
        metrics.set(&LIMIT, &[name], one.bytes as f64);
        metrics.set(&READ_ONLY, &[name], flag(one.read_only));
        if !one.state.is_empty() {
            // The words of SCSI and of NVMe.
            metrics.set(&UP, &[name], flag(matches!(one.state.as_str(), "running" | "live")));
        }
        for (kind, count) in [("error", one.errors), ("timeout", one.timeouts)] {
            if let Some(count) = count {
                metrics.set(&ERRORS, &[name, kind], count as f64);
            }
        }
    }
}

fn array(array: &disk::DiskArray, metrics: &mut Metrics) {
    let name = array.name.as_str();
    metrics.set(&ARRAY_INFO, &[name, &array.level, &array.state, &array.action], 1.0);
    metrics.set(&ARRAY_LIMIT, &[name], f64::from(array.wanted));
    for (state, count) in
        [("working", array.working), ("failed", array.failed), ("spare", array.spare), ("missing", array.degraded)]
    {
        metrics.set(&ARRAY_DISKS, &[name, state], f64::from(count));
    }
    if let Some(done) = array.done {
        metrics.set(&ARRAY_DONE, &[name], round(done, 1e4));
    }
    metrics.set(&ARRAY_MISMATCHES, &[name], array.mismatches as f64);
}

fn zfs(zfs: &disk::ZfsState, metrics: &mut Metrics) {
    for pool in &zfs.pools {
        metrics.set(&POOL_INFO, &[&pool.name, &pool.state], 1.0);
        metrics.set(&POOL_UP, &[&pool.name], flag(pool.state == "ONLINE"));
    }
    metrics.set(&CACHE, &[], zfs.size as f64);
    metrics.set(&CACHE_LIMIT, &["target"], zfs.target as f64);
    metrics.set(&CACHE_LIMIT, &["most"], zfs.most as f64);
    metrics.set(&CACHE_REQUESTS, &["hit"], zfs.hits as f64);
    metrics.set(&CACHE_REQUESTS, &["miss"], zfs.misses as f64);
}
