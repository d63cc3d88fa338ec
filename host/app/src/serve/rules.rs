//! Rules in force: loaded, judged, shown. The caller says when; calls read files and series, so they belong on
//! blocking threads.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use autobot_alerts::Evaluator;
use autobot_model::{Clock, SeriesReader, Timestamp};
use autobot_script::{Environment, Level};
use autobot_server::{Hub, Topic};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::recording::Recording;

/// The rules of a running host.
pub(super) struct Rules {
    evaluator: Evaluator,
    /// How often rules without a grid of their own are judged.
    interval_ms: AtomicU64,
    /// Where the rule files are, and what they are checked against.
    input: Mutex<(Vec<PathBuf>, Environment)>,
    /// How many families of metrics the rules in force were checked against.
    checked: Mutex<usize>,
    /// Whether the collectors had time to say what they measure: until then no rule is doubted for asking for a
    /// metric that nobody brings.
    settled: AtomicBool,
    /// The alerts as pages last heard of them.
    told: Mutex<Value>,
    reader: Arc<dyn SeriesReader>,
    recording: Arc<Recording>,
}

impl Rules {
    pub(super) fn new(
        paths: Vec<PathBuf>,
        environment: Environment,
        interval: Duration,
        reader: Arc<dyn SeriesReader>,
        recording: Arc<Recording>,
    ) -> Self {
        let evaluator = Evaluator::new(reader.clone());
        Self {
            evaluator,
            interval_ms: AtomicU64::new(millis(interval)),
            input: Mutex::new((paths, environment)),
            checked: Mutex::new(0),
            settled: AtomicBool::new(false),
            told: Mutex::default(),
            reader,
            recording,
        }
    }

    /// Queries whose results are kept.
    pub(super) fn recording(&self) -> &Arc<Recording> {
        &self.recording
    }

    pub(super) fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// The rules' document, as the API shows it.
    pub(super) fn document(&self) -> Value {
        let mut document = json!(self.evaluator.rules_view());
        document["interval_ms"] = self.interval_ms.load(Ordering::Relaxed).into();
        document["recording"] = self.recording.document();
        document
    }

    /// The alerts' document, as the API shows it.
    pub(super) fn alerts(&self) -> Value {
        json!(self.evaluator.alerts_view())
    }

    /// Other files, other limits; they take effect with the next load.
    pub(super) fn configure(&self, paths: Vec<PathBuf>, environment: Environment, interval: Duration) {
        self.interval_ms.store(millis(interval), Ordering::Relaxed);
        *self.input.lock() = (paths, environment);
    }

    /// Reads all files anew. What is broken keeps its last good version.
    pub(super) fn load(&self, clock: &dyn Clock) {
        let (paths, mut environment) = self.input.lock().clone();
        environment.now = clock.now();
        if self.settled.load(Ordering::Relaxed) {
            environment.families = self.reader.families();
        }
        let loaded = autobot_script::load(&paths, Some(&self.evaluator.set()), &environment);
        for found in loaded.diagnostics.iter().filter(|found| found.level == Level::Error) {
            tracing::warn!("{}:{}:{}: {}", found.file, found.line, found.column, found.message);
        }
        *self.checked.lock() = environment.families.len();
        tracing::info!(generation = loaded.set.generation, rules = loaded.set.rules().count(), "rules loaded");
        self.evaluator.replace(loaded.set);
    }

    /// Whether a check could come to another result than at the last load, because metrics came since.
    pub(super) fn are_to_be_checked_again(&self) -> bool {
        self.settled.store(true, Ordering::Relaxed);
        self.reader.families().len() != *self.checked.lock()
    }

    /// Judges what is due at `at`, and tells pages.
    pub(super) fn judge(&self, at: Timestamp, hub: &Hub) {
        for change in self.evaluator.evaluate(at) {
            let alert = &change.alert;
            tracing::info!(rule = %alert.rule, severity = %alert.severity, from = ?change.from, to = ?alert.state, "{}", alert.summary);
        }
        hub.changed(Topic::Rules);
        let alerts = self.alerts();
        let mut told = self.told.lock();
        if *told != alerts {
            *told = alerts;
            hub.changed(Topic::Alerts);
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
