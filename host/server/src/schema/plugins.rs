//! Plugins: running, inspected, tried.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every plugin instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugins {
    /// By name.
    pub plugins: Vec<Plugin>,
}

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginState {
    /// It is being read, compiled and configured.
    Starting,
    /// It collects.
    Running,
    /// It failed, and is made anew after a pause.
    BackingOff,
    /// It failed again and again, and is left alone until its file or its settings change.
    Quarantined,
    /// It cannot run: its file is no plugin, or it asks for what is not granted.
    Refused,
    /// The operator switched it off.
    Disabled,
}

/// A plugin instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// The file that it runs.
    pub file: String,
    /// Where it is in its life.
    pub state: PluginState,
    /// Why, in a sentence, when it does not run or its last collection brought less than it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The plugin's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What the plugin says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why a newer file, or newer settings, are not run; the version before goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// SHA-256 of its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// How often it collects.
    pub interval_ms: u64,
    /// The moment that its newest samples are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_collect_ms: Option<i64>,
    /// How long the last collection took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_duration_us: Option<u64>,
    /// Series that it has.
    pub series: u64,
    /// Samples that it handed over.
    pub samples_total: u64,
    /// Times that it was made anew after a failure.
    pub restarts: u64,
    /// What it asks for.
    pub capabilities: Vec<PluginCapability>,
    /// What its language needs to run at all: no capability, it reaches nothing of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// What it is granted by the operator and does not ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_grants: Vec<String>,
    /// Calls that its grant did not cover.
    pub denied_total: u64,
    /// Its last lines of log, and what the host said of it: the newest last.
    pub log: Vec<LogLine>,
}

/// A capability that an instance asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginCapability {
    /// Its name.
    pub name: String,
    /// What a plugin can do with it.
    pub description: String,
    /// Whether it may.
    pub granted: bool,
    /// What for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    /// An entry of the list that its grant holds, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// A line that an instance wrote, or that the host wrote of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// When.
    pub time_ms: i64,
    /// `info`, `warn`, `error`; `denied` and `failed` are the host's own.
    pub level: String,
    /// What.
    pub text: String,
}

/// What is decided about one capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum GrantScope {
    /// `true`: it may; `false`: it must go without.
    Whole(bool),
    /// It may for these.
    Only(Vec<String>),
}

/// That a plugin's file is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The instance that ran it.
    pub removed: String,
}

/// What a plugin file is and asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inspection {
    /// SHA-256 of the file.
    pub hash: String,
    /// Its size in bytes.
    pub size: u64,
    /// Names of the capabilities that it imports.
    pub capabilities: Vec<String>,
    /// What its language needs to run at all: no capability, it reaches nothing of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Whether it came with this host.
    pub shipped: bool,
    /// What each of its capabilities would let it do.
    pub asks: Vec<Ask>,
}

/// A capability that a file imports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its name.
    pub name: String,
    /// What a plugin can do with it.
    pub description: String,
    /// Whether it has it without being granted it.
    pub held: bool,
    /// An entry of the list that its grant holds; null where it is granted wholly.
    #[schema(required)]
    pub example: Option<String>,
}

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name of the plugin.
    pub name: String,
    /// Its semantic version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// What it measures.
    pub families: Vec<Family>,
    /// Whether it may declare more while it runs.
    pub dynamic_families: bool,
    /// JSON Schema of its settings, as a text; empty when it takes none.
    pub config_schema: String,
}

/// A family of metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Name of the metric, a counter's with its `_total`.
    pub name: String,
    /// UCUM, base units: `s`, `By`, `1` (ratios are 0-1).
    pub unit: String,
    /// How its values behave.
    pub kind: FamilyKind,
    /// One sentence for people.
    pub help: String,
    /// Names of the labels that its series carry, beside `machine`, `plugin` and `target`.
    pub labels: Vec<String>,
}

/// How values of a metric behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FamilyKind {
    /// A value that goes up and down.
    Gauge,
    /// A total that only grows, until what it counts starts anew.
    Counter,
    /// Counts by upper bound, with a sum.
    Histogram,
    /// Quantiles computed at the source.
    Summary,
    /// Facts in labels, always 1.
    Info,
    /// One of several states, 1 for the current one.
    Stateset,
    /// Its source does not say.
    Unknown,
}

/// What a plugin did when it was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Collections that came to their end.
    pub collections: u32,
    /// What the last of them handed over, by series.
    pub samples: Vec<TrialSample>,
    /// How many series it has.
    pub series: u64,
    /// How long the last collection took, waiting included.
    pub duration_us: u64,
    /// Memory that it took at most.
    pub memory_bytes: u64,
    /// Calls to the host in the last collection.
    pub host_calls: u32,
    /// What it used of what it may.
    pub used: Vec<TrialUse>,
    /// What it tried and may not, each in a sentence.
    pub denied: Vec<String>,
    /// What it wrote, and what the host said of it.
    pub log: Vec<LogLine>,
    /// Why it came no further, or brought less than it should; null when it did not fail.
    #[schema(required)]
    pub error: Option<String>,
}

/// A value that a tried plugin handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialSample {
    /// `name{label="value"}`, without the labels that the host adds.
    pub series: String,
    /// The value; null when it is not finite.
    #[schema(required)]
    pub value: Option<f64>,
}

/// Calls of one capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialUse {
    /// Its name.
    pub capability: String,
    /// How often it was called.
    pub calls: u64,
}
