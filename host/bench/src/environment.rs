//! What a result depends on beside the program: the machine, the kernel, and who else was at work.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::measure::{cache_bytes, processors};
use crate::result::rounded;

/// The machine and its state when a run began. What the kernel does not say is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of this program.
    pub version: String,
    /// Model of the processor.
    pub cpu: Option<String>,
    /// Processors that may be used.
    pub processors: usize,
    /// The frequency governors of the processors, each once.
    pub governors: Vec<String>,
    /// The last-level caches together.
    pub cache_bytes: Option<u64>,
    /// Memory of the machine.
    pub memory_bytes: Option<u64>,
    /// Memory that is free to use.
    pub memory_available_bytes: Option<u64>,
    /// Release of the kernel.
    pub kernel: String,
    /// Architecture.
    pub architecture: String,
    /// Whether a hypervisor is below.
    pub virtual_machine: bool,
    /// Load averages of 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Pressure stall information.
    pub pressure: Option<Pressure>,
    /// The folder of the test files.
    pub folder: PathBuf,
    /// Its file system's type.
    pub file_system: Option<String>,
    /// Its file system's device.
    pub device: Option<String>,
}

/// Shares of the last 10 s in which some task waited, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pressure {
    /// For a processor.
    pub cpu: f64,
    /// For memory.
    pub memory: f64,
    /// For input and output.
    pub io: f64,
}

impl Environment {
    /// Reads it below `root`, which is `/` but in tests.
    pub fn read(root: &Path, folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
        let cpuinfo = text("proc/cpuinfo");
        let meminfo = text("proc/meminfo");
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let (file_system, device) = mount(&text("proc/self/mountinfo"), &folder).unzip();
        let uname = rustix::system::uname();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // ARM has no model name; its part number is the best there is.
            cpu: field(&cpuinfo, "model name")
                .or_else(|| field(&cpuinfo, "CPU part").map(|part| format!("ARM {part}"))),
            processors: processors(),
            governors: governors(root),
            cache_bytes: cache_bytes(root),
            memory_bytes: kib(&meminfo, "MemTotal"),
            memory_available_bytes: kib(&meminfo, "MemAvailable"),
            kernel: uname.release().to_string_lossy().into_owned(),
            architecture: uname.machine().to_string_lossy().into_owned(),
            virtual_machine: field(&cpuinfo, "flags").is_some_and(|flags| flags.contains("hypervisor")),
            load: load(&text("proc/loadavg")),
            pressure: Pressure::read(root),
            folder,
            file_system,
            device,
        }
    }

    /// What makes figures doubtful before anything was measured.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let processors = self.processors.max(1) as f64;
        if let Some([minute, ..]) = self.load
            && minute > 0.25 * processors
        {
            warnings.push(format!(
                "the machine was busy before the run: load {minute:.2} on {} processors",
                self.processors
            ));
        }
        if let Some(pressure) = self.pressure {
            for (share, what) in [(pressure.cpu, "a processor"), (pressure.memory, "memory"), (pressure.io, "a disk")] {
                if share > 0.1 {
                    warnings.push(format!("tasks waited for {what} {:.0} % of the time before the run", share * 100.0));
                }
            }
        }
        if let Some(governor) = self.governors.iter().find(|governor| *governor == "powersave") {
            warnings.push(format!("the frequency governor is `{governor}`: the processor may run below its speed"));
        }
        if let Some(kind @ ("tmpfs" | "ramfs")) = self.file_system.as_deref() {
            warnings.push(format!(
                "{} is on {kind}: the disk tests measure memory; choose a folder on a disk",
                self.folder.display()
            ));
        }
        warnings
    }
}

impl Pressure {
    /// The machine's pressure now, where the kernel counts it.
    pub(crate) fn read(root: &Path) -> Option<Self> {
        let share = |name: &str| {
            let text = fs::read_to_string(root.join("proc/pressure").join(name)).ok()?;
            let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
            let percent = some.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?;
            percent.parse::<f64>().ok().map(|percent| rounded(percent / 100.0))
        };
        Some(Self { cpu: share("cpu")?, memory: share("memory")?, io: share("io")? })
    }
}

fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim_end() == name).then(|| value.trim().to_owned())
    })
}

fn kib(meminfo: &str, name: &str) -> Option<u64> {
    field(meminfo, name)?.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

fn load(text: &str) -> Option<[f64; 3]> {
    let mut words = text.split_whitespace().map(str::parse);
    let mut next = || words.next()?.ok();
    Some([next()?, next()?, next()?])
}

fn governors(root: &Path) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(root.join("sys/devices/system/cpu"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|cpu| fs::read_to_string(cpu.path().join("cpufreq/scaling_governor")).ok())
        .map(|governor| governor.trim().to_owned())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Type and device of the file system that holds `folder`: the longest mount point above it, the last of equal ones.
fn mount(mountinfo: &str, folder: &Path) -> Option<(String, String)> {
    let mut best: Option<(usize, (String, String))> = None;
    for line in mountinfo.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), mut right) = (left.split(' ').nth(4), right.split(' ')) else { continue };
        let (Some(kind), Some(device)) = (right.next(), right.next()) else { continue };
        let point = unescape(point);
        if folder.starts_with(&point) && best.as_ref().is_none_or(|(length, _)| point.len() >= *length) {
            best = Some((point.len(), (kind.to_owned(), unescape(device))));
        }
    }
    best.map(|(_, found)| found)
}

/// The kernel writes blanks and backslashes as three octal digits.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (code, plain)| text.replace(code, plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_deepest_mount_holds_the_folder() {
        let mountinfo = "22 1 254:0 / / rw - ext4 /dev/vda rw\n\
                         30 22 0:25 / /data rw,x shared:1 - xfs /dev/sdb1 rw\n\
                         31 30 0:26 / /data/my\\040disk rw - btrfs /dev/sdc rw\n";
        for (folder, kind, device) in [
            ("/tmp", "ext4", "/dev/vda"),
            ("/data/a", "xfs", "/dev/sdb1"),
            ("/database", "ext4", "/dev/vda"),
            ("/data/my disk/a", "btrfs", "/dev/sdc"),
        ] {
            assert_eq!(mount(mountinfo, Path::new(folder)), Some((kind.into(), device.into())), "{folder}");
        }
        assert_eq!(mount("", Path::new("/")), None);
    }

    #[test]
    fn a_busy_machine_and_a_folder_in_memory_are_warned_of() {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("proc/loadavg", "99.25 1.0 0.5 1/100 42\n"),
            ("proc/self/mountinfo", "1 0 0:1 / / rw - tmpfs none rw\n"),
            ("proc/pressure/cpu", "some avg10=30.00 avg60=1 avg300=1 total=1\n"),
            ("proc/pressure/memory", "some avg10=0.00 avg60=1 avg300=1 total=1\n"),
            ("proc/pressure/io", "some avg10=0.10 avg60=1 avg300=1 total=1\n"),
            ("proc/meminfo", "MemTotal: 2048 kB\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
        ] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut environment = Environment::read(root.path(), Path::new("/"));
        environment.processors = 2;
        assert_eq!(environment.memory_bytes, Some(2 << 20));
        expect![[r#"
            the machine was busy before the run: load 99.25 on 2 processors
            tasks waited for a processor 30 % of the time before the run
            the frequency governor is `powersave`: the processor may run below its speed
            / is on tmpfs: the disk tests measure memory; choose a folder on a disk"#]]
        .assert_eq(&environment.warnings().join("\n"));
    }

    #[test]
    fn this_machine_is_described() {
        let environment = Environment::read(Path::new("/"), &std::env::temp_dir());
        assert!(environment.processors >= 1 && !environment.kernel.is_empty());
        assert!(environment.file_system.is_some() && environment.memory_bytes.is_some());
    }
}
