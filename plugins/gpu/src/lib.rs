//! The GPU plugin: what NVIDIA's GPUs of this machine do, hold, consume and suffer, and what they get done for a joule.
//!
//! The host asks NVML and gives plain facts; this crate makes metrics of them, in the names of OpenTelemetry's conventions
//! for hardware where they have one. A module for each part, with its families. The floor is the list that NVIDIA's own
//! exporter measures by default (`default-counters.csv` of dcgm-exporter), as far as NVML tells it without a profiler.
//!
//! Where there is no GPU there is nothing to measure: that is said once, and asked again from time to time. A GPU that
//! falls off the bus ends its series and is counted as lost, the others go on.

mod bus;
mod clocks;
mod errors;
mod gpu;
mod heat;
mod load;
mod power;
mod processes;
mod settings;

use autobot_plugin_sdk::gpu::Snapshot;
use autobot_plugin_sdk::{
    Collector, Error, Family, Manifest, Metrics, Presence, Timestamp, collector, gpu as nvml, log,
};

use gpu::Gpu;
pub use settings::Settings;

pub(crate) static INFO: Family = Family::gauge(
    "hw_gpu_info",
    "1",
    "Always 1; its labels are the number that the driver gave the GPU, its identity and place, and the versions of driver and CUDA.",
)
.labels(&["id", "name", "index", "uuid", "bus", "driver", "cuda"]);
pub(crate) static COUNT: Family = Family::gauge("hw_gpu_count", "1", "GPUs that answer.");
pub(crate) static LOST: Family = Family::gauge("hw_gpu_lost", "1", "GPUs that are there and do not answer.");

/// The plugin.
pub struct Gpus {
    presence: Presence,
    processes: processes::Processes,
    /// What was said of those that do not answer.
    lost: Vec<String>,
}

impl Collector for Gpus {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("gpu", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA)
        .interval_ms(5000);

    const FAMILIES: &[&Family] = &[
        &INFO,
        &COUNT,
        &LOST,
        &load::UTILIZATION,
        &load::MEMORY_USAGE,
        &load::MEMORY_RESERVED,
        &load::MEMORY_LIMIT,
        &load::MEMORY_UTILIZATION,
        &load::BAR1_USAGE,
        &load::BAR1_LIMIT,
        &heat::TEMPERATURE,
        &heat::TEMPERATURE_LIMIT,
        &heat::HEADROOM,
        &heat::FAN,
        &heat::THROTTLED,
        &power::POWER,
        &power::LIMIT,
        &power::DEFAULT_LIMIT,
        &power::ENERGY,
        &power::BUSY_SECONDS_PER_JOULE,
        &power::BUSY_CYCLES_PER_JOULE,
        &clocks::CLOCK,
        &clocks::CLOCK_LIMIT,
        &clocks::PERFORMANCE_STATE,
        &clocks::PERSISTENCE,
        &bus::IO,
        &bus::GENERATION,
        &bus::GENERATION_LIMIT,
        &bus::WIDTH,
        &bus::WIDTH_LIMIT,
        &bus::REPLAYS,
        &errors::ERRORS,
        &errors::LIFETIME_ERRORS,
        &errors::RETIRED_PAGES,
        &errors::REMAPPED_ROWS,
        &processes::MEMORY_USAGE,
        &processes::UTILIZATION,
    ];

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let processes = processes::Processes::new(settings.top_processes as usize);
        Ok(Self { presence: Presence::default(), processes, lost: Vec::new() })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let Some(found) = self.presence.ask(read)? else {
            self.lost.clear();
            return Ok(());
        };
        metrics.set(&COUNT, &[], found.devices.len() as f64);
        metrics.set(&LOST, &[], found.lost.len() as f64);
        self.processes.begin(at);
        for device in &found.devices {
            let mut gpu = Gpu::new(device, metrics);
            gpu.info(&found.driver, &found.cuda);
            load::collect(&mut gpu);
            heat::collect(&mut gpu);
            power::collect(&mut gpu);
            clocks::collect(&mut gpu);
            bus::collect(&mut gpu);
            errors::collect(&mut gpu);
            self.processes.collect(&mut gpu);
        }
        self.tell_lost(found)
    }
}

/// A driver without a GPU is as good as none.
fn read() -> Result<Snapshot, Error> {
    let found = nvml::read()?;
    if found.devices.is_empty() && found.lost.is_empty() {
        return Err(Error::NotPresent(format!("the NVIDIA driver {} is here and knows no GPU", found.driver)));
    }
    Ok(found)
}

impl Gpus {
    /// What is new about GPUs that do not answer is said once. The collection has failed only when none does.
    fn tell_lost(&mut self, found: Snapshot) -> Result<(), Error> {
        if found.devices.is_empty() {
            return Err(Error::Failed(found.lost.join("; ")));
        }
        for reason in found.lost.iter().filter(|reason| !self.lost.contains(reason)) {
            log::warn(reason);
        }
        if found.lost.len() < self.lost.len() {
            let still = match found.lost.len() {
                0 => "all do now".to_owned(),
                count => format!("{count} do not"),
            };
            log::info(&format!("a GPU that was lost answers again; {still}"));
        }
        self.lost = found.lost;
        Ok(())
    }
}

collector!(Gpus);

#[cfg(test)]
mod tests;
