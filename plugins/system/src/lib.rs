//! The system plugin: processors, load, memory, swap, pressure, file systems, disks, network, processes and uptime of the
//! machine that it runs on; its sensors, batteries and control groups.
//!
//! The host gives cumulative facts; this crate makes metrics of them. A module for each part, with its families and tests.

mod cgroups;
mod cpu;
mod disks;
mod filesystems;
mod hardware;
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
    hardware: hardware::Hardware,
    cgroups: cgroups::Cgroups,
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
        &hardware::sensors::TEMPERATURE,
        &hardware::sensors::TEMPERATURE_LIMIT,
        &hardware::headroom::DEGREES,
        &hardware::headroom::RATIO,
        &hardware::sensors::FAN,
        &hardware::sensors::FAN_LIMIT,
        &hardware::sensors::POWER,
        &hardware::sensors::POWER_LIMIT,
        &hardware::sensors::ENERGY,
        &hardware::sensors::VOLTAGE,
        &hardware::sensors::VOLTAGE_LIMIT,
        &hardware::sensors::CURRENT,
        &hardware::sensors::CURRENT_LIMIT,
        &hardware::sensors::HUMIDITY,
        &hardware::sensors::ALARM,
        &hardware::throttling::THROTTLES,
        &hardware::throttling::PACKAGE_THROTTLES,
        &hardware::throttling::CORE_THROTTLES,
        &hardware::efficiency::ENERGY,
        &hardware::efficiency::POWER,
        &hardware::efficiency::BUSY_PER_JOULE,
        &hardware::efficiency::IDLE_POWER,
        &hardware::efficiency::IDLE_SHARE,
        &hardware::supplies::ONLINE,
        &hardware::supplies::PRESENT,
        &hardware::supplies::CHARGE,
        &hardware::supplies::STATE,
        &hardware::supplies::ENERGY,
        &hardware::supplies::ENERGY_LIMIT,
        &hardware::supplies::HEALTH,
        &hardware::supplies::CYCLES,
        &hardware::supplies::TIME_LEFT,
        &cgroups::series::CPU_TIME,
        &cgroups::series::CPU_UTILIZATION,
        &cgroups::series::CPU_LIMIT,
        &cgroups::series::CPU_LIMIT_UTILIZATION,
        &cgroups::series::THROTTLED_TIME,
        &cgroups::series::THROTTLED_PERIODS,
        &cgroups::series::MEMORY,
        &cgroups::series::MEMORY_STATE,
        &cgroups::series::MEMORY_LIMIT,
        &cgroups::series::MEMORY_UTILIZATION,
        &cgroups::series::SWAP,
        &cgroups::series::OOM_KILLS,
        &cgroups::series::IO,
        &cgroups::series::OPERATIONS,
        &cgroups::series::PROCESSES,
        &cgroups::series::STALLED,
    ];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let processes = processes::Processes::new(settings.top_processes as usize);
        Ok(Self {
            settings,
            parts: Parts::default(),
            cpu: cpu::Cpu::default(),
            processes,
            hardware: hardware::Hardware::default(),
            cgroups: cgroups::Cgroups::default(),
        })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let Self { settings, parts, cpu, processes, hardware, cgroups } = self;
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
        hardware.collect(settings, parts, metrics);
        parts.run("control groups", || cgroups.collect(at, settings, metrics));
        parts.finish()
    }
}

collector!(System);

#[cfg(test)]
mod tests;
