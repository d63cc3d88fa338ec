//! How much work a joule does: the processors' busy time against the energy of their packages.
//!
//! Work here is time in which a core was neither idle nor waiting for a device (proc_stat(5)), the energy is RAPL's, both over
//! the same stretch of time. Busy seconds per joule are busy cores per watt; the same machine at the same clock does more of
//! them the busier it is, because what it draws when idle is shared by more work. How large that share is, the idle power
//! says: the least power of an hour.

use autobot_plugin_sdk::{Error, Family, Metrics, cpu};

use super::meters::{Step, round};

pub(crate) static ENERGY: Family = Family::counter(
    "system_cpu_energy_joules_total",
    "J",
    "Energy of all processors' packages together, by RAPL, since the plugin began.",
);
pub(crate) static POWER: Family = Family::gauge(
    "system_cpu_power_watts",
    "W",
    "Power of all processors' packages together: their energy by RAPL since the last collect, by the time.",
);
pub(crate) static BUSY_PER_JOULE: Family = Family::gauge(
    "system_cpu_busy_seconds_per_joule",
    "s/J",
    "Work per energy: busy time of all cores (neither idle nor iowait, /proc/stat) by the energy of their packages (RAPL), both \
     since the last collect; the same as busy cores per watt.",
);
pub(crate) static IDLE_POWER: Family = Family::gauge(
    "system_cpu_idle_power_watts",
    "W",
    "The least power of all packages together in the last hour: what they draw for nothing, if they were idle once.",
);
pub(crate) static IDLE_SHARE: Family = Family::gauge(
    "system_cpu_idle_power_ratio",
    "1",
    "Share of the present power that they would draw idle: system_cpu_idle_power_watts / system_cpu_power_watts.",
);

/// The hour is remembered as its least power of each five minutes.
const SLOTS: u64 = 12;
const SLOT_MICROS: u64 = 5 * 60 * 1_000_000;

/// What is remembered from collect to collect.
#[derive(Default)]
pub(super) struct Efficiency {
    busy_micros: Option<u64>,
    joules: f64,
    /// When it began to watch.
    since_micros: Option<u64>,
    /// Number and least power of the last slots, at most [`SLOTS`].
    least: Vec<(u64, f64)>,
}

impl Efficiency {
    /// `energy` of the packages, at `at_micros` of a clock that never goes back.
    pub(super) fn collect(&mut self, energy: Step, at_micros: u64, metrics: &mut Metrics) -> Result<(), Error> {
        self.joules += energy.joules;
        metrics.set(&ENERGY, &[], round(self.joules, 1e3));
        let watts = energy.seconds.map(|seconds| energy.joules / seconds);
        metrics.set(&POWER, &[], watts.map_or(f64::NAN, |watts| round(watts, 1e3)));
        // No energy at all is a counter that stood still, not a processor that ran for nothing.
        let watts = watts.filter(|watts| *watts > 0.0);
        if let (Some(watts), Some(idle)) = (watts, watts.and_then(|watts| self.idle(watts, at_micros))) {
            metrics.set(&IDLE_POWER, &[], round(idle, 1e3));
            metrics.set(&IDLE_SHARE, &[], round(idle / watts, 1e4));
        }
        let busy_micros = busy(&cpu::read()?.total);
        let before = self.busy_micros.replace(busy_micros);
        let worked = before.and_then(|before| busy_micros.checked_sub(before)).map(|micros| micros as f64 / 1e6);
        let per_joule = match (worked, watts) {
            (Some(seconds), Some(_)) => round(seconds / energy.joules, 1e5),
            _ => f64::NAN,
        };
        metrics.set(&BUSY_PER_JOULE, &[], per_joule);
        Ok(())
    }

    /// No package counts: what is read next has nothing before it.
    pub(super) fn pause(&mut self) {
        self.busy_micros = None;
    }

    /// The least power of the last hour, this one included; unknown within the first five minutes.
    fn idle(&mut self, watts: f64, at_micros: u64) -> Option<f64> {
        let since = *self.since_micros.get_or_insert(at_micros);
        let slot = at_micros / SLOT_MICROS;
        match self.least.last_mut() {
            Some((known, least)) if *known == slot => *least = least.min(watts),
            _ => self.least.push((slot, watts)),
        }
        self.least.retain(|(known, _)| slot.saturating_sub(*known) < SLOTS);
        let least = self.least.iter().map(|(_, least)| *least).fold(watts, f64::min);
        (at_micros.saturating_sub(since) >= SLOT_MICROS).then_some(least)
    }
}

fn busy(times: &cpu::Times) -> u64 {
    [times.user, times.nice, times.system, times.irq, times.softirq, times.steal]
        .iter()
        .fold(0, |sum, micros| sum.saturating_add(*micros))
}
