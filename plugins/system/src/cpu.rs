//! Processors: utilization from the differences of their times, times by mode, load, frequency.

use autobot_plugin_sdk::cpu::{self, Times};
use autobot_plugin_sdk::{Error, Metrics};

use crate::family::families;
use crate::number::{ratio, seconds};
use crate::pace::Seldom;

families! {
    UTILIZATION: gauge "system_cpu_utilization_ratio" "1" [] "Share of time that the processors were busy, over all of them.";
    CORE_UTILIZATION: gauge "system_cpu_core_utilization_ratio" "1" ["core"] "Share of time that one processor was busy.";
    TIME: counter "system_cpu_time_seconds_total" "s" ["mode"] "Time of all processors by mode.";
    GUEST_TIME: counter "system_cpu_guest_time_seconds_total" "s" ["mode"]
        "Time that virtual machines ran on the processors, a part of the modes user and nice.";
    CORE_TIME: counter "system_cpu_core_time_seconds_total" "s" ["core", "mode"] "Time of one processor by mode.";
    LOAD_1M: gauge "system_cpu_load_average_1m" "1" [] "Load average over one minute.";
    LOAD_5M: gauge "system_cpu_load_average_5m" "1" [] "Load average over five minutes.";
    LOAD_15M: gauge "system_cpu_load_average_15m" "1" [] "Load average over fifteen minutes.";
    CONTEXT_SWITCHES: counter "system_cpu_context_switches_total" "1" [] "How often processors went from one thread to another.";
    RUNNABLE: gauge "system_cpu_runnable_threads" "1" [] "Threads that run, or could if there were a processor for them.";
    BLOCKED: gauge "system_cpu_blocked_threads" "1" [] "Threads that wait for a device.";
    FREQUENCY: gauge "system_cpu_frequency_hertz" "Hz" ["core"] "Current frequency of one processor.";
}

/// What is remembered from collect to collect.
#[derive(Default)]
pub(crate) struct Cpu {
    last: Option<cpu::Snapshot>,
    /// Labels of the cores, by position, so that they are not written anew each time.
    names: Vec<(u32, String)>,
    seldom: Seldom,
}

impl Cpu {
    pub(crate) fn collect(
        &mut self,
        per_core: bool,
        per_core_detail: bool,
        metrics: &mut Metrics,
    ) -> Result<(), Error> {
        let now = cpu::read()?;
        let last = self.last.as_ref();
        metrics.set(&UTILIZATION, &[], last.map_or(f64::NAN, |last| busy_ratio(&last.total, &now.total)));
        if per_core {
            for (at, core) in now.cores.iter().enumerate() {
                // A core that came online since has no earlier times, and shifts those behind it.
                let earlier = last.and_then(|last| {
                    let same = |other: &&cpu::Core| other.id == core.id;
                    last.cores.get(at).filter(same).or_else(|| last.cores.iter().find(same))
                });
                let ratio = earlier.map_or(f64::NAN, |earlier| busy_ratio(&earlier.times, &core.times));
                metrics.set(&CORE_UTILIZATION, &[name(&mut self.names, at, core.id)], ratio);
            }
        }
        for (mode, micros) in by_mode(&now.total) {
            metrics.set(&TIME, &[mode], seconds(micros));
        }
        if now.total.guest > 0 || now.total.guest_nice > 0 {
            metrics.set(&GUEST_TIME, &["user"], seconds(now.total.guest));
            metrics.set(&GUEST_TIME, &["nice"], seconds(now.total.guest_nice));
        }
        if per_core_detail {
            for (at, core) in now.cores.iter().enumerate() {
                for (mode, micros) in by_mode(&core.times) {
                    metrics.set(&CORE_TIME, &[name(&mut self.names, at, core.id), mode], seconds(micros));
                }
            }
        }
        metrics.set(&LOAD_1M, &[], now.load1);
        metrics.set(&LOAD_5M, &[], now.load5);
        metrics.set(&LOAD_15M, &[], now.load15);
        metrics.set(&CONTEXT_SWITCHES, &[], now.context_switches as f64);
        metrics.set(&RUNNABLE, &[], f64::from(now.runnable));
        metrics.set(&BLOCKED, &[], f64::from(now.blocked));
        self.last = Some(now);
        Ok(())
    }

    pub(crate) fn frequencies(&mut self, wanted: bool, metrics: &mut Metrics) -> Result<(), Error> {
        if !wanted {
            return Ok(());
        }
        let frequencies = self.seldom.ask(cpu::frequencies)?;
        for (at, frequency) in frequencies.iter().enumerate() {
            metrics.set(&FREQUENCY, &[name(&mut self.names, at, frequency.core)], frequency.hertz as f64);
        }
        Ok(())
    }
}

fn name(names: &mut Vec<(u32, String)>, at: usize, core: u32) -> &str {
    if names.get(at).is_none_or(|(known, _)| *known != core) {
        names.truncate(at);
        names.resize_with(at, Default::default);
        names.push((core, core.to_string()));
    }
    &names[at].1
}

fn by_mode(times: &Times) -> [(&'static str, u64); 8] {
    [
        ("user", times.user),
        ("nice", times.nice),
        ("system", times.system),
        ("idle", times.idle),
        ("iowait", times.iowait),
        ("irq", times.irq),
        ("softirq", times.softirq),
        ("steal", times.steal),
    ]
}

/// Share of the time between two moments that was neither idle nor waiting for a device. NaN when no time has passed.
fn busy_ratio(earlier: &Times, later: &Times) -> f64 {
    let sum = |times: &Times| by_mode(times).iter().fold(0u64, |sum, (_, micros)| sum.saturating_add(*micros));
    let idle = |times: &Times| times.idle.saturating_add(times.iowait);
    let passed = sum(later).saturating_sub(sum(earlier));
    // `iowait` may go backwards, proc_stat(5): the difference is then too small, never negative or more than all.
    let idle = idle(later).saturating_sub(idle(earlier)).min(passed);
    ratio(passed - idle, passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_stays_between_0_and_1_whatever_the_counters_do() {
        let times = |user, idle, iowait| Times {
            user,
            nice: 0,
            system: 0,
            idle,
            iowait,
            irq: 0,
            softirq: 0,
            steal: 0,
            guest: 0,
            guest_nice: 0,
        };
        for (earlier, later, ratio) in [
            (times(0, 0, 0), times(25, 75, 0), 0.25),
            (times(0, 0, 0), times(0, 50, 50), 0.0),
            (times(0, 0, 50), times(100, 0, 40), 1.0),
            (times(0, 0, 50), times(10, 0, 50), 1.0),
            (times(100, 100, 0), times(100, 200, 0), 0.0),
        ] {
            assert_eq!(busy_ratio(&earlier, &later), ratio, "{earlier:?} {later:?}");
        }
        assert!(busy_ratio(&times(5, 5, 0), &times(5, 5, 0)).is_nan());
        assert!(busy_ratio(&times(50, 50, 0), &times(1, 1, 0)).is_nan(), "counters that began anew");
    }
}
