//! What the operator may set.

use autobot_plugin_sdk::glob;
use serde::Deserialize;

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Units to follow. A pattern takes those that run, ran or failed since the plugin began; a whole name is always followed.
    /// Default: `["*.service"]`.
    pub units: Vec<String>,
    /// Units that no pattern of `units` takes. Example: `["user@*.service"]`.
    pub exclude_units: Vec<String>,
    /// Whether a pattern takes units that have not run since the plugin began, too. Default: false.
    pub idle_units: bool,
    /// Units followed at most, the failed ones first: 0 to 500. Default: 200.
    pub most_units: u32,
    /// Whether containers are followed. Default: true.
    pub containers: bool,
    /// Names of containers to follow. Default: `["*"]`.
    pub container_names: Vec<String>,
    /// Names of containers to leave out. Example: `["buildx_*"]`.
    pub exclude_containers: Vec<String>,
    /// Containers followed at most, running ones first: 0 to 200. Default: 100.
    pub most_containers: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            units: vec!["*.service".to_owned()],
            exclude_units: Vec::new(),
            idle_units: false,
            most_units: 200,
            containers: true,
            container_names: vec!["*".to_owned()],
            exclude_containers: Vec::new(),
            most_containers: 100,
        }
    }
}

/// What one answer of the host holds at most: units, and containers.
pub(crate) const MOST_UNITS: usize = 500;
const MOST_CONTAINERS: u32 = 200;
/// Patterns and names in one list.
const MOST_PATTERNS: usize = 200;
/// What the host's globs would take for more than a character.
const NO_LETTERS: [char; 4] = ['[', ']', '{', '}'];

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, list) in [
            ("units", &self.units),
            ("exclude_units", &self.exclude_units),
            ("container_names", &self.container_names),
            ("exclude_containers", &self.exclude_containers),
        ] {
            if list.len() > MOST_PATTERNS {
                return Err(format!("`{name}` has {} entries; it may have {MOST_PATTERNS}", list.len()));
            }
            if let Some(wrong) = list.iter().find(|entry| entry.is_empty() || entry.contains(NO_LETTERS)) {
                return Err(format!(
                    "`{name}` has the entry `{wrong}`; an entry is a name, in which * stands for anything and ? for one character"
                ));
            }
        }
        if let Some(wrong) = self.units.iter().find(|unit| !glob::is_pattern(unit) && !unit.contains('.')) {
            return Err(format!("`units` has the entry `{wrong}`, which is no unit; did you mean `{wrong}.service`?"));
        }
        let most_units = u32::try_from(MOST_UNITS).unwrap_or(u32::MAX);
        for (name, value, most) in
            [("most_units", self.most_units, most_units), ("most_containers", self.most_containers, MOST_CONTAINERS)]
        {
            if value > most {
                return Err(format!("`{name}` is {value}; it may be 0 to {most}"));
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
    "units": {"type": "array", "items": {"type": "string"}, "maxItems": 200, "default": ["*.service"], "description": "Units to follow; `*` stands for anything, `?` for one character. A pattern takes those that run, ran or failed since the plugin began; a whole name is always followed."},
    "exclude_units": {"type": "array", "items": {"type": "string"}, "maxItems": 200, "default": [], "description": "Units that no pattern of `units` takes, such as `user@*.service`."},
    "idle_units": {"type": "boolean", "default": false, "description": "Whether a pattern takes units that have not run since the plugin began, too."},
    "most_units": {"type": "integer", "minimum": 0, "maximum": 500, "default": 200, "description": "Units followed at most, the failed ones first."},
    "containers": {"type": "boolean", "default": true, "description": "Whether containers are followed."},
    "container_names": {"type": "array", "items": {"type": "string"}, "maxItems": 200, "default": ["*"], "description": "Names of containers to follow."},
    "exclude_containers": {"type": "array", "items": {"type": "string"}, "maxItems": 200, "default": [], "description": "Names of containers to leave out, such as `buildx_*`."},
    "most_containers": {"type": "integer", "minimum": 0, "maximum": 200, "default": 100, "description": "Containers followed at most, running ones first."}
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
    fn what_is_no_name_of_a_unit_or_goes_too_far_is_refused_with_a_reason() {
        for (settings, reason) in [
            (
                r#"{"units": ["nginx"]}"#,
                "`units` has the entry `nginx`, which is no unit; did you mean `nginx.service`?",
            ),
            (r#"{"units": ["{a,b}.service"]}"#, "`units` has the entry `{a,b}.service`; an entry is a name,"),
            (r#"{"exclude_containers": [""]}"#, "`exclude_containers` has the entry ``"),
            (r#"{"most_units": 501}"#, "`most_units` is 501; it may be 0 to 500"),
            (r#"{"most_containers": 201}"#, "`most_containers` is 201; it may be 0 to 200"),
        ] {
            let error = serde_json::from_str::<Settings>(settings).unwrap().check().unwrap_err();
            assert!(error.starts_with(reason), "{settings}: {error}");
        }
        let many = Settings { units: vec!["*".to_owned(); 201], ..Settings::default() };
        assert_eq!(many.check().unwrap_err(), "`units` has 201 entries; it may have 200");
        let fine = Settings { units: vec!["*redis*".to_owned(), "a\\x2db.mount".to_owned()], ..Settings::default() };
        assert_eq!(fine.check(), Ok(()));
    }
}
