//! The machine for an inventory: kernel, distribution, maker, processors. Serial numbers, asset tags and UUIDs are not read:
//! they open doors at makers' help desks.

use std::collections::HashSet;
use std::path::Path;

use super::source::read_file;
use super::text::{lines, narrow};
use crate::sysfs;

/// What the machine is; a part that is not told is empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the WIT")]
pub struct HardwareInfo {
    pub name: String,
    pub kernel: String,
    pub version: String,
    pub architecture: String,
    pub os: String,
    pub os_version: String,
    pub os_codename: String,
    pub os_name: String,
    pub vendor: String,
    pub product: String,
    pub board: String,
    pub firmware_vendor: String,
    pub firmware: String,
    pub firmware_date: String,
    pub processor: String,
    pub processors: u32,
    pub sockets: u32,
    pub cores: u32,
}

pub(super) fn read(root: &Path) -> HardwareInfo {
    let text = |path: &str| sysfs::text(&root.join(path)).unwrap_or_default();
    let kernel = |name: &str| text(&format!("proc/sys/kernel/{name}"));
    let dmi = |name: &str| text(&format!("sys/class/dmi/id/{name}"));
    let release = ["etc/os-release", "usr/lib/os-release"]
        .iter()
        .find_map(|path| sysfs::bytes(&root.join(path)).ok())
        .unwrap_or_default();
    let release = String::from_utf8_lossy(&release);
    let of_release = |key: &str| super::machine::of_release(&release, key).unwrap_or_default();
    let mut info = HardwareInfo {
        name: kernel("hostname"),
        kernel: kernel("osrelease"),
        version: kernel("version"),
        // Since Linux 6.1 the kernel tells it there; else this program was made for it.
        architecture: Some(kernel("arch"))
            .filter(|arch| !arch.is_empty())
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        os: of_release("ID"),
        os_version: of_release("VERSION_ID"),
        os_codename: of_release("VERSION_CODENAME"),
        os_name: of_release("PRETTY_NAME"),
        vendor: dmi("sys_vendor"),
        product: dmi("product_name"),
        board: dmi("board_name"),
        firmware_vendor: dmi("bios_vendor"),
        firmware: dmi("bios_version"),
        firmware_date: dmi("bios_date"),
        ..HardwareInfo::default()
    };
    // Boards without DMI have a device tree.
    if info.product.is_empty() {
        info.product = text("proc/device-tree/model").trim_end_matches('\0').to_owned();
    }
    processors(&read_file(&root.join("proc/cpuinfo")).unwrap_or_default(), &mut info);
    info
}

/// One block for each processor. Not all architectures say on which chip and core it is.
fn processors(text: &[u8], info: &mut HardwareInfo) {
    let (mut sockets, mut cores) = (HashSet::new(), HashSet::new());
    let mut socket: &[u8] = b"";
    for line in lines(text) {
        let Some(colon) = line.rest.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (line.rest[..colon].trim_ascii(), line.rest[colon + 1..].trim_ascii());
        match name {
            b"processor" => info.processors = info.processors.saturating_add(1),
            b"model name" | b"Model" | b"cpu model" if info.processor.is_empty() => {
                info.processor = sysfs::printable(value)
            }
            b"physical id" => {
                socket = value;
                sockets.insert(value);
            }
            b"core id" => {
                cores.insert((socket, value));
            }
            _ => {}
        }
    }
    info.sockets = narrow(sockets.len() as u64);
    info.cores = narrow(cores.len() as u64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn processors_are_counted_by_chip_and_core() {
        let one = |processor, socket, core| {
            format!("processor\t: {processor}\nmodel name\t: Chip  X\nphysical id\t: {socket}\ncore id\t\t: {core}\n\n")
        };
        let text = [one(0, 0, 0), one(1, 0, 0), one(2, 1, 0), one(3, 1, 1)].concat();
        let mut info = HardwareInfo::default();
        processors(text.as_bytes(), &mut info);
        assert_eq!((info.processor.as_str(), info.processors, info.sockets, info.cores), ("Chip X", 4, 2, 3));
        let mut arm = HardwareInfo::default();
        processors(b"processor\t: 0\nBogoMIPS\t: 108.00\nCPU part\t: 0xd08\n", &mut arm);
        assert_eq!((arm.processors, arm.sockets, arm.cores), (1, 0, 0));
    }

    proptest! {
        #[test]
        fn any_text_is_read(bytes: Vec<u8>) {
            processors(&bytes, &mut HardwareInfo::default());
        }
    }
}
