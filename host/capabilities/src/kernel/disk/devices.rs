//! Block devices: `/proc/diskstats`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::CapabilityError;
use crate::kernel::source::Source;
use crate::kernel::text::{Malformed, lines, narrow, to_text};

/// The kernel counts sectors of this size, whatever the device's own are.
const SECTOR: u64 = 512;
/// Names remembered as whole or partition; forgotten all at once when there are more.
const REMEMBERED: usize = 4096;

/// One whole block device. Counters since boot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The kernel's name: `sda`, `nvme0n1`, `dm-0`.
    pub name: String,
    /// Reads done.
    pub reads: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Time that reads took, each counted for itself.
    pub read_micros: u64,
    /// Writes done.
    pub writes: u64,
    /// Bytes written.
    pub written_bytes: u64,
    /// Time that writes took, each counted for itself.
    pub write_micros: u64,
    /// Time with at least one operation in flight.
    pub busy_micros: u64,
    /// Operations in flight now.
    pub in_flight: u32,
    /// The sum over all operations of the time that each waited or was done.
    pub queued_micros: u64,
    /// Reads that were made one with another.
    pub reads_merged: u64,
    /// Writes that were.
    pub writes_merged: u64,
    /// Ranges given back to the device; of kernels since 4.18, as the next three.
    pub discards: u64,
    /// Those that were made one with another.
    pub discards_merged: u64,
    /// Bytes given back.
    pub discarded_bytes: u64,
    /// Time that it took.
    pub discard_micros: u64,
    /// Orders to make writes durable; of kernels since 5.5.
    pub flushes: u64,
    /// Time that they took.
    pub flush_micros: u64,
}

pub(super) struct Reader {
    diskstats: Source,
    block: PathBuf,
    whole: HashMap<String, bool>,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            diskstats: Source::records(root.join("proc/diskstats")),
            block: root.join("sys/block"),
            whole: HashMap::new(),
        }
    }

    pub(super) fn read(&mut self) -> Result<Vec<Device>, CapabilityError> {
        let (block, whole) = (&self.block, &mut self.whole);
        self.diskstats.parse(|text| parse(text, |name| is_wanted(name, block, whole)))
    }
}

/// Whole devices that are more than a view of memory or of a file.
fn is_wanted(name: &str, block: &Path, whole: &mut HashMap<String, bool>) -> bool {
    if ["loop", "ram", "zram", "fd"].iter().any(|kind| is_numbered(name, kind)) {
        return false;
    }
    if let Some(known) = whole.get(name) {
        return *known;
    }
    // `cciss/c0d0` is `cciss!c0d0` in sysfs.
    let is_whole = block.join(name.replace('/', "!")).exists() || (!block.exists() && !looks_like_partition(name));
    if whole.len() >= REMEMBERED {
        whole.clear();
    }
    whole.insert(name.to_owned(), is_whole);
    is_whole
}

fn is_numbered(name: &str, kind: &str) -> bool {
    name.strip_prefix(kind).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where there is no sysfs to ask: `sda1`, `nvme0n1p2`, `mmcblk0p1`.
fn looks_like_partition(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() == name.len() {
        return false;
    }
    let lettered = ["sd", "hd", "vd", "xvd"]
        .iter()
        .any(|kind| stem.strip_prefix(kind).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase())));
    let numbered = stem.strip_suffix('p').is_some_and(|rest| {
        rest.ends_with(|c: char| c.is_ascii_digit()) && (rest.starts_with("nvme") || rest.starts_with("mmcblk"))
    });
    lettered || numbered
}

fn parse(text: &[u8], mut is_wanted: impl FnMut(&str) -> bool) -> Result<Vec<Device>, Malformed> {
    let mut devices = Vec::new();
    for mut line in lines(text) {
        line.skip(2);
        let name = to_text(line.expect_field("the device")?);
        if !is_wanted(&name) {
            continue;
        }
        let micros = |millis: u64| millis.saturating_mul(1000);
        let bytes = |sectors: u64| sectors.saturating_mul(SECTOR);
        let device = Device {
            name,
            reads: line.number("reads")?,
            reads_merged: line.number("merged reads")?,
            read_bytes: bytes(line.number("sectors read")?),
            read_micros: micros(line.number("time of reads")?),
            writes: line.number("writes")?,
            writes_merged: line.number("merged writes")?,
            written_bytes: bytes(line.number("sectors written")?),
            write_micros: micros(line.number("time of writes")?),
            in_flight: narrow(line.number("operations in flight")?),
            busy_micros: micros(line.number("busy time")?),
            queued_micros: micros(line.number_or_zero("time in the queue")?),
            discards: line.number_or_zero("discards")?,
            discards_merged: line.number_or_zero("merged discards")?,
            discarded_bytes: bytes(line.number_or_zero("sectors discarded")?),
            discard_micros: micros(line.number_or_zero("time of discards")?),
            flushes: line.number_or_zero("flushes")?,
            flush_micros: micros(line.number_or_zero("time of flushes")?),
        };
        if device.reads > 0 || device.writes > 0 {
            devices.push(device);
        }
    }
    Ok(devices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_sysfs_partitions_are_known_by_their_names() {
        let mut known = HashMap::new();
        for (name, wanted) in [
            ("sda", true),
            ("sda1", false),
            ("sdaa12", false),
            ("vda", true),
            ("xvdb3", false),
            ("nvme0n1", true),
            ("nvme0n1p2", false),
            ("mmcblk0", true),
            ("mmcblk0p1", false),
            ("dm-0", true),
            ("md127", true),
            ("sr0", true),
            ("loop7", false),
            ("ram0", false),
            ("zram0", false),
            ("fd0", false),
        ] {
            assert_eq!(is_wanted(name, Path::new("/no/such/folder"), &mut known), wanted, "{name}");
        }
    }

    #[test]
    fn broken_lines_are_named_and_idle_devices_left_out() {
        let error = parse(b" 8 0 sda 1 0 2 3 4 0 5\n", |_| true).unwrap_err();
        assert_eq!(error.in_file(Path::new("/f")).to_string(), "/f, line 1: ends before time of writes");
        assert_eq!(parse(b" 11 0 sr0 0 0 0 0 0 0 0 0 0 0 0\n", |_| true), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse(&bytes, |_| true);
            let _ = parse(&[b"8 0 sda 1 1 1 ", &bytes[..]].concat(), |_| true);
        }
    }
}
