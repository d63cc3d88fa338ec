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
    loop {
        let now = host.clock.now();
        host.view.cpu.note(host.clock.monotonic().as_secs_f64());
        own.lock().report(now, readings(&host, &supervisor));
        let next = now.align(INTERVAL) + INTERVAL;
        tokio::time::sleep(next.since(now).min(INTERVAL)).await;
    }
}

fn readings(host: &Reload, supervisor: &Supervisor) -> Vec<Reading> {
    let store = host.view.store.stats();
    let mut readings: Vec<Reading> = vec![
        (OwnMetric::CpuSeconds, None, process::cpu_seconds()),
        (OwnMetric::ResidentBytes, None, process::resident_bytes().map_or(f64::NAN, |bytes| bytes as f64)),
        (OwnMetric::OpenFiles, None, process::open_files().map_or(f64::NAN, |count| count as f64)),
        (OwnMetric::StartTime, None, host.view.started.seconds()),
        (OwnMetric::TaskRestarts, None, supervisor.restarts() as f64),
        (OwnMetric::StoreBytes, None, store.bytes as f64),
        (OwnMetric::StoreSeries, None, store.series as f64),
        (OwnMetric::StoreQueue, None, store.queue as f64),
        (OwnMetric::StoreDropped, None, store.dropped as f64),
        (OwnMetric::StoreCommits, None, store.commits as f64),
        (OwnMetric::RulesEvaluationSeconds, None, host.rules.evaluator().took().as_secs_f64()),
        (OwnMetric::RulesBroken, None, host.rules.evaluator().broken() as f64),
    ];
    for plugin in host.plugins.status() {
        let name: Arc<str> = plugin.name.as_str().into();
        for (metric, value) in [
            (OwnMetric::PluginSeries, plugin.series as f64),
            (OwnMetric::PluginSamples, plugin.samples_total as f64),
            (OwnMetric::PluginRestarts, plugin.restarts as f64),
        ] {
            readings.push((metric, Some(name.clone()), value));
        }
    }
    let firing = host.rules.evaluator().alerts().into_iter().filter(|alert| alert.state == AlertState::Firing);
    let mut counts = Severity::ALL.map(|severity| (severity, 0.0));
    for alert in firing {
        counts.iter_mut().filter(|(severity, _)| *severity == alert.severity).for_each(|(_, count)| *count += 1.0);
    }
    readings.extend(counts.map(|(severity, count)| (OwnMetric::AlertsFiring, Some(severity.as_str().into()), count)));
    readings
}
