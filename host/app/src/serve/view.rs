//! What the server shows of everything that is not a series.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use autobot_capabilities::kernel::MachineInfo;
use autobot_model::{Clock, Timestamp};
use autobot_plugins::PluginHost;
use autobot_script::FileState;
use autobot_server::HostView;
use autobot_store::Store;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::decisions::Decisions;
use super::process::{self, CpuShare};
use super::rules::Rules;

/// Documents that other parts publish when they change, and parts that are asked.
pub(super) struct View {
    pub(super) site: String,
    pub(super) machine: MachineInfo,
    pub(super) interval_ms: AtomicU64,
    pub(super) started: Timestamp,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cpu: CpuShare,
    pub(super) plugins: Arc<PluginHost>,
    pub(super) store: Arc<Store>,
    pub(super) rules: Arc<Rules>,
    /// `alert_thresholds` in force, by name.
    pub(super) thresholds: Mutex<BTreeMap<String, f64>>,
    /// Why the configuration that lies there is not the one in force; empty when it is.
    pub(super) config_problems: Mutex<Vec<String>>,
    /// What was decided about plugins by command line or dashboard.
    pub(super) decisions: Arc<Decisions>,
}

impl View {
    /// Everything about the host itself that an operator should know, as sentences.
    fn problems(&self) -> Vec<String> {
        let mut problems = self.config_problems.lock().clone();
        problems.extend(self.decisions.problem());
        let store = self.store.stats();
        if store.state != "writing" {
            problems.push(format!("store: {}", store.state));
        }
        problems.extend(self.rules.recording().problems());
        let plugins = self.plugins.status();
        for plugin in plugins.iter().filter(|plugin| plugin.state.is_failing()) {
            let reason = plugin.reason.as_deref().unwrap_or("no reason was given");
            problems.push(format!("plugin {} is {}: {reason}", plugin.name, plugin.state.as_words()));
        }
        for (plugin, reason) in plugins.iter().filter_map(|plugin| Some((plugin, plugin.successor.as_ref()?))) {
            problems
                .push(format!("plugin {}: its new version is not run, the one before goes on: {reason}", plugin.name));
        }
        let set = self.rules.evaluator().set();
        for file in set.files.iter().filter(|file| file.state == FileState::Broken) {
            let what = file.diagnostics.first().map_or("it cannot be used", |first| &first.message);
            problems.push(format!("{}: {what}; its last good version stays in force", file.path));
        }
        problems
    }
}

impl HostView for View {
    fn status(&self) -> Value {
        let plugins = self.plugins.status();
        let store = self.store.stats();
        json!({
            "version": self.version(),
            "site": self.site,
            "machine": self.machine,
            "now_ms": self.clock.now(),
            "started_ms": self.started,
            "default_interval_ms": self.interval_ms.load(Ordering::Relaxed),
            "own": { "cpu_ratio": self.cpu.get(), "resident_bytes": process::resident_bytes() },
            "thresholds": self.thresholds.lock().clone(),
            "counts": {
                "plugins": plugins.len(),
                "plugins_failing": plugins.iter().filter(|plugin| plugin.state.is_failing()).count(),
                "series": store.series,
                "alerts": self.rules.evaluator().counts(),
            },
            "store": store,
            "problems": self.problems(),
        })
    }

    fn plugins(&self) -> Value {
        json!({ "plugins": self.plugins.status() })
    }

    fn rules(&self) -> Value {
        self.rules.document()
    }

    fn alerts(&self) -> Value {
        self.rules.alerts()
    }

    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }
}
