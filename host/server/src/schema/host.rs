//! The host itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The host: what it is, what it costs, how it fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Name of the site, as it is configured.
    pub site: String,
    /// The machine that it runs on.
    pub machine: Machine,
    /// Its clock.
    pub now_ms: i64,
    /// When it was started.
    pub started_ms: i64,
    /// How often its system plugin collects.
    pub default_interval_ms: u64,
    /// What it costs.
    pub own: Own,
    /// The limits that rules compare with, by name.
    pub thresholds: BTreeMap<String, f64>,
    /// How many there are.
    pub counts: Counts,
    /// How its store is.
    pub store: StoreStatus,
    /// What an operator should know, each in a sentence; empty when all is well.
    pub problems: Vec<String>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Its host name, or what the configuration calls it.
    pub name: String,
    /// Release of its kernel: `6.12.9-amd64`.
    pub kernel: String,
    /// Its system as the distribution calls it.
    pub os: String,
    /// Processors that are online.
    pub processors: u64,
    /// Memory.
    pub memory_bytes: u64,
    /// When it was started.
    pub boot_ms: i64,
}

/// What the host's own process takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// Share of one processor, lately; 1 is one processor wholly. 0 before it was measured.
    pub cpu_ratio: f64,
    /// Resident memory; null where the kernel does not tell.
    #[schema(required)]
    pub resident_bytes: Option<u64>,
}

/// How many there are of what the host looks after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Plugin instances.
    pub plugins: u64,
    /// Those of them that fail.
    pub plugins_failing: u64,
    /// Series that the store knows.
    pub series: u64,
    /// Firing alerts by severity.
    pub alerts: AlertCounts,
}

/// Firing alerts by severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertCounts {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
}

/// How the store is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreStatus {
    /// `writing`, or `degraded: ` and a sentence.
    pub state: String,
    /// Series that it knows.
    pub series: u64,
    /// Bytes of the database and its log.
    pub bytes: u64,
    /// Batches that wait to be written.
    pub queue: u64,
    /// Batches that were not taken, because their time was not after that of the one before, or more than ten minutes ahead.
    pub dropped: u64,
    /// Transactions since the start.
    pub commits: u64,
    /// Samples written since the start.
    pub samples_total: u64,
    /// Time that the last transaction took.
    pub last_commit_us: u64,
    /// The moment of the newest sample; null when there is none.
    #[schema(required)]
    pub newest_ms: Option<i64>,
    /// Chunks that were found damaged since the start: what they held is left out of every answer.
    pub damaged_chunks: u64,
}
