//! Pressure: how much time tasks stood still for want of processors, memory, input and output.

use autobot_plugin_sdk::{Error, Family, Metrics, Parts, Pressure, cpu, disk, memory};

pub(crate) static STALLED: Family = Family::gauge(
    "system_pressure_stalled_ratio",
    "1",
    "Share of time that some or all tasks waited for a resource, over 10, 60 and 300 seconds.",
)
.labels(&["resource", "scope", "window"]);

type Read = fn() -> Result<Pressure, Error>;

pub(crate) fn collect(parts: &mut Parts, metrics: &mut Metrics) {
    let resources: [(&str, &str, Read); 3] = [
        ("cpu", "pressure on processors", cpu::stalls),
        ("memory", "pressure on memory", memory::stalls),
        ("io", "pressure on input and output", disk::stalls),
    ];
    for (resource, part, read) in resources {
        parts.run(part, || {
            let pressure = read()?;
            for (scope, stall) in [("some", Some(pressure.some)), ("full", pressure.full)] {
                let Some(stall) = stall else { continue };
                for (window, ratio) in [("10s", stall.avg10), ("60s", stall.avg60), ("300s", stall.avg300)] {
                    metrics.set(&STALLED, &[resource, scope, window], ratio);
                }
            }
            Ok(())
        });
    }
}
