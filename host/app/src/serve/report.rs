//! Gathers the host's own numbers on their grid.

use std::sync::Arc;

use autobot_alerts::AlertState;
use autobot_model::Severity;
use parking_lot::Mutex;

use super::own::{INTERVAL, OwnMetric, OwnSeries, Reading};
use super::process;
use super::reload::Reload;
use super::supervise::Supervisor;

pub(super) async fn run(own: Arc<Mutex<OwnSeries>>, host: Arc<Reload>, supervisor: Supervisor) {
    let mut next = host.clock.now();
    loop {
        let now = host.clock.now();
        host.view.cpu.note(host.clock.monotonic().as_secs_f64());
        own.lock().report(next.min(now), readings(&host, &supervisor));
        next = now.align(INTERVAL) + INTERVAL;
        tokio::time::sleep(next.since(now).min(INTERVAL)).await;
    }
}

fn readings(host: &Reload, supervisor: &Supervisor) -> Vec<Reading> {
    let store = host.view.store.stats();
    let mut readings: Vec<Reading> = vec![
        Reading::new(OwnMetric::CpuSeconds, process::cpu_seconds()),
        Reading::new(OwnMetric::ResidentBytes, process::resident_bytes().map_or(f64::NAN, |bytes| bytes as f64)),
        Reading::new(OwnMetric::OpenFiles, process::open_files().map_or(f64::NAN, |count| count as f64)),
        Reading::new(OwnMetric::StartTime, host.view.started.seconds()),
        Reading::new(OwnMetric::TaskRestarts, supervisor.restarts() as f64),
        Reading::new(OwnMetric::StoreBytes, store.bytes as f64),
        Reading::new(OwnMetric::StoreSeries, store.series as f64),
        Reading::new(OwnMetric::StoreQueue, store.queue as f64),
        Reading::new(OwnMetric::StoreDropped, store.dropped as f64),
        Reading::new(OwnMetric::StoreCommits, store.commits as f64),
        Reading::new(OwnMetric::RulesEvaluationSeconds, host.rules.evaluator().took().as_secs_f64()),
        Reading::new(OwnMetric::RulesBroken, host.rules.evaluator().broken() as f64),
    ];
    for plugin in host.plugins.status() {
        let name: Arc<str> = plugin.name.as_str().into();
        for (metric, value) in [
            (OwnMetric::PluginSeries, plugin.series as f64),
            (OwnMetric::PluginSamples, plugin.samples_total as f64),
            (OwnMetric::PluginRestarts, plugin.restarts as f64),
        ] {
            readings.push(Reading::of(metric, &name, value));
        }
        readings.extend(Reading::histogram(OwnMetric::PluginCollectSeconds, &name, &plugin.durations));
    }
    let firing = host.rules.evaluator().alerts().into_iter().filter(|alert| alert.state == AlertState::Firing);
    let mut counts = Severity::ALL.map(|severity| (severity, 0.0));
    for alert in firing {
        counts.iter_mut().filter(|(severity, _)| *severity == alert.severity).for_each(|(_, count)| *count += 1.0);
    }
    readings
        .extend(counts.map(|(severity, count)| Reading::of(OwnMetric::AlertsFiring, &severity.as_str().into(), count)));
    readings
}
