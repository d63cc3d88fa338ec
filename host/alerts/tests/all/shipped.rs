//! Every file of `rules/` loads clean against the shipped thresholds.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::Memory;
use autobot_alerts::Evaluator;
use autobot_model::Timestamp;
use autobot_script::{Environment, load};

fn shipped() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/alerts"))
}

fn environment() -> Environment {
    let thresholds = [("cpu_percent", 80.0), ("memory_percent", 85.0), ("disk_percent", 90.0)];
    let thresholds = thresholds.map(|(name, value)| (name.to_owned(), value)).into();
    Environment { thresholds: Arc::new(thresholds), ..Environment::default() }
}

#[test]
fn every_shipped_rule_loads_clean() {
    let loaded = load(&[shipped()], None, &environment());
    let said: Vec<&str> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.rendered.as_str()).collect();
    assert!(said.is_empty(), "{}", said.join("\n\n"));
    let (files, rules) = (loaded.set.files.len(), loaded.set.rules().count());
    assert!(files >= 4 && rules >= 12, "{files} files, {rules} rules");
}

/// Values at which each shipped rule must fire, so that no summary or condition fails when it matters.
#[test]
fn every_shipped_rule_fires_on_what_it_is_for_and_no_text_fails() {
    let memory = Arc::new(Memory::default());
    type Ill<'a> = (&'a str, &'a [(&'a str, &'a str)], f64, f64);
    let ill: &[Ill<'_>] = &[
        ("system_cpu_utilization_ratio", &[], 0.95, 0.0),
        ("system_cpu_core_utilization_ratio", &[("core", "0")], 0.9, 0.0),
        ("system_cpu_core_utilization_ratio", &[("core", "1")], 0.9, 0.0),
        ("system_cpu_load_average_5m", &[], 7.0, 0.0),
        ("system_pressure_stalled_ratio", &[("resource", "cpu"), ("scope", "some"), ("window", "60s")], 0.5, 0.0),
        ("system_pressure_stalled_ratio", &[("resource", "memory"), ("scope", "full"), ("window", "60s")], 0.5, 0.0),
        ("system_pressure_stalled_ratio", &[("resource", "io"), ("scope", "full"), ("window", "60s")], 0.9, 0.0),
        ("system_process_cpu_utilization_ratio", &[("process", "cc1"), ("user", "root")], 1.5, 0.0),
        ("system_process_memory_usage_bytes", &[("process", "java"), ("user", "app")], 3e9, 0.0),
        ("system_memory_utilization_ratio", &[], 0.985, 0.0),
        ("system_filesystem_utilization_ratio", &[("mountpoint", "/"), ("device", "/dev/sda1")], 0.99, 0.0),
        ("system_filesystem_inodes_utilization_ratio", &[("mountpoint", "/"), ("device", "/dev/sda1")], 0.95, 0.0),
        ("autobot_store_dropped_batches_total", &[], 0.0, 1.0),
        ("autobot_plugin_restarts_total", &[("plugin", "x")], 0.0, 1.0),
        ("autobot_host_task_restarts_total", &[], 0.0, 1.0),
        ("autobot_rules_broken", &[], 2.0, 0.0),
        ("autobot_rules_evaluation_seconds", &[], 4.0, 0.0),
    ];
    let evaluator = Evaluator::new(memory.clone());
    evaluator.replace(load(&[shipped()], None, &environment()).set);
    for tick in 0..90 {
        for (name, labels, value, growth) in ill {
            let labels: Vec<_> = labels.iter().copied().chain([("machine", "main")]).collect();
            memory.push(name, &labels, tick * 10_000, value + growth * tick as f64);
        }
        evaluator.evaluate(Timestamp(tick * 10_000));
    }
    for rule in evaluator.rules() {
        assert_eq!((rule.error.as_deref(), rule.alerts), (None, 1), "{}: {:?}", rule.name, rule.values);
        assert_eq!(rule.state, autobot_alerts::RuleState::Firing, "{}", rule.name);
    }
    for alert in evaluator.alerts() {
        assert!(alert.summary.starts_with("main: "), "{}", alert.summary);
    }
}
