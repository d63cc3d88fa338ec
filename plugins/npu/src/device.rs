//! One NPU at one moment, and the time that it has been at work since the last.

use autobot_plugin_sdk::npu::Device;
use autobot_plugin_sdk::{Family, Metrics};

const LABELS: &[&str] = &["id", "name"];

pub(crate) static INFO: Family = Family::gauge(
    "hw_npu_info",
    "1",
    "Always 1; its labels are the kernel's name of the NPU, its PCI id, and driver and firmware.",
)
.labels(&["id", "name", "device", "pci_id", "driver", "firmware"]);
pub(crate) static UTILIZATION: Family = Family::gauge(
    "hw_npu_utilization_ratio",
    "1",
    "Share of time at work since the last collection: the difference of its time at work by the time that passed. No value at \
     first, and when the driver was loaded anew.",
)
.labels(LABELS);
pub(crate) static BUSY: Family =
    Family::counter("hw_npu_busy_time_seconds_total", "s", "Time at work since the driver was loaded.").labels(LABELS);
pub(crate) static FREQUENCY: Family =
    Family::gauge("hw_npu_frequency_hertz", "Hz", "Frequency now; 0 while the NPU is suspended.").labels(LABELS);
pub(crate) static FREQUENCY_LIMIT: Family =
    Family::gauge("hw_npu_frequency_limit_hertz", "Hz", "Frequency at most.").labels(LABELS);
pub(crate) static MEMORY_USAGE: Family =
    Family::gauge("hw_npu_memory_usage_bytes", "By", "Memory of the machine in use by the NPU, its firmware included.")
        .labels(LABELS);
pub(crate) static POWER_STATE: Family = Family::gauge(
    "hw_npu_power_state",
    "1",
    "1 for the state that the kernel's power management has the NPU in, 0 for the others.",
)
.labels(&["id", "name", "state"]);

/// All that the kernel documents (Documentation/ABI/testing/sysfs-devices-power, `runtime_status`), in the order of a rest.
const STATES: [&str; 6] = ["active", "suspending", "suspended", "resuming", "error", "unsupported"];

/// The makers' names of the processors that the NPUs are part of, by PCI id (the kernel's drivers/accel/ivpu/ivpu_drv.h).
const MODELS: [(&str, &str); 5] = [
    ("0x7d1d", "Meteor Lake"),
    ("0xad1d", "Arrow Lake"),
    ("0x643e", "Lunar Lake"),
    ("0xb03e", "Panther Lake"),
    ("0xfd3e", "Wildcat Lake"),
];

/// Time at work of each NPU when it was last looked at: only of those that were there then.
#[derive(Default)]
pub(crate) struct Times(Vec<Time>);

struct Time {
    id: String,
    busy_micros: u64,
    /// On the monotonic clock.
    at_micros: u64,
}

impl Times {
    /// Sets what is to be told of `devices`, which were read at `now`.
    pub(crate) fn collect(&mut self, devices: &[Device], now: u64, metrics: &mut Metrics) {
        let mut times = Vec::with_capacity(devices.len());
        for device in devices {
            // The place, which stays when devices are numbered otherwise.
            let id = if device.bus.is_empty() { &device.name } else { &device.bus };
            let last = self.0.iter().find(|time| time.id == *id);
            let ratio = last.map_or(f64::NAN, |last| last.ratio(device.busy_micros, now));
            device_to(metrics, id, device, ratio);
            times.push(Time { id: id.clone(), busy_micros: device.busy_micros, at_micros: now });
        }
        self.0 = times;
    }
}

impl Time {
    /// The share of the time since then. The counter's clock and ours are read at slightly different moments, so a little
    /// more than all is all. A counter that went back is that of a driver that was loaded anew.
    fn ratio(&self, busy_micros: u64, now: u64) -> f64 {
        let passed = now.saturating_sub(self.at_micros);
        match busy_micros.checked_sub(self.busy_micros) {
            Some(busy) if passed > 0 => ((busy as f64 / passed as f64).min(1.0) * 1e5).round() / 1e5,
            _ => f64::NAN,
        }
    }
}

fn device_to(metrics: &mut Metrics, id: &str, device: &Device, ratio: f64) {
    let model = MODELS.iter().find(|(pci_id, _)| *pci_id == device.device_id);
    let name = match model {
        Some((_, model)) => format!("Intel NPU ({model})"),
        None => "Intel NPU".to_owned(),
    };
    let labels = [id, &name];
    let firmware = device.firmware.as_deref().unwrap_or_default();
    metrics.set(&INFO, &[id, &name, &device.name, &device.device_id, &device.driver, firmware], 1.0);
    metrics.set(&UTILIZATION, &labels, ratio);
    metrics.set(&BUSY, &labels, device.busy_micros as f64 / 1e6);
    for (family, value) in
        [(&FREQUENCY, device.clock), (&FREQUENCY_LIMIT, device.max_clock), (&MEMORY_USAGE, device.memory)]
    {
        if let Some(value) = value {
            metrics.set(family, &labels, value as f64);
        }
    }
    if STATES.contains(&device.power_state.as_str()) {
        for state in STATES {
            metrics.set(&POWER_STATE, &[id, &name, state], if device.power_state == state { 1.0 } else { 0.0 });
        }
    }
}
