//! What an engine answers, as far as it is of interest, and the container that comes of it.
//!
//! Every field may be missing or null: engines differ by kind, version and the machine's control groups.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use x509_cert::der::DateTime;

use super::Container;

/// Digits of an id that people read.
const SHORT_ID: usize = 12;

/// `GET /version`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    version: String,
    #[serde(default)]
    components: Option<Vec<Component>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Component {
    name: String,
}

impl Version {
    pub(super) fn engine(&self) -> &'static str {
        let podman = self.components.iter().flatten().any(|one| one.name.contains("Podman"));
        if podman { "podman" } else { "docker" }
    }

    pub(super) fn number(self) -> String {
        self.version
    }
}

/// An entry of `GET /containers/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    id: String,
    names: Option<Vec<String>>,
    image: Option<String>,
    state: Option<String>,
    created: Option<i64>,
}

impl Listed {
    /// Whether its id is one: it becomes a part of a path.
    pub(super) fn is_sound(&self) -> bool {
        !self.id.is_empty() && self.id.len() <= 128 && self.id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn name(&self) -> String {
        let name = self.names.iter().flatten().next();
        name.map_or_else(String::new, |name| name.trim_start_matches('/').to_owned())
    }

    pub(super) fn runs(&self) -> bool {
        self.state.as_deref() == Some("running")
    }

    pub(super) fn is_paused(&self) -> bool {
        self.state.as_deref() == Some("paused")
    }

    pub(super) fn container(&self) -> Container {
        Container {
            id: self.id.chars().take(SHORT_ID).collect(),
            name: self.name(),
            image: self.image.clone().unwrap_or_default(),
            state: self.state.clone().unwrap_or_default(),
            created_ms: self.created.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0).saturating_mul(1000),
            ..Container::default()
        }
    }
}

/// `GET /containers/{id}/json`
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Details {
    state: Option<State>,
    restart_count: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct State {
    status: Option<String>,
    exit_code: Option<i64>,
    started_at: Option<String>,
    health: Option<Health>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Health {
    status: Option<String>,
}

impl Details {
    /// `container` with what is known only here.
    pub(super) fn complete(self, container: Container) -> Container {
        let State { status, exit_code, started_at, health } = self.state.unwrap_or_default();
        let state = status.unwrap_or(container.state);
        let health = health.and_then(|health| health.status).filter(|status| status != "none").unwrap_or_default();
        // Of one that runs it is 0, which would read as if it had ended well.
        let has_ended = matches!(state.as_str(), "exited" | "dead" | "stopped");
        Container {
            health,
            started_ms: started_at.as_deref().and_then(millis),
            exit_code: exit_code.filter(|_| has_ended).and_then(|code| i32::try_from(code).ok()),
            restarts: self.restart_count.and_then(|count| u32::try_from(count).ok()),
            state,
            ..container
        }
    }
}

/// `GET /containers/{id}/stats`
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    cpu_stats: Option<Cpu>,
    memory_stats: Option<Memory>,
    networks: Option<BTreeMap<String, Network>>,
    blkio_stats: Option<Blocks>,
    pids_stats: Option<Pids>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cpu {
    cpu_usage: Option<CpuUsage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CpuUsage {
    /// Nanoseconds.
    total_usage: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Memory {
    usage: Option<u64>,
    limit: Option<u64>,
    stats: Option<MemoryStats>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MemoryStats {
    /// Control groups of version 1 have the total of the group and its children under this name ...
    total_inactive_file: Option<u64>,
    /// ... those of version 2 under this.
    inactive_file: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Network {
    rx_bytes: u64,
    tx_bytes: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Blocks {
    io_service_bytes_recursive: Option<Vec<Block>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Block {
    op: String,
    value: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pids {
    current: Option<u64>,
}

impl Stats {
    /// Adds the counters to `container`.
    pub(super) fn complete(self, container: &mut Container) {
        let nanos = self.cpu_stats.and_then(|cpu| cpu.cpu_usage).and_then(|usage| usage.total_usage);
        container.cpu_micros = nanos.map(|nanos| nanos / 1000);
        if let Some(memory) = self.memory_stats {
            let stats = memory.stats.unwrap_or_default();
            let droppable = stats.total_inactive_file.or(stats.inactive_file).unwrap_or(0);
            container.memory = memory.usage.map(|usage| usage.saturating_sub(droppable));
            container.memory_limit = memory.limit;
        }
        if let Some(networks) = self.networks {
            let sum = |of: fn(&Network) -> u64| networks.values().map(of).fold(0, u64::saturating_add);
            container.rx_bytes = Some(sum(|network| network.rx_bytes));
            container.tx_bytes = Some(sum(|network| network.tx_bytes));
        }
        if let Some(blocks) = self.blkio_stats.and_then(|blocks| blocks.io_service_bytes_recursive) {
            let sum = |op: &str| {
                let of_kind = blocks.iter().filter(|block| block.op.eq_ignore_ascii_case(op));
                of_kind.map(|block| block.value).fold(0, u64::saturating_add)
            };
            (container.read_bytes, container.written_bytes) = (Some(sum("read")), Some(sum("write")));
        }
        container.processes = self.pids_stats.and_then(|pids| pids.current);
    }
}

/// Milliseconds since the Unix epoch of `2024-05-01T10:20:30.123456789Z`; none before it, as engines write what never was.
fn millis(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(19)?;
    let since: Duration = format!("{date}Z").parse::<DateTime>().ok()?.unix_duration();
    let digits = rest.strip_prefix('.').map_or("", |rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    });
    let thousandths = format!("{digits}000").get(..3)?.parse::<u64>().ok()?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let east = match zone {
        "Z" => 0,
        zone => {
            let (sign, hours_minutes) = zone.split_at_checked(1)?;
            let (hours, minutes) = hours_minutes.split_once(':')?;
            let minutes = hours.parse::<i64>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)?;
            match sign {
                "+" => minutes,
                "-" => minutes.checked_neg()?,
                _ => return None,
            }
        }
    };
    let seconds = i64::try_from(since.as_secs()).ok()?.checked_sub(east.checked_mul(60)?)?;
    u64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(thousandths).filter(|at| *at > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read_with_fractions_and_zones() {
        for (text, at) in [
            ("2024-05-01T10:20:30Z", Some(1_714_558_830_000)),
            ("2024-05-01T10:20:30.123456789Z", Some(1_714_558_830_123)),
            ("2024-05-01T10:20:30.5Z", Some(1_714_558_830_500)),
            ("2024-05-01T12:20:30.5+02:00", Some(1_714_558_830_500)),
            ("2024-05-01T04:50:30-05:30", Some(1_714_558_830_000)),
            ("0001-01-01T00:00:00Z", None),
            ("1970-01-01T00:00:00Z", None),
            ("2024-13-01T10:20:30Z", None),
            ("2024-05-01T10:20:30", None),
            ("", None),
        ] {
            assert_eq!(millis(text), at, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_none(text in ".{0,40}", zone in "[-+Z:0-9.]{0,25}") {
            let _ = millis(&text);
            let _ = millis(&format!("2024-05-01T10:20:30{zone}"));
        }
    }
}
