//! Rules and alerts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Labels;

/// The rules in force, and the files that they are from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Grows by one with each load.
    pub generation: u64,
    /// The moment of the last load.
    pub loaded_ms: i64,
    /// How often rules without a grid of their own are judged.
    pub interval_ms: u64,
    /// Every file and what is to be said about it.
    pub files: Vec<RuleFile>,
    /// Every rule in force.
    pub rules: Vec<Rule>,
    /// Every query whose result is kept as series.
    #[serde(default)]
    pub recording: Vec<Recording>,
}

/// A query whose result is kept as series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The name of the series.
    pub record: String,
    /// What is asked, in PromQL.
    pub expr: String,
    /// How often.
    pub every_ms: u64,
    /// Labels that the series get beside those of the result.
    pub labels: Labels,
    /// How many series it had the last time.
    pub series: u64,
    /// When it was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_evaluated_ms: Option<i64>,
    /// What that took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_us: Option<u64>,
    /// Why there was no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One file of rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// As it was named.
    pub path: String,
    /// Whether its present text is in force.
    pub state: RuleFileState,
    /// What is to be said about its present text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether a file's present text is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleFileState {
    /// It is.
    Ok,
    /// It is not: its last good version is, if it had one.
    Broken,
}

/// One mistake or warning, with its place in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// The column behind the last underlined character of that line.
    pub end_column: u64,
    /// Whether the file is used in spite of it.
    pub level: DiagnosticLevel,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// All of it with the underlined source, as a terminal shows it, without colours.
    pub rendered: String,
}

/// Whether a file is used in spite of what is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DiagnosticLevel {
    /// The file's last good version stays in force.
    Error,
    /// The file is used.
    Warning,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Look at it now.
    Critical,
    /// Look at it today.
    High,
    /// Look at it this week.
    Medium,
    /// Worth knowing.
    Low,
}

impl Severity {
    /// The word that rules and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// The state of a rule: the worst of its alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The line of its `alert(...)`.
    pub line: u64,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_ms: Option<u64>,
    /// How many alerts it has, resolved ones not counted.
    pub alerts: u64,
    /// When it was last judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_evaluated_ms: Option<i64>,
    /// What that took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_us: Option<u64>,
    /// Why it is broken, with its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many series it was judged on.
    pub series: u64,
    /// The first few of them.
    pub values: Vec<RuleValue>,
}

/// What a rule said of one series when it was last judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleValue {
    /// The series.
    pub labels: Labels,
    /// Its newest value; null when it is not finite.
    #[schema(required)]
    pub value: Option<f64>,
    /// What the rule says of it.
    pub verdict: Verdict,
}

/// What a rule says of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its condition holds.
    Holds,
    /// It does not.
    Clear,
    /// A window that it looks at has too few samples to tell.
    NoData,
}

/// Every alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// The worst first, resolved ones last.
    pub alerts: Vec<Alert>,
}

/// Where an alert is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Sixteen hexadecimal digits, stable over reloads and restarts.
    pub id: String,
    /// Name of its rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is in its life.
    pub state: AlertState,
    /// What tells it from other alerts of the rule.
    pub labels: Labels,
    /// One sentence for people.
    pub summary: String,
    /// More for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The newest value of its series, while it is finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// When it entered this state; of a firing alert, when it began to fire.
    pub since_ms: i64,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_ms: Option<i64>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<AlertEnd>,
    /// Where people read what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

/// Why an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertEnd {
    /// The condition ended, and `keep_firing` after it.
    Cleared,
    /// No data came for a day.
    Gone,
    /// Its rule was removed.
    RuleRemoved,
}
