//! `memory`: facts of the kernel, from `host/capabilities`.

use autobot_capabilities::kernel::{self as facts, PressureResource};

use super::mirror::{Told, mirror};
use crate::abi::{memory, types};
use crate::facts::fact;
use crate::guest::Guest;

mirror! {
    facts::Paging => memory::Paging {
        swap_in_pages, swap_out_pages, faults, major_faults, oom_kills, read_bytes, written_bytes, scanned_background,
        scanned_direct, reclaimed_background, reclaimed_direct, allocation_stalls, compaction_stalls, refaults_anonymous,
        refaults_file, huge_faults, huge_fallbacks,
    }
    facts::MemoryUses => memory::Uses {
        active_anonymous, inactive_anonymous, active_file, inactive_file, unevictable, locked, anonymous, mapped, kernel_stack,
        page_tables, secondary_page_tables, per_cpu, vmalloc, slab_unreclaimable, kernel_reclaimable, writeback,
        writeback_temporary, committed, commit_limit, hardware_corrupted, balloon, zswap, zswapped, huge_anonymous, huge_shared,
        huge_file, huge_total, huge_free, huge_reserved, huge_surplus, huge_page_bytes, huge_all_bytes, direct_map_4k,
        direct_map_2m, direct_map_1g,
    }
    facts::MemorySnapshot => memory::Snapshot {
        total, available, free, buffers, cached, slab_reclaimable, shared, dirty, swap_total, swap_free, swap_cached, uses,
        paging,
    }
    facts::MemoryNode => memory::Node {
        id, total, free, file, anonymous, dirty, hits, misses, foreign, interleaved, local, other,
    }
    facts::MemoryModule => memory::Module { label, corrected, uncorrected }
    facts::MemoryController => memory::Controller { name, driver, corrected, uncorrected, modules }
}

impl memory::Host for Guest {
    fn read(&mut self) -> Result<memory::Snapshot, types::Error> {
        fact!(self, Memory, "memory.read", (), self.world.kernel.memory().told())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        fact!(self, Memory, "memory.stalls", (), self.world.kernel.pressure(PressureResource::Memory).told())
    }

    fn nodes(&mut self) -> Result<Vec<memory::Node>, types::Error> {
        fact!(self, Memory, "memory.nodes", (), self.world.kernel.memory_nodes().told())
    }

    fn controllers(&mut self) -> Result<Vec<memory::Controller>, types::Error> {
        fact!(self, Memory, "memory.controllers", (), self.world.kernel.memory_controllers().told())
    }
}
