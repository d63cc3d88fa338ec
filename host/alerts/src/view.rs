//! What the book and the rules look like from outside: documents for the API, and the changes of an evaluation.

use std::sync::Arc;

use autobot_model::{Labels, Severity};
use autobot_script::RuleFile;
use serde::Serialize;

use crate::{AlertId, Ended};

/// The state of an alert as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It fires.
    Firing,
    /// It fired when its data ended.
    NoData,
    /// Its condition holds, not long enough.
    Pending,
    /// It fired and has ended; shown a while.
    Resolved,
    /// It was pending and is not any more. Only in transitions.
    Inactive,
}

/// One alert.
#[derive(Clone, Debug, Serialize)]
pub struct Alert {
    /// Stable over reloads and restarts.
    pub id: AlertId,
    /// Name of its rule.
    pub rule: Arc<str>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is in its life.
    pub state: AlertState,
    /// What tells it from other alerts of the rule.
    pub labels: Labels,
    /// One sentence for people.
    pub summary: String,
    /// More for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The newest value of its series, while it is finite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// When it entered this state; of a firing alert, when it began to fire.
    pub since_ms: i64,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_ms: Option<i64>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Where people read what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbook: Option<Arc<str>>,
}

/// `GET /api/autobot/v1/alerts`.
#[derive(Clone, Debug, Serialize)]
pub struct AlertsView {
    /// The worst first, resolved ones last.
    pub alerts: Vec<Alert>,
}

/// A change that an evaluation brought.
#[derive(Clone, Debug, Serialize)]
pub struct Transition {
    /// When.
    pub at_ms: i64,
    /// What it was before; `inactive` when it was not in the book.
    pub from: AlertState,
    /// The alert after the change.
    pub alert: Alert,
}

/// The state of a rule as it is shown: the worst of its alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// Nothing holds.
    Inactive,
    /// Something holds, not long enough.
    Pending,
    /// Something fires.
    Firing,
    /// It has no series to look at, or one that fired has no data.
    NoData,
    /// It failed when it was last judged, and keeps the alerts that it had.
    Broken,
}

/// What a rule said of one series when it was last judged.
#[derive(Clone, Debug, Serialize)]
pub struct LastValue {
    /// The series.
    pub labels: Labels,
    /// Its newest value, while it is finite.
    pub value: Option<f64>,
    /// What the rule says of it.
    pub verdict: autobot_script::Verdict,
}

/// One rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleStatus {
    /// Its name.
    pub name: Arc<str>,
    /// Its file.
    pub file: Arc<str>,
    /// The line of its `alert(...)`.
    pub line: usize,
    /// How bad its alerts are.
    pub severity: Severity,
    /// The worst of its alerts.
    pub state: RuleState,
    /// What it is judged on, as PromQL: the series that it selects, or its query.
    pub about: String,
    /// How long its condition must hold before it fires.
    pub pending_ms: u64,
    /// How long it goes on firing after its condition ended.
    pub keep_firing_ms: u64,
    /// How often it is judged, when it has a grid of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_ms: Option<u64>,
    /// How many alerts it has, resolved ones not counted.
    pub alerts: usize,
    /// When it was last judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_evaluated_ms: Option<i64>,
    /// What that took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_us: Option<u64>,
    /// Why it is broken, with its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many series it was judged on.
    pub series: usize,
    /// The first few of them.
    pub values: Vec<LastValue>,
}

/// `GET /api/autobot/v1/rules`.
#[derive(Clone, Debug, Serialize)]
pub struct RulesView {
    /// Grows by one with each load.
    pub generation: u64,
    /// The moment of the last load.
    pub loaded_ms: i64,
    /// Every file and what is to be said about it.
    pub files: Vec<RuleFile>,
    /// Every rule in force.
    pub rules: Vec<RuleStatus>,
}

/// Firing alerts by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Critical ones.
    pub critical: usize,
    /// High ones.
    pub high: usize,
    /// Medium ones.
    pub medium: usize,
    /// Low ones.
    pub low: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, severity: Severity) {
        *match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        } += 1;
    }
}
