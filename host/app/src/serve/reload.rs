//! What changes while the host runs: rules, plugins, configuration. One path for all: notice, build the whole new set,
//! check it, swap it in; what is broken leaves the last good one in force.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use autobot_config::{Config, Section, Source, diff};
use autobot_model::Clock;
use autobot_plugins::PluginHost;
use autobot_server::{Hub, Topic};
use parking_lot::Mutex;
use tokio::signal::unix::{SignalKind, signal};

use super::decisions::Decisions;
use super::rules::Rules;
use super::view::View;
use super::watch::Watch;
use super::{environment, instances, rule_paths};

/// A new configuration, or a clock that jumped, is noticed after this at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Everything that a change may reach.
pub(super) struct Reload {
    pub(super) source: Source,
    pub(super) overlay: Box<dyn Fn(&mut Config) + Send + Sync>,
    pub(super) data: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) current: Mutex<Config>,
    pub(super) plugins: Arc<PluginHost>,
    pub(super) rules: Arc<Rules>,
    pub(super) view: Arc<View>,
    pub(super) hub: Arc<Hub>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) decisions: Arc<Decisions>,
}

impl Reload {
    /// Judges all rules now, on a blocking thread.
    async fn judge(self: &Arc<Self>, load: bool) {
        let reload = self.clone();
        let judged = tokio::task::spawn_blocking(move || {
            if load {
                reload.rules.load(&*reload.clock);
            }
            // What was just measured counts: a rule is judged at the newest moment of its grid or of its edit.
            reload.rules.judge(reload.clock.now(), &reload.hub);
        });
        if let Err(error) = judged.await {
            tracing::error!(%error, "the rules were not judged this time");
        }
    }

    pub(super) async fn judge_on_the_grid(self: Arc<Self>) {
        loop {
            let interval = self.current.lock().rules.interval;
            let now = self.clock.now();
            let next = now.align(interval) + interval;
            // A clock that jumped must not hold up the rules for longer than their interval.
            tokio::time::sleep(next.since(now).min(interval)).await;
            self.judge(self.rules.are_to_be_checked_again()).await;
        }
    }

    /// Asks recording rules a moment behind the grid, so that what plugins measure on the grid is among their samples.
    pub(super) async fn record_on_the_grid(self: Arc<Self>) {
        loop {
            let now = self.clock.now();
            let (at, asked) = self.rules.recording().next(now);
            tokio::time::sleep(asked.since(now).min(LONGEST_WAIT)).await;
            if self.clock.now() < asked {
                continue;
            }
            let reload = self.clone();
            if let Err(error) = tokio::task::spawn_blocking(move || reload.rules.recording().evaluate(at)).await {
                tracing::error!(%error, "recording rules were not asked this time");
            }
        }
    }

    pub(super) async fn watch_rules(self: Arc<Self>) {
        loop {
            let paths = rule_paths(&self.current.lock(), &self.data);
            let Some(watch) = watching(&paths).await else { return };
            // Between the load and the watch a file may have changed: look once more.
            self.judge(true).await;
            loop {
                watch.changed().await;
                if rule_paths(&self.current.lock(), &self.data) != paths {
                    break;
                }
                self.judge(true).await;
            }
        }
    }

    pub(super) async fn watch_plugins(self: Arc<Self>) {
        let Some(watch) = watching(std::slice::from_ref(&self.folder)).await else { return };
        loop {
            watch.changed().await;
            self.apply_plugins().await;
        }
    }

    async fn apply_plugins(self: &Arc<Self>) {
        let reload = self.clone();
        let applied = tokio::task::spawn_blocking(move || reload.apply_plugins_now());
        if let Err(error) = applied.await {
            tracing::error!(%error, "the plugins folder could not be looked through");
        }
    }

    /// Makes the running instances those that folder, configuration and decisions ask for. Blocks for as long as files take.
    pub(super) fn apply_plugins_now(&self) {
        let config = self.current.lock().clone();
        self.plugins.apply(instances::all(&config, &self.folder, &self.decisions));
    }

    /// Tells pages when a plugin's state changed.
    pub(super) async fn watch_plugin_states(self: Arc<Self>) {
        let mut changes = self.plugins.changes();
        while changes.changed().await.is_ok() {
            self.hub.changed(Topic::Plugins);
            // A plugin that flutters is told of at most so often.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Reads the configuration again when its file changes, and on SIGHUP.
    pub(super) async fn watch_config(self: Arc<Self>) {
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        let watch = match &self.source {
            Source::File(path) => watching(std::slice::from_ref(path)).await,
            Source::Embedded => None,
        };
        loop {
            let changed = async {
                match &watch {
                    Some(watch) => watch.changed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = changed => {}
                _ = hangup.recv() => {}
            }
            self.reload_config().await;
        }
    }

    async fn reload_config(self: &Arc<Self>) {
        let mut config = match self.source.load() {
            Ok(loaded) => loaded.config,
            Err(mistakes) => {
                let problems: Vec<String> = mistakes
                    .iter()
                    .map(|mistake| {
                        format!(
                            "{}:{}:{}: {}; the configuration in force is the one before",
                            mistake.file, mistake.line, mistake.column, mistake.message
                        )
                    })
                    .collect();
                for problem in &problems {
                    tracing::error!("{problem}");
                }
                *self.view.config_problems.lock() = problems;
                return;
            }
        };
        (self.overlay)(&mut config);
        let before = std::mem::replace(&mut *self.current.lock(), config.clone());
        let changes = diff(&before, &config);
        let later = changes.iter().filter(|change| change.needs_restart());
        *self.view.config_problems.lock() =
            later.map(|change| format!("{change}: takes effect when the host is started again")).collect();
        if changes.is_empty() && before.targets.is_empty() {
            return;
        }
        changes.iter().for_each(|change| tracing::info!("configuration: {change}"));
        let interval = u64::try_from(config.interval_of("system").as_millis()).unwrap_or(u64::MAX);
        self.view.interval_ms.store(interval, Ordering::Relaxed);
        // Secrets are kept elsewhere and may have changed there; what is the same is left alone.
        if !config.targets.is_empty()
            || [Section::Plugins, Section::MonitoringInterval, Section::Targets, Section::Machines]
                .iter()
                .any(|section| changes.touches(*section))
        {
            self.plugins.set_default_interval(config.monitoring_interval);
            self.apply_plugins().await;
        }
        if changes.touches(Section::Rules) || changes.touches(Section::Thresholds) {
            self.view.thresholds.lock().clone_from(&config.alert_thresholds);
            self.rules.configure(rule_paths(&config, &self.data), environment(&config), config.rules.interval);
            self.rules.recording().configure(&config.rules);
            self.judge(true).await;
        }
    }
}

/// A watch on `paths`; without one, changes wait for a restart, and that is said.
async fn watching(paths: &[PathBuf]) -> Option<Watch> {
    match Watch::new(paths) {
        Ok(watch) => Some(watch),
        Err(error) => {
            tracing::error!("{error:#}; changes will not be noticed until that is mended");
            // The supervisor tries again when this task ends; not at once, but soon.
            tokio::time::sleep(Duration::from_secs(10)).await;
            None
        }
    }
}
