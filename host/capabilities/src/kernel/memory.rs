//! Memory: `/proc/meminfo`, and paging from `/proc/vmstat` (Documentation/filesystems/proc.rst).

use std::path::Path;

use super::source::{Source, optional};
use super::table::{Rows, Slots, slots};
use super::text::Malformed;
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
    /// What memory is used for.
    pub uses: MemoryUses,
    /// Paging; some sandboxes' kernels do not count it.
    pub paging: Option<Paging>,
}

/// What memory is used for, in bytes; what a kernel does not tell is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the WIT, and the lines of the file")]
pub struct MemoryUses {
    pub active_anonymous: u64,
    pub inactive_anonymous: u64,
    pub active_file: u64,
    pub inactive_file: u64,
    pub unevictable: u64,
    pub locked: u64,
    pub anonymous: u64,
    pub mapped: u64,
    pub kernel_stack: u64,
    pub page_tables: u64,
    pub secondary_page_tables: u64,
    pub per_cpu: u64,
    pub vmalloc: u64,
    pub slab_unreclaimable: u64,
    pub kernel_reclaimable: u64,
    pub writeback: u64,
    pub writeback_temporary: u64,
    pub committed: u64,
    pub commit_limit: u64,
    pub hardware_corrupted: u64,
    pub balloon: u64,
    pub zswap: u64,
    pub zswapped: u64,
    pub huge_anonymous: u64,
    pub huge_shared: u64,
    pub huge_file: u64,
    /// Numbers of pages, as the next three.
    pub huge_total: u64,
    pub huge_free: u64,
    pub huge_reserved: u64,
    pub huge_surplus: u64,
    pub huge_page_bytes: u64,
    pub huge_all_bytes: u64,
    pub direct_map_4k: u64,
    pub direct_map_2m: u64,
    pub direct_map_1g: u64,
}

/// Paging, counted since boot; what a kernel does not count is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Pages read from swap.
    pub swap_in_pages: u64,
    /// Pages written to swap.
    pub swap_out_pages: u64,
    /// Faults of all kinds.
    pub faults: u64,
    /// Faults that needed a disk.
    pub major_faults: u64,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Bytes that the page cache read from disks.
    pub read_bytes: u64,
    /// Bytes that it wrote to them.
    pub written_bytes: u64,
    /// Pages that the kernel's own thread looked at, to take them back.
    pub scanned_background: u64,
    /// Pages that those looked at who needed memory at once.
    pub scanned_direct: u64,
    /// Pages that were taken back by the one.
    pub reclaimed_background: u64,
    /// And by the others.
    pub reclaimed_direct: u64,
    /// How often someone had to take back memory to get some.
    pub allocation_stalls: u64,
    /// How often someone had to move memory to get a large piece.
    pub compaction_stalls: u64,
    /// Pages of processes read again soon after they were dropped.
    pub refaults_anonymous: u64,
    /// Pages of files read again soon after they were dropped.
    pub refaults_file: u64,
    /// Huge pages given at a fault.
    pub huge_faults: u64,
    /// Faults for which there was no huge page.
    pub huge_fallbacks: u64,
}

/// What `vmstat` counts apart for each zone of memory, older kernels also pages that one reads as a sum.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    paging: Paging,
    /// The name before Linux 5.9 of what is now told apart for anonymous pages and files.
    refaults: u64,
    stalls_dma: u64,
    stalls_dma32: u64,
    stalls_normal: u64,
    stalls_movable: u64,
    stalls_all: u64,
}

const MEMINFO: Slots<MemorySnapshot> = slots!(MemorySnapshot {
    "MemTotal" => total,
    "MemFree" => free,
    "MemAvailable" => available,
    "Buffers" => buffers,
    "Cached" => cached,
    "SwapCached" => swap_cached,
    "SwapTotal" => swap_total,
    "SwapFree" => swap_free,
    "Dirty" => dirty,
    "Shmem" => shared,
    "SReclaimable" => slab_reclaimable,
    "Active(anon)" => uses.active_anonymous,
    "Inactive(anon)" => uses.inactive_anonymous,
    "Active(file)" => uses.active_file,
    "Inactive(file)" => uses.inactive_file,
    "Unevictable" => uses.unevictable,
    "Mlocked" => uses.locked,
    "AnonPages" => uses.anonymous,
    "Mapped" => uses.mapped,
    "KernelStack" => uses.kernel_stack,
    "PageTables" => uses.page_tables,
    "SecPageTables" => uses.secondary_page_tables,
    "Percpu" => uses.per_cpu,
    "VmallocUsed" => uses.vmalloc,
    "SUnreclaim" => uses.slab_unreclaimable,
    "KReclaimable" => uses.kernel_reclaimable,
    "Writeback" => uses.writeback,
    "WritebackTmp" => uses.writeback_temporary,
    "Committed_AS" => uses.committed,
    "CommitLimit" => uses.commit_limit,
    "HardwareCorrupted" => uses.hardware_corrupted,
    "Balloon" => uses.balloon,
    "Zswap" => uses.zswap,
    "Zswapped" => uses.zswapped,
    "AnonHugePages" => uses.huge_anonymous,
    "ShmemHugePages" => uses.huge_shared,
    "FileHugePages" => uses.huge_file,
    "HugePages_Total" => uses.huge_total,
    "HugePages_Free" => uses.huge_free,
    "HugePages_Rsvd" => uses.huge_reserved,
    "HugePages_Surp" => uses.huge_surplus,
    "Hugepagesize" => uses.huge_page_bytes,
    "Hugetlb" => uses.huge_all_bytes,
    "DirectMap4k" => uses.direct_map_4k,
    "DirectMap2M" => uses.direct_map_2m,
    "DirectMap1G" => uses.direct_map_1g,
});

const VMSTAT: Slots<Counted> = slots!(Counted {
    "pswpin" => paging.swap_in_pages,
    "pswpout" => paging.swap_out_pages,
    "pgfault" => paging.faults,
    "pgmajfault" => paging.major_faults,
    "oom_kill" => paging.oom_kills,
    "pgpgin" => paging.read_bytes,
    "pgpgout" => paging.written_bytes,
    "pgscan_kswapd" => paging.scanned_background,
    "pgscan_direct" => paging.scanned_direct,
    "pgsteal_kswapd" => paging.reclaimed_background,
    "pgsteal_direct" => paging.reclaimed_direct,
    "allocstall_dma" => stalls_dma,
    "allocstall_dma32" => stalls_dma32,
    "allocstall_normal" => stalls_normal,
    "allocstall_movable" => stalls_movable,
    "allocstall" => stalls_all,
    "compact_stall" => paging.compaction_stalls,
    "workingset_refault" => refaults,
    "workingset_refault_anon" => paging.refaults_anonymous,
    "workingset_refault_file" => paging.refaults_file,
    "thp_fault_alloc" => paging.huge_faults,
    "thp_fault_fallback" => paging.huge_fallbacks,
});

pub(super) struct Reader {
    meminfo: Source,
    vmstat: Source,
    lines: Rows<MemorySnapshot>,
    counts: Rows<Counted>,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            meminfo: Source::single(root.join("proc/meminfo")),
            vmstat: Source::records(root.join("proc/vmstat")),
            lines: Rows::new(MEMINFO, b':'),
            counts: Rows::new(VMSTAT, b' '),
        }
    }

    pub(super) fn read(&mut self) -> Result<MemorySnapshot, CapabilityError> {
        let Self { meminfo, vmstat, lines, counts } = self;
        let mut snapshot = meminfo.parse(|text| parse_meminfo(lines, text))?;
        snapshot.paging = optional(vmstat.parse(|text| parse_vmstat(counts, text)))?;
        Ok(snapshot)
    }
}

fn parse_meminfo(lines: &mut Rows<MemorySnapshot>, text: &[u8]) -> Result<MemorySnapshot, Malformed> {
    const UNTOLD: u64 = u64::MAX;
    let mut snapshot = MemorySnapshot { total: UNTOLD, available: UNTOLD, ..MemorySnapshot::default() };
    lines.parse(text, &mut snapshot)?;
    if snapshot.total == UNTOLD {
        return Err(Malformed::file("has no line `MemTotal`"));
    }
    // Kernels before 3.14 do not estimate it; some containers' meminfo leaves it out.
    if snapshot.available == UNTOLD {
        let sum = snapshot.free.saturating_add(snapshot.buffers).saturating_add(snapshot.cached);
        snapshot.available = sum.min(snapshot.total);
    }
    Ok(snapshot)
}

fn parse_vmstat(lines: &mut Rows<Counted>, text: &[u8]) -> Result<Paging, Malformed> {
    let mut counted = Counted::default();
    lines.parse(text, &mut counted)?;
    let mut paging = counted.paging;
    // These two are counted in units of 1024 bytes, whatever a page is.
    paging.read_bytes = paging.read_bytes.saturating_mul(1024);
    paging.written_bytes = paging.written_bytes.saturating_mul(1024);
    paging.refaults_file = paging.refaults_file.max(counted.refaults);
    let Counted { stalls_dma, stalls_dma32, stalls_normal, stalls_movable, stalls_all, .. } = counted;
    let stalls = [stalls_dma, stalls_dma32, stalls_normal, stalls_movable, stalls_all];
    paging.allocation_stalls = stalls.iter().fold(0, |sum, count| sum.saturating_add(*count));
    Ok(paging)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn meminfo(text: &[u8]) -> Result<MemorySnapshot, Malformed> {
        parse_meminfo(&mut Rows::new(MEMINFO, b':'), text)
    }

    fn vmstat(text: &[u8]) -> Result<Paging, Malformed> {
        parse_vmstat(&mut Rows::new(VMSTAT, b' '), text)
    }

    #[test]
    fn without_the_kernels_estimate_what_is_available_is_added_up() {
        let read = meminfo(b"MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n").unwrap();
        assert_eq!(read.available, 35 * 1024);
    }

    #[test]
    fn pages_are_counted_and_everything_else_is_bytes() {
        let read = meminfo(b"MemTotal: 1 kB\nHugePages_Total:       3\nHugepagesize:    2048 kB\n").unwrap();
        assert_eq!((read.uses.huge_total, read.uses.huge_page_bytes), (3, 2 << 20));
        let read = vmstat(b"pgpgin 3\nallocstall_normal 2\nallocstall_movable 5\nworkingset_refault 7\n").unwrap();
        assert_eq!((read.read_bytes, read.allocation_stalls, read.refaults_file), (3072, 7, 7));
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, problem) in [
            (&b"MemFree: 10 kB\n"[..], "/f: has no line `MemTotal`"),
            (b"MemTotal: 10 kB\nMemFree:\n", "/f, line 2: ends before MemFree"),
            (b"MemTotal: lots\n", "/f, line 1: expected a number for MemTotal, found `lots`"),
            (b"MemTotal: -10 kB\n", "/f, line 1: expected a number for MemTotal, found `-10`"),
        ] {
            assert_eq!(meminfo(text).unwrap_err().in_file(Path::new("/f")).to_string(), problem);
        }
        let error = vmstat(b"nr_x 1\npswpin\n").unwrap_err().in_file(Path::new("/f"));
        assert_eq!(error.to_string(), "/f, line 2: ends before pswpin");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = meminfo(&[b"MemTotal: ", &bytes[..]].concat());
            let _ = vmstat(&[b"pswpin ", &bytes[..]].concat());
        }
    }
}
