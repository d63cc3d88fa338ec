//! How hot a GPU is, how far that is from its limit, and what holds it back.

use autobot_plugin_sdk::Family;

use crate::gpu::{Gpu, LABELS};

pub(crate) static TEMPERATURE: Family = Family::gauge(
    "hw_temperature_celsius",
    "Cel",
    "Temperature; that of a GPU's memory has `/memory` behind the id, and `memory` behind the name.",
)
.labels(LABELS);
pub(crate) static TEMPERATURE_LIMIT: Family = Family::gauge(
    "hw_gpu_temperature_limit_celsius",
    "Cel",
    "Temperature from where on the GPU slows down, and from where on it shuts down.",
)
.labels(&["id", "name", "limit"]);
pub(crate) static HEADROOM: Family = Family::gauge(
    "hw_gpu_thermal_headroom_celsius",
    "Cel",
    "Degrees left until the GPU slows down (until it shuts down, where only that is known); below 0 it is beyond.",
)
.labels(LABELS);
pub(crate) static FAN: Family = Family::gauge(
    "hw_fan_speed_ratio",
    "1",
    "Speed of a fan as a share of its greatest; of a GPU's several fans the fastest.",
)
.labels(LABELS);
pub(crate) static THROTTLED: Family = Family::gauge(
    "hw_gpu_throttled",
    "1",
    "1 while the GPU's clocks are held back for that reason, in NVML's words, else 0. That it is idle is no reason.",
)
.labels(&["id", "name", "reason"]);

/// All reasons that NVML documents (nvmlClocksThrottleReasons): each has a series while none applies, so that a chart of
/// them does not begin with the first trouble.
const REASONS: [&str; 8] = [
    "applications_clocks_setting",
    "display_clock_setting",
    "hw_power_brake_slowdown",
    "hw_slowdown",
    "hw_thermal_slowdown",
    "sw_power_cap",
    "sw_thermal_slowdown",
    "sync_boost",
];

pub(crate) fn collect(gpu: &mut Gpu<'_>) {
    let device = gpu.device;
    gpu.set(&TEMPERATURE, device.temperature);
    if let Some(celsius) = device.memory_temperature {
        let labels = [format!("{}/memory", gpu.id), format!("{} memory", device.name)];
        gpu.metrics.set(&TEMPERATURE, &[&labels[0], &labels[1]], celsius);
    }
    gpu.set_of(&TEMPERATURE_LIMIT, "slowdown", device.slowdown_temperature);
    gpu.set_of(&TEMPERATURE_LIMIT, "shutdown", device.shutdown_temperature);
    let limit = device.slowdown_temperature.or(device.shutdown_temperature);
    gpu.set(&HEADROOM, limit.zip(device.temperature).map(|(limit, now)| limit - now));
    gpu.set(&FAN, device.fan);
    if let Some(reasons) = &device.throttle_reasons {
        for reason in REASONS {
            let held_back = reasons.iter().any(|found| found == reason);
            gpu.set_of(&THROTTLED, reason, Some(if held_back { 1.0 } else { 0.0 }));
        }
    }
}
