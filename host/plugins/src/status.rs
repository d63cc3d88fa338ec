//! How instances are: what the dashboard, the command line and the host's own metrics show.

use std::collections::VecDeque;

use autobot_capabilities::{Capability, Grant};
use autobot_model::Timestamp;
use serde::Serialize;

use crate::Histogram;

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

impl PluginState {
    /// Whether an operator should look at it.
    pub const fn is_failing(self) -> bool {
        matches!(self, Self::BackingOff | Self::Quarantined | Self::Refused)
    }

    /// For a sentence: 'plugin x is ...'.
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::BackingOff => "restarting",
            Self::Quarantined => "quarantined",
            Self::Refused => "refused",
            Self::Disabled => "switched off",
        }
    }
}

/// A capability that a plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CapabilityStatus {
    /// Its name.
    pub name: &'static str,
    /// What a plugin can do with it.
    pub description: &'static str,
    /// Whether it may.
    pub granted: bool,
    /// What for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    /// An entry of the list that its grant holds, where it needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<&'static str>,
}

impl CapabilityStatus {
    pub(crate) fn new(capability: Capability, grant: &Grant) -> Self {
        Self {
            name: capability.name(),
            description: capability.description(),
            granted: grant.allows(capability),
            scope: grant.scope(capability).to_vec(),
            example: capability.example_scope(),
        }
    }
}

/// Lines of log that are kept of an instance.
const LINES_KEPT: usize = 20;

/// A line that an instance wrote, or that the host wrote of it.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// When.
    pub time_ms: Timestamp,
    /// `info`, `warn`, `error`; `denied` and `failed` are the host's own.
    pub level: &'static str,
    /// What.
    pub text: String,
}

/// One instance.
#[derive(Clone, Debug, Serialize)]
pub struct InstanceStatus {
    /// Its name.
    pub name: String,
    /// The file that it runs.
    pub file: String,
    /// Where it is in its life.
    pub state: PluginState,
    /// Why, in a sentence, when it does not run or its last collection brought less than it should.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The plugin's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What the plugin says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why a newer file, or newer settings, are not run; the version before goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// SHA-256 of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// How often it collects.
    pub interval_ms: u64,
    /// The moment that its newest samples are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_collect_ms: Option<Timestamp>,
    /// How long the last collection took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_duration_us: Option<u64>,
    /// Series that it has.
    pub series: usize,
    /// Samples that it handed over.
    pub samples_total: u64,
    /// Times that it was made anew after a failure.
    pub restarts: u64,
    /// What it asks for.
    pub capabilities: Vec<CapabilityStatus>,
    /// What its language needs to run at all: no capability, it reaches nothing of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<&'static str>,
    /// What it is granted by the operator and does not ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused_grants: Vec<&'static str>,
    /// Calls that its grant did not cover.
    pub denied_total: u64,
    /// Its last lines of log, and what the host said of it: the newest last.
    pub log: VecDeque<Said>,
    /// How long collections took.
    #[serde(skip)]
    pub durations: Histogram,
}

impl InstanceStatus {
    pub(crate) fn new(name: &str, file: String, interval_ms: u64) -> Self {
        Self {
            name: name.to_owned(),
            file,
            state: PluginState::Starting,
            reason: None,
            version: None,
            description: None,
            successor: None,
            hash: None,
            interval_ms,
            last_collect_ms: None,
            last_duration_us: None,
            series: 0,
            samples_total: 0,
            restarts: 0,
            capabilities: Vec::new(),
            runtime: None,
            unused_grants: Vec::new(),
            denied_total: 0,
            log: VecDeque::new(),
            durations: Histogram::default(),
        }
    }

    /// Another file or other settings take over: what was counted goes on.
    pub(crate) fn succeed(&mut self, file: String, interval_ms: u64) {
        let mut next = Self::new(&self.name, file, interval_ms);
        (next.samples_total, next.restarts, next.denied_total) = (self.samples_total, self.restarts, self.denied_total);
        (next.last_collect_ms, next.series) = (self.last_collect_ms, self.series);
        next.durations = std::mem::take(&mut self.durations);
        next.log = std::mem::take(&mut self.log);
        *self = next;
    }

    /// Keeps a line; the oldest goes.
    pub(crate) fn say(&mut self, said: Said) {
        if self.log.len() == LINES_KEPT {
            self.log.pop_front();
        }
        self.log.push_back(said);
    }
}
