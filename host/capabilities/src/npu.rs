//! `npu`: Intel's neural processors, by what the kernel's driver `intel_vpu` (drivers/accel/ivpu) shows in sysfs:
//! `npu_busy_time_us`, `npu_current_frequency_mhz`, `npu_max_frequency_mhz`, `npu_memory_utilization` of
//! `/sys/class/accel/accelN/device` (told in the driver's ivpu_sysfs.c).
//!
//! Reads below a given root, opens no device, and wakes none. Accelerators of other drivers are left out: they count
//! nothing that is read here.

use std::path::{Path, PathBuf};

use crate::{CapabilityError, sysfs};

/// Devices of one call, at most.
const MOST_DEVICES: usize = 64;
const DRIVER: &str = "intel_vpu";
const MEGA: u64 = 1_000_000;

/// One neural processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The kernel's name: `accel0`.
    pub name: String,
    /// Its place: `0000:00:0b.0`.
    pub bus: String,
    /// PCI id: `0x7d1d`.
    pub device_id: String,
    /// The driver's name.
    pub driver: String,
    /// Of its firmware, where the kernel's debug file system is mounted and may be read.
    pub firmware: Option<String>,
    /// Time at work since the driver was loaded.
    pub busy_micros: u64,
    /// Hertz now; 0 while it is suspended.
    pub clock: Option<u64>,
    /// Hertz at most.
    pub max_clock: Option<u64>,
    /// Bytes in use.
    pub memory: Option<u64>,
    /// `active`, `suspended`.
    pub power_state: String,
}

/// The neural processors of one machine. Shared by all plugin instances.
pub struct Npus {
    root: PathBuf,
}

impl Npus {
    /// The devices whose `sys` lies below `root`. Opens nothing yet.
    pub fn open(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// All of them, by number. Blocks as files do: async code calls from a thread that may.
    ///
    /// # Errors
    /// Not present where there is none, or its driver is so old that it counts no time.
    pub fn read(&self) -> Result<Vec<Device>, CapabilityError> {
        let class = self.root.join("sys/class/accel");
        let names = sysfs::names(&class).map_err(|error| CapabilityError::of_file(&class, &error))?;
        let numbered = names.iter().filter(|name| name.starts_with("accel"));
        let devices: Vec<Device> = numbered
            .filter_map(|name| self.device(name, &class.join(name).join("device")))
            .take(MOST_DEVICES)
            .collect();
        if devices.is_empty() {
            let problem =
                "no accelerator of the driver `intel_vpu` tells how long it was busy; older kernels do not count that";
            return Err(CapabilityError::NotPresent(format!("{}: {problem}", class.display())));
        }
        Ok(devices)
    }

    fn device(&self, name: &str, folder: &Path) -> Option<Device> {
        let driver = sysfs::link_name(&folder.join("driver")).filter(|driver| driver == DRIVER)?;
        let count = |attribute: &str| sysfs::count(&folder.join(attribute));
        let hertz = |attribute: &str| count(attribute).map(|mega| mega.saturating_mul(MEGA));
        let bus = sysfs::link_name(folder)?;
        Some(Device {
            name: sysfs::printable(name.as_bytes()),
            device_id: sysfs::text(&folder.join("device")).unwrap_or_default(),
            driver,
            firmware: self.firmware(name, &bus),
            busy_micros: count("npu_busy_time_us")?,
            clock: hertz("npu_current_frequency_mhz"),
            max_clock: hertz("npu_max_frequency_mhz"),
            memory: count("npu_memory_utilization"),
            power_state: sysfs::text(&folder.join("power/runtime_status")).unwrap_or_else(|| "unknown".to_owned()),
            bus,
        })
    }

    /// Kernels name the folder by the place, older ones by the number.
    fn firmware(&self, name: &str, bus: &str) -> Option<String> {
        let debug = self.root.join("sys/kernel/debug/accel");
        let folders = [bus, name.strip_prefix("accel").unwrap_or(name)];
        let files =
            folders.iter().flat_map(|folder| ["fw_version", "fw_name"].map(|file| debug.join(folder).join(file)));
        files.into_iter().find_map(|file| sysfs::text(&file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_npu_of_a_laptop_tells_its_time_clock_and_memory() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/laptop");
        expect![[r#"
            [
                Device {
                    name: "accel0",
                    bus: "0000:00:0b.0",
                    device_id: "0x7d1d",
                    driver: "intel_vpu",
                    firmware: Some(
                        "20250611*MTL_CLIENT_SILICON-release*1900",
                    ),
                    busy_micros: 90283744,
                    clock: Some(
                        1400000000,
                    ),
                    max_clock: Some(
                        1950000000,
                    ),
                    memory: Some(
                        268435456,
                    ),
                    power_state: "active",
                },
            ]
        "#]]
        .assert_eq(&format!("{:#?}\n", Npus::open(&root).read().unwrap()));
    }

    #[test]
    fn accelerators_of_others_and_drivers_that_count_nothing_are_no_npus() {
        let folder = tempfile::tempdir().unwrap();
        let npus = Npus::open(folder.path());
        let told = || npus.read().unwrap_err().to_string().replace(&folder.path().display().to_string(), "");
        expect!["not present: /sys/class/accel: No such file or directory (os error 2)"].assert_eq(&told());
        let class = folder.path().join("sys/class/accel");
        let add = |name: &str, driver: &str| {
            let device = folder.path().join(format!("sys/devices/{name}/0000:00:0b.0"));
            std::fs::create_dir_all(&device).unwrap();
            std::fs::create_dir_all(class.join(name)).unwrap();
            std::os::unix::fs::symlink(format!("/sys/bus/pci/drivers/{driver}"), device.join("driver")).unwrap();
            std::os::unix::fs::symlink(&device, class.join(name).join("device")).unwrap();
            device
        };
        let other = add("accel0", "habanalabs");
        std::fs::write(other.join("npu_busy_time_us"), "5\n").unwrap();
        let old = add("accel1", "intel_vpu");
        expect!["not present: /sys/class/accel: no accelerator of the driver `intel_vpu` tells how long it was busy; older kernels do not count that"].assert_eq(&told());
        std::fs::write(old.join("npu_busy_time_us"), "17\n").unwrap();
        let device = npus.read().unwrap().remove(0);
        assert_eq!((device.name.as_str(), device.busy_micros, device.power_state.as_str()), ("accel1", 17, "unknown"));
    }
}
