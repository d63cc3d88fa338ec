//! File systems: space and inodes.

use autobot_plugin_sdk::{Error, Family, Metrics, disk};

use crate::settings::excludes;

pub(crate) static USAGE: Family = Family::gauge(
    "system_filesystem_usage_bytes",
    "By",
    "Space by state: used, free for everyone, and reserved for root.",
)
.labels(&["mountpoint", "device", "state"]);
pub(crate) static UTILIZATION: Family = Family::gauge(
    "system_filesystem_utilization_ratio",
    "1",
    "Share of the space in use, of what others than root can use.",
)
.labels(&["mountpoint", "device"]);
pub(crate) static INODES_UTILIZATION: Family =
    Family::gauge("system_filesystem_inodes_utilization_ratio", "1", "Share of the inodes in use.")
        .labels(&["mountpoint", "device"]);

pub(crate) fn collect(exclude: &[String], metrics: &mut Metrics) -> Result<(), Error> {
    for mount in disk::mounts()? {
        let place = [mount.mount_point.as_str(), mount.device.as_str()];
        if excludes(exclude, &mount.mount_point) {
            continue;
        }
        let used = mount.total.saturating_sub(mount.free);
        let reserved = mount.free.saturating_sub(mount.available);
        for (state, bytes) in [("used", used), ("free", mount.available), ("reserved", reserved)] {
            metrics.set(&USAGE, &[place[0], place[1], state], bytes as f64);
        }
        // As `df` does: 1 is when nobody but root can write any more.
        let usable = used.saturating_add(mount.available);
        if usable > 0 {
            metrics.set(&UTILIZATION, &place, used as f64 / usable as f64);
        }
        if mount.inodes > 0 {
            let used = mount.inodes.saturating_sub(mount.inodes_free);
            metrics.set(&INODES_UTILIZATION, &place, used as f64 / mount.inodes as f64);
        }
    }
    Ok(())
}
