//! Errors that file systems count of themselves: `/sys/fs/ext4/*/errors_count` (Documentation/ABI/testing/sysfs-fs-ext4) and
//! `/sys/fs/btrfs/*/devinfo/*/error_stats`.

use std::path::Path;

use crate::CapabilityError;
use crate::sysfs;

/// File systems of one kind that are looked at, and devices of one of them.
const MOST: usize = 100;

/// Errors of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// `ext4`, `btrfs`.
    pub fs_type: String,
    /// Its device; of btrfs its label or id, with the number of the device.
    pub name: String,
    /// `errors`; `write`, `read`, `flush`, `corruption`, `generation`.
    pub kind: String,
    /// How many.
    pub count: u64,
}

pub(super) fn read(folder: &Path) -> Result<Vec<Faults>, CapabilityError> {
    let mut all = Vec::new();
    ext4(&folder.join("ext4"), &mut all);
    btrfs(&folder.join("btrfs"), &mut all);
    if all.is_empty() {
        return Err(CapabilityError::NotPresent(format!("{}: no file system counts its errors", folder.display())));
    }
    Ok(all)
}

fn ext4(folder: &Path, all: &mut Vec<Faults>) {
    for name in sysfs::names(folder).unwrap_or_default().into_iter().take(MOST) {
        // `features` is no file system, and has none.
        if let Some(count) = sysfs::count(&folder.join(&name).join("errors_count")) {
            all.push(Faults { fs_type: "ext4".to_owned(), name, kind: "errors".to_owned(), count });
        }
    }
}

fn btrfs(folder: &Path, all: &mut Vec<Faults>) {
    for id in sysfs::names(folder).unwrap_or_default().into_iter().take(MOST) {
        let devices = folder.join(&id).join("devinfo");
        let label = sysfs::text(&folder.join(&id).join("label")).unwrap_or(id);
        for device in sysfs::names(&devices).unwrap_or_default().into_iter().take(MOST) {
            let Ok(text) = sysfs::bytes(&devices.join(&device).join("error_stats")) else { continue };
            // `write_errs 0`
            for line in String::from_utf8_lossy(&text).lines().take(MOST) {
                let Some((kind, count)) = line.split_once(' ') else { continue };
                if let Ok(count) = count.trim().parse() {
                    all.push(Faults {
                        fs_type: "btrfs".to_owned(),
                        name: format!("{label} {device}"),
                        kind: kind.trim_end_matches("_errs").to_owned(),
                        count,
                    });
                }
            }
        }
    }
}
