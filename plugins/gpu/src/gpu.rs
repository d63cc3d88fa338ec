//! One GPU at one moment, and the way to set series about it.

use autobot_plugin_sdk::gpu::Device;
use autobot_plugin_sdk::{Family, Metrics};

use crate::INFO;

/// The labels that every series about one GPU has: its identity, and what people call it.
pub(crate) const LABELS: &[&str] = &["id", "name"];

/// What the driver does not tell of a GPU is a series that is not there.
pub(crate) struct Gpu<'a> {
    pub(crate) device: &'a Device,
    pub(crate) id: String,
    pub(crate) metrics: &'a mut Metrics,
}

impl<'a> Gpu<'a> {
    pub(crate) fn new(device: &'a Device, metrics: &'a mut Metrics) -> Self {
        // The number is the last resort: it may change when the machine starts again.
        let id = match (device.uuid.as_str(), device.bus.as_str()) {
            ("", "") => format!("gpu{}", device.index),
            ("", bus) => bus.to_owned(),
            (uuid, _) => uuid.to_owned(),
        };
        Self { device, id, metrics }
    }

    pub(crate) fn info(&mut self, driver: &str, cuda: &str) {
        let Device { index, uuid, name, bus, .. } = self.device;
        self.metrics.set(&INFO, &[&self.id, name, &index.to_string(), uuid, bus, driver, cuda], 1.0);
    }

    pub(crate) fn set(&mut self, family: &'static Family, value: Option<f64>) {
        if let Some(value) = value {
            self.metrics.set(family, &[&self.id, &self.device.name], value);
        }
    }

    /// One of the series that differ in a third label.
    pub(crate) fn set_of(&mut self, family: &'static Family, of: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.metrics.set(family, &[&self.id, &self.device.name, of], value);
        }
    }
}

/// Bytes, hertz and counts are far below 2^53, from where on f64 would round them.
pub(crate) fn number(whole: Option<u64>) -> Option<f64> {
    whole.map(|whole| whole as f64)
}

/// Rounded to so many decimals: what comes behind is noise, which costs disk.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}
