//! Memory that finds its own faults: `/sys/devices/system/edac/mc` (Documentation/admin-guide/ras.rst).

use std::path::Path;

use crate::{CapabilityError, sysfs};

/// Controllers that are told at most, and modules of one.
const MOST: usize = 64;

/// One controller of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryController {
    /// `mc0`
    pub name: String,
    /// Its driver's name of it.
    pub driver: String,
    /// Faults that were corrected.
    pub corrected: u64,
    /// And that were not.
    pub uncorrected: u64,
    /// Where they were.
    pub modules: Vec<MemoryModule>,
}

/// One module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryModule {
    /// As it is printed on the board, else its place.
    pub label: String,
    /// Faults that were corrected.
    pub corrected: u64,
    /// And that were not.
    pub uncorrected: u64,
}

pub(super) fn read(root: &Path) -> Result<Vec<MemoryController>, CapabilityError> {
    let folder = root.join("sys/devices/system/edac/mc");
    let names = sysfs::names(&folder).map_err(|error| CapabilityError::of_file(&folder, &error))?;
    let controllers = names.into_iter().filter(|name| name.starts_with("mc"));
    let found: Vec<_> = controllers.take(MOST).filter_map(|name| controller(&folder.join(&name), name)).collect();
    if found.is_empty() {
        return Err(CapabilityError::NotPresent(format!("{}: has no controller", folder.display())));
    }
    Ok(found)
}

fn controller(folder: &Path, name: String) -> Option<MemoryController> {
    // A driver that is being unloaded leaves folders without counts.
    let corrected = sysfs::count(&folder.join("ce_count"))?;
    let uncorrected = sysfs::count(&folder.join("ue_count")).unwrap_or_default();
    let names = sysfs::names(folder).unwrap_or_default();
    let is_module = |name: &&String| name.starts_with("dimm") || name.starts_with("rank");
    let modules = names.iter().filter(is_module).take(MOST).map(|name| {
        let own = folder.join(name);
        let count = |file: &str| sysfs::count(&own.join(file)).unwrap_or_default();
        let label = ["dimm_label", "dimm_location"].iter().find_map(|file| sysfs::text(&own.join(file)));
        MemoryModule {
            label: label.unwrap_or_else(|| name.clone()),
            corrected: count("dimm_ce_count"),
            uncorrected: count("dimm_ue_count"),
        }
    });
    let modules = modules.collect();
    let driver = sysfs::text(&folder.join("mc_name")).unwrap_or_default();
    Some(MemoryController { name, driver, corrected, uncorrected, modules })
}
