//! Units of systemd: the state of the system, all failed units, and the units that the operator follows.
//!
//! A pattern does not take everything that systemd has loaded: half of it never ran and never should (what timers start,
//! alternatives, units without a file), and `service_up 0` of those would be noise. It takes what runs, what fails, and
//! what was seen to run since the plugin began, for as long as systemd keeps it loaded.

use std::collections::BTreeSet;

use autobot_plugin_sdk::services::{self, Snapshot, Unit};
use autobot_plugin_sdk::{Error, Family, Metrics, glob, log};

use crate::Settings;
use crate::label::cut;
use crate::settings::MOST_UNITS;

pub(crate) static SYSTEM_STATE: Family =
    Family::gauge("service_system_state", "1", "1 for the state that systemd gives the system: running, degraded ...")
        .labels(&["state"]);
pub(crate) static COUNT: Family =
    Family::gauge("service_unit_count", "1", "Units of all kinds by state; the states add up to all that are loaded.")
        .labels(&["state"]);
pub(crate) static FAILED: Family =
    Family::gauge("service_failed", "1", "1 for each failed unit, whether it is followed or not.").labels(&["service"]);
pub(crate) static UP: Family = Family::gauge(
    "service_up",
    "1",
    "1 while active, else 0. Of units that were active since the plugin began, that failed, or that the settings name.",
)
.labels(&["service"]);
pub(crate) static STATE: Family = Family::gauge("service_state", "1", "1 for the state that the unit is in.")
    .labels(&["service", "state", "sub_state"]);
pub(crate) static STATE_START_TIME: Family =
    Family::gauge("service_state_start_time_seconds", "s", "When the unit came into its state, since the Unix epoch.")
        .labels(&["service"]);
pub(crate) static RESTARTS: Family =
    Family::counter("service_restarts_total", "1", "Restarts by systemd since the service was started by hand.")
        .labels(&["service"]);
pub(crate) static EXIT_STATUS: Family = Family::gauge(
    "service_exit_status",
    "1",
    "Exit status of the main process, or the signal that ended it; 0 while it runs. `result` says what came of it.",
)
.labels(&["service", "result"]);
pub(crate) static MEMORY_USAGE: Family =
    Family::gauge("service_memory_usage_bytes", "By", "Memory of the unit, as its control group counts it.")
        .labels(&["service"]);
pub(crate) static CPU_TIME: Family =
    Family::counter("service_cpu_time_seconds_total", "s", "Processor time of the unit since it was started.")
        .labels(&["service"]);
pub(crate) static TASKS: Family =
    Family::gauge("service_task_count", "1", "Processes and threads of the unit.").labels(&["service"]);

/// What is remembered from collect to collect.
pub(crate) struct Units {
    patterns: Vec<String>,
    /// Those of `patterns` that are one unit each.
    names: BTreeSet<String>,
    exclude: Vec<String>,
    idle: bool,
    most: usize,
    /// Those that were active; only such as are in the last answer, which has at most [`MOST_UNITS`].
    active: BTreeSet<String>,
    /// Whether it was said that some are left out.
    said: bool,
}

impl Units {
    pub(crate) fn new(settings: &Settings) -> Self {
        let named = settings.units.iter().filter(|unit| !glob::is_pattern(unit));
        Self {
            patterns: settings.units.clone(),
            names: named.cloned().collect(),
            exclude: settings.exclude_units.clone(),
            idle: settings.idle_units,
            most: usize::try_from(settings.most_units).unwrap_or(MOST_UNITS),
            active: BTreeSet::new(),
            said: false,
        }
    }

    pub(crate) fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let snapshot = services::read(&self.patterns)?;
        metrics.set(&SYSTEM_STATE, &[cut(&snapshot.system_state)], 1.0);
        count(&snapshot, metrics);
        for failed in &snapshot.failed {
            metrics.set(&FAILED, &[cut(failed)], 1.0);
        }
        let listed: BTreeSet<&str> = snapshot.units.iter().map(|unit| unit.name.as_str()).collect();
        for unit in self.follow(&snapshot, &listed) {
            let is_expected = self.is_named(unit) || self.active.contains(&unit.name) || is_failing(unit);
            unit_metrics(unit, is_expected, metrics);
        }
        // systemd forgets a stopped unit that nothing else refers to; whoever named it wants to know that it is down.
        if snapshot.units.len() < MOST_UNITS {
            for name in self.names.iter().filter(|name| !listed.contains(name.as_str())) {
                metrics.set(&UP, &[cut(name)], 0.0);
            }
        }
        Ok(())
    }

    /// Those to be followed, by name; when there are too many, failing ones before others.
    fn follow<'a>(&mut self, snapshot: &'a Snapshot, listed: &BTreeSet<&str>) -> Vec<&'a Unit> {
        self.active.retain(|name| listed.contains(name.as_str()));
        let active = snapshot.units.iter().filter(|unit| is_active(unit));
        self.active.extend(active.map(|unit| unit.name.clone()));
        let mut followed: Vec<&Unit> = snapshot.units.iter().filter(|unit| self.takes(unit)).collect();
        let (found, all) = (followed.len(), snapshot.units.len());
        if found > self.most {
            followed.sort_by_key(|unit| !is_failing(unit));
            followed.truncate(self.most);
            followed.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let left_out = found > self.most || all >= MOST_UNITS;
        if left_out && !self.said {
            log::warn(&format!(
                "systemd: {} units match and {} are followed; let `units` take fewer, or raise `most_units` (to 500 at most)",
                if all >= MOST_UNITS { format!("{MOST_UNITS} or more") } else { found.to_string() },
                followed.len()
            ));
        }
        self.said = left_out;
        followed
    }

    fn takes(&self, unit: &Unit) -> bool {
        if self.is_named(unit) {
            return true;
        }
        let idle = unit.active_state == "inactive" && !self.active.contains(&unit.name);
        // One without a file is only what others refer to.
        let wanted = !idle || (self.idle && !matches!(unit.load_state.as_str(), "not-found" | "masked"));
        wanted && !glob::any_matches(&self.exclude, &unit.name)
    }

    fn is_named(&self, unit: &Unit) -> bool {
        self.names.contains(&unit.name)
    }
}

/// As `systemctl is-active` has it, and while it reloads.
fn is_active(unit: &Unit) -> bool {
    matches!(unit.active_state.as_str(), "active" | "reloading" | "refreshing")
}

/// Failed, or failing over and over.
fn is_failing(unit: &Unit) -> bool {
    unit.active_state == "failed" || unit.sub_state.starts_with("auto-restart")
}

fn count(snapshot: &Snapshot, metrics: &mut Metrics) {
    let counts = &snapshot.counts;
    let named = [
        ("active", counts.active),
        ("failed", counts.failed),
        ("activating", counts.activating),
        ("inactive", counts.inactive),
    ];
    let other = named.iter().fold(counts.total, |left, (_, count)| left.saturating_sub(*count));
    for (state, count) in named.into_iter().chain([("other", other)]) {
        metrics.set(&COUNT, &[state], f64::from(count));
    }
}

fn unit_metrics(unit: &Unit, is_expected: bool, metrics: &mut Metrics) {
    let name = cut(&unit.name);
    if is_expected {
        metrics.set(&UP, &[name], if is_active(unit) { 1.0 } else { 0.0 });
    }
    metrics.set(&STATE, &[name, cut(&unit.active_state), cut(&unit.sub_state)], 1.0);
    if unit.since > 0 {
        metrics.set(&STATE_START_TIME, &[name], unit.since as f64 / 1e3);
    }
    if unit.name.ends_with(".service") {
        metrics.set(&RESTARTS, &[name], f64::from(unit.restarts));
        if !unit.result_code.is_empty() {
            metrics.set(&EXIT_STATUS, &[name, cut(&unit.result_code)], f64::from(unit.exit_status));
        }
    }
    if let Some(memory) = unit.memory {
        metrics.set(&MEMORY_USAGE, &[name], memory as f64);
    }
    if let Some(micros) = unit.cpu_micros {
        metrics.set(&CPU_TIME, &[name], micros as f64 / 1e6);
    }
    if let Some(tasks) = unit.tasks {
        metrics.set(&TASKS, &[name], tasks as f64);
    }
}
