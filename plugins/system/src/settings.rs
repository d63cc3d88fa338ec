//! What the operator may set.

use serde::Deserialize;

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Utilization of each core, beside that of all. Default: true.
    pub per_core: bool,
    /// Current frequency of each core, where there is one. Default: true.
    pub frequency: bool,
    /// How many processes by CPU time, and how many by memory, are the top: 0 to 15. Default: 10.
    pub top_processes: u32,
    /// Temperatures, fans, power, voltages, energy, thermal throttling. Default: true.
    pub sensors: bool,
    /// Batteries, UPS and chargers. Default: true.
    pub power_supply: bool,
    /// How many control groups by CPU time, and how many by memory, are the top: 0 (none at all) to 25. Default: 10.
    pub top_cgroups: u32,
    /// How deep below the root control groups are shown: 1 (slices) to 8. Default: 2 (services, containers).
    pub cgroup_depth: u32,
    /// Chips to leave out. Example: `["thermal", "rapl-mmio"]`.
    pub exclude_sensors: Vec<String>,
    /// Control groups to leave out. Example: `["/user.slice*"]`.
    pub exclude_cgroups: Vec<String>,
    /// Interfaces to leave out; `*` at the end stands for anything. Example: `["veth*"]`.
    pub exclude_interfaces: Vec<String>,
    /// Block devices to leave out. Example: `["dm-*"]`.
    pub exclude_devices: Vec<String>,
    /// Mount points to leave out. Example: `["/run/*"]`.
    pub exclude_mountpoints: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            per_core: true,
            frequency: true,
            top_processes: 10,
            sensors: true,
            power_supply: true,
            top_cgroups: 10,
            cgroup_depth: 2,
            exclude_sensors: Vec::new(),
            exclude_cgroups: Vec::new(),
            exclude_interfaces: Vec::new(),
            exclude_devices: Vec::new(),
            exclude_mountpoints: Vec::new(),
        }
    }
}

/// Both tops, without an overlap, must leave room for names that stay on.
const MOST_TOP_PROCESSES: u32 = 15;
/// Of control groups a hundred are kept then.
const MOST_TOP_CGROUPS: u32 = 25;
/// As deep as the host looks.
const DEEPEST_CGROUP: u32 = 8;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.top_processes > MOST_TOP_PROCESSES {
            return Err(format!("`top_processes` is {}; it may be 0 to {MOST_TOP_PROCESSES}", self.top_processes));
        }
        if self.top_cgroups > MOST_TOP_CGROUPS {
            return Err(format!("`top_cgroups` is {}; it may be 0 to {MOST_TOP_CGROUPS}", self.top_cgroups));
        }
        if !(1..=DEEPEST_CGROUP).contains(&self.cgroup_depth) {
            return Err(format!("`cgroup_depth` is {}; it may be 1 to {DEEPEST_CGROUP}", self.cgroup_depth));
        }
        Ok(())
    }
}

/// Whether one of `patterns` is `name`, or its beginning when it ends in `*`.
pub(crate) fn excludes(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    })
}

/// [`Settings`] as a JSON Schema, for whoever edits a configuration.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "per_core": {"type": "boolean", "default": true, "description": "Utilization of each core, beside that of all."},
    "frequency": {"type": "boolean", "default": true, "description": "Current frequency of each core, where there is one."},
    "top_processes": {"type": "integer", "minimum": 0, "maximum": 15, "default": 10, "description": "How many processes by CPU time, and how many by memory, are the top."},
    "sensors": {"type": "boolean", "default": true, "description": "Temperatures, fans, power, voltages, energy, thermal throttling."},
    "power_supply": {"type": "boolean", "default": true, "description": "Batteries, UPS and chargers."},
    "top_cgroups": {"type": "integer", "minimum": 0, "maximum": 25, "default": 10, "description": "How many control groups by CPU time, and how many by memory, are the top; 0 shows none."},
    "cgroup_depth": {"type": "integer", "minimum": 1, "maximum": 8, "default": 2, "description": "How deep below the root control groups are shown: 1 is slices, 2 services and containers."},
    "exclude_sensors": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Chips of sensors to leave out; * at the end stands for anything."},
    "exclude_cgroups": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Control groups to leave out; * at the end stands for anything."},
    "exclude_interfaces": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Interfaces to leave out; * at the end stands for anything."},
    "exclude_devices": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Block devices to leave out; * at the end stands for anything."},
    "exclude_mountpoints": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Mount points to leave out; * at the end stands for anything."}
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
        let error = serde_json::from_str::<Settings>(r#"{"no_such_field": 1}"#).unwrap_err().to_string();
        let quoted: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(quoted, properties.keys().map(String::as_str).collect(), "{error}");
    }

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_one() {
        let patterns = ["veth*".to_owned(), "lo".to_owned()];
        for (name, excluded) in [("veth1a", true), ("lo", true), ("lo1", false), ("eth0", false), ("xveth", false)] {
            assert_eq!(excludes(&patterns, name), excluded, "{name}");
        }
    }
}
