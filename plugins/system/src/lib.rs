//! The system plugin: processors, memory, file systems, disks, network, processes, and the kernel of the machine that it runs on; its
//! sensors, batteries and control groups.
//!
//! The host gives cumulative facts; this crate makes metrics of them. A module for each part, with its families and tests.

mod cgroups;
mod clock;
mod cpu;
mod disk_health;
mod disks;
mod family;
mod filesystems;
mod hardware;
mod kernel;
mod limits;
mod machine;
mod memory;
mod memory_health;
mod names;
mod network;
mod number;
mod omitted;
mod pace;
mod packets;
mod pressure;
mod process_groups;
mod processes;
mod protocols;
mod settings;
mod sockets;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Parts, Timestamp, collector};

pub use settings::Settings;

/// The families of each part.
const PARTS: &[&[&Family]] = &[
    cpu::ALL,
    pressure::ALL,
    memory::ALL,
    memory_health::ALL,
    filesystems::ALL,
    disks::ALL,
    disk_health::ALL,
    network::ALL,
    sockets::ALL,
    protocols::ALL,
    packets::ALL,
    processes::ALL,
    process_groups::ALL,
    kernel::ALL,
    limits::ALL,
    clock::ALL,
    machine::ALL,
    hardware::ALL,
    cgroups::ALL,
    omitted::ALL,
];

/// The plugin.
pub struct System {
    settings: Settings,
    parts: Parts,
    cpu: cpu::Cpu,
    scheduling: kernel::Scheduling,
    memory_health: memory_health::MemoryHealth,
    disk_health: disk_health::DiskHealth,
    interfaces: network::Interfaces,
    tracking: pace::Seldom,
    queues: pace::Pace<autobot_plugin_sdk::net::UdpQueues>,
    machine: pace::Pace<autobot_plugin_sdk::kernel::MachineInfo>,
    processes: processes::Processes,
    hardware: hardware::Hardware,
    cgroups: cgroups::Cgroups,
    omitted: omitted::Omitted,
}

impl Collector for System {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("system", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA);

    const FAMILIES: &[&Family] = &family::join::<{ family::count(PARTS) }>(PARTS);

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let groups = process_groups::ProcessGroups::new(&settings.groups);
        Ok(Self {
            parts: Parts::without(&settings.skip),
            cpu: cpu::Cpu::default(),
            scheduling: kernel::Scheduling::default(),
            memory_health: memory_health::MemoryHealth::default(),
            disk_health: disk_health::DiskHealth::default(),
            interfaces: network::Interfaces::default(),
            tracking: pace::Seldom::default(),
            queues: pace::Pace::default(),
            machine: pace::Pace::default(),
            processes: processes::Processes::new(settings.top_processes as usize, groups),
            hardware: hardware::Hardware::default(),
            cgroups: cgroups::Cgroups::default(),
            omitted: omitted::Omitted::default(),
            settings,
        })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let Self { settings, parts, cpu, scheduling, processes, omitted, .. } = self;
        let per_core = settings.per_core_detail;
        parts.begin();
        parts.run("processors", || cpu.collect(settings.per_core, per_core, metrics));
        parts.run("frequencies", || cpu.frequencies(settings.frequency, metrics));
        parts.run("frequency limits", || scheduling.scalings(metrics));
        parts.run("scheduling", || scheduling.collect(per_core, metrics));
        parts.run("memory", || memory::collect(metrics));
        parts.run("memory nodes", || self.memory_health.nodes(metrics));
        parts.run("memory errors", || self.memory_health.controllers(metrics));
        pressure::collect(parts, metrics);
        parts.run("file systems", || filesystems::collect(settings, omitted, metrics));
        parts.run("disks", || disks::collect(settings, omitted, metrics));
        self.disk_health.collect(settings, parts, metrics);
        parts.run("network interfaces", || self.interfaces.traffic(settings, omitted, metrics));
        parts.run("network details", || self.interfaces.collect(settings, metrics));
        parts.run("bonds", || self.interfaces.bonds(metrics));
        parts.run("sockets", || sockets::collect(metrics));
        parts.run("protocols", || protocols::collect(metrics));
        parts.run("udp queues", || sockets::queues(&mut self.queues, metrics));
        parts.run("neighbours", || sockets::neighbours(settings.most_interfaces, metrics));
        parts.run("softnet", || packets::softnet(per_core, metrics));
        parts.run("conntrack", || packets::tracking(&mut self.tracking, metrics));
        parts.run("processes", || processes.collect(at, metrics));
        parts.run("uptime", || kernel::uptime(metrics));
        parts.run("interrupts", || kernel::activity(settings.interrupt_lines, metrics));
        parts.run("limits", || limits::collect(metrics));
        parts.run("caches", || kernel::caches(metrics));
        parts.run("clock", || clock::collect(metrics));
        parts.run("machine", || machine::collect(&mut self.machine, metrics));
        self.hardware.collect(settings, parts, metrics);
        parts.run("control groups", || self.cgroups.collect(at, settings, metrics));
        omitted.collect(metrics);
        parts.finish()
    }
}

collector!(System);

#[cfg(test)]
mod tests;
