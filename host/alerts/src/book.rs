//! The book of alerts: the state of each, what was last found about its rule, and those that ended lately.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Labels, Timestamp};
use autobot_script::{Rule, RuleSet, Verdict};

use crate::judge::{Finding, Judgement, Texts};
use crate::view::{Alert, AlertState, Counts, LastValue, RuleState, RuleStatus, Transition};
use crate::{AlertId, Ended, Phase, Signal, State, Timing, step};

/// Alerts of one rule. A rule with more is about too much, and says so.
const MOST_ALERTS: usize = 10_000;
/// Ended alerts that are still shown, and how long.
const MOST_RESOLVED: usize = 500;
const SHOWN_RESOLVED: Duration = Duration::from_secs(3600);
/// How long a rule rests that used up its time: the others must not wait for it every tick.
const REST: Duration = Duration::from_secs(60);

/// One alert in the book.
struct Entry {
    labels: Labels,
    state: State,
    value: Option<f64>,
    texts: Texts,
}

/// One rule in the book. Its alerts outlive its versions.
struct Page {
    rule: Arc<Rule>,
    /// Which version was judged last.
    judged: Option<Arc<Rule>>,
    alerts: BTreeMap<AlertId, Entry>,
    last: Option<Timestamp>,
    rests_until: Option<Timestamp>,
    cost: Duration,
    error: Option<String>,
    series: usize,
    values: Vec<LastValue>,
}

/// All alerts.
#[derive(Default)]
pub(crate) struct Book {
    pages: HashMap<Arc<str>, Page>,
    resolved: VecDeque<Alert>,
    /// Alerts that a reload ended, to be told with the next evaluation.
    removed: Vec<Page>,
}

impl Book {
    /// Takes over a new set. Alerts of rules that it does not have end at the next evaluation.
    pub(crate) fn replace(&mut self, set: &RuleSet) {
        let names: HashSet<&Arc<str>> = set.rules().map(|rule| &rule.name).collect();
        let gone: Vec<Arc<str>> = self.pages.keys().filter(|name| !names.contains(name)).cloned().collect();
        self.removed.extend(gone.iter().filter_map(|name| self.pages.remove(name)));
        for rule in set.rules() {
            // A rule that was removed and came back before anyone was told was never away.
            let back = self.removed.iter().position(|page| page.rule.name == rule.name);
            let page = back.map(|at| self.removed.swap_remove(at));
            let page =
                self.pages.entry(Arc::clone(&rule.name)).or_insert_with(|| page.unwrap_or_else(|| Page::new(rule)));
            page.rule = Arc::clone(rule);
        }
    }

    /// Whether it is this rule's turn: on the grid of its `every`, and at once after an edit.
    pub(crate) fn due(&self, rule: &Arc<Rule>, at: Timestamp) -> bool {
        let Some(page) = self.pages.get(&rule.name) else { return false };
        let edited = !page.judged.as_ref().is_some_and(|judged| Arc::ptr_eq(judged, rule));
        if edited {
            return true;
        }
        // A clock that was set back must not silence a rule for as long.
        if page.rests_until.is_some_and(|until| at < until && until <= at + REST) {
            return false;
        }
        match (rule.every, page.last) {
            (Some(every), Some(last)) => at.align(every) != last.align(every),
            _ => true,
        }
    }

    /// Ends the alerts of removed rules, and forgets ended ones that were shown long enough.
    pub(crate) fn tidy(&mut self, at: Timestamp) -> Vec<Transition> {
        let mut changes = Vec::new();
        for mut page in std::mem::take(&mut self.removed) {
            for id in page.alerts.keys().copied().collect::<Vec<_>>() {
                changes.extend(page.signal(id, Signal::RuleRemoved, at, &mut self.resolved));
            }
        }
        self.resolved.retain(|alert| at.since(Timestamp(alert.resolved_ms.unwrap_or(alert.since_ms))) < SHOWN_RESOLVED);
        self.resolved.truncate(MOST_RESOLVED);
        changes
    }

    /// Enters what a rule said.
    pub(crate) fn enter(&mut self, rule: &Arc<Rule>, judgement: Judgement, at: Timestamp) -> Vec<Transition> {
        let Some(page) = self.pages.get_mut(&rule.name) else { return Vec::new() };
        page.judged = Some(Arc::clone(rule));
        page.last = Some(at);
        page.cost = judgement.cost;
        page.series = judgement.series;
        page.values = judgement.values;
        page.rests_until = judgement.overdue.then(|| at + REST);
        page.error = judgement.error.map(|error| error.0.rendered.clone());
        if judgement.overdue && page.error.is_none() {
            page.error = Some(format!("it took longer than its time and rests for {} s", REST.as_secs()));
        }

        let mut changes = Vec::new();
        let mut seen: HashSet<AlertId> = judgement.failed.into_iter().collect();
        for finding in judgement.findings {
            let (id, signal) = (finding.id, signal(finding.verdict));
            if !seen.insert(id) {
                page.error.get_or_insert_with(|| format!("two rows of the query have the labels {}", finding.labels));
                continue;
            }
            if !page.alerts.contains_key(&id) && signal == Signal::Holds && page.alerts.len() >= MOST_ALERTS {
                page.error.get_or_insert_with(|| format!("it has more than {MOST_ALERTS} alerts; select fewer series"));
                continue;
            }
            changes.extend(page.found(finding, signal, at, &mut self.resolved));
        }
        if !judgement.incomplete {
            for id in page.alerts.keys().copied().filter(|id| !seen.contains(id)).collect::<Vec<_>>() {
                changes.extend(page.signal(id, Signal::NoData, at, &mut self.resolved));
            }
        }
        changes
    }

    /// Every alert, the worst first, ended ones last.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        let mut all: Vec<Alert> =
            self.pages.values().flat_map(|page| page.alerts.iter().map(|(id, entry)| page.show(*id, entry))).collect();
        all.sort_by(|a, b| (a.state, b.severity, b.since_ms, a.id).cmp(&(b.state, a.severity, a.since_ms, b.id)));
        all.extend(self.resolved.iter().cloned());
        all
    }

    /// The status of a rule.
    pub(crate) fn status(&self, rule: &Rule) -> RuleStatus {
        let page = self.pages.get(&rule.name);
        RuleStatus {
            name: Arc::clone(&rule.name),
            file: Arc::clone(&rule.file),
            line: rule.line,
            severity: rule.severity,
            state: page.map_or(RuleState::Inactive, Page::state),
            about: rule.about(),
            pending_ms: millis(rule.pending),
            keep_firing_ms: millis(rule.keep_firing),
            every_ms: rule.every.map(millis),
            alerts: page.map_or(0, |page| page.alerts.len()),
            last_evaluated_ms: page.and_then(|page| page.last).map(|last| last.0),
            cost_us: page
                .filter(|page| page.last.is_some())
                .map(|page| u64::try_from(page.cost.as_micros()).unwrap_or(u64::MAX)),
            error: page.and_then(|page| page.error.clone()),
            series: page.map_or(0, |page| page.series),
            values: page.map(|page| page.values.clone()).unwrap_or_default(),
        }
    }

    /// Firing alerts by severity. One without data fired, and nobody said that it ended.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for page in self.pages.values() {
            let firing = page.alerts.values().filter(|entry| !matches!(entry.state, State::Pending { .. }));
            firing.for_each(|_| counts.add(page.rule.severity));
        }
        counts
    }

    /// Rules that failed when they were last judged.
    pub(crate) fn broken(&self) -> usize {
        self.pages.values().filter(|page| page.error.is_some()).count()
    }
}

fn signal(verdict: Verdict) -> Signal {
    match verdict {
        Verdict::Holds => Signal::Holds,
        Verdict::Clear => Signal::Clear,
        Verdict::NoData => Signal::NoData,
    }
}

impl Page {
    fn new(rule: &Arc<Rule>) -> Self {
        Self {
            rule: Arc::clone(rule),
            judged: None,
            alerts: BTreeMap::new(),
            last: None,
            rests_until: None,
            cost: Duration::ZERO,
            error: None,
            series: 0,
            values: Vec::new(),
        }
    }

    /// Takes up what was found about a series, then lets its alert go on.
    fn found(
        &mut self,
        finding: Finding,
        signal: Signal,
        at: Timestamp,
        resolved: &mut VecDeque<Alert>,
    ) -> Option<Transition> {
        let Finding { id, labels, value, texts, .. } = finding;
        let value = value.is_finite().then_some(value);
        if let Some(entry) = self.alerts.get_mut(&id) {
            entry.value = value;
            if let Some(texts) = texts {
                entry.texts = texts;
            }
            return self.signal(id, signal, at, resolved);
        }
        let Phase::Active(state) = step(None, signal, at, self.timing()) else { return None };
        let entry = Entry { labels, state, value, texts: texts? };
        let alert = self.show(id, &entry);
        self.alerts.insert(id, entry);
        // Once more on the board: its earlier end is history.
        resolved.retain(|ended| ended.id != id);
        Some(Transition { at_ms: at.0, from: AlertState::Inactive, alert })
    }

    /// Lets an alert of the book go on.
    fn signal(
        &mut self,
        id: AlertId,
        signal: Signal,
        at: Timestamp,
        resolved: &mut VecDeque<Alert>,
    ) -> Option<Transition> {
        let timing = self.timing();
        let entry = self.alerts.get_mut(&id)?;
        let before = entry.state;
        let from = shown(before);
        match step(Some(before), signal, at, timing) {
            Phase::Active(state) => {
                entry.state = state;
                if from == shown(state) {
                    return None;
                }
                let alert = self.alerts.get(&id).map(|entry| self.show(id, entry))?;
                Some(Transition { at_ms: at.0, from, alert })
            }
            Phase::Inactive => {
                let entry = self.alerts.remove(&id)?;
                let alert = Alert { state: AlertState::Inactive, ..self.show(id, &entry) };
                Some(Transition { at_ms: at.0, from, alert })
            }
            Phase::Resolved(ended) => {
                let entry = self.alerts.remove(&id)?;
                let alert = self.ended(id, &entry, ended, at);
                resolved.push_front(alert.clone());
                resolved.truncate(MOST_RESOLVED);
                Some(Transition { at_ms: at.0, from, alert })
            }
        }
    }

    fn timing(&self) -> Timing {
        Timing { pending: self.rule.pending, keep_firing: self.rule.keep_firing }
    }

    fn show(&self, id: AlertId, entry: &Entry) -> Alert {
        let since = match entry.state {
            State::Pending { since } | State::Firing { since, .. } => since,
            State::NoData { lost, .. } => lost,
        };
        Alert {
            id,
            rule: Arc::clone(&self.rule.name),
            severity: self.rule.severity,
            state: shown(entry.state),
            labels: entry.labels.clone(),
            summary: entry.texts.summary.clone(),
            detail: entry.texts.detail.clone(),
            value: entry.value,
            since_ms: since.0,
            resolved_ms: None,
            ended: None,
            runbook: self.rule.runbook.clone(),
        }
    }

    fn ended(&self, id: AlertId, entry: &Entry, ended: Ended, at: Timestamp) -> Alert {
        let since_ms = match entry.state {
            State::Pending { since } | State::Firing { since, .. } | State::NoData { since, .. } => since.0,
        };
        let shown = self.show(id, entry);
        Alert { state: AlertState::Resolved, since_ms, resolved_ms: Some(at.0), ended: Some(ended), ..shown }
    }

    fn state(&self) -> RuleState {
        let any = |wanted: AlertState| self.alerts.values().any(|entry| shown(entry.state) == wanted);
        if self.error.is_some() {
            RuleState::Broken
        } else if any(AlertState::Firing) {
            RuleState::Firing
        } else if any(AlertState::Pending) {
            RuleState::Pending
        } else if any(AlertState::NoData) || (self.last.is_some() && self.series == 0) {
            RuleState::NoData
        } else {
            RuleState::Inactive
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn shown(state: State) -> AlertState {
    match state {
        State::Pending { .. } => AlertState::Pending,
        State::Firing { .. } => AlertState::Firing,
        State::NoData { .. } => AlertState::NoData,
    }
}
