//! The host's own numbers, as series like any other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Batch, BatchSink, Family, Kind, Labels, Layout, SeriesId, SeriesKey, SeriesRegistry, Timestamp};
use autobot_plugins::Histogram;

/// The instance under which the host reports on itself.
pub(super) const INSTANCE: &str = "host";

/// How often it does.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// Every metric that the host has about itself. `docs/reference/metrics.md` is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OwnMetric {
    CpuSeconds,
    ResidentBytes,
    OpenFiles,
    StartTime,
    TaskRestarts,
    PluginSeries,
    PluginSamples,
    PluginRestarts,
    PluginCollectSeconds,
    StoreBytes,
    StoreSeries,
    StoreQueue,
    StoreDropped,
    StoreCommits,
    RulesEvaluationSeconds,
    RulesBroken,
    AlertsFiring,
}

impl OwnMetric {
    /// All of them, in the order of the reference.
    pub(crate) const ALL: [Self; 17] = [
        Self::CpuSeconds,
        Self::ResidentBytes,
        Self::OpenFiles,
        Self::StartTime,
        Self::TaskRestarts,
        Self::PluginSeries,
        Self::PluginSamples,
        Self::PluginRestarts,
        Self::PluginCollectSeconds,
        Self::StoreBytes,
        Self::StoreSeries,
        Self::StoreQueue,
        Self::StoreDropped,
        Self::StoreCommits,
        Self::RulesEvaluationSeconds,
        Self::RulesBroken,
        Self::AlertsFiring,
    ];

    /// Name, unit, kind, labels, and a sentence.
    #[rustfmt::skip]
    pub(crate) fn family(self) -> Family {
        use Kind::{Counter, Gauge};
        let (name, unit, kind, labels, help): (_, _, _, &[&str], _) = match self {
            Self::CpuSeconds => ("autobot_process_cpu_seconds_total", "s", Counter, &[], "Processor time of the host itself."),
            Self::ResidentBytes => ("autobot_process_resident_memory_bytes", "By", Gauge, &[], "Resident memory of the host itself."),
            Self::OpenFiles => ("autobot_process_open_files", "1", Gauge, &[], "Open file descriptors of the host itself."),
            Self::StartTime => ("autobot_process_start_time_seconds", "s", Gauge, &[], "When the host started, since the Unix epoch."),
            Self::TaskRestarts => ("autobot_host_task_restarts_total", "1", Counter, &[], "Tasks of the host that panicked or ended early and were started again."),
            Self::PluginSeries => ("autobot_plugin_series", "1", Gauge, &["plugin"], "Series of a plugin instance."),
            Self::PluginSamples => ("autobot_plugin_samples_total", "1", Counter, &["plugin"], "Samples that a plugin instance handed over."),
            Self::PluginRestarts => ("autobot_plugin_restarts_total", "1", Counter, &["plugin"], "Times that a plugin instance was made anew."),
            Self::PluginCollectSeconds => ("autobot_plugin_collect_duration_seconds", "s", Kind::Histogram, &["plugin"], "Time that a plugin instance spent in each collection."),
            Self::StoreBytes => ("autobot_store_size_bytes", "By", Gauge, &[], "Size of the database with its write-ahead log."),
            Self::StoreSeries => ("autobot_store_series", "1", Gauge, &[], "Series that the store knows."),
            Self::StoreQueue => ("autobot_store_queue_batches", "1", Gauge, &[], "Batches that wait to be written."),
            Self::StoreDropped => ("autobot_store_dropped_batches_total", "1", Counter, &[], "Batches that were left out because they were not newer than what their instance had handed over before."),
            Self::StoreCommits => ("autobot_store_commits_total", "1", Counter, &[], "Transactions of the store's writer."),
            Self::RulesEvaluationSeconds => ("autobot_rules_evaluation_seconds", "s", Gauge, &[], "Time that the last judging of all rules took."),
            Self::RulesBroken => ("autobot_rules_broken", "1", Gauge, &[], "Rules that failed when they were last judged."),
            Self::AlertsFiring => ("autobot_alerts_firing", "1", Gauge, &["severity"], "Alerts that fire."),
        };
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Family { name: name.into(), unit: unit.into(), kind, help: help.into(), labels }
    }
}

/// One value, and the series that it belongs to.
pub(super) struct Reading {
    series: Own,
    value: f64,
}

/// A series of the host's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Own {
    metric: OwnMetric,
    /// Of the family's label, if it has one.
    label: Option<Arc<str>>,
    /// Which part of a histogram, with the upper bound of a bucket.
    part: Option<(&'static str, Option<String>)>,
}

impl Reading {
    /// Of a family without labels.
    pub(super) fn new(metric: OwnMetric, value: f64) -> Self {
        Self { series: Own { metric, label: None, part: None }, value }
    }

    /// Of a family with one.
    pub(super) fn of(metric: OwnMetric, label: &Arc<str>, value: f64) -> Self {
        Self { series: Own { metric, label: Some(label.clone()), part: None }, value }
    }

    /// All parts of a histogram.
    pub(super) fn histogram<'a>(
        metric: OwnMetric,
        label: &'a Arc<str>,
        histogram: &'a Histogram,
    ) -> impl Iterator<Item = Self> + 'a {
        let part = move |suffix, bound, value| Self {
            series: Own { metric, label: Some(label.clone()), part: Some((suffix, bound)) },
            value,
        };
        let bound = |bound: f64| if bound.is_finite() { bound.to_string() } else { "+Inf".to_owned() };
        let buckets = histogram.cumulative().map(move |(le, count)| part("_bucket", Some(bound(le)), count as f64));
        buckets.chain([part("_sum", None, histogram.sum), part("_count", None, histogram.count as f64)])
    }
}

/// Makes batches of readings.
pub(super) struct OwnSeries {
    machine: Arc<str>,
    registry: Arc<dyn SeriesRegistry>,
    sink: Arc<dyn BatchSink>,
    families: HashMap<OwnMetric, Arc<Family>>,
    ids: HashMap<Own, SeriesId>,
    layout: Option<Arc<Layout>>,
}

impl OwnSeries {
    pub(super) fn new(machine: Arc<str>, registry: Arc<dyn SeriesRegistry>, sink: Arc<dyn BatchSink>) -> Self {
        let families = OwnMetric::ALL.into_iter().map(|metric| (metric, Arc::new(metric.family()))).collect();
        Self { machine, registry, sink, families, ids: HashMap::new(), layout: None }
    }

    /// Hands over one tick.
    pub(super) fn report(&mut self, time: Timestamp, readings: Vec<Reading>) {
        let (mut ids, mut values) = (Vec::with_capacity(readings.len()), Vec::with_capacity(readings.len()));
        for reading in readings {
            ids.push(self.id(reading.series));
            values.push(reading.value);
        }
        let layout = match self.layout.take().filter(|layout| layout.ids() == ids) {
            Some(layout) => layout,
            None => match Layout::new(ids) {
                Ok(layout) => Arc::new(layout),
                Err(error) => {
                    tracing::error!(%error, "the host's own numbers of one tick were lost");
                    return;
                }
            },
        };
        self.layout = Some(layout.clone());
        if let Some(batch) = Batch::new(INSTANCE.into(), time, layout, values) {
            self.sink.accept(Arc::new(batch));
        }
    }

    fn id(&mut self, series: Own) -> SeriesId {
        if let Some(id) = self.ids.get(&series) {
            return *id;
        }
        let family = self.families.entry(series.metric).or_insert_with(|| Arc::new(series.metric.family()));
        let (suffix, bound) = series.part.clone().unwrap_or_default();
        let own = family.labels.first().cloned().zip(series.label.as_deref().map(str::to_owned));
        let le = bound.map(|bound| ("le".to_owned(), bound));
        let common = [("machine".to_owned(), self.machine.to_string()), ("plugin".to_owned(), INSTANCE.to_owned())];
        let labels = Labels::new(common.into_iter().chain(own).chain(le));
        let key = SeriesKey { name: format!("{}{suffix}", family.name).as_str().into(), labels };
        let id = self.registry.register(key, family);
        self.ids.insert(series, id);
        id
    }
}
