//! `cpu memory disk net process kernel`: facts of the kernel, from `host/capabilities`.

use autobot_capabilities::kernel::{self as facts, PressureResource};

use super::mirror::{Told, mirror};
use crate::abi::{cpu, disk, kernel, memory, net, process, types};
use crate::facts::fact;
use crate::guest::Guest;

mirror! {
    facts::CpuTimes => cpu::Times { user, nice, system, idle, iowait, irq, softirq, steal }
    facts::Core => cpu::Core { id, times }
    facts::CpuSnapshot => cpu::Snapshot { total, cores, load1, load5, load15, context_switches }
    facts::Frequency => cpu::Frequency { core, hertz }
    facts::Stall => types::Stall { avg10, avg60, avg300, total_micros }
    facts::Pressure => types::Pressure { some, full }
    facts::Paging => memory::Paging { swap_in_pages, swap_out_pages, major_faults, oom_kills }
    facts::MemorySnapshot => memory::Snapshot {
        total, available, free, buffers, cached, slab_reclaimable, shared, dirty, swap_total, swap_free, swap_cached, paging,
    }
    facts::Mount => disk::Mount { device, mount_point, fs_type, read_only, total, free, available, inodes, inodes_free }
    facts::Device => disk::Device {
        name, reads, read_bytes, read_micros, writes, written_bytes, write_micros, busy_micros, in_flight,
    }
    facts::Link => net::Link {
        name, rx_bytes, rx_packets, rx_errors, rx_dropped, tx_bytes, tx_packets, tx_errors, tx_dropped,
    }
    facts::SocketCounts => net::SocketCounts {
        tcp_established, tcp_time_wait, tcp_orphaned, udp, tcp_sent_segments, tcp_retransmitted_segments,
    }
    facts::Owner => process::Owner { name, user }
    process::Owner => facts::Owner { name, user }
    facts::ProcessCounts => process::Counts { total, running, sleeping, blocked, stopped, zombie, idle, threads }
    facts::Group => process::Group { owner, processes, threads, cpu_micros, resident_bytes }
    facts::Limit => kernel::Limit { name, used, most }
    facts::InterruptLine => kernel::InterruptLine { line, device, count }
    facts::Activity => kernel::Events { forks, interrupts, softirqs, softirqs_by_kind, interrupts_by_line }
    facts::ProcessSnapshot => process::Snapshot { at_micros, counts, groups }
}

impl cpu::Host for Guest {
    fn read(&mut self) -> Result<cpu::Snapshot, types::Error> {
        fact!(self, Cpu, "cpu.read", (), self.world.kernel.cpu().told())
    }

    fn frequencies(&mut self) -> Result<Vec<cpu::Frequency>, types::Error> {
        fact!(self, Cpu, "cpu.frequencies", (), self.world.kernel.frequencies().told())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        fact!(self, Cpu, "cpu.stalls", (), self.world.kernel.pressure(PressureResource::Cpu).told())
    }
}

impl memory::Host for Guest {
    fn read(&mut self) -> Result<memory::Snapshot, types::Error> {
        fact!(self, Memory, "memory.read", (), self.world.kernel.memory().told())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        fact!(self, Memory, "memory.stalls", (), self.world.kernel.pressure(PressureResource::Memory).told())
    }
}

impl disk::Host for Guest {
    fn mounts(&mut self) -> Result<Vec<disk::Mount>, types::Error> {
        fact!(self, Disk, "disk.mounts", (), self.world.kernel.mounts().told())
    }

    fn devices(&mut self) -> Result<Vec<disk::Device>, types::Error> {
        fact!(self, Disk, "disk.devices", (), self.world.kernel.devices().told())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        fact!(self, Disk, "disk.stalls", (), self.world.kernel.pressure(PressureResource::Io).told())
    }
}

impl net::Host for Guest {
    fn links(&mut self) -> Result<Vec<net::Link>, types::Error> {
        fact!(self, Net, "net.links", (), self.world.kernel.links().told())
    }

    fn sockets(&mut self) -> Result<net::SocketCounts, types::Error> {
        fact!(self, Net, "net.sockets", (), self.world.kernel.sockets().told())
    }
}

/// Groups that one look gives at most, for each of its two orders.
const MOST_GROUPS: u32 = 200;

impl process::Host for Guest {
    fn look(&mut self, limit: u32, also: Vec<process::Owner>) -> Result<process::Snapshot, types::Error> {
        fact!(self, Process, "process.look", (limit, &also), {
            let also: Vec<facts::Owner> = also.told();
            self.world.kernel.processes(limit.min(MOST_GROUPS) as usize, &also).told()
        })
    }
}

impl kernel::Host for Guest {
    fn read(&mut self) -> Result<kernel::Snapshot, types::Error> {
        fact!(self, Kernel, "kernel.read", (), {
            let uptime = self.world.kernel.uptime()?;
            Ok(kernel::Snapshot {
                boot: u64::try_from(uptime.boot.0).unwrap_or(0),
                uptime_micros: uptime.uptime_micros,
            })
        })
    }

    fn limits(&mut self) -> Result<Vec<kernel::Limit>, types::Error> {
        fact!(self, Kernel, "kernel.limits", (), self.world.kernel.limits().told())
    }

    fn activity(&mut self, limit: u32) -> Result<kernel::Events, types::Error> {
        fact!(self, Kernel, "kernel.activity", limit, self.world.kernel.activity(limit as usize).told())
    }
}
