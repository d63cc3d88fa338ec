//! Counters of energy of processors and memory: `/sys/class/powercap` (Documentation/ABI/testing/sysfs-class-powercap,
//! Documentation/power/powercap/powercap.rst). Since the attacks by way of them, only root may read them.

use std::path::Path;

use super::growing::Growing;
use super::{Quantity, Reading};
use crate::sysfs;

pub(super) fn read(root: &Path, energies: &mut Growing) -> Vec<Reading> {
    let class = root.join("sys/class/powercap");
    let mut readings = Vec::new();
    for zone in sysfs::names(&class).unwrap_or_default() {
        // `intel-rapl:0:1` is the second part of the first processor; `intel-rapl` alone is the driver.
        let Some((driver, _)) = zone.split_once(':') else { continue };
        let folder = class.join(&zone);
        let Some(raw) = sysfs::count(&folder.join("energy_uj")) else { continue };
        let range = sysfs::count(&folder.join("max_energy_range_uj"));
        let micros = energies.sum(&folder.to_string_lossy(), raw, range);
        readings.push(Reading {
            // AMD's processors count by Intel's driver too. The same counters by another way in are `rapl-mmio`.
            chip: driver.strip_prefix("intel-").unwrap_or(driver).to_owned(),
            sensor: name(&class, &zone),
            quantity: Quantity::Energy,
            value: micros as f64 / 1e6,
            high: None,
            critical: None,
            alarm: None,
        });
    }
    readings
}

/// `package-0`, and of its parts `package-0/core`: each processor has parts of the same names.
fn name(class: &Path, zone: &str) -> String {
    let own = sysfs::text(&class.join(zone).join("name")).unwrap_or_else(|| zone.to_owned());
    match zone.rsplit_once(':') {
        Some((above, _)) if above.contains(':') => format!("{}/{own}", name(class, above)),
        _ => own,
    }
}
