//! What block devices are, and how they do: `/sys/block` (Documentation/ABI/stable/sysfs-block).

use std::path::Path;

use crate::sysfs;

/// Devices that are described at most.
const MOST: usize = 200;
/// The kernel counts sizes in sectors of this length, whatever the device's own are.
const SECTOR: u64 = 512;

/// One whole device. Serial numbers are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceDetails {
    /// The kernel's name.
    pub name: String,
    /// As its maker calls it.
    pub model: String,
    /// The version of its own software.
    pub firmware: String,
    /// `disk`, `ssd`, `nvme`, `virtual`, `mapped`, `raid`, `optical`.
    pub kind: String,
    /// Who orders its operations.
    pub scheduler: String,
    /// Its size.
    pub bytes: u64,
    /// It can be taken out.
    pub removable: bool,
    /// Nobody may write.
    pub read_only: bool,
    /// `running`, `live`, `offline`; empty where the driver does not tell.
    pub state: String,
    /// Operations that failed.
    pub errors: Option<u64>,
    /// Operations that took too long.
    pub timeouts: Option<u64>,
}

pub(super) fn read(block: &Path, names: impl Iterator<Item = String>) -> Vec<DeviceDetails> {
    names.take(MOST).filter_map(|name| describe(block, name)).collect()
}

fn describe(block: &Path, name: String) -> Option<DeviceDetails> {
    // `cciss/c0d0` is `cciss!c0d0` in sysfs.
    let folder = block.join(name.replace('/', "!"));
    let device = folder.join("device");
    let sectors = sysfs::count(&folder.join("size"))?;
    let first = |names: &[&str]| names.iter().find_map(|name| sysfs::text(&device.join(name))).unwrap_or_default();
    let flag = |file: &str| sysfs::flag(&folder.join(file)).unwrap_or_default();
    Some(DeviceDetails {
        // Of memory cards the model is a name.
        model: first(&["model", "name"]),
        firmware: first(&["firmware_rev", "rev", "fwrev"]),
        kind: kind(&name, flag("queue/rotational")).to_owned(),
        scheduler: sysfs::text(&folder.join("queue/scheduler")).map(|text| chosen(&text)).unwrap_or_default(),
        bytes: sectors.saturating_mul(SECTOR),
        removable: flag("removable"),
        read_only: flag("ro"),
        state: first(&["state"]),
        errors: hexadecimal(&device.join("ioerr_cnt")),
        timeouts: hexadecimal(&device.join("iotmo_cnt")),
        name,
    })
}

fn kind(name: &str, rotational: bool) -> &'static str {
    let begins = |kinds: &[&str]| kinds.iter().any(|kind| name.starts_with(kind));
    match name {
        _ if begins(&["nvme"]) => "nvme",
        _ if begins(&["dm-"]) => "mapped",
        _ if begins(&["md"]) => "raid",
        _ if begins(&["sr"]) => "optical",
        _ if begins(&["vd", "xvd", "nbd", "rbd", "drbd", "zd"]) => "virtual",
        _ if rotational => "disk",
        _ => "ssd",
    }
}

/// The one in brackets of `none [mq-deadline] kyber`.
fn chosen(text: &str) -> String {
    let inner = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inner.map_or(text, |(chosen, _)| chosen).to_owned()
}

/// SCSI writes its counters as `0x1f`.
fn hexadecimal(path: &Path) -> Option<u64> {
    u64::from_str_radix(sysfs::text(path)?.strip_prefix("0x")?, 16).ok()
}
