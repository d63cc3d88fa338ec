//! Rules and alerts as Prometheus shows its own. A file of rules is a group.
//!
//! Our rules are scripts over series and have no expression that could be evaluated elsewhere: `query` is what a rule is judged
//! on. An alert whose data ended fires until somebody knows better. `activeAt` is when an alert entered its state, because the
//! book of alerts does not keep when a firing one was first pending.

use std::collections::BTreeMap;

use autobot_model::Timestamp;
use autobot_query::{ErrorKind, QueryError, json};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::parameters::{Parameters, bad};
use super::reply::{Asked, Reply, at_once};
use crate::Shared;
use crate::schema::{self, AlertState};

/// Alerting rules, by file, and recording rules.
#[utoipa::path(get, path = "/api/v1/rules", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn rules(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| Reply::of(&Groups { groups: groups(asked)? }))
}

/// Alerts that are pending or fire.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn alerts(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let found: schema::Alerts = read(asked.shared.view().alerts())?;
        Reply::of(&Alerts { alerts: found.alerts.iter().filter_map(Alert::of).collect() })
    })
}

/// A document of the host as what it is described to be.
pub(super) fn read<T: DeserializeOwned>(document: serde_json::Value) -> Result<T, QueryError> {
    serde_json::from_value(document).map_err(|error| QueryError {
        kind: ErrorKind::Internal,
        message: format!("the host's own document is not what it should be: {error}"),
    })
}

/// The same texts as Go's clients expect of a moment.
pub(super) fn moment(millis: i64) -> String {
    json::rfc3339_text(Timestamp(millis))
}

/// What Go writes for a moment that never was.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";

#[derive(Serialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    file: String,
    rules: Vec<AnyRule>,
    interval: f64,
    limit: u32,
    evaluation_time: f64,
    last_evaluation: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recording {
    name: String,
    query: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    evaluation_time: f64,
    last_evaluation: String,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AnyRule {
    Alerting(Rule),
    Recording(Recording),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    state: &'static str,
    name: String,
    query: String,
    duration: f64,
    keep_firing_for: f64,
    labels: BTreeMap<&'static str, &'static str>,
    annotations: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<Alert>>,
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    evaluation_time: f64,
    last_evaluation: String,
    r#type: &'static str,
}

#[derive(Serialize)]
struct Alerts {
    alerts: Vec<Alert>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<&'static str, String>,
    state: &'static str,
    active_at: String,
    value: String,
}

impl Alert {
    /// One that has ended is none.
    fn of(alert: &schema::Alert) -> Option<Self> {
        let state = match alert.state {
            AlertState::Firing | AlertState::NoData => "firing",
            AlertState::Pending => "pending",
            AlertState::Resolved => return None,
        };
        let mut labels = alert.labels.0.clone();
        labels.insert("alertname".to_owned(), alert.rule.clone());
        labels.insert("severity".to_owned(), alert.severity.as_str().to_owned());
        let texts = [
            ("summary", Some(&alert.summary)),
            ("description", alert.detail.as_ref()),
            ("runbook_url", alert.runbook.as_ref()),
        ];
        Some(Self {
            labels,
            annotations: texts.into_iter().filter_map(|(name, text)| Some((name, text?.clone()))).collect(),
            state,
            active_at: moment(alert.since_ms),
            value: alert.value.map_or_else(|| "NaN".to_owned(), json::number_text),
        })
    }
}

/// What a request wants to see of all rules.
struct Wanted<'a> {
    names: Vec<&'a str>,
    groups: Vec<&'a str>,
    files: Vec<&'a str>,
    with_alerts: bool,
    alerting: bool,
    recording: bool,
}

impl<'a> Wanted<'a> {
    fn of(parameters: &'a Parameters) -> Result<Self, QueryError> {
        let all = |name| parameters.all(name).filter(|text| !text.is_empty()).collect();
        Ok(Self {
            names: all("rule_name[]"),
            groups: all("rule_group[]"),
            files: all("file[]"),
            with_alerts: !parameters.flag("exclude_alerts")?,
            alerting: parameters.get("type") != Some("record"),
            recording: match parameters.get("type") {
                None | Some("record") => true,
                Some("alert") => false,
                Some(other) => return Err(bad(format!("`type={other}` is neither alert nor record"))),
            },
        })
    }

    /// No names mean any.
    fn selects(names: &[&str], name: &str) -> bool {
        names.is_empty() || names.contains(&name)
    }
}

fn groups(asked: &Asked<'_>) -> Result<Vec<Group>, QueryError> {
    let wanted = Wanted::of(&asked.parameters)?;
    let view = asked.shared.view();
    let known: schema::Rules = read(view.rules())?;
    let mut alerts: BTreeMap<String, Vec<Alert>> = BTreeMap::new();
    for alert in read::<schema::Alerts>(view.alerts())?.alerts {
        if let Some(shown) = Alert::of(&alert) {
            alerts.entry(alert.rule).or_default().push(shown);
        }
    }
    let mut groups = Vec::new();
    for file in known.files {
        let name = stem(&file.path).to_owned();
        if !Wanted::selects(&wanted.groups, &name) || !Wanted::selects(&wanted.files, &file.path) {
            continue;
        }
        let of_file = known.rules.iter().filter(|rule| rule.file == file.path);
        let shown: Vec<&schema::Rule> =
            of_file.filter(|rule| wanted.alerting && Wanted::selects(&wanted.names, &rule.name)).collect();
        // Prometheus leaves out groups that a filter empties, and shows those that are empty by themselves.
        if shown.is_empty() && !(wanted.alerting && wanted.names.is_empty()) {
            continue;
        }
        let cost: u64 = shown.iter().filter_map(|rule| rule.cost_us).fold(0, u64::saturating_add);
        let last = shown.iter().filter_map(|rule| rule.last_evaluated_ms).max();
        groups.push(Group {
            name,
            interval: seconds(known.interval_ms),
            limit: 0,
            evaluation_time: cost as f64 / 1e6,
            last_evaluation: last.map_or_else(|| NEVER.to_owned(), moment),
            rules: shown
                .into_iter()
                .map(|rule| AnyRule::Alerting(shown_rule(rule, &mut alerts, wanted.with_alerts)))
                .collect(),
            file: file.path,
        });
    }
    groups.extend(recorded(&wanted, known.recording, known.interval_ms));
    Ok(groups)
}

/// Recording rules stand in the configuration: one group.
fn recorded(wanted: &Wanted<'_>, all: Vec<schema::Recording>, interval_ms: u64) -> Option<Group> {
    let (name, file) = ("record", "configuration");
    if !wanted.recording || !Wanted::selects(&wanted.groups, name) || !Wanted::selects(&wanted.files, file) {
        return None;
    }
    let shown: Vec<_> = all.into_iter().filter(|rule| Wanted::selects(&wanted.names, &rule.record)).collect();
    let last = shown.iter().filter_map(|rule| rule.last_evaluated_ms).max();
    let cost: u64 = shown.iter().filter_map(|rule| rule.cost_us).fold(0, u64::saturating_add);
    (!shown.is_empty()).then(|| Group {
        name: name.to_owned(),
        file: file.to_owned(),
        interval: seconds(interval_ms),
        limit: 0,
        evaluation_time: cost as f64 / 1e6,
        last_evaluation: last.map_or_else(|| NEVER.to_owned(), moment),
        rules: shown.into_iter().map(|rule| AnyRule::Recording(Recording::of(rule))).collect(),
    })
}

impl Recording {
    fn of(rule: schema::Recording) -> Self {
        Self {
            name: rule.record,
            query: rule.expr,
            labels: rule.labels.0,
            health: match (&rule.error, rule.last_evaluated_ms) {
                (Some(_), _) => "err",
                (None, Some(_)) => "ok",
                (None, None) => "unknown",
            },
            last_error: rule.error,
            evaluation_time: rule.cost_us.unwrap_or_default() as f64 / 1e6,
            last_evaluation: rule.last_evaluated_ms.map_or_else(|| NEVER.to_owned(), moment),
            r#type: "recording",
        }
    }
}

fn shown_rule(rule: &schema::Rule, alerts: &mut BTreeMap<String, Vec<Alert>>, with_alerts: bool) -> Rule {
    let alerts = alerts.remove(&rule.name).unwrap_or_default();
    let any = |state| alerts.iter().any(|alert| alert.state == state);
    Rule {
        state: if any("firing") {
            "firing"
        } else if any("pending") {
            "pending"
        } else {
            "inactive"
        },
        name: rule.name.clone(),
        query: rule.about.clone(),
        duration: seconds(rule.pending_ms),
        keep_firing_for: seconds(rule.keep_firing_ms),
        labels: [("severity", rule.severity.as_str())].into(),
        annotations: BTreeMap::new(),
        health: match (&rule.error, rule.last_evaluated_ms) {
            (Some(_), _) => "err",
            (None, Some(_)) => "ok",
            (None, None) => "unknown",
        },
        last_error: rule.error.clone(),
        evaluation_time: rule.cost_us.unwrap_or_default() as f64 / 1e6,
        last_evaluation: rule.last_evaluated_ms.map_or_else(|| NEVER.to_owned(), moment),
        alerts: with_alerts.then_some(alerts),
        r#type: "alerting",
    }
}

/// `memory` of `rules/alerts/memory.rhai`.
fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1e3
}
