//! The NPU plugin: how busy the neural processors of this machine are, how fast they run, and what they hold.
//!
//! The host reads what the kernel's driver `intel_vpu` shows in sysfs, which wakes no device. The driver counts time at work
//! and gives no share; this crate makes the share of it, over the monotonic time between two collections.
//!
//! Where there is no NPU there is nothing to measure: that is said once, and asked again from time to time. No NPU tells
//! its power by this driver, so there is no work per watt; that of the whole package is among the sensors (RAPL).

mod device;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Presence, Timestamp, clock, collector, npu};

use device::Times;

/// The plugin.
#[derive(Default)]
pub struct Npus {
    presence: Presence,
    times: Times,
}

impl Collector for Npus {
    type Settings = ();

    const MANIFEST: Manifest =
        Manifest::new("npu", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION")).interval_ms(5000);

    const FAMILIES: &[&Family] = &[
        &device::INFO,
        &device::UTILIZATION,
        &device::BUSY,
        &device::FREQUENCY,
        &device::FREQUENCY_LIMIT,
        &device::MEMORY_USAGE,
        &device::POWER_STATE,
    ];

    fn new(_settings: ()) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let found = self.presence.ask(|| {
            let devices = npu::read()?;
            // Read right behind, the clock is as late at each collection.
            Ok((devices, clock::monotonic_micros()))
        })?;
        let (devices, now) = found.unwrap_or_default();
        self.times.collect(&devices, now, metrics);
        Ok(())
    }
}

collector!(Npus);

#[cfg(test)]
mod tests;
