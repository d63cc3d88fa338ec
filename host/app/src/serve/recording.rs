//! Recording rules: queries whose results are kept as series.
//!
//! Each rule is an instance of its own towards the store, and they are asked one after the other, so that a rule sees what those
//! above it recorded at the same moment. A series that a rule no longer gives ends, as in Prometheus.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_config::{RecordConfig, RulesConfig};
use autobot_model::{
    Batch, BatchSink, Family, Kind, Labels, Layout, STALE, SeriesId, SeriesKey, SeriesReader, SeriesRegistry,
    Timestamp, is_label_name, is_metric_name,
};
use autobot_query::{Engine, Expr, Value};
use parking_lot::Mutex;
use serde_json::json;

/// Series of one rule; more is a mistake in its labels.
const MOST_SERIES: usize = 10_000;
/// How far behind its grid a rule is asked.
const BEHIND: Duration = Duration::from_millis(500);

/// All recording rules of a running host.
pub(super) struct Recording {
    engine: Arc<Engine>,
    reader: Arc<dyn SeriesReader>,
    registry: Arc<dyn SeriesRegistry>,
    sink: Arc<dyn BatchSink>,
    rules: Mutex<Vec<Rule>>,
}

struct Rule {
    config: RecordConfig,
    every: Duration,
    instance: Arc<str>,
    family: Arc<Family>,
    /// What it asks, or why it asks nothing.
    expr: Result<Arc<Expr>, String>,
    series: HashSet<SeriesId>,
    asked: Option<(Timestamp, Duration)>,
    error: Option<String>,
}

impl Recording {
    pub(super) fn new(
        engine: Arc<Engine>,
        reader: Arc<dyn SeriesReader>,
        registry: Arc<dyn SeriesRegistry>,
        sink: Arc<dyn BatchSink>,
    ) -> Self {
        Self { engine, reader, registry, sink, rules: Mutex::default() }
    }

    /// Puts these rules in the place of those before; the series of those that are gone end.
    pub(super) fn configure(&self, config: &RulesConfig) {
        let mut rules = self.rules.lock();
        let mut before: BTreeMap<Arc<str>, Rule> =
            std::mem::take(&mut *rules).into_iter().map(|rule| (rule.instance.clone(), rule)).collect();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for record in &config.record {
            let count = names.entry(&record.record).or_default();
            *count += 1;
            // Two rules may give series of one name, with different labels.
            let instance = if *count == 1 {
                format!("record {}", record.record)
            } else {
                format!("record {} {count}", record.record)
            };
            let mut rule = Rule::new(record.clone(), config.interval, instance.into());
            if let Some(known) = before.remove(&rule.instance) {
                rule.series = known.series;
                rule.asked = known.asked;
            }
            if let Err(error) = &rule.expr {
                tracing::error!("the recording rule {}: {error}", rule.config.record);
            }
            rules.push(rule);
        }
        for mut gone in before.into_values() {
            if let Some((last, _)) = gone.asked {
                self.hand_over(&mut gone, Timestamp(last.0.saturating_add(1)), Vec::new());
            }
        }
    }

    /// The next moment of any rule's grid after `now`, and when to ask for it.
    pub(super) fn next(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let rules = self.rules.lock();
        let of = |every: Duration| {
            let behind = BEHIND.min(every / 4);
            let at = (now - behind).align(every) + every;
            (at + behind, at)
        };
        let next = rules.iter().map(|rule| of(rule.every)).min();
        let (asked, at) = next.unwrap_or((now + Duration::from_secs(3600), now));
        (at, asked)
    }

    /// Asks the rules whose grid has the moment `at`. Blocks as long as their queries take.
    pub(super) fn evaluate(&self, at: Timestamp) {
        let due: Vec<Arc<str>> = {
            let rules = self.rules.lock();
            let due = |rule: &&Rule| at.align(rule.every) == at && rule.asked.is_none_or(|(last, _)| last < at);
            rules.iter().filter(due).map(|rule| rule.instance.clone()).collect()
        };
        for instance in due {
            let expr = {
                let rules = self.rules.lock();
                rules.iter().find(|rule| rule.instance == instance).map(|rule| rule.expr.clone())
            };
            let Some(expr) = expr else { continue };
            let begun = Instant::now();
            // Without the lock: others look at the rules meanwhile.
            let result =
                expr.and_then(|expr| self.engine.instant(&*self.reader, &expr, at).map_err(|error| error.to_string()));
            let mut rules = self.rules.lock();
            let Some(rule) = rules.iter_mut().find(|rule| rule.instance == instance) else { continue };
            rule.asked = Some((at, begun.elapsed()));
            let samples = result.and_then(|value| rule.samples(value));
            rule.error = samples.as_ref().err().cloned();
            self.hand_over(rule, at, samples.unwrap_or_default());
        }
    }

    /// One batch of a rule; series that it no longer gives end.
    fn hand_over(&self, rule: &mut Rule, at: Timestamp, samples: Vec<(SeriesKey, f64)>) {
        let (mut ids, mut values) = (Vec::with_capacity(samples.len()), Vec::with_capacity(samples.len()));
        for (key, value) in samples {
            ids.push(self.registry.register(key, &rule.family));
            values.push(value);
        }
        let now: HashSet<SeriesId> = ids.iter().copied().collect();
        let ended: Vec<SeriesId> = rule.series.difference(&now).copied().collect();
        values.extend(std::iter::repeat_n(STALE, ended.len()));
        ids.extend(ended);
        rule.series = now;
        if ids.is_empty() {
            return;
        }
        let batch =
            Layout::new(ids).ok().and_then(|layout| Batch::new(rule.instance.clone(), at, Arc::new(layout), values));
        if let Some(batch) = batch {
            self.sink.accept(Arc::new(batch));
        }
    }

    /// What does not work, as sentences.
    pub(super) fn problems(&self) -> Vec<String> {
        let rules = self.rules.lock();
        let sentence = |rule: &Rule| {
            let error = rule.expr.as_ref().err().or(rule.error.as_ref())?;
            Some(format!("the recording rule {} gives nothing: {error}", rule.config.record))
        };
        rules.iter().filter_map(sentence).collect()
    }

    /// The rules, as the API shows them.
    pub(super) fn document(&self) -> serde_json::Value {
        let rules = self.rules.lock();
        let shown = rules.iter().map(|rule| {
            let mut shown = json!({
                "record": rule.config.record,
                "expr": rule.config.expr,
                "every_ms": millis(rule.every),
                "labels": rule.config.labels,
                "series": rule.series.len(),
            });
            if let Some((at, took)) = rule.asked {
                shown["last_evaluated_ms"] = json!(at);
                shown["cost_us"] = json!(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            }
            if let Some(error) = rule.expr.as_ref().err().or(rule.error.as_ref()) {
                shown["error"] = json!(error);
            }
            shown
        });
        shown.collect()
    }
}

impl Rule {
    fn new(config: RecordConfig, interval: Duration, instance: Arc<str>) -> Self {
        let expr = checked(&config);
        let family = Arc::new(Family {
            name: config.record.clone(),
            unit: String::new(),
            kind: Kind::Unknown,
            help: format!("Recorded: {}", config.expr),
            labels: Vec::new(),
        });
        let every = config.every.unwrap_or(interval);
        Self { config, every, instance, family, expr, series: HashSet::new(), asked: None, error: None }
    }

    /// The result as samples of this rule's series.
    fn samples(&self, value: Value) -> Result<Vec<(SeriesKey, f64)>, String> {
        let found = match value {
            Value::Scalar(number) => vec![(Labels::default(), number)],
            Value::Vector(samples) => samples.into_iter().map(|sample| (sample.labels, sample.value)).collect(),
            Value::Text(_) | Value::Matrix(_) => return Err("its result is no instant vector".to_owned()),
        };
        if found.len() > MOST_SERIES {
            return Err(format!("its result has {} series, and at most {MOST_SERIES} are recorded", found.len()));
        }
        let mut seen = HashSet::with_capacity(found.len());
        let mut samples = Vec::with_capacity(found.len());
        for (labels, value) in found {
            let labels = self.config.labels.iter().fold(labels, |labels, (name, value)| labels.with(name, value));
            let key = SeriesKey { name: self.config.record.as_str().into(), labels };
            if !seen.insert(key.clone()) {
                return Err(format!("two of its series would be {key}; leave the labels that tell them apart"));
            }
            samples.push((key, value));
        }
        Ok(samples)
    }
}

/// The expression of a rule, if all of the rule is right.
fn checked(config: &RecordConfig) -> Result<Arc<Expr>, String> {
    if !is_metric_name(&config.record) {
        return Err(format!(
            "`{}` is no name of a metric: letters, digits, `_` and `:`, no digit first",
            config.record
        ));
    }
    if let Some(label) = config.labels.keys().find(|label| !is_label_name(label) || *label == "__name__") {
        return Err(format!("`{label}` is no name of a label: letters, digits and `_`, no digit first"));
    }
    autobot_query::parse(&config.expr).map(Arc::new).map_err(|error| error.to_string())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_query::testing::MemoryReader;
    use expect_test::expect;

    #[derive(Default)]
    struct Kept {
        keys: Mutex<Vec<SeriesKey>>,
        lines: Mutex<Vec<String>>,
    }

    impl SeriesRegistry for Kept {
        fn register(&self, key: SeriesKey, _: &Arc<Family>) -> SeriesId {
            let mut keys = self.keys.lock();
            let at = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            SeriesId(at as u32)
        }

        fn find(&self, _: &SeriesKey) -> Option<SeriesId> {
            None
        }

        fn resolve(&self, _: SeriesId) -> Option<Arc<SeriesKey>> {
            None
        }
    }

    impl BatchSink for Kept {
        fn accept(&self, batch: Arc<Batch>) {
            let keys = self.keys.lock();
            for (id, value) in batch.iter() {
                let value = if autobot_model::is_stale(value) { "ends".to_owned() } else { value.to_string() };
                self.lines.lock().push(format!("{} {} {value}", batch.time.0 / 1_000, keys[id.0 as usize]));
            }
        }
    }

    fn record(record: &str, expr: &str) -> RecordConfig {
        RecordConfig { record: record.into(), expr: expr.into(), ..RecordConfig::default() }
    }

    #[test]
    fn results_become_series_that_end_when_nothing_gives_them_any_more() {
        let mut reader = MemoryReader::default();
        reader.add("use{machine=\"a\"}", (0..40).map(|at| (at * 10_000, at as f64)));
        reader.add("use{machine=\"b\"}", (0..2).map(|at| (at * 10_000, 1.0)).chain([(20_000, STALE)]));
        let kept = Arc::new(Kept::default());
        let recording = Recording::new(Arc::default(), Arc::new(reader), kept.clone(), kept.clone());
        let labelled = RecordConfig {
            labels: BTreeMap::from([("team".to_owned(), "x".to_owned())]),
            ..record("all:use", "sum(use)")
        };
        let wrong = record("wrong:use", "sum(");
        let same = record("same", "label_replace(use, \"machine\", \"\", \"\", \"\")");
        let rules = vec![record("machine:use", "use * 2"), labelled, wrong, same];
        recording.configure(&RulesConfig { record: rules, ..RulesConfig::default() });
        for at in [10_000, 20_000, 20_000, 25_000] {
            recording.evaluate(Timestamp(at));
        }
        recording.configure(&RulesConfig::default());
        expect![[r#"
            10 machine:use{machine="a"} 2
            10 machine:use{machine="b"} 2
            10 all:use{team="x"} 2
            20 machine:use{machine="a"} 4
            20 machine:use{machine="b"} ends
            20 all:use{team="x"} 2
            20 same 2
            20 all:use{team="x"} ends
            20 machine:use{machine="a"} ends
            20 same ends"#]]
        .assert_eq(&kept.lines.lock().join("\n"));
    }

    #[test]
    fn mistakes_are_sentences() {
        let reader: Arc<dyn SeriesReader> = Arc::new(MemoryReader::default());
        let kept = Arc::new(Kept::default());
        let recording = Recording::new(Arc::default(), reader, kept.clone(), kept);
        let labelled =
            RecordConfig { labels: BTreeMap::from([("a-b".to_owned(), "x".to_owned())]), ..record("fine", "1") };
        let rules = vec![record("no name", "up"), record("a:b", "rate(up)"), labelled];
        recording.configure(&RulesConfig { record: rules, ..RulesConfig::default() });
        expect![[r#"
            the recording rule no name gives nothing: `no name` is no name of a metric: letters, digits, `_` and `:`, no digit first
            the recording rule a:b gives nothing: 1:6: `rate` takes a range vector, not an instant vector (give it a range: metric[5m])
            the recording rule fine gives nothing: `a-b` is no name of a label: letters, digits and `_`, no digit first"#]].assert_eq(&recording.problems().join("\n"));
    }
}
