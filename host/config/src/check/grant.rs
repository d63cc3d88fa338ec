//! What is granted to a plugin, and thresholds: maps whose keys are known but whose values depend on the key.

use serde_json::{Map, Value as Json};

use super::meaning::json_number;
use super::suggest::{did_you_mean, nearest};
use super::{Meaning, Walk, meaning};
use crate::config::THRESHOLDS;
use crate::diagnostic::Said;
use crate::report::quoted;
use crate::schema::{CAPABILITIES, Scope};
use crate::tree::{Entry, Node, Value};
use crate::units;

impl Walk<'_> {
    pub(super) fn grant(&mut self, node: &Node) -> Option<Json> {
        let Value::Map(entries) = &node.value else {
            self.wrong(
                node,
                "a map of capabilities",
                Some("write `grant: { cpu: true, http: [\"http://127.0.0.1:8080/*\"] }`"),
            );
            return None;
        };
        let mut checked = Map::new();
        for entry in entries {
            self.path.push(entry.key.clone());
            if let Some(scope) = self.capability(entry) {
                checked.insert(entry.key.clone(), scope);
            }
            self.path.pop();
        }
        Some(Json::Object(checked))
    }

    fn capability(&mut self, entry: &Entry) -> Option<Json> {
        let Some(capability) = CAPABILITIES.iter().find(|known| known.name == entry.key) else {
            let names = || CAPABILITIES.iter().map(|known| known.name);
            let help = nearest(names(), &entry.key).map_or_else(
                || format!("the capabilities are {}", names().collect::<Vec<_>>().join(", ")),
                did_you_mean,
            );
            let said = Said::new(format!("`{}` is not a capability", quoted(&entry.key)));
            self.report.error(entry.key_span.clone(), said.help(help));
            return None;
        };
        self.granted(capability.scope, &entry.value)
    }

    /// What stands behind a capability, for one with a scope or without.
    fn granted(&mut self, scope: Option<Scope>, node: &Node) -> Option<Json> {
        let truth = node.text().map(|text| meaning(text, matches!(node.value, Value::Scalar { plain: true, .. })));
        match (scope, &node.value) {
            (_, Value::Scalar { .. }) if truth == Some(Meaning::Bool(false)) => Some(Json::Bool(false)),
            (None, Value::Scalar { .. }) if truth == Some(Meaning::Bool(true)) => Some(Json::Bool(true)),
            (None, _) => {
                self.wrong(node, "`true` or `false`", Some("this capability is granted wholly or not at all"));
                None
            }
            (Some(_), Value::List(items)) if items.is_empty() => {
                self.refuse(
                    node,
                    format!("{}: an empty list grants nothing", self.place()),
                    "write `false`, or what it may reach",
                );
                None
            }
            (Some(scope), Value::List(items)) => {
                let items: Vec<Option<Json>> = items.iter().map(|item| self.scope(scope, item)).collect();
                items.into_iter().collect::<Option<Vec<Json>>>().map(Json::Array)
            }
            (Some(scope), _) => {
                self.wrong(
                    node,
                    &format!("a list of {}", scope_words(scope)),
                    Some("this capability is never granted wholly"),
                );
                None
            }
        }
    }

    /// One entry of the list behind a scoped capability.
    fn scope(&mut self, scope: Scope, node: &Node) -> Option<Json> {
        let Some(text) = node.text().filter(|text| !text.is_empty() && !text.contains("${")) else {
            self.wrong(node, scope_words(scope), None);
            return None;
        };
        if crate::mask::has_password(text) {
            self.refuse(node, format!("{}: a password stands in the URL", self.place()), "it belongs to `targets`");
            return None;
        }
        let fits = match scope {
            Scope::Paths => text.starts_with('/'),
            Scope::TargetsOrUrls if text.contains("://") => true,
            Scope::Targets | Scope::TargetsOrUrls => self.targets.contains(text),
            Scope::Machines => text == "distributed_vms" || text.contains(['.', ':']) || self.machines.contains(text),
        };
        if fits {
            return Some(Json::from(text));
        }
        let names = if scope == Scope::Machines { &self.machines } else { &self.targets };
        let near = if self.report.is_full() { None } else { nearest(names.iter().map(String::as_str), text) };
        let near = near.map(did_you_mean);
        let (reason, help) = match scope {
            Scope::Paths => ("is not an absolute path", "path globs begin with `/`"),
            Scope::Targets => ("is not a target", "name it under `targets`"),
            Scope::TargetsOrUrls => {
                ("is neither a target nor a URL", "name it under `targets`, or write `http://HOST:PORT/*`")
            }
            Scope::Machines => ("is not a machine", "name it under `distributed_vms`, or write its address"),
        };
        let message = format!("{}: `{}` {reason}", self.place(), quoted(text));
        self.refuse(node, message, near.as_deref().unwrap_or(help));
        None
    }

    pub(super) fn thresholds(&mut self, node: &Node) -> Option<Json> {
        let Value::Map(entries) = &node.value else {
            self.wrong(node, "a map of thresholds", Some("write a name and a number on each line: `cpu_percent: 80`"));
            return None;
        };
        let mut checked = Map::new();
        for entry in entries {
            self.path.push(entry.key.clone());
            self.near_threshold(entry);
            let number = if entry.value.is_null() { None } else { self.threshold(entry) };
            if let Some(number) = number.and_then(json_number) {
                checked.insert(entry.key.clone(), number);
            }
            self.path.pop();
        }
        Some(Json::Object(checked))
    }

    /// Rules may read thresholds of their own, so an unknown name is no mistake; one letter off is worth a word.
    fn near_threshold(&mut self, entry: &Entry) {
        let known = || THRESHOLDS.iter().map(|(name, _)| *name);
        if known().any(|name| name == entry.key) {
            return;
        }
        let near = known().find(|near| entry.key.len() < 64 && strsim::damerau_levenshtein(near, &entry.key) <= 2);
        if let Some(near) = near {
            let said = Said::new(format!("no shipped rule reads the threshold `{}`", quoted(&entry.key)));
            self.report.warn(
                entry.key_span.clone(),
                said.help(format!("{} Rules of your own may read it.", did_you_mean(near))),
            );
        }
    }

    fn threshold(&mut self, entry: &Entry) -> Option<f64> {
        let node = &entry.value;
        let timed = ["_time", "_latency", "_seconds"].iter().any(|end| entry.key.ends_with(end));
        let percent = entry.key.ends_with("_percent");
        let Value::Scalar { text, plain } = &node.value else {
            self.wrong(node, "a number", Some("write one number, such as `80`"));
            return None;
        };
        let number = match meaning(text, *plain) {
            Meaning::Integer(number) => number as f64,
            Meaning::Float(number) => number,
            Meaning::Text(text) if timed => match units::parse_duration(text) {
                Ok(duration) => duration.as_secs_f64(),
                Err(reason) => {
                    let message = format!("{}: `{}` is not a duration: {reason}", self.place(), quoted(text));
                    self.refuse(node, message, "write seconds, or a duration such as `5ms`");
                    return None;
                }
            },
            _ => {
                let help = if percent {
                    "write the number alone, without `%`"
                } else {
                    "write the number alone, without a unit"
                };
                self.wrong(node, "a number", Some(help));
                return None;
            }
        };
        let (least, most) = match () {
            () if percent => (0.0, 100.0),
            () if timed => (0.0, 86_400.0),
            () if entry.key.ends_with("_temperature") => (-100.0, 200.0),
            () => (f64::MIN, f64::MAX),
        };
        if (least..=most).contains(&number) {
            return Some(number);
        }
        let help =
            if most == f64::MAX { "write a finite number".to_owned() } else { format!("it may be {least} to {most}") };
        self.refuse(node, format!("{}: {number} is out of range", self.place()), &help);
        None
    }
}

const fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::TargetsOrUrls => "targets or URL globs",
        Scope::Targets => "targets",
        Scope::Machines => "machines",
        Scope::Paths => "path globs",
    }
}
