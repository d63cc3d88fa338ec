//! Containers of Docker or Podman: state, health, restarts, and what each uses.
//!
//! Series are told apart by the container's name, which outlives its id: one that is made anew under the same name goes on
//! as the same series, and its counters begin again. The id and the image are labels of `container_info` alone.

use autobot_plugin_sdk::containers::{self, Container};
use autobot_plugin_sdk::{Error, Family, Metrics, glob, log};

use crate::Settings;
use crate::label::cut;

pub(crate) static ENGINE_INFO: Family =
    Family::gauge("container_engine_info", "1", "1; its labels say which engine answers.")
        .labels(&["engine", "version"]);
pub(crate) static COUNT: Family =
    Family::gauge("container_count", "1", "Containers by state, of the first 200; whether they are followed or not.")
        .labels(&["state"]);
pub(crate) static UP: Family = Family::gauge("container_up", "1", "1 while running, else 0.").labels(&["container"]);
pub(crate) static STATE: Family =
    Family::gauge("container_state", "1", "1 for the state that the container is in.").labels(&["container", "state"]);
pub(crate) static HEALTH: Family =
    Family::gauge("container_health", "1", "1 for what its health check says, where it has one.")
        .labels(&["container", "health"]);
pub(crate) static INFO: Family =
    Family::gauge("container_info", "1", "1; its labels say which container and image are behind the name.").labels(&[
        "container",
        "id",
        "image",
    ]);
pub(crate) static RESTARTS: Family =
    Family::counter("container_restarts_total", "1", "Restarts by the engine.").labels(&["container"]);
pub(crate) static EXIT_CODE: Family =
    Family::gauge("container_exit_code", "1", "How it ended, of one that has ended.").labels(&["container"]);
pub(crate) static START_TIME: Family =
    Family::gauge("container_start_time_seconds", "s", "When it was last started, since the Unix epoch.")
        .labels(&["container"]);
pub(crate) static MEMORY_USAGE: Family = Family::gauge(
    "container_memory_usage_bytes",
    "By",
    "Memory of the container, without what the kernel could drop at once.",
)
.labels(&["container"]);
pub(crate) static MEMORY_LIMIT: Family = Family::gauge(
    "container_memory_limit_bytes",
    "By",
    "What it may have; the machine's memory where no limit was set.",
)
.labels(&["container"]);
pub(crate) static CPU_TIME: Family =
    Family::counter("container_cpu_time_seconds_total", "s", "Processor time of the container since it was started.")
        .labels(&["container"]);
pub(crate) static NETWORK_IO: Family =
    Family::counter("container_network_io_bytes_total", "By", "Bytes received and sent, over all its interfaces.")
        .labels(&["container", "direction"]);
pub(crate) static DISK_IO: Family =
    Family::counter("container_disk_io_bytes_total", "By", "Bytes read and written, over all its block devices.")
        .labels(&["container", "direction"]);
pub(crate) static PROCESSES: Family =
    Family::gauge("container_process_count", "1", "Processes and threads of the container.").labels(&["container"]);

/// What is counted apart; all others are `other`, so that the states add up.
const STATES: [&str; 6] = ["running", "paused", "restarting", "created", "exited", "dead"];
/// Kernels write about 2^63 where there is no limit; no machine has an exbibyte.
const NO_LIMIT: u64 = 1 << 60;

/// What is remembered from collect to collect.
pub(crate) struct Containers {
    names: Vec<String>,
    exclude: Vec<String>,
    most: usize,
    /// Whether it was said that some are left out.
    said: bool,
}

impl Containers {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            names: settings.container_names.clone(),
            exclude: settings.exclude_containers.clone(),
            most: usize::try_from(settings.most_containers).unwrap_or(usize::MAX),
            said: false,
        }
    }

    pub(crate) fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let snapshot = containers::read()?;
        metrics.set(&ENGINE_INFO, &[cut(&snapshot.engine), cut(&snapshot.version)], 1.0);
        let in_state = |state: &str| snapshot.containers.iter().filter(|one| one.state == state).count();
        let mut other = snapshot.containers.len();
        for state in STATES {
            let count = in_state(state);
            other = other.saturating_sub(count);
            metrics.set(&COUNT, &[state], count as f64);
        }
        metrics.set(&COUNT, &["other"], other as f64);
        for container in self.follow(&snapshot.containers) {
            container_metrics(container, metrics);
        }
        Ok(())
    }

    /// Those to be followed, by name, so that one that stops does not change the order; running ones before others when
    /// there are too many, as they come.
    fn follow<'a>(&mut self, all: &'a [Container]) -> Vec<&'a Container> {
        let wanted = |one: &&Container| {
            let name = name(one);
            glob::any_matches(&self.names, name) && !glob::any_matches(&self.exclude, name)
        };
        let mut followed: Vec<&Container> = all.iter().filter(wanted).collect();
        let found = followed.len();
        followed.truncate(self.most);
        followed.sort_by(|a, b| name(a).cmp(name(b)));
        if found > self.most && !self.said {
            log::warn(&format!(
                "{found} containers match and {} are followed; let `container_names` take fewer, or raise `most_containers` \
                 (to 200 at most)",
                self.most
            ));
        }
        self.said = found > self.most;
        followed
    }
}

/// What it is called; its id where it has no name.
fn name(container: &Container) -> &str {
    if container.name.is_empty() { &container.id } else { &container.name }
}

fn container_metrics(container: &Container, metrics: &mut Metrics) {
    let name = cut(name(container));
    metrics.set(&UP, &[name], if container.state == "running" { 1.0 } else { 0.0 });
    metrics.set(&STATE, &[name, cut(&container.state)], 1.0);
    if !container.health.is_empty() {
        metrics.set(&HEALTH, &[name, cut(&container.health)], 1.0);
    }
    metrics.set(&INFO, &[name, cut(&container.id), cut(&container.image)], 1.0);
    if let Some(restarts) = container.restarts {
        metrics.set(&RESTARTS, &[name], f64::from(restarts));
    }
    if let Some(code) = container.exit_code {
        metrics.set(&EXIT_CODE, &[name], f64::from(code));
    }
    if let Some(started) = container.started {
        metrics.set(&START_TIME, &[name], started as f64 / 1e3);
    }
    let limit = container.memory_limit.filter(|limit| (1..NO_LIMIT).contains(limit));
    for (family, bytes) in [(&MEMORY_USAGE, container.memory), (&MEMORY_LIMIT, limit)] {
        if let Some(bytes) = bytes {
            metrics.set(family, &[name], bytes as f64);
        }
    }
    if let Some(micros) = container.cpu_micros {
        metrics.set(&CPU_TIME, &[name], micros as f64 / 1e6);
    }
    for (family, direction, bytes) in [
        (&NETWORK_IO, "receive", container.rx_bytes),
        (&NETWORK_IO, "transmit", container.tx_bytes),
        (&DISK_IO, "read", container.read_bytes),
        (&DISK_IO, "write", container.written_bytes),
    ] {
        if let Some(bytes) = bytes {
            metrics.set(family, &[name, direction], bytes as f64);
        }
    }
    if let Some(processes) = container.processes {
        metrics.set(&PROCESSES, &[name], processes as f64);
    }
}
