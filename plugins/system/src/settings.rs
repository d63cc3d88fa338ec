//! What the operator may set.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::names::NAMES;

/// Groups of processes: a name, and patterns of names of processes.
pub(crate) type Groups = BTreeMap<String, Vec<String>>;

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Utilization of each core, beside that of all. Default: true.
    pub per_core: bool,
    /// Times by mode, scheduling and packets of each core too. Default: false.
    pub per_core_detail: bool,
    /// Current frequency of each core, where there is one. Default: true.
    pub frequency: bool,
    /// How many processes by CPU time, by memory, and by bytes read and written, are the top: 0 to 15; of the
    /// last as many as fit into 30. Default: 10.
    pub top_processes: u32,
    /// Processes summed by patterns of their names. Example: `{web: ["nginx*", "php-fpm*"]}`.
    pub groups: Groups,
    /// How many of the busiest lines of interrupts are told: 0 to 200. Default: 10.
    pub interrupt_lines: u32,
    /// File systems of other machines and of programs (NFS, SMB, FUSE) too. Default: true.
    pub remote_filesystems: bool,
    /// How many interfaces are told at most; further ones are only counted. Default: 64.
    pub most_interfaces: u32,
    /// How many block devices. Default: 64.
    pub most_disks: u32,
    /// How many file systems. Default: 64.
    pub most_filesystems: u32,
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
    /// Parts to leave out altogether. Example: `["protocols", "interrupts"]`.
    pub skip: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            per_core: true,
            per_core_detail: false,
            frequency: true,
            top_processes: 10,
            groups: Groups::new(),
            interrupt_lines: 10,
            remote_filesystems: true,
            most_interfaces: 64,
            most_disks: 64,
            most_filesystems: 64,
            top_cgroups: 10,
            cgroup_depth: 2,
            exclude_sensors: Vec::new(),
            exclude_cgroups: Vec::new(),
            exclude_interfaces: Vec::new(),
            exclude_devices: Vec::new(),
            exclude_mountpoints: Vec::new(),
            skip: Vec::new(),
        }
    }
}

/// All tops, without an overlap, must leave room for names that stay on.
const MOST_TOP_PROCESSES: u32 = 15;
/// As many as the host gives.
const MOST_INTERRUPT_LINES: u32 = 200;
/// As many as the host describes: each is some twenty series.
const MOST_THINGS: u32 = 200;
/// As many lists of patterns as the host follows, and patterns in one of them.
const MOST_GROUPS: usize = 64;
/// Of control groups a hundred are kept then.
const MOST_TOP_CGROUPS: u32 = 25;
/// As deep as the host looks.
const DEEPEST_CGROUP: u32 = 8;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, value, most) in [
            ("top_processes", self.top_processes, MOST_TOP_PROCESSES),
            ("interrupt_lines", self.interrupt_lines, MOST_INTERRUPT_LINES),
            ("most_interfaces", self.most_interfaces, MOST_THINGS),
            ("most_disks", self.most_disks, MOST_THINGS),
            ("most_filesystems", self.most_filesystems, MOST_THINGS),
        ] {
            if value > most {
                return Err(format!("`{name}` is {value}; it may be 0 to {most}"));
            }
        }
        if self.groups.len() > MOST_GROUPS {
            return Err(format!("`groups` has {} groups; it may have {MOST_GROUPS}", self.groups.len()));
        }
        if let Some((name, patterns)) = self.groups.iter().find(|(_, all)| all.is_empty() || all.len() > MOST_GROUPS) {
            return Err(format!(
                "`groups` has {} patterns in `{name}`; it may have 1 to {MOST_GROUPS}",
                patterns.len()
            ));
        }
        if let Some(unknown) = self.skip.iter().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(format!("`skip` names `{unknown}`, which is no part; the parts are: {}", NAMES.join(", ")));
        }
        if self.top_cgroups > MOST_TOP_CGROUPS {
            return Err(format!("`top_cgroups` is {}; it may be 0 to {MOST_TOP_CGROUPS}", self.top_cgroups));
        }
        if !(1..=DEEPEST_CGROUP).contains(&self.cgroup_depth) {
            return Err(format!("`cgroup_depth` is {}; it may be 1 to {DEEPEST_CGROUP}", self.cgroup_depth));
        }
        Ok(())
    }

    pub(crate) fn excludes_interface(&self, name: &str) -> bool {
        excludes(&self.exclude_interfaces, name)
    }

    pub(crate) fn excludes_device(&self, name: &str) -> bool {
        excludes(&self.exclude_devices, name)
    }

    pub(crate) fn excludes_mountpoint(&self, name: &str) -> bool {
        excludes(&self.exclude_mountpoints, name)
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
    "per_core_detail": {"type": "boolean", "default": false, "description": "Times by mode, scheduling and packets of each core too."},
    "frequency": {"type": "boolean", "default": true, "description": "Current frequency of each core, where there is one."},
    "top_processes": {"type": "integer", "minimum": 0, "maximum": 15, "default": 10, "description": "How many processes by CPU time, by memory, and by bytes read and written, are the top."},
    "groups": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 64}, "maxProperties": 64, "default": {}, "description": "Processes summed by patterns of their names: web: [nginx*, php-fpm*]; * stands for anything."},
    "interrupt_lines": {"type": "integer", "minimum": 0, "maximum": 200, "default": 10, "description": "How many of the busiest lines of interrupts are told."},
    "remote_filesystems": {"type": "boolean", "default": true, "description": "File systems of other machines and of programs (NFS, SMB, FUSE) too."},
    "most_interfaces": {"type": "integer", "minimum": 0, "maximum": 200, "default": 64, "description": "How many interfaces are told at most; further ones are only counted."},
    "most_disks": {"type": "integer", "minimum": 0, "maximum": 200, "default": 64, "description": "How many block devices are told at most."},
    "most_filesystems": {"type": "integer", "minimum": 0, "maximum": 200, "default": 64, "description": "How many file systems are told at most."},
    "top_cgroups": {"type": "integer", "minimum": 0, "maximum": 25, "default": 10, "description": "How many control groups by CPU time, and how many by memory, are the top; 0 shows none."},
    "cgroup_depth": {"type": "integer", "minimum": 1, "maximum": 8, "default": 2, "description": "How deep below the root control groups are shown: 1 is slices, 2 services and containers."},
    "exclude_sensors": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Chips of sensors to leave out; * at the end stands for anything."},
    "exclude_cgroups": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Control groups to leave out; * at the end stands for anything."},
    "exclude_interfaces": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Interfaces to leave out; * at the end stands for anything."},
    "exclude_devices": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Block devices to leave out; * at the end stands for anything."},
    "exclude_mountpoints": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Mount points to leave out; * at the end stands for anything."},
    "skip": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Parts to leave out altogether: protocols, interrupts, udp queues ..."}
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
