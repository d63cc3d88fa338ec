//! The kernel as a whole: its start, forks and interrupts, caches of names, scheduling.

use autobot_plugin_sdk::{Error, Metrics, cpu, kernel};

use crate::family::families;
use crate::number::{seconds, to_micros};
use crate::pace::{Pace, Seldom};

families! {
    UPTIME: gauge "system_uptime_seconds" "s" [] "Time since the machine was started.";
    BOOT_TIME: gauge "system_boot_time_seconds" "s" [] "When the machine was started, since 1970.";
    CREATED: counter "system_process_created_total" "1" [] "Processes and threads that were begun.";
    INTERRUPTS: counter "system_interrupts_total" "1" [] "Interrupts of all lines.";
    INTERRUPT_LINES: counter "system_interrupt_line_total" "1" ["line", "device"] "Interrupts of the busiest lines.";
    SOFTIRQS: counter "system_softirqs_total" "1" ["kind"] "Deferred interrupts by kind.";
    CACHE_ENTRIES: gauge "system_kernel_cache_entries" "1" ["cache", "state"] "Names and files that the kernel remembers.";
    SCHEDULED_TIME: counter "system_cpu_scheduled_seconds_total" "s" ["state"] "Time that tasks ran on processors, and waited for one.";
    TIMESLICES: counter "system_cpu_timeslices_total" "1" [] "How often a task had its turn.";
    CORE_SCHEDULED_TIME: counter "system_cpu_core_scheduled_seconds_total" "s" ["core", "state"] "The same of one processor.";
    FREQUENCY_LIMIT: gauge "system_cpu_frequency_limit_hertz" "Hz" ["core", "limit"] "Between what the frequency of a processor may be.";
    GOVERNORS: gauge "system_cpu_governor_cores" "1" ["governor"] "Processors by who chooses their frequency.";
}

pub(crate) fn uptime(metrics: &mut Metrics) -> Result<(), Error> {
    let now = kernel::read()?;
    metrics.set(&UPTIME, &[], seconds(now.uptime_micros));
    metrics.set(&BOOT_TIME, &[], to_micros(now.boot as f64 / 1e3));
    Ok(())
}

pub(crate) fn activity(lines: u32, metrics: &mut Metrics) -> Result<(), Error> {
    let now = kernel::activity(lines)?;
    metrics.set(&CREATED, &[], now.forks as f64);
    metrics.set(&INTERRUPTS, &[], now.interrupts as f64);
    for (kind, count) in &now.softirqs_by_kind {
        metrics.set(&SOFTIRQS, &[kind], *count as f64);
    }
    for one in &now.interrupts_by_line {
        metrics.set(&INTERRUPT_LINES, &[&one.line, &one.device], one.count as f64);
    }
    Ok(())
}

pub(crate) fn caches(metrics: &mut Metrics) -> Result<(), Error> {
    let now = kernel::caches()?;
    for (cache, all, unused) in [("names", now.names, now.names_unused), ("inodes", now.inodes, now.inodes_unused)] {
        metrics.set(&CACHE_ENTRIES, &[cache, "used"], all.saturating_sub(unused) as f64);
        metrics.set(&CACHE_ENTRIES, &[cache, "unused"], unused as f64);
    }
    Ok(())
}

/// Scheduling, which not every kernel counts, and the bounds of frequencies.
#[derive(Default)]
pub(crate) struct Scheduling {
    turns: Seldom,
    scalings: Pace<Vec<cpu::Scaling>>,
}

impl Scheduling {
    pub(crate) fn collect(&mut self, per_core: bool, metrics: &mut Metrics) -> Result<(), Error> {
        let turns = self.turns.ask(cpu::schedule)?;
        let sum = |of: fn(&cpu::Turns) -> u64| turns.iter().fold(0u64, |sum, core| sum.saturating_add(of(core)));
        metrics.set(&SCHEDULED_TIME, &["running"], seconds(sum(|core| core.running_micros)));
        metrics.set(&SCHEDULED_TIME, &["waiting"], seconds(sum(|core| core.waiting_micros)));
        metrics.set(&TIMESLICES, &[], sum(|core| core.count) as f64);
        if per_core {
            for core in &turns {
                let name = core.core.to_string();
                metrics.set(&CORE_SCHEDULED_TIME, &[&name, "running"], seconds(core.running_micros));
                metrics.set(&CORE_SCHEDULED_TIME, &[&name, "waiting"], seconds(core.waiting_micros));
            }
        }
        Ok(())
    }

    pub(crate) fn scalings(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let all = self.scalings.look(cpu::scalings)?;
        let mut governors: Vec<(&str, u32)> = Vec::new();
        for one in all {
            let core = one.core.to_string();
            metrics.set(&FREQUENCY_LIMIT, &[&core, "lowest"], one.lowest as f64);
            metrics.set(&FREQUENCY_LIMIT, &[&core, "highest"], one.highest as f64);
            match governors.iter_mut().find(|(name, _)| *name == one.governor) {
                Some((_, count)) => *count += 1,
                None => governors.push((&one.governor, 1)),
            }
        }
        for (governor, count) in governors {
            metrics.set(&GOVERNORS, &[governor], f64::from(count));
        }
        Ok(())
    }
}
