//! What the operator may set.

mod databases;

use serde::Deserialize;

pub use databases::Databases;

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which of the configuration's `targets` to watch; the plugin's grant must name them too. Default: none. Example:
    /// `[redis-main]`.
    pub targets: Vec<String>,
    /// Databases to tell of: `all`, or numbers and ranges. Default: `all`. Example: `0-10`.
    pub databases: Databases,
    /// How long a server may take for an answer, in milliseconds: 50 to 4000. Default: 1000.
    pub timeout_ms: u32,
    /// How much of its time a server may spend on telling how large keys are, in milliseconds a second: 0 (no database's memory
    /// is estimated) to 50. Default: 2.
    pub sampling_budget_ms: u32,
    /// Commands followed at most, those that took most time first: 0 to 500. Default: 30.
    pub top_commands: u32,
    /// Commands whose durations are followed as histograms at most, those that took most time first: 0 to 100. Default: 20.
    pub top_histograms: u32,
    /// Names of clients followed at most, those with most connections first: 0 to 200. The rest is summed. Default: 20.
    pub top_clients: u32,
    /// Up to how many connections a server is asked for the list of them: 0 (never) to 10000. Default: 1000.
    pub most_connections: u32,
    /// Whether the slow log is read. Default: true.
    pub slow_log: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            databases: Databases::default(),
            timeout_ms: 1_000,
            sampling_budget_ms: 2,
            top_commands: 30,
            top_histograms: 20,
            top_clients: 20,
            most_connections: 1_000,
            slow_log: true,
        }
    }
}

/// Each has some eight hundred series.
const MOST_TARGETS: usize = 100;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.targets.len() > MOST_TARGETS {
            return Err(format!("`targets` has {} entries; it may have {MOST_TARGETS}", self.targets.len()));
        }
        for (at, target) in self.targets.iter().enumerate() {
            if target.is_empty() {
                return Err(
                    "`targets` has an empty entry; an entry is a name of the configuration's `targets`".to_owned()
                );
            }
            if self.targets[..at].contains(target) {
                return Err(format!("`targets` names `{target}` twice"));
            }
        }
        for (name, value, least, most) in [
            ("timeout_ms", self.timeout_ms, 50, 4_000),
            ("sampling_budget_ms", self.sampling_budget_ms, 0, 50),
            ("top_commands", self.top_commands, 0, 500),
            ("top_histograms", self.top_histograms, 0, 100),
            ("top_clients", self.top_clients, 0, 200),
            ("most_connections", self.most_connections, 0, 10_000),
        ] {
            if !(least..=most).contains(&value) {
                return Err(format!("`{name}` is {value}; it may be {least} to {most}"));
            }
        }
        Ok(())
    }
}

/// [`Settings`] as a JSON Schema, for whoever edits a configuration.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "targets": {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 100, "uniqueItems": true, "default": [], "description": "Which of the configuration's `targets` to watch; the plugin's grant must name them too."},
    "databases": {"type": ["string", "integer"], "minimum": 0, "default": "all", "description": "Databases to tell of: `all`, or numbers and ranges, such as `0-10` or `0,3,8-11`."},
    "timeout_ms": {"type": "integer", "minimum": 50, "maximum": 4000, "default": 1000, "description": "How long a server may take for an answer, in milliseconds."},
    "sampling_budget_ms": {"type": "integer", "minimum": 0, "maximum": 50, "default": 2, "description": "How much of its time a server may spend on telling how large keys are, in milliseconds a second; 0: no database's memory is estimated."},
    "top_commands": {"type": "integer", "minimum": 0, "maximum": 500, "default": 30, "description": "Commands followed at most, those that took most time first."},
    "top_histograms": {"type": "integer", "minimum": 0, "maximum": 100, "default": 20, "description": "Commands whose durations are followed as histograms at most, those that took most time first."},
    "top_clients": {"type": "integer", "minimum": 0, "maximum": 200, "default": 20, "description": "Names of clients followed at most, those with most connections first; the rest is summed."},
    "most_connections": {"type": "integer", "minimum": 0, "maximum": 10000, "default": 1000, "description": "Up to how many connections a server is asked for the list of them; 0: never."},
    "slow_log": {"type": "boolean", "default": true, "description": "Whether the slow log is read."}
  }
}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_schema_has_the_fields_and_defaults_of_the_struct() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        let defaults: serde_json::Map<_, _> =
            properties.iter().map(|(name, property)| (name.clone(), property["default"].clone())).collect();
        assert_eq!(serde_json::from_value::<Settings>(defaults.into()).unwrap(), Settings::default());
        assert_eq!(Settings::default().check(), Ok(()));
        let error = serde_json::from_str::<Settings>(r#"{"no_such_field": 1}"#).unwrap_err().to_string();
        let quoted: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(quoted, properties.keys().map(String::as_str).collect(), "{error}");
    }

    #[test]
    fn what_goes_too_far_is_refused_with_a_reason() {
        for (settings, reason) in [
            (
                r#"{"targets": [""]}"#,
                "`targets` has an empty entry; an entry is a name of the configuration's `targets`",
            ),
            (r#"{"targets": ["a", "b", "a"]}"#, "`targets` names `a` twice"),
            (r#"{"timeout_ms": 49}"#, "`timeout_ms` is 49; it may be 50 to 4000"),
            (r#"{"sampling_budget_ms": 51}"#, "`sampling_budget_ms` is 51; it may be 0 to 50"),
            (r#"{"top_histograms": 101}"#, "`top_histograms` is 101; it may be 0 to 100"),
        ] {
            let error = serde_json::from_str::<Settings>(settings).unwrap().check().unwrap_err();
            assert_eq!(error, reason);
        }
        let many = Settings { targets: (0..101).map(|at| at.to_string()).collect(), ..Settings::default() };
        assert_eq!(many.check().unwrap_err(), "`targets` has 101 entries; it may have 100");
    }
}
