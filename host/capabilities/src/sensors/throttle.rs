//! How often the hardware held processors back for heat: `/sys/devices/system/cpu/cpuN/thermal_throttle`
//! (Documentation/ABI/testing/sysfs-devices-system-cpu).

use std::path::Path;

use crate::{CapabilityError, sysfs};

/// One processor, counted since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttling {
    /// The kernel's number of it.
    pub core: u32,
    /// How often the core was held back.
    pub core_events: u64,
    /// How often the package that it is part of was.
    pub package_events: u64,
}

pub(super) fn read(root: &Path) -> Result<Vec<Throttling>, CapabilityError> {
    let folder = root.join("sys/devices/system/cpu");
    let names = sysfs::names(&folder).map_err(|error| CapabilityError::of_file(&folder, &error))?;
    let told: Vec<Throttling> = names
        .iter()
        .filter_map(|name| {
            let core = name.strip_prefix("cpu")?.parse().ok()?;
            let counts = folder.join(name).join("thermal_throttle");
            let core_events = sysfs::count(&counts.join("core_throttle_count"));
            let package_events = sysfs::count(&counts.join("package_throttle_count"));
            // Old processors count for the core only.
            (core_events.is_some() || package_events.is_some()).then(|| Throttling {
                core,
                core_events: core_events.unwrap_or_default(),
                package_events: package_events.unwrap_or_default(),
            })
        })
        .collect();
    if told.is_empty() {
        let problem =
            "no processor counts how often it was held back for heat; only Intel's do, outside virtual machines";
        return Err(CapabilityError::NotPresent(format!("{}: {problem}", folder.display())));
    }
    Ok(told)
}
