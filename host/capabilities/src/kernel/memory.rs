//! Memory: `/proc/meminfo`, and paging from `/proc/vmstat`.

use std::path::Path;

use super::source::Source;
use super::text::{Malformed, lines};
use crate::CapabilityError;

/// Memory and swap, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemorySnapshot {
    /// Memory of the machine.
    pub total: u64,
    /// What a new program could have without swapping.
    pub available: u64,
    /// Used for nothing.
    pub free: u64,
    /// Buffers of block devices.
    pub buffers: u64,
    /// Page cache.
    pub cached: u64,
    /// The part of the slab that the kernel can give back.
    pub slab_reclaimable: u64,
    /// Shared memory and tmpfs; part of `cached`.
    pub shared: u64,
    /// Waiting to be written.
    pub dirty: u64,
    /// Swap space.
    pub swap_total: u64,
    /// Of it, unused.
    pub swap_free: u64,
    /// In swap and in memory at once.
    pub swap_cached: u64,
    /// Paging; some sandboxes' kernels do not count it.
    pub paging: Option<Paging>,
}

/// Paging, counted since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Pages read from swap.
    pub swap_in_pages: u64,
    /// Pages written to swap.
    pub swap_out_pages: u64,
    /// Faults that needed a disk.
    pub major_faults: u64,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
}

pub(super) struct Reader {
    meminfo: Source,
    vmstat: Source,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self { meminfo: Source::single(root.join("proc/meminfo")), vmstat: Source::records(root.join("proc/vmstat")) }
    }

    pub(super) fn read(&mut self) -> Result<MemorySnapshot, CapabilityError> {
        let mut snapshot = self.meminfo.parse(parse_meminfo)?;
        snapshot.paging = match self.vmstat.parse(parse_vmstat) {
            Ok(paging) => Some(paging),
            Err(CapabilityError::NotPresent(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(snapshot)
    }
}

fn parse_meminfo(text: &[u8]) -> Result<MemorySnapshot, Malformed> {
    let mut snapshot = MemorySnapshot::default();
    let mut available = None;
    let mut total = None;
    for mut line in lines(text) {
        let name = line.rest.split(|&byte| byte == b':').next().unwrap_or_default();
        let mut value = || {
            line.skip(1);
            line.number("kilobytes").map(|kilobytes| kilobytes.saturating_mul(1024))
        };
        match name {
            b"MemTotal" => total = Some(value()?),
            b"MemFree" => snapshot.free = value()?,
            b"MemAvailable" => available = Some(value()?),
            b"Buffers" => snapshot.buffers = value()?,
            b"Cached" => snapshot.cached = value()?,
            b"SwapCached" => snapshot.swap_cached = value()?,
            b"SwapTotal" => snapshot.swap_total = value()?,
            b"SwapFree" => snapshot.swap_free = value()?,
            b"Dirty" => snapshot.dirty = value()?,
            b"Shmem" => snapshot.shared = value()?,
            b"SReclaimable" => snapshot.slab_reclaimable = value()?,
            _ => {}
        }
    }
    snapshot.total = total.ok_or_else(|| Malformed::file("has no line `MemTotal`"))?;
    // Kernels before 3.14 do not estimate it; some containers' meminfo leaves it out.
    snapshot.available = available.unwrap_or_else(|| {
        snapshot.free.saturating_add(snapshot.buffers).saturating_add(snapshot.cached).min(snapshot.total)
    });
    Ok(snapshot)
}

fn parse_vmstat(text: &[u8]) -> Result<Paging, Malformed> {
    let mut paging = Paging::default();
    for mut line in lines(text) {
        // 180 lines, four of which matter: look at the first byte before anything else.
        if !matches!(line.rest.first(), Some(b'p' | b'o')) {
            continue;
        }
        let (target, what) = match line.rest.split(|&byte| byte == b' ').next().unwrap_or_default() {
            b"pswpin" => (&mut paging.swap_in_pages, "pages swapped in"),
            b"pswpout" => (&mut paging.swap_out_pages, "pages swapped out"),
            b"pgmajfault" => (&mut paging.major_faults, "major faults"),
            b"oom_kill" => (&mut paging.oom_kills, "processes killed"),
            _ => continue,
        };
        line.skip(1);
        *target = line.number(what)?;
    }
    Ok(paging)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_the_kernels_estimate_what_is_available_is_added_up() {
        let read = parse_meminfo(b"MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n").unwrap();
        assert_eq!(read.available, 35 * 1024);
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, problem) in [
            (&b"MemFree: 10 kB\n"[..], "/f: has no line `MemTotal`"),
            (b"MemTotal: 10 kB\nMemFree:\n", "/f, line 2: ends before kilobytes"),
            (b"MemTotal: lots\n", "/f, line 1: expected a number for kilobytes, found `lots`"),
        ] {
            assert_eq!(parse_meminfo(text).unwrap_err().in_file(Path::new("/f")).to_string(), problem);
        }
        let error = parse_vmstat(b"nr_x 1\npswpin\n").unwrap_err().in_file(Path::new("/f"));
        assert_eq!(error.to_string(), "/f, line 2: ends before pages swapped in");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse_meminfo(&[b"MemTotal: ", &bytes[..]].concat());
            let _ = parse_vmstat(&[b"pswpin ", &bytes[..]].concat());
        }
    }
}
