//! `sensors`: temperatures, fans, power, voltages of this machine (hwmon, thermal zones), RAPL's counters of energy, and how
//! often processors were held back for heat.
//!
//! Reads `/sys` below a given root, nothing else; what a reading means (too hot, too slow) is the plugins' part. A sensor
//! that fails is left out. Some drivers ask slow buses: a read may take 100 ms and more, so that async code calls from a
//! thread that may block. Two reads at once go one after the other.

mod growing;
mod hwmon;
mod place;
mod rapl;
#[cfg(test)]
mod tests;
mod thermal;
mod throttle;

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::CapabilityError;
use growing::Growing;

pub use throttle::Throttling;

/// Readings of one call, at most; a machine with more shows the first ones.
const MOST_READINGS: usize = 4096;

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    energies: Mutex<Growing>,
}

impl Sensors {
    /// The sensors whose `sys` lies below `root`. Opens nothing yet.
    pub fn open(root: &Path) -> Self {
        Self { root: root.to_owned(), energies: Mutex::new(Growing::new(MOST_READINGS)) }
    }

    /// What can be read now. Blocks for as long as the drivers take.
    ///
    /// # Errors
    /// Not present where no sensor answers.
    pub fn read(&self) -> Result<Vec<Reading>, CapabilityError> {
        let mut energies = self.energies.lock();
        energies.begin();
        let mut readings = hwmon::read(&self.root, &mut energies);
        readings.extend(thermal::read(&self.root));
        readings.extend(rapl::read(&self.root, &mut energies));
        energies.end();
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
        throttle::read(&self.root)
    }
}
