//! How often the hardware held processors back for heat: `/sys/devices/system/cpu/cpuN/thermal_throttle`
//! (Documentation/ABI/testing/sysfs-devices-system-cpu).

use std::path::{Path, PathBuf};

use super::LOOKS_TO_A_SEARCH;
use super::kept::{self, Kept};
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

/// One processor, and where it is read. Old ones count for the core only.
struct Core {
    number: u32,
    core: Kept,
    package: Kept,
}

/// The processors of one machine.
pub(super) struct Cores {
    folder: PathBuf,
    cores: Vec<Core>,
    looks: u32,
}

impl Cores {
    pub(super) fn new(root: &Path) -> Self {
        Self { folder: root.join("sys/devices/system/cpu"), cores: Vec::new(), looks: 0 }
    }

    pub(super) fn read(&mut self) -> Result<Vec<Throttling>, CapabilityError> {
        let is_due = self.looks.is_multiple_of(LOOKS_TO_A_SEARCH);
        self.looks = self.looks.wrapping_add(1);
        let mut is_gone = self.cores.is_empty() || is_due;
        let mut told = Vec::new();
        if !is_gone {
            told = self.look(&mut is_gone);
        }
        if is_gone {
            self.find()?;
            told = self.look(&mut false);
        }
        if told.is_empty() {
            self.cores.clear();
            let problem =
                "no processor counts how often it was held back for heat; only Intel's do, outside virtual machines";
            return Err(CapabilityError::NotPresent(format!("{}: {problem}", self.folder.display())));
        }
        Ok(told)
    }

    fn find(&mut self) -> Result<(), CapabilityError> {
        self.cores.clear();
        let names = sysfs::names(&self.folder).map_err(|error| CapabilityError::of_file(&self.folder, &error))?;
        let mut spare = kept::spare();
        self.cores.extend(names.iter().filter_map(|name| {
            let number = name.strip_prefix("cpu")?.parse().ok()?;
            let counts = self.folder.join(name).join("thermal_throttle");
            counts.exists().then(|| Core {
                number,
                core: Kept::open(counts.join("core_throttle_count"), &mut spare),
                package: Kept::open(counts.join("package_throttle_count"), &mut spare),
            })
        }));
        Ok(())
    }

    fn look(&self, is_gone: &mut bool) -> Vec<Throttling> {
        let told = self.cores.iter().filter_map(|core| {
            let (core_events, package_events) = (core.core.count(is_gone), core.package.count(is_gone));
            (core_events.is_some() || package_events.is_some()).then(|| Throttling {
                core: core.number,
                core_events: core_events.unwrap_or_default(),
                package_events: package_events.unwrap_or_default(),
            })
        });
        told.collect()
    }
}
