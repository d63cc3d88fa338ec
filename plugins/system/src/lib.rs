//! The system plugin: processors, load, memory, swap, pressure, file systems, disks, network, processes and uptime of the
//! machine that it runs on.
//!
//! The host gives cumulative facts; this crate makes metrics of them. A module for each part, with its families and tests.

mod cpu;
mod disks;
mod filesystems;
mod memory;
mod network;
mod pressure;
mod processes;
mod settings;
mod uptime;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Parts, Timestamp, collector};

pub use settings::Settings;

/// The plugin.
pub struct System {
    settings: Settings,
    parts: Parts,
    cpu: cpu::Cpu,
    processes: processes::Processes,
}

impl Collector for System {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("system", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA);

    const FAMILIES: &[&Family] = &[
        &cpu::UTILIZATION,
        &cpu::CORE_UTILIZATION,
        &cpu::TIME,
        &cpu::LOAD_1M,
        &cpu::LOAD_5M,
        &cpu::LOAD_15M,
        &cpu::FREQUENCY,
        &pressure::STALLED,
        &memory::USAGE,
        &memory::LIMIT,
        &memory::UTILIZATION,
        &memory::PAGING_USAGE,
        &memory::PAGING_OPERATIONS,
        &filesystems::USAGE,
        &filesystems::UTILIZATION,
        &filesystems::INODES_UTILIZATION,
        &disks::IO,
        &disks::OPERATIONS,
        &disks::OPERATION_TIME,
        &disks::IO_TIME,
        &network::IO,
        &network::PACKETS,
        &network::ERRORS,
        &network::DROPPED,
        &network::CONNECTIONS,
        &network::RETRANSMITS,
        &processes::COUNT,
        &processes::CPU_UTILIZATION,
        &processes::MEMORY_USAGE,
        &uptime::UPTIME,
    ];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let processes = processes::Processes::new(settings.top_processes as usize);
        Ok(Self { settings, parts: Parts::default(), cpu: cpu::Cpu::default(), processes })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let Self { settings, parts, cpu, processes } = self;
        parts.begin();
        parts.run("processors", || cpu.collect(settings.per_core, metrics));
        parts.run("frequencies", || cpu.frequencies(settings.frequency, metrics));
        parts.run("memory", || memory::collect(metrics));
        pressure::collect(parts, metrics);
        parts.run("file systems", || filesystems::collect(&settings.exclude_mountpoints, metrics));
        parts.run("disks", || disks::collect(&settings.exclude_devices, metrics));
        parts.run("network interfaces", || network::collect_links(&settings.exclude_interfaces, metrics));
        parts.run("sockets", || network::collect_sockets(metrics));
        parts.run("processes", || processes.collect(at, metrics));
        parts.run("uptime", || uptime::collect(metrics));
        parts.finish()
    }
}

collector!(System);

#[cfg(test)]
mod tests;
