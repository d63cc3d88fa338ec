//! What a GPU consumes, and the work that it does for it.
//!
//! Work per watt is told in two units, both by the joule, because a watt is a joule a second:
//!
//! * time: `utilization / power`. How long a GPU is at work for one joule. Compares one GPU with itself, under another limit
//!   of power or another program.
//! * cycles: `utilization * SM clock / power`. How many clock cycles at work one joule buys. A GPU that is clocked down
//!   works longer for the same result, which time alone would praise.
//!
//! Neither sees how much of the GPU a program fills: NVML calls a GPU busy when a single kernel runs. Both are 0 at rest.

use autobot_plugin_sdk::Family;

use crate::gpu::{Gpu, LABELS, rounded};

pub(crate) static POWER: Family = Family::gauge("hw_power_watts", "W", "Power that a part draws.").labels(LABELS);
pub(crate) static LIMIT: Family =
    Family::gauge("hw_gpu_power_limit_watts", "W", "Power that the GPU may draw.").labels(LABELS);
pub(crate) static DEFAULT_LIMIT: Family = Family::gauge(
    "hw_gpu_power_default_limit_watts",
    "W",
    "Power that the GPU may draw when nobody has changed its limit.",
)
.labels(LABELS);
pub(crate) static ENERGY: Family = Family::counter(
    "hw_energy_joules_total",
    "J",
    "Energy that a part has consumed; of a GPU since its driver was loaded.",
)
.labels(LABELS);
pub(crate) static BUSY_SECONDS_PER_JOULE: Family = Family::gauge(
    "hw_gpu_busy_seconds_per_joule",
    "s/J",
    "Time at work that one joule buys: general utilization by power. No value while the power is 0.",
)
.labels(LABELS);
pub(crate) static BUSY_CYCLES_PER_JOULE: Family = Family::gauge(
    "hw_gpu_busy_cycles_per_joule",
    "1/J",
    "Clock cycles at work that one joule buys: general utilization times SM clock by power. No value while the power is 0.",
)
.labels(LABELS);

pub(crate) fn collect(gpu: &mut Gpu<'_>) {
    let device = gpu.device;
    gpu.set(&POWER, device.power);
    gpu.set(&LIMIT, device.power_limit);
    gpu.set(&DEFAULT_LIMIT, device.power_default_limit);
    gpu.set(&ENERGY, device.energy);
    let work = device.utilization.zip(device.power);
    gpu.set(&BUSY_SECONDS_PER_JOULE, work.map(|(busy, watts)| rounded(by_power(busy, watts), 7)));
    let cycles = work.zip(device.sm_clock);
    gpu.set(&BUSY_CYCLES_PER_JOULE, cycles.map(|((busy, watts), hertz)| by_power(busy * hertz as f64, watts).round()));
}

fn by_power(work: f64, watts: f64) -> f64 {
    if watts > 0.0 { work / watts } else { f64::NAN }
}
