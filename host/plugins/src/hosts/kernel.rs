//! `cpu memory disk net process kernel`: facts of the kernel, field by field from `host/capabilities`.

use autobot_capabilities::CapabilityError;
use autobot_capabilities::kernel::{self as facts, PressureResource};

use crate::abi::{cpu, disk, kernel, memory, net, process, types};
use crate::guest::Guest;

impl From<CapabilityError> for types::Error {
    fn from(error: CapabilityError) -> Self {
        match error {
            CapabilityError::NotPresent(text) => Self::NotPresent(text),
            CapabilityError::Denied(text) => Self::Denied(text),
            CapabilityError::Timeout(text) => Self::Timeout(text),
            CapabilityError::Unreachable(text) => Self::Unreachable(text),
            CapabilityError::Invalid(text) => Self::Invalid(text),
            CapabilityError::TooLarge(text) => Self::TooLarge(text),
            CapabilityError::Failed(text) => Self::Failed(text),
        }
    }
}

fn stalls(guest: &Guest, resource: PressureResource) -> Result<types::Pressure, types::Error> {
    let stall = |stall: facts::Stall| types::Stall {
        avg10: stall.avg10,
        avg60: stall.avg60,
        avg300: stall.avg300,
        total_micros: stall.total_micros,
    };
    let pressure = guest.kernel.pressure(resource)?;
    Ok(types::Pressure { some: stall(pressure.some), full: pressure.full.map(stall) })
}

fn times(times: &facts::CpuTimes) -> cpu::Times {
    cpu::Times {
        user: times.user,
        nice: times.nice,
        system: times.system,
        idle: times.idle,
        iowait: times.iowait,
        irq: times.irq,
        softirq: times.softirq,
        steal: times.steal,
    }
}

impl cpu::Host for Guest {
    fn read(&mut self) -> Result<cpu::Snapshot, types::Error> {
        let facts = self.kernel.cpu()?;
        Ok(cpu::Snapshot {
            total: times(&facts.total),
            cores: facts.cores.iter().map(|core| cpu::Core { id: core.id, times: times(&core.times) }).collect(),
            load1: facts.load1,
            load5: facts.load5,
            load15: facts.load15,
            context_switches: facts.context_switches,
        })
    }

    fn frequencies(&mut self) -> Result<Vec<cpu::Frequency>, types::Error> {
        let facts = self.kernel.frequencies()?;
        Ok(facts.into_iter().map(|one| cpu::Frequency { core: one.core, hertz: one.hertz }).collect())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        stalls(self, PressureResource::Cpu)
    }
}

impl memory::Host for Guest {
    fn read(&mut self) -> Result<memory::Snapshot, types::Error> {
        let facts = self.kernel.memory()?;
        Ok(memory::Snapshot {
            total: facts.total,
            available: facts.available,
            free: facts.free,
            buffers: facts.buffers,
            cached: facts.cached,
            slab_reclaimable: facts.slab_reclaimable,
            shared: facts.shared,
            dirty: facts.dirty,
            swap_total: facts.swap_total,
            swap_free: facts.swap_free,
            swap_cached: facts.swap_cached,
            paging: facts.paging.map(|paging| memory::Paging {
                swap_in_pages: paging.swap_in_pages,
                swap_out_pages: paging.swap_out_pages,
                major_faults: paging.major_faults,
                oom_kills: paging.oom_kills,
            }),
        })
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        stalls(self, PressureResource::Memory)
    }
}

impl disk::Host for Guest {
    fn mounts(&mut self) -> Result<Vec<disk::Mount>, types::Error> {
        let facts = self.kernel.mounts()?;
        Ok(facts
            .into_iter()
            .map(|mount| disk::Mount {
                device: mount.device,
                mount_point: mount.mount_point,
                fs_type: mount.fs_type,
                read_only: mount.read_only,
                total: mount.total,
                free: mount.free,
                available: mount.available,
                inodes: mount.inodes,
                inodes_free: mount.inodes_free,
            })
            .collect())
    }

    fn devices(&mut self) -> Result<Vec<disk::Device>, types::Error> {
        let facts = self.kernel.devices()?;
        Ok(facts
            .into_iter()
            .map(|device| disk::Device {
                name: device.name,
                reads: device.reads,
                read_bytes: device.read_bytes,
                read_micros: device.read_micros,
                writes: device.writes,
                written_bytes: device.written_bytes,
                write_micros: device.write_micros,
                busy_micros: device.busy_micros,
                in_flight: device.in_flight,
            })
            .collect())
    }

    fn stalls(&mut self) -> Result<types::Pressure, types::Error> {
        stalls(self, PressureResource::Io)
    }
}

impl net::Host for Guest {
    fn links(&mut self) -> Result<Vec<net::Link>, types::Error> {
        let facts = self.kernel.links()?;
        Ok(facts
            .into_iter()
            .map(|link| net::Link {
                name: link.name,
                rx_bytes: link.rx_bytes,
                rx_packets: link.rx_packets,
                rx_errors: link.rx_errors,
                rx_dropped: link.rx_dropped,
                tx_bytes: link.tx_bytes,
                tx_packets: link.tx_packets,
                tx_errors: link.tx_errors,
                tx_dropped: link.tx_dropped,
            })
            .collect())
    }

    fn sockets(&mut self) -> Result<net::SocketCounts, types::Error> {
        let facts = self.kernel.sockets()?;
        Ok(net::SocketCounts {
            tcp_established: facts.tcp_established,
            tcp_time_wait: facts.tcp_time_wait,
            tcp_orphaned: facts.tcp_orphaned,
            udp: facts.udp,
            tcp_sent_segments: facts.tcp_sent_segments,
            tcp_retransmitted_segments: facts.tcp_retransmitted_segments,
        })
    }
}

/// Groups that one look gives at most, for each of its two orders.
const MOST_GROUPS: u32 = 200;

impl process::Host for Guest {
    fn look(&mut self, limit: u32, also: Vec<process::Owner>) -> Result<process::Snapshot, types::Error> {
        let also: Vec<facts::Owner> =
            also.into_iter().map(|owner| facts::Owner { name: owner.name, user: owner.user }).collect();
        let facts = self.kernel.processes(limit.min(MOST_GROUPS) as usize, &also)?;
        let counts = facts.counts;
        Ok(process::Snapshot {
            at_micros: facts.at_micros,
            counts: process::Counts {
                total: counts.total,
                running: counts.running,
                sleeping: counts.sleeping,
                blocked: counts.blocked,
                stopped: counts.stopped,
                zombie: counts.zombie,
                idle: counts.idle,
                threads: counts.threads,
            },
            groups: facts
                .groups
                .into_iter()
                .map(|group| process::Group {
                    owner: process::Owner { name: group.owner.name, user: group.owner.user },
                    processes: group.processes,
                    threads: group.threads,
                    cpu_micros: group.cpu_micros,
                    resident_bytes: group.resident_bytes,
                })
                .collect(),
        })
    }
}

impl kernel::Host for Guest {
    fn read(&mut self) -> Result<kernel::Snapshot, types::Error> {
        let facts = self.kernel.uptime()?;
        Ok(kernel::Snapshot { boot: u64::try_from(facts.boot.0).unwrap_or(0), uptime_micros: facts.uptime_micros })
    }
}
