//! The documents of our own API, as types: what `openapi.json` describes is made from these.
//!
//! The documents themselves are made by the parts that own them, which this crate does not know; it passes them on as they
//! are. That they are what is said here is tested: a real host's documents are read into these types, which refuse what they do
//! not know, and written again.

mod host;
mod live;
mod plugins;
mod rules;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use host::{AlertCounts, Counts, Machine, Own, Status, StoreStatus};
pub use live::{Frame, NumberedSeries, WireValue};
pub use plugins::{
    Ask, Family, FamilyKind, GrantScope, Inspection, LogLine, Manifest, Plugin, PluginCapability, PluginState, Plugins,
    Removed, Trial, TrialSample, TrialUse,
};
pub use rules::{
    Alert, AlertEnd, AlertState, Alerts, Diagnostic, DiagnosticLevel, Recording, Rule, RuleFile, RuleFileState,
    RuleState, RuleValue, Rules, Severity, Verdict,
};

/// Labels by name. An empty value is the same as no label, and never there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Labels(pub BTreeMap<String, String>);

/// What is decided about capabilities, by their names: `{"cpu": true, "files": ["/var/log/*"], "process": false}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Grant(pub BTreeMap<String, GrantScope>);

/// A refusal, with its HTTP status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// What happened.
    pub error: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}
