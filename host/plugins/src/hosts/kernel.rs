//! `cpu process kernel`: facts of the kernel, from `host/capabilities`.

use autobot_capabilities::kernel::{self as facts, PressureResource};

use super::blocking::blocking;
use super::mirror::{Told, mirror};
use crate::abi::{cpu, kernel, process, types};
use crate::facts::fact;
use crate::guest::Guest;

mirror! {
    facts::CpuTimes => cpu::Times { user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice }
    facts::Core => cpu::Core { id, times }
    facts::CpuSnapshot => cpu::Snapshot { total, cores, load1, load5, load15, context_switches, runnable, blocked }
    facts::Frequency => cpu::Frequency { core, hertz }
    facts::Scaling => cpu::Scaling { core, lowest, highest, governor }
    facts::Turns => cpu::Turns { core, running_micros, waiting_micros, count }
    facts::Stall => types::Stall { avg10, avg60, avg300, total_micros }
    facts::Pressure => types::Pressure { some, full }
    facts::Owner => process::Owner { name, user }
    process::Owner => facts::Owner { name, user }
    facts::ProcessCounts => process::Counts { total, running, sleeping, blocked, stopped, zombie, idle, threads }
    facts::Group => process::Group { owner, processes, threads, cpu_micros, resident_bytes, io, open_files }
    facts::InputOutput => process::InputOutput { read_bytes, written_bytes }
    facts::Sum => process::Sum { processes, threads, cpu_micros, resident_bytes, io, open_files }
    facts::ClockState => kernel::ClockState {
        synchronised, offset, estimated_error, greatest_error, frequency_adjustment, tai_offset, status, time_constant,
        suspended_micros, source, sources,
    }
    facts::Caches => kernel::CacheCounts { names, names_unused, inodes, inodes_unused }
    facts::HardwareInfo => kernel::MachineInfo {
        name, kernel, version, architecture, os, os_version, os_codename, os_name, vendor, product, board, firmware_vendor,
        firmware, firmware_date, processor, processors, sockets, cores,
    }
    facts::Limit => kernel::Limit { name, used, most }
    facts::InterruptLine => kernel::InterruptLine { line, device, count }
    facts::Activity => kernel::Events { forks, interrupts, softirqs, softirqs_by_kind, interrupts_by_line }
    facts::ProcessSnapshot => process::Snapshot { at_micros, counts, groups, sums }
}

impl cpu::Host for Guest {
    fn read(&mut self) -> Result<cpu::Snapshot, types::Error> {
        fact!(self, Cpu, "cpu.read", (), self.world.kernel.cpu().told())
    }

    fn frequencies(&mut self) -> Result<Vec<cpu::Frequency>, types::Error> {
        fact!(self, Cpu, "cpu.frequencies", (), self.world.kernel.frequencies().told())
    }

    fn scalings(&mut self) -> Result<Vec<cpu::Scaling>, types::Error> {
        fact!(self, Cpu, "cpu.scalings", (), self.world.kernel.scalings().told())
    }

    fn schedule(&mut self) -> Result<Vec<cpu::Turns>, types::Error> {
        fact!(self, Cpu, "cpu.schedule", (), self.world.kernel.schedule().told())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        fact!(self, Cpu, "cpu.stalls", (), self.world.kernel.pressure(PressureResource::Cpu).told())
    }
}

/// Groups that one look gives at most, for each of its two orders.
const MOST_GROUPS: u32 = 200;

impl process::Host for Guest {
    async fn look(
        &mut self,
        limit: u32,
        also: Vec<process::Owner>,
        patterns: Vec<Vec<String>>,
    ) -> Result<process::Snapshot, types::Error> {
        fact!(self, Process, "process.look", (limit, &also, &patterns), {
            let also: Vec<facts::Owner> = also.told();
            let kernel = self.world.kernel.clone();
            let limit = limit.min(MOST_GROUPS) as usize;
            blocking(move || kernel.processes(&facts::Asked { limit, also: &also, patterns: &patterns })).await
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

    fn clock(&mut self) -> Result<kernel::ClockState, types::Error> {
        fact!(self, Kernel, "kernel.clock", (), self.world.kernel.clock().told())
    }

    fn caches(&mut self) -> Result<kernel::CacheCounts, types::Error> {
        fact!(self, Kernel, "kernel.caches", (), self.world.kernel.caches().told())
    }

    fn machine(&mut self) -> Result<kernel::MachineInfo, types::Error> {
        fact!(self, Kernel, "kernel.machine", (), Ok(self.world.kernel.hardware().told()))
    }

    fn limits(&mut self) -> Result<Vec<kernel::Limit>, types::Error> {
        fact!(self, Kernel, "kernel.limits", (), self.world.kernel.limits().told())
    }

    fn activity(&mut self, limit: u32) -> Result<kernel::Events, types::Error> {
        fact!(self, Kernel, "kernel.activity", limit, self.world.kernel.activity(limit as usize).told())
    }
}
