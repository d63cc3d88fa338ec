//! The services plugin: units of systemd, and containers of Docker or Podman, on the machine that it runs on.
//!
//! The host asks systemd and the engine; this crate chooses what is followed and makes metrics of it. A module for each of
//! the two, with its families. Where there is no systemd or no engine, that is said once, and looked for every half minute.

mod containers;
mod label;
mod settings;
mod units;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Parts, Timestamp, clock, collector};

pub use settings::Settings;

/// Asking systemd or an engine costs each of them work for every unit and container; states rarely change faster.
const INTERVAL_MS: u32 = 10_000;
/// Both may take five seconds until they are given up, and a collect ten: after so long the second waits for the next collect.
const SLOW_MICROS: u64 = 3_000_000;

/// The plugin.
pub struct Services {
    parts: Parts,
    units: units::Units,
    containers: Option<containers::Containers>,
}

impl Collector for Services {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("services", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA)
        .interval_ms(INTERVAL_MS);

    const FAMILIES: &[&Family] = &[
        &units::UP,
        &units::STATE,
        &units::STATE_START_TIME,
        &units::RESTARTS,
        &units::EXIT_STATUS,
        &units::MEMORY_USAGE,
        &units::CPU_TIME,
        &units::TASKS,
        &units::FAILED,
        &units::COUNT,
        &units::SYSTEM_STATE,
        &containers::UP,
        &containers::STATE,
        &containers::HEALTH,
        &containers::RESTARTS,
        &containers::EXIT_CODE,
        &containers::START_TIME,
        &containers::MEMORY_USAGE,
        &containers::MEMORY_LIMIT,
        &containers::CPU_TIME,
        &containers::NETWORK_IO,
        &containers::DISK_IO,
        &containers::PROCESSES,
        &containers::INFO,
        &containers::COUNT,
        &containers::ENGINE_INFO,
    ];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        Ok(Self {
            parts: Parts::default(),
            units: units::Units::new(&settings),
            containers: settings.containers.then(|| containers::Containers::new(&settings)),
        })
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let Self { parts, units, containers } = self;
        parts.begin();
        let began = clock::monotonic_micros();
        parts.seek("systemd", || units.collect(metrics));
        if let Some(containers) = containers
            && clock::monotonic_micros().saturating_sub(began) < SLOW_MICROS
        {
            parts.seek("containers", || containers.collect(metrics));
        }
        parts.finish()
    }
}

collector!(Services);

#[cfg(test)]
mod tests;
