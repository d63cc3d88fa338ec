//! Block devices: what they did, what they are, arrays of them, and the errors that file systems count.

mod arrays;
mod describe;
mod devices;
mod faults;
mod zfs;

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::CapabilityError;

pub use arrays::DiskArray;
pub use describe::DeviceDetails;
pub use devices::Device;
pub use faults::Faults;
pub use zfs::{Pool, Zfs};

/// The block devices of one machine.
pub struct Disks {
    root: PathBuf,
    devices: Mutex<devices::Reader>,
}

impl Disks {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), devices: Mutex::new(devices::Reader::new(root)) }
    }

    /// Whole devices that have done anything.
    pub fn devices(&self) -> Result<Vec<Device>, CapabilityError> {
        self.devices.lock().read()
    }

    /// What these devices are, and how they do. Asks their drivers, which may take a moment.
    pub fn describe(&self) -> Result<Vec<DeviceDetails>, CapabilityError> {
        let names = self.devices()?.into_iter().map(|device| device.name);
        Ok(describe::read(&self.root.join("sys/block"), names))
    }

    /// Arrays of disks.
    pub fn arrays(&self) -> Result<Vec<DiskArray>, CapabilityError> {
        arrays::read(&self.root.join("sys/block"))
    }

    /// Errors that file systems count of themselves.
    pub fn faults(&self) -> Result<Vec<Faults>, CapabilityError> {
        faults::read(&self.root.join("sys/fs"))
    }

    /// The pools and the cache of ZFS.
    pub fn zfs(&self) -> Result<Zfs, CapabilityError> {
        zfs::read(&self.root.join("proc/spl/kstat/zfs"))
    }
}
