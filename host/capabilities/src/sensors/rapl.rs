//! Counters of energy of processors and memory: `/sys/class/powercap` (Documentation/ABI/testing/sysfs-class-powercap,
//! Documentation/power/powercap/powercap.rst). Since the attacks by way of them, only root may read them.

use std::path::{Path, PathBuf};

use super::growing::Growing;
use super::kept::Kept;
use super::{Quantity, Reading};
use crate::sysfs;

/// One counter, and where it is read.
pub(super) struct Counter {
    chip: String,
    name: String,
    energy: Kept,
    /// Where it starts over.
    range: Option<u64>,
}

pub(super) fn folder(root: &Path) -> PathBuf {
    root.join("sys/class/powercap")
}

/// Looks for counters.
pub(super) fn find(root: &Path, spare: &mut usize) -> Vec<Counter> {
    let class = folder(root);
    let zones = sysfs::names(&class).unwrap_or_default();
    let counters = zones.iter().filter_map(|zone| {
        // `intel-rapl:0:1` is the second part of the first processor; `intel-rapl` alone is the driver.
        let (driver, _) = zone.split_once(':')?;
        let folder = class.join(zone);
        Some(Counter {
            // AMD's processors count by Intel's driver too. The same counters by another way in are `rapl-mmio`.
            chip: driver.strip_prefix("intel-").unwrap_or(driver).to_owned(),
            name: name(&class, zone),
            energy: Kept::open(folder.join("energy_uj"), spare),
            range: sysfs::count(&folder.join("max_energy_range_uj")),
        })
    });
    counters.collect()
}

pub(super) fn read(counter: &Counter, energies: &mut Growing, is_gone: &mut bool) -> Option<Reading> {
    let raw = counter.energy.count(is_gone)?;
    let micros = energies.sum(&counter.energy.path().to_string_lossy(), raw, counter.range);
    Some(Reading {
        chip: counter.chip.clone(),
        sensor: counter.name.clone(),
        quantity: Quantity::Energy,
        value: micros as f64 / 1e6,
        high: None,
        critical: None,
        alarm: None,
    })
}

/// `package-0`, and of its parts `package-0/core`: each processor has parts of the same names.
fn name(class: &Path, zone: &str) -> String {
    let own = sysfs::text(&class.join(zone).join("name")).unwrap_or_else(|| zone.to_owned());
    match zone.rsplit_once(':') {
        Some((above, _)) if above.contains(':') => format!("{}/{own}", name(class, above)),
        _ => own,
    }
}
