//! Memory and swap.

use autobot_plugin_sdk::memory::{self, Paging, Snapshot};
use autobot_plugin_sdk::{Error, Metrics};

use crate::family::families;
use crate::number::ratio;

families! {
    USAGE: gauge "system_memory_usage_bytes" "By" ["state"] "Memory by state; the states add up to the limit.";
    LIMIT: gauge "system_memory_limit_bytes" "By" [] "Memory of the machine.";
    UTILIZATION: gauge "system_memory_utilization_ratio" "1" []
        "Share of memory that a new program could not have without swapping.";
    AVAILABLE: gauge "system_memory_linux_available_bytes" "By" [] "Memory that a new program could have without swapping.";
    SLAB: gauge "system_memory_linux_slab_usage_bytes" "By" ["state"] "The kernel's own objects, by whether it could give them back.";
    DETAIL: gauge "system_memory_detail_bytes" "By" ["kind"] "What memory is used for; kinds overlap, so do not add them up.";
    DIRTY: gauge "system_memory_dirty_bytes" "By" ["state"] "Memory that waits to be written to a disk, and that is being written.";
    COMMITTED: gauge "system_memory_committed_bytes" "By" [] "Memory that the kernel has promised to programs.";
    COMMIT_LIMIT: gauge "system_memory_commit_limit_bytes" "By" []
        "The most that may be promised, where the kernel is strict about it (vm.overcommit_memory is 2).";
    CORRUPTED: gauge "system_memory_corrupted_bytes" "By" [] "Memory put out of use because it was faulty.";
    HUGE_PAGES: gauge "system_memory_huge_pages" "1" ["state"] "Reserved huge pages of the default size: used and free are all of them.";
    HUGE_PAGE_SIZE: gauge "system_memory_huge_page_size_bytes" "By" [] "The default size of huge pages.";
    ZSWAP: gauge "system_memory_zswap_bytes" "By" ["kind"] "Swap that is compressed in memory: what it holds, and the memory that it takes.";
    PAGING_USAGE: gauge "system_paging_usage_bytes" "By" ["state"] "Swap by state.";
    PAGING_UTILIZATION: gauge "system_paging_utilization_ratio" "1" [] "Share of the swap in use.";
    PAGING_OPERATIONS: counter "system_paging_operations_total" "1" ["direction"] "Pages read from and written to swap.";
    FAULTS: counter "system_paging_faults_total" "1" ["type"] "Page faults; major ones needed a disk.";
    PAGING_IO: counter "system_paging_io_bytes_total" "By" ["direction"] "Bytes that went between memory and disks, swap and files.";
    SCANNED: counter "system_paging_scanned_pages_total" "1" ["by"]
        "Pages looked at to take them back: in the background, or by who had to wait for it.";
    RECLAIMED: counter "system_paging_reclaimed_pages_total" "1" ["by"] "Pages taken back.";
    STALLS: counter "system_paging_stalls_total" "1" ["for"] "How often a program had to take back or to move memory before it got some.";
    REFAULTS: counter "system_paging_refaults_total" "1" ["of"] "Pages read again soon after they were dropped: memory is short.";
    HUGE_FAULTS: counter "system_paging_huge_faults_total" "1" ["outcome"] "Faults that got a transparent huge page, and that got a small one instead.";
    OOM_KILLS: counter "system_memory_oom_kills_total" "1" [] "Processes that the kernel killed because memory had run out.";
}

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let now = memory::read()?;
    let cached = now.cached.saturating_add(now.slab_reclaimable);
    let used = [now.free, now.buffers, cached].iter().fold(now.total, |rest, part| rest.saturating_sub(*part));
    for (state, bytes) in [("used", used), ("free", now.free), ("buffers", now.buffers), ("cached", cached)] {
        metrics.set(&USAGE, &[state], bytes as f64);
    }
    metrics.set(&LIMIT, &[], now.total as f64);
    metrics.set(&UTILIZATION, &[], ratio(now.total.saturating_sub(now.available), now.total));
    metrics.set(&AVAILABLE, &[], now.available as f64);
    metrics.set(&SLAB, &["reclaimable"], now.slab_reclaimable as f64);
    metrics.set(&SLAB, &["unreclaimable"], now.uses.slab_unreclaimable as f64);
    uses(&now, metrics);
    if now.swap_total > 0 {
        let used = now.swap_total.saturating_sub(now.swap_free);
        metrics.set(&PAGING_USAGE, &["used"], used as f64);
        metrics.set(&PAGING_USAGE, &["free"], now.swap_free as f64);
        metrics.set(&PAGING_UTILIZATION, &[], ratio(used, now.swap_total));
    }
    if let Some(paging) = &now.paging {
        self::paging(paging, now.swap_total > 0, metrics);
    }
    Ok(())
}

fn uses(now: &Snapshot, metrics: &mut Metrics) {
    let uses = &now.uses;
    metrics.set(&DIRTY, &["waiting"], now.dirty as f64);
    metrics.set(&DIRTY, &["written"], uses.writeback as f64);
    if uses.commit_limit > 0 {
        metrics.set(&COMMITTED, &[], uses.committed as f64);
        metrics.set(&COMMIT_LIMIT, &[], uses.commit_limit as f64);
    }
    metrics.set(&CORRUPTED, &[], uses.hardware_corrupted as f64);
    for (kind, bytes) in [
        ("active_anonymous", uses.active_anonymous),
        ("inactive_anonymous", uses.inactive_anonymous),
        ("active_file", uses.active_file),
        ("inactive_file", uses.inactive_file),
        ("unevictable", uses.unevictable),
        ("locked", uses.locked),
        ("anonymous", uses.anonymous),
        ("mapped", uses.mapped),
        ("shared", now.shared),
        ("kernel_stack", uses.kernel_stack),
        ("page_tables", uses.page_tables),
        ("per_cpu", uses.per_cpu),
        ("vmalloc", uses.vmalloc),
        ("kernel_reclaimable", uses.kernel_reclaimable),
        ("huge_anonymous", uses.huge_anonymous),
        ("direct_map_4k", uses.direct_map_4k),
        ("direct_map_2m", uses.direct_map_2m),
        ("direct_map_1g", uses.direct_map_1g),
    ] {
        metrics.set(&DETAIL, &[kind], bytes as f64);
    }
    // Of most machines always nothing.
    for (kind, bytes) in [
        ("swap_cached", now.swap_cached),
        ("secondary_page_tables", uses.secondary_page_tables),
        ("writeback_temporary", uses.writeback_temporary),
        ("balloon", uses.balloon),
        ("huge_shared", uses.huge_shared),
        ("huge_file", uses.huge_file),
        ("huge_reserved", uses.huge_all_bytes),
    ] {
        if bytes > 0 {
            metrics.set(&DETAIL, &[kind], bytes as f64);
        }
    }
    if uses.huge_total > 0 {
        metrics.set(&HUGE_PAGES, &["used"], uses.huge_total.saturating_sub(uses.huge_free) as f64);
        metrics.set(&HUGE_PAGES, &["free"], uses.huge_free as f64);
        metrics.set(&HUGE_PAGES, &["promised"], uses.huge_reserved as f64);
        metrics.set(&HUGE_PAGES, &["surplus"], uses.huge_surplus as f64);
        metrics.set(&HUGE_PAGE_SIZE, &[], uses.huge_page_bytes as f64);
    }
    if uses.zswapped > 0 {
        metrics.set(&ZSWAP, &["held"], uses.zswapped as f64);
        metrics.set(&ZSWAP, &["taken"], uses.zswap as f64);
    }
}

fn paging(paging: &Paging, has_swap: bool, metrics: &mut Metrics) {
    if has_swap || paging.swap_in_pages > 0 || paging.swap_out_pages > 0 {
        metrics.set(&PAGING_OPERATIONS, &["in"], paging.swap_in_pages as f64);
        metrics.set(&PAGING_OPERATIONS, &["out"], paging.swap_out_pages as f64);
    }
    let minor = paging.faults.saturating_sub(paging.major_faults);
    for (family, label, count) in [
        (&FAULTS, "major", paging.major_faults),
        (&FAULTS, "minor", minor),
        (&PAGING_IO, "read", paging.read_bytes),
        (&PAGING_IO, "write", paging.written_bytes),
        (&SCANNED, "background", paging.scanned_background),
        (&SCANNED, "direct", paging.scanned_direct),
        (&RECLAIMED, "background", paging.reclaimed_background),
        (&RECLAIMED, "direct", paging.reclaimed_direct),
        (&STALLS, "allocation", paging.allocation_stalls),
        (&STALLS, "compaction", paging.compaction_stalls),
        (&REFAULTS, "anonymous", paging.refaults_anonymous),
        (&REFAULTS, "file", paging.refaults_file),
        (&HUGE_FAULTS, "given", paging.huge_faults),
        (&HUGE_FAULTS, "fallback", paging.huge_fallbacks),
    ] {
        metrics.set(family, &[label], count as f64);
    }
    metrics.set(&OOM_KILLS, &[], paging.oom_kills as f64);
}
