//! What the operator may set.

use serde::Deserialize;

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where Ollama answers: names of the operator's `targets`, or URLs without a path that the grant covers. Default: none.
    pub targets: Vec<String>,
    /// The model that answers a small prompt now and then, for its speed. Default: none, as it costs the GPU's time.
    pub generate: String,
    /// Whether that model is loaded when it is not. Default: false.
    pub load: bool,
    /// Between two of these answers, in seconds: 10 to 86,400. Default: 300.
    pub generate_every_seconds: f64,
    /// Tokens of such an answer: 1 to 256. Default: 16.
    pub generate_tokens: u32,
    /// What it is asked. Default: a sentence to go on with.
    pub prompt: String,
    /// Until a question is given up, in seconds: 0.1 to 60. Default: 5.
    pub timeout_seconds: f64,
    /// Models of each Ollama that are followed at most, loaded ones first: 1 to 500. Default: 100.
    pub most_models: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            generate: String::new(),
            load: false,
            generate_every_seconds: 300.0,
            generate_tokens: 16,
            prompt: "Count from one to twenty:".to_owned(),
            timeout_seconds: 5.0,
            most_models: 100,
        }
    }
}

/// One collect asks all of them.
const MOST_TARGETS: usize = 20;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.targets.len() > MOST_TARGETS {
            return Err(format!("`targets` has {} entries; it may have {MOST_TARGETS}", self.targets.len()));
        }
        for (at, target) in self.targets.iter().enumerate() {
            if target.is_empty() || target.len() > 255 {
                return Err(format!("`targets` has the entry `{target}`; an entry is a name of a target, or a URL"));
            }
            if self.targets[..at].contains(target) {
                return Err(format!("`targets` has the entry `{target}` twice"));
            }
        }
        if self.prompt.is_empty() || self.prompt.len() > 4_096 {
            return Err(format!("`prompt` has {} bytes; it may have 1 to 4096", self.prompt.len()));
        }
        for (name, value, least, most) in [
            ("generate_every_seconds", self.generate_every_seconds, 10.0, 86_400.0),
            ("generate_tokens", f64::from(self.generate_tokens), 1.0, 256.0),
            ("timeout_seconds", self.timeout_seconds, 0.1, 60.0),
            ("most_models", f64::from(self.most_models), 1.0, 500.0),
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
    "targets": {"type": "array", "items": {"type": "string"}, "maxItems": 20, "default": [], "description": "Where Ollama answers: names of `targets` of the configuration, or URLs such as `http://127.0.0.1:11434`; the grant `http` has to cover each. Without any, nothing is asked."},
    "generate": {"type": "string", "default": "", "description": "The model that answers a small prompt now and then, for its speed. Empty: none, as it costs the GPU's time."},
    "load": {"type": "boolean", "default": false, "description": "Whether that model is loaded when it is not."},
    "generate_every_seconds": {"type": "number", "minimum": 10, "maximum": 86400, "default": 300, "description": "Between two of these answers."},
    "generate_tokens": {"type": "integer", "minimum": 1, "maximum": 256, "default": 16, "description": "Tokens of such an answer."},
    "prompt": {"type": "string", "minLength": 1, "maxLength": 4096, "default": "Count from one to twenty:", "description": "What the model is asked."},
    "timeout_seconds": {"type": "number", "minimum": 0.1, "maximum": 60, "default": 5, "description": "Until a question is given up; keep it below `limits.deadline`."},
    "most_models": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100, "description": "Models of each Ollama that are followed at most, loaded ones first."}
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
            (r#"{"targets": ["a", "a"]}"#, "`targets` has the entry `a` twice"),
            (r#"{"generate_every_seconds": 1}"#, "`generate_every_seconds` is 1; it may be 10 to 86400"),
            (r#"{"generate_tokens": 1000}"#, "`generate_tokens` is 1000; it may be 1 to 256"),
            (r#"{"prompt": ""}"#, "`prompt` has 0 bytes; it may have 1 to 4096"),
        ] {
            let error = serde_json::from_str::<Settings>(settings).unwrap().check().unwrap_err();
            assert_eq!(error, reason);
        }
    }
}
