//! Pressure: how much time tasks stood still for want of processors, memory, input and output.

use autobot_plugin_sdk::{Error, Metrics, Parts, Pressure, cpu, disk, memory};

use crate::family::families;
use crate::number::seconds;

families! {
    STALLED: gauge "system_pressure_stalled_ratio" "1" ["resource", "scope", "window"]
        "Share of time that some or all tasks waited for a resource, over 10, 60 and 300 seconds.";
    STALLED_TIME: counter "system_pressure_stalled_seconds_total" "s" ["resource", "scope"]
        "Time that some or all tasks waited for a resource.";
}

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
                metrics.set(&STALLED_TIME, &[resource, scope], seconds(stall.total_micros));
            }
            Ok(())
        });
    }
}
