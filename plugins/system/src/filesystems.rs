//! File systems: space and inodes.

use autobot_plugin_sdk::{Error, Metrics, disk};

use crate::family::families;
use crate::number::{flag, ratio};
use crate::omitted::Omitted;
use crate::settings::Settings;

families! {
    USAGE: gauge "system_filesystem_usage_bytes" "By" ["mountpoint", "device", "state"]
        "Space by state: used, free for everyone, and reserved for root.";
    UTILIZATION: gauge "system_filesystem_utilization_ratio" "1" ["mountpoint", "device"]
        "Share of the space in use, of what others than root can use.";
    INODES: gauge "system_filesystem_inodes" "1" ["mountpoint", "device", "state"] "Files that there are, and that there could be more.";
    INODES_UTILIZATION: gauge "system_filesystem_inodes_utilization_ratio" "1" ["mountpoint", "device"]
        "Share of the inodes in use.";
    READ_ONLY: gauge "system_filesystem_readonly" "1" ["mountpoint", "device"] "1 where nobody may write.";
    ERROR: gauge "system_filesystem_error" "1" ["mountpoint", "device"]
        "1 while it cannot be asked: its server does not answer, or its disk fails.";
    INFO: gauge "system_filesystem_info" "1" ["mountpoint", "device", "type", "remote"]
        "Always 1: what it is, and whether it lives on another machine.";
}

pub(crate) fn collect(settings: &Settings, omitted: &mut Omitted, metrics: &mut Metrics) -> Result<(), Error> {
    let mounts = disk::mounts()?;
    let wanted = |mount: &&disk::Mount| {
        !settings.excludes_mountpoint(&mount.mount_point) && (settings.remote_filesystems || !mount.remote)
    };
    for mount in omitted.take("filesystems", settings.most_filesystems, mounts.iter().filter(wanted)) {
        let place = [mount.mount_point.as_str(), mount.device.as_str()];
        let remote = if mount.remote { "true" } else { "false" };
        metrics.set(&INFO, &[place[0], place[1], &mount.fs_type, remote], 1.0);
        metrics.set(&ERROR, &place, flag(mount.problem.is_some()));
        metrics.set(&READ_ONLY, &place, flag(mount.read_only));
        if mount.problem.is_none() {
            space(mount, &place, metrics);
        }
    }
    Ok(())
}

fn space(mount: &disk::Mount, place: &[&str; 2], metrics: &mut Metrics) {
    let used = mount.total.saturating_sub(mount.free);
    let reserved = mount.free.saturating_sub(mount.available);
    for (state, bytes) in [("used", used), ("free", mount.available), ("reserved", reserved)] {
        metrics.set(&USAGE, &[place[0], place[1], state], bytes as f64);
    }
    // As `df` does: 1 is when nobody but root can write any more.
    let usable = used.saturating_add(mount.available);
    if usable > 0 {
        metrics.set(&UTILIZATION, place, ratio(used, usable));
    }
    if mount.inodes > 0 {
        let used = mount.inodes.saturating_sub(mount.inodes_free);
        metrics.set(&INODES, &[place[0], place[1], "used"], used as f64);
        metrics.set(&INODES, &[place[0], place[1], "free"], mount.inodes_free as f64);
        metrics.set(&INODES_UTILIZATION, place, ratio(used, mount.inodes));
    }
}
