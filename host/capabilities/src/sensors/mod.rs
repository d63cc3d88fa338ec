//! `sensors`: temperatures, fans, power, voltages of this machine (hwmon, thermal zones), RAPL's counters of energy, and how
//! often processors were held back for heat.
//!
//! Reads `/sys` below a given root, nothing else; what a reading means (too hot, too slow) is the plugins' part. A sensor
//! that fails is left out. Some drivers ask slow buses: a read may take 100 ms and more, so that async code calls from a
//! thread that may block. Two reads at once go one after the other.
//!
//! Which sensors there are, their labels and limits are remembered between two searches. There is a search when a chip or a
//! zone comes, when one that told something is gone, and every thirtieth look, because limits can be set.

mod growing;
mod hwmon;
mod kept;
mod place;
mod rapl;
#[cfg(test)]
mod tests;
mod thermal;
mod throttle;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::CapabilityError;
use growing::Growing;
use place::Names;

pub use throttle::Throttling;

/// Readings of one call, at most; a machine with more shows the first ones.
const MOST_READINGS: usize = 4096;
/// Looks from one search for sensors to the next, at most.
const LOOKS_TO_A_SEARCH: u32 = 30;

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Celsius.
    Temperature,
    /// Revolutions per minute.
    Fan,
    /// Watts.
    Power,
    /// Volts.
    Voltage,
    /// Amperes.
    Current,
    /// Joules; they only grow.
    Energy,
    /// Relative, a ratio.
    Humidity,
}

/// One sensor at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// `coretemp`, `nvme`, `thermal`, `rapl`; of two alike the second is told apart by its place: `nvme-pci-0200`.
    pub chip: String,
    /// The sensor's label, else its channel: `Package id 0`, `temp1`.
    pub sensor: String,
    /// What it measures.
    pub quantity: Quantity,
    /// In the quantity's unit.
    pub value: f64,
    /// From where on the maker calls it high.
    pub high: Option<f64>,
    /// From where on the maker calls it critical.
    pub critical: Option<f64>,
    /// The chip's own alarm, where it has one.
    pub alarm: Option<bool>,
}

/// The sensors of one machine. Shared by all plugin instances.
pub struct Sensors {
    root: PathBuf,
    known: Mutex<Known>,
    cores: Mutex<throttle::Cores>,
}

/// What is remembered from look to look.
struct Known {
    energies: Growing,
    chips: Names,
    zones: Names,
    found: Found,
    looks: u32,
}

/// What a search found.
#[derive(Default)]
struct Found {
    /// The folders that were looked through, as they were then.
    folders: [Vec<OsString>; 3],
    sensors: Vec<hwmon::Sensor>,
    zones: Vec<thermal::Zone>,
    counters: Vec<rapl::Counter>,
}

impl Sensors {
    /// The sensors whose `sys` lies below `root`. Opens nothing yet.
    pub fn open(root: &Path) -> Self {
        let known = Known {
            energies: Growing::new(MOST_READINGS),
            chips: Names::default(),
            zones: Names::default(),
            found: Found::default(),
            looks: 0,
        };
        Self { root: root.to_owned(), known: Mutex::new(known), cores: Mutex::new(throttle::Cores::new(root)) }
    }

    /// What can be read now. Blocks for as long as the drivers take. Limits are at most thirty looks old.
    ///
    /// # Errors
    /// Not present where no sensor answers.
    pub fn read(&self) -> Result<Vec<Reading>, CapabilityError> {
        let mut known = self.known.lock();
        let folders = [hwmon::folder(&self.root), thermal::folder(&self.root), rapl::folder(&self.root)];
        let folders = folders.map(|folder| listed(&folder));
        let is_due = known.looks.is_multiple_of(LOOKS_TO_A_SEARCH);
        known.looks = known.looks.wrapping_add(1);
        known.energies.begin();
        let mut is_gone = is_due || folders != known.found.folders;
        let mut readings = Vec::new();
        if !is_gone {
            readings = known.look(&mut is_gone);
        }
        if is_gone {
            known.search(&self.root, folders);
            readings = known.look(&mut false);
        }
        readings.truncate(MOST_READINGS);
        if readings.is_empty() {
            return Err(CapabilityError::NotPresent(format!(
                "{}: no sensor in `hwmon`, `thermal` or `powercap` can be read; virtual machines have none",
                self.root.join("sys/class").display()
            )));
        }
        Ok(readings)
    }

    /// How often each processor was held back for heat. Blocks as files do.
    ///
    /// # Errors
    /// Not present where the kernel does not count it.
    pub fn throttled(&self) -> Result<Vec<Throttling>, CapabilityError> {
        self.cores.lock().read()
    }
}

impl Known {
    fn search(&mut self, root: &Path, folders: [Vec<OsString>; 3]) {
        self.chips.begin();
        self.zones.begin();
        // What was kept open is closed first: together both would be more than may be kept.
        self.found = Found::default();
        let mut spare = kept::spare();
        self.found = Found {
            folders,
            sensors: hwmon::find(root, &mut self.chips, &mut spare),
            zones: thermal::find(root, &mut self.zones, &mut spare),
            counters: rapl::find(root, &mut spare),
        };
        self.found.sensors.truncate(MOST_READINGS);
    }

    fn look(&mut self, is_gone: &mut bool) -> Vec<Reading> {
        let Self { energies, found, .. } = self;
        let mut readings = Vec::with_capacity(found.sensors.len() + found.zones.len() + found.counters.len());
        readings.extend(found.sensors.iter().filter_map(|sensor| hwmon::read(sensor, energies, is_gone)));
        readings.extend(found.zones.iter().filter_map(|zone| thermal::read(zone, is_gone)));
        readings.extend(found.counters.iter().filter_map(|counter| rapl::read(counter, energies, is_gone)));
        readings
    }
}

/// The names in a folder as the kernel lists them, which is in the same order each time.
fn listed(folder: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(MOST_READINGS).map(|entry| entry.file_name()).collect()
}
