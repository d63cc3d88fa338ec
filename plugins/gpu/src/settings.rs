//! What the operator may set.

use serde::Deserialize;

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many processes by memory, and how many by work, are the top of each GPU: 0 to 15. Default: 10.
    pub top_processes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { top_processes: 10 }
    }
}

/// Both tops, without an overlap, must leave room for names that stay on.
const MOST_TOP_PROCESSES: u32 = 15;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.top_processes > MOST_TOP_PROCESSES {
            return Err(format!("`top_processes` is {}; it may be 0 to {MOST_TOP_PROCESSES}", self.top_processes));
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
    "top_processes": {"type": "integer", "minimum": 0, "maximum": 15, "default": 10, "description": "How many processes by memory, and how many by work, are the top of each GPU."}
  }
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_the_fields_and_defaults_of_the_struct() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        let defaults: serde_json::Map<_, _> =
            properties.iter().map(|(name, property)| (name.clone(), property["default"].clone())).collect();
        assert_eq!(serde_json::from_value::<Settings>(defaults.into()).unwrap(), Settings::default());
        let error = serde_json::from_str::<Settings>(r#"{"no_such_field": 1}"#).unwrap_err().to_string();
        let fields: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(fields, properties.keys().map(String::as_str).collect::<Vec<_>>(), "{error}");
    }
}
