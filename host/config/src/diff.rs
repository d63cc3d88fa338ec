//! What differs between two configurations, by section: a reload applies that and restarts nothing else.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use crate::config::Config;

/// A part of the host that takes its settings together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// `monitoring_interval`: all plugins without an interval of their own.
    MonitoringInterval,
    /// `optimization_interval`.
    OptimizationInterval,
    /// `distributed_vms`.
    Machines,
    /// `alert_thresholds`: the rules that read them.
    Thresholds,
    /// `site`.
    Site,
    /// `targets`: the plugin instances that reach them.
    Targets,
    /// `dashboard` and `dashboard_port`.
    Dashboard,
    /// `store`.
    Store,
    /// `plugin_dir`.
    PluginDir,
    /// `plugins`: the instances that [`Changes::plugins`] names.
    Plugins,
    /// `rules`.
    Rules,
    /// `log`.
    Log,
}

/// Top-level field of [`Config`] as serde writes it, and the section that it is.
const SECTIONS: [(&str, Section); 12] = [
    ("monitoring_interval", Section::MonitoringInterval),
    ("optimization_interval", Section::OptimizationInterval),
    ("distributed_vms", Section::Machines),
    ("alert_thresholds", Section::Thresholds),
    ("site", Section::Site),
    ("targets", Section::Targets),
    ("dashboard", Section::Dashboard),
    ("store", Section::Store),
    ("plugin_dir", Section::PluginDir),
    ("plugins", Section::Plugins),
    ("rules", Section::Rules),
    ("log", Section::Log),
];

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The part of the host that it concerns.
    pub section: Section,
    /// The keys that lead to the value, `["store", "retention"]`.
    pub path: Vec<String>,
    /// What it was; null when it was not there.
    pub old: Json,
    /// What it is; null when it is no longer there.
    pub new: Json,
}

/// All values that differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Changes(Vec<Change>);

/// What differs between `old` and `new`.
pub fn diff(old: &Config, new: &Config) -> Changes {
    let mut changes = Changes::default();
    let (Ok(old), Ok(new)) = (serde_json::to_value(old), serde_json::to_value(new)) else { return changes };
    for (field, section) in SECTIONS {
        let of = |config: &Json| config.get(field).cloned().unwrap_or_default();
        collect(section, vec![field.to_owned()], of(&old), of(&new), &mut changes.0);
    }
    changes
}

fn collect(section: Section, path: Vec<String>, old: Json, new: Json, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old, new) {
        // A plugin's settings are handed over whole, so they are one value.
        (Json::Object(mut old), Json::Object(mut new)) if path.last().is_none_or(|key| key != "settings") => {
            let keys: BTreeSet<String> = old.keys().chain(new.keys()).cloned().collect();
            for key in keys {
                let (old, new) = (old.remove(&key).unwrap_or_default(), new.remove(&key).unwrap_or_default());
                let path = path.iter().cloned().chain([key]).collect();
                collect(section, path, old, new, changes);
            }
        }
        (old, new) => changes.push(Change { section, path, old, new }),
    }
}

impl Change {
    /// Whether a running host cannot take it over: its data stay where and as long as they are, its address is the one
    /// that people have open, and series already carry the machine's name.
    pub fn needs_restart(&self) -> bool {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        matches!(self.section, Section::Store | Section::Site | Section::PluginDir | Section::Log)
            || matches!(path.as_slice(), ["dashboard", "bind" | "port"])
    }
}

impl Changes {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something of `section` differs.
    pub fn touches(&self, section: Section) -> bool {
        self.0.iter().any(|change| change.section == section)
    }

    /// The names of the plugin instances that were added, removed or changed.
    pub fn plugins(&self) -> BTreeSet<&str> {
        let of_plugins = self.0.iter().filter(|change| change.section == Section::Plugins);
        of_plugins.filter_map(|change| change.path.get(1).map(String::as_str)).collect()
    }
}

/// `store.retention: 30d -> 90d`
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.path.join("."), Shown(&self.old), Shown(&self.new))
    }
}

struct Shown<'a>(&'a Json);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::Null => f.write_str("(none)"),
            Json::String(text) => f.write_str(text),
            value => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use expect_test::{Expect, expect};

    fn check(old: &str, new: &str, expected: Expect) {
        let load = |text| crate::parse(text, Path::new("/etc/autobot/autobot.yaml")).expect("a good file").config;
        let changes = diff(&load(old), &load(new));
        let lines: Vec<String> = changes
            .iter()
            .map(|change| format!("{change}{}", if change.needs_restart() { " (restart)" } else { "" }))
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_file_that_means_the_same_changes_nothing() {
        check(
            "monitoring_interval: 30\nplugins: { gpu: {} }",
            "plugins: { gpu: }\nmonitoring_interval: 30s",
            expect![""],
        );
    }

    #[test]
    fn each_changed_value_is_named_with_what_it_was_and_is() {
        check(
            "store: { retention: 30d }\nrules: { paths: [a] }\nplugins: { gpu: {}, redis: { settings: { a: 1 } } }",
            "store: { retention: 90d, path: /data/a.db }\ndashboard_port: 9091\nrules: { paths: [a, /b] }\n\
             alert_thresholds: { cpu_percent: 90 }\nplugins: { redis: { settings: { a: 2 } }, npu: { interval: 1m } }",
            expect![[r#"
                alert_thresholds.cpu_percent: 80.0 -> 90.0
                dashboard.port: 9090 -> 9091 (restart)
                store.path: (none) -> /data/a.db (restart)
                store.retention: 30d -> 90d (restart)
                plugins.gpu: {"enabled":true,"grant":{},"limits":{"calls":10000,"computing":"1s","deadline":"10s","in_flight":16,"label":"1KiB","log_line":"1KiB","log_lines":20,"memory":"64MiB","new_series":10000,"response":"8MiB","samples":20000,"series":10000,"state":"64KiB","table_elements":20000,"transfer":"8MiB"},"settings":{}} -> (none)
                plugins.npu: (none) -> {"enabled":true,"grant":{},"interval":"1m","limits":{"calls":10000,"computing":"1s","deadline":"10s","in_flight":16,"label":"1KiB","log_line":"1KiB","log_lines":20,"memory":"64MiB","new_series":10000,"response":"8MiB","samples":20000,"series":10000,"state":"64KiB","table_elements":20000,"transfer":"8MiB"},"settings":{}}
                plugins.redis.settings: {"a":1} -> {"a":2}
                rules.paths: ["/etc/autobot/a"] -> ["/etc/autobot/a","/b"]"#]],
        );
    }

    #[test]
    fn the_plugins_to_replace_are_named_once() {
        let mut new = Config::default();
        let mut system = new.plugins.remove("system").expect("the default has it");
        system.interval = None;
        system.enabled = false;
        new.plugins.insert("system".to_owned(), system);
        let changes = diff(&Config::default(), &new);
        assert_eq!(changes.plugins().into_iter().collect::<Vec<_>>(), ["system"]);
        assert!(changes.touches(Section::Plugins) && !changes.touches(Section::Store));
    }
}
