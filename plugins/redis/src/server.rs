//! What a server is, since when, how it is set up, and how much of a processor it uses.

use std::collections::BTreeMap;

use autobot_plugin_sdk::{Family, Metrics};

use crate::fields::TARGET;
use crate::info::Info;
use crate::number::{self, label};

pub(crate) static INFO: Family = Family::gauge(
    "redis_info",
    "1",
    "Always 1; its labels are which server it is (redis, valkey), its version and mode, what it drops when memory is full, and where it runs.",
)
.labels(&["target", "server", "version", "mode", "eviction", "os"]);
pub(crate) static ROLE: Family =
    Family::gauge("redis_role", "1", "1 for the role that the server has: master, slave or sentinel.")
        .labels(&["target", "role"]);
pub(crate) static CPU_TIME: Family = Family::counter(
    "redis_cpu_time_seconds_total",
    "s",
    "Processor time of the server by mode; that of its children is apart.",
)
.labels(&["target", "mode"]);
pub(crate) static MAIN_THREAD_TIME: Family = Family::counter(
    "redis_cpu_main_thread_seconds_total",
    "s",
    "Processor time of the server's main thread by mode, which is part of redis_cpu_time_seconds_total.",
)
.labels(&["target", "mode"]);
pub(crate) static CPU_UTILIZATION: Family = Family::gauge(
    "redis_cpu_utilization_ratio",
    "1",
    "Processors that the server kept busy since the collect before; its main thread, which does the commands, has no more than 1.",
)
.labels(TARGET);
pub(crate) static CLIENTS_UTILIZATION: Family = Family::gauge(
    "redis_clients_utilization_ratio",
    "1",
    "Share of the connections that the server takes that are in use.",
)
.labels(TARGET);
pub(crate) static MEMORY_UTILIZATION: Family = Family::gauge(
    "redis_memory_utilization_ratio",
    "1",
    "Share of the memory that may be used that is; only where there is a limit.",
)
.labels(TARGET);
pub(crate) static SAVE_AGE: Family =
    Family::gauge("redis_rdb_last_save_age_seconds", "s", "Since a snapshot was last saved, or the server started.")
        .labels(TARGET);
pub(crate) static DENIED: Family =
    Family::counter("redis_acl_denied_total", "1", "What users were denied: auth (logins), cmd, key, channel.")
        .labels(&["target", "reason"]);
pub(crate) static CONFIG: [(&str, Family); 5] = [
    ("databases", Family::gauge("redis_databases", "1", "Databases that the server has.").labels(TARGET)),
    (
        "slowlog-log-slower-than",
        Family::gauge("redis_slowlog_threshold_seconds", "s", "From how long on a command is put into the slow log.")
            .labels(TARGET),
    ),
    (
        "slowlog-max-len",
        Family::gauge("redis_slowlog_limit", "1", "Entries that the slow log holds at most.").labels(TARGET),
    ),
    (
        "latency-monitor-threshold",
        Family::gauge(
            "redis_latency_monitor_threshold_seconds",
            "s",
            "From how long on the latency monitor notes a delay; 0: it is off.",
        )
        .labels(TARGET),
    ),
    (
        "io-threads",
        Family::gauge("redis_io_threads", "1", "Threads that may share in reading and writing.").labels(TARGET),
    ),
];

/// What is remembered of a server while it runs.
#[derive(Debug, Default)]
pub(crate) struct Server {
    run: String,
    /// Its name and version, for sentences.
    pub(crate) called: String,
    /// By the names of its configuration, as the server writes them.
    config: BTreeMap<&'static str, f64>,
    /// Processor time in seconds, and when it was read.
    cpu: Option<(f64, u64)>,
}

impl Server {
    /// Whether this is another server than before: it was started anew, or there is another one in its place.
    pub(crate) fn recognise(&mut self, info: &Info<'_>) -> bool {
        let run = info.text("run_id").unwrap_or_default();
        let (name, version) = name_and_version(info);
        if self.run == run && !self.called.is_empty() {
            return false;
        }
        let is_other = !self.called.is_empty();
        *self = Self { run: run.to_owned(), called: label(&format!("{name} {version}")), ..Self::default() };
        is_other
    }

    pub(crate) fn configured(&mut self, name: &'static str, value: f64) {
        self.config.insert(name, value);
    }

    pub(crate) fn databases(&self) -> Option<u32> {
        self.config.get("databases").map(|count| *count as u32)
    }

    pub(crate) fn collect(&mut self, target: &str, info: &Info<'_>, now: u64, metrics: &mut Metrics) {
        let (server, version) = name_and_version(info);
        let text = |name| label(info.text(name).unwrap_or_default());
        let mode = info.text("server_mode").map_or_else(|| text("redis_mode"), label);
        let labels = [target, server, &label(version), &mode, &text("maxmemory_policy"), &text("os")];
        metrics.set(&INFO, &labels, 1.0);
        match info.text("role") {
            Some(role) => metrics.set(&ROLE, &[target, &label(role)], 1.0),
            None if mode == "sentinel" => metrics.set(&ROLE, &[target, "sentinel"], 1.0),
            None => {}
        }
        self.cpu(target, info, now, metrics);
        for (family, part, whole) in [
            (&CLIENTS_UTILIZATION, "connected_clients", "maxclients"),
            (&MEMORY_UTILIZATION, "used_memory", "maxmemory"),
        ] {
            if let (Some(part), Some(whole)) = (info.number(part), info.number(whole).filter(|whole| *whole > 0.0)) {
                metrics.set(family, &[target], number::ratio(part / whole));
            }
        }
        // By the server's own clock, which may differ from ours.
        let clock = info.number("server_time_usec").map(|micros| micros / 1e6);
        if let (Some(clock), Some(saved)) = (clock, info.number("rdb_last_save_time")) {
            metrics.set(&SAVE_AGE, &[target], (clock - saved).max(0.0).round());
        }
        for reason in ["auth", "cmd", "key", "channel"] {
            if let Some(count) = info.number(&format!("acl_access_denied_{reason}")) {
                metrics.set(&DENIED, &[target, reason], count);
            }
        }
        for (name, family) in &CONFIG {
            let factor = match *name {
                "slowlog-log-slower-than" => 1e-6,
                "latency-monitor-threshold" => 1e-3,
                _ => 1.0,
            };
            // Below 0: there is no slow log.
            if let Some(value) = self.config.get(name).filter(|value| **value >= 0.0) {
                metrics.set(family, &[target], number::seconds(value * factor));
            }
        }
    }

    fn cpu(&mut self, target: &str, info: &Info<'_>, now: u64, metrics: &mut Metrics) {
        for (mode, name) in [
            ("system", "used_cpu_sys"),
            ("user", "used_cpu_user"),
            ("system_children", "used_cpu_sys_children"),
            ("user_children", "used_cpu_user_children"),
        ] {
            if let Some(seconds) = info.number(name) {
                metrics.set(&CPU_TIME, &[target, mode], number::seconds(seconds));
            }
        }
        for (mode, name) in [("system", "used_cpu_sys_main_thread"), ("user", "used_cpu_user_main_thread")] {
            if let Some(seconds) = info.number(name) {
                metrics.set(&MAIN_THREAD_TIME, &[target, mode], number::seconds(seconds));
            }
        }
        let Some(used) = info.number("used_cpu_sys").zip(info.number("used_cpu_user")).map(|(one, two)| one + two)
        else {
            return;
        };
        if let Some((before, when)) = self.cpu
            && now > when
        {
            let share = (used - before) / (now.saturating_sub(when) as f64 / 1e6);
            metrics.set(&CPU_UTILIZATION, &[target], number::ratio(share.max(0.0)));
        }
        self.cpu = Some((used, now));
    }
}

/// Valkey goes on saying the version of Redis that it is compatible with.
fn name_and_version<'a>(info: &Info<'a>) -> (&'static str, &'a str) {
    match info.text("valkey_version") {
        Some(version) => ("valkey", version),
        None => ("redis", info.text("redis_version").unwrap_or_default()),
    }
}
