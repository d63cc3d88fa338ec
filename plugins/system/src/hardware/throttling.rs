//! How often heat held back the processors, as the kernel counts it.

use autobot_plugin_sdk::sensors::Throttling;
use autobot_plugin_sdk::{Family, Metrics};

pub(crate) static THROTTLES: Family = Family::counter(
    "system_cpu_thermal_throttles_total",
    "1",
    "How often heat held back a core, summed over all cores; threads of one core may count the same event.",
);
pub(crate) static PACKAGE_THROTTLES: Family = Family::counter(
    "system_cpu_package_thermal_throttles_total",
    "1",
    "How often heat held back a whole package: of the package that was held back most.",
);
pub(crate) static CORE_THROTTLES: Family =
    Family::counter("system_cpu_core_thermal_throttles_total", "1", "How often heat held back one core.")
        .labels(&["core"]);

/// What is remembered from collect to collect.
#[derive(Default)]
pub(super) struct Throttles {
    /// By position, with the core's label.
    last: Vec<(u32, u64, String)>,
    total: u64,
}

impl Throttles {
    pub(super) fn set(&mut self, told: &[Throttling], per_core: bool, metrics: &mut Metrics) {
        self.count(told);
        metrics.set(&THROTTLES, &[], self.total as f64);
        let packages = told.iter().map(|one| one.package_events).max().unwrap_or_default();
        metrics.set(&PACKAGE_THROTTLES, &[], packages as f64);
        if per_core {
            for (_, events, label) in &self.last {
                metrics.set(&CORE_THROTTLES, &[label], *events as f64);
            }
        }
    }

    /// Adds what each core counted since: a plain sum would fall when a core is switched off, and leap when it comes back.
    fn count(&mut self, told: &[Throttling]) {
        let is_first = self.last.is_empty();
        let before = std::mem::take(&mut self.last);
        for (at, one) in told.iter().enumerate() {
            let same = |known: &&(u32, u64, String)| known.0 == one.core;
            let known = before.get(at).filter(same).or_else(|| before.iter().find(same));
            let step = match known {
                Some((_, events, _)) => one.core_events.checked_sub(*events).unwrap_or(one.core_events),
                None if is_first => one.core_events,
                None => 0,
            };
            self.total = self.total.saturating_add(step);
            let label = known.map_or_else(|| one.core.to_string(), |(_, _, label)| label.clone());
            self.last.push((one.core, one.core_events, label));
        }
    }
}
