//! A machine of the test's own for one host: other folders lie where the program looks for NVIDIA's library and for the
//! kernel's tree of devices, in a mount namespace that only it sees. What the real machine has of either is hidden.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::harness::{Host, Site};

/// The NPU's place below `/sys`.
const NPU: &str = "devices/pci0000:00/0000:00:0b.0";

pub(super) struct Machine {
    /// Below it `usr/lib` and `sys` as the program sees them.
    root: PathBuf,
}

impl Machine {
    /// With all libraries but NVIDIA's, and no devices.
    pub(super) fn new(site: &Site) -> Result<Self> {
        let machine = Self { root: site.path("machine") };
        for folder in ["sys/class", "sys/bus/pci/drivers/intel_vpu", "real"] {
            fs::create_dir_all(machine.root.join(folder))?;
        }
        let libraries = Path::new("/usr/lib");
        machine.mirror(libraries, Path::new(""))?;
        for entry in fs::read_dir(libraries)? {
            let name = entry?.file_name();
            if is_of_libraries(&name) {
                machine.mirror(&libraries.join(&name), Path::new(&name))?;
            }
        }
        fs::create_dir_all(machine.root.join("usr/lib/wsl/lib"))?;
        Ok(machine)
    }

    /// Links to what is in a folder of libraries, which lie at `real` once the machine is up.
    fn mirror(&self, folder: &Path, below: &Path) -> Result<()> {
        let into = self.root.join("usr/lib").join(below);
        fs::create_dir_all(&into)?;
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let hidden = name.to_string_lossy().starts_with("libnvidia-ml") || name == "wsl";
            // Folders of libraries are mirrored too, not linked: what is hidden may lie in one.
            let mirrored = below.as_os_str().is_empty() && is_of_libraries(&name);
            if !(hidden || mirrored) {
                symlink(self.root.join("real").join(below).join(&name), into.join(&name))?;
            }
        }
        Ok(())
    }

    /// A file of the machine that is really another.
    pub(super) fn link(&self, path: &str, to: &Path) -> Result<()> {
        Ok(symlink(to, self.root.join(path))?)
    }

    /// Plugs in an NPU that was busy for so many microseconds: what the kernel's `Documentation/ABI` and the driver
    /// `intel_vpu` say that it shows (sysfs-driver-intel_vpu; ivpu_sysfs.c; for its firmware ivpu_debugfs.c).
    pub(super) fn npu(&self, busy_micros: &str) -> Result<()> {
        let sys = self.root.join("sys");
        for (file, content) in [
            ("vendor", "0x8086"),
            ("device", "0x7d1d"),
            ("npu_busy_time_us", busy_micros),
            ("npu_current_frequency_mhz", "1400"),
            ("npu_max_frequency_mhz", "1950"),
            ("npu_memory_utilization", "268435456"),
            ("sched_mode", "HW"),
            ("power/runtime_status", "active"),
            ("accel/accel0/dev", "261:0"),
        ] {
            self.write_npu(file, content)?;
        }
        symlink("../../../bus/pci/drivers/intel_vpu", sys.join(NPU).join("driver"))?;
        symlink("../../../0000:00:0b.0", sys.join(NPU).join("accel/accel0/device"))?;
        let debug = sys.join("kernel/debug/accel/0000:00:0b.0");
        fs::create_dir_all(&debug)?;
        fs::write(debug.join("fw_version"), "20250611*MTL_CLIENT_SILICON-release*1900\n")?;
        // Last: a device appears in its class when it is whole.
        fs::create_dir_all(sys.join("class/accel"))?;
        symlink(Path::new("../..").join(NPU).join("accel/accel0"), sys.join("class/accel/accel0"))?;
        Ok(())
    }

    /// One of the NPU's attributes, from now on.
    pub(super) fn write_npu(&self, attribute: &str, content: &str) -> Result<()> {
        let path = self.root.join("sys").join(NPU).join(attribute);
        fs::create_dir_all(path.parent().context("below a folder")?)?;
        // A reader in between sees one or the other.
        let next = path.with_extension("next");
        fs::write(&next, format!("{content}\n"))?;
        Ok(fs::rename(next, path)?)
    }

    /// A host that runs on it.
    pub(super) async fn start(&self, site: &Site) -> Result<Host> {
        let root = self.root.display();
        let mounts = format!(
            "mount --bind /usr/lib {root}/real && mount --bind {root}/usr/lib /usr/lib && mount --bind {root}/sys /sys"
        );
        let namespace =
            format!("exec unshare --map-root-user --mount sh -c '{mounts} && exec \"$0\" \"$@\"' \"$0\" \"$@\"");
        site.start_after(&namespace).await.context(
            "the tests of accelerators need a mount namespace: `unshare` of the package util-linux, and a kernel that lets \
             this user have a user namespace (on Ubuntu `sysctl kernel.apparmor_restrict_unprivileged_userns=0`)",
        )
    }
}

/// Whether a folder below `/usr/lib` is where Debian and its descendants keep an architecture's libraries.
fn is_of_libraries(name: &OsStr) -> bool {
    name.to_string_lossy().ends_with("-linux-gnu")
}
